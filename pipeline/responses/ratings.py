"""Ratings of many questions as one matrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.core.codes import by_code
from pipeline.questionnaire.columns import AnswerColumn

NONE = -1


def rating_places(codes: pd.DataFrame, columns: Sequence[AnswerColumn]) -> np.ndarray:
    """Return (n, k) the position of each answer among the valid codes of its question; `NONE` for none.

    A don't know or a refusal is no answer here. Columns lie side by side in memory.
    """
    most = max((len(_valid(column)) for column in columns), default=0)
    dtype = np.int8 if most <= np.iinfo(np.int8).max else np.int16
    places = np.empty((len(codes), len(columns)), dtype=dtype, order="F")
    for k, column in enumerate(columns):
        place = {code: i for i, code in enumerate(_valid(column))}
        places[:, k] = by_code(codes[column.name], place, other=NONE, absent=NONE, dtype=dtype)
    return places


def rating_values(codes: pd.DataFrame, columns: Sequence[AnswerColumn]) -> np.ndarray:
    """Return (n, k) the numbers given, NaN where there is none."""
    values = np.empty((len(codes), len(columns)), order="F")
    for k, column in enumerate(columns):
        number = {code: float(code) for code in _valid(column)}
        cells = codes[column.name]
        values[:, k] = by_code(cells, number, other=np.nan, absent=np.nan, dtype=np.float64)
    return values


def _valid(column: AnswerColumn) -> tuple[str, ...]:
    return column.item.choices.valid_codes if column.item.choices else ()
