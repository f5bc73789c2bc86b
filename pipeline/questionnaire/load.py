"""From `questionnaire.yaml` to a checked, frozen `Questionnaire`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.declared import Partly, validate
from pipeline.core.errors import Problem
from pipeline.core.yaml_text import Location, read_yaml
from pipeline.questionnaire.check import check_questionnaire
from pipeline.questionnaire.model import ChoiceSet, Option, Questionnaire
from pipeline.questionnaire.organisations import Organisation, read_organisations


@dataclass(frozen=True)
class Loaded:
    """What could be read of a study's questionnaire.

    Attributes
    ----------
    questionnaire : None where too little of it is right.
    organisations : those of `organisations.csv`. problems : every mistake found in both files.
    left_out : names that faulty parts declare, which other parts may refer to.
    """

    questionnaire: Questionnaire | None
    organisations: tuple[Organisation, ...]
    problems: list[Problem]
    left_out: set[str]


def load_questionnaire(folder: Path, shown_as: str, *, copied: bool = False) -> Loaded:
    """Load and check the questionnaire of the study in `folder`; a `copied` folder may have any name.

    Raises
    ------
    ProblemsFound
        The file cannot be read as YAML.
    """
    text = read_yaml(folder / "questionnaire.yaml", f"{shown_as}/questionnaire.yaml")
    partly: Partly[Questionnaire] = validate(Questionnaire, text, _part_of)
    if partly.value is None:
        return Loaded(None, (), partly.problems, partly.left_out)
    organisations, problems = _organisations(folder, shown_as, partly.value)
    questionnaire = _with_organisations(partly.value, organisations)
    if questionnaire.study != folder.name and not copied:
        message = f"study: '{questionnaire.study}' is not the folder's name, '{folder.name}'"
        problems.append(partly.text.problem(("study",), message))
    problems += partly.problems
    problems += check_questionnaire(questionnaire, partly.text, partly.left_out)
    return Loaded(questionnaire, organisations, problems, partly.left_out)


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
) -> tuple[tuple[Organisation, ...], list[Problem]]:
    path = folder / "organisations.csv"
    if not path.is_file():
        return (), []
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
    return choices.model_copy(update={"options": options + choices.options})
