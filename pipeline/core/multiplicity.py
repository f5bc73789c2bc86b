"""p values of several tests together: Holm within a family, Benjamini and Hochberg elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

PValues = Sequence[float] | np.ndarray


def holm(p_values: PValues) -> np.ndarray:
    """Return Holm's (1979) adjusted p values; NaN stays, and does not count. R: `p.adjust(p, "holm")`."""
    p = np.asarray(p_values, dtype=float)
    adjusted = np.full(len(p), np.nan)
    order = np.argsort(p)[: np.count_nonzero(~np.isnan(p))]
    steps = p[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def benjamini_hochberg(p_values: PValues) -> np.ndarray:
    """Return q values of Benjamini & Hochberg (1995); NaN stays, and does not count.

    R: `p.adjust(p, "BH")`.
    """
    from scipy.stats import false_discovery_control

    p = np.asarray(p_values, dtype=float)
    adjusted, known = np.full(len(p), np.nan), ~np.isnan(p)
    if known.any():
        adjusted[known] = false_discovery_control(p[known])
    return adjusted
