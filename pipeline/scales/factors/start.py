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
EQUAL = 0.2
"""Standardised loading on a general factor that all items load on alike."""
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
    left = np.maximum(1 - (standard**2).sum(axis=1), LEAST)
    found = _with_factors(parameters, model, standard, sd)
    found = _put(found, Kind.RESIDUAL, np.diag(sd**2 * left))
    at = (found.free >= 0) & (found.kind == Kind.INTERCEPT)
    value = found.value.copy()
    value[at] = means[found.group[at], found.row[at]]
    return replace(found, value=value)


def start_ordinal(
    parameters: Parameters,
    model: FactorModel,
    correlations: np.ndarray,
    thresholds: np.ndarray,
) -> Parameters:
    """Return the cells of a model for ordinal answers with the free ones at starting values.

    `correlations` (G, p, p); `thresholds` (G, p, most), which start as they are where they are not
    equal over groups, and else at their mean.
    """
    standard = _standard_loadings(model, correlations.mean(axis=0))
    left = np.maximum(1 - (standard**2).sum(axis=1), LEAST)
    scaled = (parameters.kind == Kind.SCALE).any()
    sd = np.ones(len(left)) if scaled else 1 / np.sqrt(left)
    found = _with_factors(parameters, model, standard, sd)
    found = _put(found, Kind.RESIDUAL, np.eye(len(left)))
    found = _put(found, Kind.SCALE, np.ones((len(left), 1)))
    at = np.flatnonzero(found.kind == Kind.THRESHOLD)
    row, free = found.row[at], found.free[at]
    own = thresholds[found.group[at], row, found.column[at]] * sd[row]
    mean = np.bincount(free, own) / np.maximum(np.bincount(free), 1)
    value = found.value.copy()
    value[at] = mean[free]
    return replace(found, value=value)


def _with_factors(
    parameters: Parameters, model: FactorModel, standard: np.ndarray, sd: np.ndarray
) -> Parameters:
    size = _factor_sizes(model, standard, sd)
    below = np.array([latent in model.below for latent in model.latents])
    found = _put(parameters, Kind.LOADING, standard * sd[:, None] / size)
    found = _put(found, Kind.REGRESSION, HIGHER * size[:, None] / size)
    return _put(found, Kind.LATENT, np.diag(size**2 * np.where(below, 1 - HIGHER**2, 1)))


def _put(parameters: Parameters, kind: Kind, matrix: np.ndarray) -> Parameters:
    """Return the parameters with the free cells of a kind as in a matrix, the same in all groups."""
    at = (parameters.free >= 0) & (parameters.kind == kind)
    value = parameters.value.copy()
    value[at] = matrix[parameters.row[at], parameters.column[at]]
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
    if model.equal_general:
        size[at[model.general]] = EQUAL * float(sd.mean())
    if model.scale == "unit":
        size[[at[latent] for latent in model.below]] = 1 / HIGHER
        return size
    for factor, items in model.loadings.items():
        if model.equal_general and factor == model.general:
            continue
        first = model.items.index(items[0])
        size[at[factor]] = max(standard[first, at[factor]], LEAST) * sd[first]
    for factor, parts in model.second_order.items():
        size[at[factor]] = HIGHER * size[at[parts[0]]]
    return size
