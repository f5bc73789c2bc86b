"""The cleaning rules, in the order in which they are applied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.plan import Plan
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.duplicates import find_duplicates


@dataclass(frozen=True)
class Rule:
    """A cleaning rule: what it looks at, and a function that gives each row to reject its reason.

    `find(answers, questionnaire, plan)` returns (n,) text, empty for rows to keep.
    """

    description: str
    find: Callable[[pd.DataFrame, Questionnaire, Plan], np.ndarray]


def find_without_consent(
    answers: pd.DataFrame, questionnaire: Questionnaire, plan: Plan
) -> np.ndarray:
    """Find rows whose consent is not given in so many words: (n,) reasons."""
    consent = plan.cleaning.consent
    if consent is None:
        return np.full(len(answers), "", dtype=object)
    given = answers[consent.question].astype("object").astype("str").eq(consent.code)
    return np.where(given, "", f"{consent.question} is not answered with {consent.code}")


def find_without_organisation(
    answers: pd.DataFrame, questionnaire: Questionnaire, plan: Plan
) -> np.ndarray:
    """Find rows that belong to no listed organisation at one of the plan's levels: (n,) reasons."""
    reasons = np.full(len(answers), "", dtype=object)
    *outer, innermost = plan.organisation.levels
    choices = questionnaire.items[innermost].choices
    listed = answers["organisation"].isin(choices.valid_codes if choices else [])
    reasons[~listed.to_numpy()] = f"no listed organisation ({innermost})"
    for level in outer:
        reasons[answers[level].isna().to_numpy() & (reasons == "")] = f"{level} is not answered"
    return reasons


def find_incomplete(answers: pd.DataFrame, questionnaire: Questionnaire, plan: Plan) -> np.ndarray:
    """Find rows with too few of the core ratings answered: (n,) reasons."""
    share, least = answers["answered_share"].to_numpy(), plan.cleaning.partial
    shown = [f"{100 * each:.0f} % answered, {100 * least:.0f} % needed" for each in share]
    return np.where(share < least, np.array(shown, dtype=object), "")


RULES: dict[str, Rule] = {
    "consent": Rule("consent is given", find_without_consent),
    "duplicates": Rule("each person once: the most complete row, then the first", find_duplicates),
    "organisation": Rule("an organisation is named at every level", find_without_organisation),
    "completeness": Rule("enough of the core ratings asked are answered", find_incomplete),
}
