"""Show conditions and validation of a form, evaluated by libxml2 on what a respondent filled in."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_studies import Sheet, random_questionnaire, random_sheets, shown_to
from xlsform_emulator import Played, form_fields, value_of

from pipeline.instruments.xlsform import to_xlsform
from pipeline.questionnaire.columns import item_columns
from pipeline.questionnaire.model import Questionnaire


def played(questionnaire: Questionnaire) -> tuple[Played, bytes]:
    (content,) = to_xlsform(questionnaire).files.values()
    return Played(content), content


def assert_shown_as_declared(questionnaire: Questionnaire, people: list[Sheet]) -> None:
    form, content = played(questionnaire)
    fields = form_fields(content)
    for sheet in people:
        form.fill({field.name: value_of(field, sheet) for field in fields})
        for item in questionnaire.items.values():
            meant = all(shown_to(show, questionnaire, sheet) for show in item.shows)
            for column in item_columns(item):
                assert form.is_shown(column.xlsform_field) == meant, (column.name, item.shows)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_a_field_is_relevant_where_its_conditions_hold(seed: int) -> None:
    questionnaire = random_questionnaire(seed)
    assert_shown_as_declared(questionnaire, random_sheets(questionnaire, 8, seed))


def test_every_condition_of_psi_co_holds_for_the_same_people(psi_co: Questionnaire) -> None:
    assert_shown_as_declared(psi_co, random_sheets(psi_co, 12, 3))


LEAVES = [
    *(
        f"{item} {sign} {code}"
        for item in ("R", "K")
        for sign in ("==", "!=")
        for code in ("1", "9")
    ),
    *(f"R {sign} 2" for sign in ("<", "<=", ">", ">=")),
    *(f"N {sign} {value}" for sign in ("==", "!=", "<", ">=") for value in ("3", "99", "2.5")),
    *("N in [3, 99]", "N not in [3, 99]", "N in ['99']", "N == '99.0'", "N != '99.0'"),
    *("R in [1, 9]", "R not in [1, 9]", "'x' in T", "'x' not in T"),
]
GIVEN: dict[str, list[str | None]] = {
    "R": [None, "1", "2", "3", "9"],
    "K": [None, "1", "9", "b"],
    "N": [None, "0", "2", "3", "50", "99"],
    "T_x": [None, "0", "1"],
}


def asking(shows: list[str]) -> Questionnaire:
    """Return a questionnaire with one question a condition, about four questions before."""

    def text(of: str) -> dict[str, str]:
        return {"en": of}

    def options(codes: str, missing: str) -> dict[str, Any]:
        return {
            "options": tuple(
                {"code": c, "text": text(c), "missing": "dont_know" if c == missing else None}
                for c in codes.split()
            )
        }

    asked: list[dict[str, Any]] = [
        {"code": "R", "kind": "single", "choices": "r", "text": text("R")},
        {"code": "K", "kind": "single", "choices": "k", "text": text("K")},
        {"code": "N", "kind": "count", "choices": "n", "maximum": 50, "text": text("N")},
        {"code": "T", "kind": "multiple", "choices": "t", "text": text("T")},
    ]
    asked += [
        {"code": f"S{k}", "kind": "short_text", "show": show, "text": text("S")}
        for k, show in enumerate(shows)
    ]
    return Questionnaire.model_validate(
        {
            "study": "asking",
            "languages": ("en",),
            "title": text("Asking"),
            "choices": {
                "r": options("1 2 3 9", "9"),
                "k": options("1 9 b", ""),
                "n": options("99", "99"),
                "t": options("x y", ""),
            },
            "sections": ({"id": "one", "title": text("One"), "questions": tuple(asked)},),
        }
    )


def test_each_comparison_is_two_valued_for_every_answer() -> None:
    drawn = random.Random(5)
    shows = [*LEAVES, *(f"not ({leaf})" for leaf in LEAVES)]
    shows += [
        f"({a}) and not ({b}) or {c}" for a, b, c in (drawn.sample(LEAVES, 3) for _ in range(30))
    ]
    questionnaire = asking(shows)
    people = []
    for n in GIVEN["N"]:
        for _ in range(12):
            answers = {name: drawn.choice(codes) for name, codes in GIVEN.items()} | {"N": n}
            ticks = answers["T_x"]
            answers["T_y"] = ticks if ticks is None else drawn.choice(["0", "1"])
            people.append(Sheet("r", "en", 1, True, answers))
    form, content = played(questionnaire)
    fields = form_fields(content)
    for sheet in people:
        form.fill({field.name: value_of(field, sheet) for field in fields})
        for k, show in enumerate(shows):
            meant = shown_to(show, questionnaire, sheet)
            assert form.is_shown(f"S{k}") == meant, (show, sheet.answers)


# ---------------------------------------------------------------------------------------- validation

SHARES = ("FACMIS_current", "FACENH_current", "FACADA_current", "FACANT_current")


@pytest.fixture(scope="module")
def psi_co_form(psi_co: Questionnaire) -> Played:
    return played(psi_co)[0]


@pytest.mark.parametrize(
    ("given", "accepted", "shown"),
    [
        (("25", "25", "25", "25"), True, False),
        (("100", "0", "0", "0"), True, False),
        (("33.3", "33.3", "33.4", "0"), True, False),
        (("0.1", "0.2", "99.7", "0"), True, False),
        (("", "", "", ""), True, False),
        (("40", "60", "", ""), True, False),
        (("40", "", "", "60"), True, False),
        (("25", "25", "25", "15"), False, True),
        (("25", "25", "25", "35"), False, True),
        (
            ("40", "50", "", ""),
            True,
            True,
        ),  # every field for itself is right: the note stands in the way
        (("40", "70", "", ""), True, True),
        (("40", "", "", "50"), True, True),
        (("40", "", "", "70"), False, True),
        (("40", "", "", "60.5"), False, True),
        (("", "", "", "99"), True, True),
    ],
)
def test_shares_make_100_or_are_left_empty(
    psi_co_form: Played, given: tuple[str, ...], accepted: bool, shown: bool
) -> None:
    psi_co_form.fill({"CONSENT": "1", **dict(zip(SHARES, given, strict=True))})
    assert all(map(psi_co_form.accepts, SHARES)) == accepted
    assert psi_co_form.is_shown("sum_FACETS_current") == shown
    assert not psi_co_form.is_shown("sum_FACETS_desired")
    note = psi_co_form.binds[psi_co_form.paths["sum_FACETS_current"]]
    assert note.get("required") == "true()"


@pytest.mark.parametrize("share", ["-1", "101"])
def test_a_share_lies_between_0_and_100(psi_co_form: Played, share: str) -> None:
    psi_co_form.fill({"FACMIS_current": share})
    assert not psi_co_form.accepts("FACMIS_current")


@pytest.mark.parametrize(
    ("number", "accepted"),
    [("0", True), ("50", True), ("99", True), ("51", False), ("-1", False), ("98", False)],
)
def test_a_count_lies_within_its_bounds_or_is_a_missing_code(
    psi_co_form: Played, number: str, accepted: bool
) -> None:
    psi_co_form.fill({"INNIDEA": number})
    assert psi_co_form.accepts("INNIDEA") == accepted


def test_an_exclusive_option_stands_alone() -> None:
    form, _ = played(one_of_each())
    for ticked, accepted in {"x": True, "x y2": True, "none": True, "x none": False}.items():
        form.fill({"TOOLS": ticked})
        assert form.accepts("TOOLS") == accepted, ticked


def test_texts_have_a_greatest_length() -> None:
    form, _ = played(one_of_each())
    for length, accepted in {10: True, 11: False}.items():
        form.fill({"WHY": "é" * length})
        assert form.accepts("WHY") == accepted


def test_a_number_without_a_highest_has_a_lowest() -> None:
    form, _ = played(one_of_each())
    for number, accepted in {"-2.5": True, "-2.6": False, "1000000": True}.items():
        form.fill({"WARM": number})
        assert form.accepts("WARM") == accepted, number


def one_of_each() -> Questionnaire:
    def text(of: str) -> dict[str, str]:
        return {"en": of}

    options = (
        {"code": "x", "text": text("X")},
        {"code": "y2", "text": text("Y")},
        {"code": "none", "text": text("None"), "exclusive": True},
    )
    questions = (
        {"code": "TOOLS", "kind": "multiple", "choices": "tools", "text": text("Tools")},
        {"code": "WHY", "kind": "short_text", "max_length": 10, "text": text("Why")},
        {"code": "WARM", "kind": "number", "minimum": -2.5, "text": text("Warm")},
    )
    return Questionnaire.model_validate(
        {
            "study": "each",
            "languages": ("en",),
            "title": text("Each"),
            "choices": {"tools": {"options": options}},
            "sections": ({"id": "one", "title": text("One"), "questions": questions},),
        }
    )
