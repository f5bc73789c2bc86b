"""The working columns of an imputation, and which of them each variable is predicted from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding
from pipeline.core.incomplete import Incomplete

INTERCEPT = 0


@dataclass(frozen=True)
class Target:
    """One variable that has holes.

    Attributes
    ----------
    place : its column in the answers. columns : its working columns. mean : the working column of its
        scale's mean, -1 without. share : what a step of its working column does to that mean.
    codes : (K,) a category's codes, most frequent first; empty for a number.
    predictors : working columns that predict it, the intercept first.
    observed : (n,) bool. unobserved, fillable : (.,) rows without a value, and those of them that may need
        one. gate : column and value of the question before it, or None.
    """

    place: int
    columns: np.ndarray
    mean: int
    share: float
    codes: np.ndarray
    predictors: np.ndarray
    observed: np.ndarray
    unobserved: np.ndarray
    fillable: np.ndarray
    gate: tuple[int, float] | None


@dataclass(frozen=True)
class Layout:
    """What is the same in every imputation; rows are sorted by organisation.

    Attributes
    ----------
    order : (n,) the people, sorted by organisation. starts : (G,) first row of each.
    cluster : (n,) int of each row. values : (n, v) sorted answers, NaN where missing.
    centre, unit : (q,) of the working columns. columns : of each variable, its working columns.
    codes : of each variable, its codes. scales : for each scale, its mean's column, its items' columns and
        signs.
    targets : the variables with holes, in the order they are visited: those others hang on first.
    """

    order: np.ndarray
    starts: np.ndarray
    cluster: np.ndarray
    values: np.ndarray
    centre: np.ndarray
    unit: np.ndarray
    columns: tuple[np.ndarray, ...]
    codes: tuple[np.ndarray, ...]
    scales: tuple[tuple[int, np.ndarray, np.ndarray], ...]
    targets: tuple[Target, ...]

    def written(self, place: int, values: np.ndarray) -> np.ndarray:
        """Return a variable's values (r,) as its working columns (r, c); 0 where the value is missing."""
        columns, codes = self.columns[place], self.codes[place]
        raw = values[:, None] == codes[None, 1:] if len(codes) else values[:, None]
        scaled = (raw - self.centre[columns]) / self.unit[columns]
        return np.where(np.isnan(values)[:, None], 0.0, scaled)


def lay_out(data: Incomplete, pooled_below: int) -> Layout:
    """Return the layout of an imputation.

    Organisations with fewer than `pooled_below` people share an intercept with those of their type that are
    as small (Enders, Mistler & Keller 2016). A scale's items have one unit, so that the mean of its working
    columns is the scale's mean; centre and unit are of the answers that are there.

    Raises
    ------
    Finding
        `no_answers`: nobody gave a value that could be taken over.
    """
    cluster = _pooled(data.clusters, data.types, pooled_below)
    order = np.argsort(cluster, kind="stable")
    cluster, values = cluster[order], data.values[order]
    codes = tuple(_codes(values[:, k], v.kind) for k, v in enumerate(data.variables))
    columns, first = [], INTERCEPT + 1
    for each in codes:
        width = max(len(each) - 1, 1)
        columns.append(np.arange(first, first + width))
        first += width
    names = list(dict.fromkeys(v.scale for v in data.variables if v.scale))
    scales = tuple(_scale(data, name, first + k, columns) for k, name in enumerate(names))
    centre, unit = _standards(data, values, codes, columns, first + len(names))
    means = {name: first + k for k, name in enumerate(names)}
    targets = _targets(data, values, order, codes, columns, means)
    starts = np.flatnonzero(np.r_[True, np.diff(cluster) > 0])
    return Layout(
        order, starts, cluster, values, centre, unit, tuple(columns), codes, scales, targets
    )


def _pooled(clusters: np.ndarray, types: np.ndarray, below: int) -> np.ndarray:
    """Return organisations as codes from 0, small ones put together within their type."""
    _, own, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    small = sizes[own] < below
    named = np.where(small, types + own.max(initial=0) + 1, own)
    return np.unique(named, return_inverse=True)[1]


