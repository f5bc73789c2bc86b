"""Answers drawn from plain defaults, for any questionnaire: tests, demos, the tutorial.

Every person and every organisation has a standing on each scale; all scales share one general
factor. A rating is the item's loading times that standing plus noise, cut at the declared answers. The
numbers below are invented; they are the truth that analyses of these answers should find again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.plan import Plan
from pipeline.questionnaire.asked import asked
from pipeline.questionnaire.columns import item_columns
from pipeline.questionnaire.model import Item, Questionnaire
from pipeline.simulation.portfolio import whole_hundred

GENERAL = 0.6
LOADING = 0.75
BETWEEN = 0.08
DESIRED_SHIFT = 0.8
DONT_KNOW = 0.03
EMPTY = 0.015
BREAK_OFF = 0.03
CONSENT = "CONSENT"


@dataclass(frozen=True)
class Truth:
    """What a person answers from: standings on scales, (n,) by scale, mean 0 and variance 1."""

    standings: dict[str, np.ndarray]
    reversed: frozenset[str]
    scale_of: dict[str, str]


def draw_answers(questionnaire: Questionnaire, plan: Plan, n: int, seed: int) -> pd.DataFrame:
    """Draw the answers of `n` respondents, as a plain CSV file holds them.

    Returns
    -------
    (n, columns) text; an empty answer is missing. Organisations have unequal sizes. Some people do not
    know, leave an answer empty, or stop half-way. The same seed gives the same answers.
    """
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    codes, _ = draw_codes(questionnaire, plan, n, rng)
    return _as_file(codes, questionnaire, plan, rng)


def draw_codes(
    questionnaire: Questionnaire, plan: Plan, n: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, np.ndarray]:
    """Draw the codes of `n` respondents, and the number of sections (n,) that each has answered."""
    organisation = _draw_organisation(questionnaire, plan, n, rng)
    truth = _draw_truth(questionnaire, organisation, rng)
    codes = pd.DataFrame(index=range(n))
    for item in questionnaire.items.values():
        drawn = _draw_item(item, plan, organisation, truth, rng, n)
        was_asked = asked(item, codes, questionnaire)
        for column, values in drawn.items():
            codes[column] = pd.Series(values, dtype="str").where(was_asked)
    _divide_hundred(codes, questionnaire)
    return codes, _break_off(codes, questionnaire, rng)


def _draw_organisation(
    questionnaire: Questionnaire, plan: Plan, n: int, rng: np.random.Generator
) -> np.ndarray:
    choices = questionnaire.items[plan.organisation.levels[-1]].choices
    codes = choices.valid_codes if choices else ("1",)
    shares = 1 / (1 + np.arange(len(codes)))
    return rng.choice(np.array(codes), size=n, p=shares / shares.sum())


def _draw_truth(
    questionnaire: Questionnaire, organisation: np.ndarray, rng: np.random.Generator
) -> Truth:
    place = np.unique(organisation, return_inverse=True)[1]
    general = _standing(place, rng)
    standings: dict[str, np.ndarray] = {}
    scale_of: dict[str, str] = {}
    turned: set[str] = set()
    for name, scale in questionnaire.scales.items():
        if not scale.items:
            continue
        own = _standing(place, rng)
        standings[name] = np.sqrt(GENERAL) * general + np.sqrt(1 - GENERAL) * own
        scale_of |= {item: name for item in scale.items if item not in scale_of}
        turned |= set(scale.reversed)
    return Truth(standings, frozenset(turned), scale_of)


def _standing(place: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return (n,) standings with variance 1, of which `BETWEEN` lies between organisations."""
    between = rng.standard_normal(place.max() + 1)
    within = rng.standard_normal(len(place))
    return np.sqrt(BETWEEN) * between[place] + np.sqrt(1 - BETWEEN) * within


def _draw_item(
    item: Item,
    plan: Plan,
    organisation: np.ndarray,
    truth: Truth,
    rng: np.random.Generator,
    n: int,
) -> dict[str, np.ndarray]:
    names = [column.name for column in item_columns(item)]
    if item.id == plan.organisation.levels[-1]:
        return {item.id: organisation.astype(object)}
    if item.id == CONSENT:
        return {item.id: np.full(n, "1", dtype=object)}
    if item.kind == "multiple":
        return _draw_options(item, rng, n)
    if item.is_rating:
        shifts = [0.0, DESIRED_SHIFT] if item.ratings else [0.0]
        return {
            name: _with_missing(_draw_rating(item, truth, shift, rng, n), item, rng)
            for name, shift in zip(names, shifts, strict=True)
        }
    return {name: _with_missing(_draw_other(item, rng, n), item, rng) for name in names}


