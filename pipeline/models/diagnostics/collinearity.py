"""Variance inflation: how much a predictor's error grows because others tell the same."""

from __future__ import annotations

import numpy as np


def variance_inflation(design: np.ndarray) -> np.ndarray:
    """Return the variance inflation factor of each column, (k,).

    Parameters
    ----------
    design : (n, k) of full rank with the intercept left out; no column constant. No missing values,
        unweighted.

    Notes
    -----
    1 / (1 - R2) of each column on the others: the diagonal of the inverse of their correlations. R:
    `car::vif(lm(y ~ x))`.
    """
    return np.diag(np.linalg.inv(np.atleast_2d(np.corrcoef(design, rowvar=False))))
