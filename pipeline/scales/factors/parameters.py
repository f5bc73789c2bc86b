"""The cells of a factor model's matrices, and the free parameters behind them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np


class Kind(IntEnum):
    """Which matrix a cell stands in; `row` and `column` are items or factors as named here."""

    LOADING = 0  # item, factor
    REGRESSION = 1  # factor, second-order factor
    LATENT = 2  # factor, factor: (residual) variance or covariance
    RESIDUAL = 3  # item, item
    INTERCEPT = 4  # item
    MEAN = 5  # factor
    THRESHOLD = 6  # item, number of the threshold
    SCALE = 7  # item: one over the standard deviation of the answer's latent response


SYMMETRIC = (Kind.LATENT, Kind.RESIDUAL)


@dataclass(frozen=True)
class Parameters:
    """All cells that are not zero by construction, and the free parameter each belongs to.

    Attributes
    ----------
    items, latents, groups : names behind rows, columns and groups.
    kind, group, row, column : (cells,) int. Symmetric matrices have row >= column, once.
    free : (cells,) int, number of the free parameter; -1 for a fixed cell. Cells held equal share it.
    value : (cells,) the value of fixed cells, the starting value or estimate of free ones.
    """

    items: tuple[str, ...]
    latents: tuple[str, ...]
    groups: tuple[str, ...]
    kind: np.ndarray
    group: np.ndarray
    row: np.ndarray
    column: np.ndarray
    free: np.ndarray
    value: np.ndarray

    @property
    def n_free(self) -> int:
        """Return how many free parameters there are."""
        return int(self.free.max(initial=-1)) + 1

    @property
    def has_means(self) -> bool:
        """Say whether means are modelled; without, they are taken as they are."""
        return bool((self.kind == Kind.INTERCEPT).any())

    @property
    def moving(self) -> np.ndarray:
        """Return the positions of the free cells."""
        return np.flatnonzero(self.free >= 0)

    def spread(self) -> np.ndarray:
        """Return (free cells, free parameters) 0/1: which parameter moves which cell."""
        moving = self.moving
        matrix = np.zeros((len(moving), self.n_free))
        matrix[np.arange(len(moving)), self.free[moving]] = 1
        return matrix

    def first_cells(self) -> np.ndarray:
        """Return (free parameters,) the first cell of each."""
        return np.unique(self.free[self.moving], return_index=True)[1]

    def vector(self) -> np.ndarray:
        """Return the free parameters' values, (free parameters,)."""
        vector = np.empty(self.n_free)
        vector[self.free[self.moving]] = self.value[self.moving]
        return vector

    def at(self, vector: np.ndarray) -> Parameters:
        """Return the same cells with the free parameters at `vector`."""
        return replace(self, value=np.where(self.free >= 0, vector[self.free], self.value))

    def name(self, cell: int) -> str:
        """Return a cell in lavaan's words, the group after it when there are several."""
        kind, row, column = Kind(self.kind[cell]), self.row[cell], self.column[cell]
        text = {
            Kind.LOADING: lambda: f"{self.latents[column]}=~{self.items[row]}",
            Kind.REGRESSION: lambda: f"{self.latents[column]}=~{self.latents[row]}",
            Kind.LATENT: lambda: f"{self.latents[column]}~~{self.latents[row]}",
            Kind.RESIDUAL: lambda: f"{self.items[column]}~~{self.items[row]}",
            Kind.INTERCEPT: lambda: f"{self.items[row]}~1",
            Kind.MEAN: lambda: f"{self.latents[row]}~1",
            Kind.THRESHOLD: lambda: f"{self.items[row]}|t{column + 1}",
            Kind.SCALE: lambda: f"{self.items[row]}~*~{self.items[row]}",
        }[kind]()
        return text if len(self.groups) == 1 else f"{text}.{self.groups[self.group[cell]]}"
