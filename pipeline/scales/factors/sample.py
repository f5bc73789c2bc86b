"""Answers summed up by group and by which items were answered; what cannot be modelled is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding
from pipeline.core.variance import varies

COLLINEAR = 1e-10
"""Smallest eigenvalue of a correlation matrix that still counts as more than rounding."""


@dataclass(frozen=True)
class GroupSample:
    """The answers of one group of n people to p items, by R patterns of answered items.

    Attributes
    ----------
    values : (n, p) answers, NaN where missing; nobody misses all; people of one pattern stand together.
    clusters : (n,) int. pattern : (n,) which pattern a person has, in order.
    observed : (R, p) bool. counts : (R,) people.
    means : (R, p) and covariances : (R, p, p), divisor `counts`, 0 where not observed.
    """

    values: np.ndarray
    clusters: np.ndarray
    pattern: np.ndarray
    observed: np.ndarray
    counts: np.ndarray
    means: np.ndarray
    covariances: np.ndarray

    @property
    def n(self) -> int:
        """Return how many people there are."""
        return len(self.values)

    @property
    def complete(self) -> bool:
        """Say whether everyone answered every item."""
        return bool(self.observed.all())


@dataclass(frozen=True)
class Sample:
    """The answers of all groups.

    `clusters` counts organisations, which may span groups; not `clustered`, everyone is a cluster.
    """

    items: tuple[str, ...]
    names: tuple[str, ...]
    groups: tuple[GroupSample, ...]
    clusters: int
    clustered: bool

    @property
    def n(self) -> int:
        """Return how many people there are in all groups."""
        return sum(group.n for group in self.groups)

    @property
    def complete(self) -> bool:
        """Say whether everyone answered every item."""
        return all(group.complete for group in self.groups)


def sum_up(
    values: np.ndarray,
    items: Sequence[str],
    *,
    groups: np.ndarray | None = None,
    names: Sequence[str] = ("all",),
    clusters: np.ndarray | None = None,
) -> Sample:
    """Return what maximum likelihood needs of the answers. Unweighted.

    Parameters
    ----------
    values : (n, p) answers, reversed items turned; NaN is missing. People who answered nothing are
        left out. items : p names. groups : (n,) int, positions in `names`, -1 for nobody's group.
        clusters : (n,) int, the organisation, -1 for none: left out; without it everyone is a cluster.

    Raises
    ------
    Finding : nobody answered; a group with no more people than items; a constant item in a group; items
        that are never answered together; items of which one follows from the others.
    """
    group = np.zeros(len(values), dtype=int) if groups is None else groups
    cluster = np.arange(len(values)) if clusters is None else clusters
    used = (group >= 0) & (cluster >= 0) & ~np.isnan(values).all(axis=1)
    if not used.any():
        raise Finding("no_answers", "nobody answered any of the items")
    x, g = values[used], group[used]
    present, c = np.unique(cluster[used], return_inverse=True)
    for k, name in enumerate(names):
        check_enough(x[g == k], tuple(items), name)
    parts = tuple(_sum_up_group(x[g == k], c[g == k]) for k in range(len(names)))
    for name, part in zip(names, parts, strict=True):
        _check_group(part, tuple(items), name)
    if len(present) < 2:
        raise Finding("too_few_groups", "all answers come from one organisation")
    return Sample(tuple(items), tuple(names), parts, len(present), clusters is not None)


def _sum_up_group(values: np.ndarray, clusters: np.ndarray) -> GroupSample:
    answered = ~np.isnan(values)
    pattern = _patterns(answered)
    counts = np.bincount(pattern)
    order = np.argsort(pattern, kind="stable")
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    filled = np.where(answered, values, 0.0)[order]
    means = np.add.reduceat(filled, starts, axis=0) / counts[:, None]
    parts = np.split(filled - means[pattern[order]], starts[1:])
    covariances = np.array([part.T @ part for part in parts]) / counts[:, None, None]
    seen = answered[order][starts]
    return GroupSample(
        values[order], clusters[order], pattern[order], seen, counts, means, covariances
    )


def sum_by_cluster(values: np.ndarray, clusters: np.ndarray, count: int) -> np.ndarray:
    """Return the sums of (n, k) over each of `count` clusters, (count, k)."""
    return np.stack([np.bincount(clusters, column, count) for column in values.T], axis=1)


def _patterns(answered: np.ndarray) -> np.ndarray:
    """Return (n,) the number of each row's pattern of answered items, 32 items at a time."""
    pattern = np.zeros(len(answered), dtype=np.int64)
    for first in range(0, answered.shape[1], 32):
        part = answered[:, first : first + 32]
        code = part @ (1 << np.arange(part.shape[1], dtype=np.int64))
        pattern = np.unique((pattern << 32) + code, return_inverse=True)[1]
    return pattern


def check_enough(values: np.ndarray, items: tuple[str, ...], name: str) -> None:
    """Refuse a group with no more people than items, or without answers to an item."""
    where = in_group(name)
    if len(values) <= len(items):
        text = f"{len(values)} people{where} answered; {len(items)} items need {len(items) + 1}"
        raise Finding("too_few_people", text)
    empty = np.flatnonzero(np.isnan(values).all(axis=0))
    if len(empty):
        text = f"nobody{where} answered {', '.join(items[i] for i in empty)}"
        raise Finding("no_answers", text, empty)


def in_group(name: str) -> str:
    """Return what follows in a sentence about a group; nothing where there is one only."""
    return "" if name == "all" else f" in group {name}"


def _check_group(part: GroupSample, items: tuple[str, ...], name: str) -> None:
    where = in_group(name)
    varying = varies(part.values)
    if not varying.all():
        at = np.flatnonzero(~varying)
        text = f"answered alike by all{where}: {', '.join(items[i] for i in at)}"
        raise Finding("constant_item", text, at)
    together = (part.observed.T * part.counts) @ part.observed.astype(float)
    if together.min() < 2:
        i, j = np.argwhere(together < 2)[0]
        text = f"hardly anyone{where} answered both {items[i]} and {items[j]}"
        raise Finding("no_answers", text, (i, j))
    whole = part.values[~np.isnan(part.values).any(axis=1)]
    if len(items) > 1 and len(whole) > 2 * len(items) and varies(whole).all():
        check_collinear(np.corrcoef(whole, rowvar=False), items, where)


def check_collinear(correlation: np.ndarray, items: tuple[str, ...], where: str) -> None:
    """Refuse items of which one follows exactly from the others, and name those involved."""
    value, vector = np.linalg.eigh(correlation)
    if value[0] > COLLINEAR:
        return
    at = np.flatnonzero(np.abs(vector[:, 0]) > 1e-4)
    text = f"one follows exactly from the others{where}: {', '.join(items[i] for i in at)}"
    raise Finding("collinear_items", text, at)
