"""The analysis plan, held against the questionnaire it is a plan for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from pipeline.core.declared import validate
from pipeline.core.errors import Problem, nearest
from pipeline.core.plan import PLAIN_FORMATS, Plan
from pipeline.core.yaml_text import Location, YamlText, read_yaml
from pipeline.questionnaire.check import missing_languages
from pipeline.questionnaire.check_names import unknown_names
from pipeline.questionnaire.check_predeclared import predeclared_problems
from pipeline.questionnaire.columns import all_score_columns, answer_columns
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.organisations import Organisation

LANGUAGE = "language"
NAMED: set[Location] = {
    ("derived",),
    ("organisation", "types"),
    ("responses", "in_frame"),
    ("weighting", "unraked"),
}


def load_plan(
    folder: Path,
    shown_as: str,
    questionnaire: Questionnaire | None,
    left_out: set[str],
    organisations: Sequence[Organisation] = (),
) -> tuple[Plan | None, list[Problem]]:
    """Load `analysis.yaml` of the study in `folder`; return the plan and every problem found.

    Without a questionnaire only the form of the plan is checked. A name in `left_out`, of a faulty
    part of the questionnaire, is not called unknown.
    """
    text = read_yaml(folder / "analysis.yaml", f"{shown_as}/analysis.yaml")
    partly = validate(Plan, text, _part_of)
    if partly.value is None or questionnaire is None:
        return partly.value, partly.problems
    found = check_plan(partly.value, partly.text, questionnaire, left_out)
    shown_list = f"{shown_as}/organisations.csv"
    found += _type_problems(partly.value, partly.text, organisations, shown_list)
    return partly.value, partly.problems + found


def _part_of(location: Location) -> Location | None:
    return location[:2] if location[:1] == ("models",) and len(location) > 1 else None


def _type_problems(
    plan: Plan, text: YamlText, organisations: Sequence[Organisation], shown: str
) -> list[Problem]:
    """Return every organisation without a named type, and every type without organisation.

    Organisations without a type would drop out of each model that holds it.
    """
    types = plan.organisation.types
    named = {
        *plan.controls,
        *(n for m in plan.models for n in (*m.predictors, *(m.controls or ()))),
    }
    if not types and "organisation_type" not in named:
        return []
    problems = [
        Problem(shown, each.line, f"organisation {each.code}: unknown type '{each.type}'{hint}")
        for each in organisations
        if each.type not in types
        for hint in [nearest(each.type, types)]
    ]
    unused = set(types) - {each.type for each in organisations}
    return problems + [
        text.problem(("organisation", "types", name), f"types: no organisation is of type '{name}'")
        for name in sorted(unused)
    ]


def check_plan(
    plan: Plan, text: YamlText, questionnaire: Questionnaire, left_out: set[str]
) -> list[Problem]:
    """Return every name in the plan that the questionnaire does not have, or not in that role."""
    choices = [*_choices(questionnaire), *left_out]
    derived = [*plan.derived, "organisation_type"]
    answers = [*_answers(questionnaire), *derived, *left_out]
    numbers = [*_numbers(questionnaire), *derived, *left_out]
    named = NAMED | {("factor_models", k, "above") for k in range(len(plan.factor_models))}
    return [
        *unknown_names(text, ("organisation", "levels"), plan.organisation.levels, choices),
        *unknown_names(text, ("outcomes",), plan.outcomes, answers),
        *unknown_names(text, ("controls",), plan.controls, answers),
        *unknown_names(text, ("categories",), plan.categories, choices),
        *unknown_names(text, ("groups",), plan.groups, [LANGUAGE, *choices]),
        *missing_languages(plan, text, questionnaire.languages, named),
        *predeclared_problems(plan, text, questionnaire, left_out, [*numbers, *answers]),
        *_residual_problems(plan, text, questionnaire),
        *_model_problems(plan, text, questionnaire, numbers, answers),
        *_shape_problems(plan, text, questionnaire),
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
    return all_score_columns(questionnaire) + items


def _model_problems(
    plan: Plan,
    text: YamlText,
    questionnaire: Questionnaire,
    numbers: Sequence[str],
    answers: Sequence[str],
) -> Iterator[Problem]:
    predictors = [*numbers, *answers]
    yes_or_no = [
        item.id
        for item in questionnaire.items.values()
        if item.is_rating and item.choices and set(item.choices.valid_codes) == {"0", "1"}
    ]
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
        if model.estimator == "logit" and model.outcome not in yes_or_no:
            yield text.problem(
                (*here, "outcome"),
                f"model {model.id}: a logit explains a question with the answers 0 and 1, not "
                f"'{model.outcome}'{nearest(model.outcome, yes_or_no)}",
            )
        yield from unknown_names(text, (*here, "predictors"), model.predictors, predictors)
        if model.controls is not None:
            yield from unknown_names(text, (*here, "controls"), model.controls, answers)
        if model.outcome in {*model.predictors, *plan.controls_of(model)}:
            yield text.problem(here, f"model {model.id}: the outcome is also a predictor")


def _residual_problems(
    plan: Plan, text: YamlText, questionnaire: Questionnaire
) -> Iterator[Problem]:
    levels = [questionnaire.items.get(level) for level in plan.organisation.levels]
    if None in levels:
        return
    codes = [code for each in levels if each and each.choices for code in each.choices.valid_codes]
    for position, pattern in enumerate(plan.organisation.residual):
        if not any(fnmatchcase(code, pattern) for code in codes):
            yield text.problem(
                ("organisation", "residual", position),
                f"residual: no organisation has a code like '{pattern}'",
            )


def _shape_problems(plan: Plan, text: YamlText, questionnaire: Questionnaire) -> Iterator[Problem]:
    if not plan.organisation.levels:
        yield text.problem(("organisation", "levels"), "organisation: 'levels' is empty")
    for position, model in enumerate(plan.models):
        if not model.predictors:
            yield text.problem(("models", position), f"model {model.id}: 'predictors' is empty")
    if plan.responses.format in PLAIN_FORMATS and not plan.responses.respondent:
        yield text.problem(("responses",), "responses: 'respondent' names no column of row ids")
    layout = plan.responses
    special = [c for c in (layout.respondent, layout.language, layout.weight, *layout.ignore) if c]
    taken = {column.in_csv for column in answer_columns(questionnaire)}
    for position, column in enumerate(special):
        if column in taken or column in special[:position]:
            yield text.problem(("responses",), f"responses: the column '{column}' has two meanings")
    for key in ("file", "frame"):
        name = getattr(plan.responses, key)
        if name and (Path(name).name != name or name in {".", ".."}):
            yield text.problem(
                ("responses", key), f"'{name}' leaves the study's folder; give a file name alone"
            )
