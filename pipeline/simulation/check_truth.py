"""From `truth.yaml` to a checked `Truth`, with what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.core.declared import validate
from pipeline.core.errors import ProblemsFound
from pipeline.core.yaml_text import read_yaml
from pipeline.questionnaire.model import Questionnaire
from pipeline.simulation.latents import ImpossibleTruth, Latents, solve_latents
from pipeline.simulation.measurement import Measurement, build_measurement
from pipeline.simulation.truth import Truth
from pipeline.simulation.truth_checks import CHECKS, Draft


@dataclass(frozen=True)
class Design:
    """A truth that holds together, with what follows from it."""

    truth: Truth
    measurement: Measurement
    latents: Latents


def load_truth(path: Path, shown_as: str, questionnaire: Questionnaire) -> Design:
    """Read and check the truth file of a study.

    Raises
    ------
    ProblemsFound
        Every mistake with its line: in the form, in what refers to the questionnaire, and in numbers that
        no population can have.
    """
    text = read_yaml(path, shown_as)
    partly = validate(Truth, text, lambda _: None)
    if partly.value is None:
        raise ProblemsFound(partly.problems)
    draft = Draft(partly.value, text, questionnaire)
    problems = [problem for check in CHECKS.values() for problem in check(draft)]
    if problems:
        raise ProblemsFound(problems)
    measurement = build_measurement(questionnaire, draft.truth)
    try:
        return Design(draft.truth, measurement, solve_latents(draft.truth, measurement))
    except ImpossibleTruth as error:
        raise ProblemsFound([text.problem(error.location, error.message)]) from None
