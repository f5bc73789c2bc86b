"""Whether values vary, told apart from the last digit of floating-point arithmetic."""

from __future__ import annotations

import numpy as np

ROUNDING = 1e-12


def varies(values: np.ndarray) -> np.ndarray:
    """Say for each column of (n, k), or for an (n,) array, whether its values differ; NaN aside.

    Differences below 1e-12 of the largest value are rounding. False where nothing is there.
    """
    empty = np.where(np.isnan(values), -np.inf, values)
    high = empty.max(axis=0, initial=-np.inf)
    low = np.where(np.isnan(values), np.inf, values).min(axis=0, initial=np.inf)
    with np.errstate(invalid="ignore"):
        spread = high - low
        return np.asarray(spread > ROUNDING * np.maximum(np.abs(high), np.abs(low)))
