"""Every estimator of the registry keeps the shape, and recovers what the outcome was drawn with."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.core.cluster_robust import cluster_robust
from pipeline.models import ESTIMATORS
from pipeline.models.fitted import Fitted, Sample

N = 20_000
TRUTH = np.array([0.3, -1.0, 0.5])
LINEAR = {"ols", "fixed", "mixed"}


def drawn(name: str) -> Sample:
    rng = np.random.default_rng(7)
    x = np.column_stack([np.ones(N), rng.standard_normal((N, 2))])
    clusters = np.arange(N) % 200
    if name in LINEAR:
        y = x @ TRUTH + rng.standard_normal(200)[clusters] / 4 + rng.standard_normal(N)
    elif name == "negbin":
        y = rng.poisson(np.exp(x @ TRUTH) * rng.gamma(2.0, 0.5, N)).astype(float)
    else:
        latent = x @ TRUTH + rng.logistic(size=N)
        y = (latent > 0).astype(float) if name == "logit" else np.digitize(latent, [-1, 0, 2.0])
    return Sample(y.astype(float), x, ("intercept", "a", "b"), clusters)


@pytest.fixture(scope="module")
def fits() -> dict[str, Fitted]:
    return {name: estimator(drawn(name)) for name, estimator in ESTIMATORS.items()}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_it_recovers_the_truth(name: str, fits: dict[str, Fitted]) -> None:
    found = fits[name]
    for term, truth in (("a", -1.0), ("b", 0.5)):
        at = found.at(term)
        error = cluster_robust(**vars(found.working)).every().std_error[at]
        assert abs(found.estimate[at] - truth) < 4 * error
        assert 0 < error < 0.05


@pytest.mark.parametrize("name", ESTIMATORS)
def test_it_keeps_the_shape(name: str, fits: dict[str, Fitted]) -> None:
    found, p = fits[name], len(fits[name].terms)
    assert found.estimator == name
    assert found.estimate.shape == (p,)
    assert found.covariance.shape == (p, p)
    assert found.scores.shape == (found.groups, p) == (200, p)
    assert found.n == N
    assert found.parameters >= p
    assert found.loglik < 0
    np.testing.assert_allclose(found.scores.sum(axis=0), 0, atol=1e-3)
    errors = np.sqrt(np.diag(found.covariance))
    robust = cluster_robust(**vars(found.working)).every().std_error
    slopes = [found.at("a"), found.at("b")]
    np.testing.assert_allclose(errors[slopes], robust[slopes], rtol=0.3)
