"""What an organisation lacks more, or less, than organisations do on average: signals for its plays."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd

from pipeline.core.findings import Findings
from pipeline.core.grouping import group_by
from pipeline.core.means import weighted_means
from pipeline.core.plan import Plan
from pipeline.core.shrinkage import ShrunkenMeans, shrunken_means
from pipeline.core.tables import make_table


def signals_table(
    lacks: pd.DataFrame,
    people: pd.DataFrame,
    kinds: Mapping[str, str],
    plan: Plan,
    findings: Findings,
) -> pd.DataFrame:
    """Return `signals.csv`: every signal in every organisation of the outermost level.

    Parameters
    ----------
    lacks : (n, signals) what each respondent says is lacking; NaN rows are left out of their signal.
    people : (n, ...) the same respondents: outermost level and `weight`. kinds : of each signal.

    Returns
    -------
    The mean is weighted. The deviation is that of the shrunken mean (`shrunken_means`, unweighted) from
    mu, in standard deviations of people, sqrt(between + within): 0 where organisations do not differ.
    Without such a model there is no deviation, and a finding.
    """
    level = plan.organisation.levels[0]
    grouping = group_by(people[level], level)
    weights = people["weight"].to_numpy(dtype=float)
    count = len(grouping.labels)
    rows: list[dict[str, object]] = []
    for signal, kind in kinds.items():
        values = lacks[signal].to_numpy(dtype=float)
        found = weighted_means(values, weights, grouping.codes, count, plan.confidence)
        drawn, finding = findings.attempt(
            ("signals", signal, "all"),
            int(np.count_nonzero(~np.isnan(values))),
            partial(shrunken_means, values, grouping.codes, count, plan.confidence),
        )
        rows += [
            {
                "signal": signal,
                "organisation": label.partition("=")[2],
                "kind": kind,
                "n": found.n[g],
                "estimate": found.mean[g],
                **_drawn(drawn, g),
                "finding": finding,
            }
            for g, label in enumerate(grouping.labels)
        ]
    return make_table(rows, "signals")


def _drawn(found: ShrunkenMeans | None, g: int) -> dict[str, float]:
    if found is None:
        return {}
    parts = found.components
    spread = np.sqrt(parts.between + parts.within)
    return {
        "average": parts.mu,
        "eb_mean": found.mean[g],
        "deviation": (found.mean[g] - parts.mu) / spread,
    }
