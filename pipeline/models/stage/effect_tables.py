"""Tables of what models say in their outcome's unit, and of whether they suit the answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.core.predeclared import Hypothesis
from pipeline.core.tables import make_table
from pipeline.models.stage.effect_rows import Drawn, effect_rows
from pipeline.models.stage.fit_checks import calibration_rows, diagnostic_rows, rootogram_rows
from pipeline.models.stage.parabola_rows import parabola_rows
from pipeline.models.stage.pooled import PooledFit
from pipeline.models.stage.specification import Ground

DRAWS = 199
"""Draws of organisations for the intervals of effects; tests have their own."""


def effect_tables(
    fits: Sequence[PooledFit],
    squares: Sequence[tuple[Hypothesis, PooledFit]],
    ground: Ground,
    seed: np.random.SeedSequence,
    draws: int = DRAWS,
) -> dict[str, pd.DataFrame]:
    """Return `effects`, `diagnostics`, `rootogram` and `calibration` of fitted models.

    Intervals of effects of confirmatory models are also those of organisations drawn again. `squares` are
    the hypotheses on a square, with their models. Of completed data sets, effects are pooled and checks are
    of the first.
    """
    plan = ground.plan
    seeds = seed.spawn(len(fits))
    effects = [
        row
        for fit, own in zip(fits, seeds, strict=True)
        for row in effect_rows(fit, plan.confidence, plan.least_df, _drawn(fit, own, draws))
    ]
    for hypothesis, fit in squares:
        effects += parabola_rows(hypothesis, fit, ground)
    most_vif = plan.inference.most_vif if plan.inference is not None else 5.0
    return {
        "effects": make_table(effects, "effects"),
        "diagnostics": make_table(
            [row for fit in fits for row in diagnostic_rows(fit.first, most_vif)], "diagnostics"
        ),
        "rootogram": make_table(
            [row for fit in fits for row in rootogram_rows(fit.first)], "rootogram"
        ),
        "calibration": make_table(
            [row for fit in fits for row in calibration_rows(fit.first, plan.confidence)],
            "calibration",
        ),
    }


def _drawn(fit: PooledFit, seed: np.random.SeedSequence, draws: int) -> Drawn | None:
    if fit.wanted.status != "confirmatory":
        return None
    return Drawn(draws, np.random.default_rng(seed))
