"""Tables of scores: what they say of organisations, and how they go together."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from pipeline.core.errors import Finding
from pipeline.core.grouping import Grouping, group_by, groupings
from pipeline.core.means import weighted_means
from pipeline.core.plan import Plan
from pipeline.core.position import positions
from pipeline.core.shrinkage import shrunken_means
from pipeline.core.tables import make_table
from pipeline.questionnaire.columns import all_score_columns, rating_suffixes
from pipeline.questionnaire.model import Questionnaire
from pipeline.scales.correlations import correlate

Row = dict[str, object]


def organisation_means_table(
    scores: pd.DataFrame, questionnaire: Questionnaire, plan: Plan
) -> pd.DataFrame:
    """Return `organisation_means.csv`: weighted mean scores of every organisation, by level.

    Weights that the plan makes add up to the organisation's people, which its interval takes into account.
    """
    weights = scores["weight"].to_numpy()
    rows: list[Row] = []
    for score in all_score_columns(questionnaire):
        values = scores[score].to_numpy(dtype=float)
        for level in plan.organisation.levels:
            grouping = group_by(scores[level], level)
            found = weighted_means(
                values,
                weights,
                grouping.codes,
                len(grouping.labels),
                plan.confidence,
                grouping.sums(weights) if plan.weighting else None,
            )
            shrunken = _shrunken(values, grouping, plan.confidence)
            place = positions(
                values,
                weights,
                grouping.codes,
                len(grouping.labels),
                most_q=plan.aggregation.difference_q,
            )
            for g, label in enumerate(grouping.labels):
                code = label.partition("=")[2]
                rows.append(
                    {
                        "scale": score,
                        "organisation_level": level,
                        "organisation": code,
                        "residual": plan.organisation.is_residual(code),
                        "n": found.n[g],
                        "estimate": found.mean[g],
                        "std_error": found.std_error[g],
                        "df": found.n[g] - 1 if found.n[g] > 1 else np.nan,
                        "conf_low": found.low[g],
                        "conf_high": found.high[g],
                        "conf_level": plan.confidence,
                        "eb_mean": shrunken[0][g],
                        "eb_low": shrunken[1][g],
                        "eb_high": shrunken[2][g],
                        "difference": place.difference[g],
                        "q_value": place.q_value[g],
                        "position": place.position[g],
                    }
                )
    return make_table(rows, "organisation_means")


def _shrunken(values: np.ndarray, grouping: Grouping, level: float) -> np.ndarray:
    """Return shrunken means with both ends, (3, G), unweighted; NaN where there is no such model."""
    try:
        found = shrunken_means(values, grouping.codes, len(grouping.labels), level)
    except Finding:
        return np.full((3, len(grouping.labels)), np.nan)
    return np.array([found.mean, found.low, found.high])


def correlations_table(
    scores: pd.DataFrame, questionnaire: Questionnaire, plan: Plan
) -> pd.DataFrame:
    """Return `correlations.csv`: Pearson r of every pair of scales, by group, unweighted.

    Indices, and pairs of scales that share items, are left out. Errors are clustered by the outermost
    organisation.
    """
    values = {
        s: scores[s].to_numpy(dtype=float) for s in all_score_columns(questionnaire, ["scale"])
    }
    items_of = {
        f"{name}{suffix}": {f"{item}{suffix}" for item in questionnaire.items_of_scale(name)}
        for name in questionnaire.scales
        for suffix in rating_suffixes(questionnaire, name)
    }
    clusters = group_by(scores[plan.organisation.levels[0]], "organisation").codes
    pairs = [(a, b) for a, b in combinations(values, 2) if not (items_of[a] & items_of[b])]
    rows: list[Row] = []
    for grouping in groupings(scores, plan.groups):
        for group, members in grouping.members():
            for a, b in pairs:
                found = correlate(
                    values[a][members], values[b][members], clusters[members], plan.confidence
                )
                rows.append(
                    {
                        "scale_a": a,
                        "scale_b": b,
                        "group": group,
                        "n": found.n,
                        "groups": found.groups,
                        "estimate": found.r,
                        "std_error": found.std_error,
                        "df": found.df,
                        "conf_low": found.low,
                        "conf_high": found.high,
                        "conf_level": plan.confidence,
                        "p_value": found.p_value,
                    }
                )
    return make_table(rows, "correlations")
