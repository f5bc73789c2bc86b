"""Tables of organisations: whether a score is theirs, and where each of them stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.core.errors import Finding
from pipeline.core.findings import Findings
from pipeline.core.grouping import Grouping, group_by
from pipeline.core.plan import Plan
from pipeline.core.tables import make_table
from pipeline.scales.aggregation import aggregation
from pipeline.scales.agreement import IntraclassCorrelation, intraclass_correlation
from pipeline.scales.stage.subjects import Subject
from pipeline.scales.within_group import WithinGroup, within_group_agreement

Row = dict[str, object]


def agreement_table(
    scores: pd.DataFrame,
    score_names: Sequence[str],
    subjects: Mapping[str, Subject],
    plan: Plan,
    findings: Findings,
) -> pd.DataFrame:
    """Return `agreement.csv`: ICC of every score by organisation level, and agreement, unweighted.

    Residual units count as organisations here, as everywhere but in figures and benchmarks. Agreement
    takes the scale's items (of a scale made of others, all their items) where these have the same
    answers, and organisations of the plan's least size.
    """
    rows: list[Row] = []
    for score in score_names:
        values = scores[score].to_numpy(dtype=float)
        for level in plan.organisation.levels:
            grouping = group_by(scores[level], level)
            icc = intraclass_correlation(values, grouping.codes)
            row = _icc_row(score, level, icc)
            if np.isnan(icc.icc1):
                row["finding"] = _why(score, level, icc, values, findings)
            elif score in subjects and subjects[score].options > 1:
                sizes = grouping.codes[~np.isnan(values) & (grouping.codes >= 0)]
                row |= _agreement(subjects[score], grouping, sizes, icc, plan)
            rows.append(row)
    return make_table(rows, "agreement")


def _icc_row(score: str, level: str, icc: IntraclassCorrelation) -> Row:
    return {
        "scale": score,
        "organisation_level": level,
        "groups": icc.groups,
        "n": icc.n,
        "icc1": icc.icc1,
        "icc2": icc.icc2,
        "f": icc.f,
        "p_value": icc.p_value,
    }


def _why(
    score: str, level: str, icc: IntraclassCorrelation, values: np.ndarray, findings: Findings
) -> str:
    """Name what leaves a score without an intraclass correlation."""
    place = ("agreement", f"{score} {level}", "all")
    if icc.n == 0:
        found = Finding("no_answers", "nobody has the score")
    elif icc.groups < 2 or icc.n <= icc.groups:
        found = Finding("too_few_groups", "two organisations with more than one person are needed")
    else:
        found = Finding("constant_item", "the score does not vary")
    return findings.note(place, icc.n, found)


def _agreement(
    subject: Subject,
    grouping: Grouping,
    scored: np.ndarray,
    icc: IntraclassCorrelation,
    plan: Plan,
) -> Row:
    """Return agreement and the verdict; `scored` are the organisations of those who have the score.

    The mean is as reliable as these make it, who are more than answered every item.
    """
    limits, count = plan.aggregation, len(grouping.labels)
    found = within_group_agreement(
        subject.values,
        grouping.codes,
        count,
        options=subject.options,
        least=limits.least_group,
        skewed_null=limits.skewed_null,
    )
    judged = aggregation(icc, replace(found, n=np.bincount(scored)), limits)
    return {
        "median_n": judged.median_n,
        "mean_reliability": judged.reliability,
        "groups_agreement": int((~np.isnan(found.rwg_uniform)).sum()),
        **_middles(found),
        "verdict": "organisation" if judged.organisational else "individuals",
    }


def _middles(found: WithinGroup) -> Row:
    arrays = {
        "rwg_uniform": found.rwg_uniform,
        "rwg_skewed": found.rwg_skewed,
        "rwg_star": found.rwg_star,
        "ad_median": found.ad_median,
    }
    return {
        name: float(np.nanmedian(each)) if np.isfinite(each).any() else np.nan
        for name, each in arrays.items()
    }
