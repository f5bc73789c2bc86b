"""ODK Central: its CSV of submissions."""

from __future__ import annotations

from pathlib import Path

from pipeline.core.plan import Responses
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers.peek import header_cells
from pipeline.responses.readers.xlsform_file import read_xlsform_csv
from pipeline.responses.readers.xlsform_headings import Platform

ODK = Platform(
    respondent="KEY",
    meta=frozenset(
        {
            *(
                "start",
                "end",
                "today",
                "deviceid",
                "username",
                "audit",
                "instanceID",
                "instanceName",
            ),
            *("SubmissionDate", "KEY", "PARENT_KEY", "SubmitterID", "SubmitterName", "DeviceID"),
            *("AttachmentsPresent", "AttachmentsExpected", "Status", "ReviewState", "Edits"),
            *("FormVersion", "isValidated", "CompletionDate", "MarkedAsComplete", "deprecatedID"),
        }
    ),
    advice="download the submissions from ODK Central as CSV, whose headings are names and whose cells "
    "are codes",
)


def looks_like_odk(path: Path) -> bool:
    """Say whether a file is a CSV of submissions from ODK Central or Briefcase."""
    return {"SubmissionDate", "KEY"} <= set(header_cells(path))


def read_odk(
    path: Path, shown_as: str, questionnaire: Questionnaire, layout: Responses
) -> RawAnswers:
    """Read ODK's CSV; headings with or without groups, multiple choices split or not.

    The row id is `KEY`, the instance's.

    Raises
    ------
    UserError
        As for a plain CSV; also headings or answers that are texts instead of names and codes, and another
        version of the questionnaire.
    """
    return read_xlsform_csv(path, shown_as, questionnaire, layout, ODK)
