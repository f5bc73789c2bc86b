"""The questions of a questionnaire as LimeSurvey's types of question, one function a kind."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from pipeline.instruments.limesurvey.expressions import (
    add_up_to_100,
    plain_number,
    relevance,
    total,
    within_bounds,
)
from pipeline.instruments.limesurvey.survey import Answer, Subquestion, SurveyQuestion, Texts
from pipeline.instruments.limesurvey.texts import by_language, inline, inline_by_language
from pipeline.instruments.wording import words
from pipeline.questionnaire.columns import item_columns
from pipeline.questionnaire.instrument_length import LONGEST_LIST
from pipeline.questionnaire.model import (
    ChoiceSet,
    Display,
    Dual,
    Item,
    Matrix,
    Multiple,
    Number,
    OpenText,
    Option,
    Question,
    Questionnaire,
    Row,
    Shares,
    Single,
)
from pipeline.questionnaire.version import VERSION_COLUMN, questionnaire_version

RADIO, DROPDOWN, ARRAY, DUAL_ARRAY, MULTIPLE = "L", "!", "F", "1", "M"
NUMBER, NUMBERS, NUMBER_ARRAY = "N", "K", ":"
SHORT_TEXT, LONG_TEXT, DISPLAY, EQUATION = "S", "T", "X", "*"


def survey_question(question: Question, questionnaire: Questionnaire) -> SurveyQuestion:
    """Return a question as LimeSurvey asks it.

    A long list of answers becomes a dropdown; shares, once given, several numbers, and twice given an
    array of numbers with the columns 1 and 2.
    """
    make = partial(
        SurveyQuestion,
        code=question.code,
        texts=by_language(question.text, questionnaire.languages),
        helps=by_language(question.help, questionnaire.languages),
        relevance=relevance(question.show, questionnaire),
        mandatory=question.required,
    )
    match question:
        case Single():
            return _single(make, questionnaire.choices[question.choices], questionnaire)
        case Multiple():
            return _multiple(make, questionnaire.choices[question.choices], questionnaire)
        case Matrix():
            answers = _answers(questionnaire.choices[question.choices], questionnaire.languages)
            rows = _rows(question.rows, questionnaire)
            return make(kind=ARRAY, subquestions=rows, answers=answers)
        case Dual():
            return _dual(make, question, questionnaire)
        case Number():
            return _number(make, question, questionnaire)
        case Shares():
            return _shares(make, question, questionnaire)
        case OpenText():
            kind = SHORT_TEXT if question.kind == "short_text" else LONG_TEXT
            return make(kind=kind, attributes={"maximum_chars": str(question.max_length)})
        case Display():
            return make(kind=DISPLAY)


def version_question(questionnaire: Questionnaire) -> SurveyQuestion:
    """Return the hidden equation that writes the questionnaire's version into every row of answers."""
    version = questionnaire_version(questionnaire)
    return SurveyQuestion(
        code=VERSION_COLUMN,
        kind=EQUATION,
        texts=dict.fromkeys(questionnaire.languages, version),
        helps=dict.fromkeys(questionnaire.languages, ""),
        attributes={"hidden": "1"},
    )


def offered(choices: ChoiceSet) -> tuple[Option, ...]:
    """Return the options that can be ticked in a multiple choice: those that are answers."""
    return tuple(option for option in choices.options if not option.missing)


def is_long(choices: ChoiceSet) -> bool:
    """Say whether a list of answers is so long that people look for their own."""
    return len(choices.options) > LONGEST_LIST


def _answers(
    choices: ChoiceSet, languages: tuple[str, ...], *, scale: int = 0, line_end: str = "<br />"
) -> tuple[Answer, ...]:
    return tuple(
        Answer(option.code, inline_by_language(option.text, languages, line_end), scale)
        for option in choices.options
    )


def _rows(rows: tuple[Row, ...], questionnaire: Questionnaire) -> tuple[Subquestion, ...]:
    languages = questionnaire.languages
    return tuple(
        Subquestion(
            row.id, inline_by_language(row.text, languages), relevance(row.show, questionnaire)
        )
        for row in rows
    )


def _single(make: Any, choices: ChoiceSet, questionnaire: Questionnaire) -> SurveyQuestion:
    if is_long(choices):
        answers = _answers(choices, questionnaire.languages, line_end=" ")
        return make(kind=DROPDOWN, answers=answers)
    return make(kind=RADIO, answers=_answers(choices, questionnaire.languages))


