"""Which respondents a question was put to: show conditions applied to answers."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from pipeline.core.codes import as_numbers, is_one_of
from pipeline.questionnaire.conditions import (
    ORDER,
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Contains,
    In,
    Not,
    leaves,
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
    return Conditions(codes, questionnaire).hold_for(item)


def meet(condition: str, responses: pd.DataFrame, questionnaire: Questionnaire) -> np.ndarray:
    """Say for each kept respondent whether a condition on the answers holds: (n,) bool.

    Parameters
    ----------
    responses : as `responses.parquet` holds them: numbers and categories, missing where there is none.
    """
    parsed = parse_condition(condition)
    names = {
        f"{leaf.item}_{leaf.code}" if isinstance(leaf, Contains) else leaf.item
        for leaf in leaves(parsed)
    }
    texts = {name: responses[name].astype("str").where(responses[name].notna()) for name in names}
    return holds(parsed, pd.DataFrame(texts).astype("object"), questionnaire)


class Conditions:
    """The show conditions of a questionnaire on given answers, each worked out once.

    `codes` and `questionnaire` as for `asked`; the answers must not change in between.
    """

    def __init__(self, codes: pd.DataFrame, questionnaire: Questionnaire) -> None:
        self.codes, self.questionnaire = codes, questionnaire
        self._held: dict[tuple[str, ...], np.ndarray] = {}

    def hold_for(self, item: Item) -> np.ndarray:
        """Say for each respondent whether all conditions of an item hold: (n,) bool, not to be changed."""
        if item.shows not in self._held:
            held = np.ones(len(self.codes), dtype=bool)
            for show in item.shows:
                held &= self._holds(show)
            self._held[item.shows] = held
        return self._held[item.shows]

    def _holds(self, show: str) -> np.ndarray:
        if (show,) not in self._held:
            self._held[(show,)] = holds(parse_condition(show), self.codes, self.questionnaire)
        return self._held[(show,)]


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
    as_text = is_one_of(codes[item], values)
    if questionnaire.items[item].kind not in {"count", "number"}:
        return as_text
    numbers = [float(value) for value in values if NUMBER.fullmatch(value)]
    return as_text | np.isin(_numbers(item, codes, questionnaire), numbers)


def _numbers(item: str, codes: pd.DataFrame, questionnaire: Questionnaire) -> np.ndarray:
    choices = questionnaire.items[item].choices
    return as_numbers(codes[item], choices.missing_codes if choices else {})
