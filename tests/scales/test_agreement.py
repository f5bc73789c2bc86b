"""ICC(1) and ICC(2).

Tolerances: 1e-10 relative and absolute against R's `aov`, which goes by way of a QR decomposition;
p values too.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from validation import agrees

from pipeline.scales.agreement import IntraclassCorrelation, intraclass_correlation

CLOSE = {"rel": 1e-10, "abs": 1e-10}


def quantities(found: IntraclassCorrelation) -> tuple[float, ...]:
    return (found.groups, found.n, found.icc1, found.icc2, found.f, found.p_value)


@pytest.mark.parametrize(
    "case", ["balanced", "unbalanced", "no_difference", "some_alone", "two_groups"]
)
def test_agrees_with_aov(from_r, case: str) -> None:
    data, expected = from_r("agreement")
    each, r = data[data["case"] == case], expected.loc[case]
    found = intraclass_correlation(each["y"].to_numpy(), each["group"].to_numpy())
    agrees(
        "agreement: quantities",
        quantities(found),
        tuple(r[["groups", "n", "icc1", "icc2", "f", "p_value"]]),
        reference="stats::aov",
        **CLOSE,
    )


@pytest.mark.parametrize("score", ["LEAD", "HRS"])
def test_agrees_with_r_on_7382_soldiers(shared_reference, score: str) -> None:
    soldiers = pd.read_csv(shared_reference("data/bh1996.csv"))
    text = shared_reference("values/icc_agreement.json").read_text()
    r = json.loads(text)[f"bh1996_{score}"]
    found = intraclass_correlation(soldiers[score].to_numpy(float), soldiers["GRP"].to_numpy())
    assert (found.groups, found.n) == (99, 7382)
    agrees(
        "agreement: p value",
        (found.icc1, found.icc2, found.f, found.p_value),
        (r["ICC1_n0_formula"], r["ICC2_multilevel"], r["F"], r["p"]),
        reference="stats::aov on bh1996 (shared)",
        rel=1e-9,
        abs=1e-9,
    )
    agrees(
        "agreement: p value",
        np.log(found.p_value),
        np.log(r["p"]),
        reference="stats::aov on bh1996 (shared)",
        rel=1e-9,
    )


def test_by_hand() -> None:
    """Groups (1, 3) and (5, 7, 9): means 2 and 7, mean square between 30, within 10 / 3."""
    found = intraclass_correlation(np.array([1, 3, 5, 7, 9.0]), np.array([4, 4, 0, 0, 0]))
    n0 = 5 - (4 + 9) / 5
    msb, msw = 30, 10 / 3
    expected = (msb - msw) / (msb + (n0 - 1) * msw), (msb - msw) / msb, msb / msw
    assert (found.groups, found.n) == (2, 5)
    assert (found.icc1, found.icc2, found.f) == pytest.approx(expected)


def test_missing_scores_and_people_without_organisation_are_left_out() -> None:
    values, groups = np.array([1, 2, 4, 5, 7.0]), np.array([0, 0, 1, 1, 1])
    more = np.array([np.nan, *values, 9.0, np.nan]), np.array([0, *groups, -1, 2])
    assert intraclass_correlation(*more) == intraclass_correlation(values, groups)


@pytest.mark.parametrize(
    ("values", "groups", "count"),
    [
        pytest.param([1, 2, 3, 4], [0, 0, 0, 0], 1, id="one group"),
        pytest.param([1, 2, 3, 4], [0, 1, 2, 3], 4, id="groups of one"),
        pytest.param([3, 3, 3, 3], [0, 0, 1, 1], 2, id="no variance"),
        pytest.param([], [], 0, id="nobody"),
        pytest.param([np.nan, np.nan], [0, 1], 0, id="no scores"),
        pytest.param([1, 2], [-1, -1], 0, id="no groups"),
    ],
)
def test_nothing_to_compare(values: list[float], groups: list[int], count: int) -> None:
    found = intraclass_correlation(np.array(values, dtype=float), np.array(groups, dtype=int))
    assert found.groups == count
    assert np.isnan([found.icc1, found.icc2, found.f, found.p_value]).all()


@pytest.mark.parametrize("constant", [4, 10 / 3, 0.1])
@pytest.mark.parametrize("n", [4, 7, 13, 50])
def test_no_variance(constant: float, n: int) -> None:
    """A mean of three items is often a third, which has no exact binary form."""
    found = intraclass_correlation(np.full(n, constant), np.arange(n) % 3)
    assert np.isnan([found.icc1, found.icc2, found.f, found.p_value]).all()


@pytest.mark.parametrize("unit", [1, 0.1])
@pytest.mark.parametrize("sizes", [(2, 2), (3, 11), (5, 7, 9)])
def test_no_variance_within(sizes: tuple[int, ...], unit: float) -> None:
    """Everyone says what their organisation says: ICC(1) is 1, and there is no F."""
    groups = np.repeat(np.arange(len(sizes)), sizes)
    within = intraclass_correlation(unit * (1 + groups), groups)
    assert (within.icc1, within.icc2) == (pytest.approx(1), pytest.approx(1))
    assert np.isnan([within.f, within.p_value]).all()


def test_no_variance_between() -> None:
    between = intraclass_correlation(np.array([1, 2, 1, 2.0]), np.array([0, 0, 1, 1]))
    assert between.icc1 == pytest.approx(-1)
    assert np.isnan(between.icc2)
    assert (between.f, between.p_value) == (0, 1)


@given(st.data())
def test_names_order_and_units_do_not_matter(data: st.DataObject) -> None:
    n = data.draw(st.integers(6, 40))
    values = np.array(data.draw(st.lists(st.integers(1, 7), min_size=n, max_size=n)), dtype=float)
    groups = np.array(data.draw(st.lists(st.integers(0, 4), min_size=n, max_size=n)))
    found = intraclass_correlation(values, groups)
    assume(np.isfinite(found.f) and found.icc1 < 0.999)
    order = np.array(data.draw(st.permutations(range(n))))
    names = np.array(data.draw(st.permutations(range(5))))
    again = intraclass_correlation(100 - 3 * values[order], names[groups][order])
    assert quantities(again) == pytest.approx(quantities(found), rel=1e-8, abs=1e-8, nan_ok=True)
    assert found.icc1 <= 1
    assert found.icc2 <= 1 or np.isnan(found.icc2)
