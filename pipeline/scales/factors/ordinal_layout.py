"""The cells of a factor model for ordinal answers, which cut normal latent responses at thresholds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pipeline.core.errors import UserError
from pipeline.scales.factors.layout import (
    NOTHING_EQUAL,
    Cell,
    Equality,
    assemble,
    factor_mean_cells,
    latent_cells,
    loading_cells,
    tied,
)
from pipeline.scales.factors.model import FactorModel
from pipeline.scales.factors.parameters import Kind, Parameters

Scaling = Literal["delta", "theta"]
"""What is 1 for scale's sake: the latent responses' variance, or what of it is residual."""


def lay_out_ordinal(
    model: FactorModel,
    thresholds: Sequence[int],
    groups: Sequence[str] = ("all",),
    *,
    scaling: Scaling = "delta",
    equality: Equality = NOTHING_EQUAL,
) -> Parameters:
    """Return the cells of a model for ordinal answers.

    Parameters
    ----------
    thresholds : (p,) how many each item has, in all groups. scaling : see `Scaling`.
        equality : in the order that makes sense: thresholds, loadings, intercepts, residuals.

    Notes
    -----
    Identified as Wu & Estabrook (2016) say. In the first group intercepts and factor means are 0 and
    scales 1. In the others the same, but: equal thresholds free intercepts, and scales of items with
    two thresholds or more; equal loadings free factor variances; equal intercepts (0) free factor
    means, and scales of items with one threshold. Equal thresholds of items with two, or of items
    with one, cannot be tested by themselves. R: `semTools::measEq.syntax(ID.cat =
    "Wu.Estabrook.2016")`.
    """
    if equality.holds("residuals") and scaling == "delta":
        raise UserError("residuals cannot be held equal with scaling 'delta'; take 'theta'")
    cells = [
        cell
        for g in range(len(groups))
        for cell in (
            *loading_cells(model, g, equality),
            *latent_cells(model, g, equality),
            *_residual_covariances(model, g, equality.holds("residuals")),
            *_response_cells(model, g, thresholds, scaling, equality),
            *factor_mean_cells(model, g, equality),
        )
    ]
    return assemble(cells, model, groups)


def _residual_covariances(model: FactorModel, g: int, equal: bool) -> Iterator[Cell]:
    for pair in model.residuals:
        column, row = sorted(model.items.index(item) for item in pair)
        yield Cell(Kind.RESIDUAL, g, row, column, tied(equal, g, Kind.RESIDUAL, row, column), 0.0)


def _response_cells(
    model: FactorModel,
    g: int,
    thresholds: Sequence[int],
    scaling: Scaling,
    equality: Equality,
) -> Iterator[Cell]:
    shared = equality.holds("thresholds")
    for i, (item, count) in enumerate(zip(model.items, thresholds, strict=True)):
        for n in range(count):
            yield Cell(Kind.THRESHOLD, g, i, n, tied(shared, g, Kind.THRESHOLD, i, n), 0.0)
        same = equality.holds("intercepts", item)
        later = g > 0 and shared
        intercept = (Kind.INTERCEPT, i, g) if later and not same else None
        yield Cell(Kind.INTERCEPT, g, i, 0, intercept, 0.0)
        free = later and (count > 1 or same) and not equality.holds("residuals")
        kind, column = (Kind.SCALE, 0) if scaling == "delta" else (Kind.RESIDUAL, i)
        yield Cell(kind, g, i, column, (kind, i, g) if free else None, 1.0)
