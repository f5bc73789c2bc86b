"""Averages of predictions and of their slopes against R.

Tolerances: 1e-8 for estimates, 1e-7 for errors, whose derivatives numDeriv takes numerically there.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime
from validation import agrees

from pipeline.models.effects.averages import (
    LINKS,
    Effect,
    average_cross_slope,
    average_difference,
    average_prediction,
    average_slope,
    exceeding_rows,
    second_difference,
)
from pipeline.models.nonlinear.counts import fit_negative_binomial
from pipeline.models.nonlinear.cumulative import fit_logit, fit_ordered

REFERENCE = Path(__file__).parents[2] / "reference"


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "nonlinear_data.csv")


@pytest.fixture(scope="module")
def r() -> pd.Series:
    return pd.read_csv(REFERENCE / "effects.csv").set_index(["case", "quantity"])["value"]


def compare(effect: Effect, covariance: np.ndarray, r: pd.Series, case: str) -> None:
    name = "numDeriv::grad of the average"
    agrees(case, effect.estimate, r[case, "estimate"], reference=name, abs=1e-8)
    error = np.sqrt(effect.gradient @ covariance @ effect.gradient)
    agrees(f"{case}: error", error, r[case, "std_error"], reference=name, rel=1e-6)


def rows(data: pd.DataFrame, **at: float) -> np.ndarray:
    d = data.assign(**at)
    return np.column_stack([np.ones(len(d)), d["x"], d["z"], d["kind"], d["x"] * d["z"]])


def change_of(data: pd.DataFrame, name: str) -> np.ndarray:
    other = data["z" if name == "x" else "x"]
    change = np.zeros((len(data), 5))
    change[:, 1 if name == "x" else 2] = 1
    change[:, 4] = other
    return change


def test_a_logit_with_a_product(data: pd.DataFrame, r: pd.Series) -> None:
    fit = fit_logit(data["yes"].to_numpy(float), rows(data))
    b, v, link = fit.vector, fit.covariance, LINKS["logit"]
    compare(average_slope(link, b, rows(data), change_of(data, "x")), v, r, "logit;slope;x")
    compare(average_prediction(link, b, rows(data)), v, r, "logit;prediction")
    kind = average_difference(link, b, rows(data, kind=1), rows(data, kind=0))
    compare(kind, v, r, "logit;difference;kind")
    corners = tuple(rows(data, x=x, z=z) for x, z in ((1, 1), (-1, 1), (1, -1), (-1, -1)))
    compare(second_difference(link, b, corners), v, r, "logit;second_difference")
    both = np.array([0.0, 0, 0, 0, 1])
    changes = (change_of(data, "x"), change_of(data, "z"), both)
    compare(average_cross_slope(link, b, rows(data), changes), v, r, "logit;cross_slope")


def test_counts_and_ordered_answers(data: pd.DataFrame, r: pd.Series) -> None:
    x = data[["x", "z", "kind"]].to_numpy(float)
    design = np.column_stack([np.ones(len(x)), x])
    fit = fit_negative_binomial(data["count"].to_numpy(), design)
    working = fit.working.design
    expected = np.linalg.inv(working.T @ working)
    unit = np.array([0.0, 1, 0, 0])
    found = average_slope(LINKS["log"], fit.vector[:-1], design, unit)
    compare(found, expected, r, "negbin;slope;x")
    ordered = fit_ordered(data["stage"].to_numpy(), x)
    for cut in range(4):
        above = exceeding_rows(x, 4, cut)
        found = average_slope(LINKS["logit"], ordered.vector, above, np.eye(7)[0])
        compare(found, ordered.covariance, r, f"ologit;slope;x;{cut + 1}")


@pytest.mark.parametrize("name", sorted(LINKS))
def test_gradients_are_those_of_the_numbers(data: pd.DataFrame, name: str) -> None:
    link, at = LINKS[name], np.array([0.1, 0.4, -0.3, 0.2, 0.25])
    weights = np.linspace(0.5, 3, len(data))
    both = np.array([0.0, 0, 0, 0, 1])
    changes = (change_of(data, "x"), change_of(data, "z"), both)
    corners = tuple(rows(data, x=x, z=z) for x, z in ((1, 1), (-1, 1), (1, -1), (-1, -1)))
    every = [
        lambda b: average_prediction(link, b, rows(data), weights),
        lambda b: average_slope(link, b, rows(data), changes[0], weights),
        lambda b: average_cross_slope(link, b, rows(data), changes, weights),
        lambda b: second_difference(link, b, corners, weights).times(2),
    ]
    for effect in every:
        numerical = approx_fprime(at, lambda b, made=effect: made(b).estimate, 1e-7)
        assert effect(at).gradient == pytest.approx(numerical, rel=1e-4, abs=1e-5)


def test_with_an_identity_effects_are_the_coefficients(data: pd.DataFrame) -> None:
    at, link = np.array([0.1, 0.4, -0.3, 0.2, 0.25]), LINKS["identity"]
    unit = np.eye(5)[3]
    found = average_slope(link, at, rows(data), unit)
    assert found.estimate == pytest.approx(0.2)
    assert found.gradient == pytest.approx(unit, abs=1e-12)
    corners = tuple(rows(data, x=x, z=z) for x, z in ((1, 1), (-1, 1), (1, -1), (-1, -1)))
    assert second_difference(link, at, corners).estimate == pytest.approx(4 * 0.25)


def test_weights_count_people(data: pd.DataFrame) -> None:
    times = np.arange(len(data)) % 3
    at, design = np.array([0.1, 0.4, -0.3, 0.2, 0.25]), rows(data)
    weighted = average_prediction(LINKS["log"], at, design, times.astype(float))
    repeated = average_prediction(LINKS["log"], at, np.repeat(design, times, axis=0))
    assert weighted.estimate == pytest.approx(repeated.estimate, rel=1e-12)
