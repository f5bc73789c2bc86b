"""What each code means: values, and for every empty one the reason."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from pipeline.responses.decode import MISSING, decode_answers
from pipeline.responses.raw import RawAnswers
from pipeline.study import Study, load_study

Decode = Callable[..., pd.DataFrame]
Person = Callable[..., dict[str, str]]


@pytest.fixture
def decode(read: Callable[..., RawAnswers], study: Study) -> Decode:
    """Return a function that reads and decodes rows."""
    return lambda *rows: decode_answers(read(*rows), study.questionnaire, study.plan)


NONE = None
CASES = [
    # column of the file, what it holds, column of the answers, value, why it is empty
    ("M1", "3", "M1", 3, NONE),
    ("M1", "9", "M1", NONE, "dont_know"),
    ("M1", "", "M1", NONE, "empty"),
    ("view2", "1", "M2", 1, NONE),
    ("NEW", "1", "NEW", "y", NONE),
    ("NEW", "8", "NEW", NONE, "refused"),
    ("NEW", "7", "NEW", NONE, "unseen"),
    ("NEW", "", "NEW", NONE, "empty"),
    ("D1_current", "2", "D1_current", 2, NONE),
    ("D1_desired", "9", "D1_desired", NONE, "dont_know"),
    ("D1_desired", "", "D1_desired", NONE, "empty"),
    ("N", "0", "N", 0, NONE),
    ("N", "99", "N", NONE, "dont_know"),
    ("N", "", "N", NONE, "empty"),
    ("WARM", "-2.5", "WARM", -2.5, NONE),
    ("WARM", "", "WARM", NONE, "empty"),
    ("S1", "30", "S1", 30.0, NONE),
    ("S1", "", "S1", NONE, "empty"),
    ("WHY", "because", "WHY", "because", NONE),
    ("WHY", "", "WHY", NONE, "empty"),
    ("ORG", "ZZ", "ORG", "ZZ", NONE),
    ("ORG", "", "ORG", NONE, "empty"),
    ("HAPPY", "9", "HAPPY", NONE, "dont_know"),
]


@pytest.mark.parametrize(("column", "held", "answer", "value", "reason"), CASES)
def test_a_code_becomes_a_value_or_a_reason(
    decode: Decode, person: Person, column: str, held: str, answer: str, value: object, reason: str
) -> None:
    row = decode(person(**{column: held})).iloc[0]
    assert (None if pd.isna(row[answer]) else row[answer]) == value
    why = row[f"{answer}_missing"]
    assert (None if pd.isna(why) else why) == reason


def test_every_answer_has_a_value_or_a_reason(
    decode: Decode, person: Person, silent: Person
) -> None:
    answers = decode(person(), silent(), person(NEW="8", TOOLS_pen="", M1="9"))
    for column in ("M1", "NEW", "D1_current", "N", "WARM", "S1", "WHY", "ORG"):
        assert (answers[column].isna() == answers[f"{column}_missing"].notna()).all()


@pytest.mark.parametrize(
    ("given", "answers", "reason"),
    [
        (("1", "0", "0"), [True, False, False], None),
        (("0", "0", "0"), [False, False, False], None),  # seen, and nothing ticked
        (("", "", "1"), [None, None, True], None),
        (("", "", ""), [None, None, None], "empty"),
    ],
)
def test_the_options_of_a_multiple_choice_share_one_reason(
    decode: Decode, person: Person, given: tuple, answers: list, reason: str | None
) -> None:
    names = ["TOOLS_pen", "TOOLS_app", "TOOLS_none"]
    row = decode(person(**dict(zip(names, given, strict=True)))).iloc[0]
    assert [None if pd.isna(row[name]) else bool(row[name]) for name in names] == answers
    assert (None if pd.isna(row["TOOLS_missing"]) else row["TOOLS_missing"]) == reason


@pytest.mark.parametrize(
    ("change", "count", "why"),
    [
        ({"NEW": "2", "N": ""}, "unseen", "unseen"),  # N asks for NEW == y
        ({"NEW": "", "N": ""}, "unseen", "unseen"),
        ({"NEW": "8", "N": ""}, "unseen", "unseen"),
        ({"NEW": "1", "N": ""}, "empty", "unseen"),  # WHY asks for N > 3
        ({"N": "99", "WHY": ""}, "dont_know", "unseen"),  # don't know is never above 3
        ({"N": "3", "WHY": ""}, None, "unseen"),
        ({"TOOLS_pen": "0", "WHY": ""}, None, "unseen"),
        ({"WHY": ""}, None, "empty"),
    ],
)
def test_a_question_whose_condition_fails_is_unseen(
    decode: Decode, person: Person, change: dict, count: str | None, why: str
) -> None:
    row = decode(person(**({"WHY": ""} | change))).iloc[0]
    assert (None if pd.isna(row["N_missing"]) else row["N_missing"]) == count
    assert row["WHY_missing"] == why


def test_types_and_the_columns_of_every_study(decode: Decode, person: Person) -> None:
    answers = decode(person(id="a", w="0.5", ORG="B1"))
    every = ["source_file", "source_row", "respondent", "organisation", "language", "weight"]
    assert answers.loc[0, every].tolist() == ["", 2, "a", "B1", "en", 0.5]
    types = answers.dtypes.astype(str)
    assert types[["M1", "N", "WARM", "S1", "TOOLS_pen", "WHY"]].tolist() == [
        *("Int32", "Int64", "Float64", "Float64", "boolean", "str")
    ]
    assert types["NEW"] == types["M1_missing"] == "category"
    assert list(answers["M1_missing"].cat.categories) == list(MISSING)


# ------------------------------------------------------------------------------------ known bugs


def test_a_missing_code_is_no_category(decode: Decode, person: Person) -> None:
    answers = decode(person(), person(NEW="8"))
    assert list(answers["NEW"].cat.categories) == ["y", "n"]


@pytest.mark.parametrize(("item", "same"), [("WARM", ["4.0", "4e0", "+4"]), ("N", ["04", "+4"])])
def test_numbers_are_compared_as_numbers(
    read: Callable[..., RawAnswers],
    person: Person,
    small: Callable,
    item: str,
    same: list[str],
) -> None:
    study = load_study("small", small(("'pen' in TOOLS and N > 3", f"{item} == 4")))
    raw = read(*[person(**{item: text, "WHY": ""}) for text in same])
    answers = decode_answers(raw, study.questionnaire, study.plan)
    assert answers["WHY_missing"].tolist() == ["empty"] * len(same)


def test_a_large_count_is_kept_or_refused(
    person: Person, small: Callable, text_of: Callable, tmp_path: object
) -> None:
    from pipeline.responses.readers.plain_csv import read_plain_csv

    study = load_study("small", small(("maximum: 50, choices: unknown, ", "")))
    path = study.paths.root / "answers.csv"
    path.write_text(text_of(person(N="3000000000")))
    raw = read_plain_csv(path, "answers.csv", study.questionnaire, study.plan.responses)
    assert decode_answers(raw, study.questionnaire, study.plan)["N"].tolist() == [3_000_000_000]


def test_a_missing_code_may_stand_first_or_between(
    read: Callable[..., RawAnswers], person: Person, small: Callable
) -> None:
    options = "      - {code: 9, text: {en: Don't know}, missing: dont_know}\n"
    first = "      - {code: 1, text: {en: Disagree}}\n"
    study = load_study("small", small((options, ""), (first, options + first)))
    raw = read(person(M1="1"), person(M1="3"), person(M1="9"))
    answers = decode_answers(raw, study.questionnaire, study.plan)
    assert answers["M1"].fillna(0).tolist() == [1, 3, 0]
