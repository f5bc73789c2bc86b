"""Stata files (`.dta`) whose columns and codes are the questionnaire's."""

from __future__ import annotations

from pathlib import Path

from pipeline.core.plan import Responses
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.files.apart import open_apart
from pipeline.responses.files.statistical import open_stata
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers.peek import mark_of
from pipeline.responses.readers.plain import opened_answers

MARK = b"<stata_dta>"
OLD_RELEASES = range(104, 116)
BYTE_ORDERS = (1, 2)


def looks_like_stata(path: Path) -> bool:
    """Say whether a file starts as Stata files do, of this or an earlier release."""
    start = mark_of(path, len(MARK))
    is_old = len(start) > 2 and start[0] in OLD_RELEASES and start[1] in BYTE_ORDERS
    return start == MARK or (is_old and start[2:4] == b"\x01\x00")


def read_stata(
    path: Path, shown_as: str, questionnaire: Questionnaire, layout: Responses
) -> RawAnswers:
    """Read a Stata file; its missing values `.a` to `.z` are codes like others, `.` is empty.

    An option declares such a code with `raw: .a`.

    Raises
    ------
    UserError
        As `opened_answers`.
    """
    opened = open_apart(open_stata, path, shown_as)
    return opened_answers(opened, shown_as, questionnaire, layout)
