"""The non-linear fits behind the registry, for what needs their likelihood."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pipeline.models.fitted import Sample
from pipeline.models.nonlinear.counts import fit_negative_binomial, fit_poisson
from pipeline.models.nonlinear.cumulative import fit_logit, fit_ordered
from pipeline.models.nonlinear.estimate import Estimate
from pipeline.models.nonlinear.estimators import without_intercept
from pipeline.models.nonlinear.random_intercept import (
    RandomIntercept,
    fit_random_logit,
    fit_random_negative_binomial,
    fit_random_ordered,
)


class Likelihood(NamedTuple):
    """An estimator's fit, and the same with a random intercept of organisations."""

    fit: Callable[[np.ndarray, np.ndarray], Estimate]
    with_intercepts: Callable[[np.ndarray, np.ndarray, np.ndarray], RandomIntercept]
    has_intercept: bool


def fit_counts(outcome: np.ndarray, design: np.ndarray) -> Estimate:
    """Fit counts by negative binomial, or by Poisson where they vary no more than that."""
    estimate = fit_negative_binomial(outcome, design)
    varies = bool(np.isfinite(estimate.vector).all())
    return estimate if varies else fit_poisson(outcome, design)


LIKELIHOODS: dict[str, Likelihood] = {
    "logit": Likelihood(fit_logit, fit_random_logit, has_intercept=True),
    "ologit": Likelihood(fit_ordered, fit_random_ordered, has_intercept=False),
    "negbin": Likelihood(fit_counts, fit_random_negative_binomial, has_intercept=True),
}


def rows_of(estimator: str, sample: Sample) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the design and the terms that an estimator's parameters begin with."""
    if LIKELIHOODS[estimator].has_intercept:
        return sample.design, sample.terms
    return without_intercept(sample)
