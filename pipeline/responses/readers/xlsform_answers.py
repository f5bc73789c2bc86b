"""Answers to an XLSForm, out of the cells of a file of Kobo or ODK."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.core.errors import UserError
from pipeline.core.plan import Responses
from pipeline.questionnaire.columns import (
    XLSFORM_LANGUAGE,
    XLSFORM_TOKEN,
    AnswerColumn,
    item_columns,
)
from pipeline.questionnaire.model import Item, Questionnaire
from pipeline.questionnaire.version import VERSION_COLUMN
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers.values import (
    Faults,
    check_version,
    column_codes,
    known_codes,
    known_languages,
    ticked_codes,
    unique_texts,
)
from pipeline.responses.readers.xlsform_headings import Platform, told_as_text


def xlsform_answers(
    cells: pa.Table,
    faults: Faults,
    questionnaire: Questionnaire,
    layout: Responses,
    platform: Platform,
) -> RawAnswers:
    """Return the answers in a table of text, one row a respondent, by the fields of the form.

    Only interviews that were sent are in such a file, so all pages count as submitted. An empty cell was
    never shown, or left empty: show conditions tell.

    Raises
    ------
    UserError
        A code, a number, a language or a version that is not the questionnaire's; texts of answers instead
        of codes.
    """
    codes: dict[str, pd.Categorical] = {}
    for item in questionnaire.items.values():
        codes |= _item_codes(item, cells, faults)
    respondent = unique_texts(cells.column(platform.respondent), platform.respondent, faults)
    check_version(cells.column(VERSION_COLUMN), questionnaire, layout, faults)
    language = _languages(cells, questionnaire, faults)
    if faults.messages:
        _refuse_texts(cells, questionnaire, faults.shown_as, platform)
    faults.raise_any()
    n, pages = cells.num_rows, len(questionnaire.sections)
    return RawAnswers(
        codes=pd.DataFrame(codes),
        respondent=respondent,
        language=language,
        weight=np.ones(n),
        source_row=faults.lines,
        pages=np.full(n, pages),
        seconds=np.full((n, pages), np.nan),
        token=_tokens(cells),
        organisation=np.full(n, None, dtype=object),
    )


def _item_codes(item: Item, cells: pa.Table, faults: Faults) -> dict[str, pd.Categorical]:
    columns = item_columns(item)
    if not columns[0].option:
        return {
            column.name: column_codes(
                _missing_as_declared(cells.column(column.in_xlsform), item),
                column,
                column.in_xlsform,
                faults,
                raw=False,
            )
            for column in columns
        }
    field = columns[0].xlsform_field
    if field in cells.column_names:
        options = [column.option for column in columns]
        ticked = ticked_codes(cells.column(field), options, field, faults)
        return {column.name: ticked[column.option] for column in columns}
    flags = {"1": "1", "0": "0"}
    return {
        column.name: known_codes(cells.column(column.in_xlsform), flags, column.in_xlsform, faults)
        for column in columns
    }


def _missing_as_declared(values: pa.ChunkedArray, item: Item) -> pa.ChunkedArray:
    """Return numbers with their missing codes as declared: a field for decimals makes 99 into 99.0."""
    codes = item.choices.missing_codes if item.choices else {}
    if item.kind not in {"count", "number"} or not codes:
        return values
    written = {float(code): code for code in codes if code.isdecimal()}
    encoded = values.combine_chunks().dictionary_encode()
    words = [written.get(_number(word), word) for word in encoded.dictionary.to_pylist()]
    texts = pa.DictionaryArray.from_arrays(encoded.indices, pa.array(words, pa.string()))
    return pa.chunked_array([texts.cast(pa.string())])


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def _languages(cells: pa.Table, questionnaire: Questionnaire, faults: Faults) -> np.ndarray:
    languages = questionnaire.languages
    if len(languages) == 1:
        return np.full(cells.num_rows, languages[0], dtype=object)
    return known_languages(cells.column(XLSFORM_LANGUAGE), XLSFORM_LANGUAGE, languages, faults)


def _tokens(cells: pa.Table) -> np.ndarray:
    """Return (n,) the token that a personal link filled in; missing without one."""
    if XLSFORM_TOKEN not in cells.column_names:
        return np.full(cells.num_rows, None, dtype=object)
    tokens = cells.column(XLSFORM_TOKEN).to_pandas().astype("object")
    return tokens.where(tokens.notna() & tokens.ne(""), None).to_numpy()


def _refuse_texts(
    cells: pa.Table, questionnaire: Questionnaire, shown_as: str, platform: Platform
) -> None:
    """Raise one error, instead of one a column, where the cells hold the texts of answers."""
    columns = [column for item in questionnaire.items.values() for column in item_columns(item)]
    for column in columns:
        found = _first_text(cells, column)
        if found is not None:
            raise UserError(
                f"{shown_as}: column '{column.xlsform_field}': '{found}' is the text of an answer, and not "
                f"its code; {platform.advice}"
            )


def _first_text(cells: pa.Table, column: AnswerColumn) -> str | None:
    item, field = column.item, column.xlsform_field
    if item.choices is None or field not in cells.column_names:
        return None
    codes = {option.code for option in item.choices.options}
    found: Sequence[str | None] = cells.column(field).unique().to_pylist()
    texts = told_as_text(column) - codes
    return next((each for each in found if each in texts), None)
