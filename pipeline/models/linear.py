"""Linear regression with cluster-robust errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Fit:
    """Estimates of a model's terms; arrays are (k,), in the order of the design's columns."""

    inference: str
    n: int
    groups: int
    estimate: np.ndarray
    std_error: np.ndarray
    statistic: np.ndarray
    df: np.ndarray
    p_value: np.ndarray
    low: np.ndarray
    high: np.ndarray


def fit_ols(outcome: np.ndarray, design: np.ndarray, clusters: np.ndarray, level: float) -> Fit:
    """Fit ordinary least squares with errors clustered by organisation.

    Parameters
    ----------
    outcome : (n,), design : (n, k) of full rank with its intercept, clusters : (n,) int; no missing
        values, unweighted. level : confidence level.

    Returns
    -------
    Coefficients with CR1 errors, G/(G-1) (n-1)/(n-k) times the sandwich, and t on G - 1 degrees of freedom
    (Cameron & Miller 2015). Fewer than 40 clusters make these too small; see the models' later methods.
    R: `sandwich::vcovCL(lm(...), cluster, type = "HC1")`, `clubSandwich` "CR1S".
    """
    from statsmodels.regression.linear_model import OLS

    groups = len(np.unique(clusters))
    unit = np.sqrt((design**2).mean(axis=0))  # columns of like size, or the inverse loses digits
    result = OLS(outcome, design / unit).fit(
        cov_type="cluster", cov_kwds={"groups": clusters}, use_t=True
    )
    low, high = result.conf_int(alpha=1 - level).T / unit
    return Fit(
        "CR1",
        len(outcome),
        groups,
        result.params / unit,
        result.bse / unit,
        result.tvalues,
        np.full(design.shape[1], float(groups - 1)),
        result.pvalues,
        low,
        high,
    )
