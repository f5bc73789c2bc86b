"""The R-indicator: how much the propensity to respond differs between the kinds of people invited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MOST_STEPS = 60
CONVERGED = 1e-13
SURE = 1e-9  # a propensity this near to 0 or 1 varies no more: its coefficient is on its way to infinity
SAME = 1e-20  # a variance of propensities that is nothing but rounding
RANK = 1e-11  # eigenvalues below this part of the largest are rounding


@dataclass(frozen=True)
class RIndicator:
    """Representativeness of response; 1 where everyone is as likely to respond.

    Attributes
    ----------
    adjusted : 1 - 2 S, S the standard deviation of the propensities after taking out what chance adds.
    unadjusted : the same without that. std_error : of either.
    rate : mean propensity. largest_bias : S / rate, of the adjusted S. terms : coefficients of the model.
    """

    adjusted: float
    unadjusted: float
    std_error: float
    rate: float
    largest_bias: float
    terms: int


def r_indicator(
    design_matrix: np.ndarray, came: np.ndarray, weights: np.ndarray, strata: np.ndarray
) -> RIndicator | None:
    """Return the sample-based R-indicator of a logistic model of response.

    Parameters
    ----------
    design_matrix : (m, p) of the invited people, with an intercept. came : (m,) 1 or 0.
    weights : (m,) design weights: how many people of the population each one stands for.
    strata : (m,) int >= 0, within which people were invited at random.

    Returns
    -------
    None where all or nobody responded, or the columns do not differ from the intercept.

    Notes
    -----
    S^2 = sum w (p - mean)^2 / (N - 1) (Schouten, Cobben & Bethlehem 2009). Estimated propensities vary by
    chance too, which matters with few people: the adjustment and the error are those of Shlomo, Skinner &
    Schouten (2012) for stratified random samples; S is 0 where chance explains all. R: `glm(family =
    binomial, weights = w / mean(w))` and the formulas, as in the RISQ project's R code.
    """
    if came.min() == came.max() or design_matrix.shape[1] < 2:
        return None
    fitted, covariance = fit_propensities(design_matrix, came, weights / weights.mean())
    total = float(weights.sum())
    mean = float(weights @ fitted / total)
    spread = float(weights @ (fitted - mean) ** 2 / (total - 1))
    if spread <= SAME:
        return None
    slopes = (fitted * (1 - fitted))[:, None] * design_matrix
    chance = float(weights @ (slopes @ covariance * slopes).sum(axis=1))
    drawn = _variance_of_total(fitted, weights, strata) / total
    left = max(spread - (chance - drawn) / total, 0.0)
    error = _variance_of_r(fitted, slopes, covariance, weights, strata, spread)
    return RIndicator(
        1 - 2 * np.sqrt(left),
        1 - 2 * np.sqrt(spread),
        float(np.sqrt(error)),
        mean,
        float(np.sqrt(left)) / mean,
        design_matrix.shape[1],
    )


def fit_propensities(
    design_matrix: np.ndarray, came: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Fit a logistic regression; return the propensities (m,) and the covariance (p, p).

    Where a kind of people never or always responds, its propensity goes to 0 or 1 and its coefficient
    without bound; the steps end when the deviance stands still, and such people add nothing to the
    covariance, as in the limit. R: `glm(family = binomial)`.
    """
    beta = np.zeros(design_matrix.shape[1])
    before = np.inf
    for _ in range(MOST_STEPS):
        fitted = 1 / (1 + np.exp(-np.clip(design_matrix @ beta, -30, 30)))
        deviance = -2 * float(weights @ np.log(np.where(came > 0, fitted, 1 - fitted)))
        information = _information(design_matrix, fitted, weights)
        covariance = np.linalg.pinv(information, rcond=RANK, hermitian=True)
        if abs(before - deviance) <= CONVERGED * (abs(deviance) + 0.1):
            break
        before = deviance
        beta = beta + covariance @ (design_matrix.T @ (weights * (came - fitted)))
    return fitted, covariance


def indicators(columns: Sequence[np.ndarray]) -> np.ndarray:
    """Return (m, p) an intercept and, for each column of groups from 0, an indicator of all but the first.

    Groups that nobody is in have no indicator; -1, unknown, is a group of its own.
    """
    parts = [np.ones((len(columns[0]), 1))] if columns else []
    for each in columns:
        found = np.unique(each)
        parts.append((each[:, None] == found[None, 1:]).astype(float))
    return np.concatenate(parts, axis=1)


def _information(design_matrix: np.ndarray, fitted: np.ndarray, weights: np.ndarray) -> np.ndarray:
    variance = fitted * (1 - fitted)
    varies = np.where(variance > SURE, weights * variance, 0.0)
    return design_matrix.T @ (varies[:, None] * design_matrix)


def _variance_of_total(values: np.ndarray, weights: np.ndarray, strata: np.ndarray) -> float:
    """Return the variance of the estimated total of values (m,), people drawn at random in each stratum."""
    n = np.maximum(np.bincount(strata), 1)
    population = np.bincount(strata, weights)
    centred = values - (np.bincount(strata, values) / n)[strata]
    spread = np.bincount(strata, centred**2) / np.maximum(n - 1, 1)
    return float(
        (population**2 * np.maximum(1 - n / np.maximum(population, n), 0) * spread / n).sum()
    )


def _variance_of_r(
    fitted: np.ndarray,
    slopes: np.ndarray,
    covariance: np.ndarray,
    weights: np.ndarray,
    strata: np.ndarray,
    spread: float,
) -> float:
    """Return the linearised variance of the indicator: of the coefficients, and of who was invited."""
    total = float(weights.sum())
    share = weights / total
    from_mean = fitted - float(share @ fitted)
    centred = slopes - share @ slopes
    with_fitted = centred.T @ (share * from_mean)
    own = centred.T @ (share[:, None] * centred) @ covariance
    of_coefficients = 4 * float(with_fitted @ covariance @ with_fitted) + 2 * float(
        np.trace(own @ own)
    )
    drawn = _variance_of_total(from_mean**2, weights, strata) / total**2
    return (of_coefficients + drawn) / spread
