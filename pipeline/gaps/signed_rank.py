"""Wilcoxon's signed-rank test where people of one organisation are alike, and its effect size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FEWEST = 3


@dataclass(frozen=True)
class SignedRank:
    """The test of one target: `n` people with a difference other than 0, in `groups` organisations.

    `statistic` is normal; it and `p_value` are NaN for fewer than three organisations. `rank_biserial`
    (Kerby 2014) is (positive - negative) / all ranks, NaN without a difference.
    """

    n: int
    groups: int
    statistic: float
    p_value: float
    rank_biserial: float


def signed_rank(differences: np.ndarray, clusters: np.ndarray) -> SignedRank:
    """Return the signed-rank test of Rosner, Glynn & Lee (2006) for clusters of unequal size.

    Parameters
    ----------
    differences : (n,) within people; NaN and 0 are left out, ties share their mean rank. Unweighted: ranks
        have no weighted form that is agreed on. clusters : (n,) int from 0; each person a cluster of its
        own gives Wilcoxon's test without correction for continuity.

    Notes
    -----
    T = sum w_i S_i by sqrt(sum w_i^2 S_i^2), S_i the mean signed rank of cluster i and w_i = n_i / (1 +
    (n_i - 1) r) with r the corrected intraclass correlation of signed ranks, 0 at least. R:
    `clusrank::clusWilcox.test(d, cluster = g, paired = TRUE, method = "rgl")`; `wilcox.test(d, correct =
    FALSE)`; `pingouin.wilcoxon` gives the same rank-biserial, and has no test with clusters.
    """
    from scipy.special import ndtr

    used = ~np.isnan(differences) & (np.abs(differences) > 1e-9)
    d, cluster = differences[used], clusters[used]
    if not len(d):
        return SignedRank(0, 0, np.nan, np.nan, np.nan)
    _, place, ties = np.unique(np.round(np.abs(d), 9), return_inverse=True, return_counts=True)
    signed = np.sign(d) * (np.cumsum(ties) - (ties - 1) / 2)[place]
    effect = float(signed.sum() / np.abs(signed).sum())
    present = np.bincount(cluster) > 0
    group = (np.cumsum(present) - 1)[cluster]
    size = np.bincount(group)
    if len(size) < FEWEST:
        return SignedRank(len(d), len(size), np.nan, np.nan, effect)
    mean = np.bincount(group, signed) / size
    weight = size / (1 + (size - 1) * _correlation(signed, mean[group], size))
    squares = float(((weight * mean) ** 2).sum())
    statistic = float((weight * mean).sum() / np.sqrt(squares)) if squares > 0 else np.nan
    p_value = float(2 * ndtr(-abs(statistic)))
    return SignedRank(len(d), len(size), statistic, p_value, effect)


def _correlation(ranks: np.ndarray, own_mean: np.ndarray, size: np.ndarray) -> float:
    """Return the intraclass correlation of signed ranks, corrected (Olkin & Pratt), within 0-1."""
    n, m = len(ranks), len(size)
    if n == m:
        return 0.0
    within = float(((ranks - own_mean) ** 2).sum()) / (n - m)
    between = float(((own_mean - ranks.mean()) ** 2).sum()) / (m - 1)
    shared = (between - within) / ((n - float((size**2).sum()) / n) / (m - 1))
    total = shared + within
    r = max(shared / total, 0.0) if total > 0 else 0.0
    return min(r * (1 + (1 - r**2) / (2 * (m - 2.5))), 1.0)
