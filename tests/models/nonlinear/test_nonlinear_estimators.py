"""The registry's shape, and errors for organisations from the working rows, against clubSandwich.

Tolerances: covariances 1e-8, degrees of freedom 1e-6, as the issue asks. clubSandwich works on the scale of
the outcome, so that CR2 is compared there; the plan's own rows are compared with its `lm` of them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from validation import agrees

from pipeline.core.cluster_robust import cluster_robust
from pipeline.core.errors import UserError
from pipeline.models.fitted import Fitted, Sample
from pipeline.models.nonlinear.estimators import (
    logit,
    negative_binomial,
    ordered_logit,
    poisson,
    random_logit,
    random_negative_binomial,
    random_ordered_logit,
    random_poisson,
)

REFERENCE = Path(__file__).parents[2] / "reference"
TERMS = ("intercept", "x", "z", "kind")


def sample_of(outcome: str, weights: np.ndarray | None = None) -> Sample:
    data = pd.read_csv(REFERENCE / "nonlinear_data.csv")
    design = np.column_stack([np.ones(len(data)), data[["x", "z", "kind"]]])
    clusters = data["cluster"].to_numpy() - 1
    return Sample(data[outcome].to_numpy(float), design, TERMS, clusters, weights=weights)


@pytest.fixture(scope="module")
def r() -> pd.Series:
    table = pd.read_csv(REFERENCE / "nonlinear.csv")
    return table.set_index(["case", "quantity"])["value"]


def theirs(r: pd.Series, case: str, kind: str) -> tuple[np.ndarray, np.ndarray]:
    covariance = [[r[f"{case};{kind};{a};{b}", "covariance"] for b in TERMS] for a in TERMS]
    return np.array(covariance), np.array([r[f"{case};{kind};{a}", "df"] for a in TERMS])


def variance_of(fitted: Fitted, sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    """Return d mu / d eta and the variance of each outcome."""
    eta = sample.design @ fitted.estimate
    if fitted.estimator == "logit":
        p = 1 / (1 + np.exp(-eta))
        return p * (1 - p), p * (1 - p)
    mean = np.exp(eta)
    return mean, mean + mean**2 / fitted.further["theta"]


@pytest.mark.parametrize(("case", "outcome"), [("logit", "yes"), ("negbin", "count")])
def test_errors_of_organisations_agree_with_clubsandwich(
    r: pd.Series, case: str, outcome: str
) -> None:
    sample = sample_of(outcome)
    fitted = {"logit": logit, "negbin": negative_binomial}[case](sample)
    working = fitted.working
    plain = cluster_robust(working.design, working.residual, working.clusters, kind="CR0")
    expected, name = theirs(r, case, "CR0")[0], "clubSandwich::vcovCR of glm"
    agrees(f"{case}: CR0", plain.covariance, expected, reference=name, rel=1e-7, abs=1e-8)
    slope, variance = variance_of(fitted, sample)
    assert working.design == pytest.approx(
        sample.design * (slope / np.sqrt(variance))[:, None], rel=1e-9
    )
    rows, residual = working.design * np.sqrt(variance)[:, None], working.residual
    on_outcome = cluster_robust(
        rows, residual * np.sqrt(variance), working.clusters, 1 / variance, "CR2", variance
    )
    covariance, df = theirs(r, case, "CR2")
    found = on_outcome.covariance
    agrees(f"{case}: CR2", found, covariance, reference=name, rel=1e-7, abs=1e-8)
    name = "clubSandwich::coef_test of glm"
    agrees(f"{case}: Satterthwaite df", on_outcome.every().df, df, reference=name, rel=1e-6)


def test_ordered_errors_of_organisations_agree_with_the_sandwich_of_the_plan() -> None:
    """CR0 of K - 1 rows a person is the sandwich of the scores, with the expected information."""
    fitted = ordered_logit(sample_of("stage"))
    working = fitted.working
    found = cluster_robust(working.design, working.residual, working.clusters, kind="CR0")
    bread = np.linalg.inv(working.design.T @ working.design)
    sandwich = bread @ fitted.scores.T @ fitted.scores @ bread
    assert found.covariance == pytest.approx(sandwich, rel=1e-8, abs=1e-12)
    corrected = cluster_robust(working.design, working.residual, working.clusters, kind="CR2")
    assert (np.diag(corrected.covariance) > 0.9 * np.diag(sandwich)).all()
    assert (corrected.every().df < 16).all()


def test_two_ordered_categories_have_the_errors_of_a_logit() -> None:
    sample = sample_of("yes")
    binary, ordered = logit(sample).working, ordered_logit(sample).working
    both = [cluster_robust(w.design, w.residual, w.clusters, kind="CR2") for w in (binary, ordered)]
    one, other = (np.diag(each.covariance) for each in both)
    assert other == pytest.approx(one[[1, 2, 3, 0]], rel=1e-8)
    assert both[1].every().df == pytest.approx(both[0].every().df[[1, 2, 3, 0]], rel=1e-8)


@pytest.mark.parametrize(
    ("estimator", "outcome", "extra"),
    [
        (random_logit, "yes", 1),
        (random_ordered_logit, "stage", 1),
        (random_poisson, "count", 1),
        (random_negative_binomial, "count", 2),
    ],
)
def test_random_intercepts_in_the_shape_of_the_registry(estimator, outcome, extra) -> None:
    fitted = estimator(sample_of(outcome))
    assert fitted.parameters == len(fitted.terms) + extra
    assert fitted.covariance.shape == (len(fitted.terms),) * 2
    assert (fitted.n, fitted.groups) == (305, 16)
    assert fitted.further["tau2"] >= 0
    assert len(fitted.working.residual) == len(fitted.scores) == 0
    with pytest.raises(UserError, match="no weighted form"):
        estimator(sample_of(outcome, np.ones(305)))


@pytest.mark.parametrize("estimator", [logit, poisson, negative_binomial, ordered_logit])
def test_equal_weights_change_nothing_but_the_scale(estimator) -> None:
    outcome = {"logit": "yes", "ordered_logit": "stage"}.get(estimator.__name__, "count")
    plain, doubled = estimator(sample_of(outcome)), estimator(sample_of(outcome, np.full(305, 2.0)))
    assert doubled.estimate == pytest.approx(plain.estimate, abs=1e-7)
    assert doubled.covariance * 2 == pytest.approx(plain.covariance, rel=1e-6)
    both = [
        cluster_robust(each.working.design, each.working.residual, each.working.clusters).covariance
        for each in (plain, doubled)
    ]
    assert both[1] == pytest.approx(both[0], rel=1e-6, abs=1e-12)
