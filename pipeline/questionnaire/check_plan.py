"""The analysis plan, held against the questionnaire it is a plan for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from pipeline.core.declared import validate
from pipeline.core.errors import Problem, nearest
from pipeline.core.plan import Plan
from pipeline.core.yaml_text import Location, YamlText, read_yaml
from pipeline.questionnaire.model import Questionnaire

LANGUAGE = "language"


def load_plan(
    folder: Path, shown_as: str, questionnaire: Questionnaire | None
) -> tuple[Plan | None, list[Problem]]:
    """Load `analysis.yaml` of the study in `folder`; return the plan and every problem found.

    Without a questionnaire only the form of the plan is checked.
    """
    text = read_yaml(folder / "analysis.yaml", f"{shown_as}/analysis.yaml")
    partly = validate(Plan, text, _part_of)
    if partly.value is None or questionnaire is None:
        return partly.value, partly.problems
    return partly.value, partly.problems + check_plan(partly.value, partly.text, questionnaire)


def _part_of(location: Location) -> Location | None:
    return location[:2] if location[:1] == ("models",) and len(location) > 1 else None


def check_plan(plan: Plan, text: YamlText, questionnaire: Questionnaire) -> list[Problem]:
    """Return every name in the plan that the questionnaire does not have, or not in that role."""
    return [
        *_unknown(
            text, ("organisation", "levels"), plan.organisation.levels, _choices(questionnaire)
        ),
        *_unknown(text, ("outcomes",), plan.outcomes, _answers(questionnaire)),
        *_unknown(text, ("controls",), plan.controls, _answers(questionnaire)),
        *_unknown(text, ("groups",), plan.groups, [LANGUAGE, *_choices(questionnaire)]),
        *_residual_problems(plan, text, questionnaire),
        *_model_problems(plan, text, questionnaire),
        *_shape_problems(plan, text),
    ]


def _choices(questionnaire: Questionnaire) -> list[str]:
    return [item.id for item in questionnaire.items.values() if item.kind == "single"]


def _answers(questionnaire: Questionnaire) -> list[str]:
    kinds = {"single", "matrix", "count", "number"}
    return [item.id for item in questionnaire.items.values() if item.kind in kinds]


def _numbers(questionnaire: Questionnaire) -> list[str]:
    """Return what can be an outcome of a linear model: scores, ratings, counts and numbers."""
    items = [
        item.id
        for item in questionnaire.items.values()
        if not item.ratings and (item.is_rating or item.kind in {"count", "number"})
    ]
    return score_columns(questionnaire) + items


def score_columns(questionnaire: Questionnaire) -> list[str]:
    """Return the names of the score columns, in order: a scale rated twice has two."""
    columns = []
    for name, scale in questionnaire.scales.items():
        if scale.kind != "block":
            ratings = {
                questionnaire.items[item].ratings
                for item in questionnaire.items_of_scale(name)
                if item in questionnaire.items
            }
            suffixes = next((each for each in ratings if each), ())
            columns += [f"{name}_{suffix}" for suffix in suffixes] or [name]
    return columns


def _unknown(
    text: YamlText, location: Location, names: Iterable[str], allowed: Iterable[str]
) -> Iterator[Problem]:
    known, seen = set(allowed), set()
    for position, name in enumerate(names):
        here = (*location, position)
        if name not in known:
            yield text.problem(here, f"{location[-1]}: unknown name '{name}'{nearest(name, known)}")
        if name in seen:
            yield text.problem(here, f"{location[-1]}: '{name}' stands here twice")
        seen.add(name)


def _model_problems(plan: Plan, text: YamlText, questionnaire: Questionnaire) -> Iterator[Problem]:
    numbers, answers = _numbers(questionnaire), _answers(questionnaire)
    predictors = [*numbers, *answers]
    seen: set[str] = set()
    for position, model in enumerate(plan.models):
        here: Location = ("models", position)
        if model.id in seen:
            yield text.problem(here, f"model '{model.id}' stands here twice")
        seen.add(model.id)
        if model.outcome not in numbers:
            yield text.problem(
                (*here, "outcome"),
                f"model {model.id}: unknown outcome '{model.outcome}'{nearest(model.outcome, numbers)}",
            )
        yield from _unknown(text, (*here, "predictors"), model.predictors, predictors)
        if model.controls is not None:
            yield from _unknown(text, (*here, "controls"), model.controls, answers)
        if model.outcome in {*model.predictors, *plan.controls_of(model)}:
            yield text.problem(here, f"model {model.id}: the outcome is also a predictor")


def _residual_problems(
    plan: Plan, text: YamlText, questionnaire: Questionnaire
) -> Iterator[Problem]:
    levels = [questionnaire.items.get(level) for level in plan.organisation.levels]
    codes = [code for each in levels if each and each.choices for code in each.choices.valid_codes]
    for position, pattern in enumerate(plan.organisation.residual):
        if not any(fnmatchcase(code, pattern) for code in codes):
            yield text.problem(
                ("organisation", "residual", position),
                f"residual: no organisation has a code like '{pattern}'",
            )


def _shape_problems(plan: Plan, text: YamlText) -> Iterator[Problem]:
    if not plan.organisation.levels:
        yield text.problem(("organisation", "levels"), "organisation: 'levels' is empty")
    for position, model in enumerate(plan.models):
        if not model.predictors:
            yield text.problem(("models", position), f"model {model.id}: 'predictors' is empty")
    if plan.responses.format == "csv" and not plan.responses.respondent:
        yield text.problem(("responses",), "responses: 'respondent' names no column of row ids")
    for key in ("file", "frame"):
        name = getattr(plan.responses, key)
        if name and (Path(name).name != name or name in {".", ".."}):
            yield text.problem(
                ("responses", key), f"'{name}' leaves the study's folder; give a file name alone"
            )