def _codes(values: np.ndarray, kind: str) -> np.ndarray:
    """Return a category's codes, most frequent first; of a number, none."""
    if kind == "number":
        return np.zeros(0)
    codes, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    return codes[np.argsort(-counts, kind="stable")]


def _scale(
    data: Incomplete, name: str, mean: int, columns: list[np.ndarray]
) -> tuple[int, np.ndarray, np.ndarray]:
    items = [k for k, v in enumerate(data.variables) if v.scale == name]
    signs = np.array([-1.0 if data.variables[k].reversed else 1.0 for k in items])
    return mean, np.concatenate([columns[k] for k in items]), signs


def _standards(
    data: Incomplete,
    values: np.ndarray,
    codes: tuple[np.ndarray, ...],
    columns: list[np.ndarray],
    q: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the centre and unit, (q,) each, of the working columns."""
    centre, unit = np.zeros(q), np.ones(q)
    by_scale: dict[str, list[float]] = {}
    for k, variable in enumerate(data.variables):
        there = values[~np.isnan(values[:, k]), k]
        if not len(there):
            raise Finding("no_answers", f"{variable.name}: nobody gave a value", [k])
        written = there[:, None] == codes[k][None, 1:] if len(codes[k]) else there[:, None]
        if written.shape[1]:
            centre[columns[k]] = written.mean(axis=0)
            unit[columns[k]] = np.maximum(written.std(axis=0), 1e-6)
        by_scale.setdefault(variable.scale, []).append(float(unit[columns[k]].mean()))
    for k, variable in enumerate(data.variables):
        if variable.scale:
            unit[columns[k]] = np.mean(by_scale[variable.scale])
    return centre, unit


def _targets(
    data: Incomplete,
    values: np.ndarray,
    order: np.ndarray,
    codes: tuple[np.ndarray, ...],
    columns: list[np.ndarray],
    means: dict[str, int],
) -> tuple[Target, ...]:
    fillable, missing = data.fillable[order], np.isnan(values)
    gates = {v.asked_where[0] for v in data.variables if v.asked_where}

    def visited(place: int) -> tuple[int, int]:
        variable = data.variables[place]
        rank = 0 if variable.name in gates else 1 if variable.asked_where else 2
        return rank, int(fillable[:, place].sum())

    places = sorted(np.flatnonzero(fillable.any(axis=0)).tolist(), key=visited)
    found = []
    for place in places:
        variable = data.variables[place]
        gate = variable.asked_where
        items = [v for v in data.variables if v.scale == variable.scale] if variable.scale else []
        found.append(
            Target(
                place,
                columns[place],
                means.get(variable.scale, -1),
                (-1.0 if variable.reversed else 1.0) / max(len(items), 1),
                codes[place],
                np.array([INTERCEPT, *_predictors(data, place, columns, means)]),
                ~missing[:, place],
                np.flatnonzero(missing[:, place]),
                np.flatnonzero(fillable[:, place]),
                (data.at(gate[0]), gate[1]) if gate else None,
            )
        )
    return tuple(found)


def _predictors(
    data: Incomplete, place: int, columns: list[np.ndarray], means: dict[str, int]
) -> Iterable[int]:
    """Yield the working columns that predict a variable.

    Its own scale's other items, the means of the other scales, and all that is in no scale. What is asked
    because of the variable tells nothing of it, and the question that it is asked because of is the same
    for all who are asked.
    """
    own = data.variables[place]
    behind = {
        v.scale or v.name for v in data.variables if v.asked_where and v.asked_where[0] == own.name
    }
    before = own.asked_where[0] if own.asked_where else ""
    for k, variable in enumerate(data.variables):
        item_of_own = variable.scale and variable.scale == own.scale
        alone = not variable.scale and variable.name not in behind | {before}
        if k != place and (item_of_own or alone):
            yield from columns[k].tolist()
    for scale, column in means.items():
        if scale != own.scale and scale not in behind:
            yield column
