"""Files of answers with the ids of people replaced; every other cell keeps its bytes."""

from __future__ import annotations

import codecs
import csv
import gzip
import json
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from pipeline.core.errors import UserError
from pipeline.core.plan import FormatName
from pipeline.questionnaire.columns import XLSFORM_TOKEN
from pipeline.responses.readers.kobo import KOBO
from pipeline.responses.readers.odk import ODK
from pipeline.responses.readers.peek import DELIMITERS
from pipeline.responses.readers.xlsform_headings import Platform

Ids = Mapping[str, Mapping[str, str]]
Rewriter = Callable[[bytes, str, Ids], bytes]
GZIP = b"\x1f\x8b"
ARCHIVE = b"PK\x03\x04"
OTHER_IDS = ("_id", "instanceID", "meta/instanceID", "meta-instanceID", "rootUuid", "meta/rootUuid")


def rewritten(content: bytes, format: FormatName, encoding: str, ids: Ids, shown_as: str) -> bytes:
    """Return a file of answers with new ids in the columns that `ids` names.

    Parameters
    ----------
    ids : for `token` and `id`, the new one of each that stands there. An empty cell stays empty.

    Raises
    ------
    UserError
        Nothing is known of how this format holds its ids.
    """
    if content.startswith(ARCHIVE):
        raise UserError(
            f"{shown_as}: tokens in an Excel file cannot be replaced by random ids; export it as CSV"
        )
    if format not in REWRITERS:
        raise UserError(
            f"{shown_as}: tokens in a file of the format '{format}' cannot be replaced by random ids; "
            f"export it as {' or '.join(REWRITERS)}"
        )
    if content.startswith(GZIP):
        unpacked = gzip.decompress(content)
        return gzip.compress(REWRITERS[format](unpacked, encoding, ids), 6, mtime=0)
    return REWRITERS[format](content, encoding, ids)


def rewrite_csv(content: bytes, encoding: str, ids: Ids) -> bytes:
    """Return CSV with new ids; line ends, quotes and all other cells stay as they are."""
    if encoding == "utf-16":
        return (
            rewrite_csv(content.decode(encoding).encode(), "utf-8", ids).decode().encode(encoding)
        )
    mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
    body = content[len(mark) :]
    line = body.split(b"\n", 1)[0].decode(encoding).rstrip("\r")
    delimiter = max(DELIMITERS, key=line.count)
    header = next(csv.reader([line], delimiter=delimiter))
    columns = sorted(header.index(name) for name in ids if name in header)
    news = [ids[header[at]] for at in columns]
    record, end = _record(columns, delimiter.encode()), body.index(b"\n") + 1
    parts = [mark, body[:end]]
    for match in record.finditer(body, end):
        for group, new in enumerate(news, 1):
            parts += [body[end : match.start(group)], _cell(match[group], new, encoding)]
            end = match.end(group)
    return b"".join([*parts, body[end:]])


def rewrite_xlsform(platform: Platform) -> Rewriter:
    """Return what rewrites a platform's CSV; its ids that nobody needs are emptied."""

    def rewrite(content: bytes, encoding: str, ids: Ids) -> bytes:
        named: Ids = {XLSFORM_TOKEN: ids["token"], platform.respondent: ids["id"]}
        nothing: Ids = {column: defaultdict(str) for column in OTHER_IDS}
        return rewrite_csv(content, encoding, {**nothing, **named})

    return rewrite


def _record(columns: list[int], delimiter: bytes) -> re.Pattern[bytes]:
    """Return the pattern of one row, with a group for each of the `columns`; empty in a blank line."""
    cell = rb'(?:"(?:[^"]|"")*+"|[^"\r\n' + re.escape(delimiter) + rb"]*+)"
    pattern, passed = b"", 0
    for at in columns:
        pattern += b"(?:" + cell + re.escape(delimiter) + b"){%d}(" % (at - passed) + cell + b")"
        pattern += re.escape(delimiter) + b"?"
        passed = at + 1
    rest = rb'(?:"(?:[^"]|"")*+"|[^"\r\n])*+\r?(?:\n|\Z)'
    return re.compile(pattern + rest)


def _cell(cell: bytes, new: Mapping[str, str], encoding: str) -> bytes:
    is_quoted = cell.startswith(b'"')
    text = cell[1:-1].replace(b'""', b'"') if is_quoted else cell
    if not text:
        return cell
    drawn = new[text.decode(encoding)].encode()
    return b'"' + drawn + b'"' if is_quoted else drawn


def rewrite_json(content: bytes, encoding: str, ids: Ids) -> bytes:
    """Return JSON with new ids as the values of the keys that `ids` names, wherever they stand."""
    told = json.loads(content.decode("utf-8-sig"))
    return json.dumps(_replaced(told, ids), ensure_ascii=False).encode("utf-8")


def _replaced(value: Any, ids: Ids) -> Any:
    if isinstance(value, list):
        return [_replaced(each, ids) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        _outer(name, each, ids): ids[name][str(each)]
        if name in ids and isinstance(each, str | int) and each != ""
        else _replaced(each, ids)
        for name, each in value.items()
    }


def _outer(name: str, value: Any, ids: Ids) -> str:
    """Return the key of a value: LimeSurvey may put a response below a key that is its id."""
    if isinstance(value, dict) and "id" in ids and str(value.get("id", "")) == name:
        return ids["id"][name]
    return name


REWRITERS: dict[str, Rewriter] = {
    "limesurvey": rewrite_csv,
    "limesurvey-json": rewrite_json,
    "kobo": rewrite_xlsform(KOBO),
    "odk": rewrite_xlsform(ODK),
}
