"""Tables of the factor models: fit, loadings, and where they misfit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from pipeline.core.plan import Plan
from pipeline.core.predeclared import Factors
from pipeline.core.predeclared import Fit as Limits
from pipeline.core.tables import make_table
from pipeline.scales.factors.fit import FactorFit
from pipeline.scales.factors.fit_indices import Indices
from pipeline.scales.factors.invariance import judged
from pipeline.scales.factors.least_squares import LeastSquares
from pipeline.scales.factors.parameters import Kind
from pipeline.scales.factors.score_tests import modification_indices
from pipeline.scales.factors.standardised import standardise
from pipeline.scales.stage.models import Fitted, of_kind

Row = dict[str, object]
CRITICAL = 3.841458820694124
"""Modification indices below the 95 % point of chi-square with 1 df are left out."""
MOST_INDICES = 10


def fit_columns(fit: FactorFit) -> Row:
    """Return what the tables of models and of ladders say of a model's fit."""
    measured, scaled, best = fit.fit, fit.fit.scaled, judged_indices(fit)
    cfi, rmsea = judged(fit)
    return {
        "chisq": measured.chisq.statistic,
        "df": measured.chisq.df,
        "p_value": measured.chisq.p_value,
        "chisq_scaled": scaled.statistic if scaled else np.nan,
        "p_scaled": scaled.p_value if scaled else np.nan,
        "cfi": cfi,
        "tli": best.tli,
        "rmsea": rmsea,
        "srmr": measured.srmr,
    }


def judged_indices(fit: FactorFit) -> Indices:
    """Return the indices that judge a model: robust ones, after least squares the scaled ones."""
    if isinstance(fit.at, LeastSquares):
        return fit.fit.scaled_indices
    return fit.fit.robust if np.isfinite(fit.fit.robust.cfi) else fit.fit.plain


def factor_fit_table(models: Sequence[Fitted], floor: Row, limits: Factors) -> pd.DataFrame:
    """Return `factor_fit.csv`: every model, by each estimator it was fitted with, then the floor."""
    correlated = {each.subject.name: each for each in of_kind(list(models), "correlated")}
    rows = []
    for each in models:
        row = _fit_row(each, limits)
        if each.kind == "second_order":
            row |= _kept(each, correlated[each.subject.name], limits)
        rows.append(row)
    return make_table([*rows, floor], "factor_fit")


def _fit_row(model: Fitted, limits: Factors) -> Row:
    row: Row = {
        "model": model.name,
        "estimator": model.estimator,
        "kind": model.kind,
        "n_items": len(model.subject.items),
        "chosen": model.chosen,
        "finding": model.suspect,
    }
    fit = model.fit
    if fit is None:
        return row
    best = judged_indices(fit)
    return row | {
        "n": fit.fit.n,
        "groups": clusters_of(fit),
        **fit_columns(fit),
        "rmsea_low": best.rmsea_low,
        "rmsea_high": best.rmsea_high,
        "aic": fit.fit.aic,
        "bic": fit.fit.bic,
        "verdict": fit_verdict(fit, limits) if model.usable else None,
    }


def clusters_of(fit: FactorFit) -> int | None:
    """Return how many organisations the errors are clustered by; none after least squares."""
    sample = getattr(fit.at, "sample", None)
    return getattr(sample, "clusters", None)


def fit_verdict(fit: FactorFit, limits: Factors) -> str:
    """Return what the plan's limits say of a model's CFI, RMSEA and SRMR."""
    if fit.fit.chisq.df == 0:
        return "just_identified"
    cfi, rmsea = judged(fit)

    def within(most: Limits) -> bool:
        return cfi >= most.cfi and rmsea <= most.rmsea and fit.fit.srmr <= most.srmr

    if within(limits.acceptable):
        return "acceptable"
    return "marginal" if within(limits.marginal) else "poor"


def _kept(second: Fitted, first: Fitted, limits: Factors) -> Row:
    """Say whether a second-order factor costs no more CFI than the plan allows."""
    if second.usable is None or first.usable is None:
        return {}
    delta = judged(second.usable)[0] - judged(first.usable)[0]
    return {"delta_cfi": delta, "kept": delta >= -limits.second_order_delta_cfi}


def loadings_table(models: Sequence[Fitted], plan: Plan) -> pd.DataFrame:
    """Return `loadings.csv`: every loading of every model, by the estimator that the plan judges by."""
    rows = [
        row
        for each in models
        if each.chosen and each.usable
        for row in _loading_rows(each, each.usable, plan.confidence)
    ]
    return make_table(rows, "loadings")


def _loading_rows(model: Fitted, fit: FactorFit, level: float) -> Iterator[Row]:
    from scipy.special import ndtri

    parameters, errors = fit.parameters, fit.std_error
    standard = standardise(parameters, fit.covariance)
    half = float(ndtri((1 + level) / 2)) * standard.std_error
    for cell in np.flatnonzero(np.isin(parameters.kind, (Kind.LOADING, Kind.REGRESSION))):
        above = parameters.kind[cell] == Kind.REGRESSION
        below = parameters.latents if above else parameters.items
        yield {
            "model": model.name,
            "factor": parameters.latents[parameters.column[cell]],
            "item": below[parameters.row[cell]],
            "estimator": model.estimator,
            "n": fit.fit.n,
            "estimate": parameters.value[cell],
            "std_error": errors[cell],
            "std_estimate": standard.value[cell],
            "std_error_std": standard.std_error[cell],
            "std_low": standard.value[cell] - half[cell],
            "std_high": standard.value[cell] + half[cell],
            "conf_level": level,
        }


def modification_table(models: Sequence[Fitted]) -> pd.DataFrame:
    """Return `modification_indices.csv`: the largest of every model, as far as they are significant.

    One factor behind several scales is a floor, and has none.
    """
    rows = []
    for model in models:
        floor = model.subject.composite and model.kind == "one_factor"
        if not model.chosen or floor or model.usable is None or model.usable.fit.chisq.df == 0:
            continue
        for each in modification_indices(model.usable.at)[:MOST_INDICES]:
            if each.statistic > CRITICAL:
                rows.append(
                    {
                        "model": model.name,
                        "parameter": each.name,
                        "n": model.usable.fit.n,
                        "statistic": each.statistic,
                        "change": each.change,
                        "std_change": each.standard_change,
                    }
                )
    return make_table(rows, "modification_indices")
