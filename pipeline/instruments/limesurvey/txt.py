"""LimeSurvey's tab-separated survey structure (.txt): the same survey, to read and edit by hand.

No text in it holds a tab, a line end, a quote or a backslash (they are entities), so no cell needs
quotes: LimeSurvey reads this format with a backslash as escape and strips quotes around a text.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.instruments.limesurvey.survey import Group, Survey, SurveyQuestion

FIRST_COLUMNS = (
    "id",
    "related_id",
    "class",
    "type/scale",
    "name",
    "relevance",
    "text",
    "help",
    "language",
    "validation",
    "mandatory",
    "encrypted",
    "other",
    "default",
    "same_default",
    "same_script",
)
BYTE_ORDER_MARK = "\ufeff"
Row = dict[str, str]


def txt(survey: Survey) -> bytes:
    """Return the .txt file of a survey: settings, then all groups once in each language."""
    columns = [*FIRST_COLUMNS, *_attribute_names(survey)]
    lines = ["\t".join(columns)]
    lines += ["\t".join(row.get(column, "") for column in columns) for row in _rows(survey)]
    return (BYTE_ORDER_MARK + "\n".join(lines) + "\n").encode("utf-8")


def _attribute_names(survey: Survey) -> list[str]:
    questions = [question for group in survey.groups for question in group.questions]
    return sorted({name for each in questions for name in (*each.attributes, *each.texts_of)})


def _rows(survey: Survey) -> Iterator[Row]:
    for name, value in {"sid": str(survey.sid), **survey.settings}.items():
        yield {"class": "S", "name": name, "text": value}
    for language, texts in survey.texts.items():
        for name, value in texts.items():
            yield {"class": "SL", "name": name, "text": value, "language": language}
    for language in survey.languages:
        for number, group in enumerate(survey.groups, 1):
            yield from _group_rows(group, number, language, is_base=language == survey.languages[0])


def _group_rows(group: Group, number: int, language: str, *, is_base: bool) -> Iterator[Row]:
    yield {
        "class": "G",
        "type/scale": str(number),
        "name": group.titles[language],
        "relevance": group.relevance,
        "text": group.descriptions[language],
        "language": language,
    }
    for question in group.questions:
        yield from _question_rows(question, language, is_base=is_base)


def _question_rows(question: SurveyQuestion, language: str, *, is_base: bool) -> Iterator[Row]:
    """Attributes that hold in every language stand on the base language's row only."""
    yield {
        "class": "Q",
        "type/scale": question.kind,
        "name": question.code,
        "relevance": question.relevance,
        "text": question.texts[language],
        "help": question.helps[language],
        "language": language,
        "mandatory": "Y" if question.mandatory else "N",
        "other": "N",
        **(question.attributes if is_base else {}),
        **{name: texts[language] for name, texts in question.texts_of.items()},
    }
    for row in question.subquestions:
        yield {
            "class": "SQ",
            "type/scale": str(row.scale),
            "name": row.code,
            "relevance": row.relevance,
            "text": row.texts[language],
            "language": language,
        }
    for answer in question.answers:
        yield {
            "class": "A",
            "type/scale": str(answer.scale),
            "name": answer.code,
            "text": answer.texts[language],
            "language": language,
        }
