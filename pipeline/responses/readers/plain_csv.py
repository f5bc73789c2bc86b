"""Plain CSV with one column an answer, gzipped or not, as the plan describes it."""

from __future__ import annotations

from pathlib import Path

from pipeline.core.plan import Responses
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers.csv_text import read_csv_text
from pipeline.responses.readers.peek import header_cells
from pipeline.responses.readers.plain import ALSO, plain_answers, plain_columns
from pipeline.responses.readers.values import Faults


def looks_like_csv(path: Path) -> bool:
    """Say whether a file is text with columns."""
    return bool(header_cells(path))


def read_plain_csv(
    path: Path, shown_as: str, questionnaire: Questionnaire, layout: Responses
) -> RawAnswers:
    """Read a CSV file whose columns and codes are exactly those of the questionnaire.

    Parameters
    ----------
    shown_as : the file's name in messages.
    layout : delimiter, encoding, and the columns that are no questions.

    Returns
    -------
    All rows of the file. An empty cell is a missing answer.

    Raises
    ------
    UserError
        The file is empty, cut off, in another encoding or with another delimiter; a column is missing,
        unknown or doubled; a code is not in its choice set (with row numbers and a count); a row id
        is missing or doubled.
    """
    wanted = plain_columns(questionnaire, layout, shown_as)
    read = read_csv_text(path, shown_as, layout, wanted, ALSO)
    return plain_answers(read.cells, Faults(shown_as, read.lines), questionnaire, layout)
