"""Answers counted and ratings described, by hand on a study of six people.

Tolerance: pytest's default of 1e-6 relative; the arithmetic itself is tested in test_counts.py and
test_reliability.py, here it is which answers and people go into it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.scales.counts import moments
from pipeline.scales.describe import answers_table, items_table
from pipeline.scales.reliability import alpha_if_dropped, item_rest_r

STUDY = """
study: tiny
languages: [en]
title: {en: Tiny}
choices:
  agree:
    options:
      - {code: 1, text: {en: Disagree}}
      - {code: 2, text: {en: Neither}}
      - {code: 3, text: {en: Agree}}
      - {code: 98, text: {en: Rather not say}, missing: refused}
      - {code: 99, text: {en: Don't know}, missing: dont_know}
    positive: [3]
    neutral: [2]
    negative: [1]
  place:
    options:
      - {code: a, text: {en: A}}
      - {code: b, text: {en: B}}
      - {code: c, text: {en: C}}
  tools:
    options:
      - {code: pen, text: {en: Pen}}
      - {code: ink, text: {en: Ink}}
sections:
  - id: only
    title: {en: Only}
    questions:
      - {code: ORG, kind: single, choices: place, text: {en: Where}}
      - {code: USE, kind: multiple, choices: tools, text: {en: With what}}
      - code: M
        kind: matrix
        choices: agree
        text: {en: How far}
        rows:
          - {id: A, text: {en: A}}
          - {id: B, text: {en: B}}
          - {id: C, text: {en: C}}
          - {id: LONE, text: {en: Lone}}
scales:
  three: {name: {en: Three}, items: [A, B, C], reversed: [B], needed: 2}
  two: {name: {en: Two}, items: [A, B], reversed: [B], needed: 2}
"""
ANSWERS = """
ORG weight USE_pen USE_ink A B C LONE
a   1      1       0       1 3 1 -
a   2      0       1       2 2 3 -
a   1      1       1       3 1 3 1
b   4      0       0       3 2 1 ?
b   2      1       0       ? 1 2 !
b   3      .       .       2 . 3 3
"""


@pytest.fixture(scope="module")
def study(tiny):
    return tiny(STUDY, ANSWERS, groups=("ORG",))


@pytest.fixture(scope="module")
def answers(study) -> pd.DataFrame:
    return answers_table(study.responses, study.questionnaire, study.plan)


@pytest.fixture(scope="module")
def items(study) -> pd.DataFrame:
    return items_table(study.responses, study.questionnaire, study.plan)


# code: n, percent, valence, whether missing
EXPECTED = {
    ("A", "all"): {
        "1": (1, 100 * 1 / 13, "negative", False),
        "2": (2, 100 * 5 / 13, "neutral", False),
        "3": (2, 100 * 5 / 13, "positive", False),
        "98": (0, 0, None, True),
        "99": (1, 100 * 2 / 13, None, True),
    },
    ("LONE", "all"): {
        "1": (1, 10, "negative", False),
        "2": (0, 0, "neutral", False),
        "3": (1, 30, "positive", False),
        "98": (1, 20, None, True),
        "99": (1, 40, None, True),
    },
    ("B", "ORG=b"): {
        "1": (1, 100 * 2 / 6, "negative", False),
        "2": (1, 100 * 4 / 6, "neutral", False),
        "3": (0, 0, "positive", False),
        "98": (0, 0, None, True),
        "99": (0, 0, None, True),
    },
    ("ORG", "all"): {
        "a": (3, 100 * 4 / 13, None, False),
        "b": (3, 100 * 9 / 13, None, False),
        "c": (0, 0, None, False),
    },
    ("USE", "all"): {"pen": (3, 40, None, False), "ink": (2, 30, None, False)},
    ("USE", "ORG=b"): {
        "pen": (1, 100 * 2 / 6, None, False),
        "ink": (0, 0, None, False),
    },
}


@pytest.mark.parametrize(("cell", "expected"), EXPECTED.items(), ids=map(" ".join, EXPECTED))
def test_answers_by_hand(answers: pd.DataFrame, cell, expected) -> None:
    """Percentages are of all answers given, don't know and refused included, weighted."""
    rows = answers[(answers["item"] == cell[0]) & (answers["group"] == cell[1])]
    assert rows["code"].tolist() == list(expected)
    for row, (n, percent, valence, missing) in zip(
        rows.itertuples(), expected.values(), strict=True
    ):
        assert (row.n, row.percent) == (n, pytest.approx(percent))
        assert (row.valence if isinstance(row.valence, str) else None) == valence
        assert row.missing == missing


def test_answers_add_up_to_100_in_every_group(answers: pd.DataFrame) -> None:
    single = answers[answers["item"] != "USE"]
    assert single.groupby(["item", "group"])["percent"].sum().to_numpy() == pytest.approx(100)
    assert answers["item"].drop_duplicates().tolist() == ["ORG", "USE", "A", "B", "C", "LONE"]


def test_items_by_hand(study, items: pd.DataFrame) -> None:
    """LONE was not put to two people; of the other four, two gave a valid answer: 1 and 3."""
    rows = items[(items["item"] == "LONE") & (items["group"] == "all")]
    assert rows["scale"].tolist() == ["none"]
    row, given = rows.iloc[0], study.responses["LONE"]
    low, high = (
        float(study.responses.loc[given.eq(v).fillna(False), "weight"].iloc[0]) for v in (1, 3)
    )
    assert row["n"] == 2
    assert row["mean"] == pytest.approx((low + 3 * high) / (low + high))
    assert row["floor"] == pytest.approx(100 * low / (low + high))
    assert row["ceiling"] == pytest.approx(100 * high / (low + high))
    asked = study.responses.loc[study.responses["LONE_missing"].ne("unseen"), "weight"].sum()
    assert row["missing"] == pytest.approx(100 * (1 - (low + high) / asked))
    assert row[["skew", "kurtosis", "item_rest_r", "alpha_if_dropped"]].isna().all()


def test_items_are_described_as_asked_and_weighted(study, items: pd.DataFrame) -> None:
    """B is reversed in its scales; its mean is not."""
    weights = study.responses["weight"].to_numpy()
    for item in ("A", "B", "C"):
        given = study.responses[item].to_numpy(dtype=float, na_value=np.nan)
        n = np.array([[(given == v).sum() for v in (1, 2, 3)]])
        weight = np.array([[weights[given == v].sum() for v in (1, 2, 3)]])
        m = moments(np.array([1, 2, 3]), n, weight)
        rows = items[(items["item"] == item) & (items["group"] == "all")]
        assert len(rows) == (2 if item != "C" else 1)
        for row in rows.to_dict("records"):
            assert row["n"] == n.sum()
            for name in ("mean", "sd", "skew", "kurtosis"):
                assert row[name] == pytest.approx(getattr(m, name)[0], nan_ok=True), name
            assert row["floor"] == pytest.approx(100 * weight[0, 0] / weight.sum())
            assert row["ceiling"] == pytest.approx(100 * weight[0, 2] / weight.sum())
            assert row["missing"] == pytest.approx(100 * (1 - weight.sum() / weights.sum()))


def test_a_place_in_a_scale_comes_from_complete_rows_after_reversal(items: pd.DataFrame) -> None:
    complete = {
        "three": np.array([[1, 1, 1], [2, 2, 3], [3, 3, 3], [3, 2, 1.0]]),
        "two": np.array([[1, 1], [2, 2], [3, 3], [3, 2.0]]),
    }
    for scale, x in complete.items():
        rows = items[(items["scale"] == scale) & (items["group"] == "all")]
        assert rows["item"].tolist() == ["A", "B", "C"][: x.shape[1]]
        assert rows["item_rest_r"].to_numpy() == pytest.approx(item_rest_r(x))
        assert rows["alpha_if_dropped"].to_numpy() == pytest.approx(
            alpha_if_dropped(x), nan_ok=True
        )
    b = items[(items["scale"] == "three") & (items["group"] == "ORG=b")]
    assert b[["item_rest_r", "alpha_if_dropped"]].isna().all(axis=None)
