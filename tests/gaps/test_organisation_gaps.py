"""Gaps of organisations beside others. The statistics have their references in tests/core."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.core.findings import Findings
from pipeline.core.means import weighted_means
from pipeline.core.plan import Organisations, Plan
from pipeline.core.position import positions
from pipeline.core.predeclared import Weighting
from pipeline.core.shrinkage import shrunken_means
from pipeline.gaps.organisations import organisation_gaps_table

PLAN = Plan.model_validate_json(
    '{"seed": 1, "responses": {"file": "a.csv", "respondent": "id"},'
    ' "organisation": {"levels": ["ORG"], "residual": ["z*"]}}'
)
CODES = ["d", "a", "e", "b", "c", "zz"]
SIZES = [30, 14, 25, 12, 9, 40]
TYPES = {"d": "X", "a": "X", "e": "X", "b": "Y", "c": "Y", "zz": "Z"}


def ratings(seed: int = 2) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    codes = np.repeat(CODES, SIZES)
    shift = pd.Series(codes).map(dict(zip(CODES, [1.2, 0, 0, -0.1, 0.1, 0], strict=True)))
    n = len(codes)
    current = np.clip(np.round(2.5 + generator.normal(size=n)), 1, 5)
    desired = np.clip(np.round(current + 1 + shift + generator.normal(size=n)), 1, 5)
    return pd.DataFrame(
        {
            "A_current": current,
            "A_desired": np.where(generator.random(n) < 0.1, np.nan, desired),
            "ORG": pd.Categorical(codes, CODES),
            "organisation_type": pd.Categorical(pd.Series(codes).map(TYPES)),
            "weight": generator.uniform(0.5, 2, n),
            "design_weight": generator.uniform(1, 3, n),
        }
    )


def table(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    findings = Findings()
    made = organisation_gaps_table(frame, ["A"], [], PLAN, findings)
    return made.set_index("organisation"), findings.table()


def test_each_column_says_what_the_arrays_say() -> None:
    frame = ratings()
    made, findings = table(frame)
    assert findings.empty
    assert made.index.to_list() == CODES
    gap = (frame["A_desired"] - frame["A_current"]).to_numpy()
    g = frame["ORG"].cat.codes.to_numpy().astype(int)
    mean = weighted_means(gap, frame["weight"].to_numpy(), g, 6, 0.95)
    drawn = shrunken_means(gap, g, 6, 0.95)
    design = frame["design_weight"].to_numpy()
    others = positions(gap, design, g, 6)
    alike = positions(gap, design, g, 6, kinds=np.array([0, 0, 0, 1, 1, 2]))
    expected = {
        "n": mean.n,
        "estimate": mean.mean,
        "std_error": mean.std_error,
        "conf_low": mean.low,
        "eb_mean": drawn.mean,
        "eb_high": drawn.high,
        "difference": others.difference,
        "q_value": others.q_value,
        "n_of_type": alike.n_rest,
        "type_difference": alike.difference,
        "type_q_value": alike.q_value,
    }
    for name, values in expected.items():
        assert made[name].to_numpy(dtype=float) == pytest.approx(values, nan_ok=True), name
    assert made["position"].to_list() == list(others.position)
    assert made.loc["d", "position"] == "above"
    assert made["type_position"].isna().to_list() == [False] * 5 + [True]
    assert made["organisation_type"].to_list() == [TYPES[code] for code in CODES]
    assert (made["desired"] - made["current"]).to_numpy() == pytest.approx(made["estimate"])


def test_benchmarks_leave_small_and_residual_units_out() -> None:
    made, _ = table(ratings())
    large = made.loc[["d", "a", "e", "b"]]
    assert made["n"].loc["c"] < 10 <= large["n"].min()
    assert (made["organisations"] == 4).all()
    assert made["residual"].to_list() == [False] * 5 + [True]
    assert made["benchmark"].unique() == pytest.approx([large["estimate"].median()])
    assert made["best_quarter"].unique() == pytest.approx([large["estimate"].quantile(0.25)])
    assert made["benchmark_current"].unique() == pytest.approx([large["current"].median()])
    assert made["high_performers"].unique() == pytest.approx([large["current"].quantile(0.75)])


def test_the_order_never_follows_the_gap() -> None:
    frame = ratings()
    other = frame.assign(A_desired=6 - frame["A_desired"])
    assert table(frame)[0].index.to_list() == table(other)[0].index.to_list() == CODES


def test_one_organisation_stands_beside_nothing() -> None:
    frame = ratings().query("ORG == 'd'")
    made, findings = table(frame)
    assert made.index.to_list() == ["d"]
    row = made.iloc[0]
    assert row["estimate"] > 0
    assert row[["eb_mean", "difference", "q_value", "benchmark"]].isna().all()
    assert row["position"] is None or pd.isna(row["position"])
    assert findings[["output", "target", "finding"]].values.tolist() == [
        ["organisation_gaps", "A", "too_few_groups"]
    ]


def test_everyone_equal_and_no_pairs_are_findings() -> None:
    frame = ratings()
    made, findings = table(frame.assign(A_current=2.0, A_desired=4.0))
    assert (made["estimate"] == 2).all()
    assert made["position"].isna().all()
    assert findings["finding"].to_list() == ["constant_item"]
    made, findings = table(frame.assign(A_desired=np.nan))
    assert (made["n"] == 0).all()
    assert made[["estimate", "eb_mean", "difference"]].isna().all(axis=None)
    assert findings["finding"].to_list() == ["too_few_groups"]


def test_an_organisation_of_one_is_drawn_and_not_placed() -> None:
    frame = ratings().drop(index=range(1, 30))
    frame.loc[0, "A_desired"] = 4.0
    row = table(frame)[0].loc["d"]
    assert row["n"] == 1
    assert np.isfinite(row["eb_mean"])
    assert row[["std_error", "q_value", "position"]].isna().all()


def test_without_types_and_design_weights() -> None:
    frame = ratings()
    made, _ = table(frame.drop(columns=["organisation_type", "design_weight"]))
    same, _ = table(frame.assign(design_weight=np.nan))
    assert made["difference"].to_numpy() == pytest.approx(same["difference"].to_numpy())
    assert made["organisation_type"].isna().all()
    assert made["type_difference"].isna().all()
    assert (made["n_of_type"] == 0).all()


def test_an_organisation_of_two_types_has_none() -> None:
    frame = ratings()
    frame.loc[0, "organisation_type"] = "Y"
    made, _ = table(frame)
    assert made["organisation_type"].isna().to_list() == [True] + [False] * 5
    assert made["n_of_type"].to_list()[0] == 0
    assert made.loc["a", "n_of_type"] == made.loc["e", "n"]


def test_intervals_know_how_many_people_there_are() -> None:
    weighting = Weighting(margins=(("ORG",),))
    narrow = organisation_gaps_table(
        ratings(), ["A"], [], PLAN.model_copy(update={"weighting": weighting}), Findings()
    )
    wide, _ = table(ratings())
    ratio = (narrow["std_error"].to_numpy() / wide["std_error"].to_numpy()) ** 2
    people = ratings().groupby("ORG", observed=True)["weight"].sum().loc[CODES].to_numpy()
    n = wide["n"].to_numpy(dtype=float)
    assert ratio == pytest.approx(np.minimum(np.maximum(people - n, 1) / people, 1))


def test_targets_keep_their_order_over_levels() -> None:
    frame = ratings()
    frame["UNIT"] = frame["ORG"]
    frame["s_current"], frame["s_desired"] = frame["A_current"], frame["A_desired"]
    plan = PLAN.model_copy(update={"organisation": Organisations(levels=("ORG", "UNIT"))})
    made = organisation_gaps_table(frame, ["A"], ["s"], plan, Findings())
    found = list(dict.fromkeys(zip(made["target"], made["organisation_level"], strict=True)))
    assert found == [("A", "ORG"), ("A", "UNIT"), ("s", "ORG"), ("s", "UNIT")]
    assert made["level"].unique().tolist() == ["item", "scale"]
