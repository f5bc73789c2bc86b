"""An XLSForm's three sheets as an Excel file, after everything that it would lose was looked for."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.core.errors import UserError
from pipeline.instruments.xlsform.rows import Row
from pipeline.instruments.xlsform.text import Texts, language_heading

TRANSLATED = ("label", "hint", "required_message", "constraint_message")
PLAIN = ("required", "relevant", "constraint", "appearance", "calculation")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
LIST_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
CHOICE_NAME = re.compile(r"[A-Za-z0-9_.-]+")
LONGEST_NAME = 32
LONGEST_CELL = 32_767
RESERVED = {"instanceid", "instancename", "meta", "data"}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True)
class Choice:
    """One row of the choices sheet."""

    list_name: str
    name: str
    label: Texts


@dataclass(frozen=True)
class Form:
    """The rows of the three sheets; the base language comes first."""

    survey: Sequence[Row]
    choices: Sequence[Choice]
    settings: Mapping[str, str]
    languages: Sequence[str]


def workbook(form: Form) -> bytes:
    """Return the Excel file: text in every cell, the same bytes for the same form.

    Raises
    ------
    UserError
        Names that a form or its data would lose or mix up, a text without a translation, or one that no
        cell takes; all of them at once.
    """
    problems = list(_problems(form))
    if problems:
        raise UserError("\n".join(f"xlsform: {problem}" for problem in problems))
    return _written(
        {
            "survey": _survey_cells(form),
            "choices": _choice_cells(form),
            "settings": [list(form.settings), list(form.settings.values())],
        }
    )


def _survey_cells(form: Form) -> list[list[str]]:
    used = [each for each in TRANSLATED if any(getattr(row, each) for row in form.survey)]
    headings = [f"{each}::{language_heading(at)}" for each in used for at in form.languages]
    cells = [["type", "name", *headings, *PLAIN]]
    for row in form.survey:
        texts = [getattr(row, each).get(at, "") for each in used for at in form.languages]
        cells.append([row.type, row.name, *texts, *(getattr(row, each) for each in PLAIN)])
    return cells


def _choice_cells(form: Form) -> list[list[str]]:
    headings = [f"label::{language_heading(language)}" for language in form.languages]
    rows = [[c.list_name, c.name, *(c.label[at] for at in form.languages)] for c in form.choices]
    return [["list_name", "name", *headings], *rows]


def _written(sheets: Mapping[str, Sequence[Sequence[str]]]) -> bytes:
    import xlsxwriter

    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(2000, 1, 1)})  # no clock: same form, same bytes
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        body = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 2 if len(rows) > 2 else 0)
            sheet.set_column(0, max(map(len, rows)) - 1, 24)
            for at, row in enumerate(rows):
                for column, text in enumerate(row):
                    if text:
                        # write_string: no text becomes a formula, a number or a link
                        sheet.write_string(at, column, text, body if at else bold)
    return target.getvalue()


def _problems(form: Form) -> Iterator[str]:
    yield from _name_problems([row.name for row in form.survey if row.type != "end_group"])
    yield from _list_problems(form.choices)
    form_id = form.settings["form_id"]
    if not LIST_NAME.fullmatch(form_id):
        yield f"the study's name '{form_id}' cannot be a form_id: a letter, then letters, digits, _ - ."
    for where, texts in _all_texts(form):
        yield from _text_problems(where, texts, form.languages)


def _name_problems(names: Sequence[str]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for name in names:
        if not NAME.fullmatch(name):
            yield f"the name '{name}' is not a letter followed by letters, digits and _"
        elif len(name) > LONGEST_NAME:
            yield f"the name '{name}' has {len(name)} characters; {LONGEST_NAME} at most are safe"
        elif name.lower() in RESERVED:
            yield f"the name '{name}' is one of the form's own; choose another"
        elif name.lower() in seen:
            first = seen[name.lower()]
            same = (
                "" if first == name else f", beside '{first}': capitals alone tell no fields apart"
            )
            yield f"the name '{name}' stands in the form twice{same}"
        seen.setdefault(name.lower(), name)


def _list_problems(choices: Iterable[Choice]) -> Iterator[str]:
    seen: set[tuple[str, str]] = set()
    lists: set[str] = set()
    for choice in choices:
        if choice.list_name not in lists and not LIST_NAME.fullmatch(choice.list_name):
            yield f"choices '{choice.list_name}': the name is not a letter, then letters, digits, _ - ."
        lists.add(choice.list_name)
        if not CHOICE_NAME.fullmatch(choice.name):
            yield f"choices '{choice.list_name}': the code '{choice.name}' is not letters, digits, _ - ."
        if (choice.list_name, choice.name) in seen:
            yield f"choices '{choice.list_name}': the code '{choice.name}' stands there twice"
        seen.add((choice.list_name, choice.name))


def _all_texts(form: Form) -> Iterator[tuple[str, Texts]]:
    for row in form.survey:
        for each in TRANSLATED:
            if getattr(row, each):
                yield f"{row.name}: {each}", getattr(row, each)
    for choice in form.choices:
        yield f"choices '{choice.list_name}': code '{choice.name}'", choice.label


def _text_problems(where: str, texts: Texts, languages: Sequence[str]) -> Iterator[str]:
    for language in languages:
        text = texts.get(language, "")
        if not text.strip():
            yield f"{where}: no text in '{language}'; a respondent would see '-'"
        if _CONTROL.search(text):
            yield f"{where}: a control character in '{language}', which no form can hold"
        if len(text) > LONGEST_CELL:
            yield f"{where}: {len(text)} characters in '{language}'; a cell takes {LONGEST_CELL}"
