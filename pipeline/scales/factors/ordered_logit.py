"""The proportional odds model, on answers counted by what predicts them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from pipeline.core.errors import Finding
from pipeline.scales.factors.scoring import minimise


@dataclass(frozen=True)
class OrderedLogit:
    """A fitted model: P(y <= j) = F(cuts[j] - x slopes), F logistic.

    Attributes
    ----------
    log_likelihood. cuts : (categories - 1,). slopes : (predictors,).
    """

    log_likelihood: float
    cuts: np.ndarray
    slopes: np.ndarray


def ordered_logit(answers: np.ndarray, predictors: np.ndarray) -> OrderedLogit:
    """Fit the proportional odds model by maximum likelihood.

    Parameters
    ----------
    answers : (n,) whole numbers, two different ones or more; their order counts, not their distance.
        predictors : (n, k), k may be 0; none constant, none following from others. No missing values.
        Unweighted.

    Raises
    ------
    Finding : no optimum.

    Notes
    -----
    McCullagh (1980). R: `MASS::polr(ordered(y) ~ x, method = "logistic")`, `stats::logLik`.
    """
    y, given = pd.factorize(answers, sort=True)
    first, counts = _different_rows(y, predictors)
    y, x = y[first], predictors[first]
    scale = np.abs(x).max(axis=0, initial=1e-300)
    below = np.cumsum(np.bincount(y, counts))[:-1] / counts.sum()
    start = np.concatenate([np.log(below / (1 - below)), np.zeros(x.shape[1])])
    design = _design(y, len(given), x / scale)
    point, converged = minimise(lambda vector: _at(vector, design, counts), start)
    if not converged:
        raise Finding("not_converged", "no optimum was found for the proportional odds model")
    cuts, slopes = np.split(point.vector, [len(given) - 1])
    return OrderedLogit(-point.value, cuts, slopes / scale)


def _different_rows(y: np.ndarray, predictors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where each different row stands first, and how often it comes.

    Column by column, without sorting: sorted whole rows take far longer than the fit.
    """
    number, different = pd.factorize(y)
    for column in predictors.T:
        at, _ = pd.factorize(column)
        number, different = pd.factorize(at * len(different) + number)
    newest = np.maximum.accumulate(number)
    return np.flatnonzero(np.diff(newest, prepend=-1)), np.bincount(number)


@dataclass(frozen=True)
class _Design:
    """What the cuts above and below each answer are made of, (rows, parameters); infinite ones flagged."""

    above: np.ndarray
    below: np.ndarray
    last: np.ndarray
    first: np.ndarray


def _design(y: np.ndarray, categories: int, x: np.ndarray) -> _Design:
    cuts = np.eye(categories + 1)[:, 1:-1]
    return _Design(
        np.hstack([cuts[y + 1], -x]), np.hstack([cuts[y], -x]), y == categories - 1, y == 0
    )


@dataclass(frozen=True)
class _Point:
    """The likelihood at cuts and slopes; derivatives of -log L."""

    vector: np.ndarray
    design: _Design
    counts: np.ndarray
    upper: np.ndarray
    lower: np.ndarray

    @property
    def value(self) -> float:
        return -float(self.counts @ np.log(self.upper - self.lower))

    @cached_property
    def _densities(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the densities at both cuts over the probability between them."""
        p = self.upper - self.lower
        return self.upper * (1 - self.upper) / p, self.lower * (1 - self.lower) / p

    def slope(self) -> np.ndarray:
        above, below = self._densities
        return -(
            (self.counts * above) @ self.design.above - (self.counts * below) @ self.design.below
        )

    def curvature(self) -> np.ndarray:
        above, below = self._densities
        of_above = above**2 - above * (1 - 2 * self.upper)
        of_below = below**2 + below * (1 - 2 * self.lower)
        a, b, n = self.design.above, self.design.below, self.counts
        mixed = (a * (n * above * below)[:, None]).T @ b
        own = (a * (n * of_above)[:, None]).T @ a + (b * (n * of_below)[:, None]).T @ b
        return own - mixed - mixed.T


def _at(vector: np.ndarray, design: _Design, counts: np.ndarray) -> _Point | None:
    """Return the likelihood; None where cuts are out of order."""
    from scipy.special import expit

    upper = np.where(design.last, 1.0, expit(design.above @ vector))
    lower = np.where(design.first, 0.0, expit(design.below @ vector))
    return _Point(vector, design, counts, upper, lower) if (upper > lower).all() else None
