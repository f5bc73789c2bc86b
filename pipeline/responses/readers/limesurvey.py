"""LimeSurvey's CSV export with question codes and answer codes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.core.errors import UserError
from pipeline.core.plan import Responses
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.version import VERSION_COLUMN
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers.csv_text import CsvTable, read_csv_text
from pipeline.responses.readers.limesurvey_cells import codes_and_unseen
from pipeline.responses.readers.limesurvey_headings import (
    META,
    Headings,
    known_columns,
    limesurvey_headings,
)
from pipeline.responses.readers.peek import header_cells
from pipeline.responses.readers.values import (
    Faults,
    check_version,
    known_languages,
    unique_texts,
)

FULL_HEADINGS = ("Response ID Date submitted", "Antwoord ID Datum", "ID de la réponse Date")
PAGE_TIME = re.compile(r"groupTime\d+")
MOMENT, NOW = r"\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?)?", "2026-11-23 09:00:00"
NOT_RECORDED = np.datetime64("1980-01-01T00:00:00")  # LimeSurvey's, where it keeps no dates


def looks_like_limesurvey(path: Path) -> bool:
    """Say whether a file is a CSV export of LimeSurvey, however its headings are worded."""
    header = header_cells(path)
    return {"lastpage", "startlanguage"} <= set(header) or any(
        " ".join(header[:4]).startswith(words) for words in FULL_HEADINGS
    )


def read_limesurvey(
    path: Path, shown_as: str, questionnaire: Questionnaire, layout: Responses
) -> RawAnswers:
    """Read LimeSurvey's CSV with codes (`,` or `;`).

    Headings are question codes, `CULT[clan][1]`, or variables of expressions, `CULT_clan_0`.

    Returns
    -------
    All rows of the file. A page counts as submitted up to `lastpage`, and all of them where there is a
    `submitdate`.

    Raises
    ------
    UserError
        As for a plain CSV; also headings or answers that are texts instead of codes, and another version
        of the questionnaire.
    """
    found: dict[str, str] = {}

    def wanted(header: Sequence[str]) -> list[str]:
        found.update(limesurvey_headings(header, questionnaire, shown_as))
        return [*META, *found.values()]

    read = read_csv_text(path, shown_as, layout, wanted, known_columns(questionnaire))
    return limesurvey_answers(read, found, shown_as, questionnaire, layout)


def limesurvey_answers(
    read: CsvTable,
    headings: Headings,
    shown_as: str,
    questionnaire: Questionnaire,
    layout: Responses,
) -> RawAnswers:
    """Turn the cells of an export, by its headings, into answers.

    A null cell was never shown, an empty one was left empty: of choices and texts, not of numbers.
    """
    table, faults = read.cells, Faults(shown_as, read.lines)
    pages = _pages(table, len(questionnaire.sections), faults)
    respondent = unique_texts(table.column("id"), "id", faults)
    language = known_languages(
        table.column("startlanguage"), "startlanguage", questionnaire.languages, faults
    )
    if VERSION_COLUMN in table.column_names:
        check_version(table.column(VERSION_COLUMN), questionnaire, layout, faults)
    submitted = _moments(table, "submitdate", faults)
    started = _moments(table, "startdate", faults) if "startdate" in table.column_names else None
    codes, unseen = codes_and_unseen(table, headings, questionnaire, pages, faults)
    return RawAnswers(
        codes=codes,
        respondent=respondent,
        language=language,
        weight=np.ones(table.num_rows),
        source_row=read.lines,
        pages=pages,
        seconds=_seconds(table, questionnaire, shown_as),
        token=_tokens(table),
        organisation=np.full(table.num_rows, None, dtype=object),
        unseen=unseen,
        started=started,
        submitted=submitted,
    )


def _tokens(table: pa.Table) -> np.ndarray:
    """Return (n,) the token of each row; an anonymous survey has none."""
    if "token" not in table.column_names:
        return np.full(table.num_rows, None, dtype=object)
    return np.asarray(table.column("token").to_pandas(), dtype=object)


def _pages(table: pa.Table, sections: int, faults: Faults) -> np.ndarray:
    """Return (n,) how many pages were submitted."""
    last = table.column("lastpage")
    number = pd.to_numeric(last.to_pandas(), errors="coerce")
    wrong = (
        (number.isna() & last.to_pandas().fillna("").ne("")) | (number > sections) | (number < 0)
    )
    wrong |= number.mod(1) > 0
    faults.note("lastpage", wrong.to_numpy(), last, f"is no page from 0 to {sections}")
    submitted = table.column("submitdate").to_pandas().fillna("").ne("").to_numpy()
    return np.where(submitted, sections, number.fillna(0).to_numpy()).astype(np.int64)


def _moments(table: pa.Table, column: str, faults: Faults) -> np.ndarray:
    """Return (n,) moments; NaT for an empty cell, and for the day that stands for "not recorded"."""
    texts = table.column(column).to_pandas()
    given = texts.notna() & texts.ne("")
    like = texts.where(given & texts.str.fullmatch(MOMENT))
    found = pd.to_datetime(like, format="ISO8601", errors="coerce")
    faults.note(
        column, (given & found.isna()).to_numpy(), table.column(column), "is no moment like " + NOW
    )
    moments = found.to_numpy(dtype="datetime64[s]")
    return np.where(moments == NOT_RECORDED, np.datetime64("NaT", "s"), moments)


def _seconds(table: pa.Table, questionnaire: Questionnaire, shown: str) -> np.ndarray:
    times = [name for name in table.column_names if PAGE_TIME.fullmatch(name)]
    if not times:
        return np.full((table.num_rows, len(questionnaire.sections)), np.nan)
    if len(times) != len(questionnaire.sections):
        raise UserError(
            f"{shown}: {len(times)} page times (groupTime...) for {len(questionnaire.sections)} pages"
        )
    columns = [pd.to_numeric(table.column(name).to_pandas(), errors="coerce") for name in times]
    return np.column_stack([column.to_numpy(dtype=float) for column in columns])
