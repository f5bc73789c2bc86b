"""Means and covariances that a factor model implies, and how they move with its cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.scales.factors.parameters import SYMMETRIC, Kind, Parameters


@dataclass(frozen=True)
class Moments:
    """What a model implies in each of G groups, for p items and m factors.

    Attributes
    ----------
    covariance : (G, p, p) = L C L' + T, with C = A P A' and A = (I - B)^-1. mean : (G, p) = v + L A a.
    loadings : (G, p, m) L. total : (G, p, m) L A. latent_covariance : (G, m, m) C.
    latent_mean : (G, m) A a. residual : (G, p, p) T. Means are 0 where they are not modelled.
    """

    covariance: np.ndarray
    mean: np.ndarray
    loadings: np.ndarray
    total: np.ndarray
    latent_covariance: np.ndarray
    latent_mean: np.ndarray
    residual: np.ndarray


@dataclass(frozen=True)
class Slopes:
    """Derivatives of the moments of one group: d covariance = l r' + r l', d mean = `mean`.

    Every derivative of the covariance has rank two, so (p, cells) arrays `left` and `right` hold it.
    """

    left: np.ndarray
    right: np.ndarray
    mean: np.ndarray

    def covariance(self) -> np.ndarray:
        """Return the derivatives of the lower triangle, row by row, (p (p + 1) / 2, cells)."""
        i, j = np.tril_indices(len(self.left))
        return self.left[i] * self.right[j] + self.right[i] * self.left[j]


def fill(parameters: Parameters, kind: Kind, value: np.ndarray | None = None) -> np.ndarray:
    """Return one matrix of the model for all groups, (G, rows, columns), or (G, rows) for vectors."""
    p, m, groups = len(parameters.items), len(parameters.latents), len(parameters.groups)
    shape = {
        Kind.LOADING: (p, m),
        Kind.REGRESSION: (m, m),
        Kind.LATENT: (m, m),
        Kind.RESIDUAL: (p, p),
        Kind.INTERCEPT: (p, 1),
        Kind.MEAN: (m, 1),
        Kind.SCALE: (p, 1),
    }[kind]
    values = parameters.value if value is None else value
    matrix = np.zeros((groups, *shape), dtype=values.dtype)
    at = parameters.kind == kind
    g, row, column = parameters.group[at], parameters.row[at], parameters.column[at]
    matrix[g, row, column] = values[at]
    if kind in SYMMETRIC:
        matrix[g, column, row] = values[at]
    return matrix[:, :, 0] if kind in {Kind.INTERCEPT, Kind.MEAN, Kind.SCALE} else matrix


def moments(parameters: Parameters, value: np.ndarray | None = None) -> Moments:
    """Return the moments at the cells' values, or at others of the same order.

    Where cells scale the latent responses, residual variances are what their variances leave.
    """
    loadings = fill(parameters, Kind.LOADING, value)
    regression = fill(parameters, Kind.REGRESSION, value)
    reach = np.linalg.inv(np.eye(regression.shape[1]) - regression)
    latent = reach @ fill(parameters, Kind.LATENT, value) @ reach.transpose(0, 2, 1)
    latent_mean = (reach @ fill(parameters, Kind.MEAN, value)[..., None])[..., 0]
    common = loadings @ latent @ loadings.transpose(0, 2, 1)
    residual = fill(parameters, Kind.RESIDUAL, value)
    if (parameters.kind == Kind.SCALE).any():
        residual = residual + _left_by_scale(common, fill(parameters, Kind.SCALE, value))
    return Moments(
        covariance=common + residual,
        mean=fill(parameters, Kind.INTERCEPT, value) + (loadings @ latent_mean[..., None])[..., 0],
        loadings=loadings,
        total=loadings @ reach,
        latent_covariance=latent,
        latent_mean=latent_mean,
        residual=residual,
    )


def _left_by_scale(common: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return residual variances (G, p, p) that give latent responses the variance 1 / scale^2."""
    left = scale**-2 - np.diagonal(common, axis1=1, axis2=2)
    return left[:, :, None] * np.eye(common.shape[1])


def slopes(parameters: Parameters, implied: Moments, cells: np.ndarray, group: int) -> Slopes:
    """Return how the moments of a group move with some cells, which all stand in that group."""
    kind, row, column = parameters.kind[cells], parameters.row[cells], parameters.column[cells]
    total, latent_mean = implied.total[group], implied.latent_mean[group]
    spread = implied.loadings[group] @ implied.latent_covariance[group]
    unit = np.eye(len(total))
    left, right, mean = (np.zeros((len(total), len(cells))) for _ in range(3))

    def put(what: Kind, *where: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        at = np.flatnonzero(kind == what)
        for into, (source, index) in zip((left, right), where, strict=False):
            into[:, at] = source[:, index[at]]
        return at

    at = put(Kind.LOADING, (unit, row), (spread, column))
    mean[:, at] = unit[:, row[at]] * latent_mean[column[at]]
    at = put(Kind.REGRESSION, (total, row), (spread, column))
    mean[:, at] = total[:, row[at]] * latent_mean[column[at]]
    for what, source in ((Kind.LATENT, total), (Kind.RESIDUAL, unit)):
        at = put(what, (source, row), (source, column))
        right[:, at] *= np.where(row[at] == column[at], 0.5, 1.0)
    for what, source in ((Kind.INTERCEPT, unit), (Kind.MEAN, total)):
        at = np.flatnonzero(kind == what)
        mean[:, at] = source[:, row[at]]
    return Slopes(left, right, mean)
