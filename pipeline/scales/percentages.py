"""Percentages positive of items, scales and indices, with intervals on the effective n."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.core.design import left_of_population
from pipeline.core.grouping import Grouping, groupings
from pipeline.core.plan import Plan
from pipeline.core.tables import make_table
from pipeline.questionnaire.columns import rating_columns, rating_suffixes
from pipeline.questionnaire.model import Questionnaire
from pipeline.scales.counts import Answers, Counts, code_answers, count_answers, wilson
from pipeline.scales.scores import placed

Row = dict[str, object]
RULES = ("valid", "all")
KINDS = ("positive", "neutral", "negative")


def percent_positive_table(
    responses: pd.DataFrame, questionnaire: Questionnaire, plan: Plan
) -> pd.DataFrame:
    """Return `percent_positive.csv`: items, scales and indices, by group and by organisation.

    Both rules are always there: of valid answers, and of all answers with don't know. The percentage
    of a scale is the mean of its items' percentages, reversed items turned; of a scale made of scales,
    the mean of theirs. Weights that the plan makes add up to the people of a group, which its interval
    takes into account.
    """
    innermost = {plan.organisation.levels[-1]: placed(responses, questionnaire, plan)}
    splits = groupings(responses.assign(**innermost), [*plan.groups, *plan.organisation.levels])
    weights = responses["weight"].to_numpy()
    coded = {
        column.name: code_answers(responses, column)
        for column in rating_columns(questionnaire)
        if column.item.choices and column.item.choices.positive
    }
    rows: list[Row] = []
    for grouping in splits:
        population = grouping.sums(weights) if plan.weighting else None
        counts = {name: count_answers(each, weights, grouping) for name, each in coded.items()}
        for name, answers in coded.items():
            for rule in RULES:
                found = _item_percents(answers, counts[name], rule).within(population)
                rows += _percent_rows(name, "item", grouping, rule, found, plan.confidence)
        for target, level, members in _targets(questionnaire):
            if all(member.column in coded for member in members):
                for rule in RULES:
                    mean = _mean_percents(members, coded, counts, grouping, weights, rule)
                    found = mean.within(population)
                    rows += _percent_rows(target, level, grouping, rule, found, plan.confidence)
    return _in_order(make_table(rows, "percent_positive"))


def _in_order(table: pd.DataFrame) -> pd.DataFrame:
    """Put items first, then scales, then indices, each target's groups together."""
    level = table["level"].map({"item": 0, "scale": 1, "index": 2})
    target = pd.factorize(table["target"])[0]
    return table.iloc[np.lexsort((np.arange(len(table)), target, level))].reset_index(drop=True)


@dataclass(frozen=True)
class Member:
    """An item's part in a mean of percentages; a negative answer is positive if it is reversed."""

    column: str
    share: float
    reversed: bool


def _targets(questionnaire: Questionnaire) -> Iterator[tuple[str, str, list[Member]]]:
    """Yield each scale or index with the items in its mean."""
    for name, scale in questionnaire.scales.items():
        if scale.kind != "block":
            for suffix in rating_suffixes(questionnaire, name):
                yield (
                    f"{name}{suffix}",
                    scale.kind,
                    list(_members(questionnaire, name, suffix, 1.0)),
                )


def _members(
    questionnaire: Questionnaire, name: str, suffix: str, share: float
) -> Iterator[Member]:
    scale = questionnaire.scales[name]
    for item in scale.items:
        yield Member(f"{item}{suffix}", share / len(scale.items), item in scale.reversed)
    for part in scale.parts:
        yield from _members(questionnaire, part, suffix, share / len(scale.parts))


def _as_scored(answers: Answers, member: Member) -> Answers:
    turned = {"positive": "negative", "negative": "positive"}
    if not member.reversed:
        return answers
    return replace(answers, valence=tuple(turned.get(each, each) for each in answers.valence))


def _indicator(answers: Answers, kind: str, rule: str) -> tuple[np.ndarray, np.ndarray]:
    """Return (names,) whether an answer is of `kind`, and whether the rule's denominator holds it."""
    of_kind = np.array([each == kind for each in answers.valence])
    kinds = {""} if rule == "valid" else {"", "dont_know"}
    return of_kind, np.array([each in kinds for each in answers.missing])


def _share(answers: Answers, counts: Counts, kind: str, rule: str) -> np.ndarray:
    """Return the weighted share of a kind of answer, (groups,); NaN without answers."""
    of_kind, base = _indicator(answers, kind, rule)
    total = counts.weight @ base
    return np.divide(
        counts.weight @ of_kind, total, out=np.full(len(total), np.nan), where=total > 0
    )


