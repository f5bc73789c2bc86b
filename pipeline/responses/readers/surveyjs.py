"""Results of the form library SurveyJS: an array of result objects, one file each, or a folder of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.core.errors import nearest
from pipeline.core.plan import Responses
from pipeline.questionnaire.columns import AnswerColumn, answer_columns
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.surveyjs_names import LANGUAGE_KEY, surveyjs_place, totals_key
from pipeline.questionnaire.version import VERSION_COLUMN
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers.json_text import (
    JsonSheets,
    in_short,
    json_head,
    raise_any,
    read_json_sheets,
    text_column,
)
from pipeline.responses.readers.values import (
    Faults,
    check_version,
    column_codes,
    known_languages,
    unique_texts,
)

Result = Mapping[str, Any]
Places = dict[tuple[str, ...], list[AnswerColumn]]


def read_surveyjs(
    path: Path, shown_as: str, questionnaire: Questionnaire, layout: Responses
) -> RawAnswers:
    """Read what the form of `psico instruments --to surveyjs` returned.

    Parameters
    ----------
    layout : `respondent` names a key that the service around the form added, if it did; else a result's
        file name or its position tells respondents apart. `ignore` lists further keys.

    Returns
    -------
    All results. SurveyJS leaves out what was not answered: show conditions tell whether it was seen, and
    all pages count as submitted.

    Raises
    ------
    UserError
        No JSON; a result of another version of the questionnaire; a key or a code that the
        questionnaire does not have; an answer of another type than the question's.
    """
    sheets = read_json_sheets(path, shown_as)
    places = _places(questionnaire)
    meta = {VERSION_COLUMN, LANGUAGE_KEY, *layout.ignore, *filter(None, [layout.respondent])}
    meta |= {totals_key(i.question) for i in questionnaire.items.values() if i.kind == "shares"}
    raise_any(_key_faults(sheets, shown_as, places, meta))
    faults = Faults(shown_as, sheets.places, "sheet")
    check_version(
        _texts(_values_at(sheets, [VERSION_COLUMN]), shown_as, VERSION_COLUMN),
        questionnaire,
        layout,
        faults,
    )
    codes: dict[str, pd.Categorical] = {}
    for place, columns in places.items():
        codes |= _answers(sheets, place, columns, shown_as, faults)
    spoken = _texts(_values_at(sheets, [LANGUAGE_KEY]), shown_as, LANGUAGE_KEY)
    language = known_languages(spoken, LANGUAGE_KEY, questionnaire.languages, faults)
    respondent = _respondents(sheets, layout.respondent, shown_as, faults)
    faults.raise_any()
    size = len(sheets.objects)
    return RawAnswers(
        codes=pd.DataFrame(codes),
        respondent=respondent,
        language=language,
        weight=np.ones(size),
        source_row=np.arange(1, size + 1),
        pages=np.full(size, len(questionnaire.sections)),
        seconds=np.full((size, len(questionnaire.sections)), np.nan),
        token=np.full(size, None, dtype=object),
        organisation=np.full(size, None, dtype=object),
    )


def looks_like_surveyjs(path: Path) -> bool:
    """Say whether a file holds results of the form."""
    return f'"{LANGUAGE_KEY}"'.encode() in json_head(path)


def _places(questionnaire: Questionnaire) -> Places:
    """Return the columns by the keys that lead to them; options of a multiple choice share theirs."""
    places: Places = {}
    for column in answer_columns(questionnaire):
        places.setdefault(surveyjs_place(column), []).append(column)
    return places


def _key_faults(sheets: JsonSheets, shown: str, places: Places, meta: set[str]) -> Iterator[str]:
    """Yield a sentence for each key that leads to no answer."""
    starts = {place[:k]: len(place) == k for place in places for k in range(1, len(place) + 1)}
    for sheet, place in zip(sheets.objects, sheets.places, strict=True):
        answers = {key: value for key, value in sheet.items() if key not in meta}
        for fault in _faults_below(answers, (), starts):
            yield f"{shown}: sheet {place}: {fault}"


def _faults_below(
    answers: Result, above: tuple[str, ...], starts: Mapping[tuple[str, ...], bool]
) -> Iterator[str]:
    for key, value in answers.items():
        place = (*above, key)
        if place not in starts:
            known = {start[-1] for start in starts if start[:-1] == above}
            shown = ".".join((*above, in_short(key)))
            yield f"the answer {shown} is unknown{nearest(key[:40], known)}"
        elif not starts[place]:
            if isinstance(value, dict):
                yield from _faults_below(value, place, starts)
            elif value is not None:
                yield f"the answer to {'.'.join(place)} is {in_short(value)}, and no object of rows"


def _answers(
    sheets: JsonSheets,
    place: tuple[str, ...],
    columns: Sequence[AnswerColumn],
    shown: str,
    faults: Faults,
) -> dict[str, pd.Categorical]:
    """Return the codes of the columns that share a place: one, or the options of a multiple choice."""
    name = ".".join(place)
    values = _values_at(sheets, place)
    if columns[0].option:
        strange = [_strange_code(value, columns[0]) for value in values]
        wrong = np.array([each is not None for each in strange])
        cells = text_column(strange, shown, name)
        faults.note(name, wrong, cells, "stands for no declared answer")
        return {column.name: _ticks(values, column) for column in columns}
    wrong = np.array([not _is_plain(value) for value in values])
    cells = _texts(values, shown, name)
    faults.note(name, wrong, cells, "is neither a text nor a number")
    return {columns[0].name: column_codes(cells, columns[0], name, faults, raw=False)}


def _values_at(sheets: JsonSheets, place: Sequence[str]) -> list[Any]:
    """Return what each sheet holds at a place; None where it has nothing there."""
    values: list[Any] = sheets.objects
    for key in place:
        values = [each.get(key) if isinstance(each, dict) else None for each in values]
    return values


def _is_plain(value: Any) -> bool:
    return value is None or value.__class__ in (str, int, float)


def _as_text(value: Any) -> str | None:
    """Return an answer as text, a number as files write it, anything else as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value) if _is_plain(value) else in_short(value)


def _strange_code(value: Any, column: AnswerColumn) -> str | None:
    """Return what stands in a multiple choice and is no list of its codes, or None."""
    if value is None:
        return None
    if not isinstance(value, list):
        return in_short(value)
    known = column.item.choices.valid_codes if column.item.choices else ()
    return next((str(_as_text(each)) for each in value if _as_text(each) not in known), None)


def _ticks(values: Sequence[Any], column: AnswerColumn) -> pd.Categorical:
    """Return `"1"` and `"0"` for an option, missing where nothing at all is ticked."""
    lists = [value if isinstance(value, list) else [] for value in values]
    places = [int(column.option in map(_as_text, each)) if each else -1 for each in lists]
    return pd.Categorical.from_codes(places, categories=pd.Index(["0", "1"], dtype="str"))


def _texts(values: Sequence[Any], shown: str, name: str) -> Any:
    """Return answers as a column of text cells."""
    return text_column([_as_text(each) for each in values], shown, name)


def _respondents(sheets: JsonSheets, key: str, shown: str, faults: Faults) -> np.ndarray:
    if key:
        return unique_texts(_texts(_values_at(sheets, [key]), shown, key), key, faults)
    return np.array([place.removesuffix(".json") for place in sheets.places], dtype=object)
