"""Scores made in other ways, for the sensitivity of results to how they are made."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.errors import Finding
from pipeline.core.plan import Plan
from pipeline.questionnaire.columns import rating_suffixes
from pipeline.questionnaire.model import Questionnaire, Scale
from pipeline.questionnaire.organisations import Organisation
from pipeline.scales.exploratory.factor_scores import factor_scores
from pipeline.scales.exploratory.model import explore
from pipeline.scales.scores import combine, reversed_items, score_scales

FEWEST_ITEMS = 3


@dataclass(frozen=True)
class Variant:
    """How scores are made.

    Attributes
    ----------
    without : items that are left out of their scales, at least two staying. parts : parts that a score
        takes in besides its own. latent : scales of three or more items are factor scores.
    """

    without: frozenset[str] = frozenset()
    parts: Mapping[str, tuple[str, ...]] | None = None
    latent: bool = False


def variant_scores(
    responses: pd.DataFrame,
    questionnaire: Questionnaire,
    plan: Plan,
    organisations: Sequence[Organisation],
    variant: Variant,
) -> pd.DataFrame:
    """Return the scores as `score_scales` does, made in another way.

    A factor score is the regression score of one minres factor on complete answers (Thurstone 1935);
    scales of two items, or without a factor, keep their mean. Scores made of scales are made of the new
    ones.
    """
    varied = questionnaire.model_copy(
        update={"scales": dict(_scales(questionnaire, variant.without, variant.parts or {}))}
    )
    scores = score_scales(responses, varied, plan, organisations)
    return _latent(responses, scores, varied) if variant.latent else scores


def freed_items(comparability: pd.DataFrame) -> frozenset[str]:
    """Return every item that differs between languages by the table `comparability`."""
    texts = comparability["freed_items"].dropna()
    return frozenset(item for text in texts for item in str(text).split(";") if item)


def _scales(
    questionnaire: Questionnaire, without: Collection[str], parts: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, Scale]]:
    for name, scale in questionnaire.scales.items():
        items = tuple(item for item in scale.items if item not in without)
        changed: dict[str, object] = {}
        if 2 <= len(items) < len(scale.items) and scale.kind == "scale":
            changed["items"] = items
            changed["reversed"] = tuple(item for item in scale.reversed if item in items)
            changed["needed"] = min(scale.needed or 1, len(items))
        if name in parts and scale.parts:
            changed["parts"] = tuple(dict.fromkeys((*scale.parts, *parts[name])))
        yield name, scale.model_copy(update=changed)


def _latent(
    responses: pd.DataFrame, scores: pd.DataFrame, questionnaire: Questionnaire
) -> pd.DataFrame:
    found = scores.copy()
    for name, scale in questionnaire.scales.items():
        if scale.kind == "scale" and len(scale.items) >= FEWEST_ITEMS:
            for end in rating_suffixes(questionnaire, name):
                items = reversed_items(responses, questionnaire, name, end)
                values = _factor_score(items)
                if values is not None:
                    found[f"{name}{end}"] = values
    for name, scale in questionnaire.scales.items():
        if scale.parts and scale.kind != "block":
            for end in rating_suffixes(questionnaire, name):
                columns = [f"{part}{end}" for part in scale.parts]
                if set(columns) <= set(found):
                    found[f"{name}{end}"] = combine(found[columns].to_numpy(dtype=float), scale)
    return found


def _factor_score(items: np.ndarray) -> np.ndarray | None:
    """Return one factor's scores (n,), rising with the items; None where there is no such factor."""
    complete = items[~np.isnan(items).any(axis=1)]
    try:
        if len(complete) < 2 or (complete.std(axis=0) == 0).any():
            return None
        r = np.corrcoef(complete, rowvar=False)
        model = explore(r, 1, len(complete))
        scores = factor_scores(items, r, model, "regression")[:, 0]
    except Finding:
        return None
    return np.asarray(scores * np.sign(model.loadings[:, 0].sum()))
