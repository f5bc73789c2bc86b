"""The organisations of a study, as listed in `organisations.csv`."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import Problem, ProblemsFound, nearest

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
) -> tuple[Organisation, ...]:
    """Read `organisations.csv` (UTF-8): `code`, a `name_<language>` for each language, and more.

    Raises
    ------
    ProblemsFound
        An unknown or missing column, a code twice, an empty name, or an unknown parent.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = [(reader.line_num, row) for row in reader]
            header = reader.fieldnames or []
    except UnicodeDecodeError:
        raise ProblemsFound([Problem(shown_as, 1, "not UTF-8 text")]) from None
    names = [f"name_{language}" for language in languages]
    problems = _header_problems(header, names, shown_as)
    if problems:
        raise ProblemsFound(problems)
    organisations = tuple(
        Organisation(
            row["code"] or "",
            {language: row[f"name_{language}"] or "" for language in languages},
            row.get("type") or "",
            row.get("level") or "",
            row.get("parent") or "",
            line,
        )
        for line, row in rows
    )
    problems = _row_problems(organisations, shown_as)
    if problems:
        raise ProblemsFound(problems)
    return organisations


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
