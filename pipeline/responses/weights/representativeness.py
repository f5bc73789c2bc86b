"""The table of R-indicators: of all invited people, and of those of each organisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.plan import Plan
from pipeline.core.tables import make_table
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.organisations import Organisation
from pipeline.responses.weights.cells import merge_adjacent, merge_with_largest
from pipeline.responses.weights.r_indicator import indicators, r_indicator
from pipeline.responses.weights.sample import positions

LEAST_CELL = 20
RESPONDED = ("complete", "partial")


def representativeness_table(
    people: pd.DataFrame,
    questionnaire: Questionnaire,
    plan: Plan,
    organisations: Sequence[Organisation],
) -> pd.DataFrame:
    """Return `representativeness.csv`: who responds, by what the list of invited people tells of them.

    Parameters
    ----------
    people : as `dispositions` returns them. No rows without a list, or where `in_frame` is empty.

    Notes
    -----
    The model has main effects of each question in `in_frame`, for all together also of the organisation.
    Codes with fewer than `least_cell` invited people are merged as for weights. Values are missing where
    nothing differs, or all or nobody responded.
    """
    told = {q: c for q, c in plan.responses.in_frame.items() if c in people}
    codes = [each.code for each in organisations]
    eligible = people[people["invited"] & people["disposition"].ne("ineligible")]
    eligible = eligible[eligible["organisation"].isin(codes)]
    if not told or eligible.empty:
        return make_table([], "representativeness")
    own = positions(eligible["organisation"], codes)
    counts = np.bincount(own, minlength=len(codes))
    known = np.array([each.headcount or 0 for each in organisations])
    weights = (np.maximum(known, counts) / np.maximum(counts, 1))[own]
    groups: dict[str, np.ndarray] = {}
    for question, column in told.items():
        choices = questionnaire.items[question].choices
        groups[column] = positions(eligible[column], choices.valid_codes if choices else ())
    came = eligible["disposition"].isin(RESPONDED).to_numpy(dtype=float)
    least = plan.weighting.least_cell if plan.weighting else LEAST_CELL
    invited = Invited(groups, came, weights, own, least)
    rows = [_row("all", np.arange(len(own)), invited)]
    rows += [_row(codes[k], np.flatnonzero(own == k), invited) for k in np.flatnonzero(counts)]
    return make_table(rows, "representativeness")


@dataclass(frozen=True)
class Invited:
    """The eligible people invited (m): their groups by column of the list, -1 for unknown, and who came.

    `weights` are design weights, `organisation` positions; groups of fewer than `least` people are merged.
    """

    groups: Mapping[str, np.ndarray]
    came: np.ndarray
    weights: np.ndarray
    organisation: np.ndarray
    least: int


def _row(organisation: str, members: np.ndarray, invited: Invited) -> dict[str, object]:
    own, came = invited.organisation[members], invited.came[members]
    columns = [own] if organisation == "all" else []
    columns += [
        _merged(each[members], name, invited.least) for name, each in invited.groups.items()
    ]
    matrix = indicators(columns)
    found = r_indicator(matrix, came, invited.weights[members], own)
    row: dict[str, object] = {
        "organisation": organisation,
        "n": int(came.sum()),
        "invited": len(members),
        "terms": matrix.shape[1],
    }
    if found is not None:
        row |= {
            "rate": 100 * found.rate,
            "r_indicator": found.adjusted,
            "r_unadjusted": found.unadjusted,
            "std_error": found.std_error,
            "largest_bias": found.largest_bias,
        }
    return row


def _merged(positions: np.ndarray, column: str, least: int) -> np.ndarray:
    """Return positions with codes of few people merged; unknown ones stay apart where they are many."""
    known = positions >= 0
    if not known.any():
        return np.zeros(len(positions), dtype=np.int64)
    rule = merge_with_largest if column == "language" else merge_adjacent
    groups = rule(np.bincount(positions[known]), least)
    merged = np.append(groups, -1)[positions]
    return np.where(known, merged, 0) if (~known).sum() < least else merged
