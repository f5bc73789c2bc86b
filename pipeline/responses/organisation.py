"""Which organisation a row belongs to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.core.codes import is_one_of
from pipeline.core.plan import Plan
from pipeline.questionnaire.model import Item
from pipeline.responses.raw import RawAnswers
from pipeline.responses.rows import Findings, Rows, nothing


def organisation_of(raw: RawAnswers, plan: Plan) -> np.ndarray:
    """Return (n,) the organisation of each row: the frame's, and where it has none, the one answered."""
    answered = raw.codes[plan.organisation.levels[-1]].astype("object").to_numpy()
    return np.where(pd.notna(raw.organisation), raw.organisation, answered)


def find_without_organisation(rows: Rows) -> Findings:
    """Find rows that belong to no listed organisation at one of the plan's levels.

    Flagged are rows whose answer names another organisation than the frame, which decides.
    """
    *outer, innermost = rows.plan.organisation.levels
    items, codes = rows.questionnaire.items, rows.codes
    organisation = organisation_of(rows.raw, rows.plan)
    listed = is_one_of(pd.Series(organisation), _listed(items[innermost]))
    named = [is_one_of(codes[level], _listed(items[level])) for level in outer]
    rejected = ~np.logical_and.reduce([listed, *named])
    reasons = np.full(len(rows), f"no listed organisation ({innermost})", dtype=object)
    for level, known in zip(reversed(outer), reversed(named), strict=True):
        reasons[listed & ~known] = f"{level} is not answered"
    answered = is_one_of(codes[innermost], _listed(items[innermost]))
    differs = codes[innermost].astype("object").to_numpy() != organisation
    return replace(
        nothing(rows),
        rejected=rejected,
        reasons=list(reasons[rejected]),
        flagged=answered & differs,
    )


def _listed(item: Item) -> frozenset[str]:
    return frozenset(item.choices.valid_codes if item.choices else ())