def _dont_know(answers: Answers, counts: Counts) -> np.ndarray:
    total = counts.weight @ _indicator(answers, "", "all")[1]
    given = counts.weight @ np.array([each == "dont_know" for each in answers.missing])
    return np.divide(given, total, out=np.full(len(total), np.nan), where=total > 0)


def _kish_n(answers: Answers, counts: Counts, rule: str) -> np.ndarray:
    """Return Kish's effective n, (sum w)^2 / sum w^2, of the rule's denominator."""
    base = _indicator(answers, "", rule)[1]
    squares = counts.weight_squared @ base
    total = counts.weight @ base
    return np.divide(total**2, squares, out=np.zeros(len(total)), where=squares > 0)


@dataclass(frozen=True)
class Percents:
    """Shares of a target by group under one rule, and the n behind them; arrays are (groups,)."""

    n: np.ndarray
    shares: dict[str, np.ndarray]
    effective_n: np.ndarray

    def within(self, population: np.ndarray | None) -> Percents:
        """Return the same in finite populations (groups,): n* (N - 1) / (N - n) in place of n*."""
        if population is None:
            return self
        left = left_of_population(self.n, population)
        return replace(self, effective_n=self.effective_n / left)


def _item_percents(answers: Answers, counts: Counts, rule: str) -> Percents:
    shares = {kind: _share(answers, counts, kind, rule) for kind in KINDS}
    shares["dont_know"] = _dont_know(answers, counts)
    n = counts.n @ _indicator(answers, "", rule)[1]
    return Percents(n, shares, _kish_n(answers, counts, rule))


def _mean_percents(
    members: Sequence[Member],
    coded: Mapping[str, Answers],
    counts: Mapping[str, Counts],
    grouping: Grouping,
    weights: np.ndarray,
    rule: str,
) -> Percents:
    """Return the mean of items' percentages, and the n that a single proportion as precise would have.

    Reversed items count turned around. The variance is that of the linearised mean of ratios, each
    person's items together, so that correlated items do not count as independent answers.
    """
    answers = [_as_scored(coded[member.column], member) for member in members]
    tallies = [counts[member.column] for member in members]
    items = [_item_percents(a, c, rule) for a, c in zip(answers, tallies, strict=True)]
    if len(items) == 1:
        return items[0]
    parts = np.array([member.share for member in members])
    shares = {
        kind: np.tensordot(parts, [item.shares[kind] for item in items], 1)
        for kind in (*KINDS, "dont_know")
    }
    influence = np.zeros(len(weights))
    for part, a, c, item in zip(parts, answers, tallies, items, strict=True):
        influence += part * _influence(a, c, grouping, rule, item)
    inside = grouping.codes >= 0
    variance = np.bincount(
        grouping.codes[inside], weights[inside] ** 2 * influence[inside] ** 2, len(grouping.labels)
    )
    fewest = np.min([item.effective_n for item in items], axis=0)
    p = shares["positive"]
    return Percents(
        np.min([item.n for item in items], axis=0),
        shares,
        np.divide(p * (1 - p), variance, out=fewest, where=variance > 1e-15),
    )


def _influence(
    answers: Answers, counts: Counts, grouping: Grouping, rule: str, percents: Percents
) -> np.ndarray:
    """Return (n,) how much a unit of a person's weight moves the item's share in their group."""
    of_kind, base = _indicator(answers, "positive", rule)
    total = counts.weight @ base
    scale = np.divide(1.0, total, out=np.zeros(len(total)), where=total > 0)
    share = np.nan_to_num(percents.shares["positive"])
    by_cell = base * (of_kind[None, :] - share[:, None]) * scale[:, None]
    padded = np.zeros((len(total) + 1, len(base) + 1))
    padded[:-1, :-1] = by_cell
    return padded[grouping.codes, answers.codes]


def _percent_rows(
    target: str, of_level: str, grouping: Grouping, rule: str, found: Percents, level: float
) -> Iterator[Row]:
    low, high = wilson(found.shares["positive"], found.effective_n, level)
    for g, group in enumerate(grouping.labels):
        yield {
            "target": target,
            "level": of_level,
            "group": group,
            "rule": rule,
            "n": found.n[g],
            **{kind: 100 * share[g] for kind, share in found.shares.items()},
            "conf_low": 100 * low[g],
            "conf_high": 100 * high[g],
            "conf_level": level,
            "effective_n": found.effective_n[g],
        }
