"""One chain: the working columns of one completed data set, and their sums, kept up to date."""

from __future__ import annotations

import numpy as np

from pipeline.models.imputation.layout import INTERCEPT, Layout, Target


class Chain:
    """The state of one imputation: n rows, q working columns, G organisations.

    Attributes
    ----------
    values : (n, v) the answers, holes filled as of now. work : (n, q) the working columns.
    cross : (q, q) work' work. sums : (G, q) sums of the working columns by organisation.
    memory : for each visited column, what its model was when it was last visited.
    """

    def __init__(self, layout: Layout, rng: np.random.Generator) -> None:
        self.layout = layout
        self.values = layout.values.copy()
        self.memory: dict[tuple[int, int], np.ndarray] = {}
        for target in layout.targets:
            donors = layout.values[target.observed, target.place]
            self.values[target.fillable, target.place] = rng.choice(donors, len(target.fillable))
        self._close_gates()
        self.work = np.zeros((len(self.values), len(layout.centre)))
        self.work[:, INTERCEPT] = 1
        for place, columns in enumerate(layout.columns):
            if len(layout.codes[place]) != 1:  # a category with one code has no column to write
                self.work[:, columns] = layout.written(place, self.values[:, place])
        self.add_up()

    def add_up(self) -> None:
        """Compute scale means and sums afresh, so that rounding does not add up over visits."""
        for mean, items, signs in self.layout.scales:
            self.work[:, mean] = self.work[:, items] @ signs / len(items)
        self.cross = self.work.T @ self.work
        self.sums = np.add.reduceat(self.work, self.layout.starts, axis=0)

    def asked_rows(self, target: Target) -> np.ndarray:
        """Return the rows of a target that need a value now; holes behind a closed gate are emptied."""
        if target.gate is None:
            return target.fillable
        column, value = target.gate
        is_open = self.values[target.fillable, column] == value
        self._empty(target, target.fillable[~is_open])
        return target.fillable[is_open]

    def write(self, target: Target, rows: np.ndarray, values: np.ndarray) -> None:
        """Put values into a target's rows, and bring the sums up to date."""
        self.values[rows, target.place] = values
        if len(target.codes) == 1:
            return
        columns = target.columns
        step = self.layout.written(target.place, values) - self.work[np.ix_(rows, columns)]
        if target.mean >= 0:
            columns = np.r_[columns, target.mean]
            step = np.column_stack([step, target.share * step])
        before = self.work[rows]
        change = before.T @ step
        self.cross[:, columns] += change
        self.cross[columns, :] += change.T
        self.cross[np.ix_(columns, columns)] += step.T @ step
        self.work[np.ix_(rows, columns)] += step
        clusters = self.layout.cluster[rows]
        for k, column in enumerate(columns):
            self.sums[:, column] += np.bincount(clusters, step[:, k], len(self.sums))

    def _empty(self, target: Target, rows: np.ndarray) -> None:
        held = rows[~np.isnan(self.values[rows, target.place])]
        if len(held):
            self.write(target, held, np.full(len(held), np.nan))

    def _close_gates(self) -> None:
        for target in self.layout.targets:
            if target.gate is not None:
                column, value = target.gate
                shut = target.fillable[self.values[target.fillable, column] != value]
                self.values[shut, target.place] = np.nan
