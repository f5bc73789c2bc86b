"""Parquet files whose columns and codes are the questionnaire's."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from pipeline.core.plan import Responses
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.version import VERSION_COLUMN
from pipeline.responses.files.apart import open_here
from pipeline.responses.files.columnar import open_parquet
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers.peek import mark_of
from pipeline.responses.readers.plain import opened_answers, plain_columns

MARK = b"PAR1"


def looks_like_parquet(path: Path) -> bool:
    """Say whether a file starts as Parquet files do."""
    return mark_of(path, len(MARK)) == MARK


def read_parquet(
    path: Path, shown_as: str, questionnaire: Questionnaire, layout: Responses
) -> RawAnswers:
    """Read a Parquet file: text, whole numbers, numbers, truth values or categories.

    Raises
    ------
    UserError
        As `opened_answers`; also a file that is damaged.
    """
    wanted = {*plain_columns(questionnaire, layout, shown_as), VERSION_COLUMN}
    opened = open_here(partial(open_parquet, wanted=wanted), path, shown_as)
    return opened_answers(opened, shown_as, questionnaire, layout)
