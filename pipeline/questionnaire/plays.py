"""What to do about a gap: a play for each statement that is rated twice, as declared in `plays.yaml`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline.core.declared import Declared, Named, Text, validate
from pipeline.core.errors import Problem, nearest
from pipeline.core.yaml_text import Location, YamlText, read_yaml
from pipeline.questionnaire.check import missing_languages
from pipeline.questionnaire.model import Questionnaire


class Principle(Declared):
    """A principle that statements belong to, and the scale that scores it."""

    id: str
    scale: str
    name: Text
    summary: Text


class Case(Declared):
    """An example from elsewhere; a source note, in its own language."""

    name: str
    country: str
    url: str


class Toolkit(Declared):
    """A tool to work with; a source note, in its own language."""

    name: str
    url: str


class Play(Declared):
    """What an organisation can do about one gap: actions to start with, a case, a toolkit."""

    principle: str
    title: Text
    actions: tuple[Text, ...]
    case: Case
    toolkit: Toolkit


class Plays(Declared):
    """All principles, and a play by the item whose gap it is for."""

    principles: tuple[Principle, ...]
    plays: Named[Play]


def load_plays(
    folder: Path, shown_as: str, questionnaire: Questionnaire
) -> tuple[Plays | None, list[Problem]]:
    """Load and check `plays.yaml` of the study in `folder`; None where the study has none."""
    path = folder / "plays.yaml"
    if not path.is_file():
        return None, []
    text = read_yaml(path, f"{shown_as}/plays.yaml")
    partly = validate(Plays, text, _part_of)
    if partly.value is None:
        return None, partly.problems
    return partly.value, partly.problems + check_plays(partly.value, partly.text, questionnaire)


def _part_of(location: Location) -> Location | None:
    return location[:2] if location[:1] in {("plays",), ("principles",)} and location[1:] else None


def check_plays(plays: Plays, text: YamlText, questionnaire: Questionnaire) -> list[Problem]:
    """Return every play without its item, item without its play, and text without its language."""
    return [
        *_reference_problems(plays, text, questionnaire),
        *missing_languages(plays, text, questionnaire.languages, {("plays",)}),
    ]


def _reference_problems(
    plays: Plays, text: YamlText, questionnaire: Questionnaire
) -> Iterator[Problem]:
    principles = [each.id for each in plays.principles]
    for position, principle in enumerate(plays.principles):
        if principle.scale not in questionnaire.scales:
            yield text.problem(
                ("principles", position, "scale"),
                f"principle {principle.id}: scale '{principle.scale}' does not exist"
                f"{nearest(principle.scale, questionnaire.scales)}",
            )
            continue
        for item in questionnaire.items_of_scale(principle.scale):
            if item not in plays.plays:
                yield text.problem(("plays",), f"item {item} of {principle.scale} has no play")
    rated_twice = [item.id for item in questionnaire.items.values() if item.ratings]
    for name, play in plays.plays.items():
        if name not in rated_twice:
            yield text.problem(
                ("plays", name),
                f"play {name}: no item of that name is rated twice{nearest(name, rated_twice)}",
            )
        if play.principle not in principles:
            yield text.problem(
                ("plays", name, "principle"),
                f"play {name}: unknown principle '{play.principle}'{nearest(play.principle, principles)}",
            )
