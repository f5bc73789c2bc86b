"""Rotation of loadings by gradient projection, to factors that are easier to name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline.core.errors import Finding

MOST_STEPS = 20_000
MOST_HALVINGS = 40
FLAT = 1e-6
GEOMIN_DELTA = 0.01
PROMAX_POWER = 4

Rotation = Literal["none", "varimax", "quartimax", "promax", "oblimin", "geomin"]
Criterion = Callable[[np.ndarray], tuple[float, np.ndarray]]


@dataclass(frozen=True)
class Rotated:
    """Rotated loadings, the factor that explains most first, each adding up to a positive number.

    Attributes
    ----------
    loadings : (k, m) pattern loadings. factor_correlations : (m, m); 1 and 0 when factors are orthogonal.
    explained : (m,) sums of squares, diag(phi L'L).
    """

    loadings: np.ndarray
    factor_correlations: np.ndarray
    explained: np.ndarray


def rotate(loadings: np.ndarray, rotation: Rotation) -> Rotated:
    """Rotate unrotated loadings, starting where they stand.

    Parameters
    ----------
    loadings : (k, m) of orthogonal factors. rotation : orthogonal `varimax` (rows normalised: Kaiser 1958)
        and `quartimax`; oblique `oblimin` (gamma 0, direct quartimin: Jennrich & Sampson 1966), `geomin`
        (delta .01: Yates 1987) and `promax` (power 4, rows normalised: Hendrickson & White 1964).

    Raises
    ------
    Finding : not_converged.

    Notes
    -----
    Gradient projection: Bernaards & Jennrich (2005), on until the projected gradient is below 1e-6. A
    criterion may have several minima; this is the one reached from the unrotated loadings. R:
    `psych::fa(rotate = "varimax" | "quartimax" | "oblimin" | "geominQ" | "promax")`, GPArotation.
    """
    if loadings.shape[1] == 1 or rotation == "none":
        pattern, phi = loadings, np.eye(loadings.shape[1])
    else:
        pattern, phi = ROTATIONS[rotation](loadings)
    explained = np.diag(phi @ pattern.T @ pattern)
    order = np.argsort(-explained, kind="stable")
    sign = np.where(pattern.sum(axis=0) < 0, -1.0, 1.0)[order]
    return Rotated(
        pattern[:, order] * sign,
        phi[np.ix_(order, order)] * np.outer(sign, sign),
        explained[order],
    )


def _varimax(loadings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rotate rows of length 1, then give them their length back; rows without length stay 0."""
    length = _row_lengths(loadings)
    turned, phi = _orthogonal(loadings / length, _varimax_criterion)
    return turned * length, phi


def _row_lengths(loadings: np.ndarray) -> np.ndarray:
    length = np.sqrt((loadings**2).sum(axis=1, keepdims=True))
    return np.where(length > 0, length, 1.0)


def _promax(loadings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn varimax loadings to their own powers by least squares, on rows of length 1."""
    length = _row_lengths(loadings)
    start, _ = _orthogonal(loadings / length, _varimax_criterion)
    target = start * np.abs(start) ** (PROMAX_POWER - 1)
    turn = np.linalg.lstsq(start, target, rcond=None)[0]
    turn = turn * np.sqrt(np.diag(np.linalg.inv(turn.T @ turn)))
    back = np.linalg.inv(turn)
    return (start @ turn) * length, back @ back.T


def _varimax_criterion(loadings: np.ndarray) -> tuple[float, np.ndarray]:
    squares = loadings**2
    spread = squares - squares.mean(axis=0)
    return -float((spread**2).sum()) / 4, -loadings * spread


def _quartimax_criterion(loadings: np.ndarray) -> tuple[float, np.ndarray]:
    return -float((loadings**4).sum()) / 4, -(loadings**3)


def _oblimin_criterion(loadings: np.ndarray) -> tuple[float, np.ndarray]:
    squares = loadings**2
    others = squares.sum(axis=1, keepdims=True) - squares
    return float((squares * others).sum()) / 4, loadings * others


def _geomin_criterion(loadings: np.ndarray) -> tuple[float, np.ndarray]:
    squares = loadings**2 + GEOMIN_DELTA
    product = np.exp(np.log(squares).mean(axis=1, keepdims=True))
    return float(product.sum()), 2 / loadings.shape[1] * loadings / squares * product


def _orthogonal(loadings: np.ndarray, criterion: Criterion) -> tuple[np.ndarray, np.ndarray]:
    """Return the rotated loadings at a minimum over orthogonal rotations."""

    def place(turn: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = criterion(loadings @ turn)
        slope = loadings.T @ gradient
        inner = turn.T @ slope
        return value, slope - turn @ (inner + inner.T) / 2

    def nearest(turn: np.ndarray) -> np.ndarray:
        left, _, right = np.linalg.svd(turn)
        return np.asarray(left @ right)

    turn = _descend(np.eye(loadings.shape[1]), place, nearest)
    return loadings @ turn, np.eye(len(turn))


def _oblique(loadings: np.ndarray, criterion: Criterion) -> tuple[np.ndarray, np.ndarray]:
    """Return pattern and factor correlations at a minimum over oblique rotations."""

    def place(turn: np.ndarray) -> tuple[float, np.ndarray]:
        inverse = np.linalg.inv(turn)
        pattern = loadings @ inverse.T
        value, gradient = criterion(pattern)
        slope = -(pattern.T @ gradient @ inverse).T
        return value, slope - turn * (turn * slope).sum(axis=0)

    def nearest(turn: np.ndarray) -> np.ndarray:
        return np.asarray(turn / np.sqrt((turn**2).sum(axis=0)))

    turn = _descend(np.eye(loadings.shape[1]), place, nearest)
    return loadings @ np.linalg.inv(turn).T, turn.T @ turn


def _descend(
    turn: np.ndarray,
    place: Callable[[np.ndarray], tuple[float, np.ndarray]],
    nearest: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:
    """Follow the projected gradient down; `place` gives value and gradient, `nearest` a true rotation."""
    value, slope = place(turn)
    size = 1.0
    for _ in range(MOST_STEPS):
        steepness = float((slope**2).sum())
        if steepness < FLAT**2:
            return turn
        size *= 2
        for _ in range(MOST_HALVINGS):
            tried = nearest(turn - size * slope)
            tried_value, tried_slope = place(tried)
            if value - tried_value > steepness * size / 2:
                break
            size /= 2
        turn, value, slope = tried, tried_value, tried_slope
    raise Finding("not_converged", "the rotation found no minimum")


ROTATIONS: dict[str, Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]] = {
    "varimax": _varimax,
    "quartimax": lambda loadings: _orthogonal(loadings, _quartimax_criterion),
    "promax": _promax,
    "oblimin": lambda loadings: _oblique(loadings, _oblimin_criterion),
    "geomin": lambda loadings: _oblique(loadings, _geomin_criterion),
}
