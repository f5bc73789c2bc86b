"""How much of a score lies between organisations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.variance import ROUNDING


@dataclass(frozen=True)
class IntraclassCorrelation:
    """ICC(1), ICC(2) and the test that organisations do not differ.

    Attributes
    ----------
    groups, n : organisations and people. f : mean square between / within. p_value : of F.
    """

    groups: int
    n: int
    icc1: float
    icc2: float
    f: float
    p_value: float


def intraclass_correlation(values: np.ndarray, groups: np.ndarray) -> IntraclassCorrelation:
    """Return ICC(1) and ICC(2) of a score, by one-way analysis of variance.

    Parameters
    ----------
    values : (n,) scores; NaN rows are left out. groups : (n,) int, the organisation of each person, -1
        for none. Unweighted.

    Returns
    -------
    ICC(1) = (MSB - MSW) / (MSB + (n0 - 1) MSW), ICC(2) = (MSB - MSW) / MSB, with
    n0 = (N - sum n_g^2 / N) / (G - 1) for unequal groups (Bliese 2000). NaN for fewer than two groups, no
    group with two people, or no variance. Not `multilevel::ICC1`, which takes the mean group size; R:
    the same sums from `aov(y ~ group)`.
    """
    used = ~np.isnan(values) & (groups >= 0)
    y, g = values[used], np.unique(groups[used], return_inverse=True)[1]
    sizes = np.bincount(g).astype(float)
    n, count = len(y), len(sizes)
    if count < 2 or n <= count:
        return IntraclassCorrelation(count, n, np.nan, np.nan, np.nan, np.nan)
    centred = y - y.mean()
    means = np.bincount(g, centred) / sizes
    between = float(sizes @ means**2) / (count - 1)
    within = float(((centred - means[g]) ** 2).sum()) / (n - count)
    least = (ROUNDING * float(np.abs(y).max())) ** 2
    between, within = (each if each > least else 0.0 for each in (between, within))
    n0 = (n - float(sizes @ sizes) / n) / (count - 1)
    return _from_mean_squares(between, within, n0, count, n)


def _from_mean_squares(
    between: float, within: float, n0: float, count: int, n: int
) -> IntraclassCorrelation:
    from scipy.special import fdtrc

    if between + within <= 0:
        return IntraclassCorrelation(count, n, np.nan, np.nan, np.nan, np.nan)
    icc1 = (between - within) / (between + (n0 - 1) * within)
    icc2 = (between - within) / between if between > 0 else np.nan
    f = between / within if within > 0 else np.nan
    return IntraclassCorrelation(count, n, icc1, icc2, f, float(fdtrc(count - 1, n - count, f)))
