"""What the web page shows and checks, as plain values that go into the page as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from babel import Locale

from pipeline.instruments.wording import words
from pipeline.questionnaire.asked import NUMBER
from pipeline.questionnaire.columns import item_columns
from pipeline.questionnaire.conditions import (
    ORDER,
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Contains,
    In,
    Not,
    parse_condition,
)
from pipeline.questionnaire.model import ChoiceSet, Item, Question, Questionnaire, Section
from pipeline.questionnaire.version import questionnaire_version

PREFIX = "web_"


def page_content(questionnaire: Questionnaire) -> dict[str, Any]:
    """Return texts by language, choice sets, sections and show conditions, in order.

    A show condition is a nested list, an operator and its operands, or null: `["all", c, ...]`,
    `["any", c, ...]`, `["not", c]`, `["answered", item]`, `["ticked", column]`, `["in", item, codes,
    numbers]`, and `["order", item, operator, number, missing codes]`, which never holds for those codes.
    """
    return {
        "study": questionnaire.study,
        "version": questionnaire_version(questionnaire),
        "languages": [_language(code) for code in questionnaire.languages],
        "words": {code: _words(code) for code in questionnaire.languages},
        "title": dict(questionnaire.title),
        "welcome": _text(questionnaire.texts.get("welcome")),
        "thanks": _text(questionnaire.texts.get("thanks")),
        "choices": {name: _options(each) for name, each in questionnaire.choices.items()},
        "sections": [_section(section, questionnaire) for section in questionnaire.sections],
    }


def _language(code: str) -> dict[str, str]:
    locale = Locale.parse(code, sep="-")
    name = locale.get_display_name() or code
    return {"code": code, "name": name[0].upper() + name[1:], "direction": locale.text_direction}


def _words(language: str) -> dict[str, str]:
    """Return the words that the page uses, without the prefix that sets them apart."""
    every = words(language)
    return {key.removeprefix(PREFIX): text for key, text in every.items() if key.startswith(PREFIX)}


def _text(text: Mapping[str, str] | None) -> dict[str, str] | None:
    return None if text is None else dict(text)


def _options(choices: ChoiceSet) -> list[dict[str, Any]]:
    return [
        {
            "code": option.code,
            "text": dict(option.text),
            "missing": option.missing is not None,
            "exclusive": option.exclusive,
        }
        for option in choices.options
        if option.missing != "not_asked"
    ]


def _section(section: Section, questionnaire: Questionnaire) -> dict[str, Any]:
    return {
        "id": section.id,
        "title": dict(section.title),
        "intro": _text(section.intro),
        "show": _tree(section.show, questionnaire),
        "questions": [_question(question, questionnaire) for question in section.questions],
    }


def _question(question: Question, questionnaire: Questionnaire) -> dict[str, Any]:
    every = questionnaire.items.values()
    items = [item for item in every if item.question == question.code]
    rows: Sequence[Any] = getattr(question, "rows", ())
    shows = [row.show for row in rows] or [""] * len(items)
    headings = items[0].headings if items else ()
    return {
        "code": question.code,
        "kind": question.kind,
        "text": dict(question.text),
        "help": _text(question.help),
        "required": question.required,
        "show": _tree(question.show, questionnaire),
        "choices": getattr(question, "choices", ""),
        "headings": [dict(heading) for heading in headings],
        "minimum": items[0].minimum if items else None,
        "maximum": items[0].maximum if items else None,
        "longest": getattr(question, "max_length", None),
        "items": [
            _item(item, show, bool(rows), questionnaire)
            for item, show in zip(items, shows, strict=True)
        ],
    }


def _item(item: Item, show: str, is_row: bool, questionnaire: Questionnaire) -> dict[str, Any]:
    return {
        "id": item.id,
        "text": dict(item.text) if is_row else None,
        "show": _tree(show, questionnaire),
        "columns": [column.name for column in item_columns(item)],
    }


def _tree(show: str, questionnaire: Questionnaire) -> list[Any] | None:
    return _branch(parse_condition(show), questionnaire) if show else None


def _branch(condition: Condition, questionnaire: Questionnaire) -> list[Any]:
    match condition:
        case Compare(item, operator, value) if operator in ORDER:
            missing = _missing_codes(questionnaire.items[item])
            return ["order", item, operator, float(value), missing]
        case Compare(item, "!=", value):
            equal = _is_one_of(questionnaire.items[item], (value,))
            return ["all", ["answered", item], ["not", equal]]
        case Compare(item, _, value):
            return _is_one_of(questionnaire.items[item], (value,))
        case In(item, values):
            return _is_one_of(questionnaire.items[item], values)
        case Contains(item, code):
            return ["ticked", f"{item}_{code}"]
        case Not(inner):
            return ["not", _branch(inner, questionnaire)]
        case AllOf(parts):
            return ["all", *(_branch(part, questionnaire) for part in parts)]
        case AnyOf(parts):
            return ["any", *(_branch(part, questionnaire) for part in parts)]


def _is_one_of(item: Item, values: Sequence[str]) -> list[Any]:
    """Return the tree for equality with one of `values`; counts and numbers compare as numbers too."""
    is_number = item.kind in {"count", "number"}
    numbers = [float(value) for value in values if is_number and NUMBER.fullmatch(value)]
    return ["in", item.id, list(values), numbers]


def _missing_codes(item: Item) -> list[str]:
    return list(item.choices.missing_codes) if item.choices else []
