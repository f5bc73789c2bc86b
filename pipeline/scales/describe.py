"""Tables of answers as they were given: how often, and the moments of every rating."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.grouping import Grouping, groupings
from pipeline.core.plan import Plan
from pipeline.core.tables import make_table
from pipeline.questionnaire.columns import (
    AnswerColumn,
    answer_columns,
    rating_columns,
    rating_suffixes,
)
from pipeline.questionnaire.model import Questionnaire
from pipeline.scales.counts import Answers, Counts, code_answers, count_answers, moments
from pipeline.scales.reliability import alpha_if_dropped, item_rest_r
from pipeline.scales.scores import reversed_items

Row = dict[str, object]


@dataclass(frozen=True)
class Place:
    """What an item is in a scale, in a group: from the `n` people who answered the whole scale."""

    n: int
    rest_r: float
    alpha_if_dropped: float


NO_PLACE = Place(0, np.nan, np.nan)
Places = dict[tuple[str, str], dict[str, Place]]


def answers_table(
    responses: pd.DataFrame, questionnaire: Questionnaire, plan: Plan
) -> pd.DataFrame:
    """Return `answers.csv`: how often each answer was given, for everyone and by group.

    Attention checks are left out.
    """
    weights = responses["weight"].to_numpy()
    rows: list[Row] = []
    splits = groupings(responses, plan.groups)
    for column in answer_columns(questionnaire):
        item = column.item
        if item.choices is None or item.kind in {"count", "number"} or item.attention:
            continue
        answers = code_answers(responses, column)
        given = _all_answers(responses, column, answers)
        for grouping in splits:
            counts = count_answers(answers, weights, grouping)
            base = _sums(given, weights, grouping)
            rows += _answer_rows(column, answers, counts, base, grouping)
    return make_table(rows, "answers")


def _all_answers(responses: pd.DataFrame, column: AnswerColumn, answers: Answers) -> np.ndarray:
    """Return (n,) whether the person answered the item at all; for an option, the whole question."""
    if column.option:
        return responses[column.missing].isna().to_numpy()
    return answers.codes >= 0


def _sums(used: np.ndarray, weights: np.ndarray, grouping: Grouping) -> np.ndarray:
    inside = used & (grouping.codes >= 0)
    return np.bincount(grouping.codes[inside], weights[inside], minlength=len(grouping.labels))


def _answer_rows(
    column: AnswerColumn, answers: Answers, counts: Counts, base: np.ndarray, grouping: Grouping
) -> Iterator[Row]:
    name = column.item.id if column.option else column.name
    for g, group in enumerate(grouping.labels):
        for c, code in enumerate(answers.names):
            yield {
                "item": name,
                "code": code,
                "group": group,
                "valence": answers.valence[c] or None,
                "missing": answers.missing[c] != "",
                "n": counts.n[g, c],
                "percent": 100 * counts.weight[g, c] / base[g] if base[g] > 0 else np.nan,
            }


def items_table(responses: pd.DataFrame, questionnaire: Questionnaire, plan: Plan) -> pd.DataFrame:
    """Return `items.csv`: weighted moments of every rating, and its place in its scales, by group.

    An item's place in a scale (its correlation with the rest, alpha without it) is unweighted: it judges
    the questions, not the population.
    """
    rows: list[Row] = []
    splits = groupings(responses, plan.groups)
    places = _scale_places(responses, questionnaire, splits)
    weights = responses["weight"].to_numpy()
    for column in rating_columns(questionnaire):
        answers = code_answers(responses, column)
        values = np.array(
            [int(n) for n, m in zip(answers.names, answers.missing, strict=True) if not m]
        )
        for grouping in splits:
            counts = count_answers(answers, weights, grouping)
            asked_of = _sums(_was_asked(responses, column), weights, grouping)
            rows += _item_rows(column.name, values, counts, asked_of, grouping, places)
    return make_table(rows, "items")


def _was_asked(responses: pd.DataFrame, column: AnswerColumn) -> np.ndarray:
    return (responses[column.missing] != "unseen").to_numpy()


def _item_rows(
    name: str,
    values: np.ndarray,
    counts: Counts,
    asked_of: np.ndarray,
    grouping: Grouping,
    places: Places,
) -> Iterator[Row]:
    n, weight = counts.n[:, : len(values)], counts.weight[:, : len(values)]
    m, total = moments(values, n, weight), weight.sum(axis=1)
    floor, ceiling = int(np.argmin(values)), int(np.argmax(values))
    for g, group in enumerate(grouping.labels):
        for scale, place in places.get((name, group), {"none": NO_PLACE}).items():
            yield {
                "item": name,
                "scale": scale,
                "group": group,
                "n": m.n[g],
                "mean": m.mean[g],
                "sd": m.sd[g],
                "skew": m.skew[g],
                "kurtosis": m.kurtosis[g],
                "n_floor": n[g, floor],
                "n_ceiling": n[g, ceiling],
                "floor": 100 * weight[g, floor] / total[g] if total[g] > 0 else np.nan,
                "ceiling": 100 * weight[g, ceiling] / total[g] if total[g] > 0 else np.nan,
                "missing": 100 * (1 - total[g] / asked_of[g]) if asked_of[g] > 0 else np.nan,
                "n_complete": place.n if scale != "none" else None,
                "item_rest_r": place.rest_r,
                "alpha_if_dropped": place.alpha_if_dropped,
            }


def _scale_places(
    responses: pd.DataFrame, questionnaire: Questionnaire, splits: Sequence[Grouping]
) -> Places:
    """Return (item, group) -> scale -> the item's place in it."""
    places: Places = {}
    for name, scale in questionnaire.scales.items():
        if scale.kind != "scale" or not scale.items:
            continue
        for suffix in rating_suffixes(questionnaire, name):
            answers = reversed_items(responses, questionnaire, name, suffix)
            complete = ~np.isnan(answers).any(axis=1)
            for grouping in splits:
                for group, members in grouping.members():
                    x = answers[members[complete[members]]]
                    found = zip(scale.items, item_rest_r(x), alpha_if_dropped(x), strict=True)
                    for item, rest_r, dropped in found:
                        here = places.setdefault((f"{item}{suffix}", group), {})
                        here[f"{name}{suffix}"] = Place(len(x), rest_r, dropped)
    return places
