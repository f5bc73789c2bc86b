"""What would happen to the fit if a cell were set free: modification indices and score tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from pipeline.scales.factors.inverse import inverse, unit_scale
from pipeline.scales.factors.moments import moments
from pipeline.scales.factors.parameters import Kind, Parameters
from pipeline.scales.factors.standardised import multipliers

ROUNDING = 1e-9
"""Share of a cell's own information, left after that of others, that may be rounding."""


class Derived(Protocol):
    """A fitted criterion that can be derived by cells; `Likelihood` and `LeastSquares` are."""

    @property
    def parameters(self) -> Parameters:
        """Return the cells at their estimates."""
        ...

    def beside(self, parameters: Parameters, cells: np.ndarray) -> Derived:
        """Return the same, derived by other cells."""
        ...

    def cell_gradient(self) -> np.ndarray:
        """Return the gradient, (cells,)."""
        ...

    def cell_information(self) -> np.ndarray:
        """Return the expected information, (cells, cells)."""
        ...

    def cell_observed(self) -> np.ndarray:
        """Return the observed information, (cells, cells)."""
        ...

    def cell_meat(self) -> np.ndarray:
        """Return the covariance of the gradient as the answers show it, (cells, cells)."""
        ...


@dataclass(frozen=True)
class ScoreTest:
    """The test that cells may stay as they are: fixed, or equal to others.

    Attributes
    ----------
    statistic : chi-square with `df` degrees of freedom. change : (cells,) by how much the cells would
        move, about, if they were set free together.
    """

    statistic: float
    df: int
    p_value: float
    change: np.ndarray


def score_test(at: Derived, cells: Sequence[int] | np.ndarray, robust: bool = False) -> ScoreTest:
    """Test jointly that some cells may stay fixed, or equal to the cells they share a parameter with.

    Parameters
    ----------
    at : the criterion at its optimum. cells : positions in its parameters; of G cells held equal, give
        G - 1. robust : take the gradient's covariance from the answers, by organisation if there are
        clusters, and the observed information; else the expected information alone.

    Notes
    -----
    The robust covariance takes scores about their means in each group. Those means are what is tested;
    left in, they would swell the covariance of exactly the items that do not fit, the more so where
    organisations differ in their mix of languages, and another item would look worse.

    Plain: the Lagrange multiplier test; R: `lavaan::lavTestScore(fit, release =)`. Robust: the
    generalised score test s' (M' B M)^-1 s (Boos 1992, eq. 2.2), with M what is left of the cells'
    directions after the free parameters' (in the metric of the information), B the products of
    scores; lavaan has no such test, R's values are put together from `lavScores`.
    """
    from scipy.special import chdtrc

    left = _leftover(at, np.asarray(cells), robust)
    score = -left.gradient
    scale = unit_scale(left.covariance)
    values, vectors = np.linalg.eigh(left.covariance * scale * scale[:, None])
    kept = values > ROUNDING
    spun = vectors[:, kept].T @ (scale * score)
    statistic = float((spun**2 / values[kept]).sum())
    df = int(kept.sum())
    p_value = float(chdtrc(df, statistic)) if df else np.nan
    return ScoreTest(statistic, df, p_value, inverse(left.information) @ score)


@dataclass(frozen=True)
class _Leftover:
    """Of the cells to free, given the free parameters: gradient, information, gradient's covariance."""

    gradient: np.ndarray
    information: np.ndarray
    covariance: np.ndarray


def _leftover(at: Derived, cells: np.ndarray, robust: bool) -> _Leftover:
    parameters = at.parameters
    moving = parameters.moving
    every = np.concatenate([moving, np.setdiff1d(cells, moving)])
    beside = at.beside(parameters, every)
    information = beside.cell_observed() if robust else beside.cell_information()
    spread = np.zeros((len(every), parameters.n_free))
    spread[: len(moving)] = parameters.spread()
    chosen = (every[:, None] == cells[None, :]).astype(float)
    weighted = information @ chosen
    bread = inverse(spread.T @ information @ spread)
    directions = chosen - spread @ (bread @ (spread.T @ weighted))
    left = weighted.T @ directions
    covariance = directions.T @ beside.cell_meat() @ directions if robust else left
    return _Leftover(chosen.T @ beside.cell_gradient(), left, covariance)


@dataclass(frozen=True)
class Modification:
    """What freeing one cell would do: fall of chi-square, and the change of the cell, also standardised.

    `name` is the cell in lavaan's words, e.g. `visual=~x9` or `x7~~x8`.
    """

    name: str
    group: str
    statistic: float
    change: float
    standard_change: float


def modification_indices(at: Derived) -> list[Modification]:
    """Return the score test of every loading and covariance left out, one at a time, largest first.

    A marker is tested too, where loadings held equal over groups let its own be told apart. After least
    squares the statistic is not chi-square distributed, only an order (as in lavaan). R:
    `lavaan::modindices(fit)`, whose `sepc.all` is `standard_change`.
    """
    extended = with_candidates(at.parameters)
    tested = np.isin(extended.kind, (Kind.LOADING, Kind.REGRESSION, Kind.RESIDUAL, Kind.LATENT))
    added = np.flatnonzero(tested & (extended.free < 0))
    if not len(added):
        return []
    left = _leftover(at.beside(extended, added), added, False)
    size = multipliers(extended, moments(extended), extended.value)
    own = np.diag(left.information)
    whole = np.diag(at.beside(extended, added).cell_information())
    found = []
    for n, cell in enumerate(added):
        if own[n] > ROUNDING * whole[n]:
            statistic, change = left.gradient[n] ** 2 / own[n], -left.gradient[n] / own[n]
            group = extended.groups[extended.group[cell]]
            name = extended.name(int(cell))
            found.append(Modification(name, group, statistic, change, change * size[cell]))
    return sorted(found, key=lambda each: -each.statistic)


def with_candidates(parameters: Parameters) -> Parameters:
    """Return the parameters with the left-out loadings and covariances added, fixed at 0."""
    places = (parameters.kind, parameters.group, parameters.row, parameters.column)
    known = set(zip(*(place.tolist() for place in places), strict=True))
    new = np.array([cell for cell in _candidates(parameters) if cell not in known], dtype=int)
    new = new.reshape(-1, 4)
    return replace(
        parameters,
        kind=np.concatenate([parameters.kind, new[:, 0]]),
        group=np.concatenate([parameters.group, new[:, 1]]),
        row=np.concatenate([parameters.row, new[:, 2]]),
        column=np.concatenate([parameters.column, new[:, 3]]),
        free=np.concatenate([parameters.free, np.full(len(new), -1)]),
        value=np.concatenate([parameters.value, np.zeros(len(new))]),
    )


def _candidates(parameters: Parameters) -> Iterator[tuple[int, int, int, int]]:
    p, m = len(parameters.items), len(parameters.latents)
    for g in range(len(parameters.groups)):
        for column in range(m):
            yield from ((int(Kind.LOADING), g, row, column) for row in range(p))
        for kind, size in ((Kind.RESIDUAL, p), (Kind.LATENT, m)):
            for column in range(size):
                yield from ((int(kind), g, row, column) for row in range(column + 1, size))
