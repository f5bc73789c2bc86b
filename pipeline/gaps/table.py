"""The table of gaps: every item and scale rated twice, for everyone and by group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.core.grouping import group_by, groupings
from pipeline.core.plan import Plan
from pipeline.core.tables import make_table
from pipeline.gaps.difference import raw_gap


def gaps_table(
    ratings: pd.DataFrame, items: Sequence[str], scales: Sequence[str], plan: Plan
) -> pd.DataFrame:
    """Return `gaps.csv`: desired minus current, weighted, on complete pairs.

    Parameters
    ----------
    ratings : one row a respondent: `<target>_current`, `<target>_desired`, `organisation` (or the
        outermost level), `weight`, and the plan's groups.
    items, scales : what is rated twice.
    """
    level = plan.organisation.levels[0]
    clusters = group_by(ratings[level], level).codes
    weights = ratings["weight"].to_numpy()
    splits = groupings(ratings, plan.groups)
    rows: list[dict[str, object]] = []
    for target in (*items, *scales):
        current, desired = (
            ratings[f"{target}_{side}"].to_numpy(dtype=float, na_value=np.nan)
            for side in ("current", "desired")
        )
        for grouping in splits:
            for group, members in grouping.members():
                found = raw_gap(
                    current[members],
                    desired[members],
                    weights[members],
                    clusters[members],
                    plan.confidence,
                )
                rows.append(
                    {
                        "target": target,
                        "level": "item" if target in items else "scale",
                        "group": group,
                        "n": found.n,
                        "groups": found.groups,
                        "current": found.current,
                        "desired": found.desired,
                        "estimate": found.estimate,
                        "std_error": found.std_error,
                        "df": found.df,
                        "conf_low": found.low,
                        "conf_high": found.high,
                        "conf_level": plan.confidence,
                        "effect_size": found.effect_size,
                    }
                )
    return make_table(rows, "gaps")
