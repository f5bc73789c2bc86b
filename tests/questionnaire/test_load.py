"""From a folder of text to a questionnaire: the form of each part, organisations, what comes out."""

# ruff: noqa: E501 - one case a line

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from unicodedata import category

import pytest

from pipeline.core.errors import ProblemsFound
from pipeline.study import Study, load_study, study_names

ROOT = Path(__file__).parents[2]
Found = Callable[..., list[tuple[str, str]]]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("minimum: -5, maximum: 5", "minimum: 5, maximum: -5", "'maximum' is below 'minimum'"),
        ("organisations: true", "organisations: true\n    options: [{code: a, text: {en: A}}]", "only missing options can stand"),
        ("needed: 2", "needed: 3", "partners: 'partners': 'needed' is 3, and the scale has 2"),
        ("needed: 2", "needed: 0", "partners: 'needed': input should be greater than or equal to 1"),
        ("    needed: 2\n", "", "'needed' is missing: how many must be answered for a score"),
        ("needed: 2", "needed: 2\n    at_least: 3", "'at_least' belongs to score: count"),
        ("needed: 2", "needed: 2\n    score: count", "'at_least' belongs to score: count"),
        ("needed: 2", "needed: 2\n    parts: [total]", "made of items or of parts, and not of both"),
        ("[D1, D2]", "[D1, D1]", "an item or part stands in the scale twice"),
        ("organisations: true", "options: []", "a choice set has options, or organisations: true"),
        ("        current: {en: Now}\n", "", "D: 'current' is missing"),
        ("code: S\n", "code: S\n        current: {en: Now}\n", "both a current and a desired heading"),
        ("code: NEW, kind", "code: NEW, raww: x, kind", "NEW: unknown key 'raww'; did you mean 'raw'?"),
        ("code: NEW, kind", "code: 7, kind", "7: 'code': input should be a valid string (found: '7')"),
        ("missing: refused", "missing: refuse", "yesno: 'missing': input should be 'dont_know', 'refused'"),
    ],
)  # fmt: skip
def test_the_form_of_each_part_is_checked(found: Found, old: str, new: str, message: str) -> None:
    assert any(message in said for _, said in found((old, new)))


@pytest.mark.parametrize(
    ("old", "new", "at", "message"),
    [
        (
            "code,name_en",
            "code,nam_en",
            "code,",
            "unknown column 'nam_en'; did you mean 'name_en'?",
        ),
        ("code,name_en", "code,nam_en", "code,", "the column 'name_en' is missing"),
        ("A1,Alfa", "B1,Alfa", "B1,Beta", "organisation B1: stands in the file twice"),
        ("A1,Alfa", "AGENCY,Alfa", "", "organisation AGENCY: a code has 1 to 5 letters and digits"),
        ("A1,Alfa", "A_1,Alfa", "", "organisation A_1: a code has 1 to 5 letters and digits"),
        ("A1,Alfa", "A1,", "", "organisation A1: the name in 'en' is empty"),
        (
            "B1,Beta,A1",
            "B1,Beta,A2",
            "",
            "organisation B1: unknown parent 'A2'; allowed: A1, B1, ZZ",
        ),
        ("ZZ,All other,", "ZZ", "", "has more or fewer cells than the header; is a quote missing?"),
    ],
)
def test_organisations_are_checked(found: Found, old: str, new: str, at: str, message: str) -> None:
    (line,) = (line for line, said in found((old, new)) if message in said)
    assert line.startswith(at or new)


def test_organisations_that_are_no_utf8_text(small: Callable[..., Path]) -> None:
    root = small()
    (root / "questionnaires/small/organisations.csv").write_bytes(
        "code,name_en\nA1,é\n".encode("latin-1")
    )
    with pytest.raises(ProblemsFound, match=r"organisations\.csv:1: not UTF-8 text"):
        load_study("small", root)


@pytest.mark.parametrize("study_name", study_names(ROOT))
def test_the_studies_here_have_no_problems(study_name: str) -> None:
    loaded = load_study(study_name, ROOT)
    assert loaded.name == loaded.questionnaire.study == study_name
    texts = [text for item in loaded.questionnaire.items.values() for text in item.text.values()]
    assert texts
    assert [text for text in texts if any(category(each) == "Cc" for each in text)] == []


def test_there_are_three_studies() -> None:
    assert study_names(ROOT) == ["fevs-2018", "psi-co", "tutorial"]


def test_an_item_may_have_a_name_of_its_own(small: Callable[..., Path]) -> None:
    edit = ("code: N, kind: count", "code: NUMBER, id: N, kind: count")
    item = load_study("small", small(edit)).questionnaire.items["N"]
    assert item.question == "NUMBER"


def test_items_columns_and_organisations_of_the_small_study(study: Study) -> None:
    asked = study.questionnaire
    assert list(asked.items) == [
        *("ORG", "NEW", "TOOLS", "N", "WARM", "WHY"),
        *("M1", "M2", "D1", "D2", "S1", "S2", "HAPPY"),
    ]  # fmt: skip
    assert asked.items["M2"].raw == "view2"
    assert asked.items["D1"].ratings == ("current", "desired")
    assert asked.items["S1"].ratings == ()
    assert not asked.items["HAPPY"].core
    assert asked.choices["agree"].missing_codes == {"9": "dont_know"}
    assert asked.choices["orgs"].valid_codes == ("A1", "B1", "ZZ")
    assert asked.items_of_scale("total") == ("M1", "M2")
    assert [each.parent for each in study.organisations] == ["", "A1", ""]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (("parts: [together]", "parts: [nope]"), "part 'nope' does not exist"),
        (("parts: [together]", "parts: [total]"), "it is a part of itself"),
        (("[M2]\n    needed: 1", "[M2]\n    needed: 9"), "'needed' is 9, and the scale has 2"),
    ],
)
def test_a_faulty_scale_of_scales_is_no_traceback(
    small: Callable[..., Path], edit: tuple[str, str], message: str
) -> None:
    with pytest.raises(ProblemsFound) as error:
        load_study("small", small(edit))
    assert message in str(error.value)


def test_the_plan_does_not_call_a_left_out_name_unknown(small: Callable[..., Path]) -> None:
    with pytest.raises(ProblemsFound) as error:
        load_study("small", small(("code: ORG, kind: single", "code: ORG, kind: singel")))
    assert [problem.message for problem in error.value.problems] == [
        "ORG: unknown kind 'singel'; did you mean 'single'?"
    ]


def test_problems_of_both_files_are_told_at_once(found: Found) -> None:
    told = found(("languages: [en]", "languages: []"))
    assert "'languages' is empty" in [message for _, message in told]


def test_the_name_of_the_study_is_pointed_to(small: Callable[..., Path], line_of: Callable) -> None:
    root = small(("study: small", "# a remark\nstudy: big"))
    with pytest.raises(ProblemsFound) as error:
        load_study("small", root)
    assert [line_of(each, root) for each in error.value.problems] == ["study: big"]


@pytest.mark.parametrize("row", ["A1,Alfa,,more", 'A1,"Alfa,'])
def test_a_shifted_row_of_organisations_is_refused(found: Found, row: str) -> None:
    assert found(("A1,Alfa,", row))


def test_a_very_long_cell_of_organisations_is_no_traceback(found: Found) -> None:
    found(("A1,Alfa,", f"A1,{'x' * 200_000},"))
