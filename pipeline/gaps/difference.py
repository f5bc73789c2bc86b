"""The raw gap: desired minus current, by person, with an interval that respects organisations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.student import t_quantile


@dataclass(frozen=True)
class Gap:
    """Means of complete pairs and of their difference; NaN where too few people are there."""

    n: int
    groups: int
    current: float
    desired: float
    estimate: float
    std_error: float
    df: float
    low: float
    high: float
    effect_size: float


def raw_gap(
    current: np.ndarray,
    desired: np.ndarray,
    weights: np.ndarray,
    clusters: np.ndarray,
    level: float,
) -> Gap:
    """Return the weighted mean of desired - current with a cluster-robust interval.

    Parameters
    ----------
    current, desired : (n,) ratings; a person without both is left out. weights : (n,) positive.
    clusters : (n,) int >= 0, the organisation. level : confidence level.

    Returns
    -------
    gap = sum(w d) / sum(w). Its error is that of a regression on a constant, CR1:
    sqrt(G/(G-1) sum_g (sum_i w e)^2) / sum(w), t with G - 1 degrees of freedom; NaN for one organisation.
    Effect size d_z = gap / weighted SD of d. R: `clubSandwich::vcovCR(lm(d ~ 1, weights), "CR1")`.
    """
    used = ~(np.isnan(current) | np.isnan(desired))
    c, d, w, g = current[used], desired[used], weights[used], clusters[used]
    n, groups = len(c), int(np.count_nonzero(np.bincount(g)))
    if n == 0:
        return Gap(0, 0, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan)
    total = w.sum()
    means = [float(w @ values / total) for values in (c, d, d - c)]
    residual = d - c - means[2]
    spread = float(np.sqrt(w @ residual**2 / total * n / (n - 1))) if n > 1 else np.nan
    effect = means[2] / spread if spread > 1e-12 else np.nan
    sums = np.bincount(g, w * residual)
    factor = groups / (groups - 1) if groups > 1 else np.nan
    error = float(np.sqrt(factor * (sums**2).sum()) / total)
    half = t_quantile(groups - 1, level) * error
    low, high = means[2] - half, means[2] + half
    df = float(groups - 1) if groups > 1 else np.nan
    return Gap(n, groups, means[0], means[1], means[2], error, df, low, high, effect)
