"""People sorted into groups: everyone, by a question's answer, by organisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Grouping:
    """A way to split n people.

    Attributes
    ----------
    labels : the groups' names, for example `("language=nl", "language=fr")`.
    codes : (n,) int, each person's position in `labels`; -1 for those in none.
    """

    labels: tuple[str, ...]
    codes: np.ndarray

    def sums(self, weights: np.ndarray) -> np.ndarray:
        """Return the sum of the people's weights (n,) in each group."""
        inside = self.codes >= 0
        return np.bincount(self.codes[inside], weights[inside], len(self.labels))

    def members(self) -> list[tuple[str, np.ndarray]]:
        """Return each group's label with the positions of its people."""
        order = np.argsort(self.codes, kind="stable")
        bounds = np.searchsorted(self.codes[order], np.arange(len(self.labels) + 1))
        return [
            (label, order[start:end])
            for label, start, end in zip(self.labels, bounds[:-1], bounds[1:], strict=True)
        ]


def everyone(n: int) -> Grouping:
    """Return the grouping with one group, `all`."""
    return Grouping(("all",), np.zeros(n, dtype=np.int64))


def group_by(values: pd.Series, name: str) -> Grouping:
    """Return the groups of a column, labelled `<name>=<value>`, in the order of its values.

    A category's declared order is kept; other values are sorted. Missing values are in no group.
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.cat.remove_unused_categories()
    else:
        values = values.astype("category")
    labels = tuple(f"{name}={value}" for value in values.cat.categories)
    return Grouping(labels, values.cat.codes.to_numpy().astype(np.int64))


def groupings(frame: pd.DataFrame, names: Sequence[str]) -> list[Grouping]:
    """Return everyone, then the groups of each named column of `frame`."""
    return [everyone(len(frame)), *(group_by(frame[name], name) for name in names)]
