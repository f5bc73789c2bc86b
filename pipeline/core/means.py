"""Weighted means by group, with the interval that the persons' spread gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Means:
    """Means by group, arrays of length groups; NaN where there are too few people."""

    n: np.ndarray
    mean: np.ndarray
    std_error: np.ndarray
    low: np.ndarray
    high: np.ndarray


def weighted_means(
    values: np.ndarray,
    weights: np.ndarray,
    groups: np.ndarray,
    n_groups: int,
    level: float,
    population: np.ndarray | None = None,
) -> Means:
    """Return sum(w y) / sum(w) by group with its linearised error.

    Parameters
    ----------
    values : (n,) scores; NaN rows are left out. weights : (n,) positive. groups : (n,) int, -1 for none.
    population : (n_groups,) people in each group, if it is known; one at least counts as not asked.

    Returns
    -------
    Error sqrt(n/(n-1) sum w^2 (y - mean)^2) / sum w, which is s/sqrt(n) for equal weights; interval by t
    with n - 1 degrees of freedom. In a population of N, the variance is times 1 - n/N. The groups are
    strata: each speaks for its own people. NaN error for n < 2. R: `survey::svymean` with `ids = ~1` and
    `fpc = ~population`, within each group.
    """
    from scipy.special import stdtrit

    used = ~np.isnan(values) & (groups >= 0)
    y, w, g = values[used], weights[used], groups[used]
    n = np.bincount(g, minlength=n_groups)
    total = np.bincount(g, w, n_groups)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.bincount(g, w * y, n_groups) / total
        squares = np.bincount(g, (w * (y - mean[g])) ** 2, n_groups)
        left = 1.0 if population is None else np.maximum(population - n, 1) / population
        std_error = np.sqrt(n / (n - 1) * squares * np.minimum(left, 1)) / total
    std_error = np.where(n > 1, std_error, np.nan)
    half = stdtrit(np.maximum(n - 1, 1), (1 + level) / 2) * std_error
    return Means(n, mean, std_error, mean - half, mean + half)
