"""Linear regression: ordinary and weighted least squares, and with fixed effects of organisations."""

from __future__ import annotations

import numpy as np

from pipeline.core.errors import Finding
from pipeline.models.fitted import Fitted, Sample, Working, cluster_sums


def fit_ols(sample: Sample) -> Fitted:
    """Fit ordinary least squares; weighted, where the sample has weights.

    Returns
    -------
    Coefficients, with the covariance s^2 (X'WX)^-1 that the model states; `further`: `sigma2`, `r2`.
    R: `lm(y ~ x, weights)`.

    Raises
    ------
    Finding
        The outcome does not vary, or there are no more people than terms.
    """
    from statsmodels.regression.linear_model import OLS, WLS

    _check(sample)
    unit = np.sqrt((sample.design**2).mean(axis=0))  # columns of like size, or inverses lose digits
    rows = sample.design / unit
    if sample.weights is None:
        result = OLS(sample.outcome, rows).fit()
    else:
        result = WLS(sample.outcome, rows, weights=sample.weights).fit()
    residual = sample.outcome - rows @ result.params
    return Fitted(
        estimator="ols",
        terms=sample.terms,
        estimate=result.params / unit,
        covariance=result.cov_params() / np.outer(unit, unit),
        loglik=float(result.llf),
        parameters=len(sample.terms) + 1,
        n=len(residual),
        groups=sample.groups,
        working=Working(sample.design, residual, sample.clusters, sample.weights),
        scores=_scores(sample.design, residual, sample),
        further={"sigma2": float(result.scale), "r2": float(result.rsquared)},
    )


def fit_fixed(sample: Sample) -> Fitted:
    """Fit least squares with a fixed effect of every organisation, absorbed before all else.

    Terms that do not vary within organisations, the intercept among them, are not in the result.

    Returns
    -------
    The coefficients of `lm(y ~ x + factor(organisation))`; its log likelihood; `further`: `sigma2`,
    `r2_within`. The working rows are centred by organisation, so CR2 is that of the absorbed model
    (Pustejovsky & Tipton 2018, theorem 2).

    Raises
    ------
    Finding
        Nothing varies within organisations; otherwise as `fit_ols`.
    UserError
        Weights: absorbing them is not offered.
    """
    from pipeline.core.errors import UserError

    if sample.weights is not None:
        raise UserError("organisation fixed effects have no weighted form here; leave weights out")
    _check(sample)
    centred = _centred(sample.design, sample.clusters)
    size = np.sqrt((sample.design**2).sum(axis=0))
    varies = np.sqrt((centred**2).sum(axis=0)) > 1e-9 * np.maximum(size, 1e-300)
    if not varies.any():
        raise Finding("collinear_terms", "no term varies within organisations")
    x = centred[:, varies]
    y = _centred(sample.outcome[:, None], sample.clusters)[:, 0]
    n, p = len(y), x.shape[1] + sample.groups
    if n <= p:
        raise Finding("too_few_people", f"{n} people for {p} terms and organisations")
    unit = np.sqrt((x**2).mean(axis=0))
    inverse = np.linalg.inv((x / unit).T @ (x / unit)) / np.outer(unit, unit)
    estimate = inverse @ (x.T @ y)
    residual = y - x @ estimate
    squares = float(residual @ residual)
    return Fitted(
        estimator="fixed",
        terms=tuple(np.array(sample.terms, dtype=object)[varies]),
        estimate=estimate,
        covariance=inverse * squares / (n - p),
        loglik=-n / 2 * (1 + np.log(2 * np.pi * squares / n)),
        parameters=p + 1,
        n=n,
        groups=sample.groups,
        working=Working(x, residual, sample.clusters),
        scores=_scores(x, residual, sample),
        further={"sigma2": squares / (n - p), "r2_within": 1 - squares / float(y @ y)},
    )


def with_organisation_means(sample: Sample, terms: tuple[str, ...]) -> Sample:
    """Return the sample with the organisations' means of some terms added, `<term>@mean` (Mundlak 1978).

    The coefficient of a term is then that within organisations; that of its mean, by how much the one
    between organisations differs from it. A mean that follows from the other terms is left out.
    """
    from pipeline.core.design_matrix import redundant_columns

    at = [sample.terms.index(term) for term in terms]
    sums = cluster_sums(sample.design[:, at], sample.clusters)
    counts = np.bincount(sample.clusters, minlength=sample.groups)
    means = (sums / counts[:, None])[sample.clusters]
    design = np.column_stack([sample.design, means])
    names = (*sample.terms, *(f"{term}@mean" for term in terms))
    left_out = set(redundant_columns(design)) - set(range(len(sample.terms)))
    kept = [k for k in range(len(names)) if k not in left_out]
    return Sample(
        sample.outcome,
        design[:, kept],
        tuple(names[k] for k in kept),
        sample.clusters,
        sample.units,
        sample.weights,
    )


def _centred(columns: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Return columns (n, k) minus their mean within organisations."""
    counts = np.bincount(clusters)
    return np.asarray(columns - (cluster_sums(columns, clusters) / counts[:, None])[clusters])


def _scores(design: np.ndarray, residual: np.ndarray, sample: Sample) -> np.ndarray:
    e = residual if sample.weights is None else residual * sample.weights
    return cluster_sums(design * e[:, None], sample.clusters)


def _check(sample: Sample) -> None:
    n, p = sample.design.shape
    if n <= p:
        raise Finding("too_few_people", f"{n} complete rows for {p} terms")
    if np.ptp(sample.outcome) == 0:
        raise Finding("constant_outcome", "everyone has the same outcome")
