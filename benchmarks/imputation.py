"""Multiple imputation: its speed beside R's mice, and how well it recovers a known truth.

`python benchmarks/imputation.py` times it (mice's stored seconds: 8.6).
`python benchmarks/imputation.py DRAWS [FIRST_SEED]` draws surveys of organisations with holes that hang on
the answers, completes them, and adds a row per draw and coefficient to `imputation.csv` beside this file,
so that it can be stopped and continued; then says bias and coverage. Errors are CR2 in every imputation.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.core.cluster_robust import cluster_robust
from pipeline.core.incomplete import Incomplete, Variable
from pipeline.core.pooling import Pooled, pool
from pipeline.models.imputation.impute import impute

STORED = Path(__file__).with_name("imputation.csv")
BFI = Path(__file__).parents[1] / "../shared/reference/data/bfi.csv"
IMPUTATIONS = 20
SIZES = np.tile([8, 12, 15, 20, 30, 60], 6)
TERMS = ("intercept", "a", "b", "kind=1", "kind=2")
ITEMS = [Variable(f"{s}{k}", "number", s) for s in "ab" for k in range(4)]
VARIABLES = (*ITEMS, Variable("kind", "category"), Variable("y", "number"))


def survey(rng: np.random.Generator, sizes: np.ndarray = SIZES) -> tuple[np.ndarray, np.ndarray]:
    """Draw two scales of four five-point items, a category and an outcome, and organisations."""
    groups, g = len(sizes), np.repeat(np.arange(len(sizes)), sizes)
    n = len(g)
    latent = 0.4 * rng.normal(size=(groups, 2))[g]
    latent += 0.9 * rng.multivariate_normal([0, 0], [[1, 0.4], [0.4, 1]], n)
    items = np.repeat(latent, 4, axis=1) + 0.8 * rng.normal(size=(n, 8))
    items = np.clip(np.round(3 + items), 1, 5)
    kind = np.searchsorted([0.5, 0.8], rng.random(n) - 0.1 * (latent[:, 0] > 0), side="right")
    a, b = items[:, :4].mean(axis=1), items[:, 4:].mean(axis=1)
    y = 0.4 * a - 0.3 * b + 0.5 * (kind == 1) - 0.2 * (kind == 2)
    y += 0.3 * rng.normal(size=groups)[g] + 0.9 * rng.normal(size=n)
    return np.column_stack([items, kind, y]), g


def with_holes(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Leave out items and the category more often where y is high, and y itself by the category."""
    y, kind = values[:, 9], values[:, 8]
    chance = np.full(values.shape, 0.12)
    chance[:, :8] += 0.18 / (1 + np.exp(-2 * (y - y.mean())))[:, None]
    chance[:, 9] += 0.15 * (kind == 1)
    return np.where(rng.random(values.shape) < chance, np.nan, values)


def analysis(values: np.ndarray, g: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return coefficients, CR2 covariance and degrees of freedom."""
    a, b = values[:, :4].mean(axis=1), values[:, 4:8].mean(axis=1)
    X = np.column_stack([np.ones(len(a)), a, b, values[:, 8] == 1, values[:, 8] == 2]).astype(float)
    coefficients = np.linalg.lstsq(X, values[:, 9])[0]
    robust = cluster_robust(X, values[:, 9] - X @ coefficients, g)
    return coefficients, robust.covariance, robust.every().df


def pooled(completed: list[np.ndarray], g: np.ndarray) -> Pooled:
    found = [analysis(values, g) for values in completed]
    return pool(*(np.array(each) for each in zip(*found, strict=True)))


def one_draw(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    values, g = survey(rng)
    holes = with_holes(values, rng)
    closed, types = np.zeros(holes.shape, dtype=bool), np.zeros(len(g), dtype=int)
    data = Incomplete(VARIABLES, holes, closed, g, types)
    seeds = np.random.SeedSequence(seed).spawn(IMPUTATIONS)
    whole = ~np.isnan(holes).any(axis=1)
    cases = np.unique(g[whole], return_inverse=True)[1]
    methods = {
        "full": pooled([values], g),
        "imputed": pooled([each.values for each in impute(data, seeds)], g),
        "complete": pooled([holes[whole]], cases),
    }
    rows = []
    for method, found in methods.items():
        low, high = found.interval(0.95)
        for k, term in enumerate(TERMS):
            numbers = (found.estimate[k], found.std_error[k], low[k], high[k])
            rows.append((seed, method, term, *numbers))
    names = ["seed", "method", "term", "estimate", "std_error", "low", "high"]
    return pd.DataFrame(rows, columns=names)


def truth() -> np.ndarray:
    """Return the coefficients in many organisations without holes."""
    values, g = survey(np.random.default_rng(0), np.tile(SIZES, 600))
    return analysis(values, g)[0]


def summary(found: pd.DataFrame) -> None:
    for (method, term), rows in found.groupby(["method", "term"], sort=False):
        true = truths[TERMS.index(str(term))]
        cover = ((rows["low"] <= true) & (true <= rows["high"])).mean()
        bias, error = rows["estimate"].mean() - true, rows["estimate"].std()
        print(
            f"{method:9s} {term:10s} true {true:6.3f} bias {bias:7.4f} (+-{error / len(rows) ** 0.5:.4f}) "
            f"sd {error:.4f} mean error {rows['std_error'].mean():.4f} covered {100 * cover:.1f} %"
        )


def timing() -> None:
    """Complete the Big Five: 27 columns of 2,800 people, m = 5, CPU seconds of one process."""
    if not BFI.is_file():
        print("the shared reference bfi.csv is not here")
        return
    frame = pd.read_csv(BFI).drop(columns=["id", "education"])
    n, empty = len(frame), np.zeros(frame.shape, dtype=bool)
    variables = tuple(Variable(name, "number") for name in frame)
    for name, g in {
        "no organisations": np.zeros(n, int),
        "47 organisations": np.arange(n) % 47,
    }.items():
        data = Incomplete(variables, frame.to_numpy(float), empty, g, np.zeros(n, int))
        took = []
        for _ in range(3):
            start = time.process_time()
            impute(data, np.random.SeedSequence(1).spawn(5))
            took.append(time.process_time() - start)
        print(f"bfi, 27 columns, m = 5, {name}: {min(took):.2f} s; mice 8.6 s (stored); aim 3 s")


if __name__ == "__main__":
    if len(sys.argv) == 1:
        timing()
    else:
        truths = truth()
        first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
        for seed in range(first, first + int(sys.argv[1])):
            rows = one_draw(seed)
            rows.to_csv(
                STORED, mode="a", header=not STORED.is_file(), index=False, float_format="%.6f"
            )
        summary(pd.read_csv(STORED))
