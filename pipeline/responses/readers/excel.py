"""Excel workbooks (`.xlsx`) with one sheet, whose columns and codes are the questionnaire's."""

from __future__ import annotations

from pathlib import Path

from pipeline.core.plan import Responses
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.files.apart import open_apart
from pipeline.responses.files.workbook import OLD_OR_LOCKED, open_workbook
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers.peek import mark_of
from pipeline.responses.readers.plain import opened_answers

ARCHIVE = b"PK\x03\x04"
PARTS = (b"[Content_Types].xml", b"_rels/.rels", b"xl/", b"docProps/")


def looks_like_excel(path: Path) -> bool:
    """Say whether a file is an Excel workbook, also one of an old kind or with a password."""
    start = mark_of(path, 4096)
    is_archive = start.startswith(ARCHIVE) and any(part in start for part in PARTS)
    return is_archive or start.startswith(OLD_OR_LOCKED)


def read_excel(
    path: Path, shown_as: str, questionnaire: Questionnaire, layout: Responses
) -> RawAnswers:
    """Read an Excel workbook; texts stay as they are, a number without decimals is a whole number.

    Raises
    ------
    UserError
        As `opened_answers`; also what `open_workbook` cannot read.
    """
    opened = open_apart(open_workbook, path, shown_as)
    return opened_answers(opened, shown_as, questionnaire, layout)
