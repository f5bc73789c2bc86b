"""Random questionnaires of every kind, and random people who answer them, for property tests.

A sheet of answers is what a respondent did, and nothing about how a platform writes it down: a column
that is absent was never shown, `None` was shown and left empty, a text is the code given. Show conditions
are evaluated here anew, cell by cell, so that the tests do not lean on the code that they test.
"""

# ruff: noqa: E501

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from pipeline.questionnaire.columns import AnswerColumn, item_columns
from pipeline.questionnaire.conditions import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Contains,
    In,
    Not,
    parse_condition,
)
from pipeline.questionnaire.model import Item, Questionnaire

LANGUAGES = ("nl", "fr", "en")
HOSTILE = (
    'a "quoted" word', "two\nlines", "one; two, three", "😀 é ï ŵ", "=1+1", "<b>bold</b>", "{x}", "{1+1}",
    "back\\slash", 'ends with \\"', "left|right", "a & b &amp; c", "<script>alert(1)</script>",
    "${M1} and ]]>", "@SUM(1)", "-1", "+1", "  padded  ", "'single'", "5 < 6 > 4", "tab\there", "NULL", "NA", "0",
    "%s %d", "\u00a0no-break\u2019s", "https://example.org/?a=1&b=2", "*not bold* _nor_ this", "# no heading",
)  # fmt: skip
Answers = dict[str, str | None]


@dataclass
class Sheet:
    """What one respondent did: pages submitted, and an answer for each column that was shown."""

    respondent: str
    language: str
    pages: int
    submitted: bool
    answers: Answers = field(default_factory=dict)


@st.composite
def questionnaires(draw: st.DrawFn, *, hostile: bool = True) -> Questionnaire:
    """Draw a questionnaire of one to three pages that psi-co accepts."""
    return random_questionnaire(draw(st.integers(0, 2**32 - 1)), hostile=hostile)


def random_questionnaire(seed: int, *, hostile: bool = True) -> Questionnaire:
    """Return the questionnaire of a seed."""
    return Questionnaire.model_validate(_Draw(seed, hostile).questionnaire())


