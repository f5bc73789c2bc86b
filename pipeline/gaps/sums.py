"""What each organisation adds to the statistics of gaps: one pass over people, sums ever after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np

from pipeline.gaps.targets import Pairs, Target, families


@dataclass(frozen=True)
class Sums:
    """Sums over the complete pairs of a unit (an organisation, or a person), arrays (..., T).

    With C how it is, D how it should be, d = D - C and w the weight, which no person has at 0:

    Attributes
    ----------
    pairs : people. weight, weight_squared : of w, w^2. difference : of d. w_difference,
        w_difference_squared : of wd, wd^2. w_current, w_desired : of wC, wD. w_wanting, w_beyond : of w
        where C < D, where C > D. w_highest : of w where D is the highest answer. w_centred : of w times D
        less the person's own mean desired rating over the target's family.
    """

    pairs: np.ndarray
    weight: np.ndarray
    weight_squared: np.ndarray
    difference: np.ndarray
    w_difference: np.ndarray
    w_difference_squared: np.ndarray
    w_current: np.ndarray
    w_desired: np.ndarray
    w_wanting: np.ndarray
    w_beyond: np.ndarray
    w_highest: np.ndarray
    w_centred: np.ndarray

    def each(self, change: Callable[[np.ndarray], np.ndarray]) -> Sums:
        """Return the sums with every array changed."""
        return Sums(*(change(getattr(self, field.name)) for field in fields(self)))

    def of(self, places: np.ndarray) -> Sums:
        """Return the sums of some targets, by their positions."""
        return self.each(lambda values: values[..., places])

    def rows(self, units: np.ndarray | slice) -> Sums:
        """Return the sums of some units (or replicates)."""
        return self.each(lambda values: values[units])

    def total(self) -> Sums:
        """Return the sums over all units, (T,)."""
        return self.each(lambda values: values.sum(axis=0))

    def drawn(self, counts: np.ndarray) -> Sums:
        """Return the sums (B, T) where each unit is there as often as `counts` (B, units) says."""
        times = counts.astype(float)
        stacked = np.hstack([getattr(self, field.name) for field in fields(self)])
        return Sums(*np.split(times @ stacked, len(fields(self)), axis=1))


def sum_pairs(pairs: Pairs, targets: Sequence[Target], units: np.ndarray, count: int) -> Sums:
    """Return the sums of each unit, arrays (count, T).

    Parameters
    ----------
    pairs : ratings of n people; who lacks one of a pair, or has no weight, adds nothing to that target.
    units : (n,) int from 0, below `count`; -1 for none, who are left out.
    """
    used = (units >= 0) & (pairs.weights > 0)
    if not used.all():
        pairs, units = pairs.of(used), units[used]
    found = np.empty((len(fields(Sums)), count, len(targets)))
    for places in families(targets).values():
        own = _own_mean(pairs.desired[:, places])
        for at in places:
            rated = (pairs.current[:, at], pairs.desired[:, at], own)
            values = _values(*rated, pairs.weights, targets[at].highest)
            for k, each in enumerate(values):
                found[k, :, at] = np.bincount(units, each, count)
    return Sums(*found)


def sums_of_people(pairs: Pairs, targets: Sequence[Target]) -> Sums:
    """Return the sums where each person is a unit, arrays (n, T)."""
    return sum_pairs(pairs, targets, np.arange(len(pairs.weights)), len(pairs.weights))


def _own_mean(desired: np.ndarray) -> np.ndarray:
    """Return each person's mean over the ratings given, (n,); 0 where there is none."""
    given = ~np.isnan(desired)
    total = np.where(given, desired, 0).sum(axis=1)
    return np.asarray(total / np.maximum(given.sum(axis=1), 1))


def _values(
    current: np.ndarray, desired: np.ndarray, own: np.ndarray, weights: np.ndarray, highest: float
) -> Iterator[np.ndarray]:
    """Yield what people add, (n,), in the order of the fields of `Sums`."""
    paired = ~(np.isnan(current) | np.isnan(desired))
    one = paired.astype(float)
    w = weights * one
    c, d = np.where(paired, current, 0), np.where(paired, desired, 0)
    gap = d - c
    yield from (one, w, w * w, gap, w * gap, w * gap * gap, w * c, w * d)
    yield from (w * (gap > 0), w * (gap < 0), w * (d >= highest), w * (d - own))
