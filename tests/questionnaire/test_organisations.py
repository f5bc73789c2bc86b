"""Organisations that come and go: headcounts, days, successors, and what is wrong with them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipeline.core.errors import Problem
from pipeline.questionnaire.organisations import Organisation, read_organisations, successors

HEADER = "code,name_en,type,headcount_approx,valid_from,valid_until,successor\n"


def read(tmp_path: Path, *rows: str) -> tuple[tuple[Organisation, ...], list[Problem]]:
    path = tmp_path / "organisations.csv"
    path.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    return read_organisations(path, "organisations.csv", ("en",))


def test_headcounts_and_days_are_read(tmp_path: Path) -> None:
    found, problems = read(tmp_path, "A,Alfa,x,120,2020-01-01,2025-12-31,B", "B,Beta,x,,,,")
    assert problems == []
    a, b = found
    assert (a.headcount, a.valid_from, a.valid_until, a.successor) == (
        120,
        date(2020, 1, 1),
        date(2025, 12, 31),
        "B",
    )
    assert (b.headcount, b.valid_from, b.valid_until, b.successor) == (None, None, None, "")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            "A,Alfa,x,many,,,",
            "organisations.csv:2: organisation A: 'headcount_approx' is no number above 0",
        ),
        ("A,Alfa,x,0,,,", "'headcount_approx' is no number above 0"),
        (
            "A,Alfa,x,,1 May,,",
            "organisation A: '1 May' in 'valid_from' is no day such as 2026-11-21",
        ),
        ("A,Alfa,x,,,2026-02-30,", "'2026-02-30' in 'valid_until' is no day"),
        (
            "A,Alfa,x,,2026-01-01,2025-12-31,",
            "organisation A: 'valid_until' is before 'valid_from'",
        ),
        ("A,Alfa,x,,,,BETA", "organisation A: unknown successor 'BETA'; did you mean 'BET'?"),
        ("A,Alfa,x,,,,A", "organisation A: is its own successor"),
    ],
)
def test_what_cannot_be_is_told(tmp_path: Path, row: str, message: str) -> None:
    _, problems = read(tmp_path, row, "BET,Beta,x,,,,")
    assert any(message in str(problem) for problem in problems), problems


def test_successors_that_go_round_are_told(tmp_path: Path) -> None:
    _, problems = read(tmp_path, "A,a,x,,,,B", "B,b,x,,,,C", "C,c,x,,,,A", "D,d,x,,,,A")
    told = [problem.message for problem in problems]
    assert told == [f"organisation {code}: is its own successor" for code in "ABC"]


def ended(code: str, until: str = "", successor: str = "") -> Organisation:
    day = date.fromisoformat(until) if until else None
    return Organisation(code, {"en": code}, "", "", "", 1, None, None, day, successor)


MERGED = [
    ended("A", "2024-12-31", "B"),
    ended("B", "2025-12-31", "C"),
    ended("C"),
    ended("D", "2024-12-31"),
    ended("E", "", "C"),
]


@pytest.mark.parametrize(
    ("day", "now"),
    [
        (date(2024, 12, 31), {"E": "C"}),  # the last day still counts
        (date(2025, 1, 1), {"A": "B", "D": "", "E": "C"}),
        (date(2026, 6, 1), {"A": "C", "B": "C", "D": "", "E": "C"}),
        (None, {"A": "C", "B": "C", "E": "C"}),
    ],
)
def test_chains_are_followed_as_far_as_the_day_says(day: date | None, now: dict[str, str]) -> None:
    assert successors(MERGED, day) == now
