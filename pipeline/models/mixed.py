"""The linear model with random intercepts of organisations, and of units within them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.core.errors import Finding, UserError
from pipeline.models.fitted import Fitted, Sample, Working, cluster_sums
from pipeline.models.nested_sums import NestedSums, Weighted, nested_sums, weigh

POLISH = 6


@dataclass(frozen=True)
class MixedModel:
    """A fitted model with what its small-sample errors need; K levels, p terms.

    Attributes
    ----------
    fitted : in the shape of every estimator. ratios : (K,) variances relative to a person's, outermost
        first. weighted : sums weighted at these ratios, of p orthonormal columns and the outcome divided by
        a person's standard deviation, sigma. pull : (p, p), makes orthonormal columns of the design.
    """

    fitted: Fitted
    ratios: np.ndarray
    sigma: float
    weighted: Weighted
    pull: np.ndarray


def fit_mixed(sample: Sample) -> Fitted:
    """Fit random intercepts by REML: see `fit_random_intercepts`."""
    return fit_random_intercepts(sample).fitted


def fit_random_intercepts(sample: Sample, reml: bool = True) -> MixedModel:
    """Fit y = X b + a_organisation (+ c_unit) + e by restricted, or plain, maximum likelihood.

    One or two levels of `sample.units`, outermost first (of none: the clusters), on sums by unit: V^-1
    never is a matrix. Complete rows, unweighted.

    Returns
    -------
    Coefficients with their covariance (X' V^-1 X)^-1; loglik with all constants, as lme4 has it; `further`:
    `sigma2` of a person, `tau2_0` of the outermost level (`tau2_1` of the inner one), `icc`, the share of
    all random intercepts in the variance, and `r2`, Nakagawa & Schielzeth's (2013) marginal one. Working
    rows are those of the data, turned within organisations so that V is diagonal: weights 1 / V and V as
    the target, the model-implied working covariance. statsmodels' MixedLM is much slower and can stop
    early. R: `lme4::lmer(y ~ x + (1 | outer / inner), REML)`.

    Raises
    ------
    Finding
        Fewer than two organisations, levels that are the same, the outcome follows from the terms, or no
        optimum. UserError: weights, or more than two levels.
    """
    units = sample.units or (sample.clusters,)
    _check(sample, units)
    triangle = np.asarray(np.linalg.qr(sample.design, mode="r"))
    pull = np.linalg.inv(triangle)
    x = sample.design @ pull
    start = x.T @ sample.outcome
    left = sample.outcome - x @ start
    scale = float(np.sqrt(left @ left / len(left)))
    if scale <= 1e-10 * max(float(np.abs(sample.outcome).max()), 1e-300):
        raise Finding("constant_outcome", "the terms leave nothing of the outcome to explain")
    sums = nested_sums(np.column_stack([x, left / scale]), units)
    ratios = _ratios(sums, len(left), reml)
    weighted = weigh(sums, ratios)
    estimate, squares = _solved(weighted)
    p, n = x.shape[1], len(left)
    sigma = scale * float(np.sqrt(squares / (n - p if reml else n)))
    value = criterion(weighted, n, reml) + (2 * _log_det(triangle) if reml else 0)
    free = n - p if reml else n
    value += free * (1 + np.log(2 * np.pi / free)) + 2 * free * np.log(scale)
    coefficients = pull @ (start + scale * estimate)
    residual = sample.outcome - sample.design @ coefficients
    turned, diagonal = _rotated(np.column_stack([sample.design, residual]), units, ratios)
    rows, e, variance = turned[:, :p], turned[:, p], diagonal * sigma**2
    fitted = Fitted(
        estimator="mixed",
        terms=sample.terms,
        estimate=coefficients,
        covariance=pull @ np.linalg.inv(weighted.cross[:p, :p]) @ pull.T * sigma**2,
        loglik=float(-value / 2),
        parameters=p + len(ratios) + 1,
        n=n,
        groups=sample.groups,
        working=Working(rows, e, sample.clusters, 1 / variance, variance),
        scores=cluster_sums(rows * (e / variance)[:, None], sample.clusters),
        further=_further(sample.design @ coefficients, ratios, sigma),
    )
    return MixedModel(fitted, ratios, sigma, _in_sigma(weighted, scale / sigma), pull)


def _check(sample: Sample, units: tuple[np.ndarray, ...]) -> None:
    n, p = sample.design.shape
    if sample.weights is not None:
        raise UserError("random intercepts have no weighted form here; leave weights out")
    if len(units) > 2:
        raise UserError(f"random intercepts of {len(units)} levels; one or two are possible")
    sizes = [int(each.max()) + 1 if len(each) else 0 for each in units]
    if min(sizes) < 2:
        raise Finding("too_few_groups", "fewer than two organisations have complete rows")
    if n <= p:
        raise Finding("too_few_people", f"{n} complete rows for {p} terms")
    if sizes[-1] >= n or (len(sizes) == 2 and sizes[0] == sizes[1]):
        raise Finding("not_identified", "a level of units is the same as the level within it")


def _ratios(sums: NestedSums, n: int, reml: bool) -> np.ndarray:
    """Return the ratios, 0 or more, at which the criterion is least."""
    from scipy.optimize import minimize

    def value_and_slope(ratios: np.ndarray) -> tuple[float, np.ndarray]:
        weighted = weigh(sums, ratios)
        return criterion(weighted, n, reml), _slope(weighted, n, reml)

    levels = sums.levels
    found = minimize(
        value_and_slope,
        np.full(levels, 0.1),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, None)] * levels,
        options={"ftol": 1e-13, "gtol": 1e-9, "maxiter": 500},
    )
    if not np.isfinite(found.fun) or np.max(found.x) > 1e8:
        raise Finding("not_converged", "the likelihood of the random intercepts has no maximum")
    return _polished(sums, found.x, n, reml)


def _polished(sums: NestedSums, ratios: np.ndarray, n: int, reml: bool) -> np.ndarray:
    """Return ratios after Newton's steps on those above 0: the criterion alone is too flat for digits."""
    ratios = np.where(ratios > 1e-9, ratios, 0.0)
    free = np.flatnonzero(ratios)
    for _ in range(POLISH):
        if not len(free):
            break
        slope = _slope(weigh(sums, ratios), n, reml)[free]
        curvature = np.empty((len(free), len(free)))
        for column, k in enumerate(free):
            step = np.zeros(len(ratios))
            step[k] = 1e-4 * ratios[k]
            up, down = (_slope(weigh(sums, ratios + s), n, reml)[free] for s in (step, -step))
            curvature[:, column] = (up - down) / (2 * step[k])
        if np.linalg.eigvalsh((curvature + curvature.T) / 2)[0] <= 0:
            break
        change = np.linalg.solve(curvature, slope)
        ratios = ratios.copy()
        ratios[free] = np.maximum(ratios[free] - change, ratios[free] / 4)
        if np.abs(change).max() <= 1e-12 * ratios[free].max():
            break
    return ratios


def _solved(weighted: Weighted) -> tuple[np.ndarray, float]:
    """Return the coefficients of the first columns for the last, and the weighted sum of squares left."""
    a, b = weighted.cross[:-1, :-1], weighted.cross[:-1, -1]
    estimate = np.linalg.solve(a, b)
    return estimate, float(weighted.cross[-1, -1] - b @ estimate)


def _log_det(triangle: np.ndarray) -> float:
    return float(np.log(np.abs(np.diag(triangle))).sum())


def criterion(weighted: Weighted, n: int, reml: bool) -> float:
    """Return -2 log likelihood, a person's variance profiled out, without constants."""
    _, squares = _solved(weighted)
    p = len(weighted.cross) - 1
    if not reml:
        return weighted.log_det + n * float(np.log(squares))
    known = float(np.linalg.slogdet(weighted.cross[:-1, :-1])[1])
    return weighted.log_det + known + (n - p) * float(np.log(squares))


def _slope(weighted: Weighted, n: int, reml: bool) -> np.ndarray:
    """Return the derivative of the criterion by the ratios."""
    estimate, squares = _solved(weighted)
    free = n - len(estimate) if reml else n
    slope = []
    for sums, own in zip(weighted.sums, weighted.own, strict=True):
        x, left = sums[:, :-1], sums[:, -1] - sums[:, :-1] @ estimate
        known = np.linalg.solve(weighted.cross[:-1, :-1], x.T @ x) if reml else np.zeros((1, 1))
        slope.append(own.sum() - np.trace(known) - free * (left @ left) / squares)
    return np.array(slope)


def _in_sigma(weighted: Weighted, unit: float) -> Weighted:
    """Return the sums with the outcome, the last column, in another unit."""
    m = len(weighted.cross)
    by = np.append(np.ones(m - 1), unit)
    return replace(
        weighted,
        cross=weighted.cross * np.outer(by, by),
        sums=tuple(each * by for each in weighted.sums),
    )


def _further(explained: np.ndarray, ratios: np.ndarray, sigma: float) -> dict[str, float]:
    variances = ratios * sigma**2
    total = float(variances.sum()) + sigma**2
    fixed = float(explained.var(ddof=1))
    return {
        "sigma2": sigma**2,
        **{f"tau2_{k}": float(each) for k, each in enumerate(variances)},
        "icc": float(variances.sum()) / total,
        "r2": fixed / (fixed + total),
    }


def _rotated(
    columns: np.ndarray, units: tuple[np.ndarray, ...], ratios: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return columns (n, m) in coordinates in which V is diagonal, and its diagonal (n,).

    Rows of an organisation are turned among themselves: first the n of an innermost unit, so that one
    holds sqrt(n) times their mean (a Householder reflection), then these ones of an organisation's units.
    """
    inner = units[-1]
    size = np.bincount(inner).astype(float)
    first = np.unique(inner, return_index=True)[1]
    root = np.sqrt(size)
    means = cluster_sums(columns, inner) / root[:, None]
    away = 1 / root[inner]
    away[first] -= 1
    length = np.where(size > 1, 1 - 1 / root, 1)
    turned = columns - away[:, None] * ((means - columns[first]) / length[:, None])[inner]
    diagonal = np.ones(len(inner))
    diagonal[first] = 1 + float(ratios[-1]) * size
    if len(units) == 2:
        for at in _members(units[0][first]):
            v = np.diag(diagonal[first[at]]) + float(ratios[0]) * np.outer(root[at], root[at])
            values, vectors = np.linalg.eigh(v)
            turned[first[at]] = vectors.T @ turned[first[at]]
            diagonal[first[at]] = values
    return turned, diagonal


def _members(groups: np.ndarray) -> list[np.ndarray]:
    """Return the positions of each group's members."""
    order = np.argsort(groups, kind="stable")
    return np.split(order, np.cumsum(np.bincount(groups))[:-1])
