"""Tables of how well scales measure, and what they say of organisations."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import combinations

import numpy as np
import pandas as pd

from pipeline.core.grouping import group_by, groupings
from pipeline.core.plan import Plan
from pipeline.core.tables import make_table
from pipeline.questionnaire.columns import all_score_columns, rating_suffixes
from pipeline.questionnaire.model import Questionnaire
from pipeline.scales import STATISTICS
from pipeline.scales.agreement import intraclass_correlation
from pipeline.scales.correlations import correlate
from pipeline.scales.means import weighted_means
from pipeline.scales.scores import reversed_items

Row = dict[str, object]


def reliability_table(
    responses: pd.DataFrame, questionnaire: Questionnaire, plan: Plan
) -> pd.DataFrame:
    """Return `reliability.csv`: every statistic of every scale of items, unweighted, by group."""
    splits = groupings(responses, plan.groups)
    rows: list[Row] = []
    for name, scale in questionnaire.scales.items():
        if scale.kind != "scale" or len(scale.items) < 2:
            continue
        for suffix in rating_suffixes(questionnaire, name):
            answers = reversed_items(responses, questionnaire, name, suffix)
            complete = ~np.isnan(answers).any(axis=1)
            for grouping in splits:
                for group, members in grouping.members():
                    x = answers[members[complete[members]]]
                    rows += _reliability_rows(f"{name}{suffix}", group, x, plan.confidence)
    return make_table(rows, "reliability")


def _reliability_rows(scale: str, group: str, items: np.ndarray, level: float) -> Iterator[Row]:
    for statistic, compute in STATISTICS.items():
        found = compute(items, level)
        yield {
            "scale": scale,
            "statistic": statistic,
            "group": group,
            "n_items": items.shape[1],
            "n": len(items),
            "estimate": found.value,
            "conf_low": found.low,
            "conf_high": found.high,
            "conf_level": level if np.isfinite(found.low) else np.nan,
        }


def agreement_table(scores: pd.DataFrame, questionnaire: Questionnaire, plan: Plan) -> pd.DataFrame:
    """Return `agreement.csv`: ICC(1) and ICC(2) of every score by organisation level, unweighted.

    Residual units count as organisations here, as everywhere but in figures and benchmarks.
    """
    rows: list[Row] = []
    for score in all_score_columns(questionnaire):
        for level in plan.organisation.levels:
            values = scores[score].to_numpy(dtype=float)
            found = intraclass_correlation(values, group_by(scores[level], level).codes)
            rows.append(
                {
                    "scale": score,
                    "organisation_level": level,
                    "groups": found.groups,
                    "n": found.n,
                    "icc1": found.icc1,
                    "icc2": found.icc2,
                    "f": found.f,
                    "p_value": found.p_value,
                }
            )
    return make_table(rows, "agreement")


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
            for g, label in enumerate(grouping.labels):
                code = label.partition("=")[2]
                rows.append(
                    {
                        "scale": score,
                        "organisation_level": level,
                        "organisation": code,
                        "residual": is_residual(code, plan.organisation.residual),
                        "n": found.n[g],
                        "estimate": found.mean[g],
                        "std_error": found.std_error[g],
                        "df": found.n[g] - 1 if found.n[g] > 1 else np.nan,
                        "conf_low": found.low[g],
                        "conf_high": found.high[g],
                        "conf_level": plan.confidence,
                    }
                )
    return make_table(rows, "organisation_means")


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


def is_residual(code: str, patterns: tuple[str, ...]) -> bool:
    """Say whether an organisation code is one of the plan's residual units."""
    return any(fnmatchcase(code, pattern) for pattern in patterns)
