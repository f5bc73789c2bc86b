"""Take away any one text of the tutorial, and the load fails at the place where it stood.

Where a text stands is found here by indentation, from the file's lines; the parser is not asked.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.errors import ProblemsFound
from pipeline.core.yaml_text import Location, YamlText, read_yaml
from pipeline.questionnaire import load
from pipeline.questionnaire.load import load_questionnaire
from pipeline.study import load_study

FOLDER = Path(__file__).parents[2] / "questionnaires" / "tutorial"
LANGUAGES = ("nl", "fr", "en")
TUTORIAL = read_yaml(FOLDER / "questionnaire.yaml", "questionnaire.yaml")
LINES = (FOLDER / "questionnaire.yaml").read_text(encoding="utf-8").splitlines()


def indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def lines_of_texts() -> Iterator[int]:
    """Yield the line (from 1) of the key that each text in three languages belongs to."""
    for i, line in enumerate(LINES):
        if re.search(r"\{nl: .*, fr: .*, en: ", line):
            yield i + 1
        elif re.match(r"\s+nl:", line):
            yield next(j for j in range(i, -1, -1) if indent(LINES[j]) < indent(line)) + 1


def locations_of_texts(data: Any, here: Location = ()) -> Iterator[Location]:
    if isinstance(data, dict) and set(data) == set(LANGUAGES):
        yield here
    elif isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from locations_of_texts(value, (*here, key))


TEXTS = list(zip(locations_of_texts(TUTORIAL.data), lines_of_texts(), strict=True))


def shown(location: Location) -> str:
    return ".".join(map(str, location))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("location", "line"), TEXTS, ids=[shown(place) for place, _ in TEXTS])
def test_a_text_that_is_taken_away_is_missed(
    location: Location, line: int, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = copy.deepcopy(TUTORIAL.data)
    thing = data
    for part in location:
        thing = thing[part]
    del thing[language]
    text = YamlText(TUTORIAL.path, data, TUTORIAL.lines)
    monkeypatch.setattr(load, "read_yaml", lambda *_: text)
    (problem,) = load_questionnaire(FOLDER, "tutorial").problems
    assert str(problem).startswith(f"questionnaire.yaml:{line}: ")
    assert problem.message.endswith(f"the text in '{language}' is missing")


def test_there_are_texts_of_every_kind() -> None:
    kinds = {location[-1] for location, _ in TEXTS}
    assert kinds >= {"title", "text", "help", "current", "desired", "name", "definition", "welcome"}
    assert len(TEXTS) > 50


def test_a_language_that_is_taken_out_of_the_file_is_missed_everywhere(project: Path) -> None:
    path = project / "questionnaires/tutorial/questionnaire.yaml"
    kept, expected, inside = [], [], False
    for line in LINES:
        flow = re.sub(r" fr: .*?, en:", " en:", line)
        inside = (inside and indent(line) > 8) if line.strip() else inside
        if re.match(r"\s+fr:", line):
            depth = indent(line)
            inside = True
            owner = next(j for j in range(len(kept) - 1, -1, -1) if indent(kept[j]) < depth)
            expected.append(owner + 1)
            skip = depth
            continue
        if inside and indent(line) > skip:
            continue
        inside = False
        if flow != line:
            expected.append(len(kept) + 1)
        kept.append(flow)
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    with pytest.raises(ProblemsFound) as error:
        load_study("tutorial", project)
    assert [problem.line for problem in error.value.problems] == sorted(expected)
    assert len(expected) == len(TEXTS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_organisation_without_name_is_missed(project: Path, language: str) -> None:
    path = project / "questionnaires/tutorial/organisations.csv"
    rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    rows[3][rows[0].index(f"name_{language}")] = ""
    path.write_text("\n".join(map(",".join, rows)) + "\n", encoding="utf-8")
    with pytest.raises(ProblemsFound) as error:
        load_study("tutorial", project)
    assert str(error.value) == (
        "questionnaires/tutorial/organisations.csv:4: "
        f"organisation GAMMA: the name in '{language}' is empty"
    )
