"""Correlations between scores, with errors that respect the organisations people work in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.student import t_quantile, two_sided_p
from pipeline.core.variance import varies


@dataclass(frozen=True)
class Correlation:
    """Pearson r of two scores; interval and p value are NaN with fewer than two organisations."""

    n: int
    groups: int
    r: float
    std_error: float
    df: float
    low: float
    high: float
    p_value: float


def correlate(x: np.ndarray, y: np.ndarray, clusters: np.ndarray, level: float) -> Correlation:
    """Return Pearson's r with a cluster-robust interval.

    Parameters
    ----------
    x, y : (n,) scores; a row with a NaN in either is left out. clusters : (n,) int >= 0, the
        organisation. Unweighted.

    Returns
    -------
    The standard error is that of the linearised r, summed by organisation, times G/(G - 1); the
    interval is taken on Fisher's z with t on G - 1 degrees of freedom and turned back. r is NaN where
    a score is constant.

    Notes
    -----
    Influence of a person on r: z_x z_y - r (z_x^2 + z_y^2) / 2 (Devlin, Gnanadesikan & Kettenring
    1975). R: `survey::svycontrast` of `survey::svyvar` with `ids = ~organisation`. r itself is that
    of `pingouin.corr`, whose interval takes everybody as independent.
    """
    used = ~(np.isnan(x) | np.isnan(y))
    x, y, g = x[used], y[used], clusters[used]
    n, count = len(x), int(np.count_nonzero(np.bincount(g)))
    nothing = Correlation(n, count, *[np.nan] * 6)
    if n < 3 or not (varies(x) and varies(y)):
        return nothing
    zx, zy = (x - x.mean()) / x.std(), (y - y.mean()) / y.std()
    r = float(np.clip((zx * zy).mean(), -1, 1))
    if count < 2 or 1 - r * r < 1e-12:
        return Correlation(n, count, r, *[np.nan] * 5)
    influence = np.bincount(g, zx * zy - r * (zx**2 + zy**2) / 2) / n
    std_error = float(np.sqrt(count / (count - 1) * (influence**2).sum()))
    return _with_interval(n, count, r, std_error, level)


def _with_interval(n: int, count: int, r: float, std_error: float, level: float) -> Correlation:
    df = count - 1
    z, z_error = np.arctanh(r), std_error / (1 - r * r)
    half = t_quantile(df, level) * z_error
    p_value = float(two_sided_p(z / z_error, df)) if z_error > 0 else np.nan
    low, high = float(np.tanh(z - half)), float(np.tanh(z + half))
    return Correlation(n, count, r, std_error, df, low, high, p_value)
