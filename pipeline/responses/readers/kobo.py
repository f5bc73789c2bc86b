"""KoboToolbox: its CSV and its Excel file with XML values and headers."""

from __future__ import annotations

from pathlib import Path

from pipeline.core.plan import Responses
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers.excel import looks_like_excel
from pipeline.responses.readers.peek import header_cells, workbook_start
from pipeline.responses.readers.xlsform_file import read_xlsform_csv, read_xlsform_workbook
from pipeline.responses.readers.xlsform_headings import Platform

KOBO = Platform(
    respondent="_uuid",
    meta=frozenset(
        {
            *("start", "end", "today", "deviceid", "username", "simserial", "subscriberid"),
            *("phonenumber", "audit", "instanceID", "instanceName", "rootUuid", "deprecatedID"),
            *("_id", "_uuid", "_submission_time", "_validation_status", "_notes", "_status"),
            *("_submitted_by", "__version__", "_version_", "_tags", "_index"),
        }
    ),
    advice="in KoboToolbox, under Data > Downloads, choose 'XML values and headers'",
)
OWN = {"_uuid", "_submission_time"}


def looks_like_kobo(path: Path) -> bool:
    """Say whether a file is an export of KoboToolbox, whatever its headings are."""
    if looks_like_excel(path):
        start = workbook_start(path)
        return all(b">%s<" % name.encode() in start for name in OWN)
    return set(header_cells(path)) >= OWN


def read_kobo(
    path: Path, shown_as: str, questionnaire: Questionnaire, layout: Responses
) -> RawAnswers:
    """Read KoboToolbox's CSV or Excel file; headings with or without groups, multiple choices in any form.

    The row id is `_uuid`.

    Raises
    ------
    UserError
        As for a plain CSV; also headings or answers that are texts instead of XML values, and another
        version of the questionnaire.
    """
    read = read_xlsform_workbook if looks_like_excel(path) else read_xlsform_csv
    return read(path, shown_as, questionnaire, layout, KOBO)
