"""Who is asked what: conditions over columns of answers, against reading them row by row."""

from __future__ import annotations

import operator
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.questionnaire.asked import asked, holds, meet
from pipeline.questionnaire.conditions import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Contains,
    In,
    Not,
    parse_condition,
)
from pipeline.study import Study, load_study

# what the questions of the small study may hold; None is no answer
ANSWERS = {
    "NEW": [None, "y", "n", "r", "s"],
    "N": [None, "0", "3", "4", "50", "99"],
    "WARM": [None, "-5", "0", "2.5"],
    "M1": [None, "1", "2", "3", "9"],
    "TOOLS_pen": [None, "0", "1"],
    "TOOLS_app": [None, "0", "1"],
    "TOOLS_none": [None, "0", "1"],
}
MISSING = {"N": {"99"}, "M1": {"9"}, "NEW": {"r", "s"}}
ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def frame(rows: list[dict[str, str | None]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            name: pd.Categorical([row[name] for row in rows], categories=codes[1:])
            for name, codes in ANSWERS.items()
        }
    )


def row_holds(condition: Condition, row: dict[str, str | None]) -> bool:
    """Say whether a condition holds for one person: the manual's sentences, one by one."""
    match condition:
        case Not(inner):
            return not row_holds(inner, row)
        case AllOf(parts):
            return all(row_holds(part, row) for part in parts)
        case AnyOf(parts):
            return any(row_holds(part, row) for part in parts)
        case Contains(item, code):
            return row[f"{item}_{code}"] == "1"
        case In(item, values):
            return row[item] is not None and row[item] in values
        case Compare(item, sign, value):
            given = row[item]
            if given is None:
                return False
            if sign in ORDER:
                return given not in MISSING.get(item, ()) and ORDER[sign](
                    float(given), float(value)
                )
            return (given == value) == (sign == "==")
    raise AssertionError(condition)


def codes(item: str) -> st.SearchStrategy[str]:
    return st.sampled_from([code for code in ANSWERS[item] if code is not None])


one_answer, numeric = st.sampled_from(["NEW", "N", "M1"]), st.sampled_from(["N", "WARM", "M1"])
comparisons = st.one_of(
    one_answer.flatmap(
        lambda item: st.builds(Compare, st.just(item), st.sampled_from(["==", "!="]), codes(item))
    ),
    st.builds(
        Compare, numeric, st.sampled_from(list(ORDER)), st.sampled_from(["-6", "2", "2.5", "4"])
    ),
    one_answer.flatmap(
        lambda item: st.builds(In, st.just(item), st.lists(codes(item), min_size=1).map(tuple))
    ),
    st.builds(Contains, st.just("TOOLS"), st.sampled_from(["pen", "app", "none"])),
)


def joined(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.builds(Not, inner) | st.builds(AllOf, parts) | st.builds(AnyOf, parts)


trees = st.recursive(comparisons, joined, max_leaves=6)
people = st.lists(
    st.fixed_dictionaries({name: st.sampled_from(codes) for name, codes in ANSWERS.items()}),
    min_size=1,
    max_size=12,
)


@given(condition=trees, rows=people)
def test_columns_agree_with_reading_row_by_row(
    condition: Condition, rows: list[dict], study: Study
) -> None:
    found = holds(condition, frame(rows), study.questionnaire)
    assert found.dtype == bool
    assert found.tolist() == [row_holds(condition, row) for row in rows]


NOBODY = dict.fromkeys(ANSWERS)


@pytest.mark.parametrize(
    ("text", "answer", "held"),
    [
        ("N > 3", {"N": "4"}, True),
        ("N > 3", {"N": "99"}, False),  # don't know is no number
        ("N < 100", {"N": "99"}, False),
        ("N == 99", {"N": "99"}, True),
        ("N != 99", {"N": "4"}, True),
        ("M1 >= 3", {"M1": "9"}, False),
        ("not N > 3", {"N": "99"}, True),
        ("N > 3", {}, False),
        ("N != 4", {}, False),  # no answer: false, whatever the operator
        ("not N == 4", {}, True),
        ("NEW in [y, n]", {"NEW": "r"}, False),
        ("NEW not in [y]", {}, True),
        ("'pen' in TOOLS", {"TOOLS_pen": "1"}, True),
        ("'pen' in TOOLS", {"TOOLS_pen": "0"}, False),
        ("'pen' in TOOLS", {}, False),
        ("WARM < -4.5", {"WARM": "-5"}, True),
    ],
)
def test_missing_answers_in_conditions(text: str, answer: dict, held: bool, study: Study) -> None:
    codes = frame([NOBODY | answer])
    assert holds(parse_condition(text), codes, study.questionnaire).tolist() == [held]


def test_an_item_without_conditions_is_put_to_everyone(study: Study) -> None:
    codes = frame([NOBODY, NOBODY])
    items = study.questionnaire.items
    assert asked(items["M1"], codes, study.questionnaire).tolist() == [True, True]
    assert asked(items["N"], codes, study.questionnaire).tolist() == [False, False]


def test_conditions_of_section_question_and_row_must_all_hold(small: Callable[..., Path]) -> None:
    root = small(
        ("- id: views\n", "- id: views\n    show: NEW == y\n"),
        ("- code: M\n", "- code: M\n        show: N > 3\n"),
        ("{id: M1, text: {en: First}}", "{id: M1, text: {en: First}, show: \"'pen' in TOOLS\"}"),
    )
    study = load_study("small", root)
    yes = NOBODY | {"NEW": "y", "N": "4", "TOOLS_pen": "1"}
    rows = [yes, yes | {"NEW": "n"}, yes | {"N": "3"}, yes | {"TOOLS_pen": "0"}]
    found = {
        name: asked(study.questionnaire.items[name], frame(rows), study.questionnaire)
        for name in ("M1", "M2", "D1")
    }
    assert np.array_equal(found["M1"], [True, False, False, False])
    assert np.array_equal(found["M2"], [True, False, False, True])
    assert np.array_equal(found["D1"], [True, False, True, True])


def test_a_condition_on_kept_answers_reads_numbers_and_categories(
    small: Callable[..., Path],
) -> None:
    questionnaire = load_study("small", small()).questionnaire
    frame = pd.DataFrame(
        {
            "M1": pd.array([1, 2, None, 3], dtype="Int32"),
            "NEW": pd.Categorical(["y", None, "n", "y"]),
        }
    )
    assert meet("M1 == 2", frame, questionnaire).tolist() == [False, True, False, False]
    assert meet("M1 >= 2", frame, questionnaire).tolist() == [False, True, False, True]
    assert meet("NEW == y and M1 != 1", frame, questionnaire).tolist() == [
        False,
        False,
        False,
        True,
    ]
