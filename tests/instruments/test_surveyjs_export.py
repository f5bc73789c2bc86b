"""The SurveyJS form: its JSON, and what the form library itself makes of it where node has survey-core.

For the latter, `npm install --no-save survey-core` in the root of the repository, or name its folder in
NODE_PATH.
"""

from __future__ import annotations

import html
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from random_studies import Sheet, questionnaires, random_questionnaire, random_sheets
from surveyjs_results import result_of

from pipeline.core.errors import UserError
from pipeline.instruments import EXPORTERS
from pipeline.instruments.surveyjs import to_surveyjs
from pipeline.questionnaire.columns import answer_columns
from pipeline.questionnaire.load import load_questionnaire
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.surveyjs_names import item_place
from pipeline.questionnaire.version import questionnaire_version
from pipeline.study import Study, load_study

ROOT = Path(__file__).parents[2]
DRIVER = Path(__file__).with_name("surveyjs_driver.js")
Result = dict[str, Any]
Sheets = list[Result]
Run = Callable[..., list[dict[str, Any]]]


def form_of(questionnaire: Questionnaire) -> dict[str, Any]:
    (content,) = to_surveyjs(questionnaire).files.values()
    return json.loads(content)


def elements_of(form: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for page in form["pages"] for each in page["elements"]}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a function that lets survey-core fill in a form; skip where node or survey-core is absent."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is absent")
    found = subprocess.run(
        [node, "-e", "require.resolve('survey-core')"], cwd=ROOT, capture_output=True
    )
    if found.returncode:
        pytest.skip("the npm package survey-core is absent")

    def fill(*jobs: tuple[Questionnaire, Sheets]) -> list[dict[str, Any]]:
        path = tmp_path / "jobs.json"
        plain = [{"form": form_of(asked), "sheets": sheets} for asked, sheets in jobs]
        path.write_text(json.dumps(plain), encoding="utf-8")
        script = DRIVER.read_text(encoding="utf-8")
        done = subprocess.run(
            [node, "-", str(path)], cwd=ROOT, input=script, capture_output=True, encoding="utf-8"
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return fill


def without_totals(result: dict[str, Any]) -> dict[str, Any]:
    return {key: each for key, each in result.items() if not key.endswith("-total")}


def typed(result: dict[str, Any]) -> dict[str, Any]:
    """Return what a respondent fills in, without what the form or its service adds."""
    added = {"QVERSION", "QLANGUAGE", "id"}
    return {key: each for key, each in without_totals(result).items() if key not in added}


def shown_in(questionnaire: Questionnaire, sheet: Sheet) -> set[str]:
    columns = [each for each in answer_columns(questionnaire) if each.name in sheet.answers]
    return {".".join(item_place(column.item)) for column in columns}


def test_the_library_shows_and_returns_what_it_should(run: Run) -> None:
    asked = [random_questionnaire(seed) for seed in range(8)]
    people = [
        [sheet for sheet in random_sheets(each, 8, seed) if sheet.submitted]
        for seed, each in enumerate(asked)
    ]
    jobs = [
        (q, [{"language": s.language, "values": typed(result_of(q, s))} for s in sheets])
        for q, sheets in zip(asked, people, strict=True)
    ]
    for q, sheets, made in zip(asked, people, run(*jobs), strict=True):
        assert made["told"] == []
        for sheet, filled in zip(sheets, made["filled"], strict=True):
            assert filled["insisted"] == []
            assert set(filled["shown"]) - displays(q) == shown_in(q, sheet)
            assert_returned(filled["data"], without_totals(result_of(q, sheet)))


def displays(questionnaire: Questionnaire) -> set[str]:
    questions = [question for section in questionnaire.sections for question in section.questions]
    return {"WELCOME_TEXT"} | {each.code for each in questions if each.kind == "display"}


def assert_returned(data: dict[str, Any], expected: dict[str, Any]) -> None:
    added = (
        {} if typed(expected) else {"QLANGUAGE": expected["QLANGUAGE"]}
    )  # that of the last answer
    assert without_totals(data) | added == {k: v for k, v in expected.items() if k != "id"}


def test_the_library_shows_texts_as_they_stand(run: Run) -> None:
    asked = [random_questionnaire(seed) for seed in range(15)]
    jobs = [(q, [{"language": each, "values": {}} for each in q.languages]) for q in asked]
    for q, made in zip(asked, run(*jobs), strict=True):
        for language, rendered in made["titles"].items():
            shown = dict(rendered)
            for question in (each for section in q.sections for each in section.questions):
                assert_as_it_stands(question, language, shown[question.code])


def assert_as_it_stands(question: Any, language: str, shown: str) -> None:
    if question.kind != "display":
        assert shown.replace("\u2060", "") == question.text[language]
        return
    lines = html.unescape(shown.replace("</p><p>", "\n")[3:-4]).split("\n")
    both = [question.text[language], *([question.help[language]] if question.help else [])]
    assert lines == [line for text in both for line in text.split("\n") if line.strip()]


def test_the_library_takes_every_study(run: Run) -> None:
    asked = [load_study(name, ROOT).questionnaire for name in ("psi-co", "tutorial", "fevs-2018")]
    jobs = [(q, [{"language": each, "values": {}} for each in q.languages]) for q in asked]
    assert [made["told"] for made in run(*jobs)] == [[], [], []]


INSISTS = [
    ({"N": 51, "NEW": "y"}, ["Enter a number from 0 to 50."]),
    ({"N": -1, "NEW": "y"}, ["Enter a number from 0 to 50."]),
    ({"N": 2.5, "NEW": "y"}, ["Enter a whole number, in digits."]),
    ({"N": 99, "NEW": "y"}, []),
    ({"N": 50, "NEW": "y"}, []),
    ({"WARM": -5.5}, ["Enter a number from -5 to 5."]),
    ({"WARM": 4.5}, []),
    ({"TOOLS": ["none"]}, []),
    ({"TOOLS": ["pen", "app"]}, []),
    ({"S": {"S1": {"share": 30}, "S2": {"share": 60}}}, ["The numbers must add up to 100."]),
    ({"S": {"S1": {"share": 33.3}, "S2": {"share": 66.7}}}, []),
    ({"S": {"S1": {"share": 100}}}, []),
    ({}, []),
]


def test_the_library_insists_on_what_it_should(run: Run, study: Study) -> None:
    sheets = [{"language": "en", "values": values} for values, _ in INSISTS]
    (made,) = run((study.questionnaire, sheets))
    for (values, insists), filled in zip(INSISTS, made["filled"], strict=True):
        assert filled["insisted"] == insists, values


def test_the_library_unticks_what_an_exclusive_answer_excludes(run: Run, study: Study) -> None:
    values = {"TOOLS": ["pen", "none"]}
    (made,) = run((study.questionnaire, [{"language": "en", "values": values}]))
    assert len(made["filled"][0]["data"]["TOOLS"]) == 1


def test_the_library_insists_on_required_questions(run: Run, study: Study) -> None:
    (made,) = run((requiring(study.questionnaire), [{"language": "en", "values": {}}]))
    assert (
        len(made["filled"][0]["insisted"]) == 4
    )  # ORG, NEW, TOOLS and WARM; the others are hidden


SECOND_THOUGHTS = """\
study: thoughts
languages: [en]
title: {en: Thoughts}
choices:
  yesno:
    options: [{code: y, text: {en: Y}}, {code: n, text: {en: N}}]
sections:
  - id: one
    title: {en: One}
    questions:
      - {code: A, kind: single, choices: yesno, text: {en: A}}
  - id: two
    title: {en: Two}
    show: A == y
    questions:
      - {code: B, kind: single, choices: yesno, text: {en: B}}
      - code: M
        kind: matrix
        choices: yesno
        text: {en: M}
        rows: [{id: R, show: B == y, text: {en: R}}]
  - id: three
    title: {en: Three}
    questions:
      - {code: AFTERB, kind: display, show: B == y, text: {en: x}}
      - {code: AFTERR, kind: display, show: R == y, text: {en: x}}
"""
ALL_YES = {"A": "y", "B": "y", "M": {"R": "y"}}


@pytest.mark.parametrize(
    ("change", "shown", "returned"),
    [
        ({}, ["A", "B", "M.R", "AFTERB", "AFTERR"], ALL_YES),
        ({"B": "n"}, ["A", "B"], {"A": "y", "B": "n"}),
        ({"A": "n"}, ["A"], {"A": "n"}),
    ],
)
def test_the_library_forgets_what_is_hidden_again(
    run: Run, tmp_path: Path, change: Result, shown: list[str], returned: Result
) -> None:
    folder = tmp_path / "thoughts"
    folder.mkdir()
    (folder / "questionnaire.yaml").write_text(SECOND_THOUGHTS)
    loaded = load_questionnaire(folder, "thoughts")
    assert loaded.questionnaire is not None
    assert loaded.problems == []
    sheet = {"language": "en", "before": ALL_YES, "values": ALL_YES | change}
    (made,) = run((loaded.questionnaire, [sheet]))
    assert made["filled"][0]["shown"] == shown
    assert typed(made["filled"][0]["data"]) == returned


def requiring(questionnaire: Questionnaire) -> Questionnaire:
    sections = tuple(
        section.model_copy(
            update={
                "questions": tuple(
                    question.model_copy(update={"required": True}) for question in section.questions
                )
            }
        )
        for section in questionnaire.sections
    )
    copy = questionnaire.model_copy(update={"sections": sections})
    copy.__dict__.pop("items", None)
    return copy


# --------------------------------------------------------------------------------- without the library


def test_every_kind_has_its_element(study: Study) -> None:
    made = elements_of(form_of(study.questionnaire))
    assert {name: element["type"] for name, element in made.items()} == {
        "ORG": "radiogroup",
        "NEW": "radiogroup",
        "TOOLS": "checkbox",
        "N": "text",
        "WARM": "text",
        "WHY": "text",
        "M": "matrix",
        "D": "matrixdropdown",
        "S": "matrixdropdown",
        "HAPPY": "radiogroup",
    }
    assert [each["value"] for each in made["NEW"]["choices"]] == ["y", "n", "r"]
    assert made["TOOLS"]["choices"][2]["isExclusive"] is True
    assert made["N"]["visibleIf"] == "({NEW} = 'y')"
    assert made["WHY"]["visibleIf"] == (
        "(({TOOLS} contains 'pen') and ({N} notempty and !({N} anyof [99]) and {N} > 3))"
    )


def test_required_is_written_for_every_kind(study: Study) -> None:
    made = elements_of(form_of(requiring(study.questionnaire)))
    assert all(element["isRequired"] for element in made.values())
    assert made["M"]["eachRowRequired"] is True
    assert all(column["isRequired"] for name in "DS" for column in made[name]["columns"])


def test_long_lists_fold_out() -> None:
    made = elements_of(form_of(load_study("psi-co", ROOT).questionnaire))
    assert made["ORG"]["type"] == "dropdown"
    assert len(made["ORG"]["choices"]) == 48


def test_results_will_carry_version_and_language(study: Study) -> None:
    values = {each["name"]: each for each in form_of(study.questionnaire)["calculatedValues"]}
    version = questionnaire_version(study.questionnaire)
    assert values["QVERSION"]["expression"] == f"'{version}'"
    assert values["QLANGUAGE"]["expression"] == "{locale}"
    assert all(each["includeIntoResult"] for each in values.values())


@given(questionnaires())
def test_every_text_stands_in_every_language(questionnaire: Questionnaire) -> None:
    form = form_of(questionnaire)
    made = elements_of(form)
    for section in questionnaire.sections:
        for question in section.questions:
            if question.kind == "display":
                continue
            element = made[question.code]
            assert spoken(element["title"], questionnaire) == dict(question.text)
            rows = {row["value"]: row["text"] for row in element.get("rows", [])}
            for row in getattr(question, "rows", ()):
                assert spoken(rows[row.id], questionnaire) == dict(row.text)


def spoken(text: dict[str, str], questionnaire: Questionnaire) -> dict[str, str]:
    """Return what SurveyJS shows in each language: the default where a language is not named."""
    shown = {code: text.get(code, text["default"]) for code in questionnaire.languages}
    return {code: each.replace("\u2060", "") for code, each in shown.items()}


@given(questionnaires())
def test_no_text_is_live(questionnaire: Questionnaire) -> None:
    for value in strings(form_of(questionnaire), ()):
        place, text = value
        if place[-2:-1] == ("html",) or "completedHtml" in place:
            assert not set("{") & set(text)
            assert "<" not in text.replace("<p>", "").replace("</p>", "")
        elif place[-1] in {"visibleIf", "expression"}:
            assert "\n" not in text
        else:
            assert "{" not in text.replace("{\u2060", "")


def strings(value: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, str):
        yield place, value
    children = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, child in children:
        yield from strings(child, (*place, str(key)))


def test_codes_that_it_takes_for_the_same_are_refused(study: Study) -> None:
    agree = study.questionnaire.choices["agree"]
    twin = agree.options[0].model_copy(update={"code": "01"})
    loose = agree.model_copy(update={"options": (*agree.options, twin)})
    choices = {**study.questionnaire.choices, "agree": loose}
    with pytest.raises(UserError, match="takes the codes '1' and '01' for the same"):
        to_surveyjs(study.questionnaire.model_copy(update={"choices": choices}))


def test_a_question_with_the_name_of_something_else_is_refused(study: Study) -> None:
    more = study.questionnaire.sections[2]
    (happy,) = more.questions
    named = more.model_copy(update={"questions": (happy.model_copy(update={"code": "PageNo"}),)})
    sections = (*study.questionnaire.sections[:2], named)
    copy = study.questionnaire.model_copy(update={"sections": sections})
    with pytest.raises(
        UserError, match="the question 'PageNo' has a name that means something else"
    ):
        to_surveyjs(copy)


def test_what_is_not_carried_is_said(study: Study) -> None:
    told = " ".join(to_surveyjs(study.questionnaire).not_carried)
    assert "which pages were reached" in told
    assert "those of yesno" in told
    braced = study.questionnaire.model_copy(update={"title": {"en": "{x}"}})
    assert "An invisible character stands after each {" in " ".join(to_surveyjs(braced).not_carried)
    assert "An invisible character" not in told


def test_it_is_registered() -> None:
    assert EXPORTERS["surveyjs"] is to_surveyjs
