"""PO, the gettext format: the name of a string is its context, the status a translator's comment."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

from pipeline.core.errors import UserError
from pipeline.questionnaire.translation.record import STATUSES
from pipeline.questionnaire.translation.unit import Sheet, Unit

STATUS, NOTE, PROJECT, SOURCE = "status: ", "note: ", "X-Psico-Study", "X-Source-Language"


def po_file(sheet: Sheet) -> bytes:
    """Return a sheet as PO; what is stale, or a draft, is marked fuzzy."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    catalog = Catalog(header_comment="", fuzzy=False, charset="utf-8")
    catalog.mime_headers = []
    lines = [
        f'"{PROJECT}: {sheet.study}@{sheet.version}\\n"',
        f'"{SOURCE}: {sheet.source_language}\\n"',
        f'"Language: {sheet.language}\\n"',
        '"MIME-Version: 1.0\\n"',
        '"Content-Type: text/plain; charset=utf-8\\n"',
        '"Content-Transfer-Encoding: 8bit\\n"',
    ]
    for unit in sheet.units:
        longest = f"; at most {unit.most_bytes} bytes" if unit.most_bytes else ""
        is_fuzzy = unit.stale or unit.status == "draft"
        catalog.add(
            unit.source,
            unit.target,
            context=unit.name,
            auto_comments=[unit.context + longest],
            user_comments=_comments(unit),
            flags=["fuzzy"] if is_fuzzy and unit.target else [],
        )
    body = io.BytesIO()
    write_po(body, catalog, omit_header=True, width=0)
    return "\n".join(['msgid ""', 'msgstr ""', *lines, "", ""]).encode() + body.getvalue()


def _comments(unit: Unit) -> list[str]:
    status = [STATUS + unit.status] if unit.status else []
    return status + ([NOTE + " ".join(unit.note.split())] if unit.note else [])


def read_po(path: Path) -> Sheet:
    """Read PO as a translation tool gives it back; a fuzzy string is a draft.

    Raises
    ------
    UserError
        It is no PO file, or none that psi-co wrote.
    """
    from babel.messages.pofile import PoFileError
    from babel.messages.pofile import read_po as parse

    try:
        catalog = parse(io.BytesIO(path.read_bytes()), charset="utf-8", abort_invalid=True)
    except (PoFileError, UnicodeDecodeError, ValueError) as error:
        raise UserError(f"{path}: not a PO file in UTF-8: {error}") from None
    headers = _headers(path)
    if PROJECT not in headers:
        raise UserError(f"{path}: no PO file of psi-co: its header does not name the study")
    study, _, version = headers[PROJECT].partition("@")
    units = (
        Unit(
            str(message.context),
            str(message.id),
            str(message.string or ""),
            _status(message.user_comments, message.fuzzy, bool(message.string)),
            _after(message.user_comments, NOTE),
        )
        for message in catalog
        if message.id
    )
    return Sheet(study, headers.get(SOURCE, ""), headers.get("Language", ""), version, tuple(units))


def _headers(path: Path) -> dict[str, str]:
    headers = {}
    for line in path.read_text(encoding="utf-8-sig").splitlines():
        if line.startswith("msgctxt"):
            break
        if line.startswith('"') and line.endswith('\\n"'):
            key, _, value = line[1:-3].partition(": ")
            headers[key] = value
    return headers


def _status(comments: Iterable[str], fuzzy: bool, is_there: bool) -> str:
    status = _after(comments, STATUS)
    if not is_there:
        return ""
    return "draft" if fuzzy or status not in STATUSES else status


def _after(comments: Iterable[str], start: str) -> str:
    found = (each.removeprefix(start) for each in comments if each.startswith(start))
    return next(found, "").strip()
