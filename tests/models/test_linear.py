"""Least squares with errors clustered by organisation.

Tolerances: 1e-9 relative and absolute against R's lm and sandwich 3.0-2 (QR there, a pseudo-inverse
here); p values of 1e-6 and less are compared relatively too.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pipeline.models import ESTIMATORS
from pipeline.models.linear import Fit, fit_ols

REFERENCE = Path(__file__).parents[1] / "reference"
CLOSE = {"rel": 1e-9, "abs": 1e-9}
TERMS = ["intercept", "x1", "x2", "kind=b", "kind=c"]
QUANTITIES = {
    "estimate": "estimate",
    "std_error": "std_error",
    "statistic": "statistic",
    "df": "df",
    "p_value": "p_value",
    "low": "conf_low",
    "high": "conf_high",
}


def case_of(case: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return outcome, design and clusters of a case of the reference."""
    data = pd.read_csv(REFERENCE / "linear_data.csv")
    each = data[data["case"] == case]
    design = np.column_stack(
        [np.ones(len(each)), each["x1"], each["x2"], each["kind"] == "b", each["kind"] == "c"]
    )
    return each["y"].to_numpy(), design, each["cluster"].to_numpy()


def expected_of(case: str) -> pd.DataFrame:
    """Return R's values: a row a term, a column a quantity."""
    table = pd.read_csv(REFERENCE / "linear.csv").pivot(
        index="case", columns="quantity", values="value"
    )
    return table.loc[[f"{case};{term}" for term in TERMS]]


@pytest.mark.parametrize("case", ["unequal", "equal", "three_clusters"])
def test_agrees_with_lm_and_sandwich(case: str) -> None:
    found, r = fit_ols(*case_of(case), 0.95), expected_of(case)
    for ours, theirs in QUANTITIES.items():
        assert getattr(found, ours) == pytest.approx(r[theirs].to_numpy(), **CLOSE), ours
    assert np.log(found.p_value) == pytest.approx(np.log(r["p_value"].to_numpy()), rel=1e-8)
    assert (found.n, found.groups) == (r["n"].iloc[0], r["groups"].iloc[0])
    assert found.inference == "CR1"


def test_agrees_with_petersens_data() -> None:
    """5,000 firm-years, 500 firms: the published clustered errors are 0.0670 and 0.0506."""
    path = REFERENCE.parents[1] / "../shared/reference/data/PetersenCL.csv"
    if not path.is_file():
        pytest.skip("the shared reference PetersenCL.csv is not here")
    data = pd.read_csv(path)
    design = np.column_stack([np.ones(len(data)), data["x"]])
    found = fit_ols(data["y"].to_numpy(), design, data["firm"].to_numpy(), 0.95)
    assert found.estimate == pytest.approx([0.0297, 1.0348], abs=5e-5)
    assert found.std_error == pytest.approx([0.0670, 0.0506], abs=5e-5)
    assert found.df.tolist() == [499, 499]


def test_is_the_sandwich_in_full() -> None:
    """The formula of the docstring, written out."""
    y, X, g = case_of("unequal")
    found = fit_ols(y, X, g, 0.95)
    bread = np.linalg.inv(X.T @ X)
    e = y - X @ (bread @ X.T @ y)
    sums = np.array([X[g == c].T @ e[g == c] for c in np.unique(g)])
    (n, k), G = X.shape, len(sums)
    variance = G / (G - 1) * (n - 1) / (n - k) * bread @ sums.T @ sums @ bread
    assert found.estimate == pytest.approx(bread @ X.T @ y)
    assert found.std_error == pytest.approx(np.sqrt(np.diag(variance)))


@pytest.mark.parametrize("level", [0.8, 0.99])
def test_the_level_moves_the_interval_alone(level: float) -> None:
    case = case_of("unequal")
    found, usual = fit_ols(*case, level), fit_ols(*case, 0.95)
    half = stats.t.ppf((1 + level) / 2, 13) * usual.std_error
    assert found.low == pytest.approx(usual.estimate - half)
    assert found.high == pytest.approx(usual.estimate + half)
    for name in ("estimate", "std_error", "statistic", "df", "p_value"):
        np.testing.assert_array_equal(getattr(found, name), getattr(usual, name))


@given(st.randoms(use_true_random=False), st.floats(0.1, 10), st.floats(-20, 20))
def test_order_names_and_units_do_not_matter(random, unit: float, origin: float) -> None:
    y, X, g = case_of("unequal")
    usual = fit_ols(y, X, g, 0.95)
    order = list(range(len(y)))
    random.shuffle(order)
    again = fit_ols(origin + unit * y[order], X[order], 1000 - 7 * g[order], 0.95)
    assert again.estimate[1:] == pytest.approx(unit * usual.estimate[1:], rel=1e-6, abs=1e-9)
    assert again.std_error == pytest.approx(unit * usual.std_error, rel=1e-6)
    assert again.p_value[1:] == pytest.approx(usual.p_value[1:], rel=1e-5, abs=1e-12)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_estimators_recover_the_truth(name: str) -> None:
    """Of many people, the coefficients are those that the outcome was drawn with, within 4 errors."""
    rng = np.random.default_rng(7)
    X = np.column_stack([np.ones(40_000), rng.standard_normal((40_000, 2))])
    truth = np.array([0.3, -1, 0.5])
    drawn = {
        "ols": X @ truth + rng.standard_normal(40_000),
        "logit": X @ truth + rng.logistic(size=40_000),
    }
    outcome = drawn[name] if name == "ols" else (drawn[name] > 0).astype(float)
    found = ESTIMATORS[name](outcome, X, np.arange(40_000) % 200, 0.95)
    assert isinstance(found, Fit)
    assert (np.abs(found.estimate - truth) < 4 * found.std_error).all()
    assert (found.std_error < 0.02).all()
