"""Show conditions and checks as LimeSurvey's expressions: they hold exactly where psi-co's own do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from expression_manager import NoExpression, evaluate, variables
from hypothesis import given
from hypothesis import strategies as st
from limesurvey_emulator import Export, Lss, export, read_lss
from random_studies import (
    Sheet,
    questionnaires,
    random_questionnaire,
    random_sheets,
    sheets,
    shown_to,
)

from pipeline.instruments.limesurvey import to_limesurvey
from pipeline.instruments.limesurvey.expressions import plain_number, relevance
from pipeline.questionnaire.model import Questionnaire
from pipeline.study import Study, load_study

ROOT = Path(__file__).parents[2]
ENGINES = ("php", "js")


def lss_of(questionnaire: Questionnaire) -> Lss:
    files = to_limesurvey(questionnaire).files
    return read_lss(files[f"{questionnaire.study}.lss"])


def conditions(questionnaire: Questionnaire, lss: Lss) -> Iterator[tuple[str, str]]:
    """Yield every condition as declared, with the expression in its place in the file."""
    found = {question.code: question for question in lss.questions}
    for section, group in zip(questionnaire.sections, lss.groups, strict=True):
        yield section.show, group.relevance
        for question in section.questions:
            there = found[question.code]
            yield question.show, there.relevance
            for row, row_there in zip(getattr(question, "rows", ()), there.rows, strict=False):
                assert row_there.code == row.id
                yield row.show, row_there.relevance


def values(responses: Export, person: int) -> Mapping[str, str | None]:
    return {each.variable: responses.responses[person][each.code] for each in responses.columns}


def assert_hold_alike(questionnaire: Questionnaire, people: list[Sheet]) -> None:
    lss = lss_of(questionnaire)
    responses = export(lss, people, questionnaire)
    for show, expression in conditions(questionnaire, lss):
        for person, sheet in enumerate(people):
            expected = not show or shown_to(show, questionnaire, sheet)
            for engine in ENGINES:
                held = evaluate(expression, values(responses, person), engine)
                assert held == expected, (engine, show, expression, sheet)


@given(st.data())
def test_a_condition_holds_in_limesurvey_where_it_holds_here(data: st.DataObject) -> None:
    questionnaire = data.draw(questionnaires(hostile=False))
    assert_hold_alike(questionnaire, data.draw(sheets(questionnaire)))


def test_the_conditions_of_psi_co_hold_alike() -> None:
    questionnaire = load_study("psi-co", ROOT).questionnaire
    assert_hold_alike(questionnaire, random_sheets(questionnaire, 40, seed=8))


WRITTEN = {
    "NEW == y": "(NEW.NAOK == 'y')",
    "NEW != y": "(!is_empty(NEW.NAOK) and NEW.NAOK != 'y')",
    "NEW in [y, n]": "(NEW.NAOK == 'y' or NEW.NAOK == 'n')",
    "NEW not in [y]": "(!(NEW.NAOK == 'y'))",
    "not not NEW == y": "(!(!(NEW.NAOK == 'y')))",
    "'pen' in TOOLS": "(TOOLS_pen.NAOK == 'Y')",
    "N > 3": "(!is_empty(N.NAOK) and N.NAOK != '99' and N.NAOK > 3)",
    "N >= -2.5": "(!is_empty(N.NAOK) and N.NAOK != '99' and N.NAOK >= -2.5)",
    "M1 < 3 or NEW == n": (
        "((!is_empty(M_M1.NAOK) and M_M1.NAOK != '9' and M_M1.NAOK < 3) or (NEW.NAOK == 'n'))"
    ),
    "": "1",
}


@pytest.mark.parametrize(("show", "expression"), WRITTEN.items(), ids=list(WRITTEN))
def test_how_a_condition_is_written(study: Study, show: str, expression: str) -> None:
    assert relevance(show, study.questionnaire) == expression


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("show", ["N == 0", "N < 3", "N <= 0", "N >= 0", "N > -1", "N != 3"])
def test_an_empty_count_is_not_compared_though_the_engines_would(
    study: Study, show: str, engine: Any
) -> None:
    expression = relevance(show, study.questionnaire)
    assert not evaluate(expression, {"N": None}, engine)
    assert evaluate(relevance(f"not ({show})", study.questionnaire), {"N": ""}, engine)
    assert evaluate(expression, {"N": "0"}, engine)


@pytest.mark.parametrize(
    ("value", "allowed"),
    [("", True), ("0", True), ("50", True), ("99", True), ("51", False), ("-1", False), ("98", False)],
)  # fmt: skip
@pytest.mark.parametrize("engine", ENGINES)
def test_a_count_takes_its_bounds_and_its_missing_code(
    study: Study, value: str, allowed: bool, engine: Any
) -> None:
    question = next(each for each in lss_of(study.questionnaire).questions if each.code == "N")
    check = question.attributes["em_validation_q", ""]
    assert evaluate(check, {"N": value}, engine) == allowed
    tip = question.attributes["em_validation_q_tip", "en"]
    assert tip == "A number from 0 to 50, or 99 (Don't know)"


def twice_given_shares() -> Questionnaire:
    return next(
        each
        for each in (random_questionnaire(seed, hostile=False) for seed in range(200))
        if any(item.kind == "shares" and item.ratings for item in each.items.values())
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_shares_add_up_in_each_column_or_are_left_empty(engine: Any) -> None:
    question = next(q for q in lss_of(twice_given_shares()).questions if q.kind == ":")
    check = question.attributes["em_validation_q", ""]
    rows = [row.code for row in question.rows_of(0)]
    assert [row.code for row in question.rows_of(1)] == ["1", "2"]

    def holds(current: list[str], desired: list[str]) -> bool:
        cells = {
            f"{question.code}_{row}_{k}": (current, desired)[k - 1][position]
            for k in (1, 2)
            for position, row in enumerate(rows)
        }
        return evaluate(check, cells, engine)

    nothing = [""] * len(rows)
    whole = ["100", *["0"] * (len(rows) - 1)]
    partly = ["60", "40", *[""] * (len(rows) - 2)]
    assert holds(nothing, nothing)
    assert holds(whole, nothing)
    assert holds(whole, partly)
    assert not holds(["99", *whole[1:]], whole)
    assert not holds(whole, ["101", *whole[1:]])
    assert not holds(["59.5", "40.5", *[""] * (len(rows) - 2)], whole)


@given(st.data())
def test_no_answer_that_psi_co_accepts_is_refused_by_a_check(data: st.DataObject) -> None:
    questionnaire = data.draw(questionnaires(hostile=False))
    people = data.draw(sheets(questionnaire))
    lss = lss_of(questionnaire)
    responses = export(lss, people, questionnaire)
    for question in lss.questions:
        check = question.attributes.get(("em_validation_q", ""), "1")
        for person, sheet in enumerate(people):
            for engine in ENGINES:
                assert evaluate(check, values(responses, person), engine), (check, sheet)


def test_a_condition_names_earlier_questions_only() -> None:
    """LimeSurvey itself does not tell a reference to a later question."""
    for questionnaire in (
        load_study("psi-co", ROOT).questionnaire,
        *(random_questionnaire(seed, hostile=False) for seed in range(60)),
    ):
        lss = lss_of(questionnaire)
        columns = export(lss, [], questionnaire).columns
        before: set[str] = set()
        for group in lss.groups:
            assert set(variables(group.relevance)) <= before
            for question in group.questions:
                asked = [question.relevance, *(row.relevance for row in question.rows)]
                assert {name for each in asked for name in variables(each)} <= before
                before |= {each.variable for each in columns if each.question is question}


def test_numbers_are_written_without_an_exponent() -> None:
    found = [plain_number(value) for value in (0, -5, 2.5, 500, 1e7, 0.1)]
    assert found == ["0", "-5", "2.5", "500", "10000000", "0.1"]


def test_the_evaluator_knows_how_the_engines_differ() -> None:
    """Without quotes and guards, an empty answer equals 0 in the page and not on the server."""
    assert evaluate("N.NAOK == 0", {"N": ""}, "js")
    assert not evaluate("N.NAOK == 0", {"N": ""}, "php")
    assert evaluate("N.NAOK < 3", {"N": ""}, "js")
    assert not evaluate("N.NAOK < 3", {"N": ""}, "php")
    with pytest.raises(NoExpression):
        evaluate("!!(N.NAOK == '1')", {"N": ""}, "php")


def test_a_sheet_with_other_answers_is_told(study: Study) -> None:
    """The comparison above can fail: another answer, another outcome."""
    sheet = Sheet("1", "en", 3, submitted=True, answers={"NEW": "y"})
    lss = lss_of(study.questionnaire)
    held = []
    for each in (sheet, replace(sheet, answers={"NEW": "n"})):
        responses = export(lss, [each], study.questionnaire)
        held.append(evaluate("(NEW.NAOK == 'y')", values(responses, 0), "js"))
    assert held == [True, False]
