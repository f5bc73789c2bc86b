"""Whether counts vary as a model says: overdispersion, zeros, and the rootogram."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.models.nonlinear.estimate import Estimate


@dataclass(frozen=True)
class Overdispersion:
    """How much more counts vary than Poisson's.

    Attributes
    ----------
    ratio : Pearson's chi-square of the Poisson model over its degrees of freedom, 1 if Poisson is right.
        statistic : twice the gain in log likelihood of the negative binomial. p_value : of no
        overdispersion, half that of a chi-square with 1 df, as the size is at its bound under the null.
    """

    ratio: float
    statistic: float
    p_value: float


def overdispersion(poisson: Estimate, negative_binomial: Estimate) -> Overdispersion:
    """Compare Poisson and negative binomial fits to the same counts.

    Notes
    -----
    Cameron & Trivedi (2013), sections 3.4 and 5.5. R: `pscl::odTest(MASS::glm.nb(...))`.
    """
    from scipy.special import chdtrc

    residual = poisson.working.residual
    gain = 2 * (negative_binomial.log_likelihood - poisson.log_likelihood)
    p = float(chdtrc(1, gain)) / 2 if gain > 0 else 1.0
    left = len(residual) - len(poisson.vector)
    return Overdispersion(float(residual @ residual) / left, max(gain, 0.0), p)


@dataclass(frozen=True)
class Rootogram:
    """How many people have each count, and how many a model expects; (m,) each.

    Attributes
    ----------
    least, most : the counts of a bar: one count, and at the end several (`most` is the highest count, the
        expectation all above `least`). observed : people. expected : people.
    """

    least: np.ndarray
    most: np.ndarray
    observed: np.ndarray
    expected: np.ndarray

    @property
    def zero_ratio(self) -> float:
        """Return people without any over those expected without; 1 if zeros are as the model says."""
        return float(self.observed[0] / self.expected[0])


def rootogram(outcome: np.ndarray, mean: np.ndarray, theta: float, bars: int) -> Rootogram:
    """Return the people at each count from 0, and those a negative binomial expects.

    Parameters
    ----------
    outcome : (n,) whole numbers from 0. mean : (n,), as fitted. theta : the size, inf for Poisson. bars :
        how many at most; the last one holds all higher counts. No missing values, unweighted.

    Notes
    -----
    Kleiber & Zeileis (2016). R: `countreg::rootogram(MASS::glm.nb(...), plot = FALSE)`.
    """
    from scipy.special import gammaln, xlogy

    highest = int(outcome.max())
    counts = np.arange(min(bars - 1, highest))
    k, m = counts[:, None], mean[None, :]
    if np.isinf(theta):
        log_p = xlogy(k, m) - m - gammaln(k + 1)
    else:
        log_p = gammaln(k + theta) - gammaln(theta) - gammaln(k + 1)
        log_p = log_p - theta * np.log1p(m / theta) + xlogy(k, m / (theta + m))
    expected = np.exp(log_p).sum(axis=1)
    observed = np.bincount(outcome.astype(int), minlength=highest + 1)
    return Rootogram(
        np.append(counts, len(counts)),
        np.append(counts, highest),
        np.append(observed[: len(counts)], observed[len(counts) :].sum()),
        np.append(expected, len(outcome) - expected.sum()),
    )
