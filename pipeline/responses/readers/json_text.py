"""JSON files with one object a respondent, after everything that can be wrong with them was looked for."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.core.errors import UserError
from pipeline.responses.readers.peek import first_bytes

MAXIMUM_BYTES = 1_000_000_000
SHOWN_FAULTS = 10
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class JsonSheets:
    """What respondents answered, an object each, and where each stands: (n,) file names or positions."""

    objects: list[dict[str, Any]]
    places: np.ndarray


class _Refused(ValueError):
    """JSON that Python would read by dropping or bending a value."""


def read_json_sheets(path: Path, shown_as: str) -> JsonSheets:
    """Read a file with one object or an array of them, or a folder of such files (`*.json`).

    Raises
    ------
    UserError
        Says what is wrong with a file as a whole: absent, empty, too large, encoding, no JSON, nested
        too deep, a key twice in an object, or something else than objects.
    """
    files = _files(path, shown_as)
    if sum(file.stat().st_size for file in files) > MAXIMUM_BYTES:
        raise UserError(f"{shown_as}: larger than {MAXIMUM_BYTES // 1_000_000} MB")
    objects: list[dict[str, Any]] = []
    places: list[str] = []
    for file in files:
        shown = f"{shown_as}/{file.name}" if path.is_dir() else shown_as
        found = _objects(_parsed(file.read_bytes(), shown), shown)
        objects += found
        places += _places(file.name if path.is_dir() else "", len(found))
    return JsonSheets(objects, np.array(places, dtype=object))


def json_head(path: Path) -> bytes:
    """Return the start of a file if it looks like JSON, else nothing."""
    head = first_bytes(path).removeprefix(codecs.BOM_UTF8).lstrip()
    return head if head[:1] in (b"{", b"[") else b""


def text_column(values: Sequence[str | None], shown_as: str, name: str) -> pa.ChunkedArray:
    """Return texts as a column of cells; half a character, which no file of text holds, is refused."""
    try:
        return pa.chunked_array([pa.array(values, pa.string())])
    except UnicodeEncodeError:
        raise UserError(f"{shown_as}: '{name}' holds half a character (a lone surrogate)") from None


def raise_any(faults: Iterator[str]) -> None:
    """Raise one error with the first few faults, if there is any."""
    messages = list(islice(faults, SHOWN_FAULTS + 1))
    if len(messages) > SHOWN_FAULTS:
        messages[-1] = "... and more like these"
    if messages:
        raise UserError("\n".join(messages))


def in_short(value: Any) -> str:
    """Return a value as JSON writes it, as short as a message can hold."""
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace").decode("utf-8")
    return text if len(text) <= 40 else f"{text[:40]}..."


def _files(path: Path, shown: str) -> list[Path]:
    if not path.exists():
        raise UserError(f"{shown}: the file does not exist")
    if not path.is_dir():
        return [path]
    files = sorted(path.glob("[!.]*.json"))
    if not files:
        raise UserError(f"{shown}: the folder holds no file that ends in .json")
    return files


def _parsed(content: bytes, shown: str) -> Any:
    if not content.strip():
        raise UserError(f"{shown}: the file is empty")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        guess = "utf-16" if content.startswith(_UTF_16) else "something else"
        raise UserError(f"{shown}: is not UTF-8 but {guess}; save it as UTF-8") from None
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise UserError(
            f"{shown}:{error.lineno}: is no JSON ({error.msg.lower()}, column {error.colno}); "
            "is the file cut off or edited?"
        ) from None
    except RecursionError:
        raise UserError(f"{shown}: is nested too deep for a file of answers") from None
    except _Refused as error:
        raise UserError(f"{shown}: {error}") from None
    except ValueError:
        raise UserError(f"{shown}: holds a number with thousands of digits") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise _Refused(f"'{doubled}' stands twice in one object")
    return found


def _no_constant(name: str) -> Any:
    raise _Refused(f"holds {name}, which is no JSON")


def _objects(value: Any, shown: str) -> list[dict[str, Any]]:
    sheets = value if isinstance(value, list) else [value]
    if not sheets:
        raise UserError(f"{shown}: the array is empty: there are no answers in it")
    for position, sheet in enumerate(sheets, 1):
        if not isinstance(sheet, dict):
            found = in_short(sheet)
            raise UserError(f"{shown}: sheet {position} is {found}, and no object with answers")
    return sheets


def _places(name: str, size: int) -> list[str]:
    """Return what tells sheets apart: the name of their file, or their position in it, or both."""
    if not name:
        return [str(position) for position in range(1, size + 1)]
    return [name] if size == 1 else [f"{name} no. {position}" for position in range(1, size + 1)]
