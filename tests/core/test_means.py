"""Weighted means by group.

Tolerances: 1e-11 relative and absolute against survey 4.1-1, one design a group.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from validation import agrees

from pipeline.core.means import weighted_means

CLOSE = {"rel": 1e-11, "abs": 1e-11}
QUANTITIES = ("n", "mean", "std_error", "low", "high")


@pytest.mark.parametrize("weight", ["unequal", "equal"])
def test_agrees_with_svymean_in_each_group(from_r, weight: str) -> None:
    data, expected = from_r("means")
    found = weighted_means(
        data["y"].to_numpy(), data[weight].to_numpy(), data["group"].to_numpy() - 1, 4, 0.95
    )
    r = expected.loc[[f"{weight}{g}" for g in range(1, 5)]]
    for quantity in QUANTITIES:
        agrees(
            f"means: {quantity}",
            getattr(found, quantity),
            r[quantity].to_numpy(),
            reference="survey::svymean in each group",
            **CLOSE,
        )


@given(st.lists(st.floats(1, 7), min_size=2, max_size=30), st.floats(0.01, 100))
def test_equal_weights_give_the_textbook_interval(values: list[float], weight: float) -> None:
    y, n = np.array(values), len(values)
    found = weighted_means(y, np.full(n, weight), np.zeros(n, dtype=int), 1, 0.9)
    error = y.std(ddof=1) / np.sqrt(n)
    half = stats.t.ppf(0.95, n - 1) * error
    assert (found.n[0], found.mean[0]) == (n, pytest.approx(y.mean()))
    assert found.std_error[0] == pytest.approx(error, rel=1e-9, abs=1e-12)
    assert (found.low[0], found.high[0]) == pytest.approx((y.mean() - half, y.mean() + half))


def test_the_error_is_that_of_a_brute_force_linearisation() -> None:
    """Give a person a little more weight and see how far the mean moves."""
    generator = np.random.default_rng(20261121)
    y, w = generator.normal(size=12), generator.uniform(0.5, 4, 12)
    step = 1e-6 * np.eye(12) * w
    moves = [(np.average(y, weights=w + s) - np.average(y, weights=w - s)) / (2e-6) for s in step]
    expected = np.sqrt(12 / 11 * np.square(moves).sum())
    found = weighted_means(y, w, np.zeros(12, dtype=int), 1, 0.95)
    assert found.std_error[0] == pytest.approx(expected, rel=1e-7)


def test_missing_scores_people_in_no_group_and_empty_groups() -> None:
    y = np.array([1, 3, np.nan, 5, 9.0, np.nan])
    w = np.array([1, 3, 5, 2, 7, 1.0])
    found = weighted_means(y, w, np.array([0, 0, 0, 1, -1, 3]), 4, 0.95)
    assert found.n.tolist() == [2, 1, 0, 0]
    assert found.mean == pytest.approx(np.array([2.5, 5, np.nan, np.nan]), nan_ok=True)
    for quantity in ("std_error", "low", "high"):
        values = getattr(found, quantity)
        assert np.isfinite(values[0])
        assert np.isnan(values[1:]).all()


def test_equal_scores_have_no_error() -> None:
    found = weighted_means(np.full(5, 4.0), np.arange(1, 6.0), np.zeros(5, dtype=int), 1, 0.95)
    assert (found.mean[0], found.std_error[0], found.low[0], found.high[0]) == (4, 0, 4, 4)


@given(st.data())
def test_groups_are_strangers_and_the_unit_of_weights_does_not_matter(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 30))
    generator = np.random.default_rng(data.draw(st.integers(0, 10_000)))
    y, w, g = generator.normal(size=n), generator.uniform(0.1, 5, n), generator.integers(-1, 3, n)
    together = weighted_means(y, 7 * w, g, 3, 0.95)
    for group in range(3):
        inside = g == group
        alone = weighted_means(y[inside], w[inside], np.zeros(inside.sum(), dtype=int), 1, 0.95)
        for quantity in QUANTITIES:
            assert getattr(together, quantity)[group] == pytest.approx(
                getattr(alone, quantity)[0], rel=1e-9, abs=1e-9, nan_ok=True
            )


def test_a_finite_population_agrees_with_svymean_in_each_stratum(from_r) -> None:
    data, r = from_r("design")
    strata = data["stratum"].to_numpy() - 1
    sizes = data.groupby("stratum")["population"].first().to_numpy(float)
    found = weighted_means(data["y"].to_numpy(), data["weight"].to_numpy(), strata, 4, 0.95, sizes)
    for k in range(3):
        agrees(
            "means",
            found.mean[k],
            r.loc[f"stratum{k + 1}", "value"],
            reference="survey::svymean in each stratum",
            **CLOSE,
        )
        agrees(
            "means",
            found.std_error[k],
            r.loc[f"stratum{k + 1}", "std_error"],
            reference="survey::svymean in each stratum",
            **CLOSE,
        )


def test_domains_agree_with_the_shared_values(shared_reference) -> None:
    """survey::svyby of the API schools by type, each a stratum with its population."""
    import json

    import pandas as pd

    r = json.loads(shared_reference("values/survey.json").read_text())["ds_svyby"]
    data = pd.read_csv(shared_reference("data/apistrat.csv"))
    strata, names = pd.factorize(data["stype"], sort=True)
    sizes = data.groupby("stype")["fpc"].first().to_numpy(float)
    found = weighted_means(
        data["api99"].to_numpy(float), data["pw"].to_numpy(), strata, 3, 0.95, sizes
    )
    expected = {row["stype"]: row for row in r}
    for k, name in enumerate(names):
        agrees(
            "means",
            found.mean[k],
            expected[name]["api99"],
            reference="survey, shared values",
            rel=1e-8,
        )
        agrees(
            "means",
            found.std_error[k],
            expected[name]["se"],
            reference="survey, shared values",
            rel=1e-8,
        )


def test_a_population_smaller_than_its_sample_leaves_one_person_unasked() -> None:
    y, w = np.array([1.0, 2, 4]), np.full(3, 0.5)
    alone = weighted_means(y, w, np.zeros(3, dtype=int), 1, 0.95)
    finite = weighted_means(y, w, np.zeros(3, dtype=int), 1, 0.95, np.array([1.5]))
    assert finite.std_error[0] == pytest.approx(alone.std_error[0] * np.sqrt(1 / 1.5))
