"""Weighted means with errors that respect organisations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.cluster_robust import cluster_robust
from pipeline.core.errors import Finding
from pipeline.core.student import t_quantile, two_sided_p


@dataclass(frozen=True)
class ClusteredMean:
    """A mean with its CR2 error, t on Satterthwaite's df; NaN where there are too few people."""

    n: int
    groups: int
    value: float
    std_error: float
    df: float
    statistic: float
    p_value: float
    low: float
    high: float


@dataclass(frozen=True)
class JointTest:
    """That several means, (q,) `mean`, are all 0: Hotelling's F on q and `df` degrees of freedom."""

    mean: np.ndarray
    f: float
    df: float
    p: float


def clustered_mean(
    values: np.ndarray, weights: np.ndarray, clusters: np.ndarray, level: float
) -> ClusteredMean:
    """Return sum(w y) / sum(w) with its interval.

    Parameters
    ----------
    values : (n,) without missing values, weights : (n,) positive, clusters : (n,) int >= 0.

    Returns
    -------
    The mean; without error for one organisation, and without t where nobody differs. R:
    `clubSandwich::conf_int(lm(y ~ 1, weights), "CR2", cluster)`.
    """
    places = np.unique(clusters, return_inverse=True)[1]
    groups, n = int(places.max(initial=-1)) + 1, len(values)
    mean = float(weights @ values / weights.sum()) if n else np.nan
    if groups < 2:
        return ClusteredMean(n, groups, mean, *(np.nan,) * 6)
    robust = cluster_robust(np.ones((n, 1)), values - mean, places, weights)
    error, df = (float(each[0]) for each in robust.every())
    if error <= 1e-12 * np.abs(values).max():
        return ClusteredMean(n, groups, mean, error, df, np.nan, np.nan, mean, mean)
    half = t_quantile(df, level) * error
    p = float(two_sided_p(mean / error, df))
    return ClusteredMean(n, groups, mean, error, df, mean / error, p, mean - half, mean + half)


def joint_test(values: np.ndarray, weights: np.ndarray, clusters: np.ndarray) -> JointTest:
    """Test whether the weighted means of (n, q) values are all 0, with organisations as units.

    T2 = m' V^-1 m with V = G / (G - 1) times the sum over organisations of their weighted residuals'
    squares and products (CR1); (G - q) / (q (G - 1)) T2 is taken as F on q and G - q degrees of freedom
    (Hotelling 1931; with one person an organisation and equal weights it is his test). R:
    `clubSandwich::vcovCR(lm(Y ~ 1, weights), cluster, "CR1")` for V.

    Raises
    ------
    Finding : too_few_groups (no more organisations than means), constant_item (some combination of them
        does not vary between organisations).
    """
    from scipy.special import fdtrc

    places = np.unique(clusters, return_inverse=True)[1]
    groups, q = int(places.max(initial=-1)) + 1, values.shape[1]
    if groups <= q:
        raise Finding("too_few_groups", f"{groups} organisations for {q} differences")
    mean = weights @ values / weights.sum()
    scores = np.zeros((groups, q))
    np.add.at(scores, places, weights[:, None] * (values - mean) / weights.sum())
    variance = groups / (groups - 1) * scores.T @ scores
    roots = np.linalg.eigvalsh(variance)
    if roots[0] <= 1e-12 * max(roots[-1], float(np.abs(values).max()) ** 2 * 1e-6):
        raise Finding("constant_item", "organisations do not differ in all shares")
    squared = float(mean @ np.linalg.solve(variance, mean))
    f = (groups - q) / (q * (groups - 1)) * squared
    return JointTest(mean, f, float(groups - q), float(fdtrc(q, groups - q, f)))
