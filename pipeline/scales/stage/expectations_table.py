"""The table of correlations that the plan expects: whether scores go together as theory says."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.core.errors import Finding
from pipeline.core.findings import Findings
from pipeline.core.grouping import group_by
from pipeline.core.plan import Plan
from pipeline.core.tables import make_table
from pipeline.scales.correlations import Correlation, correlate

Row = dict[str, object]
SIGNS = {"+": "positive", "-": "negative"}


def expectations_table(scores: pd.DataFrame, plan: Plan, findings: Findings) -> pd.DataFrame:
    """Return `expectations.csv`: each pair of the plan, its correlation, and whether that is as expected.

    Pearson's r of everyone with both scores, unweighted, errors clustered by the outermost
    organisation. As expected, or opposite, where the interval is on one side of 0; else undecided.
    """
    clusters = group_by(scores[plan.organisation.levels[0]], "organisation").codes
    inside = clusters >= 0
    rows: list[Row] = []
    for each in plan.expectations:
        a, b = each.scores
        x, y = (scores[name].to_numpy(dtype=float)[inside] for name in each.scores)
        found = correlate(x, y, clusters[inside], plan.confidence)
        row: Row = {"scale_a": a, "scale_b": b, "expected": SIGNS[each.sign], "n": found.n}
        if np.isnan(found.low):
            finding = _why(found)
            stop = findings.note(("expectations", f"{a} {b}", "all"), found.n, finding)
            rows.append(row | {"estimate": found.r, "finding": stop})
            continue
        rows.append(
            row
            | {
                "groups": found.groups,
                "estimate": found.r,
                "std_error": found.std_error,
                "df": found.df,
                "conf_low": found.low,
                "conf_high": found.high,
                "conf_level": plan.confidence,
                "p_value": found.p_value,
                "verdict": verdict(found.low, found.high, each.sign),
            }
        )
    return make_table(rows, "expectations")


def _why(found: Correlation) -> Finding:
    if found.n < 3:
        return Finding("too_few_people", f"{found.n} people have both scores; 3 are needed")
    if np.isnan(found.r):
        return Finding("constant_score", "one of the scores is the same for everyone with both")
    if found.groups < 2:
        return Finding("too_few_groups", "everyone with both scores is of one organisation")
    return Finding("collinear_scores", "one score follows exactly from the other")


def verdict(low: float, high: float, sign: str) -> str:
    """Return what an interval of a correlation says of the sign that was expected."""
    if low <= 0 <= high:
        return "undecided"
    return "as_expected" if (low > 0) == (sign == "+") else "opposite"
