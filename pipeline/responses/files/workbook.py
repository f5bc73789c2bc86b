"""A sheet of an Excel workbook (`.xlsx`), its cells as text."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.responses.files.as_text import Moment, encoded_texts, text_of
from pipeline.responses.files.opened import Opened, Unreadable

MAXIMUM_BYTES = 4_000_000_000
ROWS_AT_ONCE = 5_000
OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
DAMAGED = "the workbook is cut off or damaged; copy or save it again"


def open_workbook(path: Path) -> Opened:
    """Open the one sheet that has cells in it; its first row is the header.

    A number without decimals is a whole number; a formula is its value. Blank rows are left out.

    Raises
    ------
    Unreadable
        Not a whole workbook; larger unpacked than can be read; several sheets with cells; a cell in error
        (`#N/A`), which would come as empty; no header in the first row.
    """
    _check_parts(path)
    rows = _rows(path)
    header = [text_of(each) or "" for each in next(rows, [])]
    if not any(header):
        raise Unreadable("the first row of the sheet is no header")
    width = max(at for at, name in enumerate(header, 1) if name)
    columns = [_Column() for _ in range(width)]
    lines: list[np.ndarray] = []
    first = 2
    while block := list(islice(rows, ROWS_AT_ONCE)):
        _check_width(block, width, first)
        filled = np.array([any(cell != "" for cell in row) for row in block])
        kept = [row for row, here in zip(block, filled, strict=True) if here]
        lines.append(np.flatnonzero(filled) + first)
        first += len(block)
        for column, cells in zip(columns, zip(*kept, strict=True), strict=False):
            column.add(cells)
    names = header[:width]
    doubled = {name for name in names if names.count(name) > 1}
    if doubled:
        raise Unreadable(f"the column '{min(doubled)}' stands in the header twice")
    return Opened(
        tuple(names),
        {name: column.texts() for name, column in zip(names, columns, strict=True)},
        np.concatenate(lines) if lines else np.array([], dtype=np.int64),
        dates=frozenset(n for n, column in zip(names, columns, strict=True) if column.has_dates),
    )


class _Column:
    """The cells of a column: each different value once, and where it stands."""

    def __init__(self) -> None:
        self.places: list[np.ndarray] = []
        self.position: dict[Any, int] = {}

    def add(self, cells: Sequence[Any]) -> None:
        """Take in the next cells, in order."""
        position = self.position
        self.places.append(
            np.array([position.setdefault(cell, len(position)) for cell in cells], dtype=np.int32)
        )

    @property
    def has_dates(self) -> bool:
        """Whether a cell is a date or a time."""
        return any(isinstance(cell, Moment) for cell in self.position)

    def texts(self) -> pa.DictionaryArray:
        """Return all cells as text."""
        places = np.concatenate(self.places) if self.places else np.array([], dtype=np.int32)
        return encoded_texts(places, [text_of(cell) for cell in self.position])


def _check_parts(path: Path) -> None:
    """Refuse what is no whole archive, and what would unpack to more than can be read."""
    with path.open("rb") as file:
        if file.read(len(OLD_OR_LOCKED)) == OLD_OR_LOCKED:
            raise Unreadable(
                "an old workbook (.xls), or one with a password; save it as .xlsx without a password"
            )
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > MAXIMUM_BYTES:
                raise Unreadable(f"larger than {MAXIMUM_BYTES // 1_000_000_000} GB unpacked")
            for part in parts:
                if part.filename.startswith("xl/worksheets/"):
                    _check_cells(archive, part)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
        raise Unreadable(DAMAGED) from None


def _check_cells(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Refuse cells in error, which are read as empty; the checksum of the part is held on the way."""
    mark, before = b' t="e"', b""
    with archive.open(part) as file:
        while block := file.read(1 << 22):
            if mark in before + block:
                raise Unreadable(
                    "the sheet has cells in error, such as #N/A or #REF!; mend them first"
                )
            before = block[-len(mark) :]


def _rows(path: Path) -> Iterator[list[Any]]:
    """Return the rows of the one sheet with cells, the header first."""
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
        filled = [sheet for sheet in sheets if sheet.height]
    except BaseException:  # a panic of the library is no Exception
        raise Unreadable(DAMAGED) from None
    if len(filled) > 1:
        names = ", ".join(f"'{sheet.name}'" for sheet in filled)
        raise Unreadable(f"the sheets {names} have cells; leave only the one with answers")
    if not filled:
        raise Unreadable("the workbook has no cells")
    left = [""] * (filled[0].start or (0, 0))[1]
    return (left + row for row in filled[0].iter_rows())


def _check_width(block: list[list[Any]], width: int, first: int) -> None:
    """Refuse cells to the right of the header."""
    for at, row in enumerate(block):
        if any(cell != "" for cell in row[width:]):
            raise Unreadable(f"row {first + at} has cells to the right of the header")
