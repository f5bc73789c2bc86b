"""Starting values: loadings from first eigenvectors, variances from what they leave."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipeline.scales.factors.model import FactorModel
from pipeline.scales.factors.parameters import Kind, Parameters

COMMON = 0.6
"""Share of a first eigenvalue that is taken as common variance."""
HIGHER = 0.5**0.5
"""Standardised loading of a factor on its second-order factor."""
LEAST = 0.2
"""Smallest standardised loading of a marker, smallest share of residual variance."""


def start(
    parameters: Parameters, model: FactorModel, covariances: np.ndarray, means: np.ndarray
) -> Parameters:
    """Return the cells with the free ones at starting values.

    `covariances` (G, p, p) and `means` (G, p) are those of the answers. All but intercepts start the
    same in every group, from the average group; covariances and factor means start at 0.
    """
    covariance = covariances.mean(axis=0)
    sd = np.sqrt(np.diag(covariance))
    standard = _standard_loadings(model, covariance / sd / sd[:, None])
    size = _factor_sizes(model, standard, sd)
    below = np.array([latent in model.below for latent in model.latents])
    matrices = {
        Kind.LOADING: standard * sd[:, None] / size,
        Kind.REGRESSION: HIGHER * size[:, None] / size,
        Kind.LATENT: np.diag(size**2 * np.where(below, 1 - HIGHER**2, 1)),
        Kind.RESIDUAL: np.diag(sd**2 * np.maximum(1 - (standard**2).sum(axis=1), LEAST)),
    }
    value = parameters.value.copy()
    free = parameters.free >= 0
    for kind, matrix in matrices.items():
        at = free & (parameters.kind == kind)
        value[at] = matrix[parameters.row[at], parameters.column[at]]
    at = free & (parameters.kind == Kind.INTERCEPT)
    value[at] = means[parameters.group[at], parameters.row[at]]
    return replace(parameters, value=value)


def _standard_loadings(model: FactorModel, correlation: np.ndarray) -> np.ndarray:
    """Return standardised loadings (p, m), first items' positive; a general factor comes first."""
    found = np.zeros((len(model.items), len(model.latents)))
    for factor in sorted(model.loadings, key=lambda name: name != model.general):
        at = [model.items.index(item) for item in model.loadings[factor]]
        value, vector = np.linalg.eigh(correlation[np.ix_(at, at)])
        first = vector[:, -1] * np.sqrt(COMMON * value[-1])
        column = found[:, model.latents.index(factor)]
        column[at] = first if first[0] >= 0 else -first
        if factor == model.general:
            correlation = correlation - np.outer(column, column)
    return found


def _factor_sizes(model: FactorModel, standard: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """Return each factor's standard deviation, (m,)."""
    size = np.ones(len(model.latents))
    at = {latent: k for k, latent in enumerate(model.latents)}
    if model.scale == "unit":
        size[[at[latent] for latent in model.below]] = 1 / HIGHER
        return size
    for factor, items in model.loadings.items():
        first = model.items.index(items[0])
        size[at[factor]] = max(standard[first, at[factor]], LEAST) * sd[first]
    for factor, parts in model.second_order.items():
        size[at[factor]] = HIGHER * size[at[parts[0]]]
    return size
