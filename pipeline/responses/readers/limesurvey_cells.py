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

from pipeline.questionnaire.asked import asked
from pipeline.questionnaire.columns import item_columns
from pipeline.questionnaire.model import Item, Questionnaire
from pipeline.responses.readers.limesurvey_headings import Headings, check_answers_are_codes
from pipeline.responses.readers.values import Faults, column_codes, known_codes

NUMBERS = {"count", "number", "shares"}
TICKS = {"Y": "1", "(shown and not ticked)": "0"}
TICKED, NOT_TICKED, NO_TICK = 0, 1, -1
Cells = Mapping[str, pa.ChunkedArray]


@dataclass(frozen=True)
class EmptyCells:
    """What kinds of empty cells one file has among choices and texts: nulls, and `""`.

    A file with both keeps never shown and left empty apart.
    """

    nulls: bool
    quoted: bool

    @property
    def tell(self) -> bool:
        """Whether null means never shown."""
        return self.nulls and self.quoted


def empty_cells(table: pa.Table, headings: Headings, questionnaire: Questionnaire) -> EmptyCells:
    """Look at all cells of choices and texts."""
    items = [item for item in questionnaire.items.values() if item.kind not in NUMBERS]
    cells = [table.column(headings[c.name]) for item in items for c in item_columns(item)]
    return EmptyCells(
        nulls=any(each.null_count for each in cells),
        quoted=any(pc.any(pc.equal(each, "")).as_py() for each in cells),
    )


def codes_and_unseen(
    table: pa.Table,
    headings: Headings,
    questionnaire: Questionnaire,
    pages: np.ndarray,
    faults: Faults,
) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Return the codes (n, columns), and by column where a cell says that it was never shown, (n,).

    `pages` (n,) is how many pages were submitted.

    Raises
    ------
    UserError
        All `faults`, here and from before; only one where answers are texts instead of codes.
    """
    empty = empty_cells(table, headings, questionnaire)
    codes: dict[str, pd.Categorical] = {}
    unseen: dict[str, np.ndarray] = {}
    for item in questionnaire.items.values():
        cells = {c.name: table.column(headings[c.name]) for c in item_columns(item)}
        codes |= item_codes(item, cells, headings, faults)
        unseen |= item_unseen(item, cells) if empty.tell else ()
    if faults.messages:
        check_answers_are_codes(table, questionnaire, headings, faults.shown_as)
    faults.raise_any()
    frame = pd.DataFrame(codes)
    if not empty.nulls:
        frame = frame.assign(**dict(ticks_never_shown(frame, pages, questionnaire)))
    return frame, unseen


def item_codes(
    item: Item, cells: Cells, headings: Headings, faults: Faults
) -> Iterator[tuple[str, pd.Categorical]]:
    """Yield the codes of each column of an item, by its name; so are its `cells` and `headings`."""
    if item.kind == "multiple":
        yield from _ticks(cells, headings, faults)
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


def ticks_never_shown(
    codes: pd.DataFrame, pages: np.ndarray, questionnaire: Questionnaire
) -> Iterator[tuple[str, pd.Series]]:
    """Yield the ticks of a file without nulls, missing where pages and conditions say: never shown."""
    for number, section in enumerate(questionnaire.sections, 1):
        for item in questionnaire.items.values():
            if item.section == section.id and item.kind == "multiple":
                names = [column.name for column in item_columns(item)]
                shown = asked(item, codes, questionnaire) & (pages >= number)
                shown |= np.logical_or.reduce(
                    [codes[name].eq("1").to_numpy(bool) for name in names]
                )
                yield from ((name, codes[name].where(shown)) for name in names)


def _ticks(
    cells: Cells, headings: Headings, faults: Faults
) -> Iterator[tuple[str, pd.Categorical]]:
    """An option is not ticked where others of its question were ticked, or shown."""
    given = np.column_stack(
        [_tick_places(values, headings[name], faults) for name, values in cells.items()]
    )
    was_shown = (given != NO_TICK).any(axis=1)
    for name, places in zip(cells, given.T, strict=True):
        ticks = np.where(places == TICKED, TICKED, np.where(was_shown, NOT_TICKED, NO_TICK))
        yield name, pd.Categorical.from_codes(ticks, pd.Index(["1", "0"], dtype="str"))


def _tick_places(values: pa.ChunkedArray, heading: str, faults: Faults) -> np.ndarray:
    """Return (n,) `TICKED` for Y, `NOT_TICKED` for an empty text, `NO_TICK` for null."""
    not_ticked = next(text for text, code in TICKS.items() if code == "0")
    said = pc.if_else(pc.equal(values, ""), not_ticked, values)
    return known_codes(said, TICKS, heading, faults).codes
