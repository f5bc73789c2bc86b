"""Whether two scores still go together when different people of an organisation give them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding
from pipeline.core.variance import varies
from pipeline.scales.within_between import group_means

LARGEST_R = 1 - 1e-12


@dataclass(frozen=True)
class SplitSample:
    """Correlations of organisations' means, unweighted, averaged over random halves by Fisher's z.

    Attributes
    ----------
    groups, n : organisations used and their people. same_half : both means from the same half of the
        people.
        other_half : the predictor's from one half, the outcome's from the other. low, high : quantiles of
        other_half over the halvings, a spread of chance and no confidence interval.
    """

    groups: int
    n: int
    same_half: float
    other_half: float
    low: float
    high: float


def split_sample(
    predictor: np.ndarray,
    outcome: np.ndarray,
    groups: np.ndarray,
    *,
    rng: np.random.Generator,
    splits: int = 500,
    level: float = 0.95,
) -> SplitSample:
    """Return how organisations' means correlate within the same half of their people and across halves.

    What one person's mood or manner of answering adds to both scores raises `same_half` and not
    `other_half`; so does what truly goes together within people.

    Parameters
    ----------
    predictor, outcome : (n,) scores; a row with a NaN in either is left out. Unweighted. groups : (n,)
        int, -1 for none; those with fewer than 4 people are left out. Of an odd number the first half has
        one fewer.

    Raises
    ------
    Finding : too_few_groups (fewer than 4 that can be halved); constant_item (means do not vary).

    Notes
    -----
    Podsakoff, MacKenzie & Podsakoff (2012). R: `cor` of `tapply` means of each half.
    """
    used = ~(np.isnan(predictor) | np.isnan(outcome)) & (groups >= 0)
    large = np.bincount(groups[used], minlength=1) >= 4
    used[used] = large[groups[used]]
    both = np.column_stack([predictor[used], outcome[used]])
    g = np.unique(groups[used], return_inverse=True)[1]
    count = int(g.max(initial=-1)) + 1
    if count < 4:
        raise Finding("too_few_groups", f"{count} organisations can be halved; 4 are needed")
    found = np.array([_halved(both, g, rng) for _ in range(splits)])
    same, other = np.tanh(np.arctanh(found).mean(axis=0))
    low, high = np.quantile(found[:, 1], [(1 - level) / 2, (1 + level) / 2])
    return SplitSample(count, len(both), float(same), float(other), float(low), float(high))


def _halved(both: np.ndarray, groups: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """Return the correlation in the same half and across halves, of one random halving."""
    first = halve(groups, rng)
    one, two = (group_means(both[half], groups[half]) for half in (first, ~first))
    if not (varies(one).all() and varies(two).all()):
        raise Finding("constant_item", "the means of halved organisations do not vary")
    same = [np.corrcoef(each, rowvar=False)[0, 1] for each in (one, two)]
    other = [np.corrcoef(one[:, i], two[:, 1 - i])[0, 1] for i in (0, 1)]
    return _average(same), _average(other)


def _average(r: list[float]) -> float:
    """Return the mean of correlations by Fisher's z."""
    return float(np.tanh(np.arctanh(np.clip(r, -LARGEST_R, LARGEST_R)).mean()))


def halve(groups: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Say for each of n people, (n,), whether they fall in the first half of their group, at random."""
    n = np.bincount(groups)
    shuffled = rng.permutation(len(groups))
    small = groups.astype(np.uint16) if len(n) < 2**16 else groups  # sorted in one pass
    order = shuffled[np.argsort(small[shuffled], kind="stable")]
    start = np.cumsum(n) - n
    place = np.empty(len(groups), dtype=np.int64)
    place[order] = np.arange(len(groups)) - np.repeat(start, n)
    return place < n[groups] // 2
