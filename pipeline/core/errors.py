"""Mistakes that a user can mend. Anything else is a bug and shows its traceback."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal


class UserError(Exception):
    """A mistake in the input: printed without a traceback, exit code 2, nothing written."""


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake in a declared text file, with the line it stands on."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


class ProblemsFound(UserError):
    """Every mistake of one or more text files, reported at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


FindingName = Literal[
    "no_answers",
    "too_few_people",
    "too_few_items",
    "too_few_groups",
    "constant_item",
    "constant_score",
    "constant_replicate",
    "empty_category",
    "collinear_items",
    "collinear_scores",
    "not_identified",
    "not_converged",
    "heywood_case",
    "impossible_factors",
    "impossible_correlations",
    "no_weight",
    "all_at_ceiling",
    "constant_outcome",
    "separation",
    "code_left_out",
    "completed_left_out",
    "collinear_terms",
    "absent_for_organisation",
    "too_few_degrees",
    "not_estimated",
    "no_reliability",
    "one_sided_pairs",
    "impossible_probabilities",
    "no_overdispersion",
    "zero_variance",
    "no_bounds",
    "too_few_values",
]


class Finding(Exception):
    """What the answers are like, where that leaves a statistic without a value.

    Neither a user's mistake nor a bug: a table says it by `name`, and goes on with the other scales.

    Attributes
    ----------
    name : what was found. items : positions of the items (columns) concerned, from 0; may be empty.
    """

    def __init__(self, name: FindingName, message: str, items: Iterable[int] = ()) -> None:
        self.name = name
        self.items = tuple(int(item) for item in items)
        super().__init__(f"{name}: {message}")


def nearest(name: str, allowed: Iterable[str]) -> str:
    """Say which allowed name is closest, for the end of an error message.

    Returns `"; did you mean 'x'?"`, or the list of allowed names when there are few and
    none is close, or an empty text.

    >>> nearest("col_gaol", ["col_goal", "iwb"])
    "; did you mean 'col_goal'?"
    """
    names = sorted(set(allowed))
    by_lower = {each.lower(): each for each in names}
    close = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{by_lower[close[0]]}'?"
    if 0 < len(names) <= 12:
        return f"; allowed: {', '.join(names)}"
    return ""
