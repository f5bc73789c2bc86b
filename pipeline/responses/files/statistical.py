"""SPSS and Stata files: values as they are stored, value labels, and what is declared missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.responses.files.as_text import text_column, text_of
from pipeline.responses.files.opened import Opened, Unreadable

CUT_OFF = "the file is cut off or damaged; copy or export it again"
STATA_END = b"</stata_dta>"


def open_spss(path: Path) -> Opened:
    """Open a `.sav` or `.zsav` file.

    Codes that the file declares missing come as they are, and are listed; dates and times come as the
    numbers that are stored.

    Raises
    ------
    Unreadable
        Cut off, damaged, or in an encoding it does not say.
    """
    import pyreadstat

    cells, about = _read(pyreadstat.read_sav, path)
    columns = {name: text_column(pa.Array.from_pandas(cells[name])) for name in cells}
    ranges = about.missing_ranges
    missing = {name: _within(columns[name], ranges[name]) for name in columns if name in ranges}
    return Opened(tuple(columns), columns, _lines(cells), _labels(about, _plain), missing)


def open_stata(path: Path) -> Opened:
    """Open a `.dta` file; its missing values `.a` to `.z` come as texts like `.a`, `.` as empty.

    Raises
    ------
    Unreadable
        Cut off, damaged, or in an encoding it does not say.
    """
    import pyreadstat

    _check_end(path)
    cells, about = _read(pyreadstat.read_dta, path)
    lettered = about.missing_user_values
    columns = {
        name: pa.array(_dotted(cells[name]), pa.string())
        if name in lettered
        else text_column(pa.Array.from_pandas(cells[name]))
        for name in cells
    }
    missing = {name: tuple(map(_letter, letters)) for name, letters in lettered.items()}
    return Opened(tuple(columns), columns, _lines(cells), _labels(about, _letter), missing)


def _read(read: Callable[..., Any], path: Path) -> Any:
    try:
        return read(path, user_missing=True, disable_datetime_conversion=True)
    except Exception as error:  # a damaged file raises whatever its bytes run into
        if "encoding" in str(error) or isinstance(error, UnicodeDecodeError):
            raise Unreadable(
                "the texts are not in the encoding that the file says; save it as Unicode (UTF-8)"
            ) from None
        raise Unreadable(CUT_OFF) from None


def _check_end(path: Path) -> None:
    """Refuse a file of Stata 13 or later without its end: its value labels would be lost in silence."""
    with path.open("rb") as file:
        is_marked = file.read(11) == b"<stata_dta>"
        file.seek(0, 2)
        file.seek(max(0, file.tell() - len(STATA_END)))
        if is_marked and file.read() != STATA_END:
            raise Unreadable(CUT_OFF)


def _dotted(values: Iterable[Any]) -> list[str | None]:
    """Return the numbers of a column as text, and letters as Stata writes them."""
    return [_letter(each) or None for each in values]


def _letter(value: Any) -> str:
    """Return a value of Stata as text: a letter among numbers is a missing value like `.a`."""
    return f".{value}" if isinstance(value, str) else _plain(value)


def _plain(value: Any) -> str:
    return text_of(value) or ""


def _lines(cells: Any) -> np.ndarray:
    return np.arange(1, len(cells) + 1)


def _labels(about: Any, shown: Callable[[Any], str]) -> dict[str, dict[str, str]]:
    """Return what each value of each column stands for, values as the columns hold them."""
    return {
        name: {shown(value): label for value, label in labels.items()}
        for name, labels in about.variable_value_labels.items()
    }


def _within(column: pa.Array, ranges: list[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the values of a column that lie in a range which the file declares missing."""
    words = column.dictionary if pa.types.is_dictionary(column.type) else column.unique()
    return tuple(
        word
        for word in words.to_pylist()
        if word is not None and any(_lies(word, each["lo"], each["hi"]) for each in ranges)
    )


def _lies(word: str, low: Any, high: Any) -> bool:
    if isinstance(low, str) or isinstance(high, str):
        return bool(word == low)
    try:
        return bool(low <= float(word) <= high)
    except ValueError:
        return False
