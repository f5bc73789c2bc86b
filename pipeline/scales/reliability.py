"""Internal consistency of a scale from its complete rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.scales.variance import ROUNDING, varies


@dataclass(frozen=True)
class Estimate:
    """An estimate with its interval; the interval is NaN where none is known."""

    value: float
    low: float = np.nan
    high: float = np.nan


def alpha(items: np.ndarray, level: float) -> Estimate:
    """Return Cronbach's alpha with Feldt's interval.

    Parameters
    ----------
    items : (n, k) complete answers, reversed items turned. level : confidence level, e.g. 0.95.

    Returns
    -------
    alpha = k/(k-1) (1 - sum of item variances / variance of the sum), unweighted. NaN for k < 2,
    n < 2 or a sum without variance.

    Notes
    -----
    Cronbach (1951); interval Feldt (1965): (1 - alpha)/(1 - true) ~ F(n - 1, (n - 1)(k - 1)).
    R: `psych::alpha(x)$total$raw_alpha`, `psych::alpha.ci`; Python: `pingouin.cronbach_alpha`.
    """
    n, k = items.shape
    if n < 2 or k < 2:
        return Estimate(np.nan)
    return _feldt(alpha_of_covariance(np.cov(items, rowvar=False)), n, k, level)


def alpha_std(items: np.ndarray, level: float) -> Estimate:
    """Return standardised alpha: alpha of the correlation matrix, k r / (1 + (k - 1) r).

    Arguments and missing values as for `alpha`; NaN where an item is constant; no interval.
    R: `psych::alpha(x)$total$std.alpha`.
    """
    r, k = average_r(items, level).value, items.shape[1]
    whole = 1 + (k - 1) * r
    return Estimate(k * r / whole if whole > ROUNDING else np.nan)


def average_r(items: np.ndarray, level: float) -> Estimate:
    """Return the mean correlation between two items; NaN where an item is constant; no interval.

    R: `psych::alpha(x)$total$average_r`.
    """
    n, k = items.shape
    if n < 2 or k < 2 or not varies(items).all():
        return Estimate(np.nan)
    r = np.corrcoef(items, rowvar=False)
    return Estimate(float((r.sum() - k) / (k * (k - 1))))


def alpha_of_covariance(covariance: np.ndarray) -> float:
    """Return alpha of a (k, k) covariance matrix; NaN for k < 2 or a sum without variance."""
    k, total = len(covariance), covariance.sum()
    if k < 2 or total <= ROUNDING * np.trace(covariance):
        return np.nan
    return float(k / (k - 1) * (1 - np.trace(covariance) / total))


def alpha_if_dropped(items: np.ndarray) -> np.ndarray:
    """Return alpha of the scale without each item, (k,); NaN where fewer than 2 items are left."""
    n, k = items.shape
    if n < 2 or k < 3:
        return np.full(k, np.nan)
    covariance = np.cov(items, rowvar=False)
    left = [np.delete(np.arange(k), i) for i in range(k)]
    return np.array([alpha_of_covariance(covariance[np.ix_(each, each)]) for each in left])


def item_rest_r(items: np.ndarray) -> np.ndarray:
    """Return each item's correlation with the sum of the others, (k,), from complete (n, k) answers.

    NaN where the item or the rest is constant. R: `psych::alpha(x)$item.stats$r.drop`.
    """
    n, k = items.shape
    if n < 2 or k < 2:
        return np.full(k, np.nan)
    covariance = np.cov(items, rowvar=False)
    variance = np.diag(covariance)
    with_rest = covariance.sum(axis=0) - variance
    rest_variance = covariance.sum() - 2 * covariance.sum(axis=0) + variance
    with np.errstate(divide="ignore", invalid="ignore"):
        r = with_rest / np.sqrt(variance * rest_variance)
    rest_varies = rest_variance > ROUNDING * np.trace(covariance)
    return np.where(varies(items) & rest_varies, r, np.nan)


def _feldt(value: float, n: int, k: int, level: float) -> Estimate:
    from scipy.special import fdtri

    df1, df2, tail = n - 1, (n - 1) * (k - 1), (1 - level) / 2
    low = 1 - (1 - value) * fdtri(df1, df2, 1 - tail)
    high = 1 - (1 - value) * fdtri(df1, df2, tail)
    return Estimate(value, float(low), float(high))
