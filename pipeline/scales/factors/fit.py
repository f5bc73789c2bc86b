"""A factor model fitted by maximum likelihood, with its errors, tests and findings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding
from pipeline.scales.factors.admissible import check_degrees, improper, null_directions
from pipeline.scales.factors.benchmark import Benchmark
from pipeline.scales.factors.fit_indices import (
    NO_INDICES,
    ChiSquare,
    Fit,
    Indices,
    Measured,
    indices,
    residual_size,
)
from pipeline.scales.factors.inverse import inverse
from pipeline.scales.factors.layout import NOTHING_EQUAL, Equality, lay_out
from pipeline.scales.factors.maximum_likelihood import Likelihood, likelihood
from pipeline.scales.factors.model import FactorModel
from pipeline.scales.factors.moments import Moments
from pipeline.scales.factors.parameters import Parameters
from pipeline.scales.factors.robust import sandwich
from pipeline.scales.factors.sample import Sample
from pipeline.scales.factors.score_tests import Derived
from pipeline.scales.factors.scoring import minimise
from pipeline.scales.factors.start import start


@dataclass(frozen=True)
class FactorFit:
    """A fitted factor model.

    Attributes
    ----------
    parameters : the cells at their estimates. covariance : (free, free) of the free parameters' errors;
        NaN where the model is not identified. implied : the moments. fit : tests and indices.
        findings : what is suspect; empty when nothing is. at : the criterion at the estimates.
        observed : (G, p, p) the covariances without a model; polychoric correlations of ordinal answers.
    """

    model: FactorModel
    parameters: Parameters
    covariance: np.ndarray
    implied: Moments
    fit: Fit
    findings: tuple[Finding, ...]
    at: Derived
    observed: np.ndarray

    @property
    def std_error(self) -> np.ndarray:
        """Return the standard error of every cell, (cells,); 0 for fixed ones."""
        error = np.sqrt(np.maximum(np.diag(self.covariance), 0))
        return np.where(self.parameters.free >= 0, error[self.parameters.free], 0.0)


def fit_ml(
    sample: Sample,
    model: FactorModel,
    *,
    equality: Equality = NOTHING_EQUAL,
    robust: bool = False,
    benchmark: Benchmark | None = None,
) -> FactorFit:
    """Fit a factor model by maximum likelihood; missing answers by full information.

    Parameters
    ----------
    sample : answers summed up, items in the model's order. equality : what is equal over groups.
        robust : Huber-White errors and the Yuan-Bentler statistic, by organisation if the sample has
        clusters (MLR). Otherwise errors are normal theory's: from the expected information with
        complete answers, from the observed one with missing answers. benchmark : that of the same
        sample, to share among models. Unweighted.

    Raises
    ------
    Finding : more parameters than moments; collinear items.

    Notes
    -----
    Means are modelled with several groups, missing answers or organisations, and else are not: the
    number of parameters, BIC and SRMR depend on it. R: `lavaan::cfa(estimator = "ML" or "MLR",
    missing = "ml", cluster =, group.equal =)`.
    """
    against = benchmark or Benchmark(sample)
    cells = lay_out(model, sample.names, means=against.means, equality=equality)
    check_degrees(cells, against.n_moments)
    free = against.saturated
    cells = start(cells, model, free.covariance, free.mean)
    at, converged = minimise(lambda vector: likelihood(sample, cells.at(vector)), cells.vector())
    return describe(model, at, against, converged, robust)


def describe(
    model: FactorModel, at: Likelihood, against: Benchmark, converged: bool, robust: bool
) -> FactorFit:
    """Return the errors, tests and findings of a model at its estimates."""
    findings = [] if converged else [not_converged(model)]
    null = null_directions(at.curvature(), at.parameters)
    findings += [null] if null else []
    covariance, trace = _errors(at, robust)
    fit = _fit(at, against, trace)
    findings += improper(at.parameters, at.implied)
    if robust and at.sample.clustered and at.sample.clusters <= at.parameters.n_free:
        findings.append(_few_clusters(at))
    if null:
        covariance = np.full_like(covariance, np.nan)
    return FactorFit(
        model=model,
        parameters=at.parameters,
        covariance=covariance,
        implied=at.implied,
        fit=fit,
        findings=tuple(findings),
        at=at,
        observed=against.saturated.covariance,
    )


def _errors(at: Likelihood, robust: bool) -> tuple[np.ndarray, float | None]:
    """Return the covariance of the free parameters, and the trace that scales the robust test."""
    if robust:
        found = sandwich(at)
        return found.covariance, found.trace
    information = at.curvature() if at.sample.complete else at.observed()
    return inverse(information), None


def _fit(at: Likelihood, against: Benchmark, trace: float | None) -> Fit:
    n, groups, robust = at.sample.n, len(at.sample.groups), trace is not None
    plain, scaled = against.test(at, trace)
    baseline, baseline_scaled = against.baseline, against.baseline_scaled if robust else None
    scaled_indices = robust_indices = NO_INDICES
    if scaled and baseline_scaled:
        scaled_indices = _scaled_indices(plain, scaled, baseline_scaled, n, groups)
    if robust or not at.sample.complete:
        corrected = against.corrected(at, scaled, robust)
        beside = against.baseline_corrected if robust else against.baseline_corrected_normal
        robust_indices = indices(corrected, beside, n, groups)
    log_likelihood, q = at.log_likelihood, at.parameters.n_free
    return Fit(
        sizes=tuple(group.n for group in at.sample.groups),
        n_parameters=q,
        chisq=plain,
        baseline=baseline,
        scaled=scaled,
        baseline_scaled=baseline_scaled,
        plain=indices(plain.measured, baseline.measured, n, groups),
        scaled_indices=scaled_indices,
        robust=robust_indices,
        srmr=_srmr(at, against, at.parameters.has_means),
        srmr_covariances=_srmr(at, against, False),
        log_likelihood=log_likelihood,
        aic=2 * (q - log_likelihood),
        bic=q * float(np.log(n)) - 2 * log_likelihood,
    )


def _scaled_indices(
    plain: ChiSquare, scaled: ChiSquare, baseline: ChiSquare, n: int, groups: int
) -> Indices:
    """Return the indices of the scaled tests.

    The interval of RMSEA takes the unscaled statistic, its mean for degrees of freedom (as lavaan).
    """
    interval = Measured(plain.statistic, scaled.scaling * scaled.df)
    return indices(scaled.measured, baseline.measured, n, groups, interval)


def _srmr(at: Likelihood, against: Benchmark, means: bool) -> float:
    free = against.saturated
    sizes = [
        residual_size(
            free.covariance[g] - at.implied.covariance[g],
            free.mean[g] - at.implied.mean[g] if means else None,
            np.diag(free.covariance[g]),
        )
        for g in range(len(free.mean))
    ]
    return float(np.average(sizes, weights=[group.n for group in at.sample.groups]))


def not_converged(model: FactorModel) -> Finding:
    """Return the finding that no optimum was found."""
    text = f"no optimum was found for the model of {', '.join(model.latents)}"
    return Finding("not_converged", text)


def _few_clusters(at: Likelihood) -> Finding:
    text = (
        f"{at.sample.clusters} organisations and {at.parameters.n_free} parameters: "
        "robust errors need more organisations than parameters"
    )
    return Finding("too_few_groups", text)
