"""Rows that are the same person again."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.core.plan import Duplicates, Plan
from pipeline.questionnaire.columns import core_ratings
from pipeline.questionnaire.model import Questionnaire


def find_duplicates(answers: pd.DataFrame, questionnaire: Questionnaire, plan: Plan) -> np.ndarray:
    """Find every row but the best of each person: (n,) reasons.

    Of rows with one token, then of near-identical rows, the most complete is kept, then the first.
    """
    reasons = np.full(len(answers), "", dtype=object)
    rule = plan.cleaning.duplicates
    if rule is None or answers.empty:
        return reasons
    share = answers["answered_share"].to_numpy()
    order = np.argsort(-share, kind="stable")
    again = answers["token"].iloc[order]
    again = again.duplicated() & again.notna() & again.ne("")
    reasons[order[again.to_numpy()]] = "the token of another row"
    left = np.array([row for row in order if reasons[row] == ""])
    for row in _near_identical(answers.iloc[left], questionnaire, rule):
        reasons[left[row]] = f"at least {100 * rule.share:.0f} % the answers of another row"
    return reasons


def _near_identical(
    answers: pd.DataFrame, questionnaire: Questionnaire, rule: Duplicates
) -> list[int]:
    """Return the positions of rows that repeat an earlier one; rows come best first.

    Only people of one organisation who gave the same answers to all of `rule.same` are compared.
    """
    ratings = _matrix(answers, questionnaire)
    enough = (ratings >= 0).sum(axis=1) >= rule.answered
    same = answers[["organisation", *rule.same]]
    alike = same.notna().all(axis=1).to_numpy() & enough
    blocks = same[alike].groupby(list(same.columns), observed=True, sort=False).indices
    positions = np.flatnonzero(alike)
    found: list[int] = []
    for block in blocks.values():
        found += _repeats(ratings, positions[np.sort(block)], rule)
    return found


def _matrix(answers: pd.DataFrame, questionnaire: Questionnaire) -> np.ndarray:
    """Return (n, k) answers to the core ratings; -1 where there is none."""
    columns = [column.name for column in core_ratings(questionnaire)]
    values = [answers[name].to_numpy(dtype=np.int16, na_value=-1) for name in columns]
    return np.column_stack(values) if values else np.empty((len(answers), 0), dtype=np.int16)


def _repeats(ratings: np.ndarray, rows: np.ndarray, rule: Duplicates) -> list[int]:
    """Return the rows that agree with an earlier kept one in `rule.share` of what both answered."""
    kept: list[int] = []
    repeats: list[int] = []
    for row in rows:
        mine = ratings[row]
        both = (ratings[kept] >= 0) & (mine >= 0)
        equal = ((ratings[kept] == mine) & both).sum(axis=1)
        compared = both.sum(axis=1)
        is_repeat = (compared >= rule.answered) & (equal >= rule.share * compared)
        (repeats if is_repeat.any() else kept).append(int(row))
    return repeats
