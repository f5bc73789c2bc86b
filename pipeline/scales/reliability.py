"""Internal consistency of a scale from its complete rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.variance import ROUNDING, varies

ROWS_AT_ONCE = 20_000


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
    of_items, of_sum = _variances(items)
    return _feldt(float(_alpha(of_items, of_sum, k)), n, k, level)


def _variances(items: np.ndarray) -> tuple[float, float]:
    """Return the sum of the items' variances and the variance of their sum, without a copy of the items."""
    n, mean = len(items), items.mean(axis=0)
    of_items = of_sum = 0.0
    for start in range(0, n, ROWS_AT_ONCE):
        centred = items[start : start + ROWS_AT_ONCE] - mean
        total = centred.sum(axis=1)
        of_items += float(np.vdot(centred, centred))
        of_sum += float(total @ total)
    return of_items / (n - 1), of_sum / (n - 1)


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


def alpha_of_covariance(covariance: np.ndarray) -> np.ndarray:
    """Return alpha of (k, k) covariances, or of a stack (.., k, k) of them.

    NaN for k < 2 or a sum without variance.
    """
    k = covariance.shape[-1]
    if k < 2:
        return np.full(covariance.shape[:-2], np.nan)
    return _alpha(np.trace(covariance, axis1=-2, axis2=-1), covariance.sum(axis=(-2, -1)), k)


def alpha_std_of_covariance(covariance: np.ndarray) -> np.ndarray:
    """Return standardised alpha of (k, k) covariances, or of a stack (.., k, k) of them.

    NaN also where an item has no variance.
    """
    return alpha_of_covariance(correlations_of(covariance))


def correlations_of(covariance: np.ndarray) -> np.ndarray:
    """Return the correlations of covariances (.., k, k); NaN with an item that has no variance."""
    variance = np.diagonal(covariance, axis1=-2, axis2=-1)
    sd = np.sqrt(np.where(variance > 0, variance, np.nan))
    return np.asarray(covariance / (sd[..., :, None] * sd[..., None, :]))


def _alpha(of_items: np.ndarray | float, of_sum: np.ndarray | float, k: int) -> np.ndarray:
    known = np.asarray(of_sum) > ROUNDING * np.asarray(of_items)
    share = np.divide(of_items, of_sum, out=np.full(known.shape, np.nan), where=known)
    return np.asarray(k / (k - 1) * (1 - share))


def alpha_if_dropped(items: np.ndarray) -> np.ndarray:
    """Return alpha of the scale without each item, (k,); NaN where fewer than 2 items are left."""
    n, k = items.shape
    if n < 2 or k < 3:
        return np.full(k, np.nan)
    covariance = np.cov(items, rowvar=False)
    left = [np.delete(np.arange(k), i) for i in range(k)]
    return np.array([float(alpha_of_covariance(covariance[np.ix_(each, each)])) for each in left])


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


def spearman_brown(items: np.ndarray, level: float) -> Estimate:
    """Return the reliability of the sum of two items, 2 r / (1 + r).

    Parameters
    ----------
    items : (n, 2) complete answers, reversed items turned. level : of the interval, Fisher's z of r.

    Returns
    -------
    NaN unless there are two items; where an item is constant; and for r = -1. Interval for n > 3.

    Notes
    -----
    Spearman (1910), Brown (1910); for two items better than alpha (Eisinga, te Grotenhuis & Pelzer 2013).
    R: `cor.test(x, y)`, each end turned by 2 r / (1 + r).
    """
    from scipy.special import ndtri

    n, k = items.shape
    r = average_r(items, level).value
    if k != 2 or np.isnan(r) or 1 + r <= ROUNDING:
        return Estimate(np.nan)
    if n < 4 or 1 - r <= ROUNDING:
        return Estimate(2 * r / (1 + r))
    half = float(ndtri((1 + level) / 2)) / np.sqrt(n - 3)
    low, high = np.tanh(np.arctanh(r) - half), np.tanh(np.arctanh(r) + half)
    return Estimate(2 * r / (1 + r), float(2 * low / (1 + low)), float(2 * high / (1 + high)))


def measurement_error(items: np.ndarray, reliability: float) -> float:
    """Return the standard error of measurement of the mean of the items: sd sqrt(1 - reliability).

    In units of the items, from complete (n, k) answers and for example their alpha; NaN for n < 2 or a
    reliability above 1.
    """
    if len(items) < 2 or not reliability <= 1:
        return np.nan
    return float(items.mean(axis=1).std(ddof=1) * np.sqrt(1 - reliability))


def _feldt(value: float, n: int, k: int, level: float) -> Estimate:
    from scipy.special import fdtri

    df1, df2, tail = n - 1, (n - 1) * (k - 1), (1 - level) / 2
    low = 1 - (1 - value) * fdtri(df1, df2, 1 - tail)
    high = 1 - (1 - value) * fdtri(df1, df2, tail)
    return Estimate(value, float(low), float(high))
