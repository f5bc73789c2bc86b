"""The models that a hypothesis is tested with, and what of them is tested."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipeline.core.plan import Plan
from pipeline.core.predeclared import Hypothesis
from pipeline.models.stage.specification import Specification, product_term

LINEAR = ("ols", "fixed", "mixed")


def planned_models(hypothesis: Hypothesis, plan: Plan) -> tuple[Specification, ...]:
    """Return the models of a hypothesis, with the plan's controls and scores as z-scores.

    One; of an indirect effect two, the mediator's first; of two outcomes one each.
    """
    if hypothesis.tests == "indirect":
        mediator, estimator = hypothesis.mediator, "ols"
        return (
            _model(
                hypothesis,
                plan,
                id=f"{hypothesis.id}_a",
                estimator=estimator,
                outcome=mediator,
                predictors=(*hypothesis.predictors, *hypothesis.beside_mediator),
                among="",
            ),
            _model(
                hypothesis,
                plan,
                id=f"{hypothesis.id}_b",
                estimator=estimator,
                predictors=(mediator, *hypothesis.predictors, *hypothesis.beside),
            ),
        )
    if hypothesis.tests == "effect_difference":
        return tuple(
            _model(
                hypothesis,
                plan,
                id=f"{hypothesis.id}_{outcome}",
                outcome=outcome,
                complete=hypothesis.outcomes,
                any_at_all=True,
            )
            for outcome in hypothesis.outcomes
        )
    return (_model(hypothesis, plan),)


def beside_models(hypothesis: Hypothesis, plan: Plan) -> tuple[Specification, ...]:
    """Return the exploratory repeats of a hypothesis: a mixed model with organisations' means added."""
    if hypothesis.estimator != "mixed":
        return ()
    scores = (*hypothesis.predictors, *hypothesis.beside)
    means = _model(
        hypothesis, plan, id=f"{hypothesis.id}_means", status="exploratory", means=scores
    )
    return (means,)


def focal_terms(hypothesis: Hypothesis) -> Mapping[str, float]:
    """Return the terms whose sum, so weighted, is tested; empty where it is no sum of coefficients."""
    first = hypothesis.predictors[0]
    match hypothesis.tests:
        case "coefficient":
            return {first: 1.0}
        case "difference":
            return {first: 1.0, hypothesis.predictors[1]: -1.0}
        case "product":
            return {product_term(first, hypothesis.moderator): 1.0}
        case "square":
            return {product_term(first, first): 1.0}
        case _:
            return {}


def contrast_of(weights: Mapping[str, float], terms: tuple[str, ...], size: int) -> np.ndarray:
    """Return the contrast of parameters, (size,), whose first are `terms`."""
    contrast = np.zeros(size)
    for term, weight in weights.items():
        contrast[terms.index(term)] = weight
    return contrast


def focal_name(hypothesis: Hypothesis) -> str:
    """Return what is tested, in the names of the tables."""
    first = hypothesis.predictors[0]
    match hypothesis.tests:
        case "difference":
            return f"{first} - {hypothesis.predictors[1]}"
        case "indirect":
            return f"{first} -> {hypothesis.mediator} -> {hypothesis.outcomes[0]}"
        case "effect_difference":
            return f"{first}: {hypothesis.outcomes[0]} - {hypothesis.outcomes[1]}"
        case _:
            return next(iter(focal_terms(hypothesis)))


def _model(hypothesis: Hypothesis, plan: Plan, **changed: object) -> Specification:
    moderator = (hypothesis.moderator,) if hypothesis.moderator else ()
    first = hypothesis.predictors[0]
    products = {"product": ((first, hypothesis.moderator),), "square": ((first, first),)}
    fields: dict[str, object] = {
        "id": hypothesis.id,
        "estimator": hypothesis.estimator,
        "outcome": hypothesis.outcomes[0],
        "predictors": (*hypothesis.predictors, *moderator, *hypothesis.beside),
        "controls": plan.controls,
        "products": products.get(hypothesis.tests, ()),
        "hypothesis": hypothesis.id,
        "status": "confirmatory",
        "among": hypothesis.among,
        "standardised": True,
        "counted_from": hypothesis.counted_from,
    }
    return Specification(**{**fields, **changed})  # type: ignore[arg-type]
