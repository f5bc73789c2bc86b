"""The gap of every organisation, beside all others and beside those of its type; never a ranking."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.findings import Findings
from pipeline.core.grouping import Grouping, group_by
from pipeline.core.means import Means, weighted_means
from pipeline.core.plan import Plan
from pipeline.core.position import positions
from pipeline.core.shrinkage import ShrunkenMeans, shrunken_means
from pipeline.core.tables import make_table

Row = dict[str, object]
FEWEST_FOR_QUARTERS = 4


@dataclass(frozen=True)
class Place:
    """The organisations of a level: everybody's position in it, what they are, how each counts.

    `types` (G,) is each organisation's type, -1 where it has none or several; `kept` (G,) whether it is
    no residual unit. `design` (n,) are the weights of comparisons, `weights` those of means.
    """

    level: str
    grouping: Grouping
    types: np.ndarray
    type_names: tuple[str, ...]
    kept: np.ndarray
    weights: np.ndarray
    design: np.ndarray

    @property
    def codes(self) -> list[str]:
        """The organisations' codes."""
        return [label.partition("=")[2] for label in self.grouping.labels]


def organisation_gaps_table(
    ratings: pd.DataFrame,
    items: Sequence[str],
    scales: Sequence[str],
    plan: Plan,
    findings: Findings,
) -> pd.DataFrame:
    """Return `organisation_gaps.csv`: complete pairs, organisations in the order of their list.

    Means are weighted by `weight`; the gap drawn towards the whole is unweighted; comparisons use
    `design_weight` where `ratings` has it, else `weight`. Benchmarks are quantiles over organisations with
    the plan's least number of people, of their weighted means, where there are four.

    Parameters
    ----------
    ratings : one row a respondent: `<target>_current`, `<target>_desired`, the organisation levels,
        `weight`, and `organisation_type` if there are types.
    """
    rows: list[Row] = []
    for level in plan.organisation.levels:
        place = _place(ratings, level, plan)
        for target in (*items, *scales):
            kind = "item" if target in items else "scale"
            for row in _target_rows(ratings, target, place, plan, findings):
                rows.append({"target": target, "level": kind, **row})
    order = {target: k for k, target in enumerate((*items, *scales))}
    rows.sort(key=lambda row: order[str(row["target"])])
    return make_table(rows, "organisation_gaps")


def _place(ratings: pd.DataFrame, level: str, plan: Plan) -> Place:
    grouping = group_by(ratings[level], level)
    weights = ratings["weight"].to_numpy(dtype=float)
    design = weights
    if "design_weight" in ratings:
        design = ratings["design_weight"].fillna(ratings["weight"]).to_numpy(dtype=float)
    codes = [label.partition("=")[2] for label in grouping.labels]
    kept = np.array([not plan.organisation.is_residual(code) for code in codes], dtype=bool)
    types = np.full(len(codes), -1)
    names: tuple[str, ...] = ()
    if "organisation_type" in ratings:
        by_person = group_by(ratings["organisation_type"], "type")
        names = tuple(label.partition("=")[2] for label in by_person.labels)
        types = _only_type(grouping.codes, by_person.codes, len(codes))
    return Place(level, grouping, types, names, kept, weights, design)


def _only_type(organisation: np.ndarray, types: np.ndarray, count: int) -> np.ndarray:
    """Return the type of each organisation's people (count,), -1 where they have none or several."""
    found = np.full(count, -1)
    pairs = np.unique(np.column_stack([organisation, types])[organisation >= 0], axis=0)
    alone, first, times = np.unique(pairs[:, 0], return_index=True, return_counts=True)
    found[alone] = np.where(times == 1, pairs[first, 1], -1)
    return found


def _target_rows(
    ratings: pd.DataFrame, target: str, place: Place, plan: Plan, findings: Findings
) -> Iterator[Row]:
    current, desired = (
        ratings[f"{target}_{side}"].to_numpy(dtype=float, na_value=np.nan)
        for side in ("current", "desired")
    )
    gap = desired - current
    groups, count = place.grouping.codes, len(place.codes)
    population = place.grouping.sums(place.weights) if plan.weighting else None
    now, wanted, mean = (
        weighted_means(
            np.where(np.isnan(gap), np.nan, values),
            place.weights,
            groups,
            count,
            plan.confidence,
            population,
        )
        for values in (current, desired, gap)
    )
    drawn, _ = findings.attempt(
        ("organisation_gaps", target, "all"),
        int(np.count_nonzero(~np.isnan(gap) & (groups >= 0))),
        lambda: shrunken_means(gap, groups, count, plan.confidence),
    )
    against = _against(gap, place, plan)
    benchmark = _benchmark(mean, now, place, plan.aggregation.least_group)
    for g, code in enumerate(place.codes):
        yield {
            "organisation_level": place.level,
            "organisation": code,
            "residual": not place.kept[g],
            "organisation_type": place.type_names[place.types[g]] if place.types[g] >= 0 else None,
            "n": mean.n[g],
            "current": now.mean[g],
            "desired": wanted.mean[g],
            "estimate": mean.mean[g],
            "std_error": mean.std_error[g],
            "df": mean.n[g] - 1 if mean.n[g] > 1 else np.nan,
            "conf_low": mean.low[g],
            "conf_high": mean.high[g],
            "conf_level": plan.confidence,
            **_drawn(drawn, g),
            **{name: values[g] for name, values in against.items()},
            **benchmark,
        }


def _drawn(found: ShrunkenMeans | None, g: int) -> Row:
    values = (np.nan,) * 3 if found is None else (found.mean[g], found.low[g], found.high[g])
    return dict(zip(("eb_mean", "eb_low", "eb_high"), values, strict=True))


def _against(gap: np.ndarray, place: Place, plan: Plan) -> dict[str, Sequence[object]]:
    """Return each organisation's gap against all others, and against those of its type."""
    groups, count, most_q = place.grouping.codes, len(place.codes), plan.aggregation.difference_q
    others = positions(gap, place.design, groups, count, most_q=most_q)
    alike = positions(gap, place.design, groups, count, most_q=most_q, kinds=place.types)
    return {
        "difference": list(others.difference),
        "q_value": list(others.q_value),
        "position": others.position,
        "n_of_type": list(alike.n_rest),
        "type_difference": list(alike.difference),
        "type_q_value": list(alike.q_value),
        "type_position": alike.position,
    }


def _benchmark(gap: Means, current: Means, place: Place, least: int) -> Row:
    """Return medians and best quarters over organisations that are large enough."""
    large = (gap.n >= least) & place.kept
    names = ("benchmark", "best_quarter", "benchmark_current", "high_performers")
    values = [np.nan] * len(names)
    if large.sum() >= FEWEST_FOR_QUARTERS:
        gaps, now = gap.mean[large], current.mean[large]
        values = [
            *np.quantile(gaps, [0.5, 0.25]),
            *np.quantile(now, [0.5, 0.75]),
        ]
    return {**dict(zip(names, values, strict=True)), "organisations": int(large.sum())}
