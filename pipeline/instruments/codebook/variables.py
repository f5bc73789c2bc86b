"""The variables of a study: each column of its answers and scores, with what it means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.instruments.routing import routing
from pipeline.instruments.wording import words
from pipeline.questionnaire.columns import AnswerColumn, item_columns, score_columns
from pipeline.questionnaire.model import Item, Option, Question, Questionnaire, Scale

VariableType = Literal["category", "whole", "number", "text", "flag"]
WHY_MISSING = ("unseen", "empty", "dont_know", "refused")
Texts = Mapping[str, str]


@dataclass(frozen=True)
class Category:
    """One code of a variable; `missing` is the kind of missing that it stands for, if it is none."""

    code: str
    text: Texts
    missing: str = ""


@dataclass(frozen=True)
class Variable:
    """One column of `responses.parquet` or `scores.parquet`.

    Attributes
    ----------
    group : the section, `scores`, or empty for what is recorded about the interview.
    label : by language. question, help : what was asked; empty for what was not asked.
    minimum, maximum : bounds of a number. universe : to whom it was put, by language; empty for all.
    scales : that it is scored into. derivation : how it was made, by language. rule : which codes count
        as positive, neutral and negative in percentages.
    """

    name: str
    file: Literal["responses", "scores"]
    group: str
    type: VariableType
    label: Texts
    question: Texts
    help: Texts
    categories: tuple[Category, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    universe: Texts | None = None
    scales: tuple[str, ...] = ()
    derivation: Texts | None = None
    rule: Mapping[str, tuple[str, ...]] | None = None
    source: str = ""

    @property
    def has_meanings(self) -> bool:
        """Whether a code is more than an answer: a kind of missing, or counted in percentages."""
        return bool(self.rule) or any(category.missing for category in self.categories)


NOTHING: Texts = {}


def study_variables(questionnaire: Questionnaire) -> list[Variable]:
    """Return every variable, in the order of the columns: interviews, answers, reasons, scores."""
    scales: dict[str, list[str]] = {}
    for name, scale in questionnaire.scales.items():
        for item in scale.items:
            scales.setdefault(item, []).append(name)
    questions = {q.code: q for section in questionnaire.sections for q in section.questions}
    answers = [
        variable
        for item in questionnaire.items.values()
        for variable in _item_variables(
            item, questions[item.question], scales.get(item.id, ()), questionnaire
        )
    ]
    return [
        *_interview_variables(questionnaire),
        *answers,
        *(each for name in questionnaire.scales for each in _score_variables(name, questionnaire)),
    ]


def _interview_variables(questionnaire: Questionnaire) -> Iterator[Variable]:
    languages = questionnaire.languages
    types: dict[str, VariableType] = {
        "respondent": "text",
        "organisation": "text",
        "language": "category",
        "status": "category",
        "weight": "number",
    }
    categories = {
        "language": tuple(Category(each, dict.fromkeys(languages, each)) for each in languages),
        "status": tuple(
            Category(each, _words(languages, f"status_{each}")) for each in ("complete", "partial")
        ),
    }
    for name, kind in types.items():
        label = _words(languages, f"variable_{name}")
        yield Variable(
            name, "responses", "", kind, label, NOTHING, NOTHING, categories.get(name, ())
        )
    for section in questionnaire.sections:
        label = {
            each: words(each)["variable_seconds"].format(page=section.title[each])
            for each in languages
        }
        yield Variable(
            f"seconds_{section.id}", "responses", "", "number", label, NOTHING, NOTHING, minimum=0
        )


def _words(languages: Sequence[str], key: str) -> Texts:
    return {language: words(language)[key] for language in languages}


def _item_variables(
    item: Item, question: Question, scales: Sequence[str], questionnaire: Questionnaire
) -> Iterator[Variable]:
    """Yield the columns of an item, then for each the column that says why it is empty."""
    universe = {each: routing(item.shows, questionnaire, each) for each in questionnaire.languages}
    columns = item_columns(item)
    for k, column in enumerate(columns):
        yield Variable(
            column.name,
            "responses",
            item.section,
            _type(item, column),
            _label(item, column, k),
            _asked(item, question),
            question.help or NOTHING,
            _categories(item, column, questionnaire),
            item.minimum,
            item.maximum,
            universe if any(universe.values()) else None,
            tuple(scales),
            rule=_rule(item),
            source=item.source,
        )
    for name in dict.fromkeys(column.missing for column in columns):
        of = name.removesuffix("_missing")
        languages = questionnaire.languages
        label = {each: words(each)["variable_missing"].format(name=of) for each in languages}
        why = tuple(Category(each, _words(languages, f"missing_{each}")) for each in WHY_MISSING)
        yield Variable(name, "responses", item.section, "category", label, NOTHING, NOTHING, why)


def _type(item: Item, column: AnswerColumn) -> VariableType:
    if column.option:
        return "flag"
    if item.kind in {"short_text", "long_text"}:
        return "text"
    if item.kind in {"number", "shares"}:
        return "number"
    return "whole" if item.kind == "count" else "category"


def _label(item: Item, column: AnswerColumn, place: int) -> Texts:
    if column.option and item.choices:
        option = next(each for each in item.choices.options if each.code == column.option)
        return {each: f"{text}: {option.text[each]}" for each, text in item.text.items()}
    if item.ratings:
        heading = item.headings[place]
        return {each: f"{text} ({heading[each]})" for each, text in item.text.items()}
    return item.text


def _asked(item: Item, question: Question) -> Texts:
    """Return what was asked: the question, and for a row of it the row too."""
    if item.text == question.text:
        return item.text
    return {each: f"{question.text[each]} — {text}" for each, text in item.text.items()}


def _categories(
    item: Item, column: AnswerColumn, questionnaire: Questionnaire
) -> tuple[Category, ...]:
    if column.option:
        languages = questionnaire.languages
        return tuple(
            Category(code, _words(languages, f"flag_{code}")) for code in ("false", "true")
        )
    options: Sequence[Option] = item.choices.options if item.choices else ()
    return tuple(Category(each.code, each.text, each.missing or "") for each in options)


def _rule(item: Item) -> Mapping[str, tuple[str, ...]] | None:
    if item.choices is None or not item.choices.positive:
        return None
    return {each: getattr(item.choices, each) for each in ("positive", "neutral", "negative")}


def _score_variables(name: str, questionnaire: Questionnaire) -> Iterator[Variable]:
    scale, languages = questionnaire.scales[name], questionnaire.languages
    items = [questionnaire.items[each] for each in questionnaire.items_of_scale(name)]
    source = scale.source
    derivation = {each: _derivation(scale, each) for each in languages}
    for k, column in enumerate(score_columns(questionnaire, name)):
        heading = items[0].headings[k] if column != name else None
        label = {
            each: f"{text} ({heading[each]})" if heading else text
            for each, text in scale.name.items()
        }
        yield Variable(
            column,
            "scores",
            "scores",
            "number",
            label,
            NOTHING,
            scale.definition or NOTHING,
            derivation=derivation,
            source=source,
        )


def _derivation(scale: Scale, language: str) -> str:
    say = words(language)
    made_of = scale.items or scale.parts
    text = say[f"score_{scale.score}"].format(
        items=", ".join(made_of), needed=scale.needed, of=len(made_of), least=scale.at_least
    )
    turned = say["score_reversed"].format(items=", ".join(scale.reversed)) if scale.reversed else ""
    return f"{text} {turned}".strip()
