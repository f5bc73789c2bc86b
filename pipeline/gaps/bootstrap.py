"""Organisations drawn again: every statistic of a replicate is made of the sums of those drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from pipeline.gaps.sums import Sums

AT_ONCE = 2_000_000


def draw_units(rng: np.random.Generator, replicates: int, units: int) -> np.ndarray:
    """Return how often each unit is in each replicate, (replicates, units): `units` draws of them."""
    drawn = rng.integers(0, units, size=(replicates, units), dtype=np.int64)
    return counts_of(drawn, units)


def counts_of(drawn: np.ndarray, units: int) -> np.ndarray:
    """Return how often each of the units, numbered from 0, is among those drawn, (B, units)."""
    places = drawn + units * np.arange(len(drawn))[:, None]
    return np.bincount(places.ravel(), minlength=units * len(drawn)).reshape(-1, units)


def replicates_over(
    imputed: Sequence[Sums], replicates: int, seed: np.random.SeedSequence
) -> Iterator[tuple[int, Sums, np.ndarray]]:
    """Yield replicates in parts: the completed data set's position, its sums, and counts (B, units).

    They are divided over the completed data sets as evenly as can be (MI-Boot, pooled: Schomaker & Heumann
    2018), each from a seed of its own.
    """
    shares = np.diff(np.linspace(0, replicates, len(imputed) + 1).astype(int))
    for at, (sums, share, own) in enumerate(
        zip(imputed, shares, seed.spawn(len(imputed)), strict=True)
    ):
        rng, units = np.random.default_rng(own), len(sums.pairs)
        step = max(1, AT_ONCE // max(units, 1))
        for start in range(0, share, step):
            yield at, sums, draw_units(rng, min(step, share - start), units)


def quantiles(draws: np.ndarray, levels: Sequence[float]) -> np.ndarray:
    """Return quantiles over replicates (B, T) that have a value, (levels, T); NaN where none has.

    R: `quantile(type = 7)`.
    """
    ordered = np.sort(draws, axis=0)
    known = (~np.isnan(draws)).sum(axis=0)
    columns = np.arange(draws.shape[1])
    found = np.full((len(levels), draws.shape[1]), np.nan)
    for k, level in enumerate(levels):
        place = level * np.maximum(known - 1, 0)
        below = np.floor(place).astype(int)
        above = np.minimum(below + 1, np.maximum(known - 1, 0))
        low, high = ordered[below, columns], ordered[above, columns]
        found[k] = np.where(known > 0, low + (place - below) * (high - low), np.nan)
    return found


def statistic_of_draws(
    sums: Sums, counts: np.ndarray, statistic: Callable[[Sums], np.ndarray]
) -> np.ndarray:
    """Return a statistic of the sums of each replicate, for example `lambda s: estimate(s).gap`."""
    return statistic(sums.drawn(counts))
