"""How often a true null is refused with few, unequal organisations: a check of the plan, by simulation.

300 drawn samples of 20 organisations, of 4 to 60 people, with intercepts of their own; the predictor has a
part that its organisation shares. A share of 5 % has a standard error of 1.3 %: 1 to 9 % is allowed to the
tests for organisations, and more than 10 % expected of errors that overlook them.
"""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.core.cluster_robust import cluster_robust
from pipeline.core.student import two_sided_p
from pipeline.models.nonlinear.counts import fit_negative_binomial
from pipeline.models.nonlinear.cumulative import fit_logit, fit_ordered
from pipeline.models.nonlinear.estimate import Estimate
from pipeline.models.nonlinear.score_bootstrap import score_bootstrap

SIZES = np.array([4, 5, 5, 6, 6, 7, 8, 8, 9, 10, 11, 12, 13, 15, 17, 20, 24, 30, 40, 60])
CLUSTERS = np.repeat(np.arange(20), SIZES)
DRAWS = 300


def drawn_fit(kind: str, generator: np.random.Generator) -> tuple[Estimate, int]:
    """Return a model of an outcome that the predictor says nothing of, and where its slope is."""
    shared, own = generator.normal(size=(2, 20))[:, CLUSTERS]
    x = 0.6 * shared + 0.8 * generator.normal(size=len(CLUSTERS))
    z = generator.normal(size=len(CLUSTERS))
    design = np.column_stack([np.ones(len(x)), x, z])
    eta = 0.7 * own + 0.5 * z
    if kind == "logit":
        return fit_logit((eta + generator.logistic(size=len(x)) > 0).astype(float), design), 1
    if kind == "ologit":
        stage = np.digitize(eta + generator.logistic(size=len(x)), [-1.5, 0, 1.5])
        return fit_ordered(stage, design[:, 1:]), 0
    mean = np.exp(0.5 + 0.7 * eta)
    counts = generator.poisson(mean * generator.gamma(1.5, 1 / 1.5, size=len(x)))
    return fit_negative_binomial(counts, design), 1


@pytest.mark.parametrize("kind", ["logit", "ologit", "negbin"])
def test_true_nulls_are_refused_as_often_as_they_should(kind: str) -> None:
    generator = np.random.default_rng(20261208)
    signs = np.where(generator.random((399, 20)) < 0.5, -1.0, 1.0)
    refused = np.zeros(3)
    for _ in range(DRAWS):
        estimate, at = drawn_fit(kind, generator)
        rows = estimate.working
        errors = cluster_robust(rows.design, rows.residual, CLUSTERS[rows.person]).every()
        t = estimate.vector[at] / errors.std_error[at]
        naive = estimate.vector[at] / np.sqrt(estimate.covariance[at, at])
        contrast = np.eye(len(estimate.vector))[at]
        bootstrap = score_bootstrap(estimate, CLUSTERS, contrast, signs).p_value
        refused += [two_sided_p(t, errors.df[at]) < 0.05, bootstrap < 0.05, abs(naive) > 1.96]
    cr2, score, overlooked = refused / DRAWS
    assert 0.01 <= cr2 <= 0.09
    assert 0.01 <= score <= 0.09
    assert overlooked > 0.1
