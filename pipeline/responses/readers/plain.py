"""Answers whose columns and codes are exactly the questionnaire's, whatever kind of file holds them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.core.errors import UserError
from pipeline.core.plan import Responses
from pipeline.questionnaire.columns import AnswerColumn, answer_columns
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.version import VERSION_COLUMN
from pipeline.responses.files.opened import Opened
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers.csv_text import check_header
from pipeline.responses.readers.value_labels import note_missing, other_meanings
from pipeline.responses.readers.values import (
    Faults,
    check_version,
    column_codes,
    known_codes,
    known_languages,
    unique_texts,
)

ALSO = re.compile(VERSION_COLUMN)


def plain_columns(questionnaire: Questionnaire, layout: Responses, shown_as: str) -> list[str]:
    """Return the columns that a plain file must have: row ids, language, weight, then the answers.

    Raises
    ------
    UserError
        The plan names no column of row ids.
    """
    if not layout.respondent:
        raise UserError(
            f"{shown_as}: a plain file, and the plan does not say which column holds the row ids: "
            "add 'respondent: NAME' under 'responses' in analysis.yaml"
        )
    others = [c for c in (layout.respondent, layout.language, layout.weight) if c]
    return [*others, *(column.in_csv for column in answer_columns(questionnaire))]


def opened_answers(
    opened: Opened, shown_as: str, questionnaire: Questionnaire, layout: Responses
) -> RawAnswers:
    """Return the answers of an opened file, as `plain_answers` does.

    Raises
    ------
    UserError
        As for a plain CSV; also a value label that the questionnaire has for another code, a value that
        the file declares missing and the questionnaire does not, and a date where an answer should be.
    """
    wanted = plain_columns(questionnaire, layout, shown_as)
    check_header(opened.header, wanted, layout, shown_as, ALSO)
    columns = answer_columns(questionnaire)
    problems = other_meanings(opened.labels, columns, shown_as)
    problems += [
        f"{shown_as}: the column '{name}' holds dates or times; the program that wrote the file has "
        "changed answers into them: write it anew with texts"
        for name in wanted
        if name in opened.dates
    ]
    if problems:
        raise UserError("\n".join(problems))
    if not len(opened.lines):
        raise UserError(f"{shown_as}: there are columns and no row in them")
    faults = Faults(shown_as, opened.lines)
    cells = pa.table(
        {name: opened.columns[name] for name in opened.header if name in opened.columns}
    )
    note_missing(opened.missing, columns, cells, faults)
    return plain_answers(cells, faults, questionnaire, layout)


def plain_answers(
    cells: pa.Table, faults: Faults, questionnaire: Questionnaire, layout: Responses
) -> RawAnswers:
    """Return the answers in a table of text, one row a respondent; an empty cell is a missing answer.

    Parameters
    ----------
    cells : text, plain or dictionary encoded, by the columns of `plain_columns`.
    faults : those found so far; each cell that is not as it should be is added, then all are raised.
    """
    columns, n = answer_columns(questionnaire), cells.num_rows
    codes = {c.name: _codes(cells.column(c.in_csv), c, faults) for c in columns}
    named = (layout.respondent, layout.language, layout.weight, VERSION_COLUMN)
    texts = {c: cells.column(c).cast(pa.string()) for c in named if c in cells.column_names}
    respondent = unique_texts(texts[layout.respondent], layout.respondent, faults)
    language = _language(texts, layout, questionnaire, faults, n)
    weight = _weight(texts, layout, faults, n)
    if VERSION_COLUMN in texts:
        check_version(texts[VERSION_COLUMN], questionnaire, layout, faults)
    faults.raise_any()
    return RawAnswers(
        codes=pd.DataFrame(codes),
        respondent=respondent,
        language=language,
        weight=weight,
        source_row=faults.lines,
        pages=np.full(n, len(questionnaire.sections)),
        seconds=np.full((n, len(questionnaire.sections)), np.nan),
        token=np.full(n, None, dtype=object),
        organisation=np.full(n, None, dtype=object),
    )


def _codes(values: pa.ChunkedArray, column: AnswerColumn, faults: Faults) -> pd.Categorical:
    if column.option:
        return known_codes(values, {"0": "0", "1": "1"}, column.in_csv, faults)
    return column_codes(values, column, column.in_csv, faults, raw=True)


def _language(
    texts: Mapping[str, pa.ChunkedArray],
    layout: Responses,
    questionnaire: Questionnaire,
    faults: Faults,
    n: int,
) -> np.ndarray:
    languages = questionnaire.languages
    if not layout.language:
        return np.full(n, languages[0], dtype=object)
    return known_languages(texts[layout.language], layout.language, languages, faults)


def _weight(
    texts: Mapping[str, pa.ChunkedArray], layout: Responses, faults: Faults, n: int
) -> np.ndarray:
    if not layout.weight:
        return np.ones(n)
    column = texts[layout.weight]
    weight = pd.to_numeric(column.to_pandas(), errors="coerce").to_numpy(dtype=float)
    faults.note(
        layout.weight, ~(np.isfinite(weight) & (weight > 0)), column, "is no weight above 0"
    )
    return weight
