"""Percentages positive of items, scales and indices.

Tolerances: percentages by hand and against survey 4.1-1: 1e-10 relative and absolute. survey's variance
has the factor n/(n-1), n the people of the group; the effective n has not, so that it is Kish's n for one
item with equal weights. The comparison takes the factor out and then agrees to 1e-10. The brute-force
linearisation takes numerical derivatives: 1e-6.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from validation import agrees

from pipeline.core.predeclared import Weighting
from pipeline.scales.counts import wilson
from pipeline.scales.percentages import percent_positive_table

CLOSE = {"rel": 1e-10, "abs": 1e-10}
KINDS = ["positive", "neutral", "negative"]
STUDY = """
study: tiny
languages: [en]
title: {en: Tiny}
choices:
  agree:
    options:
      - {code: 1, text: {en: Strongly disagree}}
      - {code: 2, text: {en: Disagree}}
      - {code: 3, text: {en: Neither}}
      - {code: 4, text: {en: Agree}}
      - {code: 5, text: {en: Strongly agree}}
      - {code: 99, text: {en: Don't know}, missing: dont_know}
    positive: [4, 5]
    neutral: [3]
    negative: [1, 2]
  often:
    options:
      - {code: 1, text: {en: Never}}
      - {code: 2, text: {en: Always}}
  place:
    options:
      - {code: a, text: {en: A}}
      - {code: b, text: {en: B}}
      - {code: c, text: {en: C}}
sections:
  - id: only
    title: {en: Only}
    questions:
      - {code: ORG, kind: single, choices: place, text: {en: Where}}
      - {code: SEX, kind: single, choices: place, text: {en: Group}}
      - code: M
        kind: matrix
        choices: agree
        text: {en: How far}
        rows:
          - {id: A, text: {en: A}}
          - {id: B, text: {en: B}}
          - {id: C, text: {en: C}}
      - {code: T, kind: single, choices: often, text: {en: How often}}
scales:
  top: {name: {en: Top}, kind: index, parts: [pair, first], needed: 1}
  pair: {name: {en: Pair}, items: [A, B], needed: 1}
  first: {name: {en: First}, items: [A], needed: 1}
  three: {name: {en: Three}, items: [A, B, C], needed: 1}
  unvalued: {name: {en: Unvalued}, items: [T], needed: 1}
"""
ANSWERS = """
ORG SEX weight A B C T
a   a   1      5 4 . 1
a   b   2      ? 2 . 1
a   a   1      3 ? . 2
b   a   4      1 5 . 2
b   .   2      4 . . .
"""


def percents(table: pd.DataFrame, target: str, group: str, rule: str) -> pd.Series:
    rows = table[(table["target"] == target) & (table["group"] == group) & (table["rule"] == rule)]
    assert len(rows) == 1
    return rows.iloc[0]


@pytest.fixture(scope="module")
def by_hand(tiny) -> pd.DataFrame:
    study = tiny(STUDY, ANSWERS, groups=("SEX",))
    return percent_positive_table(study.responses, study.questionnaire, study.plan)


# ---------------------------------------------------------------------------------------- by hand

# target, group, rule: n; the weights that are positive, neutral, negative, and in the denominator; the
# share of don't know; the effective n.
ITEMS = {
    ("A", "all", "valid"): (4, 3, 1, 4, 8, 2 / 10, 64 / 22),
    ("A", "all", "all"): (5, 3, 1, 4, 10, 2 / 10, 100 / 26),
    ("B", "all", "valid"): (3, 5, 0, 2, 7, 1 / 8, 49 / 21),
    ("B", "all", "all"): (4, 5, 0, 2, 8, 1 / 8, 64 / 22),
    ("A", "SEX=a", "valid"): (3, 1, 1, 4, 6, 0, 36 / 18),
    ("A", "SEX=b", "all"): (1, 0, 0, 0, 2, 1, 1),
    ("B", "SEX=a", "all"): (3, 5, 0, 0, 6, 1 / 6, 36 / 18),
    ("A", "ORG=a", "valid"): (2, 1, 1, 0, 2, 2 / 4, 2),
    ("B", "ORG=b", "valid"): (1, 4, 0, 0, 4, 0, 1),
}


@pytest.mark.parametrize(("cell", "expected"), ITEMS.items(), ids=map(" ".join, ITEMS))
def test_items_by_hand(by_hand: pd.DataFrame, cell, expected) -> None:
    row = percents(by_hand, *cell)
    n, positive, neutral, negative, base, dont_know, effective_n = expected
    assert (row["level"], row["n"]) == ("item", n)
    found = row[[*KINDS, "dont_know", "effective_n"]].tolist()
    shares = np.array([positive / base, neutral / base, negative / base, dont_know])
    assert found == pytest.approx([*(100 * shares), effective_n], **CLOSE)
    low, high = wilson(shares[:1], np.array([effective_n]), 0.95)
    assert row[["conf_low", "conf_high", "conf_level"]].tolist() == pytest.approx(
        [100 * low[0], 100 * high[0], 0.95]
    )


@pytest.mark.parametrize("rule", ["valid", "all"])
def test_a_scale_is_the_mean_of_its_items_and_an_index_of_its_parts(by_hand, rule: str) -> None:
    """`top` is made of `pair` (A, B) and `first` (A): A counts for three quarters."""
    for group in by_hand["group"].unique():
        a, b, pair, top = (
            percents(by_hand, name, group, rule) for name in ["A", "B", "pair", "top"]
        )
        assert (pair["level"], top["level"]) == ("scale", "index")
        for kind in [*KINDS, "dont_know"]:
            assert pair[kind] == pytest.approx((a[kind] + b[kind]) / 2, nan_ok=True)
            assert top[kind] == pytest.approx((pair[kind] + a[kind]) / 2, nan_ok=True)
        assert pair["n"] == top["n"] == min(a["n"], b["n"])


def test_rows_and_their_order(by_hand: pd.DataFrame) -> None:
    """Who has no answer to SEX is in no group of SEX; a scale without positive answers is not there."""
    targets = ["A", "B", "C", "pair", "first", "three", "top"]
    assert by_hand["target"].drop_duplicates().tolist() == targets
    groups = ["all", "SEX=a", "SEX=b", "ORG=a", "ORG=b"]
    for target in targets:
        for rule in ("valid", "all"):
            rows = by_hand[(by_hand["target"] == target) & (by_hand["rule"] == rule)]
            assert rows["group"].tolist() == groups


def test_an_item_that_nobody_answered(by_hand: pd.DataFrame) -> None:
    for rule in ("valid", "all"):
        for target in ("C", "three"):
            row = percents(by_hand, target, "all", rule)
            assert row["n"] == 0
            assert row[[*KINDS, "dont_know", "conf_low", "conf_high"]].isna().all()
        assert percents(by_hand, "C", "all", rule)["effective_n"] == 0


# ----------------------------------------------------------------------------------------------- R


@pytest.fixture(scope="module")
def drawn(tiny, from_r) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the drawn answers, our table of them, and R's values."""
    data, expected = from_r("percentages")
    text = data.assign(
        ORG=data["organisation"].map({1: "a", 2: "b", 3: "c"}),
        SEX=".",
        T=".",
        **{item: data[item].map({99.0: "?"} | {k: str(k) for k in range(1, 6)}) for item in "ABC"},
    ).fillna(".")
    study = tiny(STUDY, text.drop(columns="organisation").to_string(index=False))
    table = percent_positive_table(study.responses, study.questionnaire, study.plan)
    return data, table, expected


def test_agrees_with_survey(drawn) -> None:
    _, table, expected = drawn
    groups = {"all": "all", "organisation1": "ORG=a", "organisation2": "ORG=b"}
    groups["organisation3"] = "ORG=c"
    assert len(expected) == 4 * 2 * 4
    for case, r in expected.iterrows():
        group, rule, target = str(case).split(";")
        row = percents(table, "three" if target == "scale" else target, groups[group], rule)
        agrees(
            "percentages",
            row[KINDS].tolist(),
            (100 * r[KINDS]).tolist(),
            reference="survey",
            **CLOSE,
        )
        if target == "scale":
            variance = r["std_error"] ** 2 * (r["people"] - 1) / r["people"]
            effective_n = r["positive"] * (1 - r["positive"]) / variance
            agrees("percentages", row["effective_n"], effective_n, reference="survey", **CLOSE)


def test_the_effective_n_of_an_item_is_kishs(drawn) -> None:
    data, table, _ = drawn
    w = data["weight"]
    for item in "ABC":
        for rule in ("valid", "all"):
            base = data[item].notna() & ((data[item] != 99) | (rule == "all"))
            row = percents(table, item, "all", rule)
            kish = w[base].sum() ** 2 / (w[base] ** 2).sum()
            assert (row["n"], row["effective_n"]) == (base.sum(), pytest.approx(kish))


SHARES = {
    "first": {"A": 1.0},
    "pair": {"A": 0.5, "B": 0.5},
    "three": {"A": 1 / 3, "B": 1 / 3, "C": 1 / 3},
    "top": {"A": 0.75, "B": 0.25},
}


def brute_force(data: pd.DataFrame, shares: dict[str, float], rule: str) -> tuple[float, float]:
    """Return the share positive and its variance, from what each person's weight does to it."""
    base = {i: (data[i].notna() & ((data[i] != 99) | (rule == "all"))).to_numpy() for i in shares}
    positive = {i: data[i].isin([4, 5]).to_numpy() for i in shares}

    def share(w: np.ndarray) -> float:
        return sum(part * w[positive[i]].sum() / w[base[i]].sum() for i, part in shares.items())

    w, step = data["weight"].to_numpy(), 1e-5
    people = np.eye(len(w))
    moves = [(share(w + step * p) - share(w - step * p)) / (2 * step) for p in people]
    return share(w), float(np.sum((w * moves) ** 2))


@pytest.mark.parametrize("target", [name for name, items in SHARES.items() if len(items) > 1])
@pytest.mark.parametrize("rule", ["valid", "all"])
def test_the_effective_n_of_a_composite_is_that_of_its_linearised_variance(
    drawn, target: str, rule: str
) -> None:
    data, table, _ = drawn
    groups = {"all": data} | {
        f"ORG={'abc'[k - 1]}": each for k, each in data.groupby("organisation")
    }
    for group, each in groups.items():
        share, variance = brute_force(each, SHARES[target], rule)
        row = percents(table, target, group, rule)
        assert row["positive"] == pytest.approx(100 * share)
        assert row["effective_n"] == pytest.approx(share * (1 - share) / variance, rel=1e-6)
        low, high = wilson(np.array([share]), np.array([row["effective_n"]]), 0.95)
        assert row[["conf_low", "conf_high"]].tolist() == pytest.approx(
            [100 * low[0], 100 * high[0]]
        )


# -------------------------------------------------------------------------------------- properties


def table_of(tiny: Callable, answers: list[tuple[str, ...]]) -> pd.DataFrame:
    lines = [" ".join(["a", ".", *row, "."]) for row in answers]
    study = tiny(STUDY, "\n".join(["ORG SEX weight A B C T", *lines]))
    return percent_positive_table(study.responses, study.questionnaire, study.plan)


ROW = st.tuples(st.sampled_from(["0.5", "1", "3"]), *[st.sampled_from(list("12345?."))] * 3)


@settings(max_examples=30)
@given(st.lists(ROW, min_size=1, max_size=12))
def test_percentages_add_up(tiny, answers) -> None:
    found = table_of(tiny, answers)
    sums = found[KINDS].sum(axis=1, skipna=False)
    sums += found["dont_know"].where(found["rule"] == "all", 0)
    there = sums.notna()
    np.testing.assert_allclose(sums[there], 100)
    assert (found.loc[there, "conf_low"] <= found.loc[there, "positive"] + 1e-9).all()
    assert (found.loc[there, "positive"] <= found.loc[there, "conf_high"] + 1e-9).all()
    items = found[found["level"] == "item"]
    assert (items["effective_n"] <= items["n"].astype(float) + 1e-9).all()


@settings(max_examples=30)
@given(st.lists(st.sampled_from(list("12345?")), min_size=2, max_size=12))
def test_saying_the_same_three_times_is_saying_it_once(tiny, answers) -> None:
    """With equal weights, a scale of copies is as precise as its item, and as many people."""
    found = table_of(tiny, [("1", a, a, a) for a in answers])
    for rule in ("valid", "all"):
        a, three = (percents(found, name, "all", rule) for name in ("A", "three"))
        same = ["n", *KINDS, "dont_know", "conf_low", "conf_high", "effective_n"]
        assert three[same].astype(float).tolist() == pytest.approx(
            a[same].astype(float).tolist(), rel=1e-9, abs=1e-9, nan_ok=True
        )


def test_all_positive_has_the_interval_of_the_item_with_the_fewest(tiny) -> None:
    found = table_of(tiny, [("1", "5", "4", "4"), ("1", "5", "5", "?"), ("2", "4", ".", "5")])
    row = percents(found, "three", "all", "valid")
    assert (row["positive"], row["n"]) == (100, 2)
    assert row["effective_n"] == pytest.approx(9 / 5)
    assert row["conf_high"] == pytest.approx(100)
    assert row["conf_low"] < 100


def test_in_a_finite_population_the_effective_n_grows(tiny) -> None:
    """n* (N - 1) / (N - n), with N the sum of all weights of the group; shares stay as they are."""
    study = tiny(STUDY, ANSWERS, groups=("SEX",))
    declared = study.plan.model_copy(update={"weighting": Weighting(margins=(("ORG",),))})
    plain = percent_positive_table(study.responses, study.questionnaire, study.plan)
    table = percent_positive_table(study.responses, study.questionnaire, declared)
    people = {"all": study.responses["weight"].sum()}
    people |= {
        f"{name}={code}": rows["weight"].sum()
        for name in ("ORG", "SEX")
        for code, rows in study.responses.groupby(name, observed=True)
    }
    compared = 0
    for before, row in zip(plain.to_dict("records"), table.to_dict("records"), strict=True):
        assert row["positive"] == pytest.approx(before["positive"], nan_ok=True)
        total, n = people[row["group"]], row["n"]
        factor = (total - 1) / max(total - n, 1)
        expected = before["effective_n"] * max(factor, 1)
        assert row["effective_n"] == pytest.approx(expected, nan_ok=True)
        if row["effective_n"] > before["effective_n"] > 0:
            compared += 1
            low, high = wilson(
                np.array([row["positive"] / 100]), np.array([row["effective_n"]]), 0.95
            )
            assert [row["conf_low"], row["conf_high"]] == pytest.approx(
                [100 * low[0], 100 * high[0]]
            )
    assert compared > 5
