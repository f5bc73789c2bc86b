"""Factor models, expected correlations and the common method of a plan, held against the scales."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.core.errors import Problem, nearest
from pipeline.core.plan import Plan
from pipeline.core.yaml_text import Location, YamlText
from pipeline.questionnaire.check_names import unknown_names
from pipeline.questionnaire.columns import all_score_columns, rating_suffixes
from pipeline.questionnaire.model import Questionnaire


def measurement_problems(
    plan: Plan, text: YamlText, questionnaire: Questionnaire, left_out: set[str]
) -> Iterator[Problem]:
    """Yield every item and score in these parts that the questionnaire does not have.

    Without the questionnaire's faulty parts: what is in `left_out` is not called unknown.
    """
    scores = [*all_score_columns(questionnaire), *left_out]
    yield from _model_problems(plan, text, [*_items(questionnaire), *left_out], scores)
    for position, each in enumerate(plan.expectations):
        yield from unknown_names(text, ("expectations", position, "scores"), each.scores, scores)
    yield from _method_problems(plan, text, [*_scales(questionnaire), *left_out], scores)


def _scales(questionnaire: Questionnaire) -> dict[str, tuple[str, ...]]:
    """Return the scales of items that measure one thing, once a rating, with their columns."""
    return {
        f"{name}{suffix}": tuple(f"{item}{suffix}" for item in scale.items)
        for name, scale in questionnaire.scales.items()
        if scale.kind == "scale" and scale.items
        for suffix in rating_suffixes(questionnaire, name)
    }


def _items(questionnaire: Questionnaire) -> list[str]:
    return [item for items in _scales(questionnaire).values() for item in items]


def _model_problems(
    plan: Plan, text: YamlText, items: list[str], scores: list[str]
) -> Iterator[Problem]:
    seen = set(scores)
    for position, model in enumerate(plan.factor_models):
        here: Location = ("factor_models", position)
        if model.id in seen:
            yield text.problem(here, f"factor model '{model.id}': a scale or model has this name")
        seen.add(model.id)
        for name, parts in model.factors.items():
            yield from unknown_names(text, (*here, "factors", name), parts, items)


def _method_problems(
    plan: Plan, text: YamlText, scales: list[str], scores: list[str]
) -> Iterator[Problem]:
    if plan.method is None:
        return
    yield from unknown_names(text, ("method", "scales"), plan.method.scales, scales)
    marker = plan.method.marker
    if marker and (marker not in scores or marker in plan.method.scales):
        others = [name for name in scores if name not in plan.method.scales]
        problem = f"method: '{marker}' is no score beside 'scales'{nearest(marker, others)}"
        yield text.problem(("method", "marker"), problem)
