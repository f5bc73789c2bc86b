"""Cumulative logits: yes or no, ordered answers, and ordered answers with slopes of their own at each cut.

The answer is at or below category j with probability F(t_j), F logistic. As F(a) - F(b) = F(a) F(-b)
(1 - e^(b-a)), each person's log likelihood is a sum of three concave functions of a and b.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.core.errors import Finding
from pipeline.models.nonlinear.estimate import Estimate, WorkingRows
from pipeline.models.nonlinear.newton import inverse, maximise
from pipeline.models.nonlinear.separation import FAR, separating


def fit_logit(
    outcome: np.ndarray, design: np.ndarray, weights: np.ndarray | None = None
) -> Estimate:
    """Fit a logistic regression by maximum likelihood.

    Parameters
    ----------
    outcome : (n,) of 0 and 1. design : (n, k) of full rank, with its intercept. weights : (n,) 0 or more,
        how often a row counts; 1 without. No missing values.

    Raises
    ------
    Finding : constant_outcome; separation, with the columns that separate; not_converged.

    Notes
    -----
    Own code, where statsmodels has the same digits, because refits of a bootstrap need weights and the name
    of what separates, in milliseconds. R: `glm(y ~ x, binomial)`.
    """
    if not set(np.unique(outcome)) <= {0.0, 1.0}:
        raise ValueError("the outcome of a logit is 0 or 1")
    estimate = _fit("logit", outcome.astype(int), -design[:, None, :], weights)
    of_none = estimate.working
    working = WorkingRows(-of_none.design, -of_none.residual, of_none.person)
    return replace(estimate, working=working)


def fit_ordered(
    outcome: np.ndarray, design: np.ndarray, weights: np.ndarray | None = None
) -> Estimate:
    """Fit the proportional odds model, P(y <= j) = F(cut_j - x b), by maximum likelihood.

    Parameters
    ----------
    outcome : (n,) whole numbers, whose order counts and not their distance. design : (n, k) without an
        intercept. weights : see `fit_logit`. No missing values.

    Returns
    -------
    The k slopes, then the K - 1 cuts. Found `empty_category` where a number between two that occur does
    not: the model is then of those that occur.

    Raises
    ------
    Finding : constant_outcome; separation; not_converged.

    Notes
    -----
    McCullagh (1980). R: `MASS::polr`, `ordinal::clm`. statsmodels' OrderedModel takes numerical second
    derivatives.
    """
    codes, answer = np.unique(outcome, return_inverse=True)
    estimate = _fit("ologit", answer, ordered_rows(design, len(codes)), weights)
    return (
        estimate if np.all(np.diff(codes) == 1) else replace(estimate, findings=("empty_category",))
    )


def fit_partial_odds(
    outcome: np.ndarray, design: np.ndarray, free: np.ndarray, weights: np.ndarray | None = None
) -> Estimate:
    """Fit ordered logits in which some columns have a slope at each cut.

    Parameters
    ----------
    outcome, design, weights : see `fit_ordered`. free : (k,) bool, the columns without proportional odds.

    Returns
    -------
    The slopes of proportional columns; of each free column its K - 1 slopes; the K - 1 cuts, of
    P(y <= j) = F(cut_j - x b - z b_j). `slopes` are the first.

    Raises
    ------
    Finding : as `fit_ordered`; impossible_probabilities, where cuts cross for someone at the best fit, so
        that the likelihood has no maximum inside.

    Notes
    -----
    Peterson & Harrell (1990). R: `VGAM::vglm(y ~ x + z, cumulative(parallel = FALSE ~ z))`, signs turned.
    """
    codes, answer = np.unique(outcome, return_inverse=True)
    proportional = fit_ordered(outcome, design, weights)
    rows = partial_rows(design, free, len(codes))
    slopes, cuts = np.split(proportional.vector, [design.shape[1]])
    start = np.concatenate([slopes[~free], np.repeat(slopes[free], len(cuts)), cuts])
    estimate = _fit("partial_ologit", answer, rows, weights, start)
    return replace(estimate, slopes=np.arange(np.count_nonzero(~free)))


def ordered_rows(design: np.ndarray, categories: int) -> np.ndarray:
    """Return what the indices cut_j - x b are made of, (n, categories - 1, k + categories - 1)."""
    n, cuts = len(design), categories - 1
    same = np.broadcast_to(-design[:, None, :], (n, cuts, design.shape[1]))
    at_cut = np.broadcast_to(np.eye(cuts), (n, cuts, cuts))
    return np.concatenate([same, at_cut], axis=2)


def partial_rows(design: np.ndarray, free: np.ndarray, categories: int) -> np.ndarray:
    """Return what the indices cut_j - x b - z b_j are made of; the columns of z are `free`."""
    n, cuts = len(design), categories - 1
    both = ordered_rows(design[:, ~free], categories)
    own = -np.einsum("nf,jl->njfl", design[:, free], np.eye(cuts)).reshape(n, cuts, -1)
    return np.concatenate([both[:, :, :-cuts], own, both[:, :, -cuts:]], axis=2)


@dataclass(frozen=True)
class Cumulative:
    """The log likelihood of answers (n,) from 0, of indices rows (n, K - 1, q) times the parameters."""

    above: np.ndarray
    below: np.ndarray
    last: np.ndarray
    first: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, answer: np.ndarray, rows: np.ndarray, weights: np.ndarray | None) -> Cumulative:
        """Take the row above and below each answer."""
        n, cuts, _ = rows.shape
        person, last, first = np.arange(n), answer == cuts, answer == 0
        above = np.where(last[:, None], 0.0, rows[person, np.minimum(answer, cuts - 1)])
        below = np.where(first[:, None], 0.0, rows[person, np.maximum(answer - 1, 0)])
        return cls(above, below, last, first, np.ones(n) if weights is None else weights)

    def value(self, vector: np.ndarray) -> float:
        """Return the log likelihood; -inf where cuts cross."""
        a, b = self.above @ vector, self.below @ vector
        gap = np.where(self.last | self.first, np.inf, a - b)
        if gap.min(initial=np.inf) <= 0:
            return -np.inf
        each = np.log(-np.expm1(-gap))
        each -= np.where(self.last, 0.0, np.logaddexp(0, -a))
        each -= np.where(self.first, 0.0, np.logaddexp(0, b))
        return float(self.weights @ each)

    def slope(self, vector: np.ndarray) -> np.ndarray:
        """Return the gradient."""
        at_a, at_b = self._first_derivatives(vector)
        return (self.weights * at_a) @ self.above + (self.weights * at_b) @ self.below

    def scores(self, vector: np.ndarray) -> np.ndarray:
        """Return each person's part of the gradient, (n, q)."""
        at_a, at_b = self._first_derivatives(vector)
        each = at_a[:, None] * self.above + at_b[:, None] * self.below
        return self.weights[:, None] * each

    def curvature(self, vector: np.ndarray) -> np.ndarray:
        """Return minus the second derivatives."""
        p, q, gap = self._parts(vector)
        ends = self.first | self.last
        if ends.all():  # one index a person: its row is above or below, the other one zero
            spread = self.weights * np.where(self.last, q * (1 - q), p * (1 - p))
            rows = self.above + self.below
            return (rows * spread[:, None]).T @ rows
        crossed = self.weights * np.where(ends, 0.0, 1 / (4 * np.sinh(gap / 2) ** 2))
        own = (self.above * (self.weights * p * (1 - p) + crossed)[:, None]).T @ self.above
        own += (self.below * (self.weights * q * (1 - q) + crossed)[:, None]).T @ self.below
        mixed = (self.above * crossed[:, None]).T @ self.below
        return own - mixed - mixed.T

    def take(self, people: np.ndarray) -> Cumulative:
        """Return the likelihood of some people."""
        return Cumulative(*(each[people] for each in vars(self).values()))

    def reweigh(self, times: np.ndarray) -> Cumulative:
        """Return the likelihood in which each person counts so many times more."""
        return replace(self, weights=self.weights * times)

    def _first_derivatives(self, vector: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        p, q, gap = self._parts(vector)
        pull = 1 / np.expm1(gap)
        return np.where(self.last, 0.0, 1 - p + pull), np.where(self.first, 0.0, -q - pull)

    def _parts(self, vector: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return F(a), F(b) and a - b, which is infinite for the first and last category."""
        from scipy.special import expit

        a, b = self.above @ vector, self.below @ vector
        return expit(a), expit(b), np.where(self.last | self.first, np.inf, a - b)

    def separates(self) -> np.ndarray:
        """Return along which parameters the likelihood rises for ever, (q,) bool."""
        return separating(np.concatenate([self.above[~self.last], -self.below[~self.first]]))

    def furthest(self, vector: np.ndarray) -> float:
        """Return the largest index in size, of those that the answers lie next to."""
        return float(max(np.abs(self.above @ vector).max(), np.abs(self.below @ vector).max()))


def _fit(
    kind: str,
    answer: np.ndarray,
    rows: np.ndarray,
    weights: np.ndarray | None,
    start: np.ndarray | None = None,
) -> Estimate:
    """Fit cumulative logits; `start` where it is not that of no slopes."""
    cuts, q = rows.shape[1:]
    there = answer if weights is None else answer[weights > 0]
    if cuts == 0 or len(np.unique(there)) < cuts + 1:
        raise Finding("constant_outcome", "the outcome does not take each of its values")
    likelihood = Cumulative.of(answer, rows, weights)
    if start is None:
        start = np.zeros(q)
        if kind != "logit":
            below = np.cumsum(np.bincount(answer, weights))[:-1] / likelihood.weights.sum()
            start[q - cuts :] = np.log(below / (1 - below))
    optimum = maximise(likelihood, start)
    if not optimum.converged or likelihood.furthest(optimum.vector) > FAR:
        _refuse(likelihood, optimum.converged, rows, optimum.vector)
    return Estimate(
        kind,
        optimum.vector,
        inverse(likelihood.curvature(optimum.vector)),
        optimum.value,
        likelihood.scores(optimum.vector),
        working_rows(rows, answer, optimum.vector, likelihood.weights),
        np.arange(q if kind == "logit" else q - cuts),
        likelihood,
    )


def _refuse(likelihood: Cumulative, converged: bool, rows: np.ndarray, vector: np.ndarray) -> None:
    """Say why there is no maximum, where there is none."""
    along = likelihood.separates()
    if along.any():
        text = "some terms tell the answers apart without error, so that no estimate exists"
        raise Finding("separation", text, np.flatnonzero(along))
    if not converged and rows.shape[1] > 1 and np.diff(rows @ vector, axis=1).min() < 1e-6:
        raise Finding("impossible_probabilities", "for some people the cuts cross")
    if not converged:
        raise Finding("not_converged", "no maximum of the likelihood was found")


def working_rows(
    rows: np.ndarray, answer: np.ndarray, vector: np.ndarray, weights: np.ndarray
) -> WorkingRows:
    """Return the rows of multivariate Fisher scoring, K - 1 a person.

    The indicators of y <= j have means g_j = F(t_j) and covariance S, g_j (1 - g_k) for j <= k; with D the
    derivatives g_j (1 - g_j) on the diagonal, the weight is D S^-1 D and the residual D^-1 (indicator - g).
    S^-1 has 1/p_j + 1/p_j+1 on its diagonal and -1/p_j+1 beside it. With K = 2 these are a logit's.
    """
    from scipy.special import expit

    n, cuts, q = rows.shape
    index = rows @ vector
    at, spread = expit(index), expit(index) * expit(-index)
    edges = np.concatenate([np.zeros((n, 1)), at, np.ones((n, 1))], axis=1)
    p = np.diff(edges, axis=1)
    p[:, -1] = expit(-index[:, -1])
    precision = np.zeros((n, cuts, cuts))
    j = np.arange(cuts)
    precision[:, j, j] = 1 / p[:, :-1] + 1 / p[:, 1:]
    precision[:, j[:-1], j[1:]] = precision[:, j[1:], j[:-1]] = -1 / p[:, 1:-1]
    root = _symmetric_root(spread[:, :, None] * precision * spread[:, None, :])
    root *= np.sqrt(weights)[:, None, None]
    pulls = ((answer[:, None] <= j) - at) / spread
    return WorkingRows(
        (root @ rows).reshape(-1, q),
        np.einsum("njk,nk->nj", root, pulls).ravel(),
        np.repeat(np.arange(n), cuts),
    )


def _symmetric_root(matrices: np.ndarray) -> np.ndarray:
    """Return the symmetric roots of positive definite matrices (n, K - 1, K - 1)."""
    if matrices.shape[1] == 1:
        return np.sqrt(matrices)
    values, vectors = np.linalg.eigh(matrices)
    return (vectors * np.sqrt(np.maximum(values, 0))[:, None, :]) @ vectors.swapaxes(1, 2)
