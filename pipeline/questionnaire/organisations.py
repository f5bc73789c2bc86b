"""The organisations of a study, as listed in `organisations.csv`."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    """One organisation: its code, names by language, kind, and the organisation it belongs to."""

    code: str
    names: Mapping[str, str]
    type: str
    level: str
    parent: str
    line: int


def read_organisations(
    path: Path, shown_as: str, languages: Sequence[str]
) -> tuple[tuple[Organisation, ...], list[Problem]]:
    """Read `organisations.csv` (UTF-8): `code`, a `name_<language>` for each language, and more.

    Returns the organisations (none where the file is no such table), and every problem: an unknown or
    missing column, cells too many or too few, a code twice, an empty name, an unknown parent.
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
    organisations = tuple(
        Organisation(
            row["code"],
            {language: row[f"name_{language}"] for language in languages},
            row.get("type", ""),
            row.get("level", ""),
            row.get("parent", ""),
            line,
        )
        for line, row in rows
    )
    return organisations, _row_problems(organisations, shown_as)


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
        found += [
            f"the name in '{language}' is empty"
            for language, name in each.names.items()
            if not name
        ]
        problems += [Problem(shown, each.line, f"organisation {each.code}: {w}") for w in found]
        seen.add(each.code)
    return problems
