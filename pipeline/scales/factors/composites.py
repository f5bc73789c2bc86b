"""What a factor model says of scores: composite reliability, average variance, discriminant validity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.scales.bivariate_normal import bivariate_cdf
from pipeline.scales.factors.fit import FactorFit
from pipeline.scales.factors.parameters import Kind
from pipeline.scales.factors.standardised import deviations

NEARLY_ONE = 1 - 1e-12


@dataclass(frozen=True)
class Composite:
    """The sum of a factor's items in one group.

    Attributes
    ----------
    items : those that load on the factor, or on the factors below it.
    omega : share of the sum's variance that comes from the factor, the sum's variance being the model's
        (McDonald 1999), from unstandardised loadings. omega_observed : the same over the observed variance
        of the sum. For ordinal answers both are of the sum of the codes (Green & Yang 2009). In a bifactor
        model that of the general factor is omega hierarchical.
    ave : share of the items' variances that comes from the factor, unstandardised. ave_standard : mean
        squared standardised loading (Fornell & Larcker 1981).
    """

    factor: str
    group: str
    items: tuple[str, ...]
    omega: float
    omega_observed: float
    ave: float
    ave_standard: float


def composites(fit: FactorFit) -> list[Composite]:
    """Return reliability and average variance of every factor in every group.

    R: `semTools::compRelSEM(fit, obs.var = FALSE)` for `omega`, `TRUE` for `omega_observed`; with
    `higher =` for second-order factors; `semTools::AVE(fit)` for `ave`.
    """
    return [
        _composite(fit, k, g)
        for g in range(len(fit.parameters.groups))
        for k in range(len(fit.parameters.latents))
    ]


def _composite(fit: FactorFit, k: int, g: int) -> Composite:
    parameters, implied = fit.parameters, fit.implied
    loadings = implied.total[g][:, k]
    at = np.flatnonzero(loadings)
    common = np.outer(loadings[at], loadings[at]) * implied.latent_covariance[g, k, k]
    whole, seen = (each[g][np.ix_(at, at)] for each in (implied.covariance, fit.observed))
    thresholds = _thresholds(fit, g, at)
    if thresholds:
        sd = np.sqrt(np.diag(whole))
        scale = sd * sd[:, None]
        shared = _code_covariance(thresholds, common / scale)
        omegas = [
            shared.sum() / _code_covariance(thresholds, each).sum()
            for each in (whole / scale, seen)
        ]
    else:
        omegas = [common.sum() / whole.sum(), common.sum() / seen.sum()]
    return Composite(
        factor=parameters.latents[k],
        group=parameters.groups[g],
        items=tuple(parameters.items[i] for i in at),
        omega=float(omegas[0]),
        omega_observed=float(omegas[1]),
        ave=float(np.trace(common) / np.trace(whole)),
        ave_standard=float((np.diag(common) / np.diag(whole)).mean()),
    )


def _thresholds(fit: FactorFit, g: int, items: np.ndarray) -> list[np.ndarray]:
    """Return each item's thresholds in standard deviations of its latent response; none for numbers."""
    parameters, implied = fit.parameters, fit.implied
    own = (parameters.kind == Kind.THRESHOLD) & (parameters.group == g)
    if not own.any():
        return []
    found = []
    for i in items:
        at = own & (parameters.row == i)
        sd = np.sqrt(implied.covariance[g, i, i])
        found.append((parameters.value[at] - implied.mean[g, i]) / sd)
    return found


def _code_covariance(thresholds: list[np.ndarray], correlation: np.ndarray) -> np.ndarray:
    """Return covariances of codes cut from normal responses with these correlations, (k, k).

    A code is the number of thresholds passed, so its covariance with another is the sum over their
    thresholds of P(both below) - P(below) P(below).
    """
    from scipy.special import ndtr

    size = len(thresholds)
    found = np.empty((size, size))
    for i in range(size):
        for j in range(i + 1):
            a, b = thresholds[i][:, None], thresholds[j][None, :]
            r = correlation[i, j]
            both = ndtr(np.minimum(a, b)) if r > NEARLY_ONE else bivariate_cdf(a, b, np.asarray(r))
            found[i, j] = found[j, i] = float((both - ndtr(a) * ndtr(b)).sum())
    return found


@dataclass(frozen=True)
class Pair:
    """Two factors in one group.

    `distinct` says whether `least_ave`, the smaller of their average variances, exceeds their squared
    correlation (Fornell & Larcker 1981).
    """

    first: str
    second: str
    group: str
    r: float
    least_ave: float
    distinct: bool


def factor_pairs(fit: FactorFit) -> list[Pair]:
    """Return every pair of factors with Fornell and Larcker's criterion; standardised variances."""
    ave = {(each.factor, each.group): each.ave_standard for each in composites(fit)}
    found = []
    for g, group in enumerate(fit.parameters.groups):
        covariance = fit.implied.latent_covariance[g]
        sd = deviations(fit.implied.latent_covariance)[g]
        for j, second in enumerate(fit.parameters.latents):
            for i, first in enumerate(fit.parameters.latents[:j]):
                r = float(covariance[i, j] / sd[i] / sd[j])
                least = min(ave[first, group], ave[second, group])
                found.append(Pair(first, second, group, r, least, least > r * r))
    return found
