"""Cumulative logits against R.

Tolerances: 1e-8 relative and absolute against glm and ordinal::clm (gradient 1e-12); 1e-7 for VGAM, whose
last steps are halved; 1e-6 for the sandwich of MASS::polr, whose second derivatives are numerical.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime
from validation import agrees

from pipeline.core.errors import Finding
from pipeline.models.fitted import Sample
from pipeline.models.nonlinear.cumulative import (
    Cumulative,
    fit_logit,
    fit_ordered,
    fit_partial_odds,
    ordered_rows,
    partial_rows,
)
from pipeline.models.nonlinear.estimators import logit, ordered_logit, partial_odds

REFERENCE = Path(__file__).parents[2] / "reference"
CLOSE = {"rel": 1e-8, "abs": 1e-8}
CUTS = [f"cut{j}" for j in range(1, 5)]


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "nonlinear_data.csv")


@pytest.fixture(scope="module")
def r() -> pd.Series:
    table = pd.read_csv(REFERENCE / "nonlinear.csv")
    return table.set_index(["case", "quantity"])["value"]


def predictors(data: pd.DataFrame) -> np.ndarray:
    return data[["x", "z", "kind"]].to_numpy(dtype=float)


def with_intercept(x: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones(len(x)), x])


def by_term(r: pd.Series, case: str, terms: list[str], quantity: str) -> np.ndarray:
    return np.array([r[f"{case};{term}", quantity] for term in terms])


def summed(rows: np.ndarray, person: np.ndarray) -> np.ndarray:
    return pd.DataFrame(rows).groupby(person).sum().to_numpy()


# ------------------------------------------------------------------------------------------ values


def test_logit_agrees_with_glm(data: pd.DataFrame, r: pd.Series) -> None:
    found = fit_logit(data["yes"].to_numpy(float), with_intercept(predictors(data)))
    terms = ["intercept", "x", "z", "kind"]
    reference = "stats::glm(binomial)"
    theirs = by_term(r, "logit", terms, "estimate")
    agrees("logit: coefficients", found.vector, theirs, reference=reference, **CLOSE)
    errors = np.sqrt(np.diag(found.covariance))
    theirs = by_term(r, "logit", terms, "std_error")
    agrees("logit: errors", errors, theirs, reference=reference, **CLOSE)
    assert found.log_likelihood == pytest.approx(r["logit", "log_likelihood"], rel=1e-12)


def test_ordered_logit_agrees_with_clm_and_the_sandwich_of_polr(
    data: pd.DataFrame, r: pd.Series
) -> None:
    found = fit_ordered(data["stage"].to_numpy(), predictors(data))
    terms = ["x", "z", "kind", *CUTS]
    theirs = by_term(r, "ologit", terms, "estimate")
    agrees(
        "ordered logit: slopes and cuts", found.vector, theirs, reference="ordinal::clm", **CLOSE
    )
    errors = np.sqrt(np.diag(found.covariance))
    theirs = by_term(r, "ologit", terms, "std_error")
    agrees("ordered logit: errors", errors, theirs, reference="ordinal::clm", **CLOSE)
    assert found.log_likelihood == pytest.approx(r["ologit", "log_likelihood"], rel=1e-12)
    assert found.slopes.tolist() == [0, 1, 2]
    sums = summed(found.scores, data["cluster"].to_numpy())
    sandwich = found.covariance @ (sums.T @ sums) @ found.covariance
    polr = np.array([by_term(r, f"polr;CR0;{term}", terms, "covariance") for term in terms])
    reference = "sandwich::vcovCL of MASS::polr"
    agrees("ordered logit: CR0", sandwich, polr, reference=reference, rel=1e-5, abs=1e-6)


def test_partial_proportional_odds_agree_with_vgam(data: pd.DataFrame, r: pd.Series) -> None:
    found = fit_partial_odds(data["stage"].to_numpy(), predictors(data), np.array([0, 0, 1]) > 0)
    own = [f"kind:{j}" for j in range(1, 5)]
    slopes = -r["partial"][["x", "z", *own]].to_numpy()
    cuts = r["partial"][[f"(Intercept):{j}" for j in range(1, 5)]].to_numpy()
    theirs = np.concatenate([slopes, cuts])
    agrees(
        "partial proportional odds",
        found.vector,
        theirs,
        reference="VGAM::vglm",
        rel=1e-7,
        abs=1e-7,
    )
    assert found.log_likelihood == pytest.approx(r["partial", "log_likelihood"], rel=1e-10)
    assert found.slopes.tolist() == [0, 1]


def test_two_categories_are_a_logit(data: pd.DataFrame) -> None:
    """The check of the plan: K = 2 gives the logit, its rows included."""
    yes, x = data["yes"].to_numpy(float), predictors(data)
    binary, ordered = fit_logit(yes, with_intercept(x)), fit_ordered(yes, x)
    assert ordered.vector == pytest.approx([*binary.vector[1:], -binary.vector[0]], rel=1e-10)
    turned = [1, 2, 3, 0]
    signs = np.array([1, 1, 1, -1])
    covariance = binary.covariance[np.ix_(turned, turned)] * np.outer(signs, signs)
    assert ordered.covariance == pytest.approx(covariance, rel=1e-9, abs=1e-12)
    theirs = binary.working
    assert ordered.working.residual == pytest.approx(-theirs.residual, abs=1e-9)
    assert ordered.working.design == pytest.approx(-theirs.design[:, turned] * signs, abs=1e-9)


@pytest.mark.parametrize("kind", ["logit", "ologit", "partial"])
def test_working_rows_give_the_scores_and_the_expected_information(
    data: pd.DataFrame, kind: str
) -> None:
    """Brute force: the information is the mean of score products over what each person could answer."""
    x, weights = predictors(data), np.linspace(0.5, 2, len(data))
    free = np.array([False, True, False])
    if kind == "logit":
        outcome, rows = data["yes"].to_numpy(float), -with_intercept(x)[:, None, :]
        found = fit_logit(outcome, with_intercept(x), weights)
    elif kind == "ologit":
        outcome, rows = data["stage"].to_numpy() - 1.0, ordered_rows(x, 5)
        found = fit_ordered(outcome, x, weights)
    else:
        outcome, rows = data["stage"].to_numpy() - 1.0, partial_rows(x, free, 5)
        found = fit_partial_odds(outcome, x, free, weights)
    working = found.working
    pulls = summed(working.design * working.residual[:, None], working.person)
    assert pulls == pytest.approx(found.scores, abs=1e-10)
    assert found.scores.sum(axis=0) == pytest.approx(np.zeros(len(found.vector)), abs=1e-8)
    information = np.zeros((len(found.vector),) * 2)
    for category in range(rows.shape[1] + 1):
        could = Cumulative.of(np.full(len(x), category), rows, None)
        each = could.scores(found.vector)
        p = [np.exp(Cumulative.of(np.array([category]), rows[[i]], None).value(found.vector))
             for i in range(len(x))]  # fmt: skip
        information += (each * (weights * p)[:, None]).T @ each
    assert working.design.T @ working.design == pytest.approx(information, rel=1e-8, abs=1e-8)


def test_derivatives_are_those_of_the_likelihood(data: pd.DataFrame) -> None:
    rows = partial_rows(predictors(data), np.array([False, True, False]), 5)
    weights = np.linspace(0.5, 2, len(data))
    likelihood = Cumulative.of(data["stage"].to_numpy() - 1, rows, weights)
    at = np.array([0.3, 0.2, -0.1, 0.1, -0.2, 0.05, -1.5, -0.4, 0.5, 1.4])
    slope = approx_fprime(at, likelihood.value, 1e-7)
    assert likelihood.slope(at) == pytest.approx(slope, rel=1e-4, abs=1e-3)
    curvature = -approx_fprime(at, likelihood.slope, 1e-7)
    assert likelihood.curvature(at) == pytest.approx(curvature, rel=1e-4, abs=1e-3)
    assert likelihood.scores(at).sum(axis=0) == pytest.approx(likelihood.slope(at), abs=1e-9)


def test_weights_count_rows(data: pd.DataFrame) -> None:
    times = np.arange(len(data)) % 3
    stage, x = data["stage"].to_numpy(), predictors(data)
    counted = fit_ordered(stage, x, times.astype(float))
    repeated = fit_ordered(np.repeat(stage, times), np.repeat(x, times, axis=0))
    assert counted.vector == pytest.approx(repeated.vector, rel=1e-9)
    assert counted.covariance == pytest.approx(repeated.covariance, rel=1e-8)


def test_units_and_far_probabilities_do_not_matter(data: pd.DataFrame) -> None:
    stage, x = data["stage"].to_numpy(), predictors(data)
    plain, wide = (fit_ordered(stage, x * [1, s, 1]) for s in (1, 1e7))
    assert wide.vector[1] * 1e7 == pytest.approx(plain.vector[1], rel=1e-8)
    far = np.where(np.arange(4000) == 7, 1, 2 + np.arange(4000) % 2)
    found = fit_ordered(far, np.sin(np.arange(4000.0))[:, None])
    assert found.vector[1] == pytest.approx(np.log(1 / 3999), rel=1e-3)


# ---------------------------------------------------------------------------------------- registry


def sample_of(data: pd.DataFrame, outcome: str) -> Sample:
    clusters = data["cluster"].to_numpy() - 1
    terms = ("intercept", "x", "z", "kind")
    x = with_intercept(predictors(data))
    return Sample(data[outcome].to_numpy(float), x, terms, clusters)


def test_the_shape_of_the_registry(data: pd.DataFrame) -> None:
    binary, ordered = logit(sample_of(data, "yes")), ordered_logit(sample_of(data, "stage"))
    assert binary.terms == ("intercept", "x", "z", "kind")
    assert ordered.terms == ("x", "z", "kind", *CUTS)
    assert (ordered.n, ordered.groups, ordered.parameters) == (305, 16, 7)
    for found in (binary, ordered):
        pulls = found.working.design * found.working.residual[:, None]
        assert summed(pulls, found.working.clusters) == pytest.approx(found.scores, abs=1e-9)
    free = np.array([False, False, True, False])
    partial = partial_odds(sample_of(data, "stage"), free)
    assert partial.terms == ("x", "kind", *(f"z@{cut}" for cut in CUTS), *CUTS)
    assert partial.estimate[0] == pytest.approx(ordered.estimate[0], abs=0.05)


# ---------------------------------------------------------------------------------------- findings


def refusal(outcome: np.ndarray, design: np.ndarray, fit=fit_ordered) -> Finding:
    with pytest.raises(Finding) as found:
        fit(outcome, design)
    return found.value


def test_complete_and_quasi_separation_name_the_columns() -> None:
    x = np.linspace(-1, 1, 60)
    noise = np.sin(np.arange(60) ** 2)
    complete = refusal((x > 0).astype(float), np.column_stack([np.ones(60), noise, x]), fit_logit)
    assert complete.name == "separation"
    assert 2 in complete.items
    rare = (np.arange(60) < 4).astype(float)
    yes = np.where(rare > 0, 1.0, np.arange(60) % 2)
    quasi = refusal(yes, np.column_stack([np.ones(60), noise, rare]), fit_logit)
    assert (quasi.name, quasi.items) == ("separation", (2,))
    stage = np.where(rare > 0, 3, np.arange(60) % 4)
    assert refusal(stage, np.column_stack([noise, rare])).items == (1,)


def test_a_cut_that_one_group_never_crosses_is_no_separation() -> None:
    """With proportional odds a group absent from one end still has an estimate."""
    group = (np.arange(80) % 2).astype(float)
    stage = np.where(group > 0, np.arange(80) // 2 % 3, np.arange(80) // 2 % 4)
    assert np.isfinite(fit_ordered(stage, group[:, None]).vector).all()
    free = np.array([True])
    with pytest.raises(Finding, match="separation"):
        fit_partial_odds(stage, group[:, None], free)


def test_an_outcome_that_does_not_vary_is_named() -> None:
    design = np.sin(np.arange(30.0))[:, None]
    assert refusal(np.full(30, 2), design).name == "constant_outcome"
    assert refusal(np.ones(30), design, fit_logit).name == "constant_outcome"
    with pytest.raises(ValueError, match="0 or 1"):
        fit_logit(np.arange(30.0), design)


def test_a_category_nobody_chose_is_found() -> None:
    stage = np.arange(60) % 3
    design = np.sin(np.arange(60.0) ** 2)[:, None]
    plain = fit_ordered(stage, design)
    jumped = fit_ordered(np.where(stage == 2, 5, stage), design)
    assert (plain.findings, jumped.findings) == ((), ("empty_category",))
    assert jumped.vector == pytest.approx(plain.vector, rel=1e-12)
