"""Questions as rows of an XLSForm's survey sheet: what each kind becomes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pipeline.instruments.xlsform.logic import (
    any_relevance,
    both,
    exclusive_constraint,
    number_constraint,
    relevance,
    share_constraint,
    shares_off,
)
from pipeline.instruments.xlsform.rows import TABLE, Row, grouped, noted, required, said
from pipeline.instruments.xlsform.text import Texts, as_label, as_plain, joined
from pipeline.questionnaire.columns import AnswerColumn, item_columns
from pipeline.questionnaire.model import Option, Questionnaire

DROPDOWN = "minimal autocomplete"


def question_rows(question: Any, questionnaire: Questionnaire) -> list[Row]:
    """Return the rows of one question of any kind."""
    return _BY_KIND[question.kind](question, questionnaire)


def offered(options: Sequence[Option], kind: str) -> list[Option]:
    """Return the options that respondents can choose.

    A code for "not asked" is none of them, and no missing code is in a multiple choice, whose answers
    have no place for it.
    """
    hidden = {"not_asked"} if kind != "multiple" else {"not_asked", "dont_know", "refused"}
    return [option for option in options if option.missing not in hidden]


def list_name(question: Any, questionnaire: Questionnaire) -> str:
    """Return the list of choices that a question takes: its choice set, or what is offered of it."""
    missing = questionnaire.choices[question.choices].missing_codes
    return (
        f"{question.choices}_valid" if question.kind == "multiple" and missing else question.choices
    )


def _asked(question: Any, questionnaire: Questionnaire, row: Row) -> Row:
    """Return the row of a question that is one field, with its texts and when it is shown."""
    whole = replace(
        row,
        name=question.id or question.code,
        label=as_label(question.text),
        hint=row.hint or as_label(question.help or {}),
        relevant=relevance([question.show], questionnaire),
    )
    return _if_required(whole, question, questionnaire)


def _if_required(row: Row, question: Any, questionnaire: Questionnaire) -> Row:
    languages = questionnaire.languages
    return required(row, said("xlsform_required", languages)) if question.required else row


def _single(question: Any, questionnaire: Questionnaire) -> list[Row]:
    listed = questionnaire.choices[question.choices].organisations
    row = Row(
        f"select_one {list_name(question, questionnaire)}", appearance=DROPDOWN if listed else ""
    )
    return [_asked(question, questionnaire, row)]


def _multiple(question: Any, questionnaire: Questionnaire) -> list[Row]:
    options = offered(questionnaire.choices[question.choices].options, "multiple")
    alone = [option for option in options if option.exclusive]
    row = Row(f"select_multiple {list_name(question, questionnaire)}")
    if alone:
        named = joined([option.text for option in alone], ", ")
        message = said("xlsform_exclusive", questionnaire.languages, options=named)
        row = replace(
            row,
            constraint=exclusive_constraint([option.code for option in alone]),
            constraint_message=as_plain(message),
        )
    return [_asked(question, questionnaire, row)]


def _matrix(question: Any, questionnaire: Questionnaire) -> list[Row]:
    rows = [
        _rating(question, questionnaire, row.id, row.text, relevance([row.show], questionnaire))
        for row in question.rows
    ]
    shown = _some_row_shown(question, questionnaire)
    name = f"{question.code}_rows"
    return grouped(name, question.text, rows, shown, appearance=TABLE, hint=question.help)


def _dual(question: Any, questionnaire: Questionnaire) -> list[Row]:
    """Return a small table for each row, so that its two ratings stand together."""
    rows = noted(f"note_{question.code}", question.help)
    for row in question.rows:
        current, desired = item_columns(questionnaire.items[row.id])
        ratings = [
            _rating(question, questionnaire, current.xlsform_field, question.current),
            _rating(question, questionnaire, desired.xlsform_field, question.desired),
        ]
        shown = relevance([row.show], questionnaire)
        rows += grouped(f"{row.id}_both", row.text, ratings, shown, appearance=TABLE)
    shown = _some_row_shown(question, questionnaire)
    return grouped(f"{question.code}_rows", question.text, rows, shown)


def _rating(
    question: Any, questionnaire: Questionnaire, name: str, label: Texts, relevant: str = ""
) -> Row:
    kind = f"select_one {list_name(question, questionnaire)}"
    return _if_required(
        Row(kind, name, as_label(label), relevant=relevant), question, questionnaire
    )


def _some_row_shown(question: Any, questionnaire: Questionnaire) -> str:
    """Return when a question with rows is shown: its condition holds, and that of a row."""
    rows = any_relevance([row.show for row in question.rows], questionnaire)
    return both(relevance([question.show], questionnaire), rows)


def _number(question: Any, questionnaire: Questionnaire) -> list[Row]:
    codes = _enterable(question, questionnaire)
    low, high = f"{question.minimum:g}", question.maximum
    key = f"xlsform_{question.kind}_{'from' if high is None else 'between'}"
    bounds = said(key, questionnaire.languages, low=low, high="" if high is None else f"{high:g}")
    row = Row(
        "integer" if question.kind == "count" else "decimal",
        hint=as_label(_with_codes(question.help or {}, codes)),
        constraint=number_constraint(question, codes),
        constraint_message=as_plain(joined([bounds, *codes.values()], "; ")),
    )
    return [_asked(question, questionnaire, row)]


def _enterable(question: Any, questionnaire: Questionnaire) -> dict[str, Texts]:
    """Return the missing codes that can be entered in place of a number, each put into words."""
    if not question.choices:
        return {}
    return {
        option.code: {each: f"{option.code} = {text}" for each, text in option.text.items()}
        for option in offered(questionnaire.choices[question.choices].options, question.kind)
    }


def _with_codes(help_text: Texts, codes: Mapping[str, Texts]) -> dict[str, str]:
    """Return the help, followed by the missing codes that it does not name itself."""
    told = " ".join(help_text.values())
    untold = [text for code, text in codes.items() if not re.search(rf"\b{code}\b", told)]
    return joined([help_text, *untold], "\n")


def _shares(question: Any, questionnaire: Questionnaire) -> list[Row]:
    """Return the shares, in a group of their own for each rating where there are two."""
    rows = noted(f"note_{question.code}", question.help)
    columns = [item_columns(questionnaire.items[row.id]) for row in question.rows]
    if question.current is None:
        rows += _divided(question, questionnaire, [each[0] for each in columns], question.code)
    else:
        for place, rating in enumerate(("current", "desired")):
            name = f"{question.code}_{rating}"
            inside = _divided(question, questionnaire, [each[place] for each in columns], name)
            rows += grouped(name, getattr(question, rating), inside)
    shown = _some_row_shown(question, questionnaire)
    return grouped(f"{question.code}_rows", question.text, rows, shown)


def _divided(
    question: Any, questionnaire: Questionnaire, columns: Sequence[AnswerColumn], name: str
) -> list[Row]:
    """Return the rows that divide 100 points, and a note that stands in the way while they do not."""
    fields = [column.xlsform_field for column in columns]
    error = _error_of_shares(questionnaire)
    rows = []
    for own, row in zip(fields, question.rows, strict=True):
        share = Row(
            "decimal",
            own,
            as_label(row.text),
            relevant=relevance([row.show], questionnaire),
            constraint=share_constraint(fields, own),
            constraint_message=as_plain(error),
        )
        rows.append(_if_required(share, question, questionnaire))
    off = noted(f"sum_{name}", error, shares_off(fields))
    return [*rows, *(required(note, error) for note in off)]


def _error_of_shares(questionnaire: Questionnaire) -> Texts:
    own = questionnaire.texts.get("error_share100")
    return own or said("xlsform_shares", questionnaire.languages)


def _text(question: Any, questionnaire: Questionnaire) -> list[Row]:
    most = question.max_length
    row = Row(
        "text",
        appearance="multiline" if question.kind == "long_text" else "",
        constraint=f"string-length(.) <= {most}",
        constraint_message=said("xlsform_length", questionnaire.languages, most=str(most)),
    )
    return [_asked(question, questionnaire, row)]


def _display(question: Any, questionnaire: Questionnaire) -> list[Row]:
    shown = relevance([question.show], questionnaire)
    rows = noted(f"note_{question.code}", question.text, shown)
    return [replace(row, hint=as_label(question.help or {})) for row in rows]


_BY_KIND: dict[str, Callable[[Any, Questionnaire], list[Row]]] = {
    "single": _single,
    "multiple": _multiple,
    "matrix": _matrix,
    "dual": _dual,
    "count": _number,
    "number": _number,
    "shares": _shares,
    "short_text": _text,
    "long_text": _text,
    "display": _display,
}
