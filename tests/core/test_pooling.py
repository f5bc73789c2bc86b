"""Rubin's rules, and tests of several coefficients.

Tolerance 1e-8 relative and absolute, that of issue 8, against mice 3.15 and mitml 0.4-4; the completed
data and R's values stand in tests/reference/pooling*.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from validation import agrees

from pipeline.core.pooled_tests import pooled_likelihood_ratio, pooled_wald
from pipeline.core.pooling import Pooled, needed_imputations, pool

CLOSE = {"rel": 1e-8, "abs": 1e-8}
CASES = ["m3", "m20"]


@dataclass(frozen=True)
class Analyses:
    """Regressions of y on x1 and x2 in each completed data set, and CR2 beside the model's errors."""

    estimate: np.ndarray
    covariance: np.ndarray
    robust: np.ndarray
    data: list[tuple[np.ndarray, np.ndarray]]


def cr2(X: np.ndarray, e: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Return the covariance with A_g = (I - H_gg)^(-1/2), written out."""
    bread = np.linalg.inv(X.T @ X)
    meat = np.zeros_like(bread)
    for g in np.unique(clusters):
        Xg, eg = X[clusters == g], e[clusters == g]
        value, vector = np.linalg.eigh(np.eye(len(Xg)) - Xg @ bread @ Xg.T)
        score = Xg.T @ (vector / np.sqrt(value)) @ vector.T @ eg
        meat += np.outer(score, score)
    return bread @ meat @ bread


def analyses(data: pd.DataFrame, case: str) -> Analyses:
    found, own, robust, kept = [], [], [], []
    for _, each in data[data["case"] == case].groupby("imputation"):
        X = np.column_stack([np.ones(len(each)), each["x1"], each["x2"]])
        y, bread = each["y"].to_numpy(), np.linalg.inv(X.T @ X)
        b = bread @ X.T @ y
        e = y - X @ b
        found.append(b)
        own.append(e @ e / (len(y) - 3) * bread)
        robust.append(cr2(X, e, each["cluster"].to_numpy()))
        kept.append((X, y))
    return Analyses(np.array(found), np.array(own), np.array(robust), kept)


@pytest.mark.parametrize("case", CASES)
def test_agrees_with_mice(case: str, from_r) -> None:
    data, r = from_r("pooling")
    each = analyses(data, case)
    found, rows = (
        pool(each.estimate, each.covariance, 87),
        r.loc[[f"{case};lm;{k}" for k in (1, 2, 3)]],
    )
    low, high = found.interval(0.95)
    values = {"low": low, "high": high, "fmi": found.missing_information}
    for name in ("estimate", "std_error", "df", "riv", "p_value"):
        values[name] = getattr(found, name)
    for name, value in values.items():
        what = f"pooled over imputations: {name}"
        agrees(what, value, rows[name].to_numpy(), reference="mice::pool", **CLOSE)


@pytest.mark.parametrize("case", CASES)
def test_agrees_with_clubsandwich_in_every_imputation(case: str, from_r) -> None:
    data, r = from_r("pooling")
    each, rows = analyses(data, case), r.loc[[f"{case};CR2;{k}" for k in (1, 2, 3)]]
    found = pool(each.estimate, each.robust, rows["df_complete"].to_numpy())
    reference = "mice::pool.scalar of clubSandwich::vcovCR, CR2"
    for name in ("estimate", "std_error", "df", "riv"):
        what = f"pooled CR2: {name}"
        agrees(what, getattr(found, name), rows[name].to_numpy(), reference=reference, **CLOSE)


@pytest.mark.parametrize(("case", "df"), [("m3", np.inf), ("m20", np.inf), ("m20", 87)])
def test_wald_agrees_with_mitml(case: str, df: float, from_r) -> None:
    data, r = from_r("pooling")
    each = analyses(data, case)
    found = pooled_wald(each.estimate[:, 1:], each.covariance[:, 1:, 1:], df)
    expected = r.loc[f"{case};D1;{'Inf' if np.isinf(df) else df}"]
    reference = "mitml::testModels, D1"
    for name in ("statistic", "df", "df_residual", "p_value", "riv"):
        what = f"pooled Wald test: {name}"
        agrees(what, getattr(found, name), expected[name], reference=reference, **CLOSE)


def log_likelihood(X: np.ndarray, y: np.ndarray, b: np.ndarray, variance: float) -> float:
    return -0.5 * (len(y) * np.log(2 * np.pi * variance) + ((y - X @ b) ** 2).sum() / variance)


@pytest.mark.parametrize("case", CASES)
def test_likelihood_ratio_agrees_with_mitml(case: str, from_r) -> None:
    data, r = from_r("pooling")
    samples = analyses(data, case).data
    own, at_pooled = [], []
    for terms in ([0, 1, 2], [0]):
        fits = [np.linalg.lstsq(X[:, terms], y)[0] for X, y in samples]
        variances = [
            ((y - X[:, terms] @ b) ** 2).mean() for (X, y), b in zip(samples, fits, strict=True)
        ]
        each = zip(samples, fits, variances, strict=True)
        own.append([log_likelihood(X[:, terms], y, b, v) for (X, y), b, v in each])
        b, v = np.mean(fits, axis=0), float(np.mean(variances))
        at_pooled.append([log_likelihood(X[:, terms], y, b, v) for X, y in samples])
    found = pooled_likelihood_ratio(
        2 * (np.array(own[0]) - own[1]), 2 * (np.array(at_pooled[0]) - at_pooled[1]), 2
    )
    reference = "mitml::testModels, D3"
    for name in ("statistic", "df", "df_residual", "p_value", "riv"):
        what, expected = f"pooled likelihood-ratio test: {name}", r.loc[f"{case};D3;0", name]
        agrees(what, getattr(found, name), expected, reference=reference, **CLOSE)


def test_agrees_with_the_shared_reference(shared_reference) -> None:
    """The 20 imputations of nhanes by mice's pmm: pool and D1."""
    import json

    told = json.loads(shared_reference("values/mice.json").read_text())
    fits = told["nhanes_lm"]["per_imputation"]
    estimates = np.array([list(each["coef"].values()) for each in fits])
    covariances = np.array([each["vcov"]["values"] for each in fits])
    found, expected = pool(estimates, covariances, 22), pd.DataFrame(told["nhanes_lm"]["pooled"])
    for ours, theirs in {"estimate": "estimate", "df": "df", "riv": "riv"}.items():
        assert getattr(found, ours) == pytest.approx(expected[theirs].to_numpy(), **CLOSE)
    assert found.std_error**2 == pytest.approx(expected["t"].to_numpy(), **CLOSE)
    assert found.missing_information == pytest.approx(expected["fmi"].to_numpy(), **CLOSE)
    d1, tested = told["nhanes_D1"], pooled_wald(estimates[:, 2:], covariances[:, 2:, 2:], 22)
    assert tested.statistic == pytest.approx(d1["statistic"], **CLOSE)
    assert tested.df_residual == pytest.approx(d1["df2"], **CLOSE)
    assert tested.p_value == pytest.approx(d1["p.value"], **CLOSE)


def simple(between: float, m: int) -> Pooled:
    """Return m analyses of one quantity with error 1 that lie `between` apart (standard deviation)."""
    values = np.linspace(-1, 1, m)
    values *= between / values.std(ddof=1)
    return pool(values[:, None], np.ones((m, 1, 1)), 50)


def test_one_analysis_stands_as_it_is() -> None:
    found = pool(np.array([[2.0, 3.0]]), np.diag([4.0, 9.0])[None], np.array([7, 8]))
    assert (found.estimate.tolist(), found.std_error.tolist()) == ([2, 3], [2, 3])
    assert (found.df.tolist(), found.riv.tolist(), found.m) == ([7, 8], [0, 0], 1)


def test_equal_analyses_have_the_degrees_of_freedom_of_what_was_seen() -> None:
    found = simple(0.0, 5)
    assert found.std_error.tolist() == [1]
    assert found.df == pytest.approx([51 / 53 * 50])
    assert (found.riv.tolist(), found.monte_carlo_error.tolist()) == ([0], [0])


def test_degrees_of_freedom_of_satterthwaite_are_averaged() -> None:
    """Each imputation has its own; CR2 alone among the methods makes them differ."""
    estimates, covariances = np.array([[0.1], [0.3], [-0.2]]), np.ones((3, 1, 1))
    by_each = pool(estimates, covariances, np.array([[10.0], [20.0], [30.0]]))
    assert by_each.df == pytest.approx(pool(estimates, covariances, 20.0).df)


def test_more_imputations_are_asked_for_as_they_differ_more() -> None:
    found = simple(0.5, 20)
    assert found.monte_carlo_error == pytest.approx([0.5 / np.sqrt(20)])
    total = 1 + 1.05 * 0.25
    assert needed_imputations(found, 0.10) == int(np.ceil(0.25 / (0.01 * total)))
    assert needed_imputations(simple(0.0, 20), 0.10) == 1


@given(st.floats(0.01, 3), st.integers(2, 40))
def test_pooling_never_makes_surer(between: float, m: int) -> None:
    found = simple(between, m)
    assert found.std_error[0] > 1
    assert 0 < found.df[0] < 50
    assert 0 < found.missing_information[0] < 1


def test_tests_of_one_quantity_agree_with_its_t() -> None:
    """With one coefficient and a large sample, D1 is the square of the pooled t."""
    values, covariances = np.array([[0.9], [1.3], [1.1], [0.7]]), np.full((4, 1, 1), 0.2)
    found, t = pooled_wald(values, covariances), pool(values, covariances, np.inf)
    assert found.statistic == pytest.approx(t.statistic[0] ** 2)


def test_few_imputations_of_a_small_sample_have_a_finite_denominator() -> None:
    values, covariances = np.array([[0.9, 0.1], [1.3, 0.3]]), np.tile(0.2 * np.eye(2), (2, 1, 1))
    found = pooled_wald(values, covariances, 30.0)
    assert 0 < found.df_residual < 31 / 33 * 30
