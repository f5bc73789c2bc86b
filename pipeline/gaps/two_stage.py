"""Organisations drawn again, and people within them: for comparison only.

It counts the noise of people twice (Davison & Hinkley 1997, section 3.8): organisations that are drawn
already bring it. So its intervals are too wide, by the more the fewer people an organisation has.
"""

from __future__ import annotations

import numpy as np

from pipeline.gaps.bootstrap import draw_units
from pipeline.gaps.targets import Pairs

CELLS_AT_ONCE = 1_000_000


def two_stage_gaps(
    pairs: Pairs, units: np.ndarray, count: int, replicates: int, rng: np.random.Generator
) -> np.ndarray:
    """Return the weighted mean difference in each replicate, (B, T); NaN where nobody is drawn.

    Parameters
    ----------
    pairs : ratings of n people; who lacks one of a pair adds nothing to that target.
    units : (n,) int from 0, below `count`, the organisation; -1 for none, who are left out.

    Notes
    -----
    `count` organisations are drawn with replacement, then in each drawn one as many people as it has. An
    organisation drawn k times gives k n people at once.
    """
    times = draw_units(rng, replicates, count)
    total = np.zeros((replicates, 2 * pairs.current.shape[1]))
    for unit in range(count):
        people = np.flatnonzero((units == unit) & (pairs.weights > 0))
        if len(people):
            _add(total, _weighted(pairs.of(people)), times[:, unit], rng)
    weight, difference = np.hsplit(total, 2)
    return np.asarray(difference / np.where(weight > 0, weight, np.nan))


def _weighted(pairs: Pairs) -> np.ndarray:
    """Return w and wd of each person side by side, (n, 2 T); 0 where a rating is missing."""
    gap = pairs.desired - pairs.current
    paired = ~np.isnan(gap)
    weights = pairs.weights[:, None]
    return np.hstack([weights * paired, weights * np.where(paired, gap, 0)])


def _add(
    total: np.ndarray, values: np.ndarray, times: np.ndarray, rng: np.random.Generator
) -> None:
    """Add to each replicate's totals those of people drawn from one organisation."""
    n = len(values)
    drawn_in = np.flatnonzero(times)
    step = max(1, CELLS_AT_ONCE // n)
    for start in range(0, len(drawn_in), step):
        rows = drawn_in[start : start + step]
        owner = np.repeat(np.arange(len(rows)) * n, times[rows] * n)
        places = owner + rng.integers(0, n, size=len(owner))
        counts = np.bincount(places, minlength=n * len(rows)).reshape(-1, n)
        total[rows] += counts.astype(float) @ values
