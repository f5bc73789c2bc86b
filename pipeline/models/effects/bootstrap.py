"""Organisations drawn again: what a fit, and anything made of it, would have been."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding
from pipeline.models.nonlinear.estimate import Estimate
from pipeline.models.nonlinear.newton import determined, maximise
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
) -> Draws:
    """Refit models to organisations drawn with replacement, the same draw for all of them.

    Parameters
    ----------
    estimates : fits to the same n people. clusters : (n,) int from 0 without gaps. statistic : from the
        parameters of each fit and how often each person counts (n,), to (m,) numbers. draws : B.

    Returns
    -------
    Draws in which a model has no maximum (an organisation carried all cases of a code) are counted, not
    replaced.

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
    once = np.ones(len(clusters))
    estimate = statistic([each.vector for each in estimates], once)
    drawn = rng.multinomial(groups, np.full(groups, 1 / groups), size=draws)
    values = np.array([_replicate(estimates, times[clusters], statistic) for times in drawn])
    found = Draws(estimate, values.reshape(draws, -1))
    if found.failed > draws / 10:
        text = f"{found.failed} of {draws} draws of organisations have no fit"
        raise Finding("not_estimated", text)
    return found


def _replicate(
    estimates: Sequence[Estimate], times: np.ndarray, statistic: Statistic
) -> np.ndarray:
    vectors = list(_refits(estimates, times))
    if any(vector is None for vector in vectors):
        return np.full(len(statistic([e.vector for e in estimates], times)), np.nan)
    return statistic([vector for vector in vectors if vector is not None], times)


def _refits(estimates: Sequence[Estimate], times: np.ndarray) -> Iterator[np.ndarray | None]:
    there = times > 0
    for estimate in estimates:
        likelihood = estimate.likelihood.take(there).reweigh(times[there])
        optimum = maximise(likelihood, estimate.vector)
        far = np.abs(optimum.vector - estimate.vector).max() > FAR
        known = optimum.converged and not far and determined(likelihood.curvature(optimum.vector))
        yield optimum.vector if known else None
