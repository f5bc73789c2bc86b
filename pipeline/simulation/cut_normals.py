"""Normal variables cut into answers: means, variances and covariances in closed form.

An answer is 1 plus the number of cuts that a standard normal variable lies above. Two such answers
whose variables correlate rho have the covariance sum_m a_m b_m rho^m (Mehler 1866), where a_m are the
coefficients of the step function on the normalised Hermite polynomials.
"""

from __future__ import annotations

import numpy as np

TERMS = 24
NEVER = 40.0


def hermite_coefficients(cuts: np.ndarray, terms: int = TERMS) -> np.ndarray:
    """Return the coefficients of answers on the normalised Hermite polynomials.

    Parameters
    ----------
    cuts : (..., c) increasing, in standard deviations from the mean; `NEVER` where there is none.

    Returns
    -------
    (..., terms + 1); the first is the mean answer. With |rho| below .8 the terms left out are below .001.
    """
    from scipy.special import ndtr

    density = np.exp(-(cuts**2) / 2) / np.sqrt(2 * np.pi)
    result = np.empty((*cuts.shape[:-1], terms + 1))
    result[..., 0] = 1 + ndtr(-cuts).sum(axis=-1)
    before, polynomial = np.zeros_like(cuts), np.ones_like(cuts)
    for m in range(1, terms + 1):
        result[..., m] = (density * polynomial).sum(axis=-1) / np.sqrt(m)
        following = (cuts * polynomial - np.sqrt(m - 1) * before) / np.sqrt(m)
        before, polynomial = polynomial, following
    return result


def variances(cuts: np.ndarray) -> np.ndarray:
    """Return the exact variances (...) of answers cut at `cuts` (..., c)."""
    from scipy.special import ndtr

    above = ndtr(-cuts)
    k = np.arange(1, cuts.shape[-1] + 1)
    return ((2 * k - 1) * above).sum(axis=-1) - above.sum(axis=-1) ** 2


def covariances(a: np.ndarray, b: np.ndarray, rho: np.ndarray) -> np.ndarray:
    """Return the covariances of answers with coefficients `a` and `b` (..., terms + 1) at `rho` (...)."""
    powers = rho[..., None] ** np.arange(1, a.shape[-1])
    return (a[..., 1:] * b[..., 1:] * powers).sum(axis=-1)


def score_icc(load: np.ndarray, cuts: np.ndarray, share: float) -> float:
    """Return the observed ICC(1) of the mean of k answers.

    Parameters
    ----------
    load : (k,) loadings on one latent. cuts : (k, c). share : the part of the latent's variance that lies
        between organisations; residuals lie within.
    """
    a, rho = hermite_coefficients(cuts), np.outer(load, load)
    total = covariances(a[:, None], a[None], rho)
    np.fill_diagonal(total, variances(cuts))
    between = covariances(a[:, None], a[None], rho * share)
    return float(between.sum() / total.sum())


def share_for_icc(load: np.ndarray, cuts: np.ndarray, icc: float) -> float | None:
    """Return the latent share between organisations that gives a score this ICC(1); None if none does.

    Solved by bisection (Brent): the observed ICC is smaller than the latent share, for the score is not
    perfectly reliable and rounding adds to it.
    """
    from scipy.optimize import brentq

    if icc == 0:
        return 0.0
    if score_icc(load, cuts, 1.0) < icc:
        return None
    return float(brentq(lambda share: score_icc(load, cuts, share) - icc, 0.0, 1.0, xtol=1e-10))
