"""What a model stands on, with its holes; and the scores of answers whose holes were filled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from pipeline.core.incomplete import Incomplete, Variable
from pipeline.core.plan import Plan
from pipeline.core.variance import varies
from pipeline.questionnaire.columns import all_score_columns, rating_suffixes
from pipeline.questionnaire.conditions import AllOf, Compare, Condition, parse_condition
from pipeline.questionnaire.model import Questionnaire
from pipeline.scales.scores import combine


@dataclass(frozen=True)
class Material:
    """The answers and scores of a study: rows are the same people in the same order."""

    responses: pd.DataFrame
    scores: pd.DataFrame
    questionnaire: Questionnaire
    plan: Plan

    @cached_property
    def scale_of(self) -> dict[str, tuple[str, str]]:
        """Of each score's column, its scale and its rating's suffix."""
        asked = self.questionnaire
        scales = (name for name in asked.scales if asked.scales[name].kind != "block")
        return {f"{s}{end}": (s, end) for s in scales for end in rating_suffixes(asked, s)}


@dataclass(frozen=True)
class Completion:
    """The holes of what a model needs, and the way back to its scores.

    Attributes
    ----------
    data : the items of its scales, its other columns, and the means of the other scales.
    needed : columns of scores that the model takes. material : where they come from.
    """

    data: Incomplete
    needed: tuple[str, ...]
    material: Material = field(repr=False)

    def scores(self, values: np.ndarray) -> pd.DataFrame:
        """Return the needed columns, in the types of the scores, from completed answers (n, v).

        Scores follow the rules of `score_scales` (a mean of z-scores keeps the means and standard
        deviations of the scores as observed, so that it is one quantity in all imputations); what was not
        asked stays missing.
        """
        return pd.DataFrame(
            {name: self._column(name, values) for name in self.needed},
            index=self.material.scores.index,
        )

    def answers(self, values: np.ndarray) -> pd.DataFrame:
        """Return the completed columns of answers, as numbers and categories; missing where not asked.

        Beside `scores`: conditions on who is in a model are looked up here, and ratings given twice.
        """
        responses = self.material.responses
        names = [name for name in self.data.names if name in responses]
        return pd.DataFrame({name: self._answer(name, values) for name in names}, responses.index)

    def _answer(self, name: str, values: np.ndarray) -> pd.Series:
        filled, kept = values[:, self.data.at(name)], self.material.responses[name]
        if pd.api.types.is_numeric_dtype(kept):
            return pd.Series(pd.array(filled, dtype="Float64"), kept.index).astype(kept.dtype)
        codes = np.where(np.isnan(filled), -1, filled).astype(np.int64)
        categories = self.material.scores[name].cat.categories
        return pd.Series(pd.Categorical.from_codes(codes, categories=categories), kept.index)

    def _column(self, name: str, values: np.ndarray) -> pd.Series | np.ndarray:
        if name in self.material.scale_of:
            return self._score(*self.material.scale_of[name], values)
        filled, kept = values[:, self.data.at(name)], self.material.scores[name]
        if not isinstance(kept.dtype, pd.CategoricalDtype):
            return pd.Series(filled, index=kept.index)
        answers = self.material.responses.get(name)
        if answers is not None and pd.api.types.is_numeric_dtype(answers):
            texts = [str(int(each)) if each == each else None for each in filled]
            return pd.Series(pd.Categorical(texts, kept.cat.categories), index=kept.index)
        codes = np.where(np.isnan(filled), -1, filled).astype(np.int64)
        return pd.Series(pd.Categorical.from_codes(codes, dtype=kept.dtype), index=kept.index)

    def _score(self, name: str, end: str, values: np.ndarray) -> np.ndarray:
        scale, asked = self.material.questionnaire.scales[name], self.material.questionnaire
        if scale.items:
            parts = values[:, self.data.columns([f"{item}{end}" for item in scale.items])].copy()
            for k, item in enumerate(scale.items):
                choices = asked.items[item].choices
                if item in scale.reversed and choices is not None:
                    parts[:, k] = sum(choices.bounds) - parts[:, k]
            return combine(parts, scale)
        parts = np.column_stack([self._score(part, end, values) for part in scale.parts])
        if scale.score != "mean_z":
            return combine(parts, scale)
        observed = self.material.scores[[f"{part}{end}" for part in scale.parts]].to_numpy(float)
        level, spread = np.nanmean(observed, axis=0), np.nanstd(observed, axis=0, ddof=1)
        z = (parts - level) / np.where(varies(observed), spread, np.inf)
        return combine(z, scale.model_copy(update={"score": "mean"}))


def completion_of(
    material: Material, needed: Sequence[str], outcomes: Sequence[str] = ()
) -> Completion:
    """Return what is to be completed for a model.

    Parameters
    ----------
    needed : the columns of scores that the model takes, outcomes and controls included. outcomes : those of
        them that are explained: a person who says not to know a single question among them has no outcome,
        and none is made up (the answer is drawn along only so that other holes can lean on it).

    Returns
    -------
    Scale items are completed one by one, "don't know" included; scales that the model does not take enter
    by their means. Numbers are numbered answers, counts and derived numbers with more than two values;
    categories the rest.
    """
    names = list(dict.fromkeys(_with_gates(material, needed)))
    variables = [each for name in names for each in _variables(material, name)]
    variables = list({each.name: each for each in variables}.values())
    variables += list(_other_means(material, names, variables))
    values = np.column_stack([_values(material, each) for each in variables])
    closed = np.column_stack([_closed(material, each, outcomes) for each in variables])
    outermost = material.scores[material.plan.organisation.levels[0]]
    clusters = outermost.astype("category").cat.codes.to_numpy().astype(int)
    types = np.zeros(len(clusters), dtype=int)
    if "organisation_type" in material.scores:
        types = material.scores["organisation_type"].cat.codes.to_numpy().astype(int)
    data = Incomplete(tuple(variables), values, closed, clusters, types)
    return Completion(data, tuple(needed), material)


def _with_gates(material: Material, needed: Sequence[str]) -> Iterator[str]:
    """Yield the needed columns, each after the question that it is asked because of."""
    for name in needed:
        scale, _ = material.scale_of.get(name, ("", ""))
        items = material.questionnaire.items_of_scale(scale) if scale else [name]
        for item in items:
            gate = _gate(material, item)
            if gate is not None:
                yield gate[0]
        yield name


def _variables(material: Material, name: str) -> Iterator[Variable]:
    if name in material.scale_of:
        yield from _items(material, *material.scale_of[name])
        return
    answers = material.responses.get(name)
    kept = material.scores[name] if answers is None else answers
    number = pd.api.types.is_numeric_dtype(kept) and kept.nunique() > 2
    yield Variable(name, "number" if number else "category", asked_where=_gate(material, name))


def _items(material: Material, name: str, end: str) -> Iterator[Variable]:
    scale = material.questionnaire.scales[name]
    for part in scale.parts:
        yield from _items(material, part, end)
    for item in scale.items:
        is_reversed, gate = item in scale.reversed, _gate(material, item)
        yield Variable(f"{item}{end}", "number", f"{name}{end}", is_reversed, gate)


def _other_means(
    material: Material, needed: Sequence[str], variables: Sequence[Variable]
) -> Iterator[Variable]:
    """Yield the scores of scales that are not needed and were put to everyone."""
    asked, taken = material.questionnaire, {each.name for each in variables}
    for column in all_score_columns(asked, ("scale",)):
        scale, end = material.scale_of[column]
        items = asked.items_of_scale(scale)
        own = {f"{item}{end}" for item in items}
        gated = any(_gate(material, item) for item in items)
        if asked.scales[scale].items and column not in needed and not own & taken and not gated:
            yield Variable(column, "number")


def _gate(material: Material, item: str) -> tuple[str, float] | None:
    """Return the question and the number by which an item is asked; conditions met by all are none."""
    if item not in material.questionnaire.items:
        return None
    shows = [parse_condition(show) for show in material.questionnaire.items[item].shows]
    for each in (part for show in shows for part in _conjuncts(show)):
        if isinstance(each, Compare) and each.operator == "==":
            given = material.responses[each.item]
            if pd.api.types.is_numeric_dtype(given) and not given.eq(float(each.value)).all():
                return each.item, float(each.value)
    return None


def _conjuncts(condition: Condition) -> Iterator[Condition]:
    if isinstance(condition, AllOf):
        for part in condition.parts:
            yield from _conjuncts(part)
    else:
        yield condition


def _values(material: Material, variable: Variable) -> np.ndarray:
    source = material.responses if variable.name in material.responses else material.scores
    given = source[variable.name]
    if pd.api.types.is_numeric_dtype(given):
        return np.asarray(given.to_numpy(dtype=float, na_value=np.nan))
    kept = material.scores[variable.name].astype("category").cat.codes.to_numpy().astype(float)
    return np.where(kept < 0, np.nan, kept)


def _closed(material: Material, variable: Variable, outcomes: Sequence[str]) -> np.ndarray:
    """Say which cells stay empty: an outcome not known, or not asked for a reason that is no gate."""
    name, reason = variable.name, material.responses.get(f"{variable.name}_missing")
    if reason is None:
        return np.zeros(len(material.responses), dtype=bool)
    unknown = reason.eq("dont_know").to_numpy(dtype=bool, na_value=False)
    return unknown if name in outcomes and not variable.scale else np.zeros_like(unknown)
