"""The plan's models, fitted to scores: the table of coefficients."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
import pandas as pd

from pipeline.core.design_matrix import design_matrix, redundant_columns, standardise
from pipeline.core.errors import UserError
from pipeline.core.plan import Model, Plan
from pipeline.core.tables import make_table
from pipeline.models import ESTIMATORS

Row = dict[str, object]


def coefficients_table(
    scores: pd.DataFrame, plan: Plan, scored: Collection[str] = ()
) -> pd.DataFrame:
    """Return `coefficients.csv`: every term of every model of the plan, on complete rows.

    Numbers enter as they are. A question with categories enters as one indicator for each code but the
    first. Errors are clustered by the outermost organisation. `scored` names the columns that are scores:
    a standardised model takes these as z-scores.

    Raises
    ------
    UserError
        A model has no rows, fewer than two organisations, or terms that cannot be told apart.
    """
    rows = [row for model in plan.models for row in _model_rows(scores, model, plan, scored)]
    return make_table(rows, "coefficients")


def _model_rows(
    scores: pd.DataFrame, model: Model, plan: Plan, scored: Collection[str]
) -> Iterator[Row]:
    predictors = [*model.predictors, *plan.controls_of(model)]
    level = plan.organisation.levels[0]
    used = standardise(scores, scored) if model.standardised else scores
    complete = used[[model.outcome, *predictors, level]].dropna()
    outcome = complete[model.outcome].to_numpy(dtype=float)
    terms, design = design_matrix(complete, predictors)
    clusters = complete[level].astype("category").cat.codes.to_numpy()
    _check_design(model.id, terms, design, clusters)
    try:
        fit = ESTIMATORS[model.estimator](outcome, design, clusters, plan.confidence)
    except UserError as error:
        raise UserError(f"model {model.id}: {error}") from None
    for k, term in enumerate(terms):
        yield {
            "model": model.id,
            "term": term,
            "hypothesis": model.hypothesis or None,
            "status": model.status,
            "outcome": model.outcome,
            "reference": _reference(complete, term),
            "n_term": _people(complete, term),
            "unit": _unit(term, scored if model.standardised else ()),
            "estimator": model.estimator,
            "inference": fit.inference,
            "n": fit.n,
            "groups": fit.groups,
            "estimate": fit.estimate[k],
            "std_error": fit.std_error[k],
            "statistic": fit.statistic[k],
            "df": fit.df[k],
            "p_value": fit.p_value[k],
            "conf_low": fit.low[k],
            "conf_high": fit.high[k],
            "conf_level": plan.confidence,
        }


def _people(frame: pd.DataFrame, term: str) -> int:
    """Return how many people a term speaks of: of a code, the fewer with it or with the reference."""
    name, _, code = term.partition("=")
    if not code:
        return len(frame)
    counts = frame[name].astype("str").value_counts()
    return int(min(counts[code], counts[str(_reference(frame, term))]))


def _unit(term: str, standardised: Collection[str]) -> str:
    if "=" in term:
        return "code"
    return "sd" if term in standardised else "raw"


def _reference(frame: pd.DataFrame, term: str) -> str | None:
    name, _, code = term.partition("=")
    return str(frame[name].cat.remove_unused_categories().cat.categories[0]) if code else None


def _check_design(model: str, terms: list[str], design: np.ndarray, clusters: np.ndarray) -> None:
    n, k = design.shape
    if n <= k:
        raise UserError(f"model {model}: {n} complete rows for {k} terms")
    if len(np.unique(clusters)) < 2:
        raise UserError(f"model {model}: fewer than two organisations have complete rows")
    redundant = [terms[at] for at in redundant_columns(design)]
    if redundant:
        named = ", ".join(redundant)
        raise UserError(f"model {model}: {named} follows from the terms before it; leave it out")
