"""A factor model of ordinal answers: diagonally weighted least squares with robust errors and test."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding
from pipeline.scales.factors.admissible import count_degrees, improper, null_directions
from pipeline.scales.factors.fit import FactorFit, not_converged
from pipeline.scales.factors.fit_indices import (
    NO_INDICES,
    ChiSquare,
    Fit,
    Indices,
    Measured,
    chi_square,
    indices,
    residual_size,
)
from pipeline.scales.factors.least_squares import LeastSquares, implied_correlation, least_squares
from pipeline.scales.factors.model import FactorModel
from pipeline.scales.factors.ordinal_parameters import Scaling, lay_out_ordinal
from pipeline.scales.factors.ordinal_sample import OrdinalGroup, OrdinalSample
from pipeline.scales.factors.parameters import Equal
from pipeline.scales.factors.scoring import minimise
from pipeline.scales.factors.start import start_ordinal


def fit_wlsmv(
    sample: OrdinalSample,
    model: FactorModel,
    *,
    scaling: Scaling = "delta",
    equal: Collection[Equal] = (),
    freed: Collection[str] = (),
) -> FactorFit:
    """Fit a factor model to ordinal answers.

    Parameters
    ----------
    sample : answers summed up, items in the model's order. scaling, equal, freed : see
        `lay_out_ordinal`. Unweighted; errors take people as independent.

    Raises
    ------
    Finding : more parameters than thresholds and correlations.

    Notes
    -----
    The test is adjusted in mean and variance by a factor and a shift (Asparouhov & Muthen 2010); robust
    indices are those of Savalei (2021), NaN where the polychoric correlations are not positive
    definite. SRMR is that of correlations. R: `lavaan::cfa(ordered = , estimator = "WLSMV",
    parameterization = scaling)`.
    """
    cells = lay_out_ordinal(
        model, sample.thresholds, sample.names, scaling=scaling, equal=equal, freed=freed
    )
    count_degrees(cells, sum(len(group.statistics) for group in sample.groups))
    correlations = np.array([group.correlation for group in sample.groups])
    cells = start_ordinal(cells, model, correlations, _threshold_array(sample))
    at, converged = minimise(lambda vector: least_squares(sample, cells.at(vector)), cells.vector())
    findings = [] if converged else [not_converged(model)]
    null = null_directions(at.curvature(), at.parameters)
    findings += [null] if null else []
    findings += [*improper(at.parameters, at.implied), *_impossible(sample)]
    bread = np.linalg.pinv(at.curvature(), hermitian=True)
    spread = at.parameters.spread()
    covariance = bread @ (spread.T @ at.cell_meat() @ spread) @ bread
    if null:
        covariance = np.full_like(covariance, np.nan)
    return FactorFit(
        model=model,
        parameters=at.parameters,
        covariance=covariance,
        implied=at.implied,
        fit=_fit(at, bread),
        findings=tuple(findings),
        at=at,
        observed=correlations,
    )


def _threshold_array(sample: OrdinalSample) -> np.ndarray:
    found = np.zeros((len(sample.groups), len(sample.items), max(sample.thresholds)))
    for g, group in enumerate(sample.groups):
        for i, own in enumerate(group.thresholds):
            found[g, i, : len(own)] = own
    return found


def _impossible(sample: OrdinalSample) -> list[Finding]:
    return [
        Finding("impossible_correlations", f"polychoric correlations not positive definite ({name})")
        for name, group in zip(sample.names, sample.groups, strict=True)
        if np.linalg.eigvalsh(group.correlation)[0] < 1e-8
    ]


@dataclass(frozen=True)
class _Traces:
    """tr(U Gamma) and tr(U Gamma U Gamma): mean and half the variance of the statistic."""

    first: float
    second: float


def _fit(at: LeastSquares, bread: np.ndarray) -> Fit:
    sample, q = at.sample, at.parameters.n_free
    n, groups = sample.n, len(sample.groups)
    df = sum(len(group.statistics) for group in sample.groups) - q
    baseline_value, baseline_df = _baseline_value(sample)
    plain, baseline = chi_square(2 * at.value, df), chi_square(baseline_value, baseline_df)
    scaled = _scaled(plain, _traces(at, bread))
    baseline_scaled = _scaled(baseline, _baseline_traces(sample))
    scaled_indices = NO_INDICES
    if scaled and baseline_scaled:
        scaled_indices = indices(_measured(scaled), _measured(baseline_scaled), n, groups)
    sizes = [
        residual_size(group.correlation - implied_correlation(at.implied, g), None, np.ones(len(group.correlation)))
        for g, group in enumerate(sample.groups)
    ]
    return Fit(
        sizes=tuple(group.n for group in sample.groups),
        n_parameters=q,
        chisq=plain,
        baseline=baseline,
        scaled=scaled,
        baseline_scaled=baseline_scaled,
        plain=indices(_measured(plain), _measured(baseline), n, groups),
        scaled_indices=scaled_indices,
        robust=_robust_indices(at, bread, df, baseline_df),
        srmr=float(np.average(sizes, weights=[group.n for group in sample.groups])),
        srmr_covariances=float(np.average(sizes, weights=[group.n for group in sample.groups])),
    )


def _measured(test: ChiSquare) -> Measured:
    return Measured(test.statistic, test.df)


def _scaled(test: ChiSquare, traces: _Traces) -> ChiSquare | None:
    """Return the test whose mean is its df and whose variance is twice that: a T + b."""
    if test.df == 0 or traces.second <= 0:
        return None
    a = np.sqrt(test.df / traces.second)
    return chi_square(test.statistic, test.df, 1 / a, test.df - a * traces.first)


def _traces(at: LeastSquares, bread: np.ndarray) -> _Traces:
    """Return the traces with U = W - W D (D' W D)^-1 D' W, from products with the thin D only."""
    own_first = own_second = 0.0
    meat, deeper = np.zeros_like(bread), np.zeros_like(bread)
    for group, by in zip(at.sample.groups, at.free_slopes(), strict=True):
        weight = 1 / np.diag(group.gamma)
        weighted = by * weight[:, None]
        pulled = group.gamma @ weighted
        meat += group.n * (weighted.T @ pulled)
        deeper += group.n * (pulled.T @ (pulled * weight[:, None]))
        own_first += len(weight)
        own_second += float(((weight[:, None] * group.gamma) * (group.gamma * weight)).sum())
    crossed = bread @ meat
    first = own_first - float(np.trace(crossed))
    second = own_second - 2 * float((bread * deeper).sum()) + float((crossed * crossed.T).sum())
    return _Traces(first, second)


def _baseline_value(sample: OrdinalSample) -> tuple[float, int]:
    """Return the statistic of no correlations, thresholds being what they are, and its df."""
    value, df = 0.0, 0
    for group in sample.groups:
        correlations = group.statistics[group.n_thresholds :]
        variance = np.diag(group.gamma)[group.n_thresholds :]
        value += group.n * float((correlations**2 / variance).sum())
        df += len(correlations)
    return value, df


def _baseline_traces(sample: OrdinalSample) -> _Traces:
    first = second = 0.0
    for group in sample.groups:
        gamma = _of_correlations(group)
        weight = 1 / np.diag(gamma)
        first += len(weight)
        second += float(((weight[:, None] * gamma) * (gamma * weight)).sum())
    return _Traces(first, second)


def _of_correlations(group: OrdinalGroup) -> np.ndarray:
    return group.gamma[group.n_thresholds :, group.n_thresholds :]


def _robust_indices(at: LeastSquares, bread: np.ndarray, df: int, baseline_df: int) -> Indices:
    """Return indices of the normal likelihood ratio of the correlations, corrected for what they are.

    Savalei (2021), who calls them cat-ML; R: `cfi.robust` of a WLSMV fit.
    """
    value = baseline = mean = baseline_mean = 0.0
    left, right = [], []
    for g, (group, by) in enumerate(zip(at.sample.groups, at.free_slopes(), strict=True)):
        implied = implied_correlation(at.implied, g)
        sign, log_det = np.linalg.slogdet(group.correlation)
        sign_implied, log_det_implied = np.linalg.slogdet(implied)
        if min(sign, sign_implied) <= 0 or np.linalg.eigvalsh(group.correlation)[0] < 1e-8:
            return NO_INDICES
        inverse = np.linalg.inv(implied)
        p = len(implied)
        value += group.n * float(log_det_implied - log_det + (inverse * group.correlation).sum() - p)
        baseline -= group.n * float(log_det)
        left.append(by[group.n_thresholds :])
        right.append(_correlation_information(inverse))
        baseline_mean += float(np.trace(_of_correlations(group)))
    mean = _corrected_mean(at, bread, left, right)
    robust = Measured(value, df, mean / df) if df else Measured(value, df)
    return indices(
        robust, Measured(baseline, baseline_df, baseline_mean / baseline_df), at.sample.n, len(left)
    )


def _correlation_information(inverse: np.ndarray) -> np.ndarray:
    """Return the normal information of correlations alone, for one person, from their inverse."""
    i, j = np.triu_indices(len(inverse), 1)
    return inverse[np.ix_(i, i)] * inverse[np.ix_(j, j)] + inverse[np.ix_(i, j)] * inverse[np.ix_(j, i)]


def _corrected_mean(
    at: LeastSquares, bread: np.ndarray, slopes: list[np.ndarray], information: list[np.ndarray]
) -> float:
    """Return tr(M' V M Gamma), with M = I - D (D' W D)^-1 D' W on the correlations of all groups."""
    groups = at.sample.groups
    whole = np.vstack(slopes)
    weight = np.concatenate([g.n / np.diag(_of_correlations(g)) for g in groups])
    residual = np.eye(len(whole)) - whole @ bread @ (whole * weight[:, None]).T
    gamma, v = np.zeros_like(residual), np.zeros_like(residual)
    first = 0
    for group, own in zip(groups, information, strict=True):
        at_group = slice(first, first + len(own))
        gamma[at_group, at_group] = _of_correlations(group) / group.n
        v[at_group, at_group] = group.n * own
        first += len(own)
    return float(((residual.T @ v @ residual) * gamma).sum())
