"""Least squares on thresholds and polychoric correlations, weighted by their variances (DWLS)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.scales.factors.moments import Moments, moments, slopes
from pipeline.scales.factors.ordinal_sample import OrdinalGroup, OrdinalSample
from pipeline.scales.factors.parameters import Kind, Parameters


@dataclass(frozen=True)
class LeastSquares:
    """The weighted distance of a model to the answers at given values of its cells.

    Half the test statistic: n - 1 times squared residuals over their variances, summed over groups (as
    lavaan). Errors and tests follow from its gradient, from D' W D for its curvature, and from D' W
    Gamma W D for the gradient's covariance (D : the slopes, W : 1 / the diagonal of Gamma).
    """

    sample: OrdinalSample
    parameters: Parameters
    cells: np.ndarray
    implied: Moments

    @cached_property
    def residuals(self) -> tuple[np.ndarray, ...]:
        """Return observed less implied thresholds and correlations, by group, (k,) each."""
        return tuple(
            group.statistics - implied_statistics(self.parameters, self.implied, g)
            for g, group in enumerate(self.sample.groups)
        )

    @property
    def value(self) -> float:
        """Return half the test statistic."""
        return 0.5 * sum(
            group.weight * float(residual**2 @ (1 / np.diag(group.gamma)))
            for group, residual in zip(self.sample.groups, self.residuals, strict=True)
        )

    @cached_property
    def slopes(self) -> tuple[np.ndarray, ...]:
        """Return how thresholds and correlations of each group move with the cells, (k, cells)."""
        return tuple(self._slopes(g) for g in range(len(self.sample.groups)))

    def _slopes(self, g: int) -> np.ndarray:
        found = np.zeros((len(self.residuals[g]), len(self.cells)))
        own = np.flatnonzero(self.parameters.group[self.cells] == g)
        found[:, own] = statistic_slopes(self.parameters, self.implied, self.cells[own], g)
        return found

    @cached_property
    def _spread(self) -> np.ndarray:
        return self.parameters.spread()

    def cell_gradient(self) -> np.ndarray:
        """Return the gradient by cell, (cells,)."""
        parts = [
            group.weight * (by.T @ (residual / np.diag(group.gamma)))
            for group, by, residual in self._parts()
        ]
        return -np.sum(parts, axis=0)

    def cell_information(self) -> np.ndarray:
        """Return D' W D, (cells, cells)."""
        parts = [
            group.weight * (by.T @ (by / np.diag(group.gamma)[:, None]))
            for group, by, _ in self._parts()
        ]
        return np.sum(parts, axis=0)

    def cell_observed(self) -> np.ndarray:
        """Return D' W D: what curvature there is beside it vanishes where the model fits."""
        return self.cell_information()

    def cell_meat(self) -> np.ndarray:
        """Return D' W Gamma W D, (cells, cells)."""
        total = np.zeros(2 * [len(self.cells)])
        for group, by, _ in self._parts():
            weighted = by / np.diag(group.gamma)[:, None]
            total += group.weight * (weighted.T @ (group.gamma @ weighted))
        return total

    def beside(self, parameters: Parameters, cells: np.ndarray) -> LeastSquares:
        """Return the same, derived by other cells; `parameters` may hold more cells."""
        return LeastSquares(self.sample, parameters, cells, self.implied)

    def slope(self) -> np.ndarray:
        """Return the gradient by free parameter."""
        return self._spread.T @ self.cell_gradient()

    def curvature(self) -> np.ndarray:
        """Return D' W D by free parameter."""
        return self._spread.T @ self.cell_information() @ self._spread

    def free_slopes(self) -> tuple[np.ndarray, ...]:
        """Return the slopes by free parameter, by group, (k, free)."""
        return tuple(by @ self._spread for by in self.slopes)

    def _parts(self) -> list[tuple[OrdinalGroup, np.ndarray, np.ndarray]]:
        return list(zip(self.sample.groups, self.slopes, self.residuals, strict=True))


def least_squares(sample: OrdinalSample, parameters: Parameters) -> LeastSquares | None:
    """Return the distance at the cells' values; None where a latent response has no variance."""
    implied = moments(parameters)
    if (np.diagonal(implied.covariance, axis1=1, axis2=2) <= 0).any():
        return None
    return LeastSquares(sample, parameters, parameters.moving, implied)


def response_sd(implied: Moments, g: int) -> np.ndarray:
    """Return the standard deviation of each latent response of a group, (p,)."""
    return np.sqrt(np.diag(implied.covariance[g]))


def implied_correlation(implied: Moments, g: int) -> np.ndarray:
    """Return the correlations of the latent responses of a group, (p, p)."""
    sd = response_sd(implied, g)
    return implied.covariance[g] / sd / sd[:, None]


def implied_statistics(parameters: Parameters, implied: Moments, g: int) -> np.ndarray:
    """Return thresholds, then correlations, as a group's `statistics` are ordered, (k,)."""
    sd, mean = response_sd(implied, g), implied.mean[g]
    at = np.flatnonzero((parameters.kind == Kind.THRESHOLD) & (parameters.group == g))
    item = parameters.row[at]
    thresholds = (parameters.value[at] - mean[item]) / sd[item]
    correlation = implied_correlation(implied, g)
    return np.concatenate([thresholds, correlation[np.triu_indices(len(sd), 1)]])


def statistic_slopes(
    parameters: Parameters, implied: Moments, cells: np.ndarray, g: int
) -> np.ndarray:
    """Return how a group's thresholds and correlations move with some of its cells, (k, cells).

    A response's standard deviation s moves with its residual and loadings, or, where cells scale the
    responses, with those alone; thresholds are (t - mean) / s, correlations covariance / (s s').
    """
    by = slopes(parameters, implied, cells, g)
    sd = response_sd(implied, g)
    if (parameters.kind == Kind.SCALE).any():
        log_sd = np.zeros(by.left.shape)
        at = np.flatnonzero(parameters.kind[cells] == Kind.SCALE)
        log_sd[parameters.row[cells[at]], at] = -1 / parameters.value[cells[at]]
    else:
        log_sd = by.left * by.right / sd[:, None] ** 2
    i, j = np.triu_indices(len(sd), 1)
    covariance = by.left[i] * by.right[j] + by.right[i] * by.left[j]
    correlation = implied_correlation(implied, g)[i, j, None]
    of_correlations = covariance / (sd[i] * sd[j])[:, None] - correlation * (log_sd[i] + log_sd[j])
    own = np.flatnonzero((parameters.kind == Kind.THRESHOLD) & (parameters.group == g))
    item = parameters.row[own]
    itself = (own[:, None] == cells).astype(float)
    standard = (parameters.value[own] - implied.mean[g, item]) / sd[item]
    of_thresholds = (itself - by.mean[item]) / sd[item, None] - standard[:, None] * log_sd[item]
    return np.vstack([of_thresholds, of_correlations])
