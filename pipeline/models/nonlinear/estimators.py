"""The non-linear estimators in the shape of the registry: a `Sample` in, a `Fitted` out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipeline.core.errors import UserError
from pipeline.models.fitted import Fitted, Sample, Working, cluster_sums
from pipeline.models.nonlinear.counts import fit_negative_binomial, fit_poisson
from pipeline.models.nonlinear.cumulative import fit_logit, fit_ordered, fit_partial_odds
from pipeline.models.nonlinear.estimate import Estimate
from pipeline.models.nonlinear.random_intercept import (
    RandomIntercept,
    fit_random_logit,
    fit_random_negative_binomial,
    fit_random_ordered,
    fit_random_poisson,
)


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


def random_logit(sample: Sample) -> Fitted:
    """Fit a logistic regression with random intercepts; see `fit_random_logit`. `further` has `tau2`."""
    _unweighted(sample)
    found = fit_random_logit(sample.outcome, sample.design, sample.clusters)
    return _mixed("random_logit", found, sample, sample.terms)


def random_ordered_logit(sample: Sample) -> Fitted:
    """Fit the proportional odds model with random intercepts; see `fit_random_ordered`."""
    _unweighted(sample)
    design, terms = without_intercept(sample)
    found = fit_random_ordered(sample.outcome, design, sample.clusters)
    return _mixed("random_ologit", found, sample, (*terms, *_cuts(sample)))


def random_negative_binomial(sample: Sample) -> Fitted:
    """Fit a negative binomial regression with random intercepts; see `fit_random_negative_binomial`."""
    _unweighted(sample)
    found = fit_random_negative_binomial(sample.outcome, sample.design, sample.clusters)
    theta = float(np.exp(found.vector[-1]))
    return _mixed("random_negbin", found, sample, sample.terms, {"theta": theta})


def random_poisson(sample: Sample) -> Fitted:
    """Fit a Poisson regression with random intercepts; see `fit_random_poisson`."""
    _unweighted(sample)
    found = fit_random_poisson(sample.outcome, sample.design, sample.clusters)
    return _mixed("random_poisson", found, sample, sample.terms)


def _unweighted(sample: Sample) -> None:
    if sample.weights is not None:
        raise UserError("a non-linear model with random intercepts has no weighted form here")


def _mixed(
    name: str,
    found: RandomIntercept,
    sample: Sample,
    terms: tuple[str, ...],
    further: Mapping[str, float] | None = None,
) -> Fitted:
    """Return random intercepts in the registry's shape.

    Their errors are those the model states: they have no working rows and no scores (0 rows).
    """
    k = len(terms)
    none = np.empty((0, k))
    return Fitted(
        estimator=name,
        terms=terms,
        estimate=found.vector[:k],
        covariance=found.covariance[:k, :k],
        loglik=found.log_likelihood,
        parameters=len(found.vector) + 1,
        n=len(sample.outcome),
        groups=sample.groups,
        working=Working(none, np.empty(0), np.empty(0, dtype=int)),
        scores=none,
        further={"tau2": found.sd**2, **(further or {})},
    )


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
        maximum=estimate,
    )


def without_intercept(sample: Sample) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the design and terms but the intercept."""
    kept = [k for k, term in enumerate(sample.terms) if term != "intercept"]
    return sample.design[:, kept], tuple(sample.terms[k] for k in kept)


def _cuts(sample: Sample) -> list[str]:
    return [f"cut{j}" for j in range(1, len(np.unique(sample.outcome)))]
