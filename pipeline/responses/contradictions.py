"""Answers that contradict each other, or the questionnaire: given to what was not asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from pipeline.core.codes import by_code
from pipeline.questionnaire.asked import Conditions, holds
from pipeline.questionnaire.columns import AnswerColumn, answer_columns, item_columns
from pipeline.questionnaire.conditions import parse_condition
from pipeline.responses.rows import Blank, Findings, Rows, blanking


def find_contradictions(rows: Rows) -> Findings:
    """Flag the rows for which a declared check holds; set to missing what the check names."""
    flagged = np.zeros(len(rows), dtype=bool)
    blanks: list[Blank] = []
    for check in rows.plan.checks:
        held = holds(parse_condition(check.when), rows.codes, rows.questionnaire)
        flagged |= held
        if check.blank:
            new = list(_blanks(rows, item_columns(rows.questionnaire.items[check.blank]), held))
            blanks += new
            rows = rows.blanked(new)
    return replace(blanking(rows, blanks), flagged=flagged)


def _blanks(rows: Rows, columns: list[AnswerColumn], where: np.ndarray) -> Iterator[Blank]:
    for column in columns:
        given = rows.codes[column.name].notna().to_numpy()
        yield Blank(column.name, np.flatnonzero(given & where))


def find_not_asked(rows: Rows) -> Findings:
    """Find answers to questions whose show condition does not hold on the answers that are kept.

    An answer that is set to missing can undo the condition of a later question, so this is repeated
    until every answer left was asked for. A code that says "not asked" is no such answer.
    """
    blanks: list[Blank] = []
    conditional = [c for c in answer_columns(rows.questionnaire) if c.item.shows]
    while new := _unasked(rows, conditional):
        blanks += new
        rows = rows.blanked(new)
    return blanking(rows, blanks)


def _unasked(rows: Rows, columns: list[AnswerColumn]) -> list[Blank]:
    conditions = Conditions(rows.codes, rows.questionnaire)
    found = []
    for column in columns:
        kinds = column.item.choices.missing_codes if column.item.choices else {}
        none = {code: False for code, kind in kinds.items() if kind == "not_asked"}
        cells = rows.codes[column.name]
        given = by_code(cells, none, other=True, absent=False, dtype=np.bool_)
        where = np.flatnonzero(given & ~conditions.hold_for(column.item))
        if len(where):
            found.append(Blank(column.name, where, unseen=True))
    return found
