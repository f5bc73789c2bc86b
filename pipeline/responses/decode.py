"""Codes given their meaning: typed answers, and for every empty one the kind of missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pipeline.core.plan import Plan
from pipeline.questionnaire.asked import asked
from pipeline.questionnaire.columns import AnswerColumn, item_columns
from pipeline.questionnaire.model import Item, MissingKind, Questionnaire
from pipeline.responses.completeness import answered_share
from pipeline.responses.raw import RawAnswers

MISSING = ("unseen", "empty", "dont_know", "refused")
_KINDS = {"not_asked": "unseen", "dont_know": "dont_know", "refused": "refused"}
_MISSING_TYPE = pd.CategoricalDtype(list(MISSING))


def decode_answers(raw: RawAnswers, questionnaire: Questionnaire, plan: Plan) -> pd.DataFrame:
    """Return the answers as `responses.parquet` holds them, before cleaning.

    Beside them stand `source_file`, `source_row`, `token`, and `answered_share`, the share of core
    ratings answered.

    Returns
    -------
    One row a respondent, as in the file. Ratings, counts and numbers are numbers; other choices are
    codes; options of a multiple choice are flags. Next to each answer, `<column>_missing` says why it
    is empty: `unseen` (page not submitted, not asked, or its condition does not hold), `empty`,
    `dont_know`, `refused`. The organisation is that of the frame; the answer decides where there is none.
    """
    innermost = plan.organisation.levels[-1]
    own_answer = raw.codes[innermost].astype("object").to_numpy()
    from_frame = pd.notna(raw.organisation)
    columns: dict[str, object] = {
        "source_file": pd.Categorical(_files(raw)),
        "source_row": raw.source_row,
        "respondent": pd.array(raw.respondent, dtype="str"),
        "token": pd.array(raw.token, dtype="str"),
        "organisation": pd.array(np.where(from_frame, raw.organisation, own_answer), dtype="str"),
        "language": pd.Categorical(raw.language, categories=list(questionnaire.languages)),
        "weight": raw.weight,
        "answered_share": answered_share(raw.codes, questionnaire),
    }
    for number, section in enumerate(questionnaire.sections):
        columns[f"seconds_{section.id}"] = raw.seconds[:, number]
    page = {section.id: number for number, section in enumerate(questionnaire.sections, 1)}
    for item in questionnaire.items.values():
        submitted = raw.pages >= page[item.section]
        columns |= _item_answers(item, raw, questionnaire, submitted)
    return pd.DataFrame(columns)


def _files(raw: RawAnswers) -> np.ndarray:
    no_name = np.full(len(raw.respondent), "", dtype=object)
    return no_name if raw.source_file is None else raw.source_file


def _item_answers(
    item: Item, raw: RawAnswers, questionnaire: Questionnaire, submitted: np.ndarray
) -> dict[str, object]:
    codes = raw.codes
    meant = asked(item, codes, questionnaire) & submitted
    columns = item_columns(item)
    if item.kind == "multiple":
        told = [raw.unseen[column.name] for column in columns if column.name in raw.unseen]
        return _options(columns, codes, ~np.logical_and.reduce(told) if told else meant)
    answers: dict[str, object] = {}
    for column in columns:
        given = codes[column.name]
        kinds = item.choices.missing_codes if item.choices else {}
        was_asked = ~raw.unseen[column.name] if column.name in raw.unseen else meant
        is_missing_code = given.isin(list(kinds)).to_numpy()
        answers[column.name] = _typed(given, is_missing_code, item)
        answers[column.missing] = _why_missing(given, kinds, was_asked)
    return answers


def _typed(given: pd.Series, is_missing_code: np.ndarray, item: Item) -> object:
    kinds = item.choices.missing_codes if item.choices else {}
    answers = [code for code in given.cat.categories if code not in kinds]
    valid = given.mask(is_missing_code).cat.set_categories(answers)
    if not (item.is_rating or item.kind in {"count", "number", "shares"}):
        return valid.astype("str") if item.choices is None else valid
    values = np.array([*map(float, answers), np.nan])[valid.cat.codes.to_numpy()]
    if item.kind in {"number", "shares"}:
        return pd.array(values, dtype="Float64")
    return pd.array(values, dtype="Int64" if item.kind == "count" else "Int32")


def _why_missing(
    given: pd.Series, kinds: Mapping[str, MissingKind], was_asked: np.ndarray
) -> pd.Categorical:
    reasons = np.full(len(given), -1, dtype=np.int8)
    empty = given.isna().to_numpy()
    reasons[empty & was_asked] = MISSING.index("empty")
    reasons[empty & ~was_asked] = MISSING.index("unseen")
    for code, kind in kinds.items():
        reasons[given.eq(code).to_numpy(dtype=bool, na_value=False)] = MISSING.index(_KINDS[kind])
    return pd.Categorical.from_codes(reasons, dtype=_MISSING_TYPE)


def _options(
    columns: Sequence[AnswerColumn], codes: pd.DataFrame, was_asked: np.ndarray
) -> dict[str, object]:
    answers: dict[str, object] = {}
    none_given = np.ones(len(codes), dtype=bool)
    for column in columns:
        given = codes[column.name]
        none_given &= given.isna().to_numpy()
        answers[column.name] = given.eq("1").astype("boolean").mask(given.isna())
    reasons = np.where(none_given, np.where(was_asked, 1, 0), -1).astype(np.int8)
    answers[columns[0].missing] = pd.Categorical.from_codes(reasons, dtype=_MISSING_TYPE)
    return answers
