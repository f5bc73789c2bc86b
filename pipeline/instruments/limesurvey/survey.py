"""A survey as LimeSurvey knows it, apart from how a file writes it down.

Texts are HTML by language; conditions are LimeSurvey's expressions, and `ALWAYS` where there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ALWAYS = "1"
Texts = Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """An answer to choose from; `scale` is 1 for the second scale of a dual rating, else 0."""

    code: str
    texts: Texts
    scale: int = 0


@dataclass(frozen=True)
class Subquestion:
    """A row (scale 0), or a column (scale 1) of an array of numbers."""

    code: str
    texts: Texts
    relevance: str = ALWAYS
    scale: int = 0


@dataclass(frozen=True)
class SurveyQuestion:
    """One question; `kind` is LimeSurvey's letter for its type.

    `attributes` hold in every language, `texts_of` are attributes that are texts, by name.
    """

    code: str
    kind: str
    texts: Texts
    helps: Texts
    relevance: str = ALWAYS
    mandatory: bool = False
    subquestions: tuple[Subquestion, ...] = ()
    answers: tuple[Answer, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    texts_of: Mapping[str, Texts] = field(default_factory=dict)


@dataclass(frozen=True)
class Group:
    """The questions of one page."""

    titles: Texts
    descriptions: Texts
    relevance: str
    questions: tuple[SurveyQuestion, ...]


@dataclass(frozen=True)
class Survey:
    """Everything that a file of LimeSurvey holds; `texts` are those around the questions, by language."""

    sid: int
    languages: tuple[str, ...]
    settings: Mapping[str, str]
    texts: Mapping[str, Mapping[str, str]]
    groups: tuple[Group, ...]
