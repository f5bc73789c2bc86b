"""The analysis plan, held against the questionnaire it is a plan for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from pipeline.core.declared import validate
from pipeline.core.errors import Problem, nearest
from pipeline.core.plan import Plan
from pipeline.core.yaml_text import Location, YamlText, read_yaml
from pipeline.questionnaire.check import missing_languages
from pipeline.questionnaire.columns import answer_columns, score_columns
from pipeline.questionnaire.model import Questionnaire

LANGUAGE = "language"
NAMED: set[Location] = {("derived",), ("organisation", "types")}


def load_plan(
    folder: Path, shown_as: str, questionnaire: Questionnaire | None, left_out: set[str]
) -> tuple[Plan | None, list[Problem]]:
    """Load `analysis.yaml` of the study in `folder`; return the plan and every problem found.

    Without a questionnaire only the form of the plan is checked. A name in `left_out`, of a faulty
    part of the questionnaire, is not called unknown.
    """
    text = read_yaml(folder / "analysis.yaml", f"{shown_as}/analysis.yaml")
    partly = validate(Plan, text, _part_of)
    if partly.value is None or questionnaire is None:
        return partly.value, partly.problems
    return partly.value, partly.problems + check_plan(
        partly.value, partly.text, questionnaire, left_out
    )


def _part_of(location: Location) -> Location | None:
    return location[:2] if location[:1] == ("models",) and len(location) > 1 else None


def check_plan(
    plan: Plan, text: YamlText, questionnaire: Questionnaire, left_out: set[str]
) -> list[Problem]:
    """Return every name in the plan that the questionnaire does not have, or not in that role."""
    choices = [*_choices(questionnaire), *left_out]
    derived = [*plan.derived, "organisation_type"]
    answers = [*_answers(questionnaire), *derived, *left_out]
    numbers = [*_numbers(questionnaire), *derived, *left_out]
    return [
        *_unknown(text, ("organisation", "levels"), plan.organisation.levels, choices),
        *_cleaning_problems(plan, text, choices),
        *_unknown(text, ("outcomes",), plan.outcomes, answers),
        *_unknown(text, ("controls",), plan.controls, answers),
        *_unknown(text, ("groups",), plan.groups, [LANGUAGE, *choices]),
        *missing_languages(plan, text, questionnaire.languages, NAMED),
        *_roster_problems(plan, text, questionnaire),
        *_derived_problems(plan, text, choices),
        *_hypothesis_problems(plan, text, [*numbers, *answers]),
        *_residual_problems(plan, text, questionnaire),
        *_model_problems(plan, text, numbers, answers),
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
    scores = [c for name in questionnaire.scales for c in score_columns(questionnaire, name)]
    return scores + items


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


def _model_problems(
    plan: Plan, text: YamlText, numbers: Sequence[str], answers: Sequence[str]
) -> Iterator[Problem]:
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


def _cleaning_problems(plan: Plan, text: YamlText, choices: Sequence[str]) -> Iterator[Problem]:
    consent, duplicates = plan.cleaning.consent, plan.cleaning.duplicates
    if consent and consent.question not in choices:
        yield text.problem(
            ("cleaning", "consent", "question"),
            f"consent: unknown question '{consent.question}'{nearest(consent.question, choices)}",
        )
    if duplicates:
        yield from _unknown(text, ("cleaning", "duplicates", "same"), duplicates.same, choices)


def _roster_problems(plan: Plan, text: YamlText, questionnaire: Questionnaire) -> Iterator[Problem]:
    if plan.scales:
        yield from _unknown(text, ("scales",), plan.scales, questionnaire.scales)
        for name in questionnaire.scales:
            if name not in plan.scales:
                yield text.problem(
                    ("scales",), f"scales: '{name}' of the questionnaire is not listed"
                )


def _derived_problems(plan: Plan, text: YamlText, choices: Sequence[str]) -> Iterator[Problem]:
    for name, derived in plan.derived.items():
        if derived.question not in choices:
            yield text.problem(
                ("derived", name, "question"),
                f"derived {name}: unknown question '{derived.question}'"
                f"{nearest(derived.question, choices)}",
            )
        if derived.log and any(value <= 0 for value in derived.values.values()):
            yield text.problem(
                ("derived", name), f"derived {name}: a logarithm needs numbers above 0"
            )


def _hypothesis_problems(plan: Plan, text: YamlText, known: Sequence[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for position, hypothesis in enumerate(plan.hypotheses):
        here: Location = ("hypotheses", position)
        if hypothesis.id in seen:
            yield text.problem(here, f"hypothesis '{hypothesis.id}' stands here twice")
        seen.add(hypothesis.id)
        for key in ("outcomes", "predictors", "beside"):
            yield from _unknown(text, (*here, key), getattr(hypothesis, key), known)
        for key in ("moderator", "mediator"):
            name = getattr(hypothesis, key)
            if name and name not in known:
                yield text.problem(
                    (*here, key), f"{hypothesis.id}: unknown {key} '{name}'{nearest(name, known)}"
                )
    for position, model in enumerate(plan.models):
        if model.hypothesis and model.hypothesis not in seen:
            yield text.problem(
                ("models", position, "hypothesis"),
                f"model {model.id}: unknown hypothesis '{model.hypothesis}'"
                f"{nearest(model.hypothesis, seen)}",
            )


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
    if plan.responses.format == "csv" and not plan.responses.respondent:
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
