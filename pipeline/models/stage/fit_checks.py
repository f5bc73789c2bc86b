"""Whether fitted models suit the answers: rows of `diagnostics`, `rootogram` and `calibration`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pipeline.core.errors import Finding
from pipeline.models.diagnostics.calibration import calibration
from pipeline.models.diagnostics.collinearity import variance_inflation
from pipeline.models.diagnostics.dispersion import overdispersion, rootogram
from pipeline.models.diagnostics.influence import (
    dfbetas,
    one_step_without,
    organisation_residuals,
    refitted_without,
)
from pipeline.models.diagnostics.proportional_odds import brant_of_interest
from pipeline.models.effects.averages import LINKS, exceeding_rows
from pipeline.models.fitted import Fitted, Sample
from pipeline.models.nonlinear.counts import fit_poisson
from pipeline.models.nonlinear.estimators import without_intercept
from pipeline.models.stage.fits import Fit

Row = dict[str, object]
BARS = 13
MOST_RESIDUAL = 3.0
MOST_DFBETAS = 1.0
LEAST_P = 0.05
ZEROS = (0.9, 1.1)


def diagnostic_rows(fit: Fit, most_vif: float) -> Iterator[Row]:
    """Yield the checks of one model that has estimates.

    Variance inflation of its predictors, and of non-linear models: proportional odds, overdispersion,
    zeros, calibration, the organisation furthest from the model and the one that moves a predictor most
    (in CR2 errors; by one step in exploratory models). The verdict is `look` beyond the plan's or this
    module's limit. A check without a value has its finding; `separation` beside a value of Brant's test:
    controls that separate a cut are left out.
    """
    if fit.fitted is None or fit.prepared is None:
        return
    yield from _inflation_rows(fit, fit.prepared.sample, most_vif)
    if fit.fitted.maximum is None:
        return
    for rows in (_odds_rows, _count_rows, _calibration_checks, _influence_rows):
        try:
            yield from rows(fit, fit.fitted, fit.prepared.sample)
        except Finding as finding:
            check = rows.__name__.strip("_").removesuffix("_rows").removesuffix("_checks")
            yield {**_row(fit, CHECK_OF[check]), "finding": finding.name}


CHECK_OF = {
    "odds": "brant",
    "count": "overdispersion",
    "calibration": "calibration",
    "influence": "residual",
}


def _row(fit: Fit, check: str, statistic: float = np.nan, look: bool | None = None) -> Row:
    return {
        "model": fit.wanted.id,
        "check": check,
        "n": fit.fitted.n if fit.fitted is not None else None,
        "statistic": statistic,
        "verdict": None if look is None else "look" if look else "fine",
    }


def _inflation_rows(fit: Fit, sample: Sample, most: float) -> Iterator[Row]:
    design, terms = without_intercept(sample)
    if not terms:
        return
    factors = dict(zip(terms, variance_inflation(design), strict=True))
    for term in fit.wanted.of_interest:
        if term in factors:
            yield _row(fit, f"vif:{term}", float(factors[term]), bool(factors[term] > most))


def _odds_rows(fit: Fit, fitted: Fitted, sample: Sample) -> Iterator[Row]:
    if fitted.estimator != "ologit":
        return
    design, terms = without_intercept(sample)
    interest = np.array([term in fit.wanted.of_interest for term in terms])
    found, kept = brant_of_interest(sample.outcome, design, interest)
    tests = {"brant": found.omnibus}
    named = [term for term, there in zip(terms, kept, strict=True) if there]
    tests |= {
        f"brant:{term}": test
        for term, test in zip(named, found.columns, strict=True)
        if term in fit.wanted.of_interest
    }
    suspect = None if kept.all() else "separation"
    for check, test in tests.items():
        row = _row(fit, check, test.statistic, test.p_value < LEAST_P)
        yield {**row, "df": test.df, "p_value": test.p_value, "finding": suspect}


def _count_rows(fit: Fit, fitted: Fitted, sample: Sample) -> Iterator[Row]:
    if fitted.estimator != "negbin" or fitted.maximum is None:
        return
    found = overdispersion(fit_poisson(sample.outcome, sample.design), fitted.maximum)
    yield _row(fit, "poisson_dispersion", found.ratio)
    row = _row(fit, "overdispersion", found.statistic)
    yield {**row, "df": 1, "p_value": found.p_value}
    ratio = rootogram(sample.outcome, _mean(fitted, sample), _theta(fitted), BARS).zero_ratio
    yield _row(fit, "zeros", ratio, not ZEROS[0] <= ratio <= ZEROS[1])


def _calibration_checks(fit: Fit, fitted: Fitted, sample: Sample) -> Iterator[Row]:
    if fitted.estimator != "logit":
        return
    found = calibration(sample.outcome, _mean(fitted, sample))
    if found.df <= 0:
        raise Finding("too_few_values", "predictions do not differ enough to make groups")
    row = _row(fit, "calibration", found.statistic, found.p_value < LEAST_P)
    yield {**row, "df": found.df, "p_value": found.p_value}


def _influence_rows(fit: Fit, fitted: Fitted, sample: Sample) -> Iterator[Row]:
    if fitted.maximum is None or fit.robust is None:
        return
    residuals = organisation_residuals(fitted.maximum, sample.clusters)
    if np.isnan(residuals).all():
        raise Finding("not_estimated", "no organisation can be told apart from the terms")
    residual = float(np.nanmax(np.abs(residuals)))
    yield _row(fit, "residual", residual, residual > MOST_RESIDUAL)
    k = len(fitted.terms)
    leave = refitted_without if fit.wanted.status == "confirmatory" else one_step_without
    without = leave(fitted.maximum, sample.clusters)
    errors = np.sqrt(np.diag(fit.robust.covariance))
    moved = dfbetas(fitted.maximum, without, np.append(errors, np.ones(without.shape[1] - k)))
    for term in fit.wanted.of_interest:
        if term in fitted.terms:
            column = moved[:, fitted.at(term)]
            if np.isnan(column).all():
                yield {**_row(fit, f"dfbetas:{term}"), "finding": "not_estimated"}
                continue
            largest = float(column[np.nanargmax(np.abs(column))])
            yield _row(fit, f"dfbetas:{term}", largest, abs(largest) > MOST_DFBETAS)


def rootogram_rows(fit: Fit) -> Iterator[Row]:
    """Yield how many people have each count, as it was answered, and how many a model expects."""
    if fit.fitted is None or fit.prepared is None or fit.fitted.estimator != "negbin":
        return
    sample = fit.prepared.sample
    found = rootogram(sample.outcome, _mean(fit.fitted, sample), _theta(fit.fitted), BARS)
    for least, most, observed, expected in zip(
        found.least, found.most, found.observed, found.expected, strict=True
    ):
        last, count = least == found.least[-1] and most > least, least + fit.wanted.counted_from
        yield {
            "model": fit.wanted.id,
            "count": f"{count}+" if last else str(count),
            "outcome": fit.wanted.outcome,
            "least": int(count),
            "n": int(observed),
            "expected": float(expected),
        }


def calibration_rows(fit: Fit, level: float) -> Iterator[Row]:
    """Yield predictions and answers of people in ten groups: of a logit, of each cut, or of counts."""
    from scipy.special import ndtri

    if fit.fitted is None or fit.prepared is None or fit.fitted.estimator not in PREDICTED:
        return
    z = float(ndtri((1 + level) / 2))
    for at, outcome, predicted, variance in _predictions(fit.fitted, fit.prepared.sample):
        found = calibration(outcome, predicted, variance)
        half, added = z * np.sqrt(found.variance), fit.wanted.counted_from
        most = np.inf if variance is not None else 1.0
        for k, n in enumerate(found.n):
            yield {
                "model": fit.wanted.id,
                "at": ">0" if fit.wanted.any_at_all else at,
                "bin": str(k + 1),
                "outcome": fit.wanted.outcome,
                "n": int(n),
                "predicted": found.predicted[k] + added,
                "observed": found.observed[k] + added,
                "conf_low": max(found.predicted[k] - half[k], 0.0) + added,
                "conf_high": min(found.predicted[k] + half[k], most) + added,
                "conf_level": level,
            }


PREDICTED = ("logit", "ologit", "negbin")
Predicted = tuple[str, np.ndarray, np.ndarray, np.ndarray | None]


def _predictions(fitted: Fitted, sample: Sample) -> Iterator[Predicted]:
    """Yield of each outcome where it is, its values, what is predicted, and a count's variance."""
    if fitted.estimator != "ologit":
        mean = _mean(fitted, sample)
        counts = fitted.estimator == "negbin"
        yield "all", sample.outcome, mean, mean + mean**2 / _theta(fitted) if counts else None
        return
    design, _ = without_intercept(sample)
    codes = np.unique(sample.outcome)[:-1]
    for cut, code in enumerate(codes):
        eta = exceeding_rows(design, len(codes), cut) @ fitted.estimate
        above = (sample.outcome > code).astype(float)
        yield f">{code:g}", above, LINKS["logit"].mean(eta), None


def _mean(fitted: Fitted, sample: Sample) -> np.ndarray:
    link = LINKS["log" if fitted.estimator == "negbin" else "logit"]
    return link.mean(sample.design @ fitted.estimate)


def _theta(fitted: Fitted) -> float:
    return fitted.further["theta"]
