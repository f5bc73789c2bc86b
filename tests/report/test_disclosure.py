"""The exit door: what leaves the building, and what is left of a row that stands for too few.

What may stay in a hidden row is written down here once more, by hand: the keys, and what the plan or
the questionnaire declares. Nothing in it may depend on an answer.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.contracts import TABLES, Column, Contract
from pipeline.core.tables import make_table
from pipeline.report.disclosure import publish

MINIMUM = 10
DECLARED = {
    "answers": {"valence", "missing"},
    "reliability": {"n_items"},
    "factor_fit": {"kind", "n_items"},
    "organisation_means": {"residual"},
    "coefficients": {"unit", "hypothesis", "status", "outcome", "reference", "estimator"},
    "response_rates": {"basis"},
    "breakoff": {"page"},
    "weight_margins": {"merged"},
    "weight_diagnostics": {"cycles"},
    "weight_distribution": {"low", "high"},
    "representativeness": {"terms"},
    "signals": {"kind"},
    "expectations": {"expected"},
    "gaps": {"family"},
    "priorities": {"family"},
    "response_surface": {"level"},
    "congruence": {"level", "bound_low", "bound_high"},
    "gap_reliability": {"level"},
    "organisation_gaps": {"level", "residual", "organisation_type"},
    "model_fit": {"outcome", "hypothesis", "status", "estimator"},
    "hypotheses": {"family", "outcome", "focal", "expected", "estimator", "statement"},
    "effects": {"hypothesis", "status", "outcome"},
    "rootogram": {"least", "outcome"},
    "calibration": {"outcome"},
    "mediation": {"predictor", "mediator", "outcome"},
    "sensitivity": {"term", "varied"},
    "recommendations": {"basis", "basis_name", "reason"},
}
HIDING = {name: contract for name, contract in TABLES.items() if contract.hides}


def value_of(column: Column, row: int) -> object:
    """Return a value that the contract allows, another for each row of a key."""
    if column.allowed:
        return column.allowed[row % len(column.allowed)]
    if column.type == "text":
        return f"{column.name}{row}"
    if column.type == "flag":
        return row % 2 == 0
    lowest = column.minimum if column.minimum is not None else -3
    highest = column.maximum if column.maximum is not None else lowest + 50
    middle = lowest + (highest - lowest) * (0.25 + 0.5 * (row % 7) / 7)
    return round(middle) if column.type == "whole" else middle


def table_of(contract: Contract, sizes: list[int | None]) -> pd.DataFrame:
    """Return a full table with a row for each of these n; every other value is there."""
    rows = []
    for row, n in enumerate(sizes):
        values = {column.name: value_of(column, row) for column in contract.columns}
        values |= {name: f"{name}{row}" for name in free_keys(contract)[:1]}
        values |= {"comparable": "full"} if "comparable" in values else {}
        rows.append(values | {"n": n})
    return make_table(rows, contract.name)


def free_keys(contract: Contract) -> list[str]:
    """Return the keys that may hold any text, so that rows differ."""
    return [c.name for c in contract.columns if c.key and not c.allowed]


def hidden_values(contract: Contract) -> list[str]:
    """Return the columns of which nothing may be left in a hidden row."""
    keep = {*contract.keys, *DECLARED.get(contract.name, set())}
    return [name for name in contract.names if name not in keep]


SIZES = st.lists(st.one_of(st.none(), st.integers(0, 25)), max_size=8)


# ---------------------------------------------------------------------------------------- by hand


def test_a_small_table_in_full() -> None:
    """Nine people are hidden, and so are none and an unknown number; ten are published."""
    answers = make_table(
        [
            {"item": "A", "code": "1", "group": "all", "valence": "negative", "missing": False}
            | {"n": 10, "percent": 40.0},
            {"item": "A", "code": "5", "group": "all", "valence": "positive", "missing": False}
            | {"n": 9, "percent": 36.0},
            {"item": "A", "code": "99", "group": "all", "valence": None, "missing": True}
            | {"n": 0, "percent": 0.0},
            {"item": "A", "code": "1", "group": "SEX=x", "valence": "negative", "missing": False}
            | {"n": None, "percent": 24.0},
        ],
        "answers",
    )
    published = publish({"answers": answers}, MINIMUM)
    assert list(published) == ["answers", "disclosure"]
    expected = make_table(
        [
            {"item": "A", "code": "1", "group": "all", "valence": "negative", "missing": False}
            | {"n": 10, "percent": 40.0},
            {"item": "A", "code": "5", "group": "all", "valence": "positive", "missing": False},
            {"item": "A", "code": "99", "group": "all", "valence": None, "missing": True},
            {"item": "A", "code": "1", "group": "SEX=x", "valence": "negative", "missing": False},
        ],
        "answers",
    )
    pd.testing.assert_frame_equal(published["answers"], expected)
    disclosed = make_table(
        [
            {"output": "answers", "cell": "item=A;code=5;group=all", "reason": "minimum"},
            {"output": "answers", "cell": "item=A;code=99;group=all", "reason": "minimum"},
            {"output": "answers", "cell": "item=A;code=1;group=SEX=x", "reason": "minimum"},
        ],
        "disclosure",
    )
    pd.testing.assert_frame_equal(published["disclosure"], disclosed)


@pytest.mark.parametrize("minimum", [10, 11, 25])
def test_the_minimum_is_the_smallest_n_that_is_published(minimum: int) -> None:
    table = table_of(TABLES["agreement"], [minimum - 1, minimum, minimum + 1])
    found = publish({"agreement": table}, minimum)
    assert found["agreement"]["n"].tolist()[1:] == [minimum, minimum + 1]
    assert pd.isna(found["agreement"]["n"].iloc[0])
    assert len(found["disclosure"]) == 1


def test_tables_without_people_pass_as_they_are() -> None:
    labels = make_table(
        [
            {"kind": "item", "parent": "s", "name": "A", "language": "en", "label": "Is it?"},
            {"kind": "item", "parent": "s", "name": "B", "language": "en", "label": None},
        ],
        "labels",
    )
    published = publish({"labels": labels}, MINIMUM)
    pd.testing.assert_frame_equal(published["labels"], labels)
    assert len(published["disclosure"]) == 0


MEANS = {
    "items": {"mean"},
    "percent_positive": {"positive", "neutral", "negative", "conf_low", "conf_high"},
    "gaps": {"current", "desired", "estimate", "std_error", "df", "conf_low", "conf_high"}
    | {"conf_level", "effect_size", "p_value", "p_adjusted", "rank_biserial", "wanting", "equal"}
    | {"beyond", "ceiling", "lower_bound", "desired_centred"},
    "gap_intervals": {"estimate", "std_error", "statistic", "df", "p_value", "conf_low"}
    | {"conf_high", "conf_level"},
    "priorities": {"score", "conf_low", "conf_high", "conf_level"},
    "portfolio": {"estimate", "std_error", "df", "conf_low", "conf_high", "conf_level", "centre"}
    | {"centre_positive"},
    "portfolio_change": {"difference", "difference_low", "difference_high", "estimate", "std_error"}
    | {"statistic", "df", "p_value", "q_value", "conf_low", "conf_high", "conf_level", "times"},
}


@pytest.mark.parametrize("name", MEANS)
def test_where_the_language_gate_is_shut_no_mean_leaves_and_all_else_does(name: str) -> None:
    verdicts = ["full", "partial", "ungated", None, "none", "untested", "untested"]
    full = table_of(TABLES[name], [30] * 6 + [3])
    full["comparable"] = pd.Series(verdicts, dtype=full["comparable"].dtype)
    published = publish({name: full}, MINIMUM)
    found = published[name]
    pd.testing.assert_frame_equal(found.iloc[:4], full.iloc[:4])
    assert found.loc[4:5, list(MEANS[name])].isna().all(axis=None)
    others = [column for column in full if column not in MEANS[name]]
    pd.testing.assert_frame_equal(found.loc[4:5, others], full.loc[4:5, others])
    reasons = published["disclosure"]["reason"].tolist()
    assert reasons == ["language_gate", "language_gate", "minimum"]


def test_nothing_to_publish() -> None:
    published = publish({}, MINIMUM)
    assert list(published) == ["disclosure"]
    assert list(published["disclosure"]) == TABLES["disclosure"].names


def test_the_record_names_tables_in_their_order() -> None:
    tables = {name: table_of(HIDING[name], [3, 12, None]) for name in HIDING}
    disclosed = publish(tables, MINIMUM)["disclosure"]
    assert disclosed["output"].tolist() == [name for name in HIDING for _ in "12"]


def flow(**parts: int | None) -> pd.DataFrame:
    total = sum(n or 0 for n in parts.values())
    rows = [("read", "all", total + 500), ("read", "kept", 500), ("read", "rejected", total)]
    rows += [("rejected", rule, n) for rule, n in parts.items()]
    return make_table([dict(zip(("block", "step", "n"), row, strict=True)) for row in rows], "flow")


@pytest.mark.parametrize(
    ("parts", "hidden"),
    [
        ({"consent": 50, "completeness": 80}, set()),
        ({"consent": 50, "field": 3, "completeness": 80}, {"field", "consent"}),
        ({"consent": 50, "field": 3, "tests": 9, "completeness": 80}, {"field", "tests"}),
        (
            {"consent": 50, "field": 3, "tests": 4, "completeness": 80},
            {"field", "tests", "consent"},
        ),
        ({"consent": 12, "field": 0, "completeness": 11}, {"field", "completeness"}),
        ({"consent": 3, "completeness": 70}, {"consent", "completeness"}),
    ],
)
def test_what_adds_up_to_a_published_number_is_hidden_with_others(
    parts: dict[str, int], hidden: set[str]
) -> None:
    """Two parts at least are hidden, and at least ten people together."""
    published = publish({"flow": flow(**parts)}, MINIMUM)
    table = published["flow"].set_index("step")["n"]
    assert {step for step in parts if pd.isna(table[step])} == hidden
    assert table[["all", "kept", "rejected"]].notna().all()
    reasons = published["disclosure"].set_index("cell")["reason"]
    for step in hidden:
        expected = "minimum" if parts[step] < MINIMUM else "complementary"
        assert reasons[f"block=rejected;step={step}"] == expected


@given(st.lists(st.integers(0, 40), min_size=1, max_size=7), st.integers(10, 20))
def test_hidden_parts_of_a_sum_cannot_be_worked_out(sizes: list[int], minimum: int) -> None:
    parts = {f"rule{k}": n for k, n in enumerate(sizes)}
    table = publish({"flow": flow(**parts)}, minimum)["flow"].set_index("step")["n"]
    hidden = [step for step in parts if pd.isna(table[step])]
    assert all(parts[step] >= minimum for step in parts if step not in hidden)
    if hidden and len(hidden) < len(parts):
        assert len(hidden) >= 2
        assert sum(parts[step] for step in hidden) >= minimum


# -------------------------------------------------------------------------------- every contract


def test_every_hiding_contract_has_n_and_keys() -> None:
    for contract in HIDING.values():
        assert "n" in contract.names
        assert free_keys(contract)


@pytest.mark.parametrize("name", HIDING)
def test_a_full_table_has_every_value_that_could_leak(name: str) -> None:
    """The other tests would see nothing in a table that is empty anyway."""
    table = table_of(HIDING[name], [3, 12])
    assert table.notna().all(axis=None)


@pytest.mark.parametrize("name", HIDING)
def test_nothing_is_left_of_a_hidden_row_but_what_was_declared(name: str) -> None:
    contract = HIDING[name]
    table = table_of(contract, [9, 10, 0, None])
    left = publish({name: table}, MINIMUM)[name].iloc[[0, 2, 3]][hidden_values(contract)].notna()
    assert left.columns[left.any()].tolist() == []


@pytest.mark.parametrize("name", [name for name in HIDING if not HIDING[name].adds_up])
@settings(max_examples=40)
@given(sizes=SIZES, minimum=st.integers(10, 20))
def test_no_published_row_stands_for_too_few(name: str, sizes, minimum: int) -> None:
    contract = HIDING[name]
    table = table_of(contract, sizes)
    before = table.copy(deep=True)
    published = publish({name: table}, minimum)
    found, hidden = published[name], np.array([n is None or n < minimum for n in sizes], dtype=bool)
    pd.testing.assert_frame_equal(table, before)
    assert list(found) == contract.names
    assert (found.dtypes == table.dtypes).all()
    pd.testing.assert_frame_equal(found[contract.keys], table[contract.keys])
    by_n = [column.name for column in contract.columns if column.people == "n"]
    pd.testing.assert_frame_equal(found.loc[~hidden, by_n], table.loc[~hidden, by_n])
    assert (found["n"].isna() | (found["n"] >= minimum)).all()
    assert found["n"].isna().to_numpy().tolist() == hidden.tolist()
    kept = [c for c in contract.names if c in DECLARED.get(name, set())]
    pd.testing.assert_frame_equal(found[kept], table[kept])
    expected = [
        ";".join(f"{key}={row[key]}" for key in contract.keys)
        for row in table[hidden].to_dict("records")
    ]
    assert published["disclosure"]["cell"].tolist() == expected
    for column in contract.columns:
        if column.people != "n" and not column.key:
            few = table[column.people].lt(minimum).fillna(True).to_numpy(dtype=bool) | hidden
            assert found[column.name].isna().to_numpy()[few].all()
            pd.testing.assert_series_equal(
                found.loc[~few, column.name], table.loc[~few, column.name]
            )
    again = publish({name: found}, minimum)
    pd.testing.assert_frame_equal(again[name], found)
