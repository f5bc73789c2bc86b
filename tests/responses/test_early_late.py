"""Early against late respondents, against R's t.test (1e-11)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from validation import agrees

from pipeline.core.plan import Plan
from pipeline.responses.early_late import compare_means, early_late_table, thirds

CLOSE = {"rel": 1e-11, "abs": 1e-11}


@pytest.mark.parametrize("case", ["score", "share"])
def test_agrees_with_t_test(from_r, case: str) -> None:
    data, r = from_r("early_late")
    early, late = (
        data.loc[data["part"] == part, case].to_numpy(dtype=float) for part in ("early", "late")
    )
    found, expected = compare_means(early, late, 0.95), r.loc[case]
    assert found.n == (expected["n_early"], expected["n_late"])
    agrees(
        "early late: means",
        found.means,
        (expected["early"], expected["late"]),
        reference="stats::t.test",
        **CLOSE,
    )
    for quantity in ("estimate", "std_error", "df", "low", "high", "effect_size"):
        agrees(
            f"early late: {quantity}",
            getattr(found, quantity),
            expected[quantity],
            reference="stats::t.test",
            **CLOSE,
        )


def test_what_cannot_be_told_is_missing() -> None:
    one = compare_means(np.array([1.0]), np.array([2.0, 3]), 0.95)
    assert (one.n, one.estimate) == ((1, 2), 1.5)
    assert np.isnan([one.std_error, one.df, one.low, one.effect_size]).all()
    alike = compare_means(np.full(5, 2.0), np.full(4, 3.0), 0.95)
    assert alike.estimate == 1
    assert np.isnan([alike.std_error, alike.low]).all()
    nobody = compare_means(np.empty(0), np.array([np.nan]), 0.95)
    assert nobody.n == (0, 0)
    assert np.isnan(nobody.estimate)


@given(st.lists(st.integers(0, 5), max_size=40), st.integers(0, 9))
def test_thirds_are_of_one_size_and_in_order(days: list[int], unknown: int) -> None:
    moments = np.array([*days, *["NaT"] * unknown], dtype="datetime64[D]").astype("datetime64[s]")
    early, late = thirds(moments, len(moments))
    assert len(early) == len(late) == len(days) // 3
    assert not set(early) & set(late)
    if len(early):
        assert moments[early].max() <= moments[late].min()
        assert not np.isnat(moments[early]).any()


def test_without_times_there_are_no_thirds_and_no_rows() -> None:
    assert [len(each) for each in thirds(None, 9)] == [0, 0]
    plan = Plan.model_validate_json(
        '{"seed": 1, "responses": {"file": "a"}, "organisation": {"levels": ["ORG"]}}'
    )
    assert early_late_table(pd.DataFrame({"x": [1.0] * 9}), None, plan, ["x"]).empty


def test_a_small_table_by_hand() -> None:
    plan = Plan.model_validate_json(
        '{"seed": 1, "responses": {"file": "a"}, "organisation": {"levels": ["ORG"]}, "groups": ["SEX"]}'
    )
    scores = pd.DataFrame(
        {"x": [1.0, 9, 5, 3, 9, np.nan], "SEX": pd.Categorical(["f", "f", "m", None, "m", "m"])}
    )
    days = np.array(
        ["2026-01-01", "2026-01-03", "2026-01-06", "2026-01-02", "2026-01-04", "2026-01-05"]
    )
    table = early_late_table(scores, days.astype("datetime64[s]"), plan, ["x"])
    assert table[["target", "level"]].to_numpy().tolist() == [
        ["x", "score"], ["SEX=f", "share"], ["SEX=m", "share"],
    ]  # fmt: skip
    x, women, men = table.to_dict("records")
    assert (x["n_early"], x["n_late"], x["n"]) == (2, 1, 1)  # one late person has no score
    assert (x["early"], x["late"], x["estimate"]) == (2, 5, 3)
    assert (women["early"], women["late"], women["n_early"], women["n_share"]) == (100, 0, 1, 0)
    assert (men["early"], men["late"], men["n_share"]) == (0, 100, 0)
    assert table.loc[table["level"] == "share", "effect_size"].isna().all()
