"""What LimeSurvey would rename, cut, drop or mix up, mostly without a word: refused beforehand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.instruments.limesurvey.survey import Survey, SurveyQuestion
from pipeline.questionnaire.conditions import leaves, parse_condition
from pipeline.questionnaire.model import Item, Questionnaire

LONGEST_TITLE = 200
QUESTION_CODE = re.compile(r"[A-Za-z][A-Za-z0-9]{0,19}")
ROW_CODE = re.compile(r"[A-Za-z0-9]{1,20}")
ANSWER_CODE = re.compile(r"[A-Za-z0-9]{1,5}")
RESERVED_QUESTIONS = {
    "lang",
    "sid",
    "savedid",
    "token",
    "qid",
    "gid",
    "sgq",
    "self",
    "that",
    "this",
}
OPERATORS = {"and", "or", "eq", "ne", "lt", "le", "gt", "ge"}
RESERVED_ROWS = {"time", "other"}
_EXPONENT = re.compile(r"[0-9]+(?:[eE][0-9]+)?")
_BASE = re.compile(r"0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+")


def problems(survey: Survey, questionnaire: Questionnaire) -> list[str]:
    """Return everything that would not arrive in LimeSurvey as it is declared."""
    questions = [question for group in survey.groups for question in group.questions]
    return [
        *_title_problems(survey),
        *_question_code_problems([question.code for question in questions]),
        *(problem for question in questions for problem in _inner_problems(question)),
        *_number_problems(questionnaire),
        *_condition_problems(questionnaire),
    ]


def _title_problems(survey: Survey) -> Iterator[str]:
    for language, texts in survey.texts.items():
        size = len(texts["surveyls_title"])
        if size > LONGEST_TITLE:
            yield f"the title in '{language}' has {size} characters as HTML; at most {LONGEST_TITLE}"


def _question_code_problems(codes: Sequence[str]) -> Iterator[str]:
    for position, code in enumerate(codes):
        if not QUESTION_CODE.fullmatch(code):
            yield f"question '{code}': a letter, then letters and digits, 20 at most"
        if code.lower() in RESERVED_QUESTIONS | OPERATORS:
            yield f"question '{code}' is a word of LimeSurvey's own; give it another code"
        if code.lower() in {other.lower() for other in codes[:position]}:
            yield f"question '{code}' stands there twice"


def _inner_problems(question: SurveyQuestion) -> Iterator[str]:
    """Rows and answers: LimeSurvey's database does not tell capitals apart."""
    for scale in (0, 1):
        rows = [row.code for row in question.subquestions if row.scale == scale]
        answers = [answer.code for answer in question.answers if answer.scale == scale]
        for code in rows:
            if not ROW_CODE.fullmatch(code):
                yield f"{question.code}: row '{code}': letters and digits, 20 at most"
            if code.lower() in RESERVED_ROWS:
                yield f"{question.code}: LimeSurvey renames a row '{code}'; give it another code"
        for code in answers:
            if not ANSWER_CODE.fullmatch(code):
                yield f"{question.code}: answer '{code}' would be lost: 1 to 5 letters and digits"
        for codes in (rows, answers):
            lower = [code.lower() for code in codes]
            doubled = [code for code in codes if lower.count(code.lower()) > 1]
            if doubled:
                yield f"{question.code}: {_quoted(doubled)} are one code to LimeSurvey"


def _number_problems(questionnaire: Questionnaire) -> Iterator[str]:
    for item in questionnaire.items.values():
        for code in item.choices.missing_codes if item.choices else ():
            if item.kind in {"count", "number"} and not code.isdecimal():
                yield f"{item.question}: the missing code '{code}' cannot be typed as a number"


def _condition_problems(questionnaire: Questionnaire) -> Iterator[str]:
    """Codes such as 1 and 01, which are equal in LimeSurvey's expressions, where a condition asks."""
    for item in _asked_about(questionnaire):
        codes = [option.code for option in item.choices.options] if item.choices else []
        values = {code: _in_expressions(code) for code in codes}
        equal = [c for c in codes if list(values.values()).count(values[c]) > 1]
        if equal:
            yield f"{item.question}: {_quoted(equal)} are equal in LimeSurvey's conditions"
        if "false" in codes:
            yield f"{item.question}: 'false' is no answer in LimeSurvey's conditions"


def _asked_about(questionnaire: Questionnaire) -> list[Item]:
    """Return the items that show conditions compare with codes, each once."""
    conditions = [parse_condition(show) for show in _shows(questionnaire) if show]
    names = dict.fromkeys(leaf.item for condition in conditions for leaf in leaves(condition))
    items = (questionnaire.items[name] for name in names)
    return [item for item in items if item.kind in {"single", "matrix"}]


def _shows(questionnaire: Questionnaire) -> Iterator[str]:
    for section in questionnaire.sections:
        yield section.show
        for question in section.questions:
            yield question.show
            yield from (row.show for row in getattr(question, "rows", ()))


def _in_expressions(code: str) -> float | str:
    """Return the number that PHP or JavaScript takes a code for, else the code."""
    if _EXPONENT.fullmatch(code):
        return float(code)
    return float(int(code, 0)) if _BASE.fullmatch(code) else code


def _quoted(codes: Sequence[str]) -> str:
    return ", ".join(f"'{code}'" for code in codes)
