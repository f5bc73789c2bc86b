"""The cleaning multiverse: every hypothesis on every set of respondents that other rules would keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from pipeline.core.pieces import Workers, run_pieces
from pipeline.core.plan import Plan
from pipeline.core.predeclared import Careless
from pipeline.models.sensitivity.choices import MAIN, Choice, curved_hypotheses
from pipeline.models.sensitivity.curve import QUANTITIES, Row, fit_choice, with_test
from pipeline.models.stage.planned import focal_name

RULES = (
    "attention",
    "seconds",
    "identical_run",
    "even_odd",
    "mahalanobis",
    "combination",
    "completeness",
)
FEWEST = {"any": 1, "two": 2, "three": 3}
COMPLETE_CASES = Choice(**{**MAIN, "missing": "complete"})


@dataclass(frozen=True)
class Everyone:
    """Respondents that any of the rules might keep: n rows in one order.

    Attributes
    ----------
    scores : z-scores by the main analysis' means and standard deviations. among : who meets the plan's
        conditions, (n,) bool. quality : the indices of careless answering, as `response_quality.csv` has
        them. plan : the study's.
    """

    scores: pd.DataFrame
    among: Mapping[str, np.ndarray]
    quality: pd.DataFrame
    plan: Plan


def universes(plan: Plan) -> Iterator[dict[str, str]]:
    """Yield every combination of the cleaning rules that the plan varies."""
    declared = plan.sensitivity.cleaning if plan.sensitivity else None
    if declared is not None:
        for values in product(*(getattr(declared, name) for name in RULES)):
            yield dict(zip(RULES, values, strict=True))


def kept_by(universe: Mapping[str, str], everyone: Everyone) -> np.ndarray:
    """Return who is kept, (n,) bool.

    Excluded is who raises as many flags as the combination says (none: nobody), and who answered less of
    the core ratings than `completeness`. A rule that is `off`, or `ignore`d, raises no flag; what could not
    be computed for a person raises none either.
    """
    quality, rule = everyone.quality, everyone.plan.careless or Careless(choices="")
    kept = (quality["answered"] >= _limit(universe["completeness"], 0.0)).to_numpy(dtype=bool)
    fewest = FEWEST.get(universe["combination"])
    if fewest is None:
        return kept
    flags = [
        (quality["seconds_per_item"] < _limit(universe["seconds"], -np.inf))
        | (quality["time_share"] < rule.share_of_median_time),
        (quality["longest_mixed_run"] >= _limit(universe["identical_run"], np.inf))
        | (quality["uniform_pages"] >= rule.uniform_pages),
        quality["even_odd"] < _limit(universe["even_odd"], -np.inf),
        quality["mahalanobis_p"] < _limit(universe["mahalanobis"], -np.inf),
    ]
    if universe["attention"] == "use":
        flags.append(quality["attention_errors"] > 0)
    raised = np.sum([flag.to_numpy(dtype=bool, na_value=False) for flag in flags], axis=0)
    return kept & (raised < fewest)


def _limit(text: str, off: float) -> float:
    return off if text == "off" else float(text)


def cleaning_rows(everyone: Everyone, workers: Workers) -> list[Row]:
    """Return a row of `sensitivity.csv` for each hypothesis and universe of cleaning rules.

    Complete cases, full controls, CR2 errors. Universes that keep the same people are fitted once.
    """
    plan = everyone.plan
    worlds = list(universes(plan))
    masks = [kept_by(each, everyone) for each in worlds]
    keys = [np.packbits(mask).tobytes() for mask in masks]
    different = dict(zip(keys, masks, strict=True))
    hypotheses = list(curved_hypotheses(plan))
    found = run_pieces(_clean_piece, everyone, list(different.values()), workers, "cleaning")
    by_key = dict(zip(different, found, strict=True))
    return [
        row
        for position, hypothesis in enumerate(hypotheses)
        for world, key in zip(worlds, keys, strict=True)
        for row in [_row(hypothesis.id, focal_name(hypothesis), world, by_key[key], position, plan)]
    ]


def _clean_piece(everyone: Everyone, kept: np.ndarray) -> dict[str, np.ndarray]:
    """Return the estimates of every hypothesis among some respondents."""
    plan, scores = everyone.plan, everyone.scores[kept]
    among = {name: mask[kept] for name, mask in everyone.among.items()}
    numbers: list[list[float]] = []
    names: list[str] = []
    for hypothesis in curved_hypotheses(plan):
        found, finding = fit_choice(hypothesis, COMPLETE_CASES, [(scores, among)], plan)
        numbers.append([found.get(key, np.nan) for key in QUANTITIES])
        names.append(finding)
    table = np.array(numbers).reshape(len(names), len(QUANTITIES))
    columns = {key: table[:, k] for k, key in enumerate(QUANTITIES)}
    return {**columns, "finding": np.array(names, dtype="U40")}


def _row(
    hypothesis: str,
    term: str,
    world: Mapping[str, str],
    found: Mapping[str, np.ndarray],
    position: int,
    plan: Plan,
) -> Row:
    finding = str(found["finding"][position])
    row: Row = {
        "model": hypothesis,
        "kind": "cleaning",
        "specification": ";".join(f"{name}={value}" for name, value in world.items()),
        "varied": ";".join(_varied(world, plan)),
        "term": term,
        "conf_level": plan.confidence,
        "finding": finding or None,
    }
    if finding:
        return row
    return row | with_test({key: float(found[key][position]) for key in QUANTITIES}, plan)


def _varied(world: Mapping[str, str], plan: Plan) -> Sequence[str]:
    """Return the rules that differ from the plan's own; its combination is one of its own."""
    rule = plan.careless or Careless(choices="")
    own = {
        "attention": "use",
        "seconds": rule.seconds,
        "identical_run": rule.identical_run,
        "even_odd": rule.even_odd,
        "mahalanobis": rule.mahalanobis_p,
        "completeness": plan.cleaning.partial,
    }
    return [
        name
        for name, value in world.items()
        if name == "combination" or not _same(value, own[name])
    ]


def _same(text: str, value: object) -> bool:
    try:
        return float(text) == value
    except ValueError:
        return text == value
