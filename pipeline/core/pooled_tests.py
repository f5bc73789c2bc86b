"""Tests of several coefficients at once, over m analyses of completed answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PooledTest:
    """An F test over m analyses; `riv` is the average relative increase in variance."""

    statistic: float
    df: float
    df_residual: float
    p_value: float
    riv: float


def pooled_wald(
    estimates: np.ndarray, covariances: np.ndarray, df_complete: float = np.inf
) -> PooledTest:
    """Test that k quantities are all zero: D1.

    Parameters
    ----------
    estimates : (m, k), m of 2 or more. covariances : (m, k, k), each analysis' own (CR2 where there are
        organisations).
    df_complete : degrees of freedom with nothing missing; infinite for a large sample.

    Notes
    -----
    Li, Raghunathan & Rubin (1991), with their degrees of freedom for a large sample and Reiter's (2007)
    for a small one. The variance between imputations is taken as proportional to that within.
    R: `mitml::testModels(method = "D1", df.com)`, `mice::D1`.
    """
    estimates, covariances = np.asarray(estimates, float), np.asarray(covariances, float)
    m, k = estimates.shape
    within = covariances.mean(axis=0)
    between = np.cov(estimates, rowvar=False, ddof=1).reshape(k, k)
    riv = (1 + 1 / m) * np.trace(np.linalg.solve(within, between)) / k
    mean = estimates.mean(axis=0)
    statistic = mean @ np.linalg.solve(within, mean) / (k * (1 + riv))
    df = _large_sample_df(riv, k, m) if np.isinf(df_complete) else _reiter(riv, k, m, df_complete)
    return _tested(statistic, k, df, riv)


def pooled_likelihood_ratio(own: np.ndarray, at_pooled: np.ndarray, k: int) -> PooledTest:
    """Test k restrictions by likelihood ratios: D3.

    Parameters
    ----------
    own : (m,) likelihood-ratio statistics, 2 (l1 - l0), of each analysis at its own estimates.
    at_pooled : (m,) the same at the mean estimates of both models.

    Notes
    -----
    Meng & Rubin (1992). Likelihoods that know of no organisations make this too sure of itself;
    `pooled_wald` with CR2 is the test with organisations. R: `mitml::testModels(method = "D3")`.
    """
    own, at_pooled = np.asarray(own, float), np.asarray(at_pooled, float)
    m = len(own)
    riv = (m + 1) / (k * (m - 1)) * (own.mean() - at_pooled.mean())
    statistic = at_pooled.mean() / (k * (1 + riv))
    return _tested(statistic, k, _large_sample_df(riv, k, m), riv)


def _large_sample_df(riv: float, k: int, m: int) -> float:
    """Return the denominator's degrees of freedom (Li, Raghunathan & Rubin 1991, eq. 1.17)."""
    if riv <= 0:
        return np.inf
    t = k * (m - 1)
    if t > 4:
        return 4 + (t - 4) * (1 + (1 - 2 / t) / riv) ** 2
    return t * (1 + 1 / k) * (1 + 1 / riv) ** 2 / 2


def _reiter(riv: float, k: int, m: int, complete: float) -> float:
    """Return the denominator's degrees of freedom of a small sample (Reiter 2007, eq. 2).

    That is defined for k (m - 1) > 4; below, as for one coefficient, the two sources of doubt are added.
    """
    t = k * (m - 1)
    observed = (complete + 1) / (complete + 3) * complete
    if t <= 4 or riv <= 0:
        seen = observed / (1 + max(riv, 0.0))
        return 1 / (1 / seen + 1 / _large_sample_df(riv, k, m))
    a = riv * t / (t - 2)
    c0, c1 = 1 / (t - 4), observed - 2 * (1 + a)
    c2 = observed - 4 * (1 + a)
    z = (
        1 / c2
        + c0 * (a**2 * c1 / ((1 + a) ** 2 * c2))
        + c0 * (8 * a**2 * c1 / ((1 + a) * c2**2) + 4 * a**2 / ((1 + a) * c2))
        + c0 * (4 * a**2 / (c2 * c1) + 16 * a**2 * c1 / c2**3)
        + c0 * (8 * a**2 / c2**2)
    )
    return 4 + 1 / z


def _tested(statistic: float, k: int, df: float, riv: float) -> PooledTest:
    from scipy.special import chdtrc, fdtrc

    p = chdtrc(k, statistic * k) if np.isinf(df) else fdtrc(k, df, max(statistic, 0.0))
    return PooledTest(float(statistic), float(k), float(df), float(p), float(riv))
