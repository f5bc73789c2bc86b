"""A questionnaire as JSON for the form library SurveyJS, which others build their survey services on."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pipeline.core.errors import UserError
from pipeline.instruments.instrument import Instrument
from pipeline.instruments.left_out import left_out
from pipeline.instruments.surveyjs.form import form
from pipeline.questionnaire.model import Questionnaire

_ALWAYS = (
    "SurveyJS is the form only: who is invited, and where answers go, is up to the service around it.",
    "Results do not say which pages were reached: answers of who stopped half-way read as if the rest "
    "had been left empty.",
    "Results have no times of pages.",
    "A multiple choice in which nothing is ticked comes back as not answered.",
)
# names that its expressions take for something else than a question, in lower case
_RESERVED = {
    "pageno",
    "pagecount",
    "questioncount",
    "correctedanswers",
    "correctanswers",
    "correctedanswercount",
    "incorrectedanswers",
    "incorrectanswers",
    "incorrectedanswercount",
    "locale",
    "survey",
    "self",
    "parent",
    "matrix",
    "composite",
    "panel",
    "item",
    "choice",
    "column",
    "row",
    "prevrow",
    "nextrow",
    "totalrow",
    "qversion",
    "qlanguage",
}


def to_surveyjs(questionnaire: Questionnaire) -> Instrument:
    """Return the questionnaire as one JSON file in all its languages, for survey-core 2 and later.

    Raises
    ------
    UserError
        Codes that SurveyJS takes for the same, a question that has the name of something else there, or
        a language for which the instruments have no words.
    """
    problems = [*_same_codes(questionnaire), *_taken_names(questionnaire)]
    if problems:
        raise UserError("\n".join(problems))
    text = json.dumps(form(questionnaire), ensure_ascii=False, indent=1)
    files = {f"{questionnaire.study}.json": f"{text}\n".encode()}
    return Instrument(files, _not_carried(questionnaire, text))


def _same_codes(questionnaire: Questionnaire) -> Iterator[str]:
    """Yield a problem for codes that compare as equal there: A and a, 1 and 01."""
    for name, choices in questionnaire.choices.items():
        seen: dict[object, str] = {}
        for option in choices.options:
            first = seen.setdefault(_as_compared(option.code), option.code)
            if first != option.code:
                yield (
                    f"surveyjs: choices {name}: SurveyJS takes the codes '{first}' and '{option.code}' "
                    "for the same; give one of them another code"
                )


def _as_compared(code: str) -> object:
    try:
        return float(code)
    except ValueError:
        return code.lower()


def _taken_names(questionnaire: Questionnaire) -> Iterator[str]:
    for section in questionnaire.sections:
        for question in section.questions:
            if question.code.lower() in _RESERVED:
                yield (
                    f"surveyjs: the question '{question.code}' has a name that means something else "
                    "in SurveyJS; give it another code"
                )


def _not_carried(questionnaire: Questionnaire, text: str) -> tuple[str, ...]:
    braces = (
        "An invisible character stands after each { in a text, lest SurveyJS put an answer there."
    )
    return (*_ALWAYS, *([braces] if "{\u2060" in text else []), *left_out(questionnaire))
