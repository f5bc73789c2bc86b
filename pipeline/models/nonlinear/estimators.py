"""The non-linear estimators in the shape of the registry: a `Sample` in, a `Fitted` out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipeline.models.fitted import Fitted, Sample, Working, cluster_sums
from pipeline.models.nonlinear.counts import fit_negative_binomial, fit_poisson
from pipeline.models.nonlinear.cumulative import fit_logit, fit_ordered, fit_partial_odds
from pipeline.models.nonlinear.estimate import Estimate


def logit(sample: Sample) -> Fitted:
    """Fit a logistic regression; see `fit_logit`."""
    return fitted(fit_logit(sample.outcome, sample.design, sample.weights), sample, sample.terms)


def ordered_logit(sample: Sample) -> Fitted:
    """Fit the proportional odds model; see `fit_ordered`. Its cuts take the place of the intercept."""
    design, terms = without_intercept(sample)
    estimate = fit_ordered(sample.outcome, design, sample.weights)
    return fitted(estimate, sample, (*terms, *_cuts(sample)))


def partial_odds(sample: Sample, free: np.ndarray) -> Fitted:
    """Fit ordered logits with slopes of their own at each cut for the columns `free`, (p,) bool.

    Terms are the proportional ones, `<term>@cut<j>` for the others, and the cuts; see `fit_partial_odds`.
    """
    inside = np.array([term != "intercept" for term in sample.terms])
    design, terms = without_intercept(sample)
    estimate = fit_partial_odds(sample.outcome, design, free[inside], sample.weights)
    cuts = _cuts(sample)
    own = [f"{t}@{cut}" for t, f in zip(terms, free[inside], strict=True) if f for cut in cuts]
    same = [t for t, f in zip(terms, free[inside], strict=True) if not f]
    return fitted(estimate, sample, (*same, *own, *cuts))


def negative_binomial(sample: Sample) -> Fitted:
    """Fit a negative binomial regression; see `fit_negative_binomial`. `further` has `theta`."""
    estimate = fit_negative_binomial(sample.outcome, sample.design, sample.weights)
    theta = float(np.exp(estimate.vector[-1]))
    return fitted(estimate, sample, sample.terms, {"theta": theta})


def poisson(sample: Sample) -> Fitted:
    """Fit a Poisson regression; see `fit_poisson`."""
    return fitted(fit_poisson(sample.outcome, sample.design, sample.weights), sample, sample.terms)


def fitted(
    estimate: Estimate,
    sample: Sample,
    terms: tuple[str, ...],
    further: Mapping[str, float] | None = None,
) -> Fitted:
    """Return an estimate in the registry's shape: its first parameters are `terms`."""
    k, working = len(terms), estimate.working
    return Fitted(
        estimator=estimate.kind,
        terms=terms,
        estimate=estimate.vector[:k],
        covariance=estimate.covariance[:k, :k],
        loglik=estimate.log_likelihood,
        parameters=len(estimate.vector),
        n=len(sample.outcome),
        groups=sample.groups,
        working=Working(working.design, working.residual, sample.clusters[working.person]),
        scores=cluster_sums(estimate.scores[:, :k], sample.clusters),
        further=further or {},
    )


def without_intercept(sample: Sample) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the design and terms but the intercept."""
    kept = [k for k, term in enumerate(sample.terms) if term != "intercept"]
    return sample.design[:, kept], tuple(sample.terms[k] for k in kept)


def _cuts(sample: Sample) -> list[str]:
    return [f"cut{j}" for j in range(1, len(np.unique(sample.outcome)))]
