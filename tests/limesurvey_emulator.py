"""LimeSurvey as far as files go: an .lss read back, and the responses it would export (6.14, as run).

Everything here is read from the exported file: types, codes, columns, exclusive options. Only the names of
items come from elsewhere, where a question's code is not the name of its item.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree
from random_studies import Sheet

from pipeline.questionnaire.model import Questionnaire

Texts = dict[str, str]
NUMBERS = {"N", "K"}
META = ("id", "submitdate", "lastpage", "startlanguage", "seed", "token", "startdate", "datestamp")


@dataclass
class LssRow:
    """A sub-question."""

    code: str
    scale: int
    relevance: str
    texts: Texts


@dataclass
class LssQuestion:
    """A question with everything that belongs to it; `page` counts from 1."""

    page: int
    code: str
    kind: str
    relevance: str
    mandatory: str
    texts: Texts = field(default_factory=dict)
    helps: Texts = field(default_factory=dict)
    rows: list[LssRow] = field(default_factory=list)
    answers: list[tuple[str, int, Texts]] = field(default_factory=list)
    attributes: dict[tuple[str, str], str] = field(default_factory=dict)

    def rows_of(self, scale: int) -> list[LssRow]:
        return [row for row in self.rows if row.scale == scale]


@dataclass
class LssGroup:
    """A page."""

    relevance: str
    titles: Texts
    descriptions: Texts
    questions: list[LssQuestion] = field(default_factory=list)


@dataclass
class Lss:
    """A whole file: its tables as they stand, and the survey they make."""

    tables: dict[str, list[dict[str, str]]]
    fields: dict[str, list[str]]
    languages: list[str]
    groups: list[LssGroup]

    @property
    def settings(self) -> dict[str, str]:
        return self.tables["surveys"][0]

    @property
    def questions(self) -> list[LssQuestion]:
        return [question for group in self.groups for question in group.questions]


def read_lss(content: bytes) -> Lss:
    root = etree.fromstring(content)
    assert root.tag == "document"
    assert root.findtext("LimeSurveyDocType") == "Survey"
    tables, fields = {}, {}
    for table in root:
        if table.find("rows") is not None:
            fields[table.tag] = [each.text or "" for each in table.find("fields")]
            tables[table.tag] = [
                {cell.tag: cell.text or "" for cell in row} for row in table.find("rows")
            ]
    languages = [each.text or "" for each in root.find("languages")]
    return Lss(tables, fields, languages, _groups(tables))


def _groups(tables: dict[str, list[dict[str, str]]]) -> list[LssGroup]:
    groups, questions, rows, answers = {}, {}, {}, {}
    for each in sorted(tables["groups"], key=lambda row: int(row["group_order"])):
        groups[each["gid"]] = LssGroup(each["grelevance"], {}, {})
    for each in tables["group_l10ns"]:
        groups[each["gid"]].titles[each["language"]] = each["group_name"]
        groups[each["gid"]].descriptions[each["language"]] = each["description"]
    for each in sorted(tables["questions"], key=lambda row: int(row["question_order"])):
        page = list(groups).index(each["gid"]) + 1
        question = LssQuestion(
            page, each["title"], each["type"], each["relevance"], each["mandatory"]
        )
        questions[each["qid"]] = question
        groups[each["gid"]].questions.append(question)
    for each in sorted(tables.get("subquestions", []), key=_scale_and("question_order")):
        rows[each["qid"]] = LssRow(each["title"], int(each["scale_id"]), each["relevance"], {})
        questions[each["parent_qid"]].rows.append(rows[each["qid"]])
    for each in tables["question_l10ns"]:
        owner = questions.get(each["qid"]) or rows[each["qid"]]
        owner.texts[each["language"]] = each["question"]
        if isinstance(owner, LssQuestion):
            owner.helps[each["language"]] = each["help"]
    for each in sorted(tables.get("answers", []), key=_scale_and("sortorder")):
        answers[each["aid"]] = (each["code"], int(each["scale_id"]), {})
        questions[each["qid"]].answers.append(answers[each["aid"]])
    for each in tables.get("answer_l10ns", []):
        answers[each["aid"]][2][each["language"]] = each["answer"]
    for each in tables["question_attributes"]:
        questions[each["qid"]].attributes[each["attribute"], each["language"]] = each["value"]
    return list(groups.values())


def _scale_and(order: str) -> Callable[[dict[str, str]], tuple[int, int]]:
    return lambda row: (int(row["scale_id"]), int(row[order]))


@dataclass(frozen=True)
class Column:
    """A column of responses: its two headings, and the name of the answer in a sheet."""

    question: LssQuestion
    code: str
    variable: str
    answer: str


def response_columns(lss: Lss, items: Mapping[str, str]) -> Iterator[Column]:
    """Yield the columns of responses, in the order of the survey; `items` names the item of a code."""
    for question in lss.questions:
        code = question.code
        item = items.get(code, code)
        match question.kind:
            case "F" | "K":
                for row in question.rows:
                    yield Column(question, f"{code}[{row.code}]", f"{code}_{row.code}", row.code)
            case "M":
                for row in question.rows:
                    name = f"{item}_{row.code}"
                    yield Column(question, f"{code}[{row.code}]", f"{code}_{row.code}", name)
            case "1":
                for row in question.rows:
                    for scale, side in enumerate(("current", "desired")):
                        yield Column(
                            question,
                            f"{code}[{row.code}][{scale + 1}]",
                            f"{code}_{row.code}_{scale}",
                            f"{row.code}_{side}",
                        )
            case ":":
                for row in question.rows_of(0):
                    for column in question.rows_of(1):
                        inside = f"{row.code}_{column.code}"
                        side = ("current", "desired")[question.rows_of(1).index(column)]
                        yield Column(
                            question, f"{code}[{inside}]", f"{code}_{inside}", f"{row.code}_{side}"
                        )
            case _:
                yield Column(question, code, code, item)


@dataclass(frozen=True)
class Export:
    """The responses to one survey: a value, an empty text or null by column, one dict a person."""

    columns: list[Column]
    responses: list[dict[str, str | None]]
    meta: list[dict[str, str | None]]

    def rows(self, *, variables: bool = False) -> list[dict[str, str | None]]:
        """Return whole rows under the headings that were chosen."""
        names = {each.code: each.variable if variables else each.code for each in self.columns}
        return [
            meta | {names[code]: value for code, value in response.items()} | {"interviewtime": "9"}
            for meta, response in zip(self.meta, self.responses, strict=True)
        ]


def export(lss: Lss, people: Sequence[Sheet], questionnaire: Questionnaire) -> Export:
    """Return what LimeSurvey would hold after these people answered."""
    questions = [q for section in questionnaire.sections for q in section.questions]
    items = {question.code: question.id or question.code for question in questions}
    columns = list(response_columns(lss, items))
    responses = [
        {column.code: _value(column, sheet, columns) for column in columns} for sheet in people
    ]
    return Export(columns, responses, [_meta(sheet) for sheet in people])


def _meta(sheet: Sheet) -> dict[str, str | None]:
    last = str(sheet.pages) if sheet.pages else None
    submitted = "2026-11-23 09:00:00" if sheet.submitted else None
    values = (sheet.respondent, submitted, last, sheet.language, "1234", "token" + sheet.respondent)
    return dict(zip(META, (*values, "2026-11-23 08:00:00", "2026-11-23 08:59:00"), strict=True))


def _value(column: Column, sheet: Sheet, columns: list[Column]) -> str | None:
    question = column.question
    submitted = question.page <= sheet.pages
    if question.kind == "*":
        return question.texts[sheet.language] if submitted else None
    if question.kind == "X":
        return "" if submitted else None
    if column.answer not in sheet.answers:
        return None
    if question.kind == "M":
        return _tick(column, sheet, columns)
    given = sheet.answers[column.answer]
    if given is None:
        return None if question.kind in NUMBERS else ""
    return _decimal(given) if question.kind in NUMBERS else given


def _tick(column: Column, sheet: Sheet, columns: list[Column]) -> str | None:
    """An exclusive option that is ticked makes all others irrelevant: null, though they were shown."""
    exclusive = column.question.attributes.get(("exclude_all_others", ""), "").split(";")
    others = [each for each in columns if each.question is column.question and each is not column]
    switched_off = any(
        sheet.answers[each.answer] == "1"
        for each in others
        if each.variable.rpartition("_")[2] in exclusive
    )
    return None if switched_off else "Y" if sheet.answers[column.answer] == "1" else ""


def _decimal(given: str) -> str:
    """As a decimal(30,10) without its trailing zeros."""
    return f"{float(given):.10f}".rstrip("0").rstrip(".")


def as_csv(rows: Sequence[Mapping[str, str | None]], separator: str) -> bytes:
    """UTF-8 with a byte-order mark; values quoted, null as nothing; a blank line at the end."""
    lines = [separator.join(_quoted(name) for name in rows[0])]
    lines += [separator.join(map(_quoted, row.values())) for row in rows]
    return ("\ufeff" + "\r\n".join(lines) + "\r\n\r\n").encode("utf-8")


def _quoted(value: str | None) -> str:
    if value is None:
        return ""
    return '"' + re.sub(r"\r\n|[\n\v\f\r\x85\u2028\u2029]", "\n", value).replace('"', '""') + '"'


def as_json(rows: Sequence[Mapping[str, str | None]], *, by_id: bool = False) -> bytes:
    """As PHP writes it: slashes and letters escaped; before version 4, each response under its id."""
    listed = [{row["id"]: row} for row in rows] if by_id else list(rows)
    return json.dumps({"responses": listed}).replace("/", r"\/").encode("ascii")


def saved_by_a_spreadsheet(content: bytes, quoting: int) -> bytes:
    """The same CSV read and written by a program that does not know null from an empty text."""
    read = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    target = io.StringIO(newline="")
    csv.writer(target, quoting=quoting).writerows(row for row in read if row)  # type: ignore[arg-type]
    return target.getvalue().encode("utf-8")
