"""A factor model of ordinal answers: diagonally weighted least squares with robust errors and test."""

from __future__ import annotations

import numpy as np

from pipeline.core.errors import Finding
from pipeline.scales.factors.adjusted_test import (
    adjust,
    traces,
    uncorrelated_test,
    uncorrelated_traces,
)
from pipeline.scales.factors.admissible import check_degrees, improper, null_directions
from pipeline.scales.factors.categorical_likelihood import robust_indices
from pipeline.scales.factors.fit import FactorFit, not_converged
from pipeline.scales.factors.fit_indices import (
    NO_INDICES,
    Fit,
    chi_square,
    indices,
    residual_size,
)
from pipeline.scales.factors.inverse import inverse
from pipeline.scales.factors.layout import NOTHING_EQUAL, Equality
from pipeline.scales.factors.least_squares import LeastSquares, implied_correlation, least_squares
from pipeline.scales.factors.model import FactorModel
from pipeline.scales.factors.ordinal_layout import Scaling, lay_out_ordinal
from pipeline.scales.factors.ordinal_sample import OrdinalSample
from pipeline.scales.factors.scoring import minimise
from pipeline.scales.factors.start import start_ordinal


def fit_wlsmv(
    sample: OrdinalSample,
    model: FactorModel,
    *,
    scaling: Scaling = "delta",
    equality: Equality = NOTHING_EQUAL,
) -> FactorFit:
    """Fit a factor model to ordinal answers.

    Parameters
    ----------
    sample : answers summed up, items in the model's order. scaling, equality : see
        `lay_out_ordinal`. Unweighted; errors take people as independent.

    Raises
    ------
    Finding : more parameters than thresholds and correlations.

    Notes
    -----
    The test is adjusted in mean and variance by a factor and a shift (Asparouhov & Muthen 2010); robust
    indices are those of Savalei (2021), NaN where the polychoric correlations are not positive
    definite. SRMR is that of correlations. Errors, test and RMSEA take n less the number of groups for
    n, as lavaan does. R: `lavaan::cfa(ordered = , estimator = "WLSMV",
    parameterization = scaling)`.
    """
    cells = lay_out_ordinal(
        model, sample.thresholds, sample.names, scaling=scaling, equality=equality
    )
    check_degrees(cells, sum(len(group.statistics) for group in sample.groups))
    correlations = np.array([group.correlation for group in sample.groups])
    cells = start_ordinal(cells, model, correlations, _threshold_array(sample))
    at, converged = minimise(lambda vector: least_squares(sample, cells.at(vector)), cells.vector())
    findings = [] if converged else [not_converged(model)]
    null = null_directions(at.curvature(), at.parameters)
    findings += [null] if null else []
    findings += [*improper(at.parameters, at.implied), *_impossible(sample)]
    bread = inverse(at.curvature())
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
        Finding(
            "impossible_correlations", f"polychoric correlations not positive definite ({name})"
        )
        for name, group in zip(sample.names, sample.groups, strict=True)
        if np.linalg.eigvalsh(group.correlation)[0] < 1e-8
    ]


def _fit(at: LeastSquares, bread: np.ndarray) -> Fit:
    sizes = tuple(group.n for group in at.sample.groups)
    groups = len(sizes)
    n = sum(sizes) - groups
    df = sum(len(group.statistics) for group in at.sample.groups) - at.parameters.n_free
    plain, baseline = chi_square(2 * at.value, df), uncorrelated_test(at.sample)
    scaled = adjust(plain, traces(at, bread))
    baseline_scaled = adjust(baseline, uncorrelated_traces(at.sample))
    scaled_indices = NO_INDICES
    if scaled and baseline_scaled:
        scaled_indices = indices(scaled.measured, baseline_scaled.measured, n, groups)
    srmr = _srmr(at)
    return Fit(
        sizes=sizes,
        n_parameters=at.parameters.n_free,
        chisq=plain,
        baseline=baseline,
        scaled=scaled,
        baseline_scaled=baseline_scaled,
        plain=indices(plain.measured, baseline.measured, n, groups),
        scaled_indices=scaled_indices,
        robust=robust_indices(at, bread, df, baseline.df),
        srmr=srmr,
        srmr_covariances=srmr,
    )


def _srmr(at: LeastSquares) -> float:
    """Return the SRMR of correlations; the diagonal counts, as 0 (as lavaan)."""
    groups = at.sample.groups
    sizes = []
    for g, group in enumerate(groups):
        residual = group.correlation - implied_correlation(at.implied, g)
        sizes.append(residual_size(residual, None, np.ones(len(residual))))
    return float(np.average(sizes, weights=[group.n for group in groups]))
