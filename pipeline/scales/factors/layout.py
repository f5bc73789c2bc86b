"""Which cells of a factor model are free, fixed or held equal over groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from pipeline.scales.factors.model import FactorModel
from pipeline.scales.factors.parameters import Kind, Parameters

Equal = Literal["loadings", "intercepts", "residuals", "thresholds"]


@dataclass(frozen=True)
class Equality:
    """What is held equal over groups, and of which items loadings or intercepts are not."""

    what: tuple[Equal, ...] = ()
    loadings_of: tuple[str, ...] = ()
    intercepts_of: tuple[str, ...] = ()

    def holds(self, what: Equal, item: str = "") -> bool:
        """Say whether something is equal over groups, for an item if one is named."""
        excepted = {"loadings": self.loadings_of, "intercepts": self.intercepts_of}.get(what, ())
        return what in self.what and item not in excepted


NOTHING_EQUAL = Equality()


class Cell(NamedTuple):
    """One cell: `tie` names the parameter it shares with others; None where it is fixed."""

    kind: Kind
    group: int
    row: int
    column: int
    tie: tuple[object, ...] | None
    value: float


def lay_out(
    model: FactorModel,
    groups: Sequence[str] = ("all",),
    *,
    means: bool = True,
    equality: Equality = NOTHING_EQUAL,
) -> Parameters:
    """Return the cells of a model for continuous answers.

    Factor means are 0 in the first group, and in the others unless intercepts are equal; factor
    variances that are 1 for the scale's sake are so in the first group only, once loadings are equal.
    """
    cells = [
        cell
        for g in range(len(groups))
        for cell in (
            *loading_cells(model, g, equality),
            *latent_cells(model, g, equality),
            *_residual_cells(model, g, equality.holds("residuals")),
            *(_mean_cells(model, g, equality) if means else ()),
        )
    ]
    return assemble(cells, model, groups)


def assemble(cells: Sequence[Cell], model: FactorModel, groups: Sequence[str]) -> Parameters:
    """Number the free parameters of cells in the order they appear."""
    numbers: dict[tuple[object, ...], int] = {}
    free = [
        -1 if cell.tie is None else numbers.setdefault(cell.tie, len(numbers)) for cell in cells
    ]
    kind, group, row, column = (np.array([cell[part] for cell in cells]) for part in range(4))
    return Parameters(
        items=model.items,
        latents=model.latents,
        groups=tuple(groups),
        kind=kind,
        group=group,
        row=row,
        column=column,
        free=np.array(free),
        value=np.array([cell.value for cell in cells], dtype=float),
    )


def tied(shared: bool, group: int, *what: object) -> tuple[object, ...]:
    """Return the name of a parameter: without its group where it is shared over groups."""
    return what if shared else (*what, group)


def loading_cells(model: FactorModel, g: int, equality: Equality) -> Iterator[Cell]:
    """Yield the loadings of items and of factors in a group; a marker's is fixed at 1."""
    item_at = {item: i for i, item in enumerate(model.items)}
    latent_at = {latent: k for k, latent in enumerate(model.latents)}
    parts = [
        (Kind.LOADING, item_at, model.loadings),
        (Kind.REGRESSION, latent_at, model.second_order),
    ]
    for kind, row_at, loadings in parts:
        for factor, names in loadings.items():
            for n, name in enumerate(names):
                row, column = row_at[name], latent_at[factor]
                alike = model.equal_general and factor == model.general
                marker = alike or (model.scale == "marker" and n == 0)
                equal = equality.holds("loadings", name)
                tie = None if marker else tied(equal, g, kind, row, column)
                yield Cell(kind, g, row, column, tie, 1.0)


def latent_cells(model: FactorModel, g: int, equality: Equality) -> Iterator[Cell]:
    """Yield the factors' variances, and the covariances of those that correlate."""
    for k in range(len(model.latents)):
        alike = model.equal_general and model.latents[k] == model.general
        unit = model.scale == "unit" and (g == 0 or not equality.holds("loadings"))
        fixed = unit and not alike
        yield Cell(Kind.LATENT, g, k, k, None if fixed else (Kind.LATENT, k, k, g), 1.0)
    free = [f for f in model.latents if f not in model.below and f != model.general]
    if not model.correlated:
        return
    at = sorted(model.latents.index(factor) for factor in free)
    for n, column in enumerate(at):
        for row in at[n + 1 :]:
            yield Cell(Kind.LATENT, g, row, column, (Kind.LATENT, row, column, g), 0.0)


def _residual_cells(model: FactorModel, g: int, equal: bool) -> Iterator[Cell]:
    for i in range(len(model.items)):
        yield Cell(Kind.RESIDUAL, g, i, i, tied(equal, g, Kind.RESIDUAL, i, i), 0.5)
    for pair in model.residuals:
        column, row = sorted(model.items.index(item) for item in pair)
        tie = tied(equal, g, Kind.RESIDUAL, row, column)
        yield Cell(Kind.RESIDUAL, g, row, column, tie, 0.0)


def _mean_cells(model: FactorModel, g: int, equality: Equality) -> Iterator[Cell]:
    for i, item in enumerate(model.items):
        tie = tied(equality.holds("intercepts", item), g, Kind.INTERCEPT, i)
        yield Cell(Kind.INTERCEPT, g, i, 0, tie, 0.0)
    yield from factor_mean_cells(model, g, equality)


def factor_mean_cells(model: FactorModel, g: int, equality: Equality) -> Iterator[Cell]:
    """Yield the factors' means: free from the second group on, where intercepts are equal."""
    for k, factor in enumerate(model.latents):
        free = equality.holds("intercepts") and g > 0 and factor not in model.below
        yield Cell(Kind.MEAN, g, k, 0, (Kind.MEAN, k, g) if free else None, 0.0)
