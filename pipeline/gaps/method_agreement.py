"""Whether methods rank alike: correlations of ranks, concordance, and the same first five."""

from __future__ import annotations

from typing import Literal

import numpy as np

from pipeline.gaps.ranks import ranks

Verdict = Literal["same_order", "within_intervals", "depends"]
WORST_LAST: tuple[Verdict, ...] = ("same_order", "within_intervals", "depends")
FIRST = 5


def shared_ranks(scores: np.ndarray) -> np.ndarray:
    """Return ranks of scores (..., T), 1 for the largest; equal scores share their mean rank.

    R: `rank(-x, ties.method = "average")`.
    """
    return np.asarray((ranks(scores) + scores.shape[-1] + 1 - ranks(-scores)) / 2)


def spearman(a: np.ndarray, b: np.ndarray) -> float:
    """Return the correlation of the ranks of two scores (T,); NaN where one does not vary.

    R: `cor(a, b, method = "spearman")`. (pingouin.corr agrees, at milliseconds a pair: too slow for all
    groups, families and pairs of methods.)
    """
    x, y = (each - each.mean() for each in (shared_ranks(a), shared_ranks(b)))
    size = float(np.sqrt((x @ x) * (y @ y)))
    return float(np.clip(x @ y / size, -1, 1)) if size > 0 else np.nan


def kendall_w(scores: np.ndarray) -> float:
    """Return Kendall's W of the ranks that m methods give T targets, (m, T), corrected for ties.

    NaN for fewer than two methods or targets, or where no method tells targets apart. R:
    `friedman.test(t(scores))$statistic / (m * (T - 1))`.
    """
    m, count = scores.shape
    if m < 2 or count < 2:
        return np.nan
    given = shared_ranks(scores)
    total = given.sum(axis=0)
    ties = sum(
        float((sizes**3 - sizes).sum())
        for sizes in (np.unique(row, return_counts=True)[1] for row in given)
    )
    most = m**2 * (count**3 - count) - m * ties
    return float(12 * ((total - total.mean()) ** 2).sum() / most) if most > 1e-9 else np.nan


def overlap(a: np.ndarray, b: np.ndarray, first: int = FIRST) -> float:
    """Return which share of the `first` of two scores (T,) are the same; NaN for no more targets.

    Where ties make more than `first`, all of them are taken, and the share is of all that either takes.
    """
    if len(a) <= first:
        return np.nan
    one, other = ranks(a) <= first, ranks(b) <= first
    return float((one & other).sum() / max(one.sum(), other.sum()))


def verdict(main: np.ndarray, other: np.ndarray, low: np.ndarray, high: np.ndarray) -> Verdict:
    """Return whether a second method ranks as the main one does, (T,) scores, so far as is known.

    `within_intervals` where every rank by the second, with those it is tied with, meets the rank
    interval of the main one (`low`, `high`): data do not tell the two orders apart.
    """
    if np.array_equal(shared_ranks(main), shared_ranks(other)):
        return "same_order"
    best, worst = ranks(other), len(other) + 1 - ranks(-other)
    meets = (best <= high) & (worst >= low)
    return "within_intervals" if bool(meets.all()) else "depends"
