"""Times the work on this machine, each beside its aim or a reference timed in the same run.

`make bench`. Real data are timed where they were imported; what is absent is named.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
PSICO = [sys.executable, "-m", "pipeline"]


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """Return the shortest wall time of several runs."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def run(*arguments: str) -> None:
    subprocess.run([*PSICO, *arguments], cwd=ROOT, check=True, capture_output=True)


def show(what: str, took: float, against: str) -> None:
    print(f"{what:<58} {took:8.3f} s   {against}")


def time_commands() -> None:
    run("--help")
    show("psico --help", seconds(lambda: run("--help")), "aim 0.3 s")
    show("psico check fevs-2018 (79 items)", seconds(lambda: run("check", "fevs-2018")), "aim 1 s")
    psi_co = seconds(lambda: run("check", "psi-co"))
    show("psico check psi-co (204 items, plan, plays, truth)", psi_co, "aim 1 s without the truth")
    show("make analysis, psi-co (2,988 x 204)", seconds(lambda: run("analysis", "psi-co"), 1), "")
    show("make analysis, tutorial", seconds(lambda: run("analysis", "tutorial"), 1), "")


def time_check_of_200_items() -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "questionnaires" / "many"
        study.mkdir(parents=True)
        rows = "".join(
            f"          - id: Q{k}\n            text:\n              nl: Vraag {k}\n"
            f"              fr: Question {k}\n              en: Question {k}\n"
            for k in range(200)
        )
        three = "{nl: a, fr: b, en: c}"
        options = "".join(f"      - {{code: {code}, text: {three}}}\n" for code in range(1, 6))
        (study / "questionnaire.yaml").write_text(
            f"study: many\nlanguages: [nl, fr, en]\ntitle: {three}\n"
            f"choices:\n  agree:\n    options:\n{options}"
            f"  org:\n    options:\n      - {{code: a, text: {three}}}\n"
            f"sections:\n  - id: one\n    title: {three}\n    questions:\n"
            f"      - {{code: ORG, kind: single, choices: org, text: {three}}}\n"
            f"      - code: M\n        kind: matrix\n        choices: agree\n        text: {three}\n"
            f"        rows:\n{rows}",
            encoding="utf-8",
        )
        (study / "analysis.yaml").write_text(
            "seed: 1\nresponses: {file: a.csv, respondent: id}\norganisation: {levels: [ORG]}\n"
        )
        command = [*PSICO, "check", "many"]
        took = seconds(lambda: subprocess.run(command, cwd=folder, check=True, capture_output=True))
        show("psico check, 200 items in three languages", took, "aim 1 s")


def time_fevs() -> None:
    if not (ROOT / "data/raw/fevs-2018/SOURCE.yaml").is_file():
        print("fevs-2018 is not imported: its analysis is not timed")
        return
    took = seconds(lambda: run("analysis", "fevs-2018"), 1)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
    show(
        "make analysis STUDY=fevs-2018 (101,881 x 79)", took, f"aim 25 s; {memory:.2f} GB, aim 1.5"
    )


def time_statistics() -> None:
    import pingouin

    from pipeline.scales.correlations import correlate
    from pipeline.scales.reliability import alpha

    rng = np.random.default_rng(1)
    items = rng.integers(1, 6, size=(100_000, 5)).astype(float)
    import pandas as pd

    frame = pd.DataFrame(items)
    theirs = seconds(lambda: pingouin.cronbach_alpha(frame))
    show(
        "alpha, 5 items x 100,000", seconds(lambda: alpha(items, 0.95)), f"pingouin {theirs:.3f} s"
    )
    x, y, g = items[:, 0], items[:, 1], rng.integers(0, 45, size=100_000)
    theirs = seconds(lambda: pingouin.corr(x, y))
    ours = seconds(lambda: correlate(x, y, g, 0.95))
    show(
        "correlation with clustered error, 100,000", ours, f"pingouin, not clustered {theirs:.3f} s"
    )


def time_careless() -> None:
    """Time indices of 2,436 x 25 answers; R's package careless took so long for them on two cores."""
    from pipeline.responses.careless.consistency import (
        even_odd,
        item_correlations,
        item_pairs,
        pair_consistency,
    )
    from pipeline.responses.careless.distance import squared_distances
    from pipeline.responses.careless.runs import identical_runs

    rng = np.random.default_rng(1)
    traits = np.repeat(rng.normal(size=(2_436, 5)), 5, axis=1)
    x = np.clip(np.rint(3.5 + 1.2 * traits + rng.normal(size=(2_436, 25))), 1, 6)
    scales = [list(range(k, k + 5)) for k in range(0, 25, 5)]
    works: dict[str, tuple[float, Callable[[], object]]] = {
        "psychometric synonyms": (
            0.15,
            lambda: pair_consistency(x, item_pairs(item_correlations(x) > 0.45)),
        ),
        "even-odd consistency": (2.56, lambda: even_odd(x, scales)),
        "Mahalanobis distance": (
            0.07,
            lambda: squared_distances(x, x.mean(axis=0), np.cov(x, rowvar=False)),
        ),
    }
    for name, (theirs, work) in works.items():
        took = seconds(work, 20)
        against = f"R {theirs:.2f} s, {theirs / took:.0f} times; aim 5 times"
        show(f"{name}, 2,436 x 25", took, against)
    runs = seconds(lambda: identical_runs(x, np.zeros(25, dtype=bool)), 20)
    show("identical runs, 2,436 x 25", runs, "")


def time_raking() -> None:
    from pipeline.responses.weights.raking import Margin, rake

    rng, n = np.random.default_rng(1), 1_000_000
    margins = [
        Margin(
            f"m{size}",
            tuple(map(str, range(size))),
            rng.integers(0, size, n),
            rng.dirichlet(np.full(size, 30.0)) * n,
        )
        for size in (150, 200, 40)
    ]
    base = rng.uniform(1, 3, n)
    took = seconds(lambda: rake(base, margins, n, allowed=1e-9))
    show("raking, 1,000,000 people to 150, 200 and 40 cells", took, "aim a few seconds")


if __name__ == "__main__":
    time_commands()
    time_check_of_200_items()
    time_fevs()
    time_statistics()
    time_careless()
    time_raking()
