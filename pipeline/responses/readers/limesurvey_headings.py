"""How LimeSurvey's export names its columns: with question codes, in one of two ways, or unusably."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pyarrow as pa

from pipeline.core.errors import UserError
from pipeline.questionnaire.columns import AnswerColumn, answer_columns
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.version import VERSION_COLUMN

META = ("id", "submitdate", "lastpage", "startlanguage")
OTHERS = re.compile(
    r"token|seed|startdate|datestamp|ipaddr|refurl|interviewtime|groupTime\d+|\w+Time"
)
EXPORT = "in LimeSurvey's export choose 'Question code' for headings and 'Answer codes' for answers"
SHOWN = 3
Headings = Mapping[str, str]


def limesurvey_headings(
    header: Sequence[str], questionnaire: Questionnaire, shown: str
) -> Headings:
    """Return the heading of each answer column, by its name: `CULT[clan][1]`, or `CULT_clan_0`.

    Raises
    ------
    UserError
        The headings are question texts, or those of another questionnaire.
    """
    columns = answer_columns(questionnaire)
    by_code = {column.name: column.in_limesurvey for column in columns}
    by_variable = {column.name: column.in_expressions for column in columns}
    chosen = max(by_code, by_variable, key=lambda names: len({*names.values()} & {*header}))
    found = len({*chosen.values()} & {*header})
    texts = [heading for heading in header if " " in heading]
    if found < len(chosen) / 2 or len(texts) >= SHOWN:
        known, also = {*META, *chosen.values()}, known_columns(questionnaire)
        others = [each for each in header if each not in known and not also.fullmatch(each)]
        raise UserError(
            f"{shown}: {found} of {len(chosen)} columns of answers are there; the headings read "
            f"{_listed(texts or others)}: if these are question texts, {EXPORT}; if they are codes, the "
            "answers are those of another questionnaire"
        )
    return chosen


def known_columns(questionnaire: Questionnaire) -> re.Pattern[str]:
    """Return the pattern of columns that are kept out of the answers, or used apart from them."""
    questions = (q for section in questionnaire.sections for q in section.questions)
    displays = [question.code for question in questions if question.kind == "display"]
    return re.compile("|".join([OTHERS.pattern, VERSION_COLUMN, *map(re.escape, displays)]))


def check_answers_are_codes(
    table: pa.Table, questionnaire: Questionnaire, headings: Headings, shown: str
) -> None:
    """Raise an error that says how to export properly, where a column holds the texts of answers."""
    for column in answer_columns(questionnaire):
        texts = _texts_of(column)
        cells = table.column(headings[column.name]) if texts else pa.chunked_array([[]])
        for cell in cells.unique().to_pylist():
            if cell and cell.strip().lower() in texts:
                raise UserError(
                    f"{shown}: column '{headings[column.name]}' holds {cell!r}, the text of an "
                    f"answer and not its code; {EXPORT}"
                )


def _texts_of(column: AnswerColumn) -> set[str]:
    """Return the texts of a column's answers in all languages, but for those that are codes too."""
    if column.option or column.item.choices is None:
        return set()
    options = column.item.choices.options
    codes = {option.code.lower() for option in options}
    return {text.strip().lower() for each in options for text in each.text.values()} - codes


def _listed(headings: Sequence[str]) -> str:
    shown = [repr(heading if len(heading) < 40 else heading[:37] + "...") for heading in headings]
    return ", ".join(shown[:SHOWN]) + (", ..." if len(shown) > SHOWN else "")
