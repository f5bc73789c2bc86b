"""A first look at a file, by which its format is recognised; nothing here ever raises on content."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zipfile
import zlib
from pathlib import Path

PEEKED = 1 << 18
DELIMITERS = ",;\t|"
WORDS = ("xl/sharedStrings.xml", "xl/worksheets/sheet1.xml")
_GZIP = b"\x1f\x8b"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def mark_of(path: Path, length: int) -> bytes:
    """Return the first bytes of a file as they are stored; nothing where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(length)
    except OSError:
        return b""


def first_bytes(path: Path, most: int = PEEKED) -> bytes:
    """Return up to `most` bytes from the start of a file, unpacked where it is gzip; else nothing."""
    try:
        with path.open("rb") as file:
            is_gzip = file.read(2) == _GZIP
        with gzip.open(path) if is_gzip else path.open("rb") as file:
            return file.read(most)
    except (OSError, EOFError, zlib.error):
        return b""


def workbook_start(path: Path) -> bytes:
    """Return the start of the texts and of the first sheet of an Excel workbook; else nothing."""
    try:
        with zipfile.ZipFile(path) as archive:
            there = [part for part in WORDS if part in archive.namelist()]
            return b"".join(archive.open(part).read(PEEKED) for part in there)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
        return b""


def first_text(path: Path) -> str:
    """Return the start of a text file; nothing where it is no text."""
    content = first_bytes(path)
    if content.startswith(_UTF_16):
        return content[: len(content) // 2 * 2].decode("utf-16", errors="ignore")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        cut_off = len(content) == PEEKED and error.start > PEEKED - 4
        text = content.decode("utf-8-sig" if cut_off else "latin-1", errors="ignore")
    return "" if "\x00" in text else text


def header_cells(path: Path) -> list[str]:
    """Return the cells of a CSV file's header, whatever its delimiter; none where it has none.

    Text that starts like JSON, XML or HTML is no CSV.
    """
    text = first_text(path)
    if text.lstrip()[:1] in {"{", "[", "<"}:
        return []
    line = text.split("\n", 1)[0].rstrip("\r")
    delimiter = max(DELIMITERS, key=line.count)
    try:
        cells = next(
            csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter, strict=True), []
        )
    except csv.Error:
        return []
    return cells if len(cells) > 1 else []
