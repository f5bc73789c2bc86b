"""The questionnaire as declared in `questionnaire.yaml`, and the items that follow from it.

A question is what the respondent sees as one thing; an item is what becomes a variable. A matrix
question has an item for each row; a single choice is one item.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from pipeline.core.declared import Code, Declared, Named, RawValue, Text

MissingKind = Literal["dont_know", "refused", "not_asked"]
Rating = Literal["current", "desired"]
Valence = Literal["negative", "neutral", "positive"]


class Option(Declared):
    """One answer of a choice set.

    `raw` is the value that a file from elsewhere holds for it; `missing` says that the answer
    is none, and of which kind; `exclusive` that it goes with no other in a multiple choice.
    """

    code: Code
    text: Text
    missing: MissingKind | None = None
    raw: RawValue | None = None
    exclusive: bool = False


class ChoiceSet(Declared):
    """The answers to choose from, in order, shared by all questions that name the set.

    The options stand here, or (`organisations`) are those of `organisations.csv`, all or of one
    level, with the missing ones that stand here. `nominal` answers are kinds, not amounts, though their
    codes be numbers. `positive`, `neutral` and `negative` say which codes count as what in percentages.
    """

    options: tuple[Option, ...] = ()
    organisations: bool | str = False
    nominal: bool = False
    positive: tuple[Code, ...] = ()
    neutral: tuple[Code, ...] = ()
    negative: tuple[Code, ...] = ()

    @model_validator(mode="after")
    def _has_options(self) -> ChoiceSet:
        if not (self.options or self.organisations):
            raise ValueError("a choice set has options, or organisations: true")
        if self.organisations and any(not option.missing for option in self.options):
            raise ValueError("beside organisations: true, only missing options can stand")
        return self

    @cached_property
    def valid_codes(self) -> tuple[str, ...]:
        """The codes that are answers, in order."""
        return tuple(option.code for option in self.options if not option.missing)

    @cached_property
    def missing_codes(self) -> Mapping[str, MissingKind]:
        """The codes that stand for a kind of missing."""
        return {option.code: option.missing for option in self.options if option.missing}

    @cached_property
    def is_rating(self) -> bool:
        """Whether the answers are whole numbers, so that they can be ordered and averaged."""
        numbers = all(code.isdecimal() for code in self.valid_codes)
        return bool(self.valid_codes) and numbers and not self.nominal

    @cached_property
    def bounds(self) -> tuple[int, int]:
        """Lowest and highest declared answer of a rating."""
        values = [int(code) for code in self.valid_codes]
        return min(values), max(values)

    def valence(self, code: str) -> Valence | Literal[""]:
        """Return what a code counts as in percentages; empty where it counts as nothing."""
        for name in ("negative", "neutral", "positive"):
            if code in getattr(self, name):
                return name
        return ""


class Row(Declared):
    """One row of a matrix, a dual rating or shares: an item.

    `attention` marks a check whether people read, with the code they are asked to give.
    """

    id: str
    text: Text
    attention: Code = ""
    show: str = ""
    source: str = ""
    raw: str = ""


class _Question(Declared):
    """What all questions have.

    `id` names the item where a platform reserves that name as a code; a page is not left before its
    `required` questions are answered.
    """

    code: str
    id: str = ""
    text: Text
    show: str = ""
    required: bool = False
    help: Text | None = None
    source: str = ""
    raw: str = ""


class Single(_Question):
    """One answer out of a choice set."""

    kind: Literal["single"]
    choices: str


class Multiple(_Question):
    """Any number of answers out of a choice set."""

    kind: Literal["multiple"]
    choices: str


class Matrix(_Question):
    """Rows that share one choice set."""

    kind: Literal["matrix"]
    choices: str
    rows: tuple[Row, ...]


class Dual(_Question):
    """Rows rated twice on one choice set: how it is, and how it should be."""

    kind: Literal["dual"]
    choices: str
    current: Text
    desired: Text
    rows: tuple[Row, ...]


class Number(_Question):
    """A count (whole) or a number, between bounds; `choices` names the missing codes it takes."""

    kind: Literal["count", "number"]
    minimum: float = 0
    maximum: float | None = None
    choices: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> Number:
        if self.maximum is not None and self.maximum < self.minimum:
            raise ValueError("'maximum' is below 'minimum'")
        return self


class Shares(_Question):
    """Rows that divide 100 points; twice (now and desired) where both headings are given."""

    kind: Literal["shares"]
    rows: tuple[Row, ...]
    current: Text | None = None
    desired: Text | None = None

    @model_validator(mode="after")
    def _both_headings(self) -> Shares:
        if (self.current is None) != (self.desired is None):
            raise ValueError("shares have both a current and a desired heading, or neither")
        return self


class OpenText(_Question):
    """A short or a long text in the respondent's own words."""

    kind: Literal["short_text", "long_text"]
    max_length: int = 4000


class Display(_Question):
    """Text that is shown and not answered."""

    kind: Literal["display"]


Question = Annotated[
    Single | Multiple | Matrix | Dual | Number | Shares | OpenText | Display,
    Field(discriminator="kind"),
]
Kind = Literal[
    "single",
    "multiple",
    "matrix",
    "dual",
    "count",
    "number",
    "shares",
    "short_text",
    "long_text",
    "display",
]


