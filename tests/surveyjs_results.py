"""What a SurveyJS form returns for a sheet of answers, as its documentation describes results."""

from __future__ import annotations

from typing import Any

from random_studies import Sheet

from pipeline.questionnaire.columns import AnswerColumn, answer_columns
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.version import questionnaire_version

Result = dict[str, Any]


def result_of(questionnaire: Questionnaire, sheet: Sheet) -> Result:
    """Return the result object of someone who did what the sheet says, to the end.

    Nothing stands in it that was not answered; counts, numbers and shares are numbers; a grid is an object
    by row, and by cell where rows have several.
    """
    result: Result = {}
    for column in answer_columns(questionnaire):
        code = sheet.answers.get(column.name)
        if code is not None:
            _put(result, column, code)
    result |= _totals(questionnaire, sheet)
    return result | {
        "QVERSION": questionnaire_version(questionnaire),
        "QLANGUAGE": sheet.language,
        "id": sheet.respondent,
    }


def _put(result: Result, column: AnswerColumn, code: str) -> None:
    item = column.item
    if column.option:
        if code == "1":
            result.setdefault(item.question, []).append(column.option)
        return
    value = number(code) if item.kind in {"count", "number", "shares"} else code
    if item.kind == "matrix":
        result.setdefault(item.question, {})[item.id] = value
    elif item.kind in {"dual", "shares"}:
        cell = column.name.removeprefix(f"{item.id}_") if item.ratings else "share"
        result.setdefault(item.question, {}).setdefault(item.id, {})[cell] = value
    else:
        result[item.question] = value


def _totals(questionnaire: Questionnaire, sheet: Sheet) -> Result:
    """Return the totals that stand beside shares wherever these are shown, also when they are empty."""
    totals: dict[str, dict[str, float]] = {}
    for column in answer_columns(questionnaire):
        if column.item.kind == "shares" and column.name in sheet.answers:
            cell = (
                column.name.removeprefix(f"{column.item.id}_") if column.item.ratings else "share"
            )
            of_question = totals.setdefault(f"{column.item.question}-total", {})
            of_question[cell] = of_question.get(cell, 0) + number(sheet.answers[column.name] or "0")
    return totals


def number(code: str) -> float:
    """Return a number as JSON holds it."""
    return int(code) if code.lstrip("-").isdecimal() else float(code)
