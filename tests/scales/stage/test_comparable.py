"""Tables that split by language carry the verdict of the gate; worked by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from pipeline.core.contracts import TABLES
from pipeline.scales.stage.comparable import MARKED, mark_languages

STUDY = """
study: tiny
languages: [en]
title: {en: Tiny}
choices:
  five:
    options:
      - {code: 1, text: {en: One}}
      - {code: 2, text: {en: Two}}
sections:
  - id: only
    title: {en: Only}
    questions:
      - {code: ORG, kind: single, choices: five, text: {en: Where}}
      - code: M
        kind: matrix
        choices: five
        text: {en: How far}
        rows:
          - {id: A, text: {en: A}}
          - {id: B, text: {en: B}}
          - {id: C, text: {en: C}}
          - {id: D, text: {en: D}}
scales:
  sum: {name: {en: Sum}, parts: [first, second], needed: 1}
  first: {name: {en: First}, items: [A, B], needed: 1}
  second: {name: {en: Second}, items: [C], needed: 1}
  list: {name: {en: List}, kind: index, items: [D], needed: 1}
"""


def gate(first: str, second: str, freed: str = "") -> pd.DataFrame:
    rows = [
        {"scale": "first", "group": "language=fr", "verdict": first, "freed_items": freed or None},
        {"scale": "second", "group": "language=fr", "verdict": second, "freed_items": None},
    ]
    return pd.DataFrame(rows).assign(gate=True).reindex(columns=TABLES["comparability"].names)


def marks(tiny: Callable, comparability: pd.DataFrame, group: str = "language=fr") -> dict:
    """Return what is said of every target in a group."""
    asked = tiny(STUDY).questionnaire
    percent = pd.DataFrame(
        {
            "target": ["A", "B", "C", "D", "sum", "first", "second", "list"],
            "level": ["item"] * 4 + ["scale"] * 3 + ["index"],
            "group": group,
            "rule": "valid",
            "n": 50,
        }
    ).reindex(columns=TABLES["percent_positive"].names)
    empty = {
        name: pd.DataFrame(columns=TABLES[name].names)
        for name in set(MARKED) - {"percent_positive"}
    }
    marked = mark_languages({"percent_positive": percent, **empty}, comparability, asked)
    table = marked["percent_positive"]
    said = table["comparable"].astype(object).replace({np.nan: None})
    return dict(zip(table["target"], said, strict=True))


def test_a_scale_made_of_others_is_as_comparable_as_its_worst(tiny: Callable) -> None:
    assert marks(tiny, gate("partial", "full", "B")) == {
        "A": "full",
        "B": "none",
        "C": "full",
        "D": "ungated",
        "sum": "partial",
        "first": "partial",
        "second": "full",
        "list": "ungated",
    }


@pytest.mark.parametrize("worst", ["none", "untested"])
def test_a_gate_that_failed_closes_all_that_stands_on_it(tiny: Callable, worst: str) -> None:
    said = marks(tiny, gate("full", worst))
    assert (said["sum"], said["second"], said["C"]) == (worst, worst, worst)
    assert (said["first"], said["A"]) == ("full", "full")


@pytest.mark.parametrize("group", ["all", "LEVEL=A"])
def test_other_groups_have_no_gate(tiny: Callable, group: str) -> None:
    assert set(marks(tiny, gate("full", "none"), group).values()) == {None}


def test_all_of_a_language_outside_every_ladder_is_untested(tiny: Callable) -> None:
    few = gate("untested", "untested").assign(gate=False)
    assert set(marks(tiny, few).values()) == {"untested"}


def test_where_no_ladder_was_to_be_climbed_no_mean_is_withheld(tiny: Callable) -> None:
    assert set(marks(tiny, gate("full", "full").iloc[:0]).values()) == {"ungated"}


def test_a_language_without_a_ladder_is_untested(tiny: Callable) -> None:
    assert set(marks(tiny, gate("full", "full"), "language=en").values()) == {"untested"}
