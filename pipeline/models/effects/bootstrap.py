"""Organisations drawn again: what a fit, and anything made of it, would have been."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding
from pipeline.models.nonlinear.estimate import Estimate
from pipeline.models.nonlinear.newton import Restricted, determined_columns, maximise
from pipeline.models.nonlinear.separation import FAR

Statistic = Callable[[Sequence[np.ndarray], np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Draws:
    """Statistics over draws of organisations.

    Attributes
    ----------
    estimate : (m,), of the data. values : (B, m), of the draws; NaN in a draw without a fit.
    """

    estimate: np.ndarray
    values: np.ndarray

    @property
    def failed(self) -> int:
        """The number of draws in which a model could not be fitted."""
        return int(np.isnan(self.values).any(axis=1).sum())

    def interval(self, level: float) -> np.ndarray:
        """Return the percentile interval over the draws that were fitted, (2, m)."""
        tails = np.array([(1 - level) / 2, (1 + level) / 2])
        return np.quantile(self._fitted(), tails, axis=0)

    def p_values(self) -> np.ndarray:
        """Return p values of no effect, (m,): 2 min{1 + #(<= 0), 1 + #(>= 0)} / (B + 1), at most 1."""
        fitted = self._fitted()
        least = np.minimum((fitted <= 0).sum(axis=0), (fitted >= 0).sum(axis=0))
        return np.minimum(2 * (1 + least) / (len(fitted) + 1), 1.0)

    def _fitted(self) -> np.ndarray:
        return self.values[~np.isnan(self.values).any(axis=1)]


def bootstrap_effects(
    estimates: Sequence[Estimate],
    clusters: np.ndarray,
    statistic: Statistic,
    draws: int,
    rng: np.random.Generator,
    needed: Sequence[int] = (),
) -> Draws:
    """Refit models to organisations drawn with replacement, the same draw for all of them.

    Parameters
    ----------
    estimates : fits to the same n people. clusters : (n,) int from 0 without gaps. statistic : from the
        parameters of each fit and how often each person counts (n,), to (m,) numbers. draws : B. needed :
        positions of the parameters that it speaks of, in every fit.

    Returns
    -------
    A code of the others that nobody in a draw has keeps its estimate, which then moves no prediction; one
    that separates the outcome there goes to its end. Draws that do not determine what is needed, or have no
    fit, are counted and not replaced.

    Raises
    ------
    Finding : too_few_groups; not_estimated, where more than one draw in ten has no fit.

    Notes
    -----
    Field & Welsh (2007): whole organisations, kept as they are. Each refit starts at the estimate.
    """
    groups = int(clusters.max()) + 1
    if groups < 2:
        raise Finding("too_few_groups", f"{groups} organisations answered; 2 are needed")
    estimate = statistic([each.vector for each in estimates], np.ones(len(clusters)))
    counts = rng.multinomial(groups, np.full(groups, 1 / groups), size=draws)
    values = np.full((draws, len(estimate)), np.nan)
    for draw, times in enumerate(counts):
        vectors = [refit(each, times[clusters], needed) for each in estimates]
        if all(vector is not None for vector in vectors):
            fitted = [vector for vector in vectors if vector is not None]
            values[draw] = statistic(fitted, times[clusters])
    found = Draws(estimate, values)
    if found.failed > draws / 10:
        text = f"{found.failed} of {draws} draws of organisations have no fit"
        raise Finding("not_estimated", text)
    return found


def refit(estimate: Estimate, times: np.ndarray, needed: Sequence[int]) -> np.ndarray | None:
    """Return the parameters where each person counts `times` (n,); None without a fit of those needed."""
    there = times > 0
    likelihood = estimate.likelihood.take(there).reweigh(times[there])
    free = determined_columns(likelihood.curvature(estimate.vector))
    if not free[list(needed)].all():
        return None
    origin = np.where(free, 0.0, estimate.vector)
    part = Restricted(likelihood, origin, np.eye(len(free))[:, free])
    optimum = maximise(part, estimate.vector[free])
    vector = part.vector(optimum.vector)
    known = optimum.converged and np.isfinite(estimate.likelihood.value(vector))
    return vector if known and np.abs(vector[list(needed)]).max(initial=0) < FAR else None
