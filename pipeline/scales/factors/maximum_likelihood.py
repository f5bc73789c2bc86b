"""Maximum likelihood of a factor model: the likelihood of all groups, and its optimum."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.scales.factors.likelihood import (
    Patterns,
    at_moments,
    constant,
    expected_information,
    gradient,
    observed_information,
    scores,
)
from pipeline.scales.factors.moments import Moments, Slopes, moments, slopes
from pipeline.scales.factors.parameters import Kind, Parameters
from pipeline.scales.factors.sample import Sample, sum_by_cluster
from pipeline.scales.factors.standardised import multipliers

CURVED = (Kind.LOADING, Kind.REGRESSION, Kind.LATENT, Kind.MEAN)
"""Kinds of cell that the moments are not linear in."""


@dataclass(frozen=True)
class Likelihood:
    """The likelihood of a model at given values of its cells; derivatives are those of -log L.

    Attributes
    ----------
    value : -log L without its constant. cells : positions of the cells that derivatives are by.
    patterns : the likelihood by group.
    """

    sample: Sample
    parameters: Parameters
    cells: np.ndarray
    implied: Moments
    patterns: tuple[Patterns, ...]

    @property
    def value(self) -> float:
        """Return -log L, without log(2 pi)."""
        return 0.5 * sum(each.minus_log for each in self.patterns)

    @property
    def log_likelihood(self) -> float:
        """Return log L."""
        return -self.value - 0.5 * sum(constant(group) for group in self.sample.groups)

    @cached_property
    def _spread(self) -> np.ndarray:
        return self.parameters.spread()

    @cached_property
    def slopes(self) -> tuple[tuple[np.ndarray, Slopes], ...]:
        """Return for each group which of `cells` are its own, and how its moments move with them."""
        where = self.parameters.group[self.cells]
        own = [np.flatnonzero(where == g) for g in range(len(self.sample.groups))]
        return tuple(
            (at, slopes(self.parameters, self.implied, self.cells[at], g))
            for g, at in enumerate(own)
        )

    def cell_gradient(self) -> np.ndarray:
        """Return the gradient by cell, (cells,)."""
        found = np.zeros(len(self.cells))
        for (at, by), patterns in zip(self.slopes, self.patterns, strict=True):
            found[at] = gradient(patterns, by)
        return found

    def cell_information(self) -> np.ndarray:
        """Return the expected information by cell, (cells, cells)."""
        return self._by_group(expected_information)

    def cell_observed(self) -> np.ndarray:
        """Return the observed information by cell, (cells, cells)."""
        return self._by_group(observed_information) + self._curvature_of_moments()

    def cell_scores(self, centred: bool = False) -> np.ndarray:
        """Return each cluster's summed scores by cell, (clusters, cells), over all groups.

        `centred` takes the scores about their means in each group.
        """
        found = np.zeros((self.sample.clusters, len(self.cells)))
        for (at, by), patterns, group in zip(
            self.slopes, self.patterns, self.sample.groups, strict=True
        ):
            own = scores(group, patterns, by)
            own -= own.mean(axis=0) if centred else 0.0
            found[:, at] += sum_by_cluster(own, group.clusters, len(found))
        return found

    def cell_meat(self) -> np.ndarray:
        """Return the products of centred scores summed over clusters, (cells, cells)."""
        return corrected_products(self.cell_scores(centred=True), self.sample)

    def beside(self, parameters: Parameters, cells: np.ndarray) -> Likelihood:
        """Return the same likelihood, derived by other cells; `parameters` may hold more cells."""
        return Likelihood(self.sample, parameters, cells, self.implied, self.patterns)

    def slope(self) -> np.ndarray:
        """Return the gradient by free parameter."""
        return self._spread.T @ self.cell_gradient()

    def curvature(self) -> np.ndarray:
        """Return the expected information by free parameter."""
        return self._spread.T @ self.cell_information() @ self._spread

    def observed(self) -> np.ndarray:
        """Return the observed information by free parameter."""
        return self._spread.T @ self.cell_observed() @ self._spread

    def _by_group(self, information: Callable[[Patterns, Slopes], np.ndarray]) -> np.ndarray:
        found = np.zeros(2 * [len(self.cells)])
        for (at, by), patterns in zip(self.slopes, self.patterns, strict=True):
            found[np.ix_(at, at)] = information(patterns, by)
        return found

    def _curvature_of_moments(self) -> np.ndarray:
        """Return the part of the observed information that comes from the moments' curvature.

        With the likelihood's derivatives by the moments held fixed, the gradient is a polynomial of
        degree two in every single cell, so a central difference of any width is exact; one of about
        the cell's own size keeps rounding small.
        """
        width = self._widths()
        fixed = [patterns.gradient_of_moments() for patterns in self.patterns]
        found = np.zeros(2 * [len(self.cells)])
        for k in np.flatnonzero(np.isin(self.parameters.kind[self.cells], CURVED)):
            g, centre = self.parameters.group[self.cells[k]], self.parameters.value
            at = self.slopes[g][0]
            ends = []
            for side in (width[k], -width[k]):
                value = centre.copy()
                value[self.cells[k]] += side
                implied = moments(self.parameters, value)
                by = slopes(self.parameters, implied, self.cells[at], g)
                covariance, mean = fixed[g]
                moved = 2 * np.einsum("ic,ic->c", by.left, covariance @ by.right)
                ends.append(moved + mean @ by.mean)
            found[k, at] = (ends[0] - ends[1]) / (2 * width[k])
        return found

    def _widths(self) -> np.ndarray:
        """Return what a standardised change of one is, by cell."""
        size = np.abs(multipliers(self.parameters, self.implied, self.parameters.value))
        return np.where(size[self.cells] > 0, 1 / size[self.cells], 1.0)


def corrected_products(cluster_scores: np.ndarray, sample: Sample) -> np.ndarray:
    """Return the products of scores summed over clusters; times C / (C - 1) with C organisations."""
    products = cluster_scores.T @ cluster_scores
    return products * sample.clusters / (sample.clusters - 1) if sample.clustered else products


def likelihood(
    sample: Sample, parameters: Parameters, cells: np.ndarray | None = None
) -> Likelihood | None:
    """Return the likelihood at the cells' values; None where a covariance is not positive definite.

    `cells` are those to derive by: the free ones unless others are named.
    """
    implied = moments(parameters)
    patterns = []
    for g, group in enumerate(sample.groups):
        mean = implied.mean[g] if parameters.has_means else None
        each = at_moments(group, implied.covariance[g], mean)
        if each is None:
            return None
        patterns.append(each)
    by = parameters.moving if cells is None else cells
    return Likelihood(sample, parameters, by, implied, tuple(patterns))
