"""Drawn answers as the analysis has them after cleaning, without a file in between."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.questionnaire.columns import item_columns
from pipeline.questionnaire.model import Item
from pipeline.simulation.answers import Sheet
from pipeline.simulation.batch import Ground, Options
from pipeline.simulation.draw import simulate

TEXTS = {"short_text", "long_text"}


def draw_clean_answers(ground: Ground, options: Options, seed: int) -> pd.DataFrame:
    """Return answers of careful people who leave nothing out: a row each, missing where not asked.

    Columns as `responses.parquet` has them (answers in own words aside), and `organisation_type`;
    organisations that recycle another's size have codes of their own. `options` must be `clean`.
    """
    interviews = simulate(ground, options, seed).interviews
    codes = np.array([each.code for each in ground.employers], dtype=object)
    types = np.array([each.type for each in ground.employers], dtype=object)
    here = interviews.organisation
    columns: dict[str, object] = {
        "respondent": np.arange(len(here)).astype(str),
        "organisation": codes[here],
        "organisation_type": types[here],
        "language": np.array(interviews.languages, dtype=object)[interviews.language],
        "weight": np.ones(len(here)),
    }
    for item in ground.sheet.questionnaire.items.values():
        if item.kind not in TEXTS:
            columns |= _answers(item, ground.sheet, interviews.codes)
    return pd.DataFrame(columns)


def _answers(item: Item, sheet: Sheet, codes: np.ndarray) -> dict[str, object]:
    found: dict[str, object] = {}
    for column in item_columns(item):
        at = sheet.place(column.name)
        given, valid = codes[:, at], sheet.texts[at][: sheet.valid[at]]
        there = (given >= 0) & (given < len(valid))
        place = np.where(there, given, -1).astype(np.int64)
        if column.option or item.is_rating or item.kind in {"count", "number", "shares"}:
            numbers = np.array([*map(int, valid), 0])[place]
            found[column.name] = pd.arrays.IntegerArray(numbers, ~there)
        else:
            found[column.name] = pd.Categorical.from_codes(place, categories=pd.Index(valid))
        unseen = np.where(there, -1, 0).astype(np.int64)
        found[column.missing] = pd.Categorical.from_codes(unseen, categories=pd.Index(["unseen"]))
    return found
