"""A questionnaire under check: what was built of it, and where each part stands in the text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.core.errors import Problem
from pipeline.core.yaml_text import Location, YamlText
from pipeline.questionnaire.model import Questionnaire


@dataclass(frozen=True)
class Draft:
    """A questionnaire under check, the text it was built from, and names that were left out."""

    questionnaire: Questionnaire
    text: YamlText
    left_out: set[str]

    def problem(self, location: Location, message: str) -> Problem:
        """Return a problem that points to the line of `location`."""
        return self.text.problem(location, message)

    def unknown(self, name: str, allowed: Mapping[str, Any]) -> bool:
        """Say whether a name is declared nowhere, not even in a part with faults."""
        return name not in allowed and name not in self.left_out

    def questions(self) -> Iterator[tuple[Location, Any, Any]]:
        """Yield the location of each question, its section and itself."""
        for i, section in enumerate(self.questionnaire.sections):
            for j, question in enumerate(section.questions):
                yield ("sections", i, "questions", j), section, question
