"""Numbers that cannot be, and counts that are too high to be true."""

from __future__ import annotations

import numpy as np

from pipeline.core.codes import as_numbers, by_code
from pipeline.core.plan import Derived
from pipeline.questionnaire.columns import answer_columns
from pipeline.questionnaire.model import Item
from pipeline.responses.rows import Blank, Findings, Rows, blanking, nothing


def find_out_of_bounds(rows: Rows) -> Findings:
    """Find counts, numbers and shares outside the bounds that the questionnaire declares."""
    numbers = [
        column
        for column in answer_columns(rows.questionnaire)
        if column.item.kind in {"count", "number", "shares"}
    ]
    return blanking(rows, (_outside(rows, column.name, column.item) for column in numbers))


def _outside(rows: Rows, column: str, item: Item) -> Blank:
    low = -np.inf if item.minimum is None else item.minimum
    high = np.inf if item.maximum is None else item.maximum
    values = numbers_of(rows, column, item)
    return Blank(column, np.flatnonzero((values < low) | (values > high)))


def find_implausible(rows: Rows) -> Findings:
    """Find counts that are both above a high percentile and above a multiple of the unit's size.

    The percentile (linear between two answers; `quantile` in R, type 7) is of all rows that came this
    far. A count is left where the size of the unit is not known.
    """
    rule = rows.plan.cleaning.implausible
    if rule is None:
        return nothing(rows)
    size = _derived(rows, rows.plan.derived[rule.size])
    blanks = []
    for count in rule.counts:
        values = numbers_of(rows, count, rows.questionnaire.items[count])
        known = values[~np.isnan(values)]
        high = np.percentile(known, rule.percentile) if len(known) else np.inf
        blanks.append(Blank(count, np.flatnonzero((values > high) & (values > rule.times * size))))
    return blanking(rows, blanks)


def numbers_of(rows: Rows, column: str, item: Item) -> np.ndarray:
    """Return (n,) the numbers given in a column, NaN where there is none."""
    return as_numbers(rows.codes[column], item.choices.missing_codes if item.choices else {})


def _derived(rows: Rows, derived: Derived) -> np.ndarray:
    """Return (n,) what the answers to a question stand for, before any logarithm."""
    cells = rows.codes[derived.question]
    return by_code(cells, derived.values, other=np.nan, absent=np.nan, dtype=np.float64)
