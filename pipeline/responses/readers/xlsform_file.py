"""Files with answers to an XLSForm: opened, and their headings freed from groups."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.core.plan import Responses
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers.csv_text import read_csv_text
from pipeline.responses.readers.values import Faults
from pipeline.responses.readers.xlsform_answers import xlsform_answers
from pipeline.responses.readers.xlsform_headings import Platform, fields_of, plain_headings


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
        headings = {name: heading for heading, name in plain.items()}
        return [headings.get(name, name) for name in fields.needed]

    read = read_csv_text(path, shown_as, layout, wanted, fields.pattern)
    cells = read.cells.rename_columns([plain[name] for name in read.cells.column_names])
    faults = Faults(shown_as, read.lines)
    return xlsform_answers(cells, faults, (path, shown_as), questionnaire, layout, platform)
