"""The test of fit of ordinal answers, adjusted to the mean and variance of chi-square."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.scales.factors.fit_indices import ChiSquare, chi_square
from pipeline.scales.factors.least_squares import LeastSquares
from pipeline.scales.factors.ordinal_sample import OrdinalSample


@dataclass(frozen=True)
class Traces:
    """tr(U Gamma) and tr(U Gamma U Gamma): mean and half the variance of the statistic."""

    first: float
    second: float


def adjust(test: ChiSquare, traces: Traces) -> ChiSquare | None:
    """Return the test turned to the mean and variance of chi-square: a T + b (Asparouhov & Muthen 2010)."""
    if test.df == 0 or traces.second <= 0:
        return None
    a = np.sqrt(test.df / traces.second)
    return chi_square(test.statistic, test.df, 1 / a, test.df - a * traces.first)


def traces(at: LeastSquares, bread: np.ndarray) -> Traces:
    """Return the traces with U = W - W D (D' W D)^-1 D' W, from products with the thin D only."""
    own_first = own_second = 0.0
    meat, deeper = np.zeros_like(bread), np.zeros_like(bread)
    for group, by in zip(at.sample.groups, at.free_slopes(), strict=True):
        weight = 1 / np.diag(group.gamma)
        weighted = by * weight[:, None]
        pulled = group.gamma @ weighted
        meat += group.weight * (weighted.T @ pulled)
        deeper += group.weight * (pulled.T @ (pulled * weight[:, None]))
        own_first += len(weight)
        own_second += float(((weight[:, None] * group.gamma) * (group.gamma * weight)).sum())
    crossed = bread @ meat
    first = own_first - float(np.trace(crossed))
    second = own_second - 2 * float((bread * deeper).sum()) + float((crossed * crossed.T).sum())
    return Traces(first, second)


def uncorrelated_test(sample: OrdinalSample) -> ChiSquare:
    """Return the test of no correlations, thresholds being what they are."""
    value, df = 0.0, 0
    for group in sample.groups:
        correlations = group.statistics[group.n_thresholds :]
        variance = np.diag(group.gamma)[group.n_thresholds :]
        value += group.weight * float((correlations**2 / variance).sum())
        df += len(correlations)
    return chi_square(value, df)


def uncorrelated_traces(sample: OrdinalSample) -> Traces:
    """Return the traces of no correlations."""
    first = second = 0.0
    for group in sample.groups:
        gamma = group.correlation_gamma
        weight = 1 / np.diag(gamma)
        first += len(weight)
        second += float(((weight[:, None] * gamma) * (gamma * weight)).sum())
    return Traces(first, second)
