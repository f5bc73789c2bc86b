"""The stage from scores to the tables of models."""

from __future__ import annotations

import pandas as pd

from pipeline.core.findings import Findings
from pipeline.models.stage.fits import fit_model
from pipeline.models.stage.specification import Ground, declared_model
from pipeline.models.stage.tables import coefficients_table, model_fit_table


def model_tables(ground: Ground, findings: Findings) -> dict[str, pd.DataFrame]:
    """Return every table of the models, by name; what the answers do not allow is a finding."""
    plan = ground.plan
    wanted = [declared_model(model, plan) for model in plan.models]
    fits = [fit_model(each, ground, findings) for each in wanted]
    return {
        "coefficients": coefficients_table(fits, plan, ground.scored),
        "model_fit": model_fit_table(fits),
    }
