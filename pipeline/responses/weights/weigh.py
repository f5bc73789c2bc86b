"""The story of the weights: design weights, raking, trimming, raking once more; each step shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.design import Design
from pipeline.core.plan import Plan
from pipeline.core.predeclared import Weighting
from pipeline.core.tables import make_table
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.organisations import Organisation
from pipeline.questionnaire.population import Shares
from pipeline.responses.weights.diagnostics import (
    Stage,
    diagnostics_table,
    distribution_table,
    margins_table,
)
from pipeline.responses.weights.margins import MergedMargin, merged_margins
from pipeline.responses.weights.raking import rake, trim_factors
from pipeline.responses.weights.sample import Sample, build_sample


@dataclass(frozen=True)
class Weighted:
    """The kept respondents with their weights, and how these were made.

    Attributes
    ----------
    responses : kept respondents, `weight` filled in. weights : `weights.csv`.
    design : for statements about the population; None where the plan weights nobody.
    tables : weight_margins, weight_diagnostics and weight_distribution.
    """

    responses: pd.DataFrame
    weights: pd.DataFrame
    design: Design | None
    tables: dict[str, pd.DataFrame]


def weigh(
    responses: pd.DataFrame,
    invited: pd.DataFrame | None,
    questionnaire: Questionnaire,
    plan: Plan,
    organisations: Sequence[Organisation],
    population: Shares,
) -> Weighted:
    """Weight the kept respondents as the plan declares; without `weighting`, take the weights there are.

    Parameters
    ----------
    responses : kept respondents, with the `token` of each, missing where there is none.

    Returns
    -------
    Weights that add up to the population. Design weights are raked to the plan's margins; where raking
    changed one by more than the plan's bounds, it is brought back to them, and all are raked once more,
    after which some may lie a little outside again (`outside` in the diagnostics).

    Raises
    ------
    UserError
        Margins that cannot be made or met; see `build_sample` and `rake`.
    """
    if plan.weighting is None or invited is None or responses.empty:
        return _as_given(responses.drop(columns="token"), plan)
    sample = build_sample(responses, invited, questionnaire, plan, organisations, population)
    types = {each.code: each.type for each in organisations}
    margins = merged_margins(sample, plan, plan.weighting, types)
    stages, trimmed = _stages(sample, margins, plan.weighting)
    weights = stages[-1].weights
    table = {
        "respondent": responses["respondent"],
        "design_weight": sample.design,
        "weight": weights,
        "trimmed": trimmed,
    }
    of = sample.respondents[sample.organisation]
    cells = tuple(each.margin.cells for each in margins)
    return Weighted(
        responses.drop(columns="token").assign(weight=weights),
        make_table(pd.DataFrame(table).to_dict("records"), "weights"),
        Design(weights, of, sample.headcount, sample.design, cells),
        {
            "weight_margins": margins_table(sample, margins, weights),
            "weight_diagnostics": diagnostics_table(stages, sample),
            "weight_distribution": distribution_table({"design": sample.design, "final": weights}),
        },
    )


def _stages(
    sample: Sample, margins: Sequence[MergedMargin], weighting: Weighting
) -> tuple[list[Stage], np.ndarray]:
    """Return the weights after each step, and (n,) whether each was trimmed."""
    targets = [each.margin for each in margins]
    allowed, bounds = weighting.margin_error, weighting.trim
    base = sample.design
    raked = rake(base, targets, sample.total, allowed=allowed)
    kept, trimmed = trim_factors(raked.weights, base, *bounds)
    final = rake(kept, targets, sample.total, allowed=allowed)
    stages = [
        Stage("design", base, base, targets, bounds, None),
        Stage("raked", raked.weights, base, targets, bounds, raked.cycles),
        Stage("trimmed", kept, base, targets, bounds, None),
        Stage("final", final.weights, base, targets, bounds, final.cycles),
    ]
    return stages, trimmed


def _as_given(responses: pd.DataFrame, plan: Plan) -> Weighted:
    """Return the weights that came with the answers, with their diagnostics; 1 for all where none came."""
    weights = responses["weight"].to_numpy(dtype=float)
    table = pd.DataFrame({"respondent": responses["respondent"], "weight": weights})
    rows = table.assign(design_weight=np.nan, trimmed=False).to_dict("records")
    given = plan.responses.weight != "" and len(weights) > 0
    stages = [Stage("given", weights, weights, [], None, None)] if given else []
    return Weighted(
        responses,
        make_table(rows, "weights"),
        None,
        {
            "weight_margins": make_table([], "weight_margins"),
            "weight_diagnostics": diagnostics_table(stages, None),
            "weight_distribution": distribution_table({"given": weights} if given else {}),
        },
    )
