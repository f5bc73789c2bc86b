"""What to do about a gap: a play for each statement that is rated twice, as declared in `plays.yaml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from pipeline.core.declared import Declared, Named, Text, validate
from pipeline.core.errors import Problem, nearest
from pipeline.core.yaml_text import Location, YamlText, read_yaml
from pipeline.questionnaire.check import missing_languages
from pipeline.questionnaire.columns import score_columns
from pipeline.questionnaire.model import Questionnaire

SignalKind = Literal["obstacle", "instrument", "need", "network"]
Three = tuple[Text, Text, Text]


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
    """What an organisation can do about one gap: actions, questions for a team, a case, a toolkit."""

    principle: str
    title: Text
    actions: Three
    questions: Three
    case: Case
    toolkit: Toolkit


class Link(Declared):
    """A play that a signal leads to, how strongly, and why."""

    weight: Annotated[float, Field(gt=0, le=1)]
    reason: Text


class Signal(Declared):
    """Something else that is asked, and the plays it leads to where an organisation lacks it.

    An `obstacle` is a score, an `instrument` an item whose positive answers say that it is used, a `need`
    or a condition of a `network` an item or scale that is rated twice.
    """

    kind: SignalKind
    plays: Named[Link]


class Sharpening(Declared):
    """How other answers move the order of an organisation's plays.

    `strength`: by how many scale points, for a signal one standard deviation above the average of
    organisations and a weight of 1. `most`: the most that all signals together move a play.
    """

    strength: Annotated[float, Field(ge=0, le=1)]
    most: Annotated[float, Field(ge=0, le=1)]
    signals: Named[Signal]


class Plays(Declared):
    """All principles, a play by the item whose gap it is for, and what sharpens their order."""

    principles: tuple[Principle, ...]
    plays: Named[Play]
    sharpening: Sharpening | None = None


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
    if location[:2] == ("sharpening", "signals") and location[2:]:
        return location[:3]
    return location[:2] if location[:1] in {("plays",), ("principles",)} and location[1:] else None


def check_plays(plays: Plays, text: YamlText, questionnaire: Questionnaire) -> list[Problem]:
    """Return every play without its item, item without its play, and text without its language.

    So too every signal that is no such question, and play that no signal leads to.
    """
    signals = plays.sharpening.signals if plays.sharpening else {}
    inside: set[Location] = {("sharpening", "signals", name, "plays") for name in signals}
    named: set[Location] = {("plays",), ("sharpening", "signals"), *inside}
    return [
        *_reference_problems(plays, text, questionnaire),
        *_signal_problems(plays, text, signals, questionnaire),
        *missing_languages(plays, text, questionnaire.languages, named),
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


def _signal_problems(
    plays: Plays, text: YamlText, signals: Mapping[str, Signal], questionnaire: Questionnaire
) -> Iterator[Problem]:
    for name, signal in signals.items():
        here: Location = ("sharpening", "signals", name)
        allowed = _can_be(signal.kind, questionnaire)
        if name not in allowed:
            yield text.problem(
                here,
                f"signal {name}: no {_WANTED[signal.kind]} of that name{nearest(name, allowed)}",
            )
        for play in signal.plays:
            if play not in plays.plays:
                yield text.problem(
                    (*here, "plays", play),
                    f"signal {name}: unknown play '{play}'{nearest(play, plays.plays)}",
                )
    reached = {play for signal in signals.values() for play in signal.plays}
    for play in plays.plays:
        if signals and play not in reached:
            yield text.problem(("plays", play), f"play {play}: no signal leads to it")


_WANTED: Mapping[SignalKind, str] = {
    "obstacle": "scale that is rated once",
    "instrument": "item with positive answers",
    "need": "item or scale that is rated twice",
    "network": "item or scale that is rated twice",
}


def _can_be(kind: SignalKind, questionnaire: Questionnaire) -> list[str]:
    """Return the names of the questions that can be a signal of a kind."""
    twice = [item.id for item in questionnaire.items.values() if item.ratings]
    scales = {
        name: len(score_columns(questionnaire, name))
        for name, scale in questionnaire.scales.items()
        if scale.kind == "scale"
    }
    if kind == "obstacle":
        return [name for name, columns in scales.items() if columns == 1]
    if kind == "instrument":
        return [
            item.id
            for item in questionnaire.items.values()
            if item.choices and item.choices.positive and not item.ratings
        ]
    return [*twice, *(name for name, columns in scales.items() if columns == 2)]
