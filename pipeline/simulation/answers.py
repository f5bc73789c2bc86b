"""Answers as a matrix of positions: of the code given, or of why there is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.questionnaire.columns import AnswerColumn, answer_columns
from pipeline.questionnaire.model import Questionnaire

EMPTY = -1
UNSEEN = -2


@dataclass(frozen=True)
class Sheet:
    """The columns of answers (C) and what can stand in them.

    Attributes
    ----------
    texts : for each column, the codes in the order of their positions; missing codes come last.
    valid : (C,) how many of them are answers. dont_know : (C,) position of "don't know", or `EMPTY`.
    section : (C,) position of the section.
    """

    questionnaire: Questionnaire
    columns: tuple[AnswerColumn, ...]
    texts: tuple[tuple[str, ...], ...]
    valid: np.ndarray
    dont_know: np.ndarray
    section: np.ndarray

    def place(self, name: str) -> int:
        """Return where a column stands."""
        return self.names.index(name)

    @property
    def names(self) -> list[str]:
        """The columns' names."""
        return [column.name for column in self.columns]

    def position(self, name: str, code: str) -> int:
        """Return the position of a code in a column."""
        return self.texts[self.place(name)].index(code)

    def where(self, items: tuple[str, ...]) -> np.ndarray:
        """Return the positions of all columns of `items`."""
        return np.flatnonzero([column.item.id in items for column in self.columns])


def build_sheet(questionnaire: Questionnaire) -> Sheet:
    """Lay out the columns of a questionnaire."""
    columns = tuple(answer_columns(questionnaire))
    sections = [section.id for section in questionnaire.sections]
    valid_texts = [_valid_texts(column) for column in columns]
    missing = [dict(c.item.choices.missing_codes) if c.item.choices else {} for c in columns]
    dont_know = [
        next((len(v) + k for k, kind in enumerate(m.values()) if kind == "dont_know"), EMPTY)
        if not column.option
        else EMPTY
        for column, v, m in zip(columns, valid_texts, missing, strict=True)
    ]
    return Sheet(
        questionnaire,
        columns,
        tuple((*v, *m) for v, m in zip(valid_texts, missing, strict=True)),
        np.array([len(v) for v in valid_texts]),
        np.array(dont_know),
        np.array([sections.index(column.item.section) for column in columns]),
    )


def _valid_texts(column: AnswerColumn) -> tuple[str, ...]:
    item = column.item
    if column.option:
        return ("0", "1")
    if item.choices is not None and item.choices.valid_codes:
        return item.choices.valid_codes
    if item.kind in {"short_text", "long_text"}:
        return ()
    low, high = int(item.minimum or 0), int(item.maximum if item.maximum is not None else 100)
    return tuple(str(value) for value in range(low, high + 1))
