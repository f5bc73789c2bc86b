"""Plain CSV with one column an answer, gzipped or not, as the plan describes it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.core.plan import Responses
from pipeline.questionnaire.columns import AnswerColumn, answer_columns
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers.csv_text import read_csv_text
from pipeline.responses.readers.peek import header_cells
from pipeline.responses.readers.values import (
    Faults,
    column_codes,
    known_codes,
    known_languages,
    unique_texts,
)


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
    columns = answer_columns(questionnaire)
    wanted = [column.in_csv for column in columns]
    others = [c for c in (layout.respondent, layout.language, layout.weight) if c]
    read = read_csv_text(path, shown_as, layout, [*others, *wanted])
    table, faults = read.cells, Faults(shown_as, read.lines)
    codes = {c.name: _codes(table.column(c.in_csv), c, faults) for c in columns}
    respondent = unique_texts(table.column(layout.respondent), layout.respondent, faults)
    language = _language(table, layout, questionnaire, faults)
    weight = _weight(table, layout, faults)
    faults.raise_any()
    return RawAnswers(
        codes=pd.DataFrame(codes),
        respondent=respondent,
        language=language,
        weight=weight,
        source_row=read.lines,
        pages=np.full(table.num_rows, len(questionnaire.sections)),
        seconds=np.full((table.num_rows, len(questionnaire.sections)), np.nan),
        token=np.full(table.num_rows, None, dtype=object),
        organisation=np.full(table.num_rows, None, dtype=object),
    )


def _codes(values: pa.ChunkedArray, column: AnswerColumn, faults: Faults) -> pd.Categorical:
    if column.option:
        return known_codes(values, {"0": "0", "1": "1"}, column.in_csv, faults)
    return column_codes(values, column, column.in_csv, faults, raw=True)


def _language(
    table: pa.Table, layout: Responses, questionnaire: Questionnaire, faults: Faults
) -> np.ndarray:
    languages = questionnaire.languages
    if not layout.language:
        return np.full(table.num_rows, languages[0], dtype=object)
    return known_languages(table.column(layout.language), layout.language, languages, faults)


def _weight(table: pa.Table, layout: Responses, faults: Faults) -> np.ndarray:
    if not layout.weight:
        return np.ones(table.num_rows)
    column = table.column(layout.weight)
    weight = pd.to_numeric(column.to_pandas(), errors="coerce").to_numpy(dtype=float)
    faults.note(
        layout.weight, ~(np.isfinite(weight) & (weight > 0)), column, "is no weight above 0"
    )
    return weight
