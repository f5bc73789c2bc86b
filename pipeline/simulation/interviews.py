"""The course of interviews: consent, breaking off, what was shown, seconds, coming twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.questionnaire.asked import holds
from pipeline.questionnaire.conditions import leaves, parse_condition
from pipeline.simulation.answers import UNSEEN, Sheet
from pipeline.simulation.draws import Draws
from pipeline.simulation.field import CONSENT, rating_places
from pipeline.simulation.population import Invited
from pipeline.simulation.truth_field import FieldWork, Seconds

FIRST_DAY = np.datetime64("2026-11-23T00:00:00")
FIELD_DAYS = 26
OPENING, CLOSING = 8 * 3600, 18 * 3600
SECONDS_A_DAY = 86400
CHANGED = 0.10
NEVER_STOPPED = -1


@dataclass(frozen=True)
class Course:
    """How each interview (n) goes: refused; the section of breaking off, or -1; whether it comes twice."""

    refused: np.ndarray
    stop: np.ndarray
    twice: np.ndarray


def draw_course(field: FieldWork, sections: int, draws: Draws) -> Course:
    """Draw refusals, break-offs (uniform over the third section up to the third last) and duplicates."""
    drawn = draws.uniform(2)
    edges = np.cumsum([field.non_consent, field.breakoff, field.duplicates])
    event = np.searchsorted(edges, drawn[:, 0], side="right")
    first, last = 2, max(sections - 3, 2)
    place = first + (drawn[:, 1] * (last - first + 1)).astype(int).clip(max=last - first)
    return Course(event == 0, np.where(event == 1, place, NEVER_STOPPED), event == 2)


def no_events(n: int) -> Course:
    """Return the course of n interviews that go as they should."""
    return Course(np.zeros(n, bool), np.full(n, NEVER_STOPPED), np.zeros(n, bool))


class Shown:
    """What was shown to whom: conditions on the answers, in the order of the questionnaire."""

    def __init__(self, sheet: Sheet, codes: np.ndarray) -> None:
        self.sheet, self.codes = sheet, codes
        self.found: dict[str, np.ndarray] = {}

    def holds(self, show: str) -> np.ndarray:
        """Return (n,) whether a condition holds."""
        if show not in self.found:
            condition = parse_condition(show)
            items = {leaf.item for leaf in leaves(condition)}
            frame = pd.DataFrame(
                {name: text_of(self.sheet, self.codes, name) for name in self._columns(items)}
            )
            self.found[show] = holds(condition, frame, self.sheet.questionnaire)
        return self.found[show]

    def all_hold(self, shows: Sequence[str]) -> np.ndarray:
        """Return (n,) whether every condition holds."""
        ones = np.ones(len(self.codes), dtype=bool)
        return np.logical_and.reduce([ones, *[self.holds(show) for show in shows if show]])

    def _columns(self, items: set[str]) -> list[str]:
        return [column.name for column in self.sheet.columns if column.item.id in items]


def text_of(sheet: Sheet, codes: np.ndarray, name: str) -> np.ndarray:
    """Return (n,) the codes given in a column as text, None where there is none."""
    at = sheet.place(name)
    table = np.array([*sheet.texts[at], None, None], dtype=object)
    return np.asarray(table[codes[:, at]])


def hide_unseen(sheet: Sheet, codes: np.ndarray, course: Course) -> np.ndarray:
    """Mark answers that were never asked for, in `codes`; return (n, sections) the pages submitted."""
    sections = sheet.questionnaire.sections
    shown, consent = Shown(sheet, codes), len(sections)
    if CONSENT in sheet.questionnaire.items:
        at = sheet.place(CONSENT)
        no, yes = sheet.position(CONSENT, "0"), sheet.position(CONSENT, "1")
        codes[:, at] = np.where(course.refused, no, yes)
        consent = int(sheet.section[at])
    pages = np.ones((len(codes), len(sections)), dtype=bool)
    for k, section in enumerate(sections):
        reached = (course.stop == NEVER_STOPPED) | (k < course.stop)
        pages[:, k] = shown.all_hold([section.show]) & reached & ~(course.refused & (k > consent))
        for at in np.flatnonzero(sheet.section == k).tolist():
            seen = pages[:, k] & shown.all_hold(sheet.columns[at].item.shows)
            codes[~seen, at] = UNSEEN
    return pages


def draw_seconds(
    sheet: Sheet,
    codes: np.ndarray,
    pages: np.ndarray,
    kinds: np.ndarray,
    time: Seconds,
    draws: Draws,
) -> np.ndarray:
    """Return (n, sections) seconds a page took: the sum over the answers asked for; NaN where unseen."""
    factors = time.time_factor
    factor = np.array([1.0, factors.straightline, factors.random, factors.speeder])
    person = factor[kinds] * np.exp(time.mu + time.sigma_person * draws.normal(1)[:, 0])
    item = draws.normal(codes.shape[1])
    item *= np.float32(time.sigma_item)
    np.exp(item, out=item)
    item[codes == UNSEEN] = 0
    seconds = np.zeros(pages.shape)
    filled = np.unique(sheet.section)
    starts = [int(np.flatnonzero(sheet.section == k)[0]) for k in filled]
    seconds[:, filled] = np.add.reduceat(item, starts, axis=1)
    seconds = np.round(seconds * person[:, None], 2)
    seconds[~pages] = np.nan
    return np.asarray(seconds)


def draw_starts(draws: Draws) -> np.ndarray:
    """Return (n,) moments of starting: any day of the field work, in office hours; whole seconds."""
    day = draws.integers(0, FIELD_DAYS)[:, 0]
    second = draws.integers(OPENING, CLOSING)[:, 0]
    return np.asarray(FIRST_DAY + (day * SECONDS_A_DAY + second).astype("timedelta64[s]"))


@dataclass(frozen=True)
class Duplicates:
    """Interviews that came again: (d,) rows of the first ones; whether changed; tokens; moments."""

    of: np.ndarray
    changed: np.ndarray
    codes: np.ndarray
    token: np.ndarray
    own_token: np.ndarray
    start: np.ndarray


def draw_duplicates(
    sheet: Sheet,
    codes: np.ndarray,
    start: np.ndarray,
    token: np.ndarray,
    twice: np.ndarray,
    organisation: np.ndarray,
    invited: Sequence[Invited],
    draws: Draws,
) -> Duplicates:
    """Draw second interviews of the people in `twice` (n,).

    Half have every answer the same, half 10 % of the ratings changed. These come by the same token; of the
    identical ones half do, half by that of a colleague who did not start.
    """
    of = np.flatnonzero(twice)
    own = draws.over(np.bincount(organisation[of], minlength=len(draws.generators)))
    drawn = own.uniform(4)
    changed = drawn[:, 0] < 0.5
    copies = codes[of].copy()
    places = rating_places(sheet)
    block, valid = copies[:, places], sheet.valid[places]
    change = (
        (own.uniform(len(places)) < CHANGED) & changed[:, None] & (block >= 0) & (block < valid)
    )
    step = 1 + (own.uniform(len(places)) * (valid - 1)).astype(int).clip(max=valid - 2)
    copies[:, places] = np.where(change, (block + step) % valid, block)
    borrows = ~changed & (drawn[:, 1] < 0.5)
    tokens, borrowed = token[of].copy(), np.zeros(len(of), dtype=bool)
    for g in np.unique(organisation[of[borrows]]):
        free = np.ones(len(invited[g].token), dtype=bool)
        free[invited[g].starts] = False
        rows = np.flatnonzero(borrows & (organisation[of] == g))[: int(free.sum())]
        tokens[rows] = invited[g].token[free][: len(rows)]
        borrowed[rows] = True
    later = (600 + drawn[:, 2] * 2 * SECONDS_A_DAY).astype("timedelta64[s]")
    return Duplicates(of, changed, copies, tokens, ~borrowed, start[of] + later)
