"""Rows of an XLSForm's survey sheet, alone, in groups and as notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.instruments.wording import words
from pipeline.instruments.xlsform.text import Texts, as_label, as_plain

PAGE, TABLE = "field-list", "table-list"


@dataclass(frozen=True)
class Row:
    """One row of the survey sheet; texts by language as their cells hold them."""

    type: str
    name: str = ""
    label: Texts = field(default_factory=dict)
    hint: Texts = field(default_factory=dict)
    required: str = ""
    required_message: Texts = field(default_factory=dict)
    relevant: str = ""
    constraint: str = ""
    constraint_message: Texts = field(default_factory=dict)
    appearance: str = ""
    calculation: str = ""


def grouped(
    name: str,
    label: Texts,
    rows: Sequence[Row],
    relevant: str = "",
    *,
    appearance: str = "",
    hint: Texts | None = None,
) -> list[Row]:
    """Return rows inside a group; nothing for no rows, since an empty group is an error."""
    if not rows:
        return []
    begin = Row("begin_group", name, as_label(label), as_label(hint or {}), relevant=relevant)
    return [replace(begin, appearance=appearance), *rows, Row("end_group", name)]


def noted(name: str, text: Texts | None, relevant: str = "") -> list[Row]:
    """Return a text that is shown and not answered; nothing for no text."""
    return [Row("note", name, as_label(text), relevant=relevant)] if text else []


def required(row: Row, message: Texts) -> Row:
    """Return a row without which the page is not left."""
    return replace(row, required="yes", required_message=as_plain(message))


def said(key: str, languages: Sequence[str], **values: Mapping[str, str] | str) -> dict[str, str]:
    """Return words of the catalogue by language; `values` fill them, by language where they are."""
    return {
        language: words(language)[key].format(
            **{k: v if isinstance(v, str) else v[language] for k, v in values.items()}
        )
        for language in languages
    }
