"""The organisations of a study, as listed in `organisations.csv`."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipeline.core.errors import Problem, nearest

COLUMNS = (
    "code",
    "level",
    "type",
    "parent",
    "headcount_approx",
    "valid_from",
    "valid_until",
    "successor",
    "note",
)


@dataclass(frozen=True)
class Organisation:
    """One organisation: its code, names by language, kind, and the organisation it belongs to.

    `headcount` is how many people work there, None where it is not known. The organisation is there from
    `valid_from` until `valid_until`, both days included; after that day its people are those of its
    `successor`, into which it was merged or renamed.
    """

    code: str
    names: Mapping[str, str]
    type: str
    level: str
    parent: str
    line: int
    headcount: int | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    successor: str = ""


def read_organisations(
    path: Path, shown_as: str, languages: Sequence[str]
) -> tuple[tuple[Organisation, ...], list[Problem]]:
    """Read `organisations.csv` (UTF-8): `code`, a `name_<language>` for each language, and more.

    Returns the organisations (none where the file is no such table), and every problem: an unknown or
    missing column, cells too many or too few, a code twice, an empty name, an unknown parent or successor,
    a headcount that is no number, a day that is none.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            rows = [(reader.line_num, row) for row in reader]
            header = reader.fieldnames or []
    except UnicodeDecodeError:
        return (), [Problem(shown_as, 1, "not UTF-8 text")]
    except csv.Error as error:
        return (), [Problem(shown_as, reader.line_num, f"not a table in CSV: {error}")]
    names = [f"name_{language}" for language in languages]
    problems = _header_problems(header, names, shown_as) + [
        Problem(shown_as, line, "has more or fewer cells than the header; is a quote missing?")
        for line, row in rows
        if None in row or None in row.values()
    ]
    if problems:
        return (), problems
    wrong = [problem for line, row in rows for problem in _cell_problems(row, line, shown_as)]
    organisations = tuple(_organisation(row, line, languages) for line, row in rows)
    return organisations, wrong + _row_problems(organisations, shown_as)


def successors(organisations: Sequence[Organisation], day: date | None) -> Mapping[str, str]:
    """Return for each organisation that is no more on a day the one that its people are in now.

    Chains are followed to their end. Without a `day`, every organisation with a successor counts as gone;
    one that has no last day does so always. Gone without a successor maps to nothing, an empty code.
    """
    by_code = {each.code: each for each in organisations}

    def is_gone(each: Organisation) -> bool:
        if each.valid_until is None or day is None:
            return bool(each.successor)
        return each.valid_until < day

    found = {}
    for each in organisations:
        now: Organisation | None = each
        while now is not None and is_gone(now):
            now = by_code.get(now.successor)
        if now is not each:
            found[each.code] = now.code if now else ""
    return found


def _organisation(row: Mapping[str, str], line: int, languages: Sequence[str]) -> Organisation:
    headcount = row.get("headcount_approx") or ""
    return Organisation(
        row["code"],
        {language: row[f"name_{language}"] for language in languages},
        row.get("type", ""),
        row.get("level", ""),
        row.get("parent", ""),
        line,
        int(headcount) if headcount.isdecimal() else None,
        _day(row.get("valid_from") or ""),
        _day(row.get("valid_until") or ""),
        row.get("successor") or "",
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _cell_problems(row: Mapping[str, str], line: int, shown: str) -> Iterator[Problem]:
    code, headcount = row.get("code"), row.get("headcount_approx") or ""
    if headcount and not (headcount.isdecimal() and int(headcount) > 0):
        message = f"organisation {code}: 'headcount_approx' is no number above 0"
        yield Problem(shown, line, message)
    for name in ("valid_from", "valid_until"):
        text = row.get(name) or ""
        if text and _day(text) is None:
            message = f"organisation {code}: '{text}' in '{name}' is no day such as 2026-11-21"
            yield Problem(shown, line, message)


def _header_problems(header: Sequence[str], names: Sequence[str], shown: str) -> list[Problem]:
    allowed = {*COLUMNS, *names}
    unknown = [
        Problem(shown, 1, f"unknown column '{column}'{nearest(column, allowed)}")
        for column in header
        if column not in allowed
    ]
    missing = [
        Problem(shown, 1, f"the column '{column}' is missing")
        for column in ("code", *names)
        if column not in header
    ]
    return unknown + missing


def _row_problems(organisations: Sequence[Organisation], shown: str) -> list[Problem]:
    problems, seen = [], set()
    codes = {each.code for each in organisations}
    for each in organisations:
        found = []
        if each.code in seen:
            found.append("stands in the file twice")
        if not (each.code.isalnum() and each.code.isascii() and len(each.code) <= 5):
            found.append("a code has 1 to 5 letters and digits")
        if each.parent and each.parent not in codes:
            found.append(f"unknown parent '{each.parent}'{nearest(each.parent, codes)}")
        if each.successor and each.successor not in codes:
            found.append(f"unknown successor '{each.successor}'{nearest(each.successor, codes)}")
        if each.valid_from and each.valid_until and each.valid_from > each.valid_until:
            found.append("'valid_until' is before 'valid_from'")
        if _follows_itself(each, organisations):
            found.append("is its own successor")
        found += [
            f"the name in '{language}' is empty"
            for language, name in each.names.items()
            if not name
        ]
        problems += [Problem(shown, each.line, f"organisation {each.code}: {w}") for w in found]
        seen.add(each.code)
    return problems


def _follows_itself(organisation: Organisation, organisations: Sequence[Organisation]) -> bool:
    """Say whether the successors of an organisation lead back to it."""
    following = {each.code: each.successor for each in organisations}
    code, seen = following.get(organisation.code, ""), set()
    while code and code not in seen:
        if code == organisation.code:
            return True
        seen.add(code)
        code = following.get(code, "")
    return False
