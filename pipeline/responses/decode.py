"""Codes given their meaning: typed answers, and for every empty one the kind of missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pipeline.core.codes import as_numbers, by_code, is_one_of
from pipeline.core.plan import Plan
from pipeline.questionnaire.asked import Conditions
from pipeline.questionnaire.columns import AnswerColumn, item_columns
from pipeline.questionnaire.model import Item, MissingKind, Questionnaire
from pipeline.responses.organisation import organisation_of
from pipeline.responses.raw import RawAnswers

MISSING = ("unseen", "empty", "dont_know", "refused")
_KINDS = {"not_asked": "unseen", "dont_know": "dont_know", "refused": "refused"}
_MISSING_TYPE = pd.CategoricalDtype(list(MISSING))
_UNSEEN, _EMPTY = MISSING.index("unseen"), MISSING.index("empty")
_ANSWERED, _NO_CODE = -1, -2


def decode_answers(raw: RawAnswers, questionnaire: Questionnaire, plan: Plan) -> pd.DataFrame:
    """Return the answers as `responses.parquet` holds them.

    Returns
    -------
    One row a respondent, as in the file. Ratings, counts and numbers are numbers; other choices are
    codes; options of a multiple choice are flags. Next to each answer, `<column>_missing` says why it
    is empty: `unseen` (page not submitted, not asked, or its condition does not hold), `empty`,
    `dont_know`, `refused`. The organisation is that of the frame; the answer decides where there is none.
    """
    columns: dict[str, object] = {
        "source_file": pd.Categorical(raw.files),
        "source_row": raw.source_row,
        "respondent": pd.array(raw.respondent, dtype="str"),
        "organisation": pd.array(organisation_of(raw, plan), dtype="str"),
        "language": pd.Categorical(raw.language, categories=list(questionnaire.languages)),
        "weight": raw.weight,
    }
    for number, section in enumerate(questionnaire.sections):
        columns[f"seconds_{section.id}"] = raw.seconds[:, number]
    page = {section.id: number for number, section in enumerate(questionnaire.sections)}
    conditions = Conditions(raw.codes, questionnaire)
    for item in questionnaire.items.values():
        asked = [raw.shown(c, page[item.section], conditions) for c in item_columns(item)]
        if item.kind == "multiple":
            columns |= _options(item_columns(item), raw.codes, np.logical_or.reduce(asked))
        else:
            columns |= _item_answers(item, raw.codes, asked)
    return pd.DataFrame(columns)


def _item_answers(
    item: Item, codes: pd.DataFrame, asked: Sequence[np.ndarray]
) -> dict[str, object]:
    answers: dict[str, object] = {}
    kinds = item.choices.missing_codes if item.choices else {}
    for column, was_asked in zip(item_columns(item), asked, strict=True):
        given = codes[column.name]
        answers[column.name] = _typed(given, kinds, item)
        answers[column.missing] = _why_missing(given, kinds, was_asked)
    return answers


def _typed(given: pd.Series, kinds: Mapping[str, MissingKind], item: Item) -> object:
    if item.kind in {"number", "shares"}:
        return pd.array(as_numbers(given, kinds), dtype="Float64")
    if item.kind == "count":
        return _whole(as_numbers(given, kinds), np.int64)
    if item.is_rating:
        return _whole(as_numbers(given, kinds), np.int32)
    valid = given.cat.set_categories([code for code in given.cat.categories if code not in kinds])
    return valid.astype("str") if item.choices is None else valid


def _whole(values: np.ndarray, dtype: type[np.signedinteger]) -> object:
    empty = np.isnan(values)
    return pd.arrays.IntegerArray(np.where(empty, 0, values).astype(dtype), empty)


def _why_missing(
    given: pd.Series, kinds: Mapping[str, MissingKind], was_asked: np.ndarray
) -> pd.Categorical:
    why = {code: MISSING.index(_KINDS[kind]) for code, kind in kinds.items()}
    reasons = by_code(given, why, other=_ANSWERED, absent=_NO_CODE, dtype=np.int8)
    empty = reasons == _NO_CODE
    reasons[empty] = np.where(was_asked[empty], _EMPTY, _UNSEEN)
    return pd.Categorical.from_codes(reasons, dtype=_MISSING_TYPE)


def _options(
    columns: Sequence[AnswerColumn], codes: pd.DataFrame, was_asked: np.ndarray
) -> dict[str, object]:
    answers: dict[str, object] = {}
    none_given = np.ones(len(codes), dtype=bool)
    for column in columns:
        ticked = is_one_of(codes[column.name], {"1"})
        empty = codes[column.name].isna().to_numpy()
        none_given &= empty
        answers[column.name] = pd.arrays.BooleanArray(ticked, empty)
    reasons = np.where(none_given, np.where(was_asked, _EMPTY, _UNSEEN), _ANSWERED)
    missing = pd.Categorical.from_codes(reasons.astype(np.int8), dtype=_MISSING_TYPE)
    answers[columns[0].missing] = missing
    return answers
