"""What the tests of questionnaire and plan share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.errors import Problem, ProblemsFound
from pipeline.questionnaire.load import load_questionnaire


@pytest.fixture
def line_of() -> Callable[[Problem, Path], str]:
    """Return a function that gives the line that a problem points to."""

    def read(problem: Problem, root: Path) -> str:
        lines = (root / problem.path).read_text(encoding="utf-8").splitlines()
        return lines[problem.line - 1].strip()

    return read


@pytest.fixture
def found(small: Callable[..., Path], line_of: Callable) -> Callable[..., list[tuple[str, str]]]:
    """Return a function that gives, for edits, the line that each problem points to and its message."""

    def load(*edits: tuple[str, str]) -> list[tuple[str, str]]:
        root = small(*edits)
        folder = root / "questionnaires" / "small"
        try:
            problems = load_questionnaire(folder, "questionnaires/small").problems
        except ProblemsFound as error:
            problems = list(error.problems)
        return [(line_of(problem, root), problem.message) for problem in problems]

    return load
