"""Which respondents a question was put to: show conditions applied to answers."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from pipeline.questionnaire.conditions import (
    ORDER,
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Contains,
    In,
    Not,
    parse_condition,
)
from pipeline.questionnaire.model import Item, Questionnaire

NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_ORDERED: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


def asked(item: Item, codes: pd.DataFrame, questionnaire: Questionnaire) -> np.ndarray:
    """Say for each respondent whether an item's show conditions hold.

    Parameters
    ----------
    codes : (n, columns) the codes given as text, missing where there is no answer; an option of a
        multiple choice is `"1"` where it was ticked.

    Returns
    -------
    (n,) bool; all true for an item without conditions.
    """
    conditions = [parse_condition(show) for show in item.shows]
    held = [holds(condition, codes, questionnaire) for condition in conditions]
    return np.logical_and.reduce([np.ones(len(codes), dtype=bool), *held])


def holds(condition: Condition, codes: pd.DataFrame, questionnaire: Questionnaire) -> np.ndarray:
    """Say for each respondent whether a condition holds: (n,) bool.

    A comparison with a missing answer is false; order never holds for a declared missing code.
    """
    match condition:
        case Compare(item, operator, value) if operator in ORDER:
            return _ORDERED[operator](_numbers(item, codes, questionnaire), float(value))
        case Compare(item, operator, value):
            equal = _is_one_of(item, (value,), codes, questionnaire)
            return equal if operator == "==" else ~equal & codes[item].notna().to_numpy()
        case In(item, values):
            return _is_one_of(item, values, codes, questionnaire)
        case Contains(item, code):
            return codes[f"{item}_{code}"].eq("1").to_numpy(dtype=bool, na_value=False)
        case Not(inner):
            return ~holds(inner, codes, questionnaire)
        case AllOf(parts):
            return np.logical_and.reduce([holds(part, codes, questionnaire) for part in parts])
        case AnyOf(parts):
            return np.logical_or.reduce([holds(part, codes, questionnaire) for part in parts])


def _is_one_of(
    item: str, values: tuple[str, ...], codes: pd.DataFrame, questionnaire: Questionnaire
) -> np.ndarray:
    """Say for each respondent whether the answer is one of `values`; counts compare as numbers."""
    as_text = codes[item].isin(values).to_numpy(dtype=bool)
    if questionnaire.items[item].kind not in {"count", "number"}:
        return as_text
    numbers = [float(value) for value in values if NUMBER.fullmatch(value)]
    return as_text | np.isin(_numbers(item, codes, questionnaire), numbers)


def _numbers(item: str, codes: pd.DataFrame, questionnaire: Questionnaire) -> np.ndarray:
    choices = questionnaire.items[item].choices
    missing = list(choices.missing_codes) if choices else []
    given = codes[item].astype("object")
    return pd.to_numeric(given.mask(given.isin(missing))).to_numpy(dtype=float)
