"""The ways in which a hypothesis' model can be specified, all together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from pipeline.core.plan import Plan
from pipeline.core.predeclared import Hypothesis, Specifications
from pipeline.models.stage.planned import LINEAR, planned_models
from pipeline.models.stage.specification import Specification

MAIN = {
    "controls": "full",
    "weights": "no",
    "missing": "imputed",
    "clusters": "CR2",
    "score": "mean",
    "modules": "core",
}


@dataclass(frozen=True, order=True)
class Choice:
    """One specification: what is chosen where the plan varies something."""

    controls: str
    weights: str
    missing: str
    clusters: str
    score: str
    modules: str

    @property
    def text(self) -> str:
        """The choice as `name=value` joined by `;`."""
        return ";".join(f"{name}={value}" for name, value in vars(self).items())

    @property
    def varied(self) -> str:
        """What differs from the plan's main analysis, joined by `;`; empty for that itself."""
        return ";".join(name for name, value in vars(self).items() if value != MAIN[name])

    @property
    def answers(self) -> tuple[str, str, str]:
        """Which answers it is fitted to: missing, score, modules."""
        return self.missing, self.score, self.modules


def choices_of(plan: Plan) -> list[Choice]:
    """Return every combination of what the plan varies; the rest is as in the main analysis."""
    declared = plan.sensitivity.specifications if plan.sensitivity else Specifications()
    values = [getattr(declared, name) for name in MAIN]
    return [Choice(*each) for each in product(*values)]


def curved_hypotheses(plan: Plan) -> Iterator[Hypothesis]:
    """Yield the hypotheses that test coefficients of one model: the others have no curve."""
    for hypothesis in plan.hypotheses:
        if len(planned_models(hypothesis, plan)) == 1:
            yield hypothesis


def specified(hypothesis: Hypothesis, choice: Choice, plan: Plan) -> Specification:
    """Return a hypothesis' model with the controls and the estimator of a choice.

    `basic` controls are those that weights are raked to, and the organisation's type; fixed effects of
    organisations take the place of the type: absorbed in a linear model, indicators in another.
    """
    (wanted,) = planned_models(hypothesis, plan)
    controls = controls_of(choice.controls, plan)
    wanted = replace(wanted, controls=controls, standardised=False)
    if choice.clusters != "fixed":
        return wanted
    within = tuple(name for name in controls if name != "organisation_type")
    if wanted.estimator in LINEAR:
        return replace(wanted, estimator="fixed", controls=within)
    return replace(wanted, controls=(*within, plan.organisation.levels[0]))


def controls_of(kind: str, plan: Plan) -> tuple[str, ...]:
    """Return the controls of a kind: none, basic or full."""
    if kind == "none":
        return ()
    if kind == "full":
        return plan.controls
    margins = plan.weighting.margins if plan.weighting else ()
    raked = {name for margin in margins for name in margin} | {"organisation_type"}
    return tuple(name for name in plan.controls if name in raked)
