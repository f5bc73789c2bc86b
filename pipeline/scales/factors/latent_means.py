"""Differences of factor means between groups, where intercepts are held equal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.scales.factors.fit import FactorFit
from pipeline.scales.factors.parameters import Kind


@dataclass(frozen=True)
class MeanDifference:
    """A group's factor mean less the first group's.

    `standard` is the difference in standard deviations of the factor within both groups, pooled by n,
    with its own error by the delta method.
    """

    factor: str
    group: str
    estimate: float
    std_error: float
    p_value: float
    standard: float
    standard_error: float


def latent_mean_differences(fit: FactorFit) -> list[MeanDifference]:
    """Return every free factor mean of a scalar (or partial scalar) model as a difference.

    R: the factors' `~1` of `lavaan::cfa(group.equal = c("loadings", "intercepts"))`.
    """
    from scipy.special import ndtr

    parameters, errors = fit.parameters, fit.std_error
    found = []
    for cell in np.flatnonzero((parameters.kind == Kind.MEAN) & (parameters.free >= 0)):
        k, g = int(parameters.row[cell]), int(parameters.group[cell])
        estimate, error = float(parameters.value[cell]), float(errors[cell])
        p_value = float(2 * ndtr(-abs(estimate / error))) if error > 0 else np.nan
        standard, standard_error = _in_deviations(fit, int(cell), k, g)
        names = parameters.latents[k], parameters.groups[g]
        found.append(MeanDifference(*names, estimate, error, p_value, standard, standard_error))
    return found


def _in_deviations(fit: FactorFit, cell: int, k: int, g: int) -> tuple[float, float]:
    """Return the difference over the pooled standard deviation, and its error."""
    parameters = fit.parameters
    n = fit.fit.sizes
    share = np.array([n[0], n[g]]) / (n[0] + n[g])
    variances = np.array([fit.implied.latent_covariance[each, k, k] for each in (0, g)])
    pooled = float(share @ variances)
    if pooled <= 0:
        return np.nan, np.nan
    standard = parameters.value[cell] / np.sqrt(pooled)
    slope = np.zeros(parameters.n_free)
    slope[parameters.free[cell]] = 1 / np.sqrt(pooled)
    for part, own in zip(share, (0, g), strict=True):
        at = np.flatnonzero(
            (parameters.kind == Kind.LATENT)
            & (parameters.group == own)
            & (parameters.row == k)
            & (parameters.column == k)
            & (parameters.free >= 0)
        )
        slope[parameters.free[at]] -= standard * part / (2 * pooled)
    return float(standard), float(np.sqrt(slope @ fit.covariance @ slope))
