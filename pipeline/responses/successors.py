"""Organisations that were merged or renamed: their people are put where they are today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from pipeline.core.contracts import TABLES
from pipeline.core.errors import UserError
from pipeline.core.plan import Plan
from pipeline.core.tables import check_table
from pipeline.questionnaire.organisations import Organisation, successors
from pipeline.responses.raw import RawAnswers


def follow_successors(
    raw: RawAnswers,
    invited: pd.DataFrame | None,
    organisations: Sequence[Organisation],
    plan: Plan,
) -> tuple[RawAnswers, pd.DataFrame | None, pd.DataFrame]:
    """Put people of organisations that were merged or renamed where `organisations.csv` says they are now.

    What counts is the day on which the first interview started; where the file does not tell it, every
    organisation with a successor is gone.

    Returns
    -------
    The answers and the list of invited people with today's organisations, and every change in the
    answers (rows of `changes.csv`).

    Raises
    ------
    UserError
        People are of an organisation that is gone and has no successor.
    """
    now = successors(organisations, _first_day(raw))
    level = plan.organisation.levels[-1]
    gone = {code for code, successor in now.items() if not successor}
    lists = [raw.organisation, raw.codes[level].astype("object").to_numpy()]
    lists += [] if invited is None else [invited["organisation"].astype("object").to_numpy()]
    _refuse_gone(gone & {code for each in lists for code in pd.unique(each)}, organisations)
    moved = _moved(raw, level, now)
    if not now:
        return raw, invited, moved
    codes = raw.codes.assign(**{level: _renamed(raw.codes[level], now)})
    answers = replace(raw, codes=codes, organisation=_replaced(raw.organisation, now))
    if invited is not None:
        invited = invited.assign(organisation=_renamed(invited["organisation"], now))
    return answers, invited, moved


def with_moves(changes: pd.DataFrame, moved: pd.DataFrame) -> pd.DataFrame:
    """Return `changes.csv` with the organisations that were replaced before cleaning."""
    if moved.empty:
        return changes
    listed = pd.concat([moved, changes], ignore_index=True)
    return check_table(
        listed.sort_values(["source_file", "source_row"], kind="stable"), TABLES["changes"]
    )


def _first_day(raw: RawAnswers) -> date | None:
    known = None if raw.started is None else raw.started[~np.isnat(raw.started)]
    return None if known is None or not len(known) else known.min().astype("datetime64[D]").item()


def _refuse_gone(codes: set[str], organisations: Sequence[Organisation]) -> None:
    ended = {each.code: each.valid_until for each in organisations}
    messages = [
        f"organisations.csv: people are of {code}, which ended on {ended[code]}; name its 'successor'"
        for code in sorted(codes)
    ]
    if messages:
        raise UserError("\n".join(messages))


def _renamed(codes: pd.Series, now: Mapping[str, str]) -> pd.Categorical:
    replaced = _replaced(codes.astype("object").to_numpy(), now)
    return pd.Categorical(replaced, categories=codes.cat.categories)


def _replaced(codes: np.ndarray, now: Mapping[str, str]) -> np.ndarray:
    return np.array([now.get(code, code) for code in codes], dtype=object)


def _moved(raw: RawAnswers, level: str, now: Mapping[str, str]) -> pd.DataFrame:
    """Return a row for each respondent whose organisation was replaced, of the list or of the answer."""
    own = raw.codes[level].astype("object").to_numpy()
    before = np.where(pd.isna(raw.organisation), own, raw.organisation)
    rows = np.flatnonzero([code in now for code in before])
    return pd.DataFrame(
        {
            "source_file": raw.files[rows],
            "source_row": raw.source_row[rows],
            "column": level,
            "rule": "successor",
            "before": before[rows],
            "after": [now[code] for code in before[rows]],
        }
    )