class Section(Declared):
    """A page of the questionnaire: core, or an optional module that a plan may leave out."""

    id: str
    title: Text
    intro: Text | None = None
    optional: bool = False
    show: str = ""
    questions: tuple[Question, ...]


class Scale(Declared):
    """A score made of items, or of other scales.

    `kind`: a `scale` measures one thing by several items (it gets reliability); an `index` adds
    up different things (it is scored and reported, without reliability); a `block` only groups items
    (it is not scored). `needed` is the number of items (or parts) that must be answered for a
    score. `score`: `mean` of the answered; `mean_z`, the mean of z-scores; `sum`, the mean of the
    answered times the number of items; `count`, the share of answered items at or above `at_least`
    times the number of items.
    """

    name: Text
    kind: Literal["scale", "index", "block"] = "scale"
    level: Literal["individual", "unit", "organisation", "network", "government"] = "individual"
    definition: Text | None = None
    source: str = ""
    items: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    reversed: tuple[str, ...] = ()
    needed: Annotated[int, Field(ge=1)] | None = None
    score: Literal["mean", "mean_z", "sum", "count"] = "mean"
    at_least: int | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Scale:
        if bool(self.items) == bool(self.parts):
            raise ValueError("a scale is made of items or of parts, and not of both")
        if self.needed is None and self.kind != "block":
            raise ValueError("'needed' is missing: how many must be answered for a score")
        if self.needed is not None and self.kind == "block":
            raise ValueError("'needed' belongs to no block, which has no score")
        if self.needed is not None and self.needed > len(self.items or self.parts):
            size = len(self.items or self.parts)
            raise ValueError(f"'needed' is {self.needed}, and the scale has {size}")
        if (self.at_least is None) != (self.score != "count"):
            raise ValueError("'at_least' belongs to score: count, and to no other")
        if len(set(self.items or self.parts)) < len(self.items or self.parts):
            raise ValueError("an item or part stands in the scale twice")
        return self


class Source(Declared):
    """Where the answers come from, when the study did not field them itself."""

    origin: str
    licence: str


@dataclass(frozen=True)
class Item:
    """One variable of the questionnaire.

    `shows` are the conditions (of section, question and row) that must all hold for it to be asked;
    `ratings` and their `headings` are empty for an item that is answered once.
    """

    id: str
    kind: Kind
    text: Mapping[str, str]
    choices: ChoiceSet | None
    section: str
    question: str
    shows: tuple[str, ...]
    ratings: tuple[Rating, ...]
    headings: tuple[Mapping[str, str], ...]
    raw: str
    source: str
    core: bool
    attention: str = ""
    minimum: float | None = None
    maximum: float | None = None

    @property
    def is_rating(self) -> bool:
        """Whether the answers are declared whole numbers that can be averaged."""
        one_answer = self.kind in {"single", "matrix", "dual"}
        return one_answer and self.choices is not None and self.choices.is_rating


class Questionnaire(Declared):
    """Everything a study asks, in all its languages (the first one is the base language)."""

    study: str
    languages: tuple[str, ...]
    title: Text
    source: Source | None = None
    texts: Named[Text] = {}
    choices: Named[ChoiceSet] = {}
    sections: tuple[Section, ...]
    scales: Named[Scale] = {}

    @cached_property
    def items(self) -> Mapping[str, Item]:
        """Every item by id, in the order of the questionnaire."""
        return {item.id: item for section in self.sections for item in self._items_of(section)}

    def _items_of(self, section: Section) -> Iterator[Item]:
        for question in section.questions:
            if question.kind == "display":
                continue
            for part in getattr(question, "rows", (question,)):
                yield self._item(section, question, part)

    def _item(self, section: Section, question: Any, part: Any) -> Item:
        row_show = part.show if part is not question else ""
        shows = tuple(show for show in (section.show, question.show, row_show) if show)
        is_dual = getattr(question, "current", None) is not None
        return Item(
            id=part.id or question.code,
            kind=question.kind,
            text=part.text,
            choices=self.choices.get(getattr(question, "choices", "")),
            section=section.id,
            question=question.code,
            shows=shows,
            ratings=("current", "desired") if is_dual else (),
            headings=(question.current, question.desired) if is_dual else (),
            raw=part.raw,
            source=part.source or question.source,
            core=not section.optional,
            attention=getattr(part, "attention", ""),
            minimum=0 if question.kind == "shares" else getattr(question, "minimum", None),
            maximum=100 if question.kind == "shares" else getattr(question, "maximum", None),
        )

    def items_of_scale(self, scale: str) -> tuple[str, ...]:
        """Return the items of a scale; of its parts, in order, where it is made of scales."""
        return tuple(self._items_below(scale, frozenset()))

    def _items_below(self, scale: str, above: frozenset[str]) -> Iterator[str]:
        """Yield the items of a scale; an unknown part, or one that holds itself, has none."""
        if scale in self.scales and scale not in above:
            yield from self.scales[scale].items
            for part in self.scales[scale].parts:
                yield from self._items_below(part, above | {scale})
