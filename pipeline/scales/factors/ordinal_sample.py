"""Ordinal answers summed up by group: thresholds, polychoric correlations, and their precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding
from pipeline.scales.factors.sample import check_enough
from pipeline.scales.polychoric import polychoric
from pipeline.scales.polychoric_covariance import polychoric_covariance


@dataclass(frozen=True)
class OrdinalGroup:
    """One group of n people and p items with k thresholds and correlations in all.

    Attributes
    ----------
    thresholds : p arrays. correlation : (p, p). gamma : (k, k) n times the covariance matrix of thresholds
        item by item, then of correlations (0, 1), (0, 2) .. (1, 2) ..
    """

    n: int
    thresholds: tuple[np.ndarray, ...]
    correlation: np.ndarray
    gamma: np.ndarray

    @property
    def weight(self) -> int:
        """Return n - 1, which counts in errors and tests."""
        return self.n - 1

    @property
    def statistics(self) -> np.ndarray:
        """Return thresholds, then correlations, (k,)."""
        upper = np.triu_indices(len(self.correlation), 1)
        return np.concatenate([*self.thresholds, self.correlation[upper]])

    @property
    def correlation_gamma(self) -> np.ndarray:
        """Return the part of `gamma` that belongs to the correlations."""
        return self.gamma[self.n_thresholds :, self.n_thresholds :]

    @property
    def n_thresholds(self) -> int:
        """Return how many thresholds all items have."""
        return sum(map(len, self.thresholds))


@dataclass(frozen=True)
class OrdinalSample:
    """The ordinal answers of all groups."""

    items: tuple[str, ...]
    names: tuple[str, ...]
    groups: tuple[OrdinalGroup, ...]

    @property
    def n(self) -> int:
        """Return how many people there are in all groups."""
        return sum(group.n for group in self.groups)

    @property
    def thresholds(self) -> tuple[int, ...]:
        """Return how many thresholds each item has, the same in every group."""
        return tuple(map(len, self.groups[0].thresholds))


def sum_up_ordinal(
    codes: np.ndarray,
    items: Sequence[str],
    *,
    groups: np.ndarray | None = None,
    names: Sequence[str] = ("all",),
) -> OrdinalSample:
    """Return what least squares needs of ordinal answers. Unweighted; organisations are not used.

    Parameters
    ----------
    codes : (n, p) categories 0, 1, .. of each item, whole numbers; NaN is missing, and each statistic
        takes everybody who answered what it needs (pairwise). groups : (n,) int, positions in `names`,
        -1 for nobody's group.

    Raises
    ------
    Finding : nobody answered; no more people than items; a constant item; a category that nobody in a
        group gave.
    """
    group = np.zeros(len(codes), dtype=int) if groups is None else groups
    used = (group >= 0) & ~np.isnan(codes).all(axis=1)
    if not used.any():
        raise Finding("no_answers", "nobody answered any of the items")
    for k, name in enumerate(names):
        check_enough(codes[used & (group == k)], tuple(items), name)
    top = np.nanmax(codes[used], axis=0)
    parts = [
        _sum_up_group(codes[used & (group == k)], top, tuple(items), name)
        for k, name in enumerate(names)
    ]
    return OrdinalSample(tuple(items), tuple(names), tuple(parts))


def _sum_up_group(
    codes: np.ndarray, top: np.ndarray, items: tuple[str, ...], name: str
) -> OrdinalGroup:
    where = "" if name == "all" else f" in group {name}"
    _check_categories(codes, top, items, where)
    found = polychoric(codes)
    precision = polychoric_covariance(codes, found)
    return OrdinalGroup(precision.n, found.thresholds, found.correlations, precision.covariance)


def _check_categories(
    codes: np.ndarray, top: np.ndarray, items: tuple[str, ...], where: str
) -> None:
    """Refuse an item with one answer only, or with a category that nobody gave."""
    for i, item in enumerate(items):
        given = np.unique(codes[~np.isnan(codes[:, i]), i])
        if len(given) == 1:
            raise Finding("constant_item", f"answered alike by all{where}: {item}", [i])
        missing = np.setdiff1d(np.arange(top[i] + 1), given)
        if len(missing):
            text = f"nobody{where} gave answer {missing[0]:.0f} of {item}: merge categories"
            raise Finding("empty_category", text, [i])
