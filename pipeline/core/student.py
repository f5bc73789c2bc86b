"""Student's t, without the cost of importing all of scipy.stats."""

from __future__ import annotations

import numpy as np


def t_quantile(df: float, level: float) -> float:
    """Return the t that holds `level` of the distribution between -t and t; NaN for df <= 0.

    R: `qt((1 + level) / 2, df)`.
    """
    from scipy.special import stdtrit

    return float(stdtrit(df, (1 + level) / 2)) if df > 0 else np.nan


def two_sided_p(t: np.ndarray | float, df: float) -> np.ndarray:
    """Return the two-sided p value of t, in the shape of `t`. R: `2 * pt(-abs(t), df)`."""
    from scipy.special import stdtr

    return np.asarray(2 * stdtr(df, -np.abs(t)))
