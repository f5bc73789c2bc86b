"""The raw gap and its interval.

Tolerances: 1e-10 relative and absolute against R's lm and sandwich 3.0-2: closed forms on both sides.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.core.plan import Plan
from pipeline.gaps.difference import raw_gap
from pipeline.gaps.table import gaps_table

REFERENCE = Path(__file__).parents[1] / "reference"
CLOSE = {"rel": 1e-10, "abs": 1e-10}
PLAN = Plan.model_validate_json(
    '{"seed": 1, "responses": {"file": "a.csv", "respondent": "id"},'
    ' "organisation": {"levels": ["ORG"]}, "groups": ["ROLE"]}'
)


@pytest.mark.parametrize("case", ["unweighted", "weighted"])
def test_agrees_with_lm_and_sandwich(case: str) -> None:
    data = pd.read_csv(REFERENCE / "gaps_data.csv").query("case == @case")
    columns = (data[name].to_numpy() for name in ("current", "desired", "weight", "cluster"))
    found = raw_gap(*columns, 0.95)
    r = pd.read_csv(REFERENCE / "gaps.csv").query("case == @case").set_index("quantity")["value"]
    for quantity, value in r.items():
        assert getattr(found, quantity) == pytest.approx(value, **CLOSE), quantity


def test_one_organisation_has_a_gap_and_no_interval() -> None:
    found = raw_gap(*np.array([[1.0, 2, 3], [4, 4, 5]]), np.ones(3), np.zeros(3, dtype=int), 0.95)
    assert found.estimate == pytest.approx(7 / 3)
    assert (found.n, found.groups) == (3, 1)
    assert np.isnan([found.std_error, found.df, found.low, found.high]).all()


def test_no_pairs_have_no_gap() -> None:
    found = raw_gap(
        np.array([1.0, np.nan]), np.array([np.nan, 2.0]), np.ones(2), np.arange(2), 0.95
    )
    assert (found.n, found.groups) == (0, 0)
    assert np.isnan([found.estimate, found.current, found.low, found.effect_size]).all()


def test_everyone_equal_has_no_effect_size() -> None:
    found = raw_gap(np.full(6, 2.0), np.full(6, 3.0), np.ones(6), np.arange(6) % 3, 0.95)
    assert (found.estimate, found.std_error) == (1, 0)
    assert np.isnan(found.effect_size)


def test_the_table_has_items_and_scales_for_everyone_and_by_group() -> None:
    ratings = pd.DataFrame(
        {
            "A_current": [1, 2, 3, 2],
            "A_desired": [5, 4, 3, None],
            "s_current": [1.5, 2, 2, 2],
            "s_desired": [4.0, 4, 4, 4],
            "ORG": ["a", "a", "b", "b"],
            "ROLE": pd.Categorical(["m", "s", "s", "s"]),
            "weight": 1.0,
        }
    )
    table = gaps_table(ratings, ["A"], ["s"], PLAN).set_index(["target", "group"])
    assert list(table.index) == [(t, g) for t in "As" for g in ("all", "ROLE=m", "ROLE=s")]
    assert table.loc[("A", "all"), ["n", "current", "desired", "estimate"]].tolist() == [3, 2, 4, 2]
    assert table.loc[("A", "ROLE=s"), ["n", "estimate"]].tolist() == [2, 1]
    assert table["level"].tolist() == ["item"] * 3 + ["scale"] * 3