class _Draw:
    """Draws a questionnaire as plain values, as they would stand in YAML."""

    def __init__(self, seed: int, hostile: bool) -> None:
        self.random = random.Random(seed)
        self.languages = LANGUAGES[: self.random.randint(1, 3)]
        self.hostile = hostile
        self.number = 0
        self.before: list[tuple[str, str, Any]] = []  # (item, kind, codes) that conditions may ask
        self.sets = {
            "agree": self.choices(["1", "2", "3", "4", "5"], missing=True),
            "place": self.choices(["a", "bb", "C3", "01"], missing=self.random.random() < 0.5),
            "tools": self.choices(["x", "y2", "none"], missing=False, exclusive="none"),
            "unknown": {"options": [self.option("999", missing="dont_know")]},
        }

    def text(self, label: str) -> dict[str, str]:
        extra = self.random.choice(HOSTILE) if self.hostile and self.random.random() < 0.5 else ""
        return {language: f"{label} {language} {extra}".strip() for language in self.languages}

    def option(self, code: str, **more: Any) -> dict[str, Any]:
        return {"code": code, "text": self.text(f"option {code}"), **more}

    def choices(self, codes: list[str], *, missing: bool, exclusive: str = "") -> dict[str, Any]:
        options = [self.option(c, **({"exclusive": True} if c == exclusive else {})) for c in codes]
        if missing:
            options.append(self.option("98", missing="refused"))
            options.append(self.option("99", missing="dont_know"))
        return {"options": options}

    def code(self, letter: str) -> str:
        self.number += 1
        return f"{letter}{self.number}"

    def questionnaire(self) -> dict[str, Any]:
        sections = tuple(self.section(k) for k in range(self.random.randint(1, 3)))
        sets = {
            name: {"options": tuple(each["options"])} | {k: v for k, v in each.items() if k != "options"}
            for name, each in self.sets.items()
        }  # fmt: skip
        return {
            "study": "random",
            "languages": tuple(self.languages),
            "title": self.text("title"),
            "texts": {"welcome": self.text("welcome"), "thanks": self.text("thanks")},
            "choices": sets,
            "sections": sections,
        }

    def section(self, number: int) -> dict[str, Any]:
        kinds = self.random.choices(
            ["single", "multiple", "matrix", "dual", "count", "number", "shares", "twice", "short_text",
             "long_text", "display"], k=self.random.randint(1, 5),
        )  # fmt: skip
        section: dict[str, Any] = {"id": f"page{number}", "title": self.text(f"page {number}")}
        if self.random.random() < 0.5:
            section["intro"] = self.text("intro")
        if self.before and self.random.random() < 0.3:
            section["show"] = self.condition()
        section["questions"] = tuple(self.question(kind) for kind in kinds)
        return section

    def question(self, kind: str) -> dict[str, Any]:
        code = self.code("Q")
        declared = "shares" if kind == "twice" else kind
        question: dict[str, Any] = {"code": code, "kind": declared, "text": self.text(code)}
        if self.before and self.random.random() < 0.4:
            question["show"] = self.condition()
        if self.random.random() < 0.3:
            question["help"] = self.text("help")
        before_rows = list(self.before)
        question |= getattr(self, f"of_{kind}", lambda code: {})(code)
        if "rows" in question:
            question["rows"] = tuple(self.with_show(row, before_rows) for row in question["rows"])
        return question

    def with_show(self, row: dict[str, Any], before: list[tuple[str, str, Any]]) -> dict[str, Any]:
        if before and self.random.random() < 0.2:
            kept, self.before = self.before, before
            row["show"] = self.condition()
            self.before = kept
        return row

    def of_single(self, code: str) -> dict[str, Any]:
        name = self.random.choice(["agree", "place"])
        codes = [option["code"] for option in self.sets[name]["options"]]
        self.before.append((code, "rating" if name == "agree" else "kind", codes))
        return {"choices": name}

    def of_multiple(self, code: str) -> dict[str, Any]:
        self.before.append((code, "multiple", ["x", "y2", "none"]))
        return {"choices": "tools"}

    def of_matrix(self, code: str) -> dict[str, Any]:
        rows = self.rows()
        codes = [option["code"] for option in self.sets["agree"]["options"]]
        self.before += [(row["id"], "rating", codes) for row in rows]
        return {"choices": "agree", "rows": rows}

    def of_dual(self, code: str) -> dict[str, Any]:
        return {"choices": "agree", "rows": self.rows(), **self.headings()}

    def of_count(self, code: str) -> dict[str, Any]:
        self.before.append((code, "count", ["0", "3", "999"]))
        return {"maximum": self.random.choice([20, 500]), "choices": "unknown"}

    def of_number(self, code: str) -> dict[str, Any]:
        return {"minimum": -5, "maximum": self.random.choice([5, 7.5])}

    def of_shares(self, code: str) -> dict[str, Any]:
        return {"rows": self.rows(fewest=2)}

    def of_twice(self, code: str) -> dict[str, Any]:
        return {"rows": self.rows(fewest=2), **self.headings()}

    def headings(self) -> dict[str, Any]:
        return {"current": self.text("now"), "desired": self.text("wanted")}

    def rows(self, fewest: int = 1) -> list[dict[str, Any]]:
        ids = [self.code("R") for _ in range(self.random.randint(fewest, 4))]
        return [{"id": each, "text": self.text(each)} for each in ids]

    def condition(self) -> str:
        parts = [self.leaf() for _ in range(self.random.choice([1, 1, 2, 3]))]
        joined = self.random.choice([" and ", " or "]).join(parts)
        return f"not ({joined})" if self.random.random() < 0.2 else joined

    def leaf(self) -> str:
        item, kind, codes = self.random.choice(self.before)
        code = self.random.choice(codes)
        if kind == "multiple":
            return f"'{code}' in {item}"
        if kind in {"rating", "count"} and self.random.random() < 0.5:
            return (
                f"{item} {self.random.choice(['<', '<=', '>', '>='])} {self.random.choice([1, 3])}"
            )
        if self.random.random() < 0.3:
            several = ", ".join(f"'{each}'" for each in self.random.sample(codes, 2))
            return f"{item} {self.random.choice(['in', 'not in'])} [{several}]"
        return f"{item} {self.random.choice(['==', '!='])} '{code}'"


