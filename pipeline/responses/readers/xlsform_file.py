"""Files with answers to an XLSForm: opened, and their headings freed from groups."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from pipeline.core.errors import UserError
from pipeline.core.plan import Responses
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.files.apart import open_apart
from pipeline.responses.files.workbook import open_workbook
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers.csv_text import check_header, read_csv_text
from pipeline.responses.readers.values import Faults
from pipeline.responses.readers.xlsform_answers import xlsform_answers
from pipeline.responses.readers.xlsform_headings import (
    Fields,
    Platform,
    fields_of,
    plain_headings,
)


def read_xlsform_csv(
    path: Path,
    shown_as: str,
    questionnaire: Questionnaire,
    layout: Responses,
    platform: Platform,
) -> RawAnswers:
    """Read a platform's CSV; errors as for `plain_headings`, `read_csv_text` and `xlsform_answers`."""
    fields = fields_of(questionnaire, platform)
    plain: dict[str, str] = {}

    def wanted(header: Sequence[str]) -> list[str]:
        plain.update(plain_headings(header, fields, questionnaire, platform, shown_as))
        return _needed(plain, fields)

    read = read_csv_text(path, shown_as, layout, wanted, fields.pattern)
    cells = read.cells.rename_columns([plain[name] for name in read.cells.column_names])
    faults = Faults(shown_as, read.lines)
    return xlsform_answers(cells, faults, questionnaire, layout, platform)


def read_xlsform_workbook(
    path: Path,
    shown_as: str,
    questionnaire: Questionnaire,
    layout: Responses,
    platform: Platform,
) -> RawAnswers:
    """Read a platform's Excel file: texts stay as they are, a number without decimals is a whole one.

    Raises
    ------
    UserError
        As for CSV; also what `open_workbook` cannot read, and dates where answers should be.
    """
    fields = fields_of(questionnaire, platform)
    opened = open_apart(open_workbook, path, shown_as)
    plain = plain_headings(opened.header, fields, questionnaire, platform, shown_as)
    check_header(opened.header, _needed(plain, fields), layout, shown_as, fields.pattern)
    known = [h for h in opened.header if plain[h] in {*fields.needed, *fields.optional}]
    dates = [plain[h] for h in known if h in opened.dates and plain[h] not in platform.meta]
    if dates:
        raise UserError(
            f"{shown_as}: the column '{dates[0]}' holds dates or times; the program that wrote the file "
            "has changed answers into them: export it anew, and do not edit it"
        )
    if not len(opened.lines):
        raise UserError(f"{shown_as}: there is a header and no row below it")
    cells = pa.table({plain[h]: opened.columns[h].cast(pa.string()) for h in known})
    faults = Faults(shown_as, opened.lines)
    return xlsform_answers(cells, faults, questionnaire, layout, platform)


def _needed(plain: dict[str, str], fields: Fields) -> list[str]:
    """Return the headings of the fields that every file has; of an absent one, the field."""
    headings = {name: heading for heading, name in plain.items()}
    return [headings.get(name, name) for name in fields.needed]
