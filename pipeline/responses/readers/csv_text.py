"""A CSV file read as text cells, after everything that can be wrong with it was looked for."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import re
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from pipeline.core.errors import UserError, nearest
from pipeline.core.plan import Responses

MOST_SHOWN = 10
MOST_COMPARED = 20_000
MOST_LETTERS = 80
MAXIMUM_BYTES = 4_000_000_000
_MARKS = {"utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)}
_DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a vertical bar"}


@dataclass(frozen=True)
class CsvTable:
    """Text cells by column, and the line of the file on which each row ends, (n,)."""

    cells: pa.Table
    lines: np.ndarray


NOTHING = re.compile(r"(?!)")


def read_csv_text(
    path: Path,
    shown_as: str,
    layout: Responses,
    wanted: Sequence[str] | Callable[[Sequence[str]], Sequence[str]],
    also: re.Pattern[str] = NOTHING,
) -> CsvTable:
    """Read the columns `wanted` of a CSV file as text; an unquoted empty cell is null.

    Columns like `also` may be there and are read too. What is wanted may depend on the header, where a
    platform can name its columns in several ways.

    Raises
    ------
    UserError
        Says what is wrong with the file as a whole: absent, empty, cut off, encoding, delimiter,
        columns, rows of another length, or no rows.
    """
    content = text_content(path, shown_as, layout.encoding)
    delimiter = _delimiter(content, layout)
    header = _header(content, shown_as, delimiter)
    names = wanted(header) if callable(wanted) else wanted
    check_header(header, names, layout, shown_as, also)
    table = _parsed(content, shown_as, delimiter, header)
    if table.num_rows == 0:
        raise UserError(f"{shown_as}: there is a header and no row below it")
    chosen = [name for name in header if name in set(names) or also.fullmatch(name)]
    return CsvTable(table.select(chosen), _lines(content, delimiter, table.num_rows))


def text_content(path: Path, shown_as: str, encoding: str) -> bytes:
    """Return a text file as UTF-8 without byte-order mark, unpacked where it is gzip.

    Raises
    ------
    UserError
        It is absent, empty, cut off, too large, or in another encoding.
    """
    return _decoded(_unpacked(path, shown_as), shown_as, encoding)


def _unpacked(path: Path, shown: str) -> bytes:
    if not path.is_file():
        raise UserError(f"{shown}: the file does not exist")
    with path.open("rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path) if is_gzip else path.open("rb") as file:
            content = file.read(MAXIMUM_BYTES + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise UserError(
            f"{shown}: the compressed file is cut off or damaged; copy or download it again"
        ) from None
    if len(content) > MAXIMUM_BYTES:
        raise UserError(f"{shown}: larger than {MAXIMUM_BYTES // 1_000_000_000} GB unpacked")
    if not content.strip():
        raise UserError(f"{shown}: the file is empty")
    return content


def _decoded(content: bytes, shown: str, encoding: str) -> bytes:
    """Return the content as UTF-8 without byte-order mark."""
    if encoding == "utf-8" and content.startswith(_MARKS["utf-16"]):
        raise _encoding_error(shown, 1, encoding, "utf-16")
    try:
        text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        guess = "utf-16" if b"\x00" in content[:100] else "latin-1"
        raise _encoding_error(shown, row, encoding, guess) from None
    if "\x00" in text:
        raise UserError(f"{shown}: holds NUL characters; it is no CSV text in {encoding}")
    return text.encode("utf-8").rstrip(b"\r\n") + b"\n"


def _encoding_error(shown: str, row: int, declared: str, guess: str) -> UserError:
    return UserError(
        f"{shown}: row {row} is not {declared}; it looks like {guess}: save the file as UTF-8, or "
        f"declare 'encoding: {guess}' under 'responses' in analysis.yaml"
    )


def _delimiter(content: bytes, layout: Responses) -> str:
    """Return the declared delimiter; of LimeSurvey's two, the one that the header uses."""
    if layout.format in {"", "csv"}:
        return layout.delimiter
    line = content.split(b"\n", 1)[0]
    return ";" if line.count(b";") > line.count(b",") else ","


