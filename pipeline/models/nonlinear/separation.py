"""Whether terms separate an outcome, so that no maximum of the likelihood exists."""

from __future__ import annotations

import numpy as np

FAR = 12.0
"""Linear predictor beyond which a maximum is checked: a probability of 6 in a million, or e^12 cases."""


def separating(rising: np.ndarray, fixed: np.ndarray | None = None) -> np.ndarray:
    """Return which parameters a likelihood can rise along for ever, (q,) bool; none where it has a maximum.

    Parameters
    ----------
    rising : (m, q), rows whose product with a direction may not be negative if the likelihood is never to
        fall along it. fixed : (l, q), rows whose product must be 0.

    Notes
    -----
    Albert & Anderson (1984); the linear programme of Konis (2007): the largest sum of the products over
    directions in the unit box is 0 if and only if the outcome is not separated. R:
    `detectseparation::detect_separation`.
    """
    from scipy.optimize import linprog

    scale = np.sqrt((rising**2).mean(axis=0))
    scale = np.where(scale > 0, scale, 1.0)
    rows = rising / scale
    no_less = None if fixed is None or not len(fixed) else fixed / scale
    found = linprog(
        -rows.mean(axis=0),
        A_ub=-rows,
        b_ub=np.zeros(len(rows)),
        A_eq=no_less,
        b_eq=None if no_less is None else np.zeros(len(no_less)),
        bounds=(-1, 1),
        method="highs",
    )
    direction = np.zeros(rising.shape[1]) if found.x is None else found.x
    if (rows @ direction).mean() < 1e-9:
        return np.zeros(rising.shape[1], dtype=bool)
    return np.abs(direction) > 1e-7
