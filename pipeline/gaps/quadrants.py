"""Importance and performance: in which quadrant a target lies, and how surely."""

from __future__ import annotations

from typing import Literal

import numpy as np

Crosshair = Literal["grand_means", "midpoints", "medians"]
CROSSHAIRS: tuple[Crosshair, ...] = ("grand_means", "midpoints", "medians")
Quadrant = Literal["keep_up", "concentrate", "low_priority", "overkill", "border"]
QUADRANTS: tuple[Quadrant, ...] = ("keep_up", "concentrate", "low_priority", "overkill")


def lines(values: np.ndarray, midpoints: np.ndarray, crosshair: Crosshair) -> np.ndarray:
    """Return where the line between low and high lies, for means (..., T) of one family, (..., 1 or T).

    At the mean or the median of the targets' means, drawn anew with them, or at the middle of the answers,
    `midpoints` (T,). Targets without a mean have no say; NaN where none has one.
    """
    if crosshair == "midpoints":
        return np.broadcast_to(midpoints, values.shape)
    known = (~np.isnan(values)).sum(axis=-1, keepdims=True)
    if crosshair == "grand_means":
        total = np.where(np.isnan(values), 0, values).sum(axis=-1, keepdims=True)
        return np.where(known > 0, total / np.maximum(known, 1), np.nan)
    ordered = np.sort(values, axis=-1)
    last = np.maximum(known - 1, 0)
    middle = [np.take_along_axis(ordered, each, axis=-1) for each in (last // 2, (last + 1) // 2)]
    return np.asarray((middle[0] + middle[1]) / 2)


def quadrant_probabilities(
    current: np.ndarray, desired: np.ndarray, midpoints: np.ndarray, crosshair: Crosshair
) -> np.ndarray:
    """Return the share of replicates in which each target lies in each quadrant, (4, T).

    Parameters
    ----------
    current, desired : (B, T) means of one family in each replicate: performance and importance. midpoints :
        (T,) the middle of the answers.

    Returns
    -------
    In the order of `QUADRANTS` (Martilla & James 1977): important and present (keep up), important and
    absent (concentrate here), neither (low priority), present and unimportant (possible overkill). A
    value on a line is high. NaN where no replicate has the target.
    """
    present = current >= lines(current, midpoints, crosshair)
    important = desired >= lines(desired, midpoints, crosshair)
    known = ~(np.isnan(current) | np.isnan(desired))
    total = known.sum(axis=0)
    inside = (
        important & present,
        important & ~present,
        ~important & ~present,
        ~important & present,
    )
    counts = np.array([(each & known).sum(axis=0) for each in inside])
    return np.where(total > 0, counts / np.maximum(total, 1), np.nan)


def assigned(probabilities: np.ndarray, least: float) -> list[Quadrant | None]:
    """Return each target's quadrant where its probability (4, T) is at least `least`, else `border`.

    None where there is no probability.
    """
    found: list[Quadrant | None] = []
    for column in probabilities.T:
        if np.isnan(column).any():
            found.append(None)
            continue
        best = int(column.argmax())
        found.append(QUADRANTS[best] if column[best] >= least else "border")
    return found
