"""Tables of what a common method may do: components beside chance, one factor, split samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from pipeline.core.errors import Finding
from pipeline.core.findings import Findings
from pipeline.core.grouping import group_by
from pipeline.core.plan import Plan
from pipeline.core.tables import make_table
from pipeline.core.variance import varies
from pipeline.scales.exploratory.model import explore
from pipeline.scales.exploratory.number import parallel_components
from pipeline.scales.split_sample import split_sample
from pipeline.scales.stage.subjects import Material

Row = dict[str, object]
FLOOR = "all_items"
SPLITS = 100


def scree_table(material: Material, findings: Findings) -> pd.DataFrame:
    """Return `scree.csv`: the components of every scale's items, beside those of shuffled answers."""
    rows: list[Row] = []
    for subject in material.subjects:
        rng = material.generator("scree", subject.name)
        complete = int((~np.isnan(subject.values).any(axis=1)).sum())
        found, _ = findings.attempt(
            ("scree", subject.name, "all"),
            complete,
            lambda values=subject.values, rng=rng: parallel_components(values, rng),  # type: ignore[misc]
            subject.items,
        )
        if found is not None:
            rows += [
                {
                    "scale": subject.name,
                    "number": at + 1,
                    "n": found.n,
                    "component": found.components[at],
                    "component_chance": found.chance[at],
                    "suggested": at < found.suggested,
                }
                for at in range(len(found.components))
            ]
    return make_table(rows, "scree")


def one_factor_floor(material: Material, findings: Findings) -> Row:
    """Return the row of `factor_fit.csv` for one factor behind the items of all scales.

    Minimum residuals on pairwise correlations of the items that vary; n is the smallest of the pairs',
    and the test takes it as complete. A floor: a plan's models should fit far better (Podsakoff et al.
    2003).
    """
    items = {
        item: subject.values[:, at]
        for subject in material.scales
        for at, item in enumerate(subject.items)
    }
    row: Row = {
        "model": FLOOR,
        "estimator": "minres",
        "kind": "one_factor",
        "n_items": len(items),
        "chosen": True,
    }
    values = np.column_stack([*items.values()]) if items else np.empty((0, 0))

    def compute() -> Row:
        r, n = _pairwise(values)
        fit = explore(r, 1, n).fit
        return {
            "n": n,
            "chisq": fit.chi_square,
            "df": fit.df,
            "p_value": fit.p_value,
            "tli": fit.tli,
            "rmsea": fit.rmsea,
            "rmsea_low": fit.rmsea_low,
            "rmsea_high": fit.rmsea_high,
            "srmr": fit.rms * np.sqrt((len(r) - 1) / (len(r) + 1)),
        }

    found, stop = findings.attempt(("factor_fit", FLOOR, "all"), len(values), compute, tuple(items))
    return row | (found or {}) | {"finding": stop}


def _pairwise(values: np.ndarray) -> tuple[np.ndarray, int]:
    """Return correlations of the people who answered both items, and how few these are."""
    if values.shape[1] < 4:
        raise Finding("too_few_items", "one factor behind all items needs four of them")
    constant = np.flatnonzero(~varies(values))
    if len(constant):
        raise Finding("constant_item", "an item has one answer only, or none", constant)
    given = (~np.isnan(values)).astype(float)
    n = given.T @ given
    if n.min() < 3:
        raise Finding("no_answers", "two items were never answered by the same people")
    x = np.where(given > 0, values - np.nanmean(values, axis=0), 0.0)
    first = x.T @ given
    square = (x**2).T @ given
    spread = square / n - (first / n) ** 2
    together = (x.T @ x) / n - first * first.T / n**2
    if (spread <= 0).any():
        raise Finding("constant_item", "an item does not vary among those who answered another")
    return together / np.sqrt(spread * spread.T), int(n.min())


def split_sample_table(
    material: Material, scores: pd.DataFrame, score_names: Sequence[str], findings: Findings
) -> pd.DataFrame:
    """Return `split_sample.csv`: the plan's predictors and outcomes, from different people's answers.

    Scores that the plan explains by other scores, by its models or hypotheses; unweighted.
    """
    plan = material.plan
    rows: list[Row] = []
    for level in plan.organisation.levels:
        groups = group_by(scores[level], level).codes
        for predictor, outcome in _explained(plan, set(score_names)):
            x, y = (scores[name].to_numpy(dtype=float) for name in (predictor, outcome))
            rng = material.generator("split_sample", f"{predictor} {outcome} {level}")
            used = int((~(np.isnan(x) | np.isnan(y)) & (groups >= 0)).sum())
            found, stop = findings.attempt(
                ("split_sample", f"{predictor} {outcome} {level}", "all"),
                used,
                lambda x=x, y=y, groups=groups, rng=rng: split_sample(  # type: ignore[misc]
                    x, y, groups, rng=rng, splits=SPLITS, level=plan.confidence
                ),
            )
            row: Row = {
                "predictor": predictor,
                "outcome": outcome,
                "organisation_level": level,
                "n": used,
                "finding": stop,
            }
            if found is not None:
                row |= {
                    "n": found.n,
                    "groups": found.groups,
                    "same_half": found.same_half,
                    "other_half": found.other_half,
                    "spread_low": found.low,
                    "spread_high": found.high,
                    "conf_level": plan.confidence,
                }
            rows.append(row)
    return make_table(rows, "split_sample")


def _explained(plan: Plan, scores: set[str]) -> Iterator[tuple[str, str]]:
    """Return each predictor and outcome that are scores and stand together, once."""
    pairs = [(p, model.outcome) for model in plan.models for p in model.predictors]
    pairs += [
        (p, outcome)
        for each in plan.hypotheses
        for outcome in each.outcomes
        for p in each.predictors
    ]
    yield from dict.fromkeys(pair for pair in pairs if set(pair) <= scores and pair[0] != pair[1])
