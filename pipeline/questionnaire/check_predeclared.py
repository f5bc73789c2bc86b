"""What is fixed before the data - rules, scores, hypotheses, limits - held against the questionnaire."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.core.errors import Problem, nearest
from pipeline.core.plan import Plan
from pipeline.core.yaml_text import Location, YamlText
from pipeline.questionnaire.check import condition_faults
from pipeline.questionnaire.check_measurement import measurement_problems
from pipeline.questionnaire.check_names import code_problems, unknown_names
from pipeline.questionnaire.check_weighting import weighting_problems
from pipeline.questionnaire.columns import all_score_columns, careless_ratings, halved_scales
from pipeline.questionnaire.model import Questionnaire


def predeclared_problems(
    plan: Plan,
    text: YamlText,
    questionnaire: Questionnaire,
    left_out: set[str],
    known: Sequence[str],
) -> Iterator[Problem]:
    """Yield every name, code and condition in these parts that the questionnaire does not have.

    `known` are the scores, answers and derived numbers that a hypothesis may name.
    """
    items = [*questionnaire.items, *left_out]
    yield from _cleaning_problems(plan, text, questionnaire, left_out)
    yield from _roster_problems(plan, text, questionnaire)
    yield from _derived_problems(plan, text, questionnaire, items)
    yield from _hypothesis_problems(plan, text, known)
    yield from _surface_problems(plan, text, questionnaire, known)
    yield from measurement_problems(plan, text, questionnaire, left_out)
    yield from _condition_problems(plan, text, questionnaire, left_out)
    yield from weighting_problems(plan, text, questionnaire, items)
    modules = plan.sensitivity.modules if plan.sensitivity else {}
    yield from unknown_names(text, ("sensitivity", "modules"), list(modules), questionnaire.scales)
    for name, parts in modules.items():
        here = ("sensitivity", "modules", name)
        yield from unknown_names(text, here, parts, questionnaire.scales)
    for position, check in enumerate(plan.checks):
        blank = [check.blank] if check.blank else []
        yield from unknown_names(text, ("checks", position, "blank"), blank, items)
    if plan.disclosure:
        identifiers = plan.disclosure.quasi_identifiers
        allowed = [*items, "organisation_type"]
        yield from unknown_names(text, ("disclosure", "quasi_identifiers"), identifiers, allowed)


def _surface_problems(
    plan: Plan, text: YamlText, questionnaire: Questionnaire, known: Sequence[str]
) -> Iterator[Problem]:
    """Yield outcomes of response surfaces that are no score, and controls that are nothing."""
    surface, here = plan.gaps.surface if plan.gaps else None, ("gaps", "surface")
    if surface:
        scores = all_score_columns(questionnaire)
        yield from unknown_names(text, (*here, "outcomes"), surface.outcomes, scores)
        yield from unknown_names(text, (*here, "controls"), surface.controls or (), known)


def _condition_problems(
    plan: Plan, text: YamlText, questionnaire: Questionnaire, left_out: set[str]
) -> Iterator[Problem]:
    conditions: list[tuple[Location, str]] = [
        *((("checks", k, "when"), each.when) for k, each in enumerate(plan.checks)),
        *((("hypotheses", k, "among"), each.among) for k, each in enumerate(plan.hypotheses)),
        *((("models", k, "among"), each.among) for k, each in enumerate(plan.models)),
    ]
    for location, condition in conditions:
        for fault in condition_faults(condition, questionnaire, questionnaire.items, left_out):
            yield text.problem(location, fault)


def _cleaning_problems(
    plan: Plan, text: YamlText, questionnaire: Questionnaire, left_out: set[str]
) -> Iterator[Problem]:
    choices = [*questionnaire.items, *left_out]
    consent, duplicates = plan.cleaning.consent, plan.cleaning.duplicates
    if consent and consent.question not in choices:
        yield text.problem(
            ("cleaning", "consent", "question"),
            f"consent: unknown question '{consent.question}'{nearest(consent.question, choices)}",
        )
    if consent:
        here = ("cleaning", "consent", "code")
        yield from code_problems(text, here, questionnaire, consent.question, [consent.code])
    if duplicates:
        once = _names_of(questionnaire, {"single", "matrix", "count", "number"})
        here = ("cleaning", "duplicates", "same")
        yield from unknown_names(text, here, duplicates.same, [*once, *left_out])
    yield from _implausible_problems(plan, text, questionnaire, left_out)
    yield from _careless_problems(plan, text, questionnaire, left_out)


def _names_of(questionnaire: Questionnaire, kinds: set[str]) -> list[str]:
    return [item.id for item in questionnaire.items.values() if item.kind in kinds]


def _implausible_problems(
    plan: Plan, text: YamlText, questionnaire: Questionnaire, left_out: set[str]
) -> Iterator[Problem]:
    rule, here = plan.cleaning.implausible, ("cleaning", "implausible")
    if rule is None:
        return
    counts = [*_names_of(questionnaire, {"count"}), *left_out]
    yield from unknown_names(text, (*here, "counts"), rule.counts, counts)
    if rule.size not in {*plan.derived, *left_out}:
        yield text.problem(
            (*here, "size"),
            f"implausible: no derived number '{rule.size}'{nearest(rule.size, plan.derived)}",
        )


def _careless_problems(
    plan: Plan, text: YamlText, questionnaire: Questionnaire, left_out: set[str]
) -> Iterator[Problem]:
    careless = plan.careless
    if careless is None or careless.choices in left_out:
        return
    here: Location = ("careless", "choices")
    ratings = [name for name, each in questionnaire.choices.items() if each.is_rating]
    if careless.choices not in ratings:
        hint = nearest(careless.choices, ratings)
        yield text.problem(here, f"careless: no set of ratings '{careless.choices}'{hint}")
        return
    chosen = careless_ratings(questionnaire, careless.choices)
    scales = len(halved_scales(questionnaire, chosen))
    if not chosen:
        yield text.problem(here, f"careless: no core question is answered on '{careless.choices}'")
    elif scales < careless.even_odd_scales:
        yield text.problem(
            ("careless", "even_odd_scales"),
            f"careless: 'even_odd_scales' is {careless.even_odd_scales}, and {scales} scales are "
            f"answered on '{careless.choices}' alone",
        )


def _roster_problems(plan: Plan, text: YamlText, questionnaire: Questionnaire) -> Iterator[Problem]:
    if plan.scales:
        yield from unknown_names(text, ("scales",), plan.scales, questionnaire.scales)
        for name in questionnaire.scales:
            if name not in plan.scales:
                yield text.problem(
                    ("scales",), f"scales: '{name}' of the questionnaire is not listed"
                )


def _derived_problems(
    plan: Plan, text: YamlText, questionnaire: Questionnaire, choices: Sequence[str]
) -> Iterator[Problem]:
    scores = all_score_columns(questionnaire)
    for name, derived in plan.derived.items():
        here: Location = ("derived", name)
        if name in scores:
            yield text.problem(here, f"derived {name}: a score has this name")
        values = (*here, "values")
        yield from code_problems(text, values, questionnaire, derived.question, derived.values)
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
        for key in ("outcomes", "predictors", "beside", "beside_mediator"):
            yield from unknown_names(text, (*here, key), getattr(hypothesis, key), known)
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
