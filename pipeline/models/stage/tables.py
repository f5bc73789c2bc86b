"""The tables of fitted models: their terms, and how well they fit."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np
import pandas as pd

from pipeline.core.multiplicity import benjamini_hochberg
from pipeline.core.plan import Plan
from pipeline.core.student import t_quantile, two_sided_p
from pipeline.core.tables import make_table
from pipeline.models.stage.pooled import PooledFit
from pipeline.models.stage.specification import Specification

Row = dict[str, object]


def coefficients_table(
    fits: Sequence[PooledFit], plan: Plan, scored: Collection[str]
) -> pd.DataFrame:
    """Return `coefficients.csv`: every term of every model that has estimates.

    CR2 errors and t with Satterthwaite's degrees of freedom; below the plan's least number of these,
    neither test nor interval. Of completed data sets, by Rubin's rules, with Barnard and Rubin's. q values
    are over the terms of exploratory models that are no controls.
    """
    rows = [row for fit in fits for row in _term_rows(fit, plan, scored)]
    table = make_table(rows, "coefficients")
    tested = {
        (fit.wanted.id, term)
        for fit in fits
        for term in fit.wanted.of_interest
        if fit.wanted.status == "exploratory"
    }
    keys = zip(table["model"], table["term"], strict=True)
    at = np.flatnonzero([key in tested for key in keys])
    table.loc[at, "q_value"] = benjamini_hochberg(table.loc[at, "p_value"].to_numpy())
    return table


def model_fit_table(fits: Sequence[PooledFit]) -> pd.DataFrame:
    """Return `model_fit.csv`: every model, those without estimates too."""
    return make_table([_fit_row(fit) for fit in fits], "model_fit")


def _named(wanted: Specification) -> Row:
    return {
        "model": wanted.id,
        "hypothesis": wanted.hypothesis or None,
        "status": wanted.status,
        "outcome": wanted.outcome,
        "estimator": wanted.estimator,
    }


def _term_rows(fit: PooledFit, plan: Plan, scored: Collection[str]) -> Iterator[Row]:
    first = fit.first
    if first.fitted is None or first.prepared is None:
        return
    frame, pooled, least = first.prepared.frame, fit.coefficients(), plan.least_df
    for k, (term, complete) in enumerate(zip(fit.terms, fit.complete_df, strict=True)):
        estimate, error, df = pooled.estimate[k], pooled.std_error[k], pooled.df[k]
        enough = bool(complete >= least)
        half = t_quantile(df, plan.confidence) * error if enough else np.nan
        statistic = estimate / error if error > 0 else np.nan
        yield {
            **_named(fit.wanted),
            "term": term,
            "reference": _reference(frame, term),
            "n_term": _people(frame, term),
            "unit": _unit(term, scored if fit.wanted.standardised else ()),
            "inference": "CR2",
            "n": first.fitted.n,
            "groups": first.fitted.groups,
            "estimate": estimate,
            "std_error": error,
            "statistic": statistic,
            "df": df,
            "p_value": float(two_sided_p(statistic, df)) if enough else np.nan,
            "conf_low": estimate - half,
            "conf_high": estimate + half,
            "conf_level": plan.confidence,
            "finding": None if enough else "too_few_degrees",
        }


def _fit_row(fit: PooledFit) -> Row:
    row: Row = {**_named(fit.wanted), "finding": fit.finding}
    first = fit.first.prepared
    if first is not None:
        row |= {"n": len(first.frame), "groups": first.sample.groups}
    fitted = [each.fitted for each in fit.fits if each.fitted]
    if fitted:
        names = ("r2", "r2_within", "icc")
        row |= {k: _mean([each.further.get(k, np.nan) for each in fitted]) for k in names}
        size = [np.log(each.n) * each.parameters for each in fitted]
        row |= {
            "imputations": len(fitted) if fit.completed else None,
            "loglik": _mean([each.loglik for each in fitted]),
            "aic": _mean([2 * each.parameters - 2 * each.loglik for each in fitted]),
            "bic": _mean([s - 2 * each.loglik for s, each in zip(size, fitted, strict=True)]),
        }
    return row


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def _code(frame: pd.DataFrame, term: str) -> tuple[str, str] | None:
    """Return question and code of a term `<question>=<code>`."""
    name, _, code = term.partition("=")
    return (name, code) if code and name in frame else None


def _people(frame: pd.DataFrame, term: str) -> int:
    """Return how many people a term speaks of: of a code, the fewer with it or with the reference."""
    named = _code(frame, term)
    if named is None:
        return len(frame)
    counts = frame[named[0]].astype("str").value_counts()
    return int(min(counts[named[1]], counts[str(_reference(frame, term))]))


def _reference(frame: pd.DataFrame, term: str) -> str | None:
    named = _code(frame, term)
    if named is None:
        return None
    return str(frame[named[0]].cat.remove_unused_categories().cat.categories[0])


def _unit(term: str, standardised: Collection[str]) -> str:
    if "=" in term:
        return "code"
    names = term.partition("@")[0].removesuffix("^2").split("*")
    return "sd" if all(name in standardised for name in names) else "raw"
