"""What the plan says of the list of invited people, and of weights, held against the questionnaire."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.core.errors import Problem, nearest
from pipeline.core.plan import Plan
from pipeline.core.predeclared import Weighting
from pipeline.core.yaml_text import Location, YamlText
from pipeline.questionnaire.check_names import code_problems, unknown_names
from pipeline.questionnaire.model import Questionnaire


def weighting_problems(
    plan: Plan, text: YamlText, questionnaire: Questionnaire, items: Sequence[str]
) -> Iterator[Problem]:
    """Yield every question and code here that is not there, and weights that cannot be made."""
    yield from _frame_problems(plan, text, items)
    if plan.weighting is None:
        return
    if not plan.responses.frame:
        yield text.problem(
            ("weighting",),
            "weighting: weights need the list of invited people; name it as 'frame' under responses",
        )
    if plan.responses.weight:
        yield text.problem(
            ("weighting",),
            f"weighting: the answers bring weights of their own, '{plan.responses.weight}'",
        )
    yield from _margin_problems(plan, plan.weighting, text, items)
    yield from _unraked_problems(plan.weighting, text, questionnaire, items)
    name = plan.weighting.population
    if name and (Path(name).name != name or name in {".", ".."}):
        yield text.problem(
            ("weighting", "population"),
            f"'{name}' leaves the study's folder; give a file name alone",
        )


def _frame_problems(plan: Plan, text: YamlText, items: Sequence[str]) -> Iterator[Problem]:
    here: Location = ("responses", "in_frame")
    if plan.responses.in_frame and not plan.responses.frame:
        yield text.problem(here, "in_frame: 'frame' names no list of invited people")
    for question, column in plan.responses.in_frame.items():
        if question not in items:
            yield text.problem(
                here, f"in_frame: unknown name '{question}'{nearest(question, items)}"
            )
        if list(plan.responses.in_frame.values()).count(column) > 1:
            yield text.problem(here, f"in_frame: '{column}' stands here twice")


def _margin_problems(
    plan: Plan, weighting: Weighting, text: YamlText, items: Sequence[str]
) -> Iterator[Problem]:
    told = {*plan.responses.in_frame, *plan.organisation.levels[-1:]}
    if not weighting.margins:
        yield text.problem(("weighting", "margins"), "weighting: 'margins' is empty")
    for position, margin in enumerate(weighting.margins):
        here: Location = ("weighting", "margins", position)
        yield from unknown_names(text, here, margin, items)
        if not margin:
            yield text.problem(here, "margins: a margin names no question")
        for name in margin:
            if name in items and name not in told and plan.responses.frame:
                yield text.problem(
                    here,
                    f"margins: the list of invited people does not tell '{name}'{nearest(name, told)}; "
                    "name its column under 'in_frame'",
                )


def _unraked_problems(
    weighting: Weighting, text: YamlText, questionnaire: Questionnaire, items: Sequence[str]
) -> Iterator[Problem]:
    here: Location = ("weighting", "unraked")
    for question, codes in weighting.unraked.items():
        if question not in items:
            yield text.problem(
                here, f"unraked: unknown name '{question}'{nearest(question, items)}"
            )
        yield from code_problems(text, here, questionnaire, question, codes)
        item = questionnaire.items.get(question)
        if item and item.choices and set(item.choices.valid_codes) <= set(codes):
            yield text.problem(here, f"unraked: nothing is left of '{question}' to rake to")