def _multiple(make: Any, choices: ChoiceSet, questionnaire: Questionnaire) -> SurveyQuestion:
    exclusive = [option.code for option in offered(choices) if option.exclusive]
    return make(
        kind=MULTIPLE,
        subquestions=tuple(
            Subquestion(option.code, inline_by_language(option.text, questionnaire.languages))
            for option in offered(choices)
        ),
        attributes={"exclude_all_others": ";".join(exclusive)} if exclusive else {},
    )


def _dual(make: Any, question: Dual, questionnaire: Questionnaire) -> SurveyQuestion:
    choices, languages = questionnaire.choices[question.choices], questionnaire.languages
    return make(
        kind=DUAL_ARRAY,
        subquestions=_rows(question.rows, questionnaire),
        answers=(*_answers(choices, languages), *_answers(choices, languages, scale=1)),
        texts_of={
            "dualscale_headerA": inline_by_language(question.current, languages),
            "dualscale_headerB": inline_by_language(question.desired, languages),
        },
    )


def _number(make: Any, question: Number, questionnaire: Questionnaire) -> SurveyQuestion:
    """A missing code lies outside the bounds: they become an expression of its own, with a tip."""
    item = questionnaire.items[question.id or question.code]
    whole = {"num_value_int_only": "1"} if question.kind == "count" else {}
    if item.choices is not None and item.choices.missing_codes:
        return make(
            kind=NUMBER,
            attributes={**whole, "em_validation_q": within_bounds(item)},
            texts_of={"em_validation_q_tip": _bounds_tip(item, questionnaire.languages)},
        )
    bounds = {"min_num_value_n": plain_number(question.minimum)}
    if question.maximum is not None:
        bounds["max_num_value_n"] = plain_number(question.maximum)
    return make(kind=NUMBER, attributes={**whole, **bounds})


def _bounds_tip(item: Item, languages: tuple[str, ...]) -> Texts:
    from babel.numbers import format_decimal

    tips = {}
    for language in languages:
        said = words(language)
        low = format_decimal(item.minimum or 0, locale=language)
        tip = said["limesurvey_at_least"].format(low=low)
        if item.maximum is not None:
            high = format_decimal(item.maximum, locale=language)
            tip = said["limesurvey_between"].format(low=low, high=high)
        for option in item.choices.options if item.choices else ():
            tip = said["limesurvey_or_code"].format(
                tip=tip, code=option.code, text=option.text[language]
            )
        tips[language] = inline(tip)
    return tips


def _shares(make: Any, question: Shares, questionnaire: Questionnaire) -> SurveyQuestion:
    rows = _rows(question.rows, questionnaire)
    if question.current is None or question.desired is None:
        return make(
            kind=NUMBERS,
            subquestions=rows,
            attributes={
                "num_value_int_only": "1",
                "min_num_value_n": "0",
                "max_num_value_n": "100",
                "equals_num_value": "100",
            },
        )
    headings = (question.current, question.desired)
    columns = tuple(
        Subquestion(str(k), inline_by_language(heading, questionnaire.languages), scale=1)
        for k, heading in enumerate(headings, 1)
    )
    names = _cell_names(question, questionnaire)
    return make(
        kind=NUMBER_ARRAY,
        subquestions=(*rows, *columns),
        attributes={
            "input_boxes": "1",
            "multiflexible_min": "0",
            "multiflexible_max": "100",
            "multiflexible_step": "1",
            "em_validation_q": add_up_to_100(names),
        },
        texts_of={"em_validation_q_tip": _shares_tip(names, headings, questionnaire.languages)},
    )


def _cell_names(question: Shares, questionnaire: Questionnaire) -> list[list[str]]:
    """Return the variables of the current column, and those of the desired one."""
    cells = [item_columns(questionnaire.items[row.id]) for row in question.rows]
    return [[columns[k].in_expressions for columns in cells] for k in (0, 1)]


def _shares_tip(
    names: list[list[str]], headings: tuple[Mapping[str, str], ...], languages: tuple[str, ...]
) -> Texts:
    """Return what must add up, and what each column adds up to so far: live in the browser."""
    return {
        language: "<br />".join(
            [
                inline(words(language)["limesurvey_shares"]),
                *(
                    f"{inline(heading[language])}: {{{total(column)}}}"
                    for heading, column in zip(headings, names, strict=True)
                ),
            ]
        )
        for language in languages
    }
