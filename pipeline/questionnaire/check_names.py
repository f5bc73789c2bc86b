"""Names and codes in a plan, held against those that there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pipeline.core.errors import Problem, nearest
from pipeline.core.yaml_text import Location, YamlText
from pipeline.questionnaire.model import Questionnaire


def unknown_names(
    text: YamlText, location: Location, names: Iterable[str], allowed: Iterable[str]
) -> Iterator[Problem]:
    """Yield each name of a list that is not allowed, or stands in it twice."""
    known, seen = set(allowed), set()
    for position, name in enumerate(names):
        here = (*location, position)
        if name not in known:
            yield text.problem(here, f"{location[-1]}: unknown name '{name}'{nearest(name, known)}")
        if name in seen:
            yield text.problem(here, f"{location[-1]}: '{name}' stands here twice")
        seen.add(name)


def code_problems(
    text: YamlText,
    location: Location,
    questionnaire: Questionnaire,
    question: str,
    codes: Iterable[str],
) -> Iterator[Problem]:
    """Yield each code that is no answer to a question; none where the question is unknown or free."""
    item = questionnaire.items.get(question)
    if item is None or item.choices is None:
        return
    allowed = [option.code for option in item.choices.options]
    for code in codes:
        if code not in allowed:
            message = f"'{code}' is no answer to '{question}'{nearest(code, allowed)}"
            yield text.problem(location, message)
