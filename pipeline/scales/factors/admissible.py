"""Whether an estimated model can be taken at its word: identified, and no impossible variance."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pipeline.core.errors import Finding
from pipeline.scales.factors.inverse import unit_scale
from pipeline.scales.factors.moments import Moments
from pipeline.scales.factors.parameters import Kind, Parameters

SINGULAR = 1e-9
"""Smallest eigenvalue of the information, scaled to a unit diagonal, of an identified model."""
SLACK = 1e-6
"""By how much a bound may be passed before it is called passed."""


def check_degrees(parameters: Parameters, n_moments: int) -> None:
    """Refuse a model with more parameters than moments."""
    if parameters.n_free > n_moments:
        text = (
            f"the model has {parameters.n_free} parameters, the answers only {n_moments} moments: "
            "give its factors more items, or leave something out"
        )
        raise Finding("not_identified", text)


def null_directions(information: np.ndarray, parameters: Parameters) -> Finding | None:
    """Return the finding that some parameters cannot be told apart, with their names; or None."""
    scale = unit_scale(information)
    value, vector = np.linalg.eigh(information * scale * scale[:, None])
    null = vector[:, value < SINGULAR]
    if not null.shape[1]:
        return None
    involved = np.flatnonzero((null**2).sum(axis=1) > 1e-4)
    first = parameters.moving[parameters.first_cells()]
    names = tuple(parameters.name(first[k]) for k in involved)
    text = f"the answers cannot tell these parameters apart: {', '.join(names)}"
    return Finding("not_identified", text)


def improper(parameters: Parameters, implied: Moments) -> tuple[Finding, ...]:
    """Return negative variances, standardised loadings above one, impossible factor covariances."""
    return (
        *_negative_variances(parameters),
        *_above_one(parameters, implied),
        *_latent(parameters, implied),
    )


def _negative_variances(parameters: Parameters) -> Iterator[Finding]:
    for kind in (Kind.RESIDUAL, Kind.LATENT):
        at = (parameters.kind == kind) & (parameters.row == parameters.column)
        for cell in np.flatnonzero(at & (parameters.value < 0)):
            name = parameters.name(int(cell))
            text = f"negative variance (Heywood case): {name} = {parameters.value[cell]:.3g}"
            items = [parameters.row[cell]] if kind == Kind.RESIDUAL else []
            yield Finding("heywood_case", text, items)


def _above_one(parameters: Parameters, implied: Moments) -> Iterator[Finding]:
    """Yield loadings above one of items with one factor only: with more, that is possible."""
    sd = np.sqrt(np.abs(np.diagonal(implied.covariance, axis1=1, axis2=2)))
    factor_sd = np.sqrt(np.abs(np.diagonal(implied.latent_covariance, axis1=1, axis2=2)))
    standard = implied.loadings * factor_sd[:, None, :] / sd[:, :, None]
    alone = (implied.loadings != 0).sum(axis=2) == 1
    for cell in np.flatnonzero(parameters.kind == Kind.LOADING):
        where = parameters.group[cell], parameters.row[cell], parameters.column[cell]
        if alone[where[:2]] and abs(standard[where]) > 1 + SLACK:
            name = parameters.name(int(cell))
            text = f"standardised loading above one (Heywood case): {name} = {standard[where]:.3f}"
            yield Finding("heywood_case", text, [parameters.row[cell]])


def _latent(parameters: Parameters, implied: Moments) -> Iterator[Finding]:
    for g, covariance in enumerate(implied.latent_covariance):
        sd = np.sqrt(np.abs(np.diag(covariance)))
        if not sd.all() or np.linalg.eigvalsh(covariance / sd / sd[:, None])[0] >= -SLACK:
            continue
        where = "" if len(parameters.groups) == 1 else f" in group {parameters.groups[g]}"
        text = f"the factors' covariances are impossible (a correlation of one or more?){where}"
        yield Finding("impossible_factors", text)
