"""The cleaning rules, in the order in which they are applied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.plan import Plan
from pipeline.questionnaire.columns import core_ratings
from pipeline.questionnaire.model import Questionnaire


@dataclass(frozen=True)
class Rule:
    """A cleaning rule: what it looks at, and a function that gives each row to reject its reason.

    `find(answers, questionnaire, plan)` returns (n,) text, empty for rows to keep.
    """

    description: str
    find: Callable[[pd.DataFrame, Questionnaire, Plan], np.ndarray]


def find_without_organisation(
    answers: pd.DataFrame, questionnaire: Questionnaire, plan: Plan
) -> np.ndarray:
    """Find rows that name no organisation at one of the plan's levels: (n,) reasons."""
    reasons = np.full(len(answers), "", dtype=object)
    for level in plan.organisation.levels:
        reasons[answers[level].isna().to_numpy() & (reasons == "")] = f"{level} is not answered"
    return reasons


def find_incomplete(answers: pd.DataFrame, questionnaire: Questionnaire, plan: Plan) -> np.ndarray:
    """Find rows with too few of the core ratings answered: (n,) reasons."""
    share, least = answered_share(answers, questionnaire), plan.cleaning.partial
    shown = [f"{100 * each:.0f} % answered, {100 * least:.0f} % needed" for each in share]
    return np.where(share < least, np.array(shown, dtype=object), "")


def answered_share(answers: pd.DataFrame, questionnaire: Questionnaire) -> np.ndarray:
    """Return the share of core ratings that each respondent answered, out of those asked.

    Don't know and refused count as answered; a question that was not asked does not count; a
    dual rating counts twice. Returns (n,) in 0-1; 0 where nothing was asked.
    """
    answered, put = np.zeros(len(answers)), np.zeros(len(answers))
    for column in core_ratings(questionnaire):
        reason = answers[column.missing].cat
        unseen, empty = (reason.categories.get_loc(name) for name in ("unseen", "empty"))
        codes = reason.codes.to_numpy()
        put += codes != unseen
        answered += (codes != unseen) & (codes != empty)
    return np.divide(answered, put, out=np.zeros(len(answers)), where=put > 0)


RULES: dict[str, Rule] = {
    "organisation": Rule("an organisation is named at every level", find_without_organisation),
    "completeness": Rule("enough of the core ratings asked are answered", find_incomplete),
}
