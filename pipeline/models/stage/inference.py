"""One sum of coefficients, tested in every way that the plan declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from pipeline.core.design_matrix import redundant_columns
from pipeline.core.errors import Finding
from pipeline.core.plan import Plan
from pipeline.core.predeclared import Inference
from pipeline.core.student import t_quantile, two_sided_p
from pipeline.models import ESTIMATORS
from pipeline.models.effective_groups import effective_groups
from pipeline.models.fitted import Fitted, Sample
from pipeline.models.mixed import fit_random_intercepts
from pipeline.models.multipliers import multipliers
from pipeline.models.nonlinear.score_bootstrap import score_bootstrap
from pipeline.models.small_sample import small_sample
from pipeline.models.stage.fits import Fit
from pipeline.models.stage.maximum_likelihood import LIKELIHOODS, rows_of
from pipeline.models.stage.planned import LINEAR, contrast_of
from pipeline.models.stage.pooled import PooledFit
from pipeline.models.wild_bootstrap import wild_bootstrap

INNER = 0.90


@dataclass(frozen=True)
class MainTest:
    """By CR2 and t with Satterthwaite's df; p and intervals NaN below the plan's least df.

    inner_low, inner_high : the 90 % interval, held against the smallest effect of interest.
    """

    estimate: float
    std_error: float
    statistic: float
    df: float
    p_value: float
    low: float
    high: float
    inner_low: float
    inner_high: float


@dataclass(frozen=True)
class CheckTest:
    """By the wild cluster bootstrap, or the score bootstrap, which has no interval: low, high NaN."""

    p_value: float
    p_strict: float
    low: float = np.nan
    high: float = np.nan


def main_test(fit: PooledFit, weights: Mapping[str, float], plan: Plan) -> MainTest:
    """Return the test of a sum of coefficients by CR2, pooled over completed data sets."""
    pooled = fit.combinations(fit.contrast(weights)[None])
    complete = np.mean(
        [each.robust.contrast(fit.contrast(weights)).df[0] for each in fit.fits if each.robust]
    )
    return tested(
        float(pooled.estimate[0]),
        float(pooled.std_error[0]),
        float(pooled.df[0]),
        plan,
        enough=bool(complete >= plan.least_df),
    )


def tested(estimate: float, error: float, df: float, plan: Plan, *, enough: bool) -> MainTest:
    """Return t of an estimate with its error, and p and intervals where its df are `enough`."""
    enough = enough and error > 0
    t = estimate / error if error > 0 else np.nan
    outer, inner = (
        t_quantile(df, level) * error if enough else np.nan for level in (plan.confidence, INNER)
    )
    p = float(two_sided_p(t, df)) if enough else np.nan
    return MainTest(
        estimate,
        error,
        t,
        df,
        p,
        estimate - outer,
        estimate + outer,
        estimate - inner,
        estimate + inner,
    )


def check_test(
    fit: PooledFit, weights: Mapping[str, float], plan: Plan, rng: np.random.Generator
) -> CheckTest:
    """Return the test by organisations' residuals, or scores, turned, the null imposed.

    Least squares: wild cluster bootstrap-t, its interval by inversion. Otherwise: score bootstrap. Of
    completed data sets, the medians of their p values and of the ends of their intervals (plan, 10).

    Raises
    ------
    Finding
        The null has no fit.
    """
    found = [vars(_check_one(each, weights, plan, rng)) for each in fit.fits]
    return CheckTest(**{k: float(np.median([each[k] for each in found])) for k in found[0]})


def _check_one(
    fit: Fit, weights: Mapping[str, float], plan: Plan, rng: np.random.Generator
) -> CheckTest:
    fitted, prepared = _there(fit)
    rule = plan.inference or Inference()
    groups = fitted.groups
    drawn = multipliers(rule.wild_weights, rule.wild_draws, groups, rng)
    if fit.wanted.estimator in LINEAR:
        contrast = contrast_of(weights, fitted.terms, len(fitted.terms))
        wild = wild_bootstrap(fitted.working, fitted.estimate, contrast, drawn, plan.confidence)
        return CheckTest(wild.p_value, wild.p_strict, wild.low, wild.high)
    sample = prepared
    design, terms = rows_of(fit.wanted.estimator, sample)
    estimate = LIKELIHOODS[fit.wanted.estimator].fit(sample.outcome, design)
    contrast = contrast_of(weights, terms, len(estimate.vector))
    score = score_bootstrap(estimate, sample.clusters, contrast, drawn)
    return CheckTest(score.p_value, score.p_strict)


def third_test(fit: Fit, weights: Mapping[str, float]) -> tuple[float, float]:
    """Return estimate and p value with a random intercept of the outermost organisation.

    Linear: REML, Kenward-Roger. Otherwise: adaptive quadrature, Wald's z; these coefficients are of a
    person in an organisation and larger than those of the population by about sqrt(1 + .346 tau^2) in a
    logit (Zeger, Liang & Albert 1988).

    Raises
    ------
    Finding
        No estimate, or one at which no error can be computed.
    """
    _, sample = _there(fit)
    if fit.wanted.estimator in LINEAR:
        model = fit_random_intercepts(replace(sample, units=(sample.clusters,)))
        contrast = contrast_of(weights, sample.terms, len(sample.terms))
        found = small_sample(model, contrast)
        estimate = float(contrast @ model.fitted.estimate)
        return estimate, float(two_sided_p(estimate / found.std_error[0], found.df[0]))
    design, terms = rows_of(fit.wanted.estimator, sample)
    fitted = LIKELIHOODS[fit.wanted.estimator].with_intercepts(
        sample.outcome, design, sample.clusters
    )
    contrast = contrast_of(weights, terms, len(fitted.vector))
    estimate = float(contrast @ fitted.vector)
    k = len(contrast)
    error = float(np.sqrt(contrast @ fitted.covariance[:k, :k] @ contrast))
    return estimate, float(two_sided_p(estimate / error, np.inf))


def groups_that_count(fit: Fit, weights: Mapping[str, float]) -> float:
    """Return the effective number of organisations."""
    fitted, _ = _there(fit)
    return effective_groups(fitted.working, contrast_of(weights, fitted.terms, len(fitted.terms)))


def without_each(fit: Fit, weights: Mapping[str, float]) -> np.ndarray:
    """Return the estimate with each organisation left out, (G,); NaN where there is none then.

    The model is fitted again; terms that nobody is left for are left out with the organisation.
    """
    _, sample = _there(fit)
    estimates = np.full(sample.groups, np.nan)
    for g in range(sample.groups):
        rest = _without(sample, g)
        if not set(weights) <= set(rest.terms):
            continue
        try:
            fitted = ESTIMATORS[fit.wanted.estimator](rest)
        except Finding:
            continue
        contrast = contrast_of(weights, fitted.terms, len(fitted.terms))
        estimates[g] = contrast @ fitted.estimate
    return estimates


def _without(sample: Sample, group: int) -> Sample:
    kept = sample.clusters != group
    design = sample.design[kept]
    left = set(redundant_columns(design))
    columns = [k for k in range(design.shape[1]) if k not in left]
    return Sample(
        sample.outcome[kept],
        design[:, columns],
        tuple(sample.terms[k] for k in columns),
        _dense(sample.clusters[kept]),
        tuple(_dense(each[kept]) for each in sample.units),
    )


def _dense(codes: np.ndarray) -> np.ndarray:
    return np.asarray(np.unique(codes, return_inverse=True)[1], dtype=np.int64)


def _there(fit: Fit) -> tuple[Fitted, Sample]:
    if fit.fitted is None or fit.prepared is None:
        raise Finding("not_estimated", "the model has no estimate")
    return fit.fitted, fit.prepared.sample
