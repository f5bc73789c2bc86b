"""Models of yes or no, ordered answers and counts with a normal intercept for each organisation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.core.errors import Finding
from pipeline.models.nonlinear.counts import fit_negative_binomial, fit_poisson
from pipeline.models.nonlinear.cumulative import fit_logit, fit_ordered, ordered_rows
from pipeline.models.nonlinear.newton import inverse
from pipeline.models.nonlinear.quadrature import Integral, Rows, integral
from pipeline.models.nonlinear.shifted_rows import CountRows, LogitRows

POINTS = 11
REACHED = 1e-14
"""Squared length of the last quasi-Newton step, in standard errors."""
MOST_STEPS = 300
STALLED = 1e-8
"""The same, where rounding allows no further rise."""
START_SD = 0.4
LEAST_SD = 1e-4
"""Standard deviation of intercepts below which it is zero."""


@dataclass(frozen=True)
class RandomIntercept:
    """A fitted model with random intercepts; q parameters, G groups.

    Attributes
    ----------
    vector : (q,), as the model without intercepts orders them (slopes first). sd : of the intercepts.
        covariance : (q + 1, q + 1), the inverse of the observed information, `sd` last; NaN for `sd` where
        it is 0. log_likelihood. modes : (G,), each group's most likely intercept.
        findings : `zero_variance` where intercepts do not vary.
    """

    vector: np.ndarray
    sd: float
    covariance: np.ndarray
    log_likelihood: float
    modes: np.ndarray
    findings: tuple[str, ...]


def fit_random_logit(
    outcome: np.ndarray, design: np.ndarray, groups: np.ndarray, points: int = POINTS
) -> RandomIntercept:
    """Fit a logistic regression with a normal intercept for each group by maximum likelihood.

    Parameters
    ----------
    outcome : (n,) of 0 and 1. design : (n, k) of full rank with its intercept. groups : (n,) int from 0
        without gaps, two or more. points : nodes of the quadrature; 1 is Laplace's approximation. No
        missing values, unweighted.

    Raises
    ------
    Finding : too_few_groups; not_converged; of the model without intercepts, as `fit_logit`.

    Notes
    -----
    Pinheiro & Chao (2006). R: `lme4::glmer(y ~ x + (1 | g), binomial, nAGQ = points)`, tightened.
    """
    start = fit_logit(outcome, design).vector
    order = np.argsort(groups, kind="stable")
    sign = 2 * outcome[order] - 1
    none = np.empty((0, design.shape[1]))
    rows = LogitRows(design[order] * sign[:, None], sign, none, np.empty(0), start)
    return _fit(rows, groups[order], start, points)


def fit_random_ordered(
    outcome: np.ndarray, design: np.ndarray, groups: np.ndarray, points: int = POINTS
) -> RandomIntercept:
    """Fit the proportional odds model with a normal intercept for each group by maximum likelihood.

    Parameters
    ----------
    outcome : (n,) whole numbers. design : (n, k) without an intercept. groups, points : see
        `fit_random_logit`.

    Returns
    -------
    The slopes, then the cuts.

    Notes
    -----
    Hedeker & Gibbons (1994). R: `ordinal::clmm(ordered(y) ~ x + (1 | g), nAGQ = points)`.
    """
    codes, answer = np.unique(outcome, return_inverse=True)
    start = fit_ordered(outcome, design).vector
    cuts, person = len(codes) - 1, np.arange(len(answer))
    index = ordered_rows(design, len(codes))
    above, below = answer < cuts, answer > 0
    made = np.concatenate(
        [index[person[above], answer[above]], -index[person[below], answer[below] - 1]]
    )
    of = np.concatenate([groups[above], groups[below]])
    direction = np.repeat([-1.0, 1.0], [above.sum(), below.sum()])
    order = np.argsort(of, kind="stable")
    gaps = np.zeros((cuts - 1, len(start)))
    gaps[:, design.shape[1] :] = np.diff(np.eye(cuts), axis=0)
    times = np.bincount(answer)[1:-1].astype(float)
    return _fit(
        LogitRows(made[order], direction[order], gaps, times, start), of[order], start, points
    )


def fit_random_poisson(
    outcome: np.ndarray, design: np.ndarray, groups: np.ndarray, points: int = POINTS
) -> RandomIntercept:
    """Fit a Poisson regression with a normal intercept for each group by maximum likelihood.

    Parameters
    ----------
    outcome : (n,) whole numbers from 0; design, groups, points : see `fit_random_logit`.

    Notes
    -----
    R: `lme4::glmer(y ~ x + (1 | g), poisson, nAGQ = points)`.
    """
    start = fit_poisson(outcome, design).vector
    order = np.argsort(groups, kind="stable")
    rows = CountRows(outcome[order].astype(float), design[order], True, start)
    return _fit(rows, groups[order], start, points)


def fit_random_negative_binomial(
    outcome: np.ndarray, design: np.ndarray, groups: np.ndarray, points: int = POINTS
) -> RandomIntercept:
    """Fit a negative binomial regression with a normal intercept for each group by maximum likelihood.

    Parameters
    ----------
    outcome : (n,) whole numbers from 0; design, groups, points : see `fit_random_logit`.

    Returns
    -------
    The slopes, then log(theta).

    Raises
    ------
    Finding : as `fit_random_logit`; no_overdispersion, where a Poisson regression is what there is.

    Notes
    -----
    R: `glmmTMB::glmmTMB(y ~ x + (1 | g), family = nbinom2)`, which is Laplace's approximation.
    """
    alone = fit_negative_binomial(outcome, design)
    if alone.findings:
        raise Finding("no_overdispersion", "counts vary no more than Poisson's")
    order = np.argsort(groups, kind="stable")
    rows = CountRows(outcome[order].astype(float), design[order], False, alone.vector)
    return _fit(rows, groups[order], alone.vector, points)


def _fit(rows: Rows, groups: np.ndarray, start: np.ndarray, points: int) -> RandomIntercept:
    """Fit from the model without intercepts; `groups` are in order."""
    starts = np.flatnonzero(np.diff(groups, prepend=-1))
    if len(starts) < 2:
        raise Finding("too_few_groups", f"{len(starts)} organisations answered; 2 are needed")
    surface = _Surface(rows, starts, points)
    first = surface.at(np.append(start, START_SD), np.zeros(len(starts)))
    here, converged = _climb(surface, first, _positive_inverse(surface.curvature(first)))
    if not converged:
        raise Finding("not_converged", "no maximum of the likelihood was found")
    sd = abs(float(here.vector[-1]))
    modes = here.vector[-1] * here.integral.mode
    curvature = surface.curvature(here)
    found: tuple[str, ...] = ()
    if sd < LEAST_SD:
        covariance = np.full((len(here.vector),) * 2, np.nan)
        covariance[:-1, :-1] = inverse(curvature[:-1, :-1])
        found, sd = ("zero_variance",), 0.0
    else:
        covariance = inverse(curvature)
    value = here.integral.value
    return RandomIntercept(here.vector[:-1], sd, covariance, value, modes, found)


@dataclass(frozen=True)
class _Point:
    """The likelihood at slopes and, last, the standard deviation of the intercepts."""

    vector: np.ndarray
    integral: Integral

    @cached_property
    def slope(self) -> np.ndarray:
        return self.integral.gradient()


@dataclass(frozen=True)
class _Surface:
    rows: Rows
    starts: np.ndarray
    points: int

    def at(self, vector: np.ndarray, near: np.ndarray) -> _Point:
        """Return the likelihood at a vector, the modes sought from `near`."""
        rows = self.rows.set(vector[:-1])
        return _Point(vector, integral(rows, self.starts, float(vector[-1]), near, self.points))

    def curvature(self, here: _Point) -> np.ndarray:
        """Return minus the second derivatives: central differences of the gradient, (q + 1, q + 1)."""
        near, size = here.integral.mode, len(here.vector)
        made = np.empty((size, size))
        for k, step in enumerate(self._steps(here)):
            ahead, behind = (
                self.at(here.vector + sign * step * np.eye(size)[k], near).slope for sign in (1, -1)
            )
            made[k] = (behind - ahead) / (2 * step)
        return (made + made.T) / 2

    def _steps(self, here: _Point) -> np.ndarray:
        """Return a small part of how far each parameter may move, from the spread of its column."""
        spread = np.sqrt((self.rows.design**2).sum(axis=0)) / 2
        return 1e-3 / np.append(spread, np.full(len(here.vector) - len(spread), 10.0))


def _climb(surface: _Surface, here: _Point, learnt: np.ndarray) -> tuple[_Point, bool]:
    """Return the maximum by BFGS from an inverse curvature, steps halved until they rise."""
    for _ in range(MOST_STEPS):
        step = learnt @ here.slope
        distance = float(here.slope @ step)
        if distance < REACHED:
            return here, True
        for halving in 0.5 ** np.arange(30):
            there = surface.at(here.vector + halving * step, here.integral.mode)
            if there.integral.value > here.integral.value:
                break
        else:
            return here, distance < STALLED
        learnt = _learn(learnt, halving * step, here.slope - there.slope)
        here = there
    return here, False


def _learn(learnt: np.ndarray, step: np.ndarray, change: np.ndarray) -> np.ndarray:
    """Return the inverse curvature after a step that lowered the gradient by `change` (BFGS)."""
    along = float(step @ change)
    if along <= 0:
        return learnt
    left = np.eye(len(step)) - np.outer(step, change) / along
    return left @ learnt @ left.T + np.outer(step, step) / along


def _positive_inverse(curvature: np.ndarray) -> np.ndarray:
    """Return the inverse with negative directions turned: a step along it rises."""
    scale = 1 / np.sqrt(np.maximum(np.abs(np.diag(curvature)), 1e-300))
    values, vectors = np.linalg.eigh(curvature * scale[:, None] * scale)
    turned = (vectors / np.maximum(np.abs(values), 1e-8)) @ vectors.T
    return turned * scale[:, None] * scale
