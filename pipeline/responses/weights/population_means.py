"""What the population thinks on average, with errors of the design; beside it the respondents' own mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.core.design import Design, estimate_mean
from pipeline.core.plan import Plan
from pipeline.core.tables import make_table


def population_means_table(
    scores: pd.DataFrame, design: Design | None, plan: Plan, targets: Sequence[str]
) -> pd.DataFrame:
    """Return `population_means.csv`: the weighted mean of each score; no rows without weights of our own.

    Parameters
    ----------
    scores : (n, columns) of the kept respondents, in the order of the design. targets : columns of scores.

    Notes
    -----
    Who has no score is outside the domain that the mean speaks of. Nonresponse is taken as one more draw
    within organisations; trimming makes raking's share of the precision approximate.
    """
    if design is None:
        return make_table([], "population_means")
    rows = []
    for target in targets:
        values = scores[target].to_numpy(dtype=float)
        found = estimate_mean(values, design, plan.confidence)
        rows.append(
            {
                "target": target,
                "n": found.n,
                "unweighted": np.nanmean(values) if found.n else np.nan,
                "estimate": found.value,
                "std_error": found.std_error,
                "df": found.df if found.n else np.nan,
                "conf_low": found.low,
                "conf_high": found.high,
                "conf_level": plan.confidence,
                "design_effect": found.design_effect,
            }
        )
    return make_table(rows, "population_means")
