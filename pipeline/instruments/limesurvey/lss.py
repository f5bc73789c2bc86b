"""LimeSurvey's survey structure (.lss): an XML file of tables, as LimeSurvey 6 exports and imports it.

All ids are made up here, in order, and stand in for those that LimeSurvey gives on import.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from pipeline.instruments.limesurvey.survey import Group, Subquestion, Survey, SurveyQuestion, Texts

DATABASE_VERSION = 630  # LimeSurvey 6.14
FIRST_GROUP, FIRST_QUESTION, FIRST_ANSWER = 1, 1, 1
Row = Mapping[str, object]
_NAMES = (
    "groups",
    "group_l10ns",
    "questions",
    "subquestions",
    "question_l10ns",
    "answers",
    "answer_l10ns",
    "question_attributes",
)


def lss(survey: Survey) -> bytes:
    """Return the .lss file of a survey."""
    from lxml import etree

    document = etree.Element("document")
    etree.SubElement(document, "LimeSurveyDocType").text = "Survey"
    etree.SubElement(document, "DBVersion").text = str(DATABASE_VERSION)
    languages = etree.SubElement(document, "languages")
    for language in sorted(survey.languages):
        etree.SubElement(languages, "language").text = language
    for name, rows in _tables(survey).items():
        _write_table(document, name, rows)
    etree.indent(document, " ")
    return bytes(etree.tostring(document, encoding="UTF-8", xml_declaration=True)) + b"\n"


def _write_table(document: Any, name: str, rows: list[Row]) -> None:
    from lxml import etree

    if not rows:
        return
    table = etree.SubElement(document, name)
    fields = etree.SubElement(table, "fields")
    for column in rows[0]:
        etree.SubElement(fields, "fieldname").text = column
    body = etree.SubElement(table, "rows")
    for row in rows:
        cells = etree.SubElement(body, "row")
        for column, value in row.items():
            etree.SubElement(cells, column).text = etree.CDATA(str(value))


def _tables(survey: Survey) -> dict[str, list[Row]]:
    tables = _Tables(survey)
    for order, group in enumerate(survey.groups, 1):
        tables.add_group(group, order)
    return {
        "surveys": [{"sid": survey.sid, **survey.settings}],
        "surveys_languagesettings": [
            {"surveyls_survey_id": survey.sid, "surveyls_language": language, **texts}
            for language, texts in survey.texts.items()
        ],
        **tables.rows,
    }


@dataclass
class _Tables:
    """The rows of groups, questions and answers, with the ids that tie them together."""

    survey: Survey
    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in _NAMES})

    def __post_init__(self) -> None:
        self.group_ids = count(FIRST_GROUP)
        self.question_ids = count(FIRST_QUESTION)
        self.answer_ids = count(FIRST_ANSWER)

    def add_group(self, group: Group, order: int) -> None:
        gid = next(self.group_ids)
        self.rows["groups"].append(
            {
                "gid": gid,
                "sid": self.survey.sid,
                "group_order": order,
                "randomization_group": "",
                "grelevance": group.relevance,
            }
        )
        for language in self.survey.languages:
            named = {"group_name": group.titles, "description": group.descriptions}
            self._add_texts("group_l10ns", {"gid": gid}, named, language)
        for position, question in enumerate(group.questions, 1):
            self.add_question(question, gid, position)

    def add_question(self, question: SurveyQuestion, gid: int, order: int) -> None:
        qid = next(self.question_ids)
        self.rows["questions"].append(
            {
                **self._question_row(qid, 0, gid, question.kind, question.code, order),
                "mandatory": "Y" if question.mandatory else "N",
                "relevance": question.relevance,
            }
        )
        self._add_question_texts(qid, question.texts, question.helps)
        orders = _counters()
        for row in question.subquestions:
            self._add_subquestion(row, question, qid, gid, next(orders[row.scale]))
        self._add_answers(question, qid)
        self.rows["question_attributes"] += _attribute_rows(question, qid)

    def _question_row(
        self, qid: int, parent: int, gid: int, kind: str, code: str, order: int
    ) -> Row:
        return {
            "qid": qid,
            "parent_qid": parent,
            "sid": self.survey.sid,
            "gid": gid,
            "type": kind,
            "title": code,
            "preg": "",
            "other": "N",
            "mandatory": "N",
            "encrypted": "N",
            "question_order": order,
            "scale_id": 0,
            "same_default": 0,
            "relevance": "1",
            "same_script": 0,
        }

    def _add_subquestion(
        self, row: Subquestion, question: SurveyQuestion, parent: int, gid: int, order: int
    ) -> None:
        qid = next(self.question_ids)
        self.rows["subquestions"].append(
            {
                **self._question_row(qid, parent, gid, question.kind, row.code, order),
                "scale_id": row.scale,
                "relevance": row.relevance,
            }
        )
        self._add_question_texts(qid, row.texts, dict.fromkeys(self.survey.languages, ""))

    def _add_question_texts(self, qid: int, texts: Texts, helps: Texts) -> None:
        for language in self.survey.languages:
            named = {"question": texts, "help": helps}
            self._add_texts("question_l10ns", {"qid": qid}, named, language)

    def _add_answers(self, question: SurveyQuestion, qid: int) -> None:
        orders = _counters()
        for answer in question.answers:
            aid = next(self.answer_ids)
            self.rows["answers"].append(
                {
                    "aid": aid,
                    "qid": qid,
                    "code": answer.code,
                    "sortorder": next(orders[answer.scale]),
                    "assessment_value": 0,
                    "scale_id": answer.scale,
                }
            )
            for language in self.survey.languages:
                self._add_texts("answer_l10ns", {"aid": aid}, {"answer": answer.texts}, language)

    def _add_texts(self, table: str, key: Row, named: Mapping[str, Texts], language: str) -> None:
        rows = self.rows[table]
        texts = {name: texts[language] for name, texts in named.items()}
        rows.append({"id": len(rows) + 1, **key, **texts, "language": language})


def _counters() -> defaultdict[int, count[int]]:
    """Return a counter from 1 on for each scale."""
    return defaultdict(lambda: count(1))


def _attribute_rows(question: SurveyQuestion, qid: int) -> Iterator[Row]:
    for name, value in question.attributes.items():
        yield {"qid": qid, "attribute": name, "value": value, "language": ""}
    for name, texts in question.texts_of.items():
        for language, value in texts.items():
            yield {"qid": qid, "attribute": name, "value": value, "language": language}
