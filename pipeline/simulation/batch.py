"""One batch of organisations: its people, their true answers, what they make of them, their interviews."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.simulation.answers import EMPTY, Sheet
from pipeline.simulation.check_truth import Design
from pipeline.simulation.employers import Employer
from pipeline.simulation.field import (
    answer_attention,
    answer_carelessly,
    draw_kinds,
    leave_out,
    skip_desired,
)
from pipeline.simulation.interviews import (
    draw_course,
    draw_duplicates,
    draw_seconds,
    draw_starts,
    hide_unseen,
    no_events,
)
from pipeline.simulation.items import (
    draw_ratings,
    fill_people,
    fill_plain,
    fill_ratings,
    plain_items,
)
from pipeline.simulation.outcomes import Terms, breadth_of, draw_outcomes, fill_outcomes
from pipeline.simulation.people import Batch, draw_batch
from pipeline.simulation.population import MARGINS, Cells, Margins
from pipeline.simulation.portfolio import fill_portfolio, share_sets
from pipeline.simulation.record import FIRST_TIME, Frame, Interviews, joined

ORGANISATION = "ORG"


@dataclass(frozen=True)
class Options:
    """What is drawn.

    Attributes
    ----------
    starts : about how many start (without a truth file: how many answer); None for a census of all.
    organisations : how many; types and sizes recycle. size : exactly how many start in each.
    clean : nobody is careless, refuses, stops or comes twice, and nothing is missing.
    processes : how many work at once; the result is the same.
    keep_standings : also return everybody's standings on the latents.
    """

    starts: int | None = None
    organisations: int | None = None
    size: int | None = None
    clean: bool = False
    processes: int = 1
    keep_standings: bool = False


@dataclass(frozen=True)
class Ground:
    """All that a draw stands on: the truth, the columns, the population, the organisations to draw."""

    design: Design
    sheet: Sheet
    margins: Margins
    cells: Cells
    employers: tuple[Employer, ...]


@dataclass(frozen=True)
class Part:
    """What a batch gives: interviews, invited people, the organisations' rates and effects (G, L)."""

    interviews: Interviews
    frame: Frame
    rates: tuple[float, ...]
    effects: np.ndarray


def draw_part(
    ground: Ground, options: Options, seeds: Sequence[np.random.SeedSequence], batch: range
) -> Part:
    """Draw a batch of organisations: people, true answers, what they make of them, interviews."""
    employers = [ground.employers[k] for k in batch]
    generators = [np.random.default_rng(seeds[k]) for k in batch]
    people = draw_batch(
        ground.design, ground.margins, ground.cells, employers, generators, options.size
    )
    codes = true_answers(ground, people)
    interviews = _interviews(ground, people, codes, options, batch.start)
    invited = people.invited
    frame = Frame(
        np.concatenate([each.token for each in invited]),
        batch.start + np.repeat(np.arange(len(invited)), [len(each.token) for each in invited]),
        ground.cells.codes[np.concatenate([each.cell for each in invited])],
    )
    return Part(interviews, frame, tuple(each.rate for each in invited), people.effects)


def true_answers(ground: Ground, people: Batch) -> np.ndarray:
    """Return (n, C) what everyone would answer to every question, shown or not."""
    design, sheet, draws = ground.design, ground.sheet, people.draws
    codes = np.full((draws.n, len(sheet.columns)), EMPTY, dtype=np.int16)
    ratings = draw_ratings(design, ground.margins, people)
    fill_ratings(design, sheet, codes, ratings)
    fill_portfolio(design, sheet, codes, people)
    fill_people(sheet, codes, people, ground.margins, design.truth.controls.role_codes)
    _fill_organisation(ground, people, codes)
    levels = np.array(ground.margins.codes["LEVEL"])[people.codes[:, MARGINS.index("LEVEL")]]
    terms = Terms(
        design.latents,
        people.standings,
        levels,
        people.role,
        breadth_of(design, ratings),
        people.size,
        design.truth.controls.unitsize.median,
    )
    drawn = draw_outcomes(design, terms, draws, people.organisation)
    fill_outcomes(sheet, codes, drawn)
    filled = {*drawn, *MARGINS, ORGANISATION, "ROLE", "TENURE", "TELEDAYS", "UNITSIZE"}
    filled |= set(design.truth.portfolio.alpha) if design.truth.portfolio else set()
    fill_plain(sheet, codes, draws, plain_items(design, sheet, filled))
    return codes


def _fill_organisation(ground: Ground, people: Batch, codes: np.ndarray) -> None:
    """Put the organisation into the answers; a recycled one answers as the one it was copied from."""
    if ORGANISATION in ground.sheet.questionnaire.items:
        at = ground.sheet.place(ORGANISATION)
        texts = ground.sheet.texts[at]
        names = [each.copy_of or each.code for each in people.employers]
        places = np.array([texts.index(name) if name in texts else EMPTY for name in names])
        codes[:, at] = places[people.organisation]


def _interviews(
    ground: Ground, people: Batch, codes: np.ndarray, options: Options, first: int
) -> Interviews:
    """Let people answer: carelessly or not, to the end or not, once or twice."""
    sheet, truth, draws = ground.sheet, ground.design.truth, people.draws
    kinds, course = np.zeros(draws.n, dtype=np.int16), no_events(draws.n)
    values = None
    if not options.clean:
        kinds = draw_kinds(truth.careless, draws)
        values = answer_carelessly(sheet, codes, kinds, people.organisation, draws)
        course = draw_course(truth.field, len(sheet.questionnaire.sections), draws)
    answer_attention(sheet, codes, kinds, values, truth.careless, draws)
    if not options.clean:
        sets = list(share_sets(ground.design, sheet).values())
        leave_out(sheet, codes, truth.missingness, sets, draws)
        levels = np.array(ground.margins.codes["LEVEL"])[people.codes[:, MARGINS.index("LEVEL")]]
        skip_desired(sheet, codes, levels, truth, draws)
    pages = hide_unseen(sheet, codes, course)
    seconds = draw_seconds(sheet, codes, pages, kinds, truth.field.timing_seconds_per_item, draws)
    n, standings = draws.n, people.standings[:, : None if options.keep_standings else 0]
    invited = people.invited
    once = Interviews(
        ground.margins.codes["LANG"],
        codes,
        pages,
        seconds,
        draw_starts(draws),
        draws.integers(100_000_000, 2_000_000_000)[:, 0],
        np.concatenate([each.token[each.starts] for each in invited]),
        first + people.organisation,
        people.codes[:, MARGINS.index("LANG")],
        kinds,
        course.refused,
        course.stop,
        np.full(n, FIRST_TIME),
        np.zeros(n, dtype=bool),
        np.zeros(n, dtype=bool),
        standings,
    )
    return _with_duplicates(ground, people, once, course.twice)


def _with_duplicates(
    ground: Ground, people: Batch, once: Interviews, twice: np.ndarray
) -> Interviews:
    again = draw_duplicates(
        ground.sheet,
        once.codes,
        once.start,
        once.token,
        twice,
        people.organisation,
        people.invited,
        people.draws,
    )
    if not len(again.of):
        return once
    second = replace(
        once.rows(again.of),
        codes=again.codes,
        start=again.start,
        token=again.token,
        duplicate_of=again.of,
        changed=again.changed,
        borrowed=~again.own_token,
    )
    return joined([once, second])
