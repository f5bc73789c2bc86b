"""Categories by a sequence of logistic regressions, with an intercept for each organisation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.special import expit

from pipeline.models.imputation.chain import Chain
from pipeline.models.imputation.layout import Target

PRIOR = (
    1 / 2.5**2
)  # precision of a coefficient per standard deviation: separation has no infinite one
STEPS = 25
CLOSE = 1e-4


def impute_category(chain: Chain, target: Target, rng: np.random.Generator) -> None:
    """Fill a category's holes: each code against the codes after it, most frequent first.

    For two codes this is logistic regression. The coefficients are drawn from the normal approximation to
    their posterior, under a weak normal prior (cf. Gelman et al. 2008) that keeps them finite where a
    predictor separates the codes; organisations are random intercepts. R: `mice` "logreg" (two codes).
    """
    rows = chain.asked_rows(target)
    if not len(rows):
        return
    observed = np.flatnonzero(target.observed)
    design, cluster = chain.work[np.ix_(observed, target.predictors)], chain.layout.cluster
    wanted = chain.work[np.ix_(rows, target.predictors)]
    given, groups = chain.values[observed, target.place], len(chain.sums)
    values = np.full(len(rows), target.codes[-1])
    open_rows, left = np.ones(len(rows), dtype=bool), np.ones(len(observed), dtype=bool)
    for k, code in enumerate(target.codes[:-1]):
        start = chain.memory.get((target.place, k))
        data = _Binary(
            (given[left] == code).astype(float), design[left], cluster[observed[left]], groups
        )
        mode = _mode(data, start)
        coefficients, intercepts, spread = _draw(data, mode, rng)
        chain.memory[target.place, k] = np.r_[mode.coefficients, mode.intercepts, spread]
        chance = expit(wanted @ coefficients + intercepts[cluster[rows]])
        taken = open_rows & (rng.random(len(rows)) < chance)
        values[taken], open_rows = code, open_rows & ~taken
        left &= given != code
    chain.write(target, rows, values)


@dataclass(frozen=True)
class _Binary:
    """One logistic regression: outcome (n,) of 0 and 1, design (n, p), cluster (n,) sorted ints below G."""

    outcome: np.ndarray
    design: np.ndarray
    cluster: np.ndarray
    groups: int


@dataclass(frozen=True)
class _Mode:
    """The most likely coefficients (p,) and intercepts (G,), with the curvature there.

    root : lower Cholesky root of the curvature of the coefficients, intercepts taken out. cross : (G, p)
    between intercepts and coefficients. own : (G,) of the intercepts.
    """

    coefficients: np.ndarray
    intercepts: np.ndarray
    root: np.ndarray
    cross: np.ndarray
    own: np.ndarray
    variance: float


def _mode(data: _Binary, start: np.ndarray | None) -> _Mode:
    """Find the mode by Newton steps; from the last visit's mode, the curvature there serves several."""
    p = data.design.shape[1]
    whole = np.zeros(p + data.groups + 1) if start is None else start
    b, u, variance = whole[:p].copy(), whole[p:-1].copy(), whole[-1] if start is not None else 0.1
    prior = np.full(p, PRIOR)
    prior[0] = 1e-6
    root, cross, own = _curvature(data, expit(data.design @ b + u[data.cluster]), prior, variance)
    for step in range(STEPS):
        fitted = expit(data.design @ b + u[data.cluster])
        if step and (start is None or step % 8 == 0):
            root, cross, own = _curvature(data, fitted, prior, variance)
        rest = data.outcome - fitted
        slope_b = rest @ data.design - prior * b
        slope_u = np.bincount(data.cluster, rest, data.groups) - u / variance
        move_b = cho_solve((root, True), slope_b - (slope_u / own) @ cross, check_finite=False)
        move_u = (slope_u - cross @ move_b) / own
        b, u = b + move_b, u + move_u
        if max(np.abs(move_b).max(), np.abs(move_u).max()) < CLOSE:
            break
    return _Mode(b, u, root, cross, own, variance)


def _curvature(
    data: _Binary, fitted: np.ndarray, prior: np.ndarray, variance: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    weight = np.maximum(fitted * (1 - fitted), 1e-6)
    weighted = data.design * weight[:, None]
    own = np.bincount(data.cluster, weight, data.groups) + 1 / variance
    starts = np.flatnonzero(np.r_[True, np.diff(data.cluster) > 0])
    cross = np.zeros((data.groups, data.design.shape[1]))
    cross[data.cluster[starts]] = np.add.reduceat(weighted, starts, axis=0)
    whole = data.design.T @ weighted - cross.T @ (cross / own[:, None])
    whole[np.diag_indices_from(whole)] += prior
    return cholesky(whole, lower=True, check_finite=False), cross, own


def _draw(
    data: _Binary, mode: _Mode, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, float]:
    """Draw coefficients, intercepts and the variance of the intercepts, which is flat in its root."""
    away = solve_triangular(
        mode.root,
        rng.standard_normal(len(mode.root)),
        lower=True,
        trans=1,
        check_finite=False,
    )
    intercepts = mode.intercepts - mode.cross @ away / mode.own
    intercepts += rng.standard_normal(data.groups) / np.sqrt(mode.own)
    groups = len(np.unique(data.cluster))
    if groups < 3:
        return mode.coefficients + away, np.zeros(data.groups), 1e-6
    spread = (intercepts**2).sum() / rng.chisquare(data.groups - 1)
    return mode.coefficients + away, intercepts, float(np.clip(spread, 1e-4, 25))
