"""Least squares: ordinary, weighted, with fixed effects of organisations, with their means.

Tolerances: 1e-9 relative and absolute against R's lm and sandwich 3.0-2 (QR there, a pseudo-inverse
here), 1e-8 against clubSandwich.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.cluster_robust import cluster_robust
from pipeline.core.errors import Finding, UserError
from pipeline.models.fitted import Sample
from pipeline.models.linear import fit_fixed, fit_ols, with_organisation_means

REFERENCE = Path(__file__).parents[1] / "reference"
CLOSE = {"rel": 1e-9, "abs": 1e-9}
TERMS = ("intercept", "x1", "x2", "kind=b", "kind=c")
ROBUST = pd.read_csv(REFERENCE / "cluster_robust.csv").set_index(["case", "quantity"])["value"]


def case_of(case: str) -> Sample:
    """Return a case of the reference."""
    data = pd.read_csv(REFERENCE / "linear_data.csv")
    each = data[data["case"] == case]
    design = np.column_stack(
        [np.ones(len(each)), each["x1"], each["x2"], each["kind"] == "b", each["kind"] == "c"]
    )
    clusters = np.unique(each["cluster"], return_inverse=True)[1]
    return Sample(each["y"].to_numpy(), design, TERMS, clusters)


def clustered() -> Sample:
    """Return the data of the reference of cluster-robust errors."""
    data = pd.read_csv(REFERENCE / "cluster_robust_data.csv")
    design = np.column_stack([np.ones(len(data)), data["x1"], data["x2"], data["kind"]])
    clusters = data["org"].to_numpy() - 1
    return Sample(data["y"].to_numpy(), design, ("intercept", "x1", "x2", "kind"), clusters)


@pytest.mark.parametrize("case", ["unequal", "equal", "three_clusters"])
def test_agrees_with_lm_and_sandwich(case: str) -> None:
    found = fit_ols(case_of(case))
    r = pd.read_csv(REFERENCE / "linear.csv").pivot(
        index="case", columns="quantity", values="value"
    )
    r = r.loc[[f"{case};{term}" for term in TERMS]]
    assert found.estimate == pytest.approx(r["estimate"].to_numpy(), **CLOSE)
    errors = cluster_robust(**vars(found.working), kind="CR1S").every()
    assert errors.std_error == pytest.approx(r["std_error"].to_numpy(), **CLOSE)
    assert (found.n, found.groups) == (r["n"].iloc[0], r["groups"].iloc[0])


def test_agrees_with_petersens_data() -> None:
    """5,000 firm-years, 500 firms: the published clustered errors are 0.0670 and 0.0506."""
    path = REFERENCE.parents[1] / "../shared/reference/data/PetersenCL.csv"
    if not path.is_file():
        pytest.skip("the shared reference PetersenCL.csv is not here")
    data = pd.read_csv(path)
    design = np.column_stack([np.ones(len(data)), data["x"]])
    firms = data["firm"].to_numpy() - 1
    found = fit_ols(Sample(data["y"].to_numpy(), design, ("intercept", "x"), firms))
    assert found.estimate == pytest.approx([0.0297, 1.0348], abs=5e-5)
    errors = cluster_robust(**vars(found.working), kind="CR1S").every()
    assert errors.std_error == pytest.approx([0.0670, 0.0506], abs=5e-5)


def test_what_a_fit_says_of_itself() -> None:
    """Covariance, log likelihood, R2 and scores by their formulas."""
    sample = case_of("unequal")
    found, x, y = fit_ols(sample), sample.design, sample.outcome
    n, p = x.shape
    e = y - x @ found.estimate
    s2 = e @ e / (n - p)
    assert found.covariance == pytest.approx(s2 * np.linalg.inv(x.T @ x))
    assert found.loglik == pytest.approx(-n / 2 * (np.log(2 * np.pi * (e @ e) / n) + 1))
    assert found.parameters == p + 1
    assert found.further["r2"] == pytest.approx(1 - e @ e / ((y - y.mean()) ** 2).sum())
    sums = [x[sample.clusters == g].T @ e[sample.clusters == g] for g in range(sample.groups)]
    np.testing.assert_allclose(found.scores, sums, atol=1e-9)
    assert found.at("x2") == 2


def test_weights_are_those_of_weighted_least_squares() -> None:
    data = pd.read_csv(REFERENCE / "cluster_robust_data.csv")
    found = fit_ols(replace(clustered(), weights=data["w"].to_numpy()))
    covariance = cluster_robust(**vars(found.working)).covariance
    expected = [ROBUST["weighted", f"CR2_v_{k}"] for k in range(1, 17)]
    np.testing.assert_allclose(covariance.ravel(), expected, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(found.scores.sum(axis=0), 0, atol=1e-8)


def test_fixed_effects_are_those_of_indicators() -> None:
    sample = clustered()
    found = fit_fixed(sample)
    assert found.terms == ("x1", "x2")
    dummies = np.eye(sample.groups)[sample.clusters]
    whole = fit_ols(replace(sample, design=np.column_stack([sample.design[:, 1:3], dummies])))
    assert found.estimate == pytest.approx(whole.estimate[:2], **CLOSE)
    assert found.covariance == pytest.approx(whole.covariance[:2, :2], **CLOSE)
    assert found.loglik == pytest.approx(whole.loglik)
    assert found.parameters == len(whole.estimate) + 1
    covariance = cluster_robust(**vars(found.working)).covariance
    expected = [ROBUST["dummies", f"CR2_v_{k}"] for k in range(1, 5)]
    np.testing.assert_allclose(covariance.ravel(), expected, rtol=1e-8, atol=1e-10)


def test_organisation_means_leave_the_effect_within() -> None:
    """Mundlak (1978): with the means of all, least squares give the fixed-effects coefficients."""
    sample = with_organisation_means(clustered(), ("x1", "x2"))
    assert sample.terms == ("intercept", "x1", "x2", "kind", "x1@mean", "x2@mean")
    found = fit_ols(sample).estimate[1:3]
    assert found == pytest.approx(fit_fixed(clustered()).estimate, **CLOSE)


def test_a_mean_that_the_terms_already_hold_is_left_out() -> None:
    sample = with_organisation_means(clustered(), ("kind", "x1"))
    assert sample.terms == ("intercept", "x1", "x2", "kind", "x1@mean")


@given(st.randoms(use_true_random=False), st.floats(0.1, 10), st.floats(-20, 20))
def test_order_names_and_units_do_not_matter(random, unit: float, origin: float) -> None:
    sample = case_of("unequal")
    usual = fit_ols(sample)
    order = list(range(len(sample.outcome)))
    random.shuffle(order)
    again = fit_ols(
        Sample(
            origin + unit * sample.outcome[order],
            sample.design[order],
            TERMS,
            sample.groups - 1 - sample.clusters[order],
        )
    )
    assert again.estimate[1:] == pytest.approx(unit * usual.estimate[1:], rel=1e-6, abs=1e-9)
    errors, before = (cluster_robust(**vars(f.working)).every() for f in (again, usual))
    assert errors.std_error == pytest.approx(unit * before.std_error, rel=1e-6)
    assert errors.df == pytest.approx(before.df, rel=1e-6)


@pytest.mark.parametrize("fit", [fit_ols, fit_fixed])
def test_what_cannot_be_fitted_is_named(fit) -> None:
    sample = clustered()
    with pytest.raises(Finding, match="constant_outcome"):
        fit(replace(sample, outcome=np.full(len(sample.outcome), 3.0)))
    few = Sample(sample.outcome[:4], sample.design[:4], sample.terms, np.array([0, 0, 1, 1]))
    with pytest.raises(Finding, match="too_few_people"):
        fit(few)


def test_fixed_effects_refuse_weights_and_name_what_does_not_vary_within() -> None:
    sample = clustered()
    with pytest.raises(UserError, match="no weighted form"):
        fit_fixed(replace(sample, weights=np.ones(len(sample.outcome))))
    flat = replace(sample, design=sample.design[:, [0, 3]], terms=("intercept", "kind"))
    with pytest.raises(Finding, match="no term varies within organisations"):
        fit_fixed(flat)
