"""Logistic regression with cluster-robust errors."""

from __future__ import annotations

import warnings

import numpy as np

from pipeline.core.errors import UserError
from pipeline.core.student import t_quantile, two_sided_p
from pipeline.models.linear import Fit


def fit_logit(outcome: np.ndarray, design: np.ndarray, clusters: np.ndarray, level: float) -> Fit:
    """Fit a logistic regression by maximum likelihood, errors clustered by organisation.

    Parameters
    ----------
    outcome : (n,) of 0 and 1, design : (n, k) of full rank with its intercept, clusters : (n,) int; no
        missing values, unweighted. level : confidence level.

    Returns
    -------
    Coefficients on the logit scale with CR1 errors, G/(G-1) (n-1)/(n-k) times the sandwich, and t on G - 1
    degrees of freedom. R: `sandwich::vcovCL(glm(..., binomial), cluster, type = "HC1")`.

    Raises
    ------
    UserError
        The outcome is not 0/1 or does not vary, or a term separates it, so that no estimate exists.
    """
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    if set(np.unique(outcome)) != {0.0, 1.0}:
        raise UserError("the outcome of a logit takes the values 0 and 1, and both must occur")
    groups = len(np.unique(clusters))
    unit = np.sqrt((design**2).mean(axis=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # separation is found below, by its estimates
        result = GLM(outcome, design / unit, family=Binomial()).fit(
            cov_type="cluster", cov_kwds={"groups": clusters}, use_t=True, maxiter=100
        )
    if not result.converged or (np.abs(design / unit * result.params).max() > 25):
        raise UserError(
            "no estimate: a term (nearly) separates the outcome, or the fit did not converge"
        )
    df = float(groups - 1)
    half = t_quantile(df, level) * result.bse
    return Fit(
        "CR1",
        len(outcome),
        groups,
        result.params / unit,
        result.bse / unit,
        result.tvalues,
        np.full(design.shape[1], df),
        two_sided_p(result.tvalues, df),
        (result.params - half) / unit,
        (result.params + half) / unit,
    )
