"""Answers as LimeSurvey exports them with codes (CSV), and the list of invited people.

UTF-8 with byte-order mark, every value quoted, NULL as nothing, CRLF, a blank line at the end. NULL
is what was never shown (and an empty number); shown and left empty is `""`. LimeSurvey 6.14, as run.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.questionnaire.columns import item_columns
from pipeline.simulation.answers import EMPTY, UNSEEN, Sheet
from pipeline.simulation.interviews import Shown

if TYPE_CHECKING:
    from pipeline.simulation.record import Interviews

ROWS_AT_ONCE = 20_000
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
NUMBERS = {"count", "number", "shares"}


def limesurvey_csv(sheet: Sheet, interviews: Interviews, compress: bool) -> bytes:
    """Return the export of all interviews, in their order; gzip without a date if `compress`."""
    target = io.BytesIO()
    with _Target(target, compress) as file:
        file.write(BYTE_ORDER_MARK)
        for first in range(0, max(len(interviews.codes), 1), ROWS_AT_ONCE):
            part = interviews.rows(slice(first, first + ROWS_AT_ONCE))
            table = _table(dict(_columns(sheet, part, first)))
            file.write(_csv(table, "all_valid", header=first == 0).replace(b"\n", b"\r\n"))
        file.write(b"\r\n")
    return target.getvalue()


class _Target:
    """A file in memory, compressed or not."""

    def __init__(self, target: io.BytesIO, compress: bool) -> None:
        self.file: Any = target
        if compress:
            self.file = gzip.GzipFile("", "wb", 6, target, mtime=0)
        self.compress = compress

    def __enter__(self) -> Any:
        return self.file

    def __exit__(self, *_: object) -> None:
        if self.compress:
            self.file.close()


def compressed(content: bytes) -> bytes:
    """Return gzip bytes that hold no date, so that equal contents give equal files."""
    return gzip.compress(content, 6, mtime=0)


def _csv(table: Any, quoting: str, header: bool) -> bytes:
    import pyarrow as pa
    import pyarrow.csv

    target = pa.BufferOutputStream()
    options = pyarrow.csv.WriteOptions(
        include_header=header, batch_size=1024, quoting_style=quoting
    )
    pyarrow.csv.write_csv(table, target, options)
    return bytes(target.getvalue().to_pybytes())


def _table(columns: dict[str, Any]) -> Any:
    import pyarrow as pa

    return pa.table(columns)


def _columns(sheet: Sheet, part: Interviews, first: int) -> Iterator[tuple[str, Any]]:
    yield from _meta_columns(part, first)
    shown = Shown(sheet, part.codes)
    for page, section in enumerate(sheet.questionnaire.sections):
        seen: set[str] = set()
        items = [item for item in sheet.questionnaire.items.values() if item.section == section.id]
        for question in section.questions:
            if question.kind == "display":
                visible = part.pages[:, page] & shown.all_hold([question.show])
                yield question.code, taken(("",), np.where(visible, 0, UNSEEN))
                continue
            for item in (each for each in items if each.question == question.code):
                for column in item_columns(item):
                    if column.in_limesurvey not in seen:
                        seen.add(column.in_limesurvey)
                        at = sheet.place(column.name)
                        yield column.in_limesurvey, answer_column(sheet, at, part.codes[:, at])
    yield from _time_columns(part)


def answer_column(sheet: Sheet, at: int, codes: np.ndarray) -> Any:
    """Return a column of answers as text: NULL where unseen, and where a number is empty."""
    column = sheet.columns[at]
    if column.option:
        return taken(("", "Y"), np.where(codes == EMPTY, 0, codes))
    empty = UNSEEN if column.item.kind in NUMBERS else len(sheet.texts[at])
    return taken((*sheet.texts[at], ""), np.where(codes == EMPTY, empty, codes))


def taken(texts: tuple[str, ...], places: np.ndarray) -> Any:
    """Return texts by position as an Arrow column; null where the position is below 0."""
    import pyarrow as pa

    indices = pa.array(places.astype(np.int32), mask=places < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(texts, pa.string())).cast(pa.string())


def _meta_columns(part: Interviews, first: int) -> Iterator[tuple[str, Any]]:
    pages = np.arange(part.pages.shape[1]) + 1
    last = (part.pages * pages).max(axis=1)
    end = part.start + np.nansum(part.seconds, axis=1).round().astype("timedelta64[s]")
    yield "id", whole_numbers(np.arange(len(part.codes)) + first + 1)
    yield "submitdate", moments(np.where(part.submitted, end, np.datetime64("NaT", "s")))
    yield "lastpage", whole_numbers(last)
    yield "startlanguage", taken(part.languages, part.language)
    yield "seed", whole_numbers(part.seed)
    yield "token", letters(part.token)
    yield "startdate", moments(part.start)
    yield "datestamp", moments(end)


def _time_columns(part: Interviews) -> Iterator[tuple[str, Any]]:
    yield "interviewtime", decimals(np.nansum(part.seconds, axis=1))
    for k in range(part.seconds.shape[1]):
        yield f"groupTime{k + 1}", decimals(part.seconds[:, k])


def whole_numbers(values: np.ndarray) -> Any:
    """Return whole numbers as an Arrow column of text."""
    import pyarrow as pa

    return pa.array(values).cast(pa.string())


def decimals(values: np.ndarray) -> Any:
    """Return seconds with at most two decimals as an Arrow column of text; null where NaN."""
    import pyarrow as pa

    return pa.array(np.round(values, 2), mask=np.isnan(values)).cast(pa.string())


def moments(values: np.ndarray) -> Any:
    """Return moments as an Arrow column of text, `2026-11-23 09:00:00`; null where there is none."""
    import pyarrow as pa

    return pa.array(values.astype("datetime64[s]")).cast(pa.string())


def letters(values: np.ndarray) -> Any:
    """Return byte strings (n,) as an Arrow column of text."""
    import pyarrow as pa

    return pa.array(values.astype(str) if len(values) < 1 else values, pa.binary()).cast(
        pa.string()
    )


def frame_csv(columns: dict[str, Any]) -> bytes:
    """Return the list of invited people as CSV: one row a token."""
    header = ",".join(columns).encode() + b"\n"
    return header + _csv(_table(columns), "none", header=False)
