"""Means of organisations drawn towards the whole, the more so the fewer people answered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding
from pipeline.core.variance import ROUNDING

WIDEST = 1e12


@dataclass(frozen=True)
class VarianceComponents:
    """The random-intercept model y = mu + u_g + e: `between` is the variance of u, `within` that of e.

    `icc` is between / (between + within); `groups` and `n` are organisations and people.
    """

    mu: float
    between: float
    within: float
    icc: float
    groups: int
    n: int


@dataclass(frozen=True)
class ShrunkenMeans:
    """Empirical-Bayes means of G groups, arrays (G,); NaN for groups without people.

    `weight` is what a group's own mean counts for, 0 to 1; `mean`, `std_error`, `low`, `high` the
    shrunken mean.
    """

    n: np.ndarray
    weight: np.ndarray
    mean: np.ndarray
    std_error: np.ndarray
    low: np.ndarray
    high: np.ndarray
    components: VarianceComponents


def shrunken_means(
    values: np.ndarray, groups: np.ndarray, n_groups: int, level: float
) -> ShrunkenMeans:
    """Return the empirical-Bayes mean of each organisation with its interval.

    Parameters
    ----------
    values : (n,) scores; NaN rows are left out. Unweighted. groups : (n,) int, 0 .. n_groups - 1, -1 for
        none.

    Returns
    -------
    w_g ybar_g + (1 - w_g) mu with w_g = between / (between + within / n_g), mu weighted by w_g; its
    variance is between (1 - w_g) + (1 - w_g)^2 var(mu): mu adds to it as far as the mean leans on mu. The
    interval is normal and takes the variance components as known.

    Raises
    ------
    Finding : as `variance_components`.

    Notes
    -----
    Morris (1983). R: `coef(lme4::lmer(y ~ 1 + (1 | g)))`; with the error `metafor::blup` on group means.
    """
    from scipy.special import ndtri

    found = variance_components(values, groups)
    used = ~np.isnan(values) & (groups >= 0)
    n = np.bincount(groups[used], minlength=n_groups)
    total = np.bincount(groups[used], values[used], n_groups)
    with np.errstate(divide="ignore", invalid="ignore"):
        own = total / n
        weight = found.between / (found.between + found.within / n)
    weight = np.where(n > 0, weight, np.nan)
    left = 1 - weight
    mean = weight * own + left * found.mu
    precision = n / (found.within + n * found.between)
    std_error = np.sqrt(found.between * left + left**2 / precision.sum())
    half = float(ndtri((1 + level) / 2)) * std_error
    return ShrunkenMeans(n, weight, mean, std_error, mean - half, mean + half, found)


def variance_components(values: np.ndarray, groups: np.ndarray) -> VarianceComponents:
    """Return the random-intercept model by restricted maximum likelihood.

    Parameters
    ----------
    values : (n,) scores; NaN rows are left out. Unweighted. groups : (n,) int, -1 for none.

    Raises
    ------
    Finding : too_few_groups (fewer than two, or none with two people), constant_item (nobody differs from
        the rest of their organisation).

    Notes
    -----
    Patterson & Thompson (1971), the likelihood profiled over the ratio between / within; the ratio is 0
    where the likelihood falls from there. R: `lme4::lmer(y ~ 1 + (1 | g), REML = TRUE)`, `nlme::lme`.
    """
    from scipy.optimize import brentq

    used = ~np.isnan(values) & (groups >= 0)
    y, g = values[used], np.unique(groups[used], return_inverse=True)[1]
    n = np.bincount(g).astype(float)
    if len(n) < 2 or len(y) <= len(n):
        raise Finding(
            "too_few_groups", f"{len(n)} organisations of {len(y)} people hold no comparison"
        )
    centre = y.mean()
    means = np.bincount(g, y - centre) / n
    squares = float((((y - centre) - means[g]) ** 2).sum())
    if squares <= len(y) * (ROUNDING * float(np.abs(y).max())) ** 2:
        raise Finding("constant_item", "nobody differs from the rest of their organisation")

    def slope(ratio: float) -> float:
        return _profile(ratio, n, means, squares)[2]

    ratio = 0.0
    if slope(0.0) < 0:
        high = 1.0
        while slope(high) < 0 and high < WIDEST:
            high *= 4
        ratio = float(brentq(slope, 0, high, xtol=1e-14, rtol=1e-13))
    mu, within, _ = _profile(ratio, n, means, squares)
    between = ratio * within
    return VarianceComponents(
        centre + mu, between, within, between / (between + within), len(n), len(y)
    )


def _profile(
    ratio: float, n: np.ndarray, means: np.ndarray, squares: float
) -> tuple[float, float, float]:
    """Return mu and the variance within at a ratio of variances, and the slope of the deviance to it."""
    a = n / (1 + n * ratio)
    mu = float(a @ means / a.sum())
    distance = (means - mu) ** 2
    left, freedom = squares + float(a @ distance), n.sum() - 1
    slope = -freedom * float(a**2 @ distance) / left + a.sum() - float(a @ a) / a.sum()
    return mu, left / freedom, float(slope)
