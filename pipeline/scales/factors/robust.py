"""Errors and tests that do not assume normal answers, nor that people of one organisation are strangers.

Scores are summed by organisation over all groups, so that an organisation with two languages is one
cluster; with C clusters their products are multiplied by C / (C - 1), as lavaan does in each group.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.scales.factors.inverse import inverse
from pipeline.scales.factors.likelihood import scores
from pipeline.scales.factors.maximum_likelihood import Likelihood, corrected_products
from pipeline.scales.factors.sample import Sample, sum_by_cluster
from pipeline.scales.factors.saturated import Saturated, free_moments, moment_information


@dataclass(frozen=True)
class Sandwich:
    """Covariance of the free parameters, (q, q), and the trace of meat times inverse bread."""

    covariance: np.ndarray
    trace: float


def sandwich(at: Likelihood) -> Sandwich:
    """Return Huber-White errors from the observed information. R: `estimator = "MLR"`, `cluster =`."""
    bread = inverse(at.observed())
    filling = corrected_products(at.cell_scores() @ at.parameters.spread(), at.sample)
    return Sandwich(bread @ filling @ bread, float((filling * bread).sum()))


@dataclass(frozen=True)
class SaturatedSpread:
    """Information A and score products B of unrestricted moments, by group stacked: means, covariances.

    `information` (k, k) is observed, in blocks by group; `meat` (k, k).
    """

    information: np.ndarray
    meat: np.ndarray

    @property
    def trace(self) -> float:
        """Return tr(B A^-1)."""
        return float((inverse(self.information) * self.meat).sum())


def saturated_spread(sample: Sample, free: Saturated) -> SaturatedSpread:
    """Return the information and the scores' products of the moments' estimates."""
    p = len(sample.items)
    by = free_moments(p)
    size = by.mean.shape[1]
    information = np.zeros(2 * [size * len(sample.groups)])
    summed = np.zeros((sample.clusters, len(information)))
    for g, (group, at) in enumerate(zip(sample.groups, free.patterns, strict=True)):
        own = slice(g * size, (g + 1) * size)
        information[own, own] = moment_information(at, observed=True)
        summed[:, own] = sum_by_cluster(scores(group, at, by), group.clusters, len(summed))
    return SaturatedSpread(information, corrected_products(summed, sample))


def complete_trace(sample: Sample, free: Saturated, means: bool) -> float:
    """Return tr(B A^-1) of unrestricted moments of complete answers, without forming either.

    In answers x turned to unit covariance, A is the identity, so the trace is that of squared sums over
    clusters: half of |sum (x x' - I)|^2, and |sum x|^2 where means are modelled. Without clusters the
    first is half of Mardia's kurtosis less p.
    """
    total = 0.0
    for group, covariance, mean in zip(sample.groups, free.covariance, free.mean, strict=True):
        x = np.linalg.solve(np.linalg.cholesky(covariance), (group.values - mean).T).T
        clusters = group.clusters if sample.clustered else None
        squares = 0.5 * _product_squares(x, clusters)
        if means:
            squares += _sum_squares(x, clusters)
        total += squares / group.n
    return total * sample.clusters / (sample.clusters - 1) if sample.clustered else total


def _product_squares(x: np.ndarray, clusters: np.ndarray | None) -> float:
    """Return the sum over clusters of |sum (x x' - I)|^2."""
    if clusters is None:
        length = (x**2).sum(axis=1)
        return float((length**2 - 2 * length + x.shape[1]).sum())
    order = np.argsort(clusters, kind="stable")
    parts = np.split(x[order], np.flatnonzero(np.diff(clusters[order])) + 1)
    unit = np.eye(x.shape[1])
    return sum(float(((part.T @ part - len(part) * unit) ** 2).sum()) for part in parts)


def _sum_squares(x: np.ndarray, clusters: np.ndarray | None) -> float:
    """Return the sum over clusters of |sum x|^2."""
    if clusters is None:
        return float((x**2).sum())
    return float((sum_by_cluster(x, clusters, int(clusters.max()) + 1) ** 2).sum())
