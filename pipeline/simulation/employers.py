"""The organisations to draw: from the study's list, recycled, with as many people invited as wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pipeline.core.errors import Problem, ProblemsFound
from pipeline.questionnaire.organisations import read_organisations
from pipeline.simulation.truth import Truth


@dataclass(frozen=True)
class Employer:
    """One organisation to draw from: code, kind, people employed, people invited (None: all).

    `copy_of` names the one whose type and size were recycled.
    """

    code: str
    type: str
    headcount: int
    invited: int | None = None
    copy_of: str = ""


def read_employers(path: Path, shown_as: str, languages: Sequence[str]) -> tuple[Employer, ...]:
    """Read codes, types and approximate headcounts from the organisations file.

    Organisations that were merged into others, or renamed, employ nobody.

    Raises
    ------
    ProblemsFound
        The file is absent or faulty, or a headcount is no whole number above 0.
    """
    if not path.is_file():
        raise ProblemsFound([Problem(shown_as, 1, "the file does not exist")])
    organisations, problems = read_organisations(path, shown_as, languages)
    listed = [each for each in organisations if not each.successor]
    missing = "'headcount_approx' is no number above 0"
    problems += [
        Problem(shown_as, each.line, f"organisation {each.code}: {missing}")
        for each in listed
        if each.headcount is None
    ]
    if problems:
        raise ProblemsFound(problems)
    return tuple(Employer(each.code, each.type, each.headcount or 0) for each in listed)


def choose_employers(
    employers: Sequence[Employer],
    truth: Truth,
    organisations: int | None,
    starts: int | None,
) -> tuple[Employer, ...]:
    """Return the organisations to draw, and how many people each invites.

    More `organisations` than there are recycle types and sizes under new codes. `starts` shrinks the
    invitations in proportion to headcounts, but not below what gives the smallest number that is
    reported at the lowest response rate; above a census, headcounts grow. `invite_cap` limits each
    organisation.
    """
    chosen = [_recycled(employers, k) for k in range(organisations or len(employers))]
    rate = truth.organisations.response_rate
    if starts is not None:
        heads = np.array([each.headcount for each in chosen])
        wanted = max(1, round(starts / ((rate.min + rate.max) / 2)))
        floor = int(np.ceil(truth.organisations.min_completes_report / rate.min))
        chosen = _invite(chosen, heads, wanted, floor)
    cap = truth.organisations.invite_cap
    if cap is not None:
        chosen = [replace(e, invited=min(e.invited or e.headcount, cap)) for e in chosen]
    return tuple(chosen)


def _recycled(employers: Sequence[Employer], k: int) -> Employer:
    base = employers[k % len(employers)]
    if k < len(employers):
        return base
    number, code = k, ""
    while number:
        number, digit = divmod(number, 36)
        code = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[digit] + code
    return replace(base, code=f"Z{code:0>4}", copy_of=base.code)


def _invite(chosen: list[Employer], heads: np.ndarray, wanted: int, floor: int) -> list[Employer]:
    if wanted >= heads.sum():
        grown = np.maximum(1, np.round(heads * wanted / heads.sum())).astype(int)
        return [replace(e, headcount=int(n)) for e, n in zip(chosen, grown, strict=True)]
    smallest = np.minimum(heads, floor)
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        invited = np.maximum(smallest, np.round(heads * middle))
        low, high = (middle, high) if invited.sum() < wanted else (low, middle)
    invited = np.maximum(smallest, np.round(heads * high)).astype(int)
    return [replace(e, invited=int(n)) for e, n in zip(chosen, invited, strict=True)]
