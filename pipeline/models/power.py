"""Power and precision of a hypothesis' test, from estimates on drawn answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding
from pipeline.core.findings import Findings
from pipeline.core.plan import Plan
from pipeline.core.predeclared import Hypothesis, Inference
from pipeline.models.stage.fits import fit_model
from pipeline.models.stage.inference import main_test
from pipeline.models.stage.planned import focal_terms, planned_models
from pipeline.models.stage.pooled import PooledFit
from pipeline.models.stage.specification import Ground

QUANTITIES = ("n", "groups", "estimate", "std_error", "df", "p_value", "low", "high")


def found_in_draw(hypothesis: Hypothesis, ground: Ground) -> dict[str, float]:
    """Return what the main analysis finds for a hypothesis on drawn answers; NaN without an estimate.

    CR2 errors and t with Satterthwaite's degrees of freedom; too few of these give no p value, which
    counts as not significant.

    Raises
    ------
    Finding
        `not_estimated`: the hypothesis does not test coefficients of one model.
    """
    models, weights = planned_models(hypothesis, ground.plan), focal_terms(hypothesis)
    if len(models) != 1 or not weights:
        raise Finding("not_estimated", f"{hypothesis.id} tests no coefficient of one model")
    fit = fit_model(models[0], ground, Findings())
    if fit.fitted is None or not set(weights) <= set(fit.fitted.terms):
        return dict.fromkeys(QUANTITIES, np.nan)
    test = main_test(PooledFit(fit.wanted, (fit,)), weights, ground.plan)
    values = (test.estimate, test.std_error, test.df, test.p_value, test.low, test.high)
    return dict(zip(QUANTITIES, (fit.fitted.n, fit.fitted.groups, *values), strict=True))


@dataclass(frozen=True)
class Design:
    """A cell of the grid: organisations, and about how many respondents in all."""

    organisations: int
    respondents: int


def power_row(
    hypothesis: Hypothesis, design: Design, found: Mapping[str, np.ndarray], plan: Plan
) -> dict[str, object]:
    """Return a row of `power.csv` from R draws, (R,) of each quantity.

    Power is the share of draws with p below alpha and the expected sign. Its Monte-Carlo error is
    sqrt(share (1 - share) / R); it is 0 where all draws agree, which says that the share is near the end,
    not that it is known.
    """
    alpha = (plan.inference or Inference()).alpha
    estimate, p = found["estimate"], found["p_value"]
    draws = len(estimate)
    sign = 1 if hypothesis.expected == "+" else -1
    there = ~np.isnan(estimate)
    power = float(((p < alpha) & (sign * estimate > 0)).mean())
    row: dict[str, object] = {
        "hypothesis": hypothesis.id,
        "organisations": design.organisations,
        "respondents": design.respondents,
        "draws": draws,
        "estimated": int(there.sum()),
        "power": power,
        "monte_carlo_error": float(np.sqrt(power * (1 - power) / draws)),
    }
    if not there.any():
        return row
    width = (found["high"] - found["low"]) / 2
    known = ~np.isnan(width)
    return row | {
        "n": float(np.nanmean(found["n"])),
        "estimate": float(estimate[there].mean()),
        "spread": float(estimate[there].std(ddof=1)) if there.sum() > 1 else None,
        "df": float(np.nanmean(found["df"])),
        "half_width": float(width[known].mean()) if known.any() else None,
        "half_width_error": float(width[known].std(ddof=1) / np.sqrt(known.sum()))
        if known.sum() > 1
        else None,
    }
