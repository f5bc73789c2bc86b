"""Response rates by the definitions of AAPOR (2023), per organisation and group of the invited people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.grouping import Grouping, everyone, group_by
from pipeline.core.plan import Plan
from pipeline.core.tables import make_table
from pipeline.responses.dispositions import DISPOSITIONS

EVERY = "all"


@dataclass(frozen=True)
class Rates:
    """Shares from 0 to 1, NaN where nobody is in the denominator.

    `rr` are the response rates RR1 to RR6, `cooperation` is COOP1, `break_off` the share of those who
    started.
    """

    rr: tuple[float, ...]
    cooperation: float
    break_off: float


def response_rates(counts: np.ndarray, started: int) -> Rates:
    """Return the rates of AAPOR (2023) from how many people there are of each disposition.

    Parameters
    ----------
    counts : (8,) people, in the order of `DISPOSITIONS`. started : of how many an interview came.

    Returns
    -------
    With I complete, P partial, R break-offs and refusals, O other, NC silent, UO bounced:
    RR1 = I / ((I + P) + (R + NC + O) + UO), RR2 with I + P above; RR3 and RR4 count e UO, RR5 and RR6 none
    of UO, where e is the share of the eligible among those of whom it is known;
    COOP1 = I / ((I + P) + R + O). The ineligible are in no denominator. There are no unknown households.
    """
    complete, partial, broke_off, refused, other, ineligible, bounced, silent = map(float, counts)
    both = complete + partial
    eligible = both + broke_off + refused + other + silent
    e = _share(eligible, eligible + ineligible)
    unknown = (bounced, e * bounced if bounced else 0.0, 0.0)
    return Rates(
        tuple(_share(above, eligible + u) for u in unknown for above in (complete, both)),
        _share(complete, both + broke_off + refused + other),
        _share(broke_off, float(started)),
    )


def response_rates_table(
    people: pd.DataFrame, organisations: Sequence[str], plan: Plan, *, listed: bool
) -> pd.DataFrame:
    """Return `response_rates.csv` from what became of everyone.

    Parameters
    ----------
    people : as `dispositions` returns them. organisations : their codes, in order. listed : whether there
        is a list of invited people. Without one nobody knows who did not come: numbers of invited
        people and response rates stay empty, and `basis` says so.
    """
    sampled = people[people["invited"]] if listed else people
    uninvited = people[~people["invited"]] if listed else people.iloc[:0]
    there = set(people["organisation"].dropna())
    rows = [
        row
        for name in (EVERY, *(code for code in organisations if code in there))
        for row in _organisation_rows(name, _of(sampled, name), _of(uninvited, name), plan, listed)
    ]
    return make_table(rows, "response_rates")


def _of(people: pd.DataFrame, organisation: str) -> pd.DataFrame:
    return people if organisation == EVERY else people[people["organisation"] == organisation]


def _organisation_rows(
    organisation: str,
    sampled: pd.DataFrame,
    uninvited: pd.DataFrame,
    plan: Plan,
    listed: bool,
) -> Iterator[dict[str, object]]:
    splits = [everyone(len(sampled)), *(_groups(sampled, plan) if listed else [])]
    for grouping in splits:
        for group, members in grouping.members():
            row = _row(sampled.iloc[members], listed)
            came = len(uninvited) if group == EVERY else None
            yield {"organisation": organisation, "group": group, "uninvited": came, **row}


def _groups(people: pd.DataFrame, plan: Plan) -> Iterator[Grouping]:
    """Yield the groups of invited people: by the language of the invitation, then what the list tells."""
    if "language" in people:
        yield group_by(people["language"], "language")
    for question, column in plan.responses.in_frame.items():
        if column != "language":
            yield group_by(people[column], question)


def _row(people: pd.DataFrame, listed: bool) -> dict[str, object]:
    codes = people["disposition"].cat.codes.to_numpy()
    counts = np.bincount(codes, minlength=len(DISPOSITIONS))
    of = dict(zip(DISPOSITIONS, counts.tolist(), strict=True))
    started = int(people["started"].sum())
    rates = response_rates(counts, started)
    row: dict[str, object] = {
        "basis": "frame" if listed else "answers",
        "n": of["complete"] + of["partial"],
        "started": started,
        "completed": of["complete"],
        "partial": of["partial"],
        "broke_off": of["break_off"],
        "refused": of["refused"],
        "other": of["other"],
        "ineligible": of["ineligible"],
        "coop1": 100 * rates.cooperation,
        "break_off_rate": 100 * rates.break_off,
    }
    if listed:
        row |= {"invited": len(people), "silent": of["silent"], "bounced": of["bounced"]}
        row |= {f"rr{k}": 100 * rate for k, rate in enumerate(rates.rr, 1)}
        row["rate"] = row["rr2"]
    return row


def _share(above: float, below: float) -> float:
    return above / below if below > 0 else np.nan
