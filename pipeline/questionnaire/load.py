"""From `questionnaire.yaml` to a checked, frozen `Questionnaire`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.core.declared import Partly, validate
from pipeline.core.errors import Problem
from pipeline.core.yaml_text import Location, read_yaml
from pipeline.questionnaire.check import check_questionnaire
from pipeline.questionnaire.model import ChoiceSet, Option, Questionnaire
from pipeline.questionnaire.organisations import Organisation, read_organisations


def load_questionnaire(
    folder: Path, shown_as: str
) -> tuple[Questionnaire | None, tuple[Organisation, ...], list[Problem]]:
    """Load and check the questionnaire of the study in `folder`.

    Returns
    -------
    The questionnaire (None where too little of it is right), its organisations, and every problem
    found: in the form of the text, and in what refers to what.

    Raises
    ------
    ProblemsFound
        The file cannot be read as YAML, or `organisations.csv` has faults.
    """
    text = read_yaml(folder / "questionnaire.yaml", f"{shown_as}/questionnaire.yaml")
    partly: Partly[Questionnaire] = validate(Questionnaire, text, _part_of)
    if partly.value is None:
        return None, (), partly.problems
    organisations = _organisations(folder, shown_as, partly.value)
    questionnaire = _with_organisations(partly.value, organisations)
    found = check_questionnaire(questionnaire, partly.text, partly.left_out)
    return questionnaire, organisations, partly.problems + found


def _part_of(location: Location) -> Location | None:
    """Return the question, choice set, scale or text that a mistake can be left out with."""
    match location:
        case ("sections", int(), "questions", int(), *_):
            return location[:4]
        case ("choices" | "scales" | "texts", str(), *_):
            return location[:2]
    return None


def _organisations(
    folder: Path, shown_as: str, questionnaire: Questionnaire
) -> tuple[Organisation, ...]:
    path = folder / "organisations.csv"
    if not path.is_file():
        return ()
    return read_organisations(path, f"{shown_as}/organisations.csv", questionnaire.languages)


def _with_organisations(
    questionnaire: Questionnaire, organisations: Sequence[Organisation]
) -> Questionnaire:
    filled = {
        name: _filled(choices, organisations) if choices.organisations else choices
        for name, choices in questionnaire.choices.items()
    }
    return questionnaire.model_copy(update={"choices": filled})


def _filled(choices: ChoiceSet, organisations: Sequence[Organisation]) -> ChoiceSet:
    options = tuple(
        Option(code=each.code, text=each.names)
        for each in organisations
        if choices.organisations is True or each.level == choices.organisations
    )
    return choices.model_copy(update={"options": options})
