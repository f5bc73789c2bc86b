"""The solution in standard deviations of items and factors, with delta-method errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.scales.factors.moments import Moments, fill, moments
from pipeline.scales.factors.parameters import Kind, Parameters

STEP = 1e-20
"""Imaginary step of the derivative: so small that it is exact, and no difference is taken."""

EXACT = 1e-9
"""Error below which a value is one by definition, and the rest rounding."""


@dataclass(frozen=True)
class Standardised:
    """Standardised cells, (cells,), and their standard errors; 0 for what is 1 by definition."""

    value: np.ndarray
    std_error: np.ndarray


def standardise(parameters: Parameters, covariance: np.ndarray) -> Standardised:
    """Return every cell standardised by items and factors.

    Parameters
    ----------
    parameters : at their estimates. covariance : (free, free) that of the free parameters' errors.

    Notes
    -----
    Loadings, intercepts, means and thresholds are in total standard deviations of the group, variances
    in shares of them; covariances are correlations of what the factors or items have left (residuals);
    scales are 1. NaN where a variance is negative. Errors by the delta method; derivatives by a complex
    step. R: `lavaan::standardizedSolution(fit)`.
    """
    value = _standard_values(parameters, parameters.value)
    slopes = np.empty((len(value), parameters.n_free))
    for k in range(parameters.n_free):
        moved = parameters.value + 1j * STEP * (parameters.free == k)
        slopes[:, k] = _standard_values(parameters, moved).imag / STEP
    variance = np.einsum("ck,kl,cl->c", slopes, covariance, slopes)
    error = np.sqrt(np.maximum(variance, 0))
    return Standardised(value, np.where(error < EXACT, 0.0, error))


def _standard_values(parameters: Parameters, value: np.ndarray) -> np.ndarray:
    return value * multipliers(parameters, moments(parameters, value), value)


def multipliers(parameters: Parameters, implied: Moments, value: np.ndarray) -> np.ndarray:
    """Return what turns each cell into a standardised one, (cells,)."""
    kind, g, row, column = parameters.kind, parameters.group, parameters.row, parameters.column
    item, factor = deviations(implied.covariance), deviations(implied.latent_covariance)
    left_item = deviations(implied.residual)
    left_factor = deviations(fill(parameters, Kind.LATENT, value))
    found = np.ones(len(kind), dtype=value.dtype)

    def put(at: np.ndarray, above: np.ndarray | float, below: np.ndarray) -> None:
        with np.errstate(divide="ignore", invalid="ignore"):
            found[at] = above / below

    at = kind == Kind.LOADING
    put(at, factor[g[at], column[at]], item[g[at], row[at]])
    at = kind == Kind.REGRESSION
    put(at, factor[g[at], column[at]], factor[g[at], row[at]])
    for what, whole, left in ((Kind.LATENT, factor, left_factor), (Kind.RESIDUAL, item, left_item)):
        at = (kind == what) & (row == column)
        put(at, 1.0, whole[g[at], row[at]] ** 2)
        at = (kind == what) & (row != column)
        put(at, 1.0, left[g[at], row[at]] * left[g[at], column[at]])
    for what, whole in ((Kind.INTERCEPT, item), (Kind.THRESHOLD, item), (Kind.MEAN, factor)):
        at = kind == what
        put(at, 1.0, whole[g[at], row[at]])
    at = kind == Kind.SCALE
    put(at, 1.0, value[at])
    return found


def deviations(covariance: np.ndarray) -> np.ndarray:
    """Return standard deviations of (G, size, size) covariances, (G, size); NaN where there is none."""
    variance = np.diagonal(covariance, axis1=1, axis2=2)
    return np.sqrt(np.where(variance.real > 0, variance, np.nan))
