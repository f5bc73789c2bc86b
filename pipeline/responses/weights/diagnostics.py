"""What weights look like, how near they bring the respondents to the population, and what they cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.design import effective_n, kish_design_effect
from pipeline.core.tables import make_table
from pipeline.responses.weights.margins import MergedMargin
from pipeline.responses.weights.raking import Margin, margin_error
from pipeline.responses.weights.sample import Sample

STEP = 0.25
BINS = 16
Row = dict[str, object]


@dataclass(frozen=True)
class Stage:
    """Weights (n,) at one step of their making.

    `base` are the weights before raking, `bounds` those of the raking factor w/d, `cycles` how many it
    took; None where the step has none.
    """

    name: str
    weights: np.ndarray
    base: np.ndarray
    margins: Sequence[Margin]
    bounds: tuple[float, float] | None
    cycles: int | None


def diagnostics_table(stages: Sequence[Stage], sample: Sample | None) -> pd.DataFrame:
    """Return `weight_diagnostics.csv`: every stage for all, the last one by organisation too."""
    rows = [_stage_row(stage) for stage in stages]
    if sample is not None and stages:
        name = sample.organisation
        own = sample.respondents[name]
        for k, code in enumerate(sample.codes[name]):
            weights = stages[-1].weights[own == k]
            if len(weights):
                rows.append(
                    {"stage": stages[-1].name, "group": f"{name}={code}", **_costs(weights)}
                )
    return make_table(rows, "weight_diagnostics")


def _stage_row(stage: Stage) -> Row:
    row: Row = {
        "stage": stage.name,
        "group": "all",
        "cycles": stage.cycles,
        **_costs(stage.weights),
    }
    if stage.bounds is not None:
        factor = stage.weights / stage.base * (stage.base.sum() / stage.weights.sum())
        low, high = stage.bounds
        row["outside"] = int(((factor < low) | (factor > high)).sum())
        row["margin_error"] = 100 * margin_error(stage.weights, stage.margins)
    return row


def _costs(weights: np.ndarray) -> Row:
    return {
        "n": len(weights),
        "population": float(weights.sum()),
        "design_effect": kish_design_effect(weights),
        "effective_n": effective_n(weights),
    }


def distribution_table(weights: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Return `weight_distribution.csv`: how many respondents have weights of which size.

    Weights are by their mean. Intervals are the same for every study, and the last one has no end, so that
    they tell nothing of the largest weight.
    """
    rows: list[Row] = []
    for name, each in weights.items():
        place = np.minimum((each / each.mean() / STEP).astype(np.int64), BINS)
        counts = np.bincount(place, minlength=BINS + 1)
        rows += [
            {
                "weights": name,
                "bin": f"{STEP * k:.2f}-" + (f"{STEP * (k + 1):.2f}" if k < BINS else ""),
                "low": STEP * k,
                "high": STEP * (k + 1) if k < BINS else np.nan,
                "n": n,
                "percent": 100 * n / len(each),
                "effective_n": effective_n(each),
            }
            for k, n in enumerate(counts)
        ]
    return make_table(rows, "weight_distribution")


def margins_table(
    sample: Sample, margins: Sequence[MergedMargin], weights: np.ndarray
) -> pd.DataFrame:
    """Return `weight_margins.csv`: targets and what came of them, by merged cell and by single code."""
    rows: list[Row] = []
    for each in margins:
        rows += _margin_rows("raked", each.margin, each.merged, sample.design, weights)
    for name in dict.fromkeys(n for each in margins for n in each.margin.name.split(" x ")):
        codes, own = sample.codes[name], sample.invited[name]
        people = np.bincount(own[own >= 0], sample.people[own >= 0], len(codes))
        labels = tuple(f"{name}={code}" for code in codes)
        alone = Margin(name, labels, sample.respondents[name], people)
        rows += _margin_rows("profile", alone, np.zeros(len(codes), bool), sample.design, weights)
    return make_table(rows, "weight_margins")


def _margin_rows(
    kind: str, margin: Margin, merged: np.ndarray, base: np.ndarray, weights: np.ndarray
) -> Iterator[Row]:
    known = margin.cells >= 0
    cells, k = margin.cells[known], len(margin.targets)
    n = np.bincount(cells, minlength=k)
    target = 100 * margin.targets / margin.targets.sum()
    shares = [
        100 * np.bincount(cells, each[known], k) / each[known].sum() for each in (base, weights)
    ]
    for c, label in enumerate(margin.labels):
        yield {
            "kind": kind,
            "margin": margin.name,
            "cell": label,
            "merged": bool(merged[c]),
            "n": n[c],
            "target": target[c],
            "design": shares[0][c],
            "weighted": shares[1][c],
            "error": shares[1][c] - target[c],
        }
