"""All that is found of the gaps of one group: numbers, errors, and what replicates say of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from pipeline.core.student import t_quantile
from pipeline.gaps.bootstrap import quantiles, replicates_over
from pipeline.gaps.difference import MeanError, cr2_error, cr2_errors_of_draws
from pipeline.gaps.methods import Estimates, Scored, estimate
from pipeline.gaps.pooling import pooled_error, pooled_mean
from pipeline.gaps.ranks import Differences, pair_differences, pairs_among
from pipeline.gaps.sums import Sums


@dataclass(frozen=True)
class Part:
    """Replicates of one completed data set: its sums, how often each unit is drawn (B, units)."""

    completed: int
    sums: Sums
    counts: np.ndarray
    drawn: Sums
    found: Estimates


@dataclass(frozen=True)
class Group:
    """A group's gaps on T targets.

    Attributes
    ----------
    people : whether the units that are drawn, and clusters of the error, are people and not
        organisations: in a group of one organisation.
    n : (T,) people with both ratings, of the completed data set with the fewest. estimates, error : pooled
        over the completed data sets. completed : what each of these says. parts : replicates.
    """

    people: bool
    n: np.ndarray
    estimates: Estimates
    error: MeanError
    sums: tuple[Sums, ...]
    completed: tuple[Estimates, ...]
    parts: tuple[Part, ...]

    def draws(self, statistic: Callable[[Estimates], np.ndarray]) -> np.ndarray:
        """Return a statistic in every replicate, (B, T); one of NaN where none could be drawn."""
        if not self.parts:
            return np.full((1, len(self.n)), np.nan)
        return np.concatenate([statistic(part.found) for part in self.parts])

    def interval(
        self, statistic: Callable[[Estimates], np.ndarray], level: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the percentile interval of a statistic, (T,) each."""
        low, high = quantiles(self.draws(statistic), [(1 - level) / 2, (1 + level) / 2])
        return low, high

    def student(self, level: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the interval of the gap by t, from the error and its degrees of freedom."""
        t = np.array([t_quantile(df, level) if df > 0 else np.nan for df in self.error.df])
        half = t * self.error.std_error
        return self.estimates.gap - half, self.estimates.gap + half

    def differences(self, places: np.ndarray, method: Scored) -> Differences:
        """Return all pairwise differences of a method's scores on some targets.

        Replicates of organisations are studentised by an error of their own. Those of people by that of all
        people, as there are many: it hardly changes.
        """
        sides = [_once(sums.of(places), method) for sums in self.sums]
        values, errors = (np.concatenate(each) for each in zip(*sides, strict=True))
        drawn = [
            self._studentised(part, places, method, values[part.completed], errors[part.completed])
            for part in self.parts
        ]
        m = len(values)
        between = (1 + 1 / m) * values.var(axis=0, ddof=1) if m > 1 else 0.0
        error = np.sqrt((errors**2).mean(axis=0) + between)
        return Differences(len(places), values.mean(axis=0), error, np.concatenate(drawn))

    def _studentised(
        self, part: Part, places: np.ndarray, method: Scored, value: np.ndarray, error: np.ndarray
    ) -> np.ndarray:
        if not self.people:
            drawn, found = part.drawn.of(places), part.found.of(places)
            again, own = pair_differences(part.sums.of(places), part.counts, drawn, found, method)
            return np.asarray((again - value) / own)
        score = part.found.score(method)[:, places]
        one, other = pairs_among(len(places))
        return np.asarray((score[:, one] - score[:, other] - value) / error)

    def studentised(self) -> np.ndarray:
        """Return each replicate's gap less that of its data set, by its own CR2 error, (B, T)."""
        off = [
            (part.found.gap - self.completed[part.completed].gap)
            / cr2_errors_of_draws(part.sums, part.counts, part.drawn)
            for part in self.parts
        ]
        return np.concatenate(off) if off else np.full((1, len(self.n)), np.nan)


def _once(sums: Sums, method: Scored) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairwise differences of the units as they are, and their errors, (1, P)."""
    ones = np.ones((1, len(sums.pairs)), dtype=int)
    total = sums.drawn(ones)
    return pair_differences(sums, ones, total, estimate(total), method)


def look_at_group(
    sums: Sequence[Sums], people: bool, replicates: int, seed: np.random.SeedSequence
) -> Group:
    """Return what a group's sums say, one for each completed data set, with its replicates.

    Parameters
    ----------
    sums : of organisations, or of people; units without any pair are left out.
    replicates : how many in all, divided over the completed data sets; 0 where there are fewer than two
        units.
    """
    kept = tuple(each.rows(np.flatnonzero((each.pairs > 0.5).any(axis=1))) for each in sums)
    completed = tuple(estimate(each.total()) for each in kept)
    values = np.stack([each.gap for each in completed])
    error = pooled_error(values, [cr2_error(each) for each in kept])
    pooled = Estimates(
        *(
            pooled_mean(np.stack([getattr(each, field.name) for each in completed]))
            for field in fields(Estimates)
        )
    )
    fewest = min(len(each.pairs) for each in kept)
    parts = _replicates(kept, replicates if fewest > 1 else 0, seed)
    n = np.min([each.pairs.sum(axis=0) for each in kept], axis=0)
    return Group(people, n, pooled, error, kept, completed, parts)


def _replicates(
    sums: Sequence[Sums], replicates: int, seed: np.random.SeedSequence
) -> tuple[Part, ...]:
    found = []
    for at, own, counts in replicates_over(sums, replicates, seed):
        drawn = own.drawn(counts)
        found.append(Part(at, own, counts, drawn, estimate(drawn)))
    return tuple(found)
