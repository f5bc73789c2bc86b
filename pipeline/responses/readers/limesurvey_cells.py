"""The cells of LimeSurvey's export: codes, ticks, and what an empty one says.

Null is what was never shown; `""` was shown and left empty: of choices and texts, while an empty number
is always null. A file that went through a spreadsheet has lost the difference, and then says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.questionnaire.columns import item_columns
from pipeline.questionnaire.model import Item, Questionnaire
from pipeline.responses.readers.limesurvey_headings import Headings
from pipeline.responses.readers.values import Faults, column_codes, known_codes

NUMBERS = {"count", "number", "shares"}
TICKS = {"Y": "1", "(shown and not ticked)": "0"}
TICKED, NOT_TICKED, NO_TICK = 0, 1, -1
Cells = Mapping[str, pa.ChunkedArray]


@dataclass(frozen=True)
class EmptyCells:
    """What the empty cells of one file say.

    Attributes
    ----------
    told : null and `""` are kept apart.
    all_quoted : every empty cell became `""`, also those that were never shown.
    """

    told: bool
    all_quoted: bool


def empty_cells(
    table: pa.Table, headings: Headings, questionnaire: Questionnaire, pages: np.ndarray
) -> EmptyCells:
    """Tell from all cells of choices and texts what the empty ones say; `pages` (n,) were submitted."""
    items = [item for item in questionnaire.items.values() if item.kind not in NUMBERS]
    cells = [table.column(headings[c.name]) for item in items for c in item_columns(item)]
    has_null = any(each.null_count for each in cells)
    has_empty = any(pc.any(pc.equal(each, "")).as_py() for each in cells)
    somebody_was_not_shown_all = bool(
        (pages < len(questionnaire.sections)).any() or any(item.shows for item in items)
    )
    return EmptyCells(has_null and has_empty, not has_null and somebody_was_not_shown_all)


def item_codes(
    item: Item, cells: Cells, headings: Headings, empty: EmptyCells, faults: Faults
) -> Iterator[tuple[str, pd.Categorical]]:
    """Yield the codes of each column of an item, by its name; so are its `cells` and `headings`."""
    if item.kind == "multiple":
        yield from _ticks(cells, headings, empty, faults)
        return
    for column in item_columns(item):
        name = column.name
        yield name, column_codes(cells[name], column, headings[name], faults, raw=False)


def item_unseen(item: Item, cells: Cells) -> Iterator[tuple[str, np.ndarray]]:
    """Yield for each column of an item whether a cell was never shown, (n,); nothing for numbers.

    Of a multiple choice, null is also what an exclusive option switched off: it was shown if any was.
    """
    if item.kind in NUMBERS:
        return
    nulls = [values.is_null().to_numpy() for values in cells.values()]
    if item.kind == "multiple":
        nulls = [np.logical_and.reduce(nulls)] * len(nulls)
    yield from zip(cells, nulls, strict=True)


def _ticks(
    cells: Cells, headings: Headings, empty: EmptyCells, faults: Faults
) -> Iterator[tuple[str, pd.Categorical]]:
    """An option is not ticked where others of its question were ticked, or shown."""
    given = np.column_stack(
        [_tick_places(values, headings[name], faults) for name, values in cells.items()]
    )
    was_shown = ((given == TICKED) if empty.all_quoted else (given != NO_TICK)).any(axis=1)
    for name, places in zip(cells, given.T, strict=True):
        ticks = np.where(places == TICKED, TICKED, np.where(was_shown, NOT_TICKED, NO_TICK))
        yield name, pd.Categorical.from_codes(ticks, pd.Index(["1", "0"], dtype="str"))


def _tick_places(values: pa.ChunkedArray, heading: str, faults: Faults) -> np.ndarray:
    """Return (n,) `TICKED` for Y, `NOT_TICKED` for an empty text, `NO_TICK` for null."""
    not_ticked = next(text for text, code in TICKS.items() if code == "0")
    said = pc.if_else(pc.equal(values, ""), not_ticked, values)
    return known_codes(said, TICKS, heading, faults).codes
