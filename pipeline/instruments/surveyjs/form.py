"""The form itself: pages, questions, texts by locale, show conditions and checks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pipeline.instruments.surveyjs.expressions import (
    any_of,
    as_number,
    condition_expression,
    exclusive_checks,
    number_checks,
    shares_check,
)
from pipeline.instruments.surveyjs.texts import DEFAULT, as_html, message, plain
from pipeline.questionnaire.columns import item_columns
from pipeline.questionnaire.model import Item, Option, Question, Questionnaire, Section
from pipeline.questionnaire.surveyjs_names import LANGUAGE_KEY, surveyjs_place
from pipeline.questionnaire.version import VERSION_COLUMN, questionnaire_version

Element = dict[str, Any]
MOST_BUTTONS = 12  # beyond these, answers are chosen from a list that folds out


def form(questionnaire: Questionnaire) -> Element:
    """Return a SurveyJS form as plain values, a page a section.

    Its results carry the version of the questionnaire and the language of the interview.
    """
    base = questionnaire.languages[0]
    welcome, thanks = questionnaire.texts.get("welcome"), questionnaire.texts.get("thanks")
    start = {"name": "welcome", "elements": [_html("WELCOME_TEXT", welcome)]} if welcome else None
    return _without_none(
        {
            "title": plain(questionnaire.title),
            "locale": None if base == DEFAULT else base,
            "completedHtml": as_html(thanks) if thanks else None,
            "clearInvisibleValues": "onHiddenContainer",
            "checkErrorsMode": "onNextPage",
            "showQuestionNumbers": "off",
            "showProgressBar": True,
            "firstPageIsStartPage": True if start else None,
            "calculatedValues": [
                _calculated(VERSION_COLUMN, f"'{questionnaire_version(questionnaire)}'"),
                _calculated(LANGUAGE_KEY, "{locale}"),
            ],
            "pages": [
                *([start] if start else []),
                *(_page(section, questionnaire) for section in questionnaire.sections),
            ],
        }
    )


def _without_none(element: Element) -> Element:
    return {key: value for key, value in element.items() if value is not None}


def _calculated(name: str, expression: str) -> Element:
    return {"name": name, "expression": expression, "includeIntoResult": True}


def _html(name: str, *texts: Any) -> Element:
    return {"type": "html", "name": name, "html": as_html(*(text for text in texts if text))}


def _page(section: Section, questionnaire: Questionnaire) -> Element:
    return _without_none(
        {
            "name": f"page_{section.id}",
            "title": plain(section.title),
            "description": plain(section.intro) if section.intro else None,
            "visibleIf": _shown_if([section.show], questionnaire),
            "elements": [_element(question, questionnaire) for question in section.questions],
        }
    )


def _shown_if(shows: Sequence[str], questionnaire: Questionnaire) -> str | None:
    """Return the expression of conditions that must all hold; None where there are none."""
    expressions = [condition_expression(show, questionnaire) for show in shows if show]
    return " and ".join(f"({each})" for each in expressions) or None


def _element(question: Question, questionnaire: Questionnaire) -> Element:
    """Return a question; one whose rows all have conditions is shown where a row is."""
    every = questionnaire.items.values()
    items = [item for item in every if item.question == question.code]
    row_shows = [row.show for row in getattr(question, "rows", ())]
    shown_if = _shown_if([question.show], questionnaire)
    if row_shows and all(row_shows):
        a_row = any_of(condition_expression(show, questionnaire) for show in row_shows)
        shown_if = f"({shown_if}) and ({a_row})" if shown_if else a_row
    if question.kind == "display":
        element = _html(question.code, question.text, question.help)
    else:
        element = {
            "type": "",
            "name": question.code,
            "title": plain(question.text),
            "description": plain(question.help) if question.help else None,
            "isRequired": True if question.required else None,
        } | _KINDS[question.kind](question, items, questionnaire)
    return _without_none(element | {"visibleIf": shown_if})


def _single(question: Any, items: Sequence[Item], questionnaire: Questionnaire) -> Element:
    options = _options(items[0])
    if len(options) > MOST_BUTTONS:
        return {"type": "dropdown", "choices": options}
    return {"type": "radiogroup", "showClearButton": True, "choices": options}


def _multiple(question: Any, items: Sequence[Item], questionnaire: Questionnaire) -> Element:
    texts = {option.code: option.text for option in questionnaire.choices[question.choices].options}
    checks = [
        {
            "type": "expression",
            "expression": expression,
            "text": _naming(texts[code], questionnaire.languages),
        }
        for code, expression in exclusive_checks(items[0]).items()
    ]
    return {"type": "checkbox", "choices": _options(items[0]), "validators": checks or None}


def _naming(option: Any, languages: tuple[str, ...]) -> dict[str, str]:
    """Return the message about an option that goes with no other, by locale."""
    texts = {
        code: message("web_exclusive", (code,), option=option[code])["default"]
        for code in languages
    }
    return plain(texts)


def _options(item: Item) -> list[Element]:
    options = item.choices.options if item.choices else ()
    is_offered = {"multiple": lambda missing: missing is None}.get(
        item.kind, lambda missing: missing != "not_asked"
    )
    return [_option(option) for option in options if is_offered(option.missing)]


def _option(option: Option) -> Element:
    return _without_none(
        {
            "value": option.code,
            "text": plain(option.text),
            "isExclusive": True if option.exclusive else None,
        }
    )


def _plain_options(item: Item) -> list[Element]:
    return [{"value": each["value"], "text": each["text"]} for each in _options(item)]


def _rows(question: Any, questionnaire: Questionnaire) -> list[Element]:
    return [
        _without_none(
            {
                "value": row.id,
                "text": plain(row.text),
                "visibleIf": _shown_if([row.show], questionnaire),
            }
        )
        for row in question.rows
    ]


def _matrix(question: Any, items: Sequence[Item], questionnaire: Questionnaire) -> Element:
    return {
        "type": "matrix",
        "columns": _plain_options(items[0]),
        "rows": _rows(question, questionnaire),
        "eachRowRequired": True if question.required else None,
    }


def _dual(question: Any, items: Sequence[Item], questionnaire: Questionnaire) -> Element:
    columns = [
        _without_none(
            {
                "name": cell,
                "title": plain(heading),
                "cellType": "dropdown",
                "choices": _plain_options(items[0]),
                "isRequired": True if question.required else None,
            }
        )
        for cell, heading in zip(_cells(items[0]), items[0].headings, strict=True)
    ]
    return {
        "type": "matrixdropdown",
        "columns": columns,
        "rows": _rows(question, questionnaire),
    }


def _cells(item: Item) -> list[str]:
    """Return the names of the cells in which a row is answered."""
    return [surveyjs_place(column)[-1] for column in item_columns(item)]


def _shares(question: Any, items: Sequence[Item], questionnaire: Questionnaire) -> Element:
    headings = items[0].headings or (question.text,)
    cells = _cells(items[0])
    columns = [
        _without_none(
            {
                "name": cell,
                "title": plain(heading),
                "cellType": "text",
                "inputType": "number",
                "min": 0,
                "max": 100,
                "isRequired": True if question.required else None,
                "totalType": "sum",
            }
        )
        for cell, heading in zip(cells, headings, strict=True)
    ]
    text = message("surveyjs_sum", questionnaire.languages)
    checks = [
        {
            "type": "expression",
            "expression": shares_check(items, cell, questionnaire),
            "text": text,
        }
        for cell in cells
    ]
    return {
        "type": "matrixdropdown",
        "columns": columns,
        "rows": _rows(question, questionnaire),
        "validators": checks,
    }


def _number(question: Any, items: Sequence[Item], questionnaire: Questionnaire) -> Element:
    item = items[0]
    values = {"low": as_number(item.minimum or 0), "high": as_number(item.maximum or 0)}
    checks = [
        {
            "type": "expression",
            "expression": expression,
            "text": message(key, questionnaire.languages, **values),
        }
        for key, expression in number_checks(item).items()
    ]
    return {"type": "text", "inputType": "number", "validators": checks}


def _text(question: Any, items: Sequence[Item], questionnaire: Questionnaire) -> Element:
    kind = "text" if question.kind == "short_text" else "comment"
    return {"type": kind, "maxLength": question.max_length}


_KINDS: dict[str, Callable[[Any, Sequence[Item], Questionnaire], Element]] = {
    "single": _single,
    "multiple": _multiple,
    "matrix": _matrix,
    "dual": _dual,
    "shares": _shares,
    "count": _number,
    "number": _number,
    "short_text": _text,
    "long_text": _text,
}
