"""A questionnaire in one language as blocks to print, before any thought of a file format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.instruments.routing import routing
from pipeline.instruments.wording import words
from pipeline.questionnaire.model import ChoiceSet, Questionnaire
from pipeline.questionnaire.version import questionnaire_version

MOST_LISTED = 20
BlockKind = Literal["text", "options", "grid", "line", "lines", "table"]


@dataclass(frozen=True)
class Block:
    """One question on paper.

    Attributes
    ----------
    kind : `text` is only read; `options` are boxes below each other; a `grid` has one for each row and
        answer; a `line` takes a number or a few words, `lines` more; a `table` takes a number in each cell.
    code : the question's code; empty for what is only read. condition : to whom it is put, in words.
    text, help, note : the question (paragraphs), its help, and how to answer it.
    options : code and text of each answer. columns : headings of a grid (each twice-rated one under its
        rating in `ratings`) or of a table. rows : id, text and condition of each.
    """

    kind: BlockKind
    code: str
    condition: str
    text: tuple[str, ...]
    help: str = ""
    note: str = ""
    options: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    ratings: tuple[str, ...] = ()
    rows: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Page:
    """One section: its title, first lines, to whom it is put, and its questions."""

    title: str
    intro: tuple[str, ...]
    condition: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Form:
    """The whole questionnaire in one language."""

    language: str
    title: str
    version: str
    study: str
    welcome: tuple[str, ...]
    thanks: tuple[str, ...]
    pages: tuple[Page, ...]


def paper_form(questionnaire: Questionnaire, language: str) -> Form:
    """Lay a questionnaire out for paper in one of its languages."""
    texts = questionnaire.texts
    return Form(
        language,
        questionnaire.title[language],
        f"{words(language)['version']} {questionnaire_version(questionnaire)}",
        questionnaire.study,
        paragraphs(texts["welcome"][language]) if "welcome" in texts else (),
        paragraphs(texts["thanks"][language]) if "thanks" in texts else (),
        tuple(_pages(questionnaire, language)),
    )


def paragraphs(text: str) -> tuple[str, ...]:
    """Return the paragraphs of a text: a line end starts a new one."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _pages(questionnaire: Questionnaire, language: str) -> Iterator[Page]:
    for section in questionnaire.sections:
        blocks = tuple(_block(each, questionnaire, language) for each in section.questions)
        yield Page(
            section.title[language],
            paragraphs(section.intro[language]) if section.intro else (),
            routing((section.show,), questionnaire, language),
            blocks,
        )


def _block(question: Any, questionnaire: Questionnaire, language: str) -> Block:
    choices = questionnaire.choices.get(getattr(question, "choices", ""))
    rows = tuple(
        (row.id, row.text[language], routing((row.show,), questionnaire, language))
        for row in getattr(question, "rows", ())
    )
    headings = [getattr(question, name, None) for name in ("current", "desired")]
    ratings = tuple(heading[language] for heading in headings if heading)
    kind, listed = _kind(question.kind, choices)
    grid = kind == "grid"
    options = tuple((o.code, o.text[language]) for o in choices.options) if choices else ()
    return Block(
        kind,
        "" if kind == "text" else question.code,
        routing((question.show,), questionnaire, language),
        paragraphs(question.text[language]),
        question.help[language] if question.help else "",
        _note(question, choices, listed, language),
        options if kind == "options" else (),
        tuple(f"{text} ({code})" for code, text in options) if grid else ratings,
        ratings if grid else (),
        rows,
    )


def _kind(kind: str, choices: ChoiceSet | None) -> tuple[BlockKind, bool]:
    """Return how a question looks on paper, and whether its answers are listed."""
    if kind in {"single", "multiple"}:
        long = choices is not None and bool(choices.organisations)
        long = long and len(choices.options if choices else ()) > MOST_LISTED
        return ("line" if long and kind == "single" else "options"), not long
    kinds: dict[str, BlockKind] = {
        "matrix": "grid",
        "dual": "grid",
        "shares": "table",
        "long_text": "lines",
        "display": "text",
    }
    return kinds.get(kind, "line"), True


def _note(question: Any, choices: ChoiceSet | None, listed: bool, language: str) -> str:
    """Return how a question is answered, in words."""
    say = words(language)
    match question.kind:
        case "single":
            return say["paper_single"] if listed else say["paper_name"]
        case "multiple":
            return say["paper_multiple"]
        case "matrix":
            return say["paper_rows"]
        case "dual":
            return say["paper_rows_twice"]
        case "shares":
            return say["paper_shares"]
        case "count" | "number":
            return _number_note(question, choices, language)
    return ""


def _number_note(question: Any, choices: ChoiceSet | None, language: str) -> str:
    say = words(language)
    high = question.maximum
    key = "paper_bounds" if high is not None else "paper_at_least"
    note = say[key].format(low=f"{question.minimum:g}", high="" if high is None else f"{high:g}")
    codes: Sequence[Any] = choices.options if choices else ()
    return " ".join([note, *(f"{each.code} = {each.text[language]}." for each in codes)])
