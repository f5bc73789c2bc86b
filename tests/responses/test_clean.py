"""Cleaning: no row is lost unaccounted for, and cleaning twice is cleaning once."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.responses.clean import Cleaned, clean_answers
from pipeline.responses.decode import decode_answers
from pipeline.responses.raw import RawAnswers
from pipeline.responses.rules import RULES
from pipeline.study import Study, load_study

# what the cells of a file with answers to the small study may hold; an empty one is no answer
CELLS = {
    "ORG": ["A1", "B1", "ZZ"],
    "NEW": ["1", "2", "7", "8"],
    **{name: ["0", "1"] for name in ("TOOLS_pen", "TOOLS_app", "TOOLS_none")},
    "N": ["0", "4", "99"],
    "WARM": ["-5", "2.5"],
    "WHY": ["because"],
    **{name: ["1", "2", "3", "9"] for name in ("M1", "view2", "D1_current", "D1_desired", "HAPPY")},
    **{name: ["30", "70"] for name in ("S1", "S2")},
}
people = st.lists(
    st.fixed_dictionaries({name: st.sampled_from(["", *held]) for name, held in CELLS.items()}),
    min_size=1,
    max_size=15,
)
Answers = Callable[..., pd.DataFrame]


def clean(answers: pd.DataFrame, study: Study) -> Cleaned:
    return clean_answers(answers, study.questionnaire, study.plan)


@pytest.fixture(scope="session")
def answers(read: Callable[..., RawAnswers], silent: Callable, study: Study) -> Answers:
    """Return a function that reads and decodes rows."""

    def decoded(*rows: dict[str, str]) -> pd.DataFrame:
        raw = read(*(silent() | row for row in rows))
        return decode_answers(raw, study.questionnaire, study.plan)

    return decoded


@given(rows=people)
def test_every_row_is_kept_or_rejected_once_with_a_reason(
    rows: list[dict], answers: Answers, study: Study
) -> None:
    decoded = answers(*rows)
    cleaned = clean(decoded, study)
    kept, lost = set(cleaned.responses["source_row"]), set(cleaned.rejected["source_row"])
    assert kept | lost == set(decoded["source_row"])
    assert not kept & lost
    assert len(cleaned.responses) + len(cleaned.rejected) == len(rows)
    assert set(cleaned.rejected["rule"]) <= set(RULES)
    assert cleaned.rejected["reason"].str.len().gt(0).all()

    steps = cleaned.attrition
    assert list(steps["rule"]) == list(RULES)
    assert (steps["rows_before"] - steps["rejected"] == steps["rows_after"]).all()
    assert steps["rows_before"].iloc[0] == len(rows)
    assert list(steps["rows_before"])[1:] == list(steps["rows_after"])[:-1]
    assert steps["rows_after"].iloc[-1] == len(cleaned.responses)


@given(rows=people)
def test_cleaning_twice_is_cleaning_once_and_changes_no_answer(
    rows: list[dict], answers: Answers, study: Study
) -> None:
    decoded = answers(*rows)
    once = clean(decoded, study)
    kept = decoded[decoded["source_row"].isin(once.responses["source_row"])].reset_index(drop=True)
    inside = kept[["token", "answered_share"]]  # for cleaning only, not in what is kept
    kept = kept.drop(columns=inside.columns)
    pd.testing.assert_frame_equal(once.responses[kept.columns], kept)
    assert len(once.changes) == 0

    twice = clean(pd.concat([once.responses, inside], axis=1), study)
    assert len(twice.rejected) == 0
    pd.testing.assert_frame_equal(twice.responses, once.responses)


# the core ratings: M1, M2, and D1 and D2 twice; HAPPY is in an optional section
@pytest.mark.parametrize(
    ("change", "share"),
    [
        ({}, 0.0),
        ({"M1": "1"}, 1 / 6),
        ({"M1": "9"}, 1 / 6),  # don't know is an answer
        ({"D1_current": "1"}, 1 / 6),
        ({"D1_current": "1", "D1_desired": "9"}, 2 / 6),
        ({"HAPPY": "1", "N": "3", "NEW": "1", "S1": "50", "WARM": "1"}, 0.0),
        (
            dict.fromkeys(
                ["M1", "view2", "D1_current", "D1_desired", "D2_current", "D2_desired"], "2"
            ),
            1.0,
        ),
    ],
)
def test_answered_share(answers: Answers, silent: Callable, change: dict, share: float) -> None:
    assert answers(silent(**change))["answered_share"].tolist() == pytest.approx([share])


def test_a_question_that_was_not_asked_does_not_count(
    read: Callable[..., RawAnswers], silent: Callable, small: Callable
) -> None:
    study = load_study("small", small(("- code: D\n", "- code: D\n        show: NEW == y\n")))
    raw = read(silent(M1="1", NEW="2"), silent(M1="1", NEW="1"), silent(NEW="2"))
    decoded = decode_answers(raw, study.questionnaire, study.plan)
    assert decoded["answered_share"].tolist() == pytest.approx([1 / 2, 1 / 6, 0])


def test_rows_are_rejected_by_the_first_rule_that_finds_them(
    answers: Answers, person: Callable, silent: Callable, study: Study
) -> None:
    most = person(D1_current="", D1_desired="", D2_current="")  # 3 of 6 answered
    cleaned = clean(answers(person(), silent(), silent(ORG="A1"), person(ORG=""), most), study)
    assert cleaned.rejected[["source_row", "rule", "reason"]].to_numpy().tolist() == [
        [3, "organisation", "no listed organisation (ORG)"],
        [4, "completeness", "0 % answered, 50 % needed"],
        [5, "organisation", "no listed organisation (ORG)"],
    ]
    steps = cleaned.attrition.set_index("rule")[["rows_before", "rejected", "rows_after"]]
    assert steps.loc["organisation"].tolist() == [5, 2, 3]
    assert steps.loc["completeness"].tolist() == [3, 1, 2]
    assert cleaned.responses["status"].tolist() == ["complete", "partial"]


@pytest.mark.parametrize(("partial", "kept"), [(0.0, 2), (0.5, 2), (0.51, 1), (1.0, 1)])
def test_the_thresholds_are_those_of_the_plan(
    read: Callable[..., RawAnswers],
    person: Callable,
    small: Callable,
    partial: float,
    kept: int,
) -> None:
    cleaning = f"seed: 7\ncleaning: {{partial: {partial}, complete: 1.0}}"
    study = load_study("small", small(("seed: 7", cleaning)))
    raw = read(person(), person(D1_current="", D1_desired="", D2_current=""))
    decoded = decode_answers(raw, study.questionnaire, study.plan)
    assert len(clean(decoded, study).responses) == kept