def _header(content: bytes, shown: str, delimiter: str) -> list[str]:
    lines = io.TextIOWrapper(io.BytesIO(content), "utf-8", newline="\n")
    try:
        header = next(csv.reader(lines, delimiter=delimiter, strict=True), [])
    except csv.Error:
        raise UserError(f"{shown}: the first line is no header of a CSV file") from None
    line = content.split(b"\n", 1)[0].decode("utf-8")
    if len(header) == 1:
        for other, name in _DELIMITERS.items():
            if other != delimiter and line.count(other) > 0:
                raise UserError(
                    f"{shown}: the header has no {delimiter!r}; the delimiter looks like {name}: "
                    f"declare 'delimiter: {json.dumps(other)}' under 'responses' in analysis.yaml"
                )
    return header


def check_header(
    header: Sequence[str],
    wanted: Sequence[str],
    layout: Responses,
    shown: str,
    also: re.Pattern[str],
) -> None:
    """Raise an error that names the columns that are missing, unknown or doubled, the first of each.

    Columns like `also` may be there; those that the layout ignores are as good as absent.
    """
    there, allowed = set(header), {*wanted, *layout.ignore}
    doubled = [column for column, times in Counter(header).items() if times > 1]
    missing = [column for column in dict.fromkeys(wanted) if column not in there]
    unknown = [c for c in header if c not in allowed and not also.fullmatch(c)]
    problems = [
        *(f"{shown}: the column '{c}' stands in the header twice" for c in doubled[:MOST_SHOWN]),
        *(
            f"{shown}: the column '{column}' is missing{_similar(column, there, allowed)}"
            for column in missing[:MOST_SHOWN]
        ),
        *(
            f"{shown}: the column '{column[:MOST_LETTERS]}' is unknown{nearest(column, missing)}; "
            "list it under 'ignore' in analysis.yaml if it is not needed"
            for column in unknown[:MOST_SHOWN]
        ),
        *(
            f"{shown}: {len(columns) - MOST_SHOWN:,} more columns are {what}"
            for columns, what in ((doubled, "doubled"), (missing, "missing"), (unknown, "unknown"))
            if len(columns) > MOST_SHOWN
        ),
    ]
    if problems:
        raise UserError("\n".join(problems))


def _similar(column: str, there: set[str], allowed: set[str]) -> str:
    if len(there) > MOST_COMPARED:
        return ""
    hint = nearest(column, there - allowed)
    return hint if "did you mean" in hint else ""


def _lines(content: bytes, delimiter: str, rows: int) -> np.ndarray:
    """Return (rows,) the line of the file that each row starts on; the header is line 1."""
    if content.rstrip(b"\r\n").count(b"\n") == rows:
        return np.arange(2, rows + 2)
    reader = csv.reader(io.StringIO(content.decode("utf-8"), newline=""), delimiter=delimiter)
    starts, before = [], 0
    for row in reader:
        if row:
            starts.append(before + 1)
        before = reader.line_num
    return np.array(starts[1 : rows + 1])


def _parsed(content: bytes, shown: str, delimiter: str, header: Sequence[str]) -> pa.Table:
    if content.count(b'"') % 2:
        raise UserError(f"{shown}: a quote is opened and not closed; is the file cut off?")
    wrong: list[pyarrow.csv.InvalidRow] = []

    def note(row: pyarrow.csv.InvalidRow) -> str:
        wrong.append(row)
        return "skip"

    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(content),
            read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=1 << 24),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=note
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={column: pa.string() for column in header},
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                null_values=[""],
            ),
        )
    except pa.ArrowInvalid:
        raise UserError(f"{shown}: a quoted cell does not end, or a row is too long") from None
    if wrong:
        first = wrong[0]
        raise UserError(
            f"{shown}: row {first.number} has {first.actual_columns} cells, the header has "
            f"{first.expected_columns} ({len(wrong)} such rows); is the file cut off?"
        )
    return table
