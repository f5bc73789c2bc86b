"""What people do to their true answers: careless answering, don't-knows, empty answers."""

from __future__ import annotations

import numpy as np

from pipeline.simulation.answers import EMPTY, Sheet
from pipeline.simulation.draws import Draws
from pipeline.simulation.outcomes import expit
from pipeline.simulation.truth import Truth
from pipeline.simulation.truth_field import Careless, Missingness

ATTENTIVE, STRAIGHTLINE, RANDOM, SPEEDER = range(4)
KINDS = ("attentive", "straightline", "random", "speeder")
CONSENT = "CONSENT"
FEWEST_CODES = 4
PAGE_VALUES = {3: 0.5, 4: 0.3, 2: 0.1, 5: 0.05, 1: 0.05}
PAGE_KEPT = 0.95
SPEEDER_KEPT = 0.55
HIGH = 4


def rating_places(sheet: Sheet) -> np.ndarray:
    """Return the columns that careless people answer carelessly: ratings in rows, of four codes or more."""
    return np.flatnonzero(
        [
            column.item.is_rating
            and column.item.kind in {"matrix", "dual"}
            and not column.item.attention
            and valid >= FEWEST_CODES
            for column, valid in zip(sheet.columns, sheet.valid, strict=True)
        ]
    )


def draw_kinds(careless: Careless, draws: Draws) -> np.ndarray:
    """Return (n,) the kind of each respondent."""
    mix = np.array([careless.mix.straightline, careless.mix.random, careless.mix.speeder])
    return draws.codes(np.array([1 - careless.share, *(careless.share * mix)]))


def answer_carelessly(
    sheet: Sheet, codes: np.ndarray, kinds: np.ndarray, organisation: np.ndarray, draws: Draws
) -> np.ndarray:
    """Replace ratings of careless respondents, in `codes`.

    A straightliner gives one value per page (the highest there is, where there are fewer) with
    probability .95, else any; a random one any; a speeder the true one with probability .55, else any.
    What is typed, or chosen outside rows of ratings, stays true.

    Returns
    -------
    (n, sections) the values from 1 that straightliners keep to.
    """
    groups = len(draws.generators)
    values = np.array(list(PAGE_VALUES))[
        _pick(draws.uniform(len(sheet.questionnaire.sections)), list(PAGE_VALUES.values()))
    ]
    places = rating_places(sheet)
    valid = sheet.valid[places]
    for kind, kept in ((STRAIGHTLINE, PAGE_KEPT), (RANDOM, 0.0), (SPEEDER, SPEEDER_KEPT)):
        rows = np.flatnonzero(kinds == kind)
        own = draws.over(np.bincount(organisation[rows], minlength=groups))
        anything = (own.uniform(len(places)) * valid).astype(np.int16)
        keep = own.uniform(len(places)) < kept
        given = codes[np.ix_(rows, places)]
        if kind == STRAIGHTLINE:
            given = np.minimum(values[rows][:, sheet.section[places]], valid) - 1
        codes[np.ix_(rows, places)] = np.where(keep, given, np.minimum(anything, valid - 1))
    return np.asarray(values)


def _pick(uniform: np.ndarray, shares: list[float]) -> np.ndarray:
    return np.searchsorted(np.cumsum(shares)[:-1], uniform)


def answer_attention(
    sheet: Sheet,
    codes: np.ndarray,
    kinds: np.ndarray,
    values: np.ndarray | None,
    careless: Careless,
    draws: Draws,
) -> None:
    """Answer attention checks, in `codes`: right with the probability of the respondent's kind.

    A straightliner who fails gives the value of the page; everybody else another answer at random. Without
    `values` everybody passes.
    """
    passes = careless.attention_pass
    chance = np.array([passes.attentive, passes.straightline, passes.random, passes.speeder])
    for at, column in enumerate(sheet.columns):
        if not column.item.attention:
            continue
        right, valid = sheet.texts[at].index(column.item.attention), int(sheet.valid[at])
        codes[:, at] = right
        if values is None:
            continue
        drawn = draws.uniform(2)
        others = np.array([k for k in range(valid) if k != right])
        wrong = others[(drawn[:, 1] * len(others)).astype(int).clip(max=len(others) - 1)]
        page = np.minimum(values[:, sheet.section[at]], valid) - 1
        wrong = np.where((kinds == STRAIGHTLINE) & (page != right), page, wrong)
        codes[:, at] = np.where(drawn[:, 0] < chance[kinds], right, wrong)


def leave_out(
    sheet: Sheet, codes: np.ndarray, missingness: Missingness, sets: list[np.ndarray], draws: Draws
) -> None:
    """Empty answers completely at random, and turn some into "don't know", in `codes`.

    Consent and attention checks are never touched; shares of 100 are left empty as a set.
    """
    spared = [c.item.id == CONSENT or bool(c.item.attention) for c in sheet.columns]
    together = np.concatenate([np.empty(0, int), *sets]).astype(int)
    alone = np.flatnonzero(~np.array(spared) & (sheet.valid > 0))
    alone = alone[~np.isin(alone, together) & [not sheet.columns[k].option for k in alone]]
    chance = np.full(len(sheet.columns), missingness.dont_know_99)
    for scale, times in missingness.dont_know_multiplier.items():
        chance[sheet.where(sheet.questionnaire.scales[scale].items)] *= times
    unsure = alone[sheet.dont_know[alone] != EMPTY]
    block = codes[:, unsure]
    ignorant = draws.uniform(len(unsure)) < chance[unsure].astype(np.float32)
    codes[:, unsure] = np.where(ignorant, sheet.dont_know[unsure], block)
    empty = draws.uniform(len(alone) + len(sets)) < missingness.mcar_item
    block = codes[:, alone]
    block[empty[:, : len(alone)]] = EMPTY
    codes[:, alone] = block
    for k, columns in enumerate(sets, len(alone)):
        codes[np.ix_(empty[:, k], columns)] = EMPTY


def skip_desired(
    sheet: Sheet, codes: np.ndarray, level: np.ndarray, truth: Truth, draws: Draws
) -> None:
    """Empty desired ratings at random given what is observed, in `codes`.

    Parameters
    ----------
    level : (n,) codes of the level as the frame has it. With it, only the current rating as it was given
        matters; one that is missing counts as below 4.
    """
    rule = truth.missingness.mar_desired
    base = rule.b0 + rule.LEVEL_D * (level == "D") + rule.LEVEL_C * (level == "C")
    names = sheet.names
    desired = [
        k
        for k, c in enumerate(sheet.columns)
        if c.item.kind == "dual" and "desired" in c.item.ratings and c.name.endswith("_desired")
    ]
    if not desired:
        return
    current = [names.index(names[k].removesuffix("_desired") + "_current") for k in desired]
    given = codes[:, current]
    high = np.zeros(given.shape, dtype=bool)
    for j, at in enumerate(current):
        texts = sheet.texts[at][: sheet.valid[at]]
        for position, text in enumerate(texts):
            if int(text) >= HIGH:
                high[:, j] |= given[:, j] == position
    chance = np.where(high, expit(base + rule.current_ge4)[:, None], expit(base)[:, None]).astype(
        np.float32
    )
    block = codes[:, desired]
    block[draws.uniform(len(desired)) < chance] = EMPTY
    codes[:, desired] = block
