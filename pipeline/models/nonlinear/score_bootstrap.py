"""The score bootstrap: a wild cluster bootstrap-t of models that have no residuals to turn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding
from pipeline.models.nonlinear.estimate import Estimate
from pipeline.models.nonlinear.newton import Restricted, maximise, solve

TIE = 1e-10


@dataclass(frozen=True)
class ScoreBootstrap:
    """The test that a contrast of parameters has a value.

    Attributes
    ----------
    statistic : of the data. draws : (B,), of the scores as turned. p_value : the share of draws at least as
        far from 0, ties counting. p_strict : the share further from 0.
    """

    statistic: float
    draws: np.ndarray
    p_value: float
    p_strict: float


def score_bootstrap(
    estimate: Estimate,
    clusters: np.ndarray,
    contrast: np.ndarray,
    multipliers: np.ndarray,
    value: float = 0.0,
) -> ScoreBootstrap:
    """Return the score bootstrap of contrast' parameters = value, that null imposed.

    Parameters
    ----------
    estimate : any fit by maximum likelihood. clusters : (n,) int from 0 without gaps. contrast : (q,), of
        all parameters of `estimate`. multipliers : (B, G) of mean 0 and variance 1, a draw a row: Webb's,
        Rademacher's, or all of the latter.

    Returns
    -------
    With s_g an organisation's score and H_g its information at the restricted estimate, and S the sum of
    w_g s_g, the statistic is c' H^-1 S over the root of the sum of (c' H^-1 (w_g s_g - H_g H^-1 S))^2: of
    the data with w_g = 1, of a draw with its multipliers. The subtracted term is what the scores lose when
    the parameters move to the draw's own estimate. In a linear model this is the restricted wild cluster
    bootstrap-t to the last digit; with like organisations it is the recentring of Kline & Santos.

    Raises
    ------
    Finding : not_converged, where the null has no fit; too_few_groups.

    Notes
    -----
    Kline & Santos (2012), their Lagrange multiplier form with clusters; Roodman et al. (2019).
    """
    groups = int(clusters.max()) + 1
    if groups < 2:
        raise Finding("too_few_groups", f"{groups} organisations answered; 2 are needed")
    vector = _restricted(estimate, contrast, value)
    scores = _cluster_sums(estimate.likelihood.scores(vector), clusters, groups)
    information = estimate.likelihood.curvature(vector)
    along = solve(information, contrast)
    lost = np.array(
        [
            solve(information, estimate.likelihood.take(clusters == g).curvature(vector) @ along)
            for g in range(groups)
        ]
    )
    own = scores @ along
    turned = np.diag(own) - lost @ scores.T
    statistic = float(_studentised(np.ones((1, groups)), own, turned)[0])
    draws = _studentised(multipliers, own, turned)
    beyond = np.abs(draws) - abs(statistic)
    return ScoreBootstrap(
        statistic, draws, float(np.mean(beyond >= -TIE)), float(np.mean(beyond > TIE))
    )


def _restricted(estimate: Estimate, contrast: np.ndarray, value: float) -> np.ndarray:
    """Return the parameters at the maximum among those that fulfil the null."""
    null = Restricted.by(estimate.likelihood, contrast, value)
    short = value - contrast @ estimate.vector
    moved = estimate.covariance @ contrast
    start = estimate.vector + moved * short / (contrast @ moved)
    at = null.basis.T @ (start - null.origin)
    if not np.isfinite(null.value(at)):
        at = null.basis.T @ (_even_start(estimate) - null.origin)
    optimum = maximise(null, at) if np.isfinite(null.value(at)) else None
    if optimum is None or not optimum.converged:
        raise Finding("not_converged", "no maximum of the likelihood was found under the null")
    return null.vector(optimum.vector)


def _even_start(estimate: Estimate) -> np.ndarray:
    """Return the estimate without its slopes: cuts in order, counts of the same mean."""
    vector = estimate.vector.copy()
    vector[estimate.slopes] = 0
    return vector


def _cluster_sums(rows: np.ndarray, clusters: np.ndarray, groups: int) -> np.ndarray:
    sums = np.zeros((groups, rows.shape[1]))
    np.add.at(sums, clusters, rows)
    return sums


def _studentised(multipliers: np.ndarray, own: np.ndarray, turned: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return (multipliers @ own) / np.sqrt(((multipliers @ turned.T) ** 2).sum(axis=1))
