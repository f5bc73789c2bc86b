"""The stage from scores to the tables of models."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from pipeline.core.findings import Findings
from pipeline.models.stage.effect_tables import effect_tables
from pipeline.models.stage.hypotheses import hypotheses_table, run_hypotheses
from pipeline.models.stage.partial_odds import refit_partial_odds
from pipeline.models.stage.planned import beside_models, planned_models
from pipeline.models.stage.pooled import fit_pooled, refit_pooled
from pipeline.models.stage.specification import Ground, declared_model
from pipeline.models.stage.tables import coefficients_table, model_fit_table


def model_tables(
    ground: Ground, findings: Findings, completed: Sequence[Ground] = ()
) -> dict[str, pd.DataFrame]:
    """Return every table of the models, by name; what the answers do not allow is a finding.

    The models of the hypotheses come first, then their exploratory repeats, then the plan's list, then
    ordered logits once more whose odds are not proportional. All are fitted to each of the `completed`
    scores, and pooled; without several of these, to complete rows. Checks are of the first.
    """
    plan = ground.plan
    grounds = list(completed) if len(completed) > 1 else [ground]
    tested = [
        (each, [fit_pooled(model, grounds, findings) for model in planned_models(each, plan)])
        for each in plan.hypotheses
    ]
    others = [model for each in plan.hypotheses for model in beside_models(each, plan)]
    others += [declared_model(model, plan) for model in plan.models]
    fits = [fit for _, group in tested for fit in group]
    fits += [fit_pooled(each, grounds, findings) for each in others]
    again = [refit_pooled(fit, partial(refit_partial_odds, findings=findings)) for fit in fits]
    fits += [fit for fit in again if fit is not None]
    squares = [(each, group[0]) for each, group in tested if each.tests == "square"]
    return {
        "hypotheses": hypotheses_table(run_hypotheses(tested, grounds, findings), plan),
        "coefficients": coefficients_table(fits, plan, ground.scored),
        "model_fit": model_fit_table(fits),
        **effect_tables(
            fits,
            squares,
            grounds[0],
            np.random.SeedSequence(plan.seed, spawn_key=(9,)),
        ),
    }
