"""Show conditions in words."""

from __future__ import annotations

import pytest

from pipeline.instruments.routing import routing
from pipeline.study import Study


@pytest.mark.parametrize(
    ("shows", "expected"),
    [
        ((), ""),
        (("", ""), ""),
        (("NEW == y",), "Only if NEW = “Yes”"),
        (("NEW != y",), "Only if NEW ≠ “Yes”"),
        (("NEW in [y, n]",), "Only if NEW = “Yes” or “No”"),
        (("'pen' in TOOLS and N > 3",), "Only if TOOLS = “Pen” and N > 3"),
        (("N <= 3 or not (M1 >= 2)",), "Only if N ≤ 3 or not (M1 ≥ “Neither”)"),
        (("NEW == y", "N > 1 or N < 0"), "Only if NEW = “Yes” and (N > 1 or N < 0)"),
        (("NEW in [y, n] and N == 99",), "Only if (NEW = “Yes” or “No”) and N = “Don't know”"),
    ],
)
def test_a_condition_names_questions_and_answers(
    study: Study, shows: tuple[str, ...], expected: str
) -> None:
    assert routing(shows, study.questionnaire, "en") == expected
