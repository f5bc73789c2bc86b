"""Times the scale statistics beside R: in the same run where R is, else beside its stored seconds.

`python benchmarks/scales.py`. CPU seconds of one process; R's packages psych and lavaan; the Big Five of
the shared reference (2,800 x 25), or as many answers drawn.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

BFI = Path(__file__).parents[1] / "../shared/reference/data/bfi.csv"
STORED = {
    "polychoric": 3.05,
    "lavCor": 0.44,
    "fa.parallel": 0.84,
    "omega": 0.039,
    "fa": None,
    "alpha": 213.0,
}
IN_R = """
suppressMessages({{library(psych); library(lavaan)}})
options(mc.cores = 1)
x <- read.csv("{path}")
complete <- x[complete.cases(x), ]
r <- cor(complete)
cpu <- function(name, work) {{
  took <- sapply(1:3, function(i) sum(system.time(suppressWarnings(suppressMessages(work())))[1:2]))
  cat(name, min(took), "\\n")
}}
cpu("polychoric", function() polychoric(x, correct = 0))
cpu("lavCor", function() lavCor(complete, ordered = names(x), output = "fit", se = "robust.sem"))
cpu("fa.parallel", function() fa.parallel(complete, fm = "minres", n.iter = 20, plot = FALSE, quant = .95))
cpu("omega", function() omega(r, 5, plot = FALSE, n.obs = nrow(complete)))
cpu("fa", function() fa(r, 5, n.obs = nrow(complete)))
"""


def cpu_seconds(work: Callable[[], object], times: int = 5) -> float:
    """Return the least CPU time of several runs, after one that is not counted."""
    work()
    found = []
    for _ in range(times):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def big_five() -> np.ndarray:
    if BFI.is_file():
        items = [f"{letter}{i}" for letter in "ACENO" for i in range(1, 6)]
        return pd.read_csv(BFI)[items].to_numpy(dtype=float)
    rng = np.random.default_rng(1)
    latent = np.repeat(rng.normal(size=(2800, 5)), 5, axis=1) + rng.normal(size=(2800, 25))
    return np.clip(np.round(3.5 + latent), 1, 6)


def seconds_in_r(answers: np.ndarray) -> dict[str, float]:
    """Return R's CPU seconds of this run; nothing where R or a package is absent."""
    if not shutil.which("Rscript"):
        return {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.csv"
        pd.DataFrame(answers).to_csv(path, index=False)
        script = Path(folder) / "time.R"
        script.write_text(IN_R.format(path=path))
        done = subprocess.run(["Rscript", script], capture_output=True, text=True)
    lines = (line.split() for line in done.stdout.splitlines())
    return {line[0]: float(line[1]) for line in lines if len(line) == 2 and line[0] in STORED}


def show(what: str, took: float, name: str, in_r: dict[str, float]) -> None:
    theirs, when = (in_r[name], "now") if name in in_r else (STORED[name], "stored")
    against = f"R {theirs:8.3f} s ({when}), {theirs / took:6.0f} times" if theirs else ""
    print(f"{what:<62} {took:8.3f} s   {against}")


def time_stage() -> None:
    """Time the whole stage of psi-co, from answers to tables; one run, the answers in data/raw."""
    from pipeline.responses.clean import clean_answers
    from pipeline.responses.source import read_answers
    from pipeline.scales.scores import score_scales
    from pipeline.scales.stage.stage import scale_tables
    from pipeline.study import load_study

    study = load_study("psi-co", Path(__file__).parents[1])
    asked, plan, paths = study.questionnaire, study.plan, study.paths
    raw, _ = read_answers(paths.raw, paths.shown_raw, asked, plan)
    answers = clean_answers(raw, asked, plan).responses
    scores = score_scales(answers, asked, plan, study.organisations)
    start = time.process_time()
    scale_tables(answers, scores, asked, plan)
    took = time.process_time() - start
    print(f"{'scale stage of psi-co, three languages, aim 30 s':<62} {took:8.3f} s")


def main() -> None:
    from pipeline.scales.cluster_bootstrap import bootstrap_interval
    from pipeline.scales.exploratory.model import explore
    from pipeline.scales.exploratory.number import parallel_analysis
    from pipeline.scales.omega import schmid_leiman
    from pipeline.scales.polychoric import merge_categories, polychoric
    from pipeline.scales.polychoric_covariance import polychoric_covariance
    from pipeline.scales.reliability import alpha, alpha_of_covariance

    answers = big_five()
    in_r = seconds_in_r(answers)
    codes = merge_categories(answers)
    complete = answers[~np.isnan(answers).any(axis=1)]
    listwise = merge_categories(complete)
    r, n = np.corrcoef(complete, rowvar=False), len(complete)

    def with_covariance() -> object:
        return polychoric_covariance(listwise, polychoric(listwise))

    def parallel() -> object:
        return parallel_analysis(complete, np.random.default_rng(1), draws=20)

    size = f"{codes.shape[1]} x {len(codes):,}"
    took = cpu_seconds(lambda: polychoric(codes))
    show(f"polychoric, {size}: psych, aim 10 times", took, "polychoric", in_r)
    took = cpu_seconds(with_covariance)
    show(f"polychoric with its covariance, {size}: lavaan", took, "lavCor", in_r)
    show("parallel analysis, 20 draws: psych", cpu_seconds(parallel), "fa.parallel", in_r)
    took = cpu_seconds(lambda: schmid_leiman(r, 5))
    show("omega of 5 groups of items: psych", took, "omega", in_r)
    show("minres, oblimin, 5 factors: psych", cpu_seconds(lambda: explore(r, 5, n)), "fa", in_r)
    groups = np.arange(n) % 45
    took = cpu_seconds(
        lambda: bootstrap_interval(
            complete[:, :5],
            groups,
            alpha_of_covariance,
            level=0.95,
            rng=np.random.default_rng(1),
        )
    )
    print(f"{'alpha of 5 items, 2,000 bootstraps of 45 organisations':<62} {took:8.3f} s")
    many = np.random.default_rng(1).integers(1, 6, size=(1_000_000, 100)).astype(float)
    took = cpu_seconds(lambda: alpha(many, 0.95), 2)
    show("alpha of 100 items x 1,000,000: psych, aim 2 s", took, "alpha", {})
    time_stage()


if __name__ == "__main__":
    main()
