"""Scale scores: reversal on the declared range, and no score where too little was answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from pipeline.core.plan import Plan
from pipeline.core.predeclared import Derived
from pipeline.core.variance import varies
from pipeline.questionnaire.columns import all_score_columns, rating_suffixes
from pipeline.questionnaire.model import Item, Questionnaire, Scale
from pipeline.questionnaire.organisations import Organisation


def score_scales(
    responses: pd.DataFrame,
    questionnaire: Questionnaire,
    plan: Plan,
    organisations: Sequence[Organisation] = (),
) -> pd.DataFrame:
    """Return the scores as `scores.parquet` holds them: one row a kept respondent.

    A scale rated twice has two columns, `<scale>_current` and `<scale>_desired`. Beside the scores
    stand the organisation levels and type, the plan's derived numbers, and every item that it uses as
    it is.
    """
    first = ["respondent", "organisation", "language", "weight", *plan.organisation.levels]
    columns: dict[str, object] = {name: responses[name] for name in first}
    columns[plan.organisation.levels[-1]] = placed(responses, questionnaire, plan)
    scored: dict[str, np.ndarray] = {}
    for name in _parts_first(questionnaire):
        for suffix in rating_suffixes(questionnaire, name):
            scored[f"{name}{suffix}"] = _score(responses, questionnaire, name, suffix, scored)
    columns |= {name: scored[name] for name in all_score_columns(questionnaire)}
    types = {each.code: each.type for each in organisations if each.type}
    if types:
        names = sorted(set(types.values()))
        columns["organisation_type"] = pd.Categorical(responses["organisation"].map(types), names)
    columns |= {name: _derived(responses, each) for name, each in plan.derived.items()}
    for item in _plan_items(plan, questionnaire):
        columns[item] = responses[item]
        if item in plan.categories:
            columns[item] = _as_category(responses[item], questionnaire.items[item])
    return pd.DataFrame(columns)


def placed(responses: pd.DataFrame, questionnaire: Questionnaire, plan: Plan) -> pd.Categorical:
    """Return everybody's organisation at the innermost level, in the order of `organisations.csv`."""
    choices = questionnaire.items[plan.organisation.levels[-1]].choices
    codes = list(choices.valid_codes) if choices else None
    return pd.Categorical(responses["organisation"].astype("object"), categories=codes)


def reversed_items(
    responses: pd.DataFrame, questionnaire: Questionnaire, scale: str, suffix: str
) -> np.ndarray:
    """Return the answers to a scale's items, (n, k) float, NaN where missing, reversed ones turned.

    A reversed answer is lowest + highest - answer, of the declared answers, not the observed.
    """
    declared = questionnaire.scales[scale]
    columns = []
    for item in declared.items:
        values = responses[f"{item}{suffix}"].to_numpy(dtype=float, na_value=np.nan)
        choices = questionnaire.items[item].choices
        if item in declared.reversed and choices is not None:
            values = sum(choices.bounds) - values
        columns.append(values)
    return np.column_stack(columns)


def combine(parts: np.ndarray, scale: Scale) -> np.ndarray:
    """Combine items or parts (n, k) into a score (n,), NaN where fewer than `needed` are there.

    `mean` of those there; `mean_z`, the mean of z-scores over all n (n - 1); `sum` and `count` are
    the mean, or the share at or above `at_least`, times k, so a missing item never counts as zero.
    """
    there = ~np.isnan(parts)
    if scale.score == "mean_z":
        parts = _z_scores(parts)
    if scale.score == "count":
        parts = np.where(there, parts >= (scale.at_least or 0), np.nan)
    answered = there.sum(axis=1)
    total = np.where(there, parts, 0).sum(axis=1)
    enough = answered >= max(scale.needed or 1, 1)
    mean = np.divide(total, answered, out=np.full(len(parts), np.nan), where=enough)
    return mean * parts.shape[1] if scale.score in {"sum", "count"} else mean


def _as_category(codes: pd.Series, item: Item) -> pd.Categorical:
    """Return numbered answers as categories, in the order of the choice set."""
    texts = codes.astype("Int64").astype("str").astype("object").where(codes.notna())
    return pd.Categorical(texts, categories=list(item.choices.valid_codes if item.choices else ()))


def _derived(responses: pd.DataFrame, derived: Derived) -> np.ndarray:
    """Return the number that each answer stands for, (n,), NaN where there is none."""
    codes = responses[derived.question].astype("object").astype("str")
    values = codes.map(dict(derived.values)).to_numpy(dtype=float, na_value=np.nan)
    return np.log(values) if derived.log else values


def _z_scores(parts: np.ndarray) -> np.ndarray:
    """Return z-scores by column over the rows that are there; 0 for a column without variance."""
    there = ~np.isnan(parts)
    n = np.maximum(there.sum(axis=0), 1)
    centred = parts - np.where(there, parts, 0).sum(axis=0) / n
    squares = np.where(there, centred, 0) ** 2
    sd = np.sqrt(squares.sum(axis=0) / np.maximum(n - 1, 1))
    z = np.where(varies(parts), centred / np.where(sd > 0, sd, 1), 0)
    return np.where(there, z, np.nan)


def _score(
    responses: pd.DataFrame,
    questionnaire: Questionnaire,
    name: str,
    suffix: str,
    scored: dict[str, np.ndarray],
) -> np.ndarray:
    scale = questionnaire.scales[name]
    if scale.items:
        return combine(reversed_items(responses, questionnaire, name, suffix), scale)
    return combine(np.column_stack([scored[f"{part}{suffix}"] for part in scale.parts]), scale)


def _parts_first(questionnaire: Questionnaire) -> Iterable[str]:
    """Return the scales that are scored, each after the scales it is made of."""
    ordered: dict[str, None] = {}

    def visit(name: str) -> None:
        for part in questionnaire.scales[name].parts:
            visit(part)
        ordered.setdefault(name)

    for name, scale in questionnaire.scales.items():
        if scale.kind != "block":
            visit(name)
    return ordered


def _plan_items(plan: Plan, questionnaire: Questionnaire) -> Iterable[str]:
    used = [*plan.outcomes, *plan.controls, *plan.groups]
    for model in plan.models:
        used += [model.outcome, *model.predictors, *(model.controls or ())]
    if plan.gaps and plan.gaps.surface:
        used += plan.gaps.surface.controls or ()
    levels = plan.organisation.levels
    return dict.fromkeys(n for n in used if n in questionnaire.items and n not in levels)