def _draw_rating(
    item: Item, truth: Truth, shift: float, rng: np.random.Generator, n: int
) -> np.ndarray:
    assert item.choices is not None
    codes = np.array(sorted(item.choices.valid_codes, key=int), dtype=object)
    standing = truth.standings.get(truth.scale_of.get(item.id, ""), np.zeros(n))
    sign = -1 if item.id in truth.reversed else 1
    noise = rng.standard_normal(n) * np.sqrt(1 - LOADING**2)
    value = sign * LOADING * standing + noise + 0.3 * sign + shift
    cuts = np.linspace(-1.6, 1.6, len(codes) - 1) if len(codes) > 2 else np.zeros(len(codes) - 1)
    return codes[np.searchsorted(cuts, value)]


def _draw_other(item: Item, rng: np.random.Generator, n: int) -> np.ndarray:
    if item.choices is not None and item.choices.valid_codes:
        return rng.choice(np.array(item.choices.valid_codes, dtype=object), size=n)
    if item.kind in {"short_text", "long_text"}:
        return np.full(n, None, dtype=object)
    low = item.minimum or 0
    high = item.maximum if item.maximum is not None else low + 50
    drawn = np.clip(low + rng.negative_binomial(2, 0.4, size=n), low, high)
    return np.array([f"{value:g}" for value in drawn], dtype=object)


def _draw_options(item: Item, rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    assert item.choices is not None
    options = [option for option in item.choices.options if not option.missing]
    ticks = {option.code: rng.random(n) < 0.4 for option in options}
    for option in options:
        if option.exclusive:
            others = [ticks[each.code] for each in options if each is not option]
            ticks[option.code] = ~np.logical_or.reduce(others)
    return {f"{item.id}_{code}": np.where(tick, "1", "0") for code, tick in ticks.items()}


def _with_missing(values: np.ndarray, item: Item, rng: np.random.Generator) -> np.ndarray:
    missing = item.choices.missing_codes if item.choices else {}
    drawn = rng.random(len(values))
    dont_know = [code for code, kind in missing.items() if kind == "dont_know"]
    if dont_know:
        values = np.where(drawn < DONT_KNOW, dont_know[0], values)
    values = values.astype(object)
    values[drawn > 1 - EMPTY] = None
    return values


def _divide_hundred(codes: pd.DataFrame, questionnaire: Questionnaire) -> None:
    """Let the shares of a question add up to 100; where one is missing, all of the set are."""
    sets: dict[tuple[str, str], list[str]] = {}
    for item in questionnaire.items.values():
        if item.kind == "shares":
            for column in item_columns(item):
                ending = column.name.removeprefix(item.id)
                sets.setdefault((item.question, ending), []).append(column.name)
    for columns in sets.values():
        drawn = codes[columns].apply(pd.to_numeric).to_numpy(dtype=float) + 1
        whole = ~np.isnan(drawn).any(axis=1)
        points = np.full(drawn.shape, None, dtype=object)
        shares = drawn[whole] / drawn[whole].sum(axis=1, keepdims=True)
        points[whole] = whole_hundred(shares).astype(str)
        for k, name in enumerate(columns):
            codes[name] = pd.Series(points[:, k], dtype="str")


def _break_off(
    codes: pd.DataFrame, questionnaire: Questionnaire, rng: np.random.Generator
) -> np.ndarray:
    """Empty every answer after the section in which a person stopped; return sections answered (n,)."""
    sections = [section.id for section in questionnaire.sections]
    stops = rng.random(len(codes)) < BREAK_OFF
    last = rng.integers(0, len(sections), size=len(codes))
    for item in questionnaire.items.values():
        after = stops & (last < sections.index(item.section))
        for each in item_columns(item):
            codes[each.name] = codes[each.name].mask(after)
    return np.where(stops, last + 1, len(sections))


def _as_file(
    codes: pd.DataFrame, questionnaire: Questionnaire, plan: Plan, rng: np.random.Generator
) -> pd.DataFrame:
    layout, n = plan.responses, len(codes)
    columns: dict[str, object] = {layout.respondent: [f"r{i:06d}" for i in range(1, n + 1)]}
    if layout.language:
        columns[layout.language] = rng.choice(questionnaire.languages, size=n)
    if layout.weight:
        columns[layout.weight] = [f"{value:.6f}" for value in rng.gamma(16, 1 / 16, size=n)]
    for item in questionnaire.items.values():
        raws = {o.code: o.raw or o.code for o in item.choices.options} if item.choices else {}
        for column in item_columns(item):
            values = codes[column.name]
            columns[column.in_csv] = values if column.option else values.replace(raws)
    return pd.DataFrame(columns)