@st.composite
def sheets(draw: st.DrawFn, questionnaire: Questionnaire, most: int = 6) -> list[Sheet]:
    """Draw one to `most` respondents of a questionnaire."""
    return random_sheets(questionnaire, draw(st.integers(1, most)), draw(st.integers(0, 2**32 - 1)))


def random_sheets(questionnaire: Questionnaire, size: int, seed: int) -> list[Sheet]:
    """Return what `size` respondents did: page by page, as far as they went, as conditions allow."""
    drawn = random.Random(seed)
    return [_sheet(questionnaire, f"r{k + 1}", drawn) for k in range(size)]


def _sheet(questionnaire: Questionnaire, respondent: str, drawn: random.Random) -> Sheet:
    pages = len(questionnaire.sections)
    done = pages if drawn.random() < 0.7 else drawn.randint(0, pages)
    submitted = done == pages
    sheet = Sheet(respondent, drawn.choice(questionnaire.languages), done, submitted)
    for section in questionnaire.sections[:done]:
        here = [item for item in questionnaire.items.values() if item.section == section.id]
        for question in dict.fromkeys(item.question for item in here):
            items = [item for item in here if item.question == question]
            shown = [
                item
                for item in items
                if all(shown_to(show, questionnaire, sheet) for show in item.shows)
            ]
            sheet.answers |= _answers(shown, drawn)
    return sheet


def shown_to(show: str, questionnaire: Questionnaire, sheet: Sheet) -> bool:
    """Say whether a condition holds for what a respondent answered; unanswered is never equal or not."""
    return _holds(parse_condition(show), questionnaire, sheet.answers)


def _holds(condition: Condition, questionnaire: Questionnaire, answers: Answers) -> bool:
    match condition:
        case Not(inner):
            return not _holds(inner, questionnaire, answers)
        case AllOf(parts):
            return all(_holds(part, questionnaire, answers) for part in parts)
        case AnyOf(parts):
            return any(_holds(part, questionnaire, answers) for part in parts)
        case Contains(item, code):
            return answers.get(f"{item}_{code}") == "1"
        case In(item, values):
            return answers.get(item) is not None and _among(answers[item], values)
        case Compare(item, operator, value):
            given = answers.get(item)
            if given is None:
                return False
            if operator in {"==", "!="}:
                return _among(given, (value,)) == (operator == "==")
            choices = questionnaire.items[item].choices
            if choices and given in choices.missing_codes:
                return False
            a, b = float(given), float(value)
            return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[operator]


def _among(given: str | None, values: Sequence[str]) -> bool:
    return given in values


def _answers(items: Sequence[Item], drawn: random.Random) -> Answers:
    """Return answers to the shown items of one question."""
    if items and items[0].kind == "shares":
        return _shares(items, drawn)
    answers: Answers = {}
    for item in items:
        if item.kind == "multiple":
            answers |= _ticks(item, drawn)
            continue
        for column in item_columns(item):
            answers[column.name] = None if drawn.random() < 0.15 else _code(column, drawn)
    return answers


def _ticks(item: Item, drawn: random.Random) -> Answers:
    assert item.choices is not None
    exclusive = [option.code for option in item.choices.options if option.exclusive]
    ticked = {code for code in item.choices.valid_codes if drawn.random() < 0.4}
    if ticked & set(exclusive):
        ticked = {drawn.choice(sorted(ticked & set(exclusive)))}
    return {
        f"{item.id}_{code}": "1" if code in ticked else "0" for code in item.choices.valid_codes
    }


