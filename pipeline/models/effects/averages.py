"""Averages over people of what a model predicts, with their derivatives by its parameters.

An average marginal effect, a predicted probability, a second difference: each is an average of
predictions or of their slopes, or a sum of such averages. Its error follows from its gradient (the delta
method) and any covariance of the parameters: with CR2, `contrast(gradient)` gives Satterthwaite's degrees
of freedom too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Curve = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Link:
    """What a linear predictor predicts: the mean, and its first three derivatives."""

    mean: Curve
    slope: Curve
    bend: Curve
    twist: Curve


def _probability(eta: np.ndarray) -> np.ndarray:
    from scipy.special import expit

    return expit(eta)


def _spread(eta: np.ndarray) -> np.ndarray:
    p = _probability(eta)
    return p * (1 - p)


def _spread_slope(eta: np.ndarray) -> np.ndarray:
    return _spread(eta) * (1 - 2 * _probability(eta))


def _spread_bend(eta: np.ndarray) -> np.ndarray:
    return _spread(eta) * (1 - 6 * _spread(eta))


LINKS = {
    "logit": Link(_probability, _spread, _spread_slope, _spread_bend),
    "log": Link(np.exp, np.exp, np.exp, np.exp),
    "identity": Link(lambda eta: eta, np.ones_like, np.zeros_like, np.zeros_like),
}


@dataclass(frozen=True)
class Effect:
    """A number made of p parameters: `estimate`, and `gradient` (p,), its derivatives by them."""

    estimate: float
    gradient: np.ndarray

    def __add__(self, other: Effect) -> Effect:
        return Effect(self.estimate + other.estimate, self.gradient + other.gradient)

    def __sub__(self, other: Effect) -> Effect:
        return self + other.times(-1)

    def times(self, factor: float) -> Effect:
        """Return a multiple."""
        return Effect(factor * self.estimate, factor * self.gradient)


def average_prediction(
    link: Link, parameters: np.ndarray, design: np.ndarray, weights: np.ndarray | None = None
) -> Effect:
    """Return the average of what people with these rows are predicted to answer.

    Parameters
    ----------
    parameters : (p,). design : (n, p), each person's row as it would be: with a column set to a value, for
        a prediction at it. weights : (n,) how often a person counts; 1 without. No missing values.

    Notes
    -----
    R: `marginaleffects::avg_predictions`, `margins::prediction`.
    """
    eta = design @ parameters
    share = _share(weights, len(eta))
    return Effect(float(share @ link.mean(eta)), (share * link.slope(eta)) @ design)


def average_slope(
    link: Link,
    parameters: np.ndarray,
    design: np.ndarray,
    change: np.ndarray,
    weights: np.ndarray | None = None,
) -> Effect:
    """Return the average marginal effect of a quantity: the mean slope of the prediction by it.

    Parameters
    ----------
    change : (p,) or (n, p), the derivative of the rows by the quantity: 1 in its own column and, where it
        stands in a product or a square, the other factor or twice itself in that column. Others: see
        `average_prediction`.

    Notes
    -----
    R: `marginaleffects::avg_slopes`, `margins::margins`.
    """
    eta = design @ parameters
    share, pace = _share(weights, len(eta)), change @ parameters
    by_change = (share * link.slope(eta)) @ np.broadcast_to(change, design.shape)
    by_row = (share * link.bend(eta) * pace) @ design
    return Effect(float(share @ (link.slope(eta) * pace)), by_change + by_row)


def average_cross_slope(
    link: Link,
    parameters: np.ndarray,
    design: np.ndarray,
    changes: tuple[np.ndarray, np.ndarray, np.ndarray],
    weights: np.ndarray | None = None,
) -> Effect:
    """Return the average second derivative of the prediction by two quantities: the interaction effect.

    Parameters
    ----------
    changes : the derivative of the rows by the first quantity, by the second, and by both, (p,) or (n, p)
        each. Others: see `average_prediction`.

    Notes
    -----
    Ai & Norton (2003). In a logit its sign need not be that of the product's coefficient.
    """
    eta = design @ parameters
    share = _share(weights, len(eta))
    first, second, both = (np.broadcast_to(each, design.shape) for each in changes)
    one, two, pace = first @ parameters, second @ parameters, both @ parameters
    slope, bend = share * link.slope(eta), share * link.bend(eta)
    gradient = slope @ both + (bend * pace + share * link.twist(eta) * one * two) @ design
    gradient = gradient + (bend * two) @ first + (bend * one) @ second
    return Effect(float(slope @ pace + bend @ (one * two)), gradient)


def average_difference(
    link: Link,
    parameters: np.ndarray,
    high: np.ndarray,
    low: np.ndarray,
    weights: np.ndarray | None = None,
) -> Effect:
    """Return the average change of the prediction from the rows `low` to `high`: the effect of a code."""
    more, less = (average_prediction(link, parameters, each, weights) for each in (high, low))
    return more - less


def second_difference(
    link: Link,
    parameters: np.ndarray,
    rows: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    weights: np.ndarray | None = None,
) -> Effect:
    """Return how much the change by the first quantity differs between two values of the second.

    Parameters
    ----------
    rows : the design (n, p) with both quantities high; the first low; the second low; both low.

    Notes
    -----
    Ai & Norton (2003), for the finite difference: (high, high) - (low, high) - (high, low) + (low, low).
    R: `marginaleffects::avg_comparisons(cross = TRUE)`.
    """
    both, first_low, second_low, neither = rows
    at_high = average_difference(link, parameters, both, first_low, weights)
    return at_high - average_difference(link, parameters, second_low, neither, weights)


def exceeding_rows(design: np.ndarray, cuts: int, cut: int) -> np.ndarray:
    """Return rows for slopes and then cuts whose logit is that of an ordered answer above a cut, from 0."""
    at_cut = np.zeros((len(design), cuts))
    at_cut[:, cut] = -1.0
    return np.column_stack([design, at_cut])


def _share(weights: np.ndarray | None, n: int) -> np.ndarray:
    return np.full(n, 1 / n) if weights is None else weights / weights.sum()
