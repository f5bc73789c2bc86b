"""Times non-linear models beside R: in the same run where R is, else beside its stored seconds.

`python benchmarks/models_nonlinear.py`. CPU seconds of one process, on VerbAgg of the shared reference
(7,584 answers of 316 people), or as many drawn. Aims: cumulative logits with random intercepts 5 times
faster than ordinal::clmm, 9,999 draws of a bootstrap within half a second.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from scales import cpu_seconds

STORED = {"clmm": 11.7}
SHARED = Path(__file__).parents[2] / "shared" / "reference" / "data" / "VerbAgg.csv"
IN_R = """
suppressMessages({{library(lme4); library(ordinal)}})
x <- read.csv("{path}")
cpu <- function(name, work) cat(name, sum(system.time(suppressWarnings(work()))[1:2]), "\\n")
cpu("glmer_laplace", function() glmer(yes ~ . - y - id + (1 | id), x, binomial))
cpu("glmer_agq10", function() glmer(yes ~ . - y - id + (1 | id), x, binomial, nAGQ = 10))
cpu("clm", function() clm(ordered(y) ~ . - yes - id, data = x))
x$id <- factor(x$id)
cpu("clmm", function() clmm(ordered(y) ~ x1 + x2 + x3 + x4 + x5 + (1 | id), data = x))
"""


def answers() -> pd.DataFrame:
    """Return answers in three categories, five predictors, and who answered."""
    if SHARED.exists():
        v = pd.read_csv(SHARED)
        frame = pd.DataFrame({"y": v["resp"].map({"no": 0, "perhaps": 1, "yes": 2})})
        columns = [v["Anger"], v["Gender"] == "M", v["btype"] == "scold", v["btype"] == "shout"]
        columns.append(v["situ"] == "self")
        for k, column in enumerate(columns, 1):
            frame[f"x{k}"] = column.astype(float)
        frame["id"] = pd.factorize(v["id"])[0]
    else:
        generator = np.random.default_rng(20261205)
        x = generator.normal(size=(7584, 5))
        person = np.repeat(np.arange(316), 24)
        eta = x @ [0.1, 0.3, -0.9, -1.8, -1.0] + generator.normal(size=316)[person]
        y = np.digitize(eta + generator.logistic(size=7584), [-1, 1])
        frame = pd.DataFrame(x, columns=[f"x{k}" for k in range(1, 6)]).assign(y=y, id=person)
    return frame.assign(yes=(frame["y"] > 0).astype(int))


def seconds_in_r(frame: pd.DataFrame) -> dict[str, float]:
    """Return R's CPU seconds of this run; nothing where R is absent."""
    if not shutil.which("Rscript"):
        return {}
    with tempfile.TemporaryDirectory() as folder:
        path, script = Path(folder) / "answers.csv", Path(folder) / "time.R"
        frame.to_csv(path, index=False)
        script.write_text(IN_R.format(path=path))
        done = subprocess.run(["Rscript", script], capture_output=True, text=True)
    lines = (line.split() for line in done.stdout.splitlines())
    return {line[0]: float(line[1]) for line in lines if len(line) == 2}


def main() -> None:
    from pipeline.core.cluster_robust import cluster_robust
    from pipeline.models.effects.averages import LINKS, average_slope
    from pipeline.models.effects.bootstrap import bootstrap_effects
    from pipeline.models.nonlinear.cumulative import fit_logit, fit_ordered
    from pipeline.models.nonlinear.random_intercept import fit_random_logit, fit_random_ordered
    from pipeline.models.nonlinear.score_bootstrap import score_bootstrap

    frame = answers()
    x = frame[[f"x{k}" for k in range(1, 6)]].to_numpy()
    design = np.column_stack([np.ones(len(x)), x])
    y, yes, person = (frame[name].to_numpy() for name in ("y", "yes", "id"))
    clusters = person % 47
    ordered, logit = fit_ordered(y, x), fit_logit(yes.astype(float), design)
    signs = np.where(np.random.default_rng(1).random((9999, 47)) < 0.5, -1.0, 1.0)
    contrast = np.eye(len(ordered.vector))[0] - np.eye(len(ordered.vector))[1]
    unit = np.eye(6)[1]
    rows = ordered.working
    of = clusters[rows.person]
    work = {
        "glmer_laplace": lambda: fit_random_logit(yes.astype(float), design, person, 1),
        "glmer_agq10": lambda: fit_random_logit(yes.astype(float), design, person, 10),
        "clm": lambda: fit_ordered(y, x),
        "clmm": lambda: fit_random_ordered(y, x, person, 1),
        "CR2 of ordered answers": lambda: cluster_robust(rows.design, rows.residual, of).every(),
        "score bootstrap 9,999": lambda: score_bootstrap(ordered, clusters, contrast, signs),
        "marginal effect, 100 draws": lambda: bootstrap_effects(
            [logit],
            clusters,
            lambda v, times: np.array(
                [average_slope(LINKS["logit"], v[0], design, unit, times).estimate]
            ),
            100,
            np.random.default_rng(1),
        ),
    }
    theirs = STORED | seconds_in_r(frame)
    print(f"{'':28}{'psi-co':>10}{'R':>10}{'times':>8}")
    for name, each in work.items():
        took = cpu_seconds(each)
        r = theirs.get(name)
        beside = f"{r:10.3f}{r / took:8.1f}" if r else ""
        print(f"{name:28}{took:10.3f}{beside}")


if __name__ == "__main__":
    main()