def _shares(items: Sequence[Item], drawn: random.Random) -> Answers:
    """Divide 100 points over the rows that are shown, once for each rating, or leave all empty."""
    answers: Answers = {}
    for end in [f"_{rating}" for rating in items[0].ratings] or [""]:
        cuts = sorted(drawn.randint(0, 100) for _ in items[1:])
        parts = np.diff([0, *cuts, 100])
        empty = drawn.random() < 0.2
        for item, part in zip(items, parts, strict=True):
            answers[f"{item.id}{end}"] = None if empty else str(part)
    return answers


def _code(column: AnswerColumn, drawn: random.Random) -> str:
    item = column.item
    if item.kind in {"count", "number"}:
        numbers = (
            ["0", "1", "3", "7", "20"] if item.kind == "count" else ["0", "-5", "2.5", "4", "-0.25"]
        )
        low, high = item.minimum or 0, float("inf") if item.maximum is None else item.maximum
        missing = list(item.choices.missing_codes) if item.choices else []
        return drawn.choice([each for each in numbers if low <= float(each) <= high] + missing)
    if item.choices is None:
        return drawn.choice(HOSTILE)
    return drawn.choice([option.code for option in item.choices.options])


def assert_same_answers(
    table: pd.DataFrame,
    questionnaire: Questionnaire,
    people: Sequence[Sheet],
    *,
    tells_unseen: bool = True,
    tells_unticked: bool = True,
) -> None:
    """Hold a decoded table against what the respondents did, cell by cell.

    `tells_unseen`: whether the format keeps never shown and left empty apart. `tells_unticked`: whether
    a multiple choice in which nothing was ticked comes back as unticked (else it comes back as empty).
    """
    by_id = table.set_index(table["respondent"].astype(object))
    assert sorted(by_id.index) == sorted(sheet.respondent for sheet in people)
    for sheet in people:
        row = by_id.loc[sheet.respondent]
        assert row["language"] == sheet.language
        for item in questionnaire.items.values():
            _assert_same(row, item, sheet, tells_unseen, tells_unticked)


def _assert_same(
    row: Any, item: Item, sheet: Sheet, tells_unseen: bool, tells_unticked: bool
) -> None:
    columns = item_columns(item)
    if item.kind == "multiple":
        given = {c.name: sheet.answers.get(c.name) for c in columns}
        nothing = "1" not in given.values()
        for name, code in given.items():
            if code is None or (nothing and not tells_unticked):
                assert pd.isna(row[name]), name
            else:
                assert bool(row[name]) == (code == "1"), name
        seen = columns[0].name in sheet.answers
        reason = None if seen and (tells_unticked or not nothing) else "empty" if seen else "unseen"
        _assert_reason(row[columns[0].missing], reason, tells_unseen, item.id)
        return
    kinds = item.choices.missing_codes if item.choices else {}
    for column in columns:
        code = sheet.answers.get(column.name)
        if code is None or code in kinds:
            assert pd.isna(row[column.name]), column.name
            reason = (
                "unseen"
                if column.name not in sheet.answers
                else "empty"
                if code is None
                else kinds[code]
            )
            _assert_reason(row[column.missing], reason, tells_unseen, column.name)
        else:
            assert pd.isna(row[column.missing]), column.missing
            found = row[column.name]
            if isinstance(found, str):
                assert found == code, column.name
            else:
                assert float(found) == float(code), column.name


def _assert_reason(found: Any, expected: str | None, tells_unseen: bool, name: str) -> None:
    if expected is None:
        assert pd.isna(found), name
    elif expected in {"unseen", "empty"} and not tells_unseen:
        assert found in {"unseen", "empty"}, name
    else:
        assert found == expected, name
