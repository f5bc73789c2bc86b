"""Error messages: nearest names, and problems in order."""

from __future__ import annotations

import pytest

from pipeline.core.errors import Problem, ProblemsFound, UserError, nearest

MANY = [f"item{i}" for i in range(13)]


@pytest.mark.parametrize(
    ("name", "allowed", "said"),
    [
        ("col_gaol", ["col_goal", "iwb"], "; did you mean 'col_goal'?"),
        ("org", ["ORG", "ROLE"], "; did you mean 'ORG'?"),
        ("zzz", ["b", "a"], "; allowed: a, b"),
        ("zzz", [], ""),
        ("zzz", MANY[:12], f"; allowed: {', '.join(sorted(MANY[:12]))}"),
        ("zzz", MANY, ""),
    ],
)
def test_nearest(name: str, allowed: list[str], said: str) -> None:
    assert nearest(name, allowed) == said


def test_problems_are_sorted_and_told_once() -> None:
    late, early = Problem("b.yaml", 2, "x"), Problem("a.yaml", 10, "y")
    first = Problem("a.yaml", 9, "z")
    error = ProblemsFound([late, early, first, late])
    assert isinstance(error, UserError)
    assert str(error) == "a.yaml:9: z\na.yaml:10: y\nb.yaml:2: x"
    assert error.problems == (first, early, late)
