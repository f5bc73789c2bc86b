"""Counts: Poisson, negative binomial (NB2), and the hurdle with a zero-truncated negative binomial.

A mean m = exp(eta) and a size theta give the variance m + m^2 / theta. With s = m / (theta + m),
log P(0) = -theta log(1 + m / theta), and t = log(theta), every derivative below is a polynomial in s.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.core.errors import Finding
from pipeline.models.nonlinear.cumulative import fit_logit
from pipeline.models.nonlinear.estimate import Estimate, WorkingRows
from pipeline.models.nonlinear.newton import Optimum, inverse, maximise
from pipeline.models.nonlinear.separation import FAR, separating

MOST_THETA = 1e6
"""Size beyond which counts vary no more than Poisson's."""
LIMIT = float(np.log(MOST_THETA))


def fit_poisson(
    outcome: np.ndarray, design: np.ndarray, weights: np.ndarray | None = None
) -> Estimate:
    """Fit a Poisson regression by maximum likelihood.

    Parameters
    ----------
    outcome : (n,) whole numbers from 0. design : (n, k) of full rank, with its intercept. weights : (n,)
        how often a row counts; 1 without. No missing values.

    Raises
    ------
    Finding : constant_outcome; separation, with the columns that separate; not_converged.

    Notes
    -----
    R: `glm(y ~ x, poisson)`.
    """
    y, weight = _checked(outcome, weights)
    likelihood = _Poisson(y, design, weight)
    optimum = maximise(likelihood, _start(y, design, weight))
    _refuse(optimum, y, design, optimum.vector)
    mean = np.exp(design @ optimum.vector)
    return Estimate(
        "poisson",
        optimum.vector,
        inverse(likelihood.curvature(optimum.vector)),
        optimum.value,
        likelihood.scores(optimum.vector),
        working_rows(y, design, mean, weight * mean),
        np.arange(design.shape[1]),
        likelihood,
    )


def fit_negative_binomial(
    outcome: np.ndarray, design: np.ndarray, weights: np.ndarray | None = None
) -> Estimate:
    """Fit a negative binomial regression, NB2, with its size, by maximum likelihood.

    Parameters
    ----------
    outcome, design, weights : see `fit_poisson`.

    Returns
    -------
    The k slopes, then log(theta); its covariance is the inverse of the full observed information. Robust
    errors hold theta fixed. Found `no_overdispersion` where counts vary no more than Poisson's: the slopes
    are then Poisson's, theta is held at a million, without an error.

    Raises
    ------
    Finding : constant_outcome; separation; not_converged.

    Notes
    -----
    Lawless (1987). R: `MASS::glm.nb(y ~ x)`, whose standard errors hold theta fixed and are of the expected
    information: those of `working`.
    """
    y, weight = _checked(outcome, weights)
    start = fit_poisson(y, design, weights)
    mean = np.exp(design @ start.vector)
    excess = float(weight @ ((y - mean) ** 2 - mean)) / float(weight @ mean**2)
    likelihood = NegativeBinomial(y, design, weight)
    optimum = maximise(likelihood, np.append(start.vector, -np.log(max(excess, 0.02))))
    if optimum.vector[-1] > np.log(MOST_THETA) or optimum.value <= start.log_likelihood:
        return _without_overdispersion(start, _Poisson(y, design, weight))
    _refuse(optimum, y, design, optimum.vector[:-1])
    k = design.shape[1]
    mean, theta = np.exp(design @ optimum.vector[:k]), float(np.exp(optimum.vector[k]))
    return Estimate(
        "negbin",
        optimum.vector,
        inverse(likelihood.curvature(optimum.vector)),
        optimum.value,
        likelihood.scores(optimum.vector),
        working_rows(y, design, mean, weight * mean / (1 + mean / theta)),
        np.arange(k),
        likelihood,
    )


@dataclass(frozen=True)
class Hurdle:
    """A hurdle model: `zero`, a logit of any at all; `count`, of how many where there are any."""

    zero: Estimate
    count: Estimate

    @property
    def log_likelihood(self) -> float:
        """Return that of both parts together."""
        return self.zero.log_likelihood + self.count.log_likelihood


def fit_hurdle(
    outcome: np.ndarray,
    design: np.ndarray,
    zero_design: np.ndarray,
    weights: np.ndarray | None = None,
) -> Hurdle:
    """Fit a logit of any at all, and a zero-truncated negative binomial of the counts above 0.

    Parameters
    ----------
    outcome, design, weights : see `fit_poisson`; zero_design : (n, l), the columns of the logit.

    Raises
    ------
    Finding : of either part, as `fit_logit` and `fit_truncated`.

    Notes
    -----
    Mullahy (1986). R: `pscl::hurdle(y ~ x | z, dist = "negbin")`.
    """
    some = outcome > 0
    return Hurdle(
        fit_logit(some.astype(float), zero_design, weights),
        fit_truncated(outcome[some], design[some], None if weights is None else weights[some]),
    )


def fit_truncated(
    outcome: np.ndarray, design: np.ndarray, weights: np.ndarray | None = None
) -> Estimate:
    """Fit a zero-truncated negative binomial regression by maximum likelihood.

    Parameters
    ----------
    outcome : (n,) whole numbers from 1; design, weights : see `fit_poisson`.

    Returns
    -------
    The k slopes of the mean before truncation, then log(theta). `working` holds theta fixed.

    Raises
    ------
    Finding : constant_outcome; not_converged, also where theta runs off to either end.
    """
    if outcome.min(initial=1) < 1:
        raise ValueError("a truncated count is 1 or more")
    y, weight = _checked(outcome, weights)
    likelihood = NegativeBinomial(y, design, weight, truncated=True)
    optimum = maximise(likelihood, np.append(_start(y, design, weight), 0.0))
    if abs(optimum.vector[-1]) > np.log(MOST_THETA):
        raise Finding("not_converged", "the size of the truncated counts has no estimate")
    _refuse(optimum, y, design, optimum.vector[:-1])
    first, information = likelihood.along_eta(optimum.vector)
    root = np.sqrt(weight)
    rows = WorkingRows(
        (root * np.sqrt(information))[:, None] * design,
        root * first / np.sqrt(information),
        np.arange(len(y)),
    )
    return Estimate(
        "truncated_negbin",
        optimum.vector,
        inverse(likelihood.curvature(optimum.vector)),
        optimum.value,
        likelihood.scores(optimum.vector),
        rows,
        np.arange(design.shape[1]),
        likelihood,
    )


def working_rows(
    y: np.ndarray, design: np.ndarray, mean: np.ndarray, weight: np.ndarray
) -> WorkingRows:
    """Return the rows of Fisher scoring with the log link: weight (n,), residual (y - mean) / mean."""
    root = np.sqrt(weight)
    return WorkingRows(root[:, None] * design, root * (y - mean) / mean, np.arange(len(y)))


@dataclass(frozen=True)
class _Poisson:
    y: np.ndarray
    design: np.ndarray
    weights: np.ndarray

    @property
    def people(self) -> float:
        return float(self.weights.sum())

    def value(self, vector: np.ndarray) -> float:
        from scipy.special import gammaln

        eta = self.design @ vector
        if eta.max() > 100:
            return -np.inf
        return float(self.weights @ (self.y * eta - np.exp(eta) - gammaln(self.y + 1)))

    def slope(self, vector: np.ndarray) -> np.ndarray:
        return self.scores(vector).sum(axis=0)

    def scores(self, vector: np.ndarray) -> np.ndarray:
        return (self.weights * (self.y - np.exp(self.design @ vector)))[:, None] * self.design

    def take(self, people: np.ndarray) -> _Poisson:
        return _Poisson(self.y[people], self.design[people], self.weights[people])

    def reweigh(self, times: np.ndarray) -> _Poisson:
        return replace(self, weights=self.weights * times)

    def curvature(self, vector: np.ndarray) -> np.ndarray:
        return (
            self.design * (self.weights * np.exp(self.design @ vector))[:, None]
        ).T @ self.design


@dataclass(frozen=True)
class NegativeBinomial:
    """The log likelihood of slopes and log(theta), of all counts or of those above 0."""

    y: np.ndarray
    design: np.ndarray
    weights: np.ndarray
    truncated: bool = False

    def value(self, vector: np.ndarray) -> float:
        """Return the log likelihood; -inf where the mean or the size is out of reach."""
        from scipy.special import gammaln

        eta, theta = self.design @ vector[:-1], np.exp(vector[-1])
        if eta.max() > 100 or abs(vector[-1]) > 30:
            return -np.inf
        none = -theta * np.log1p(np.exp(eta) / theta)
        each = _log_rising(self.y, theta) - gammaln(self.y + 1) + none
        each += self.y * (eta - np.log(theta + np.exp(eta)))
        if self.truncated:
            each -= np.log(-np.expm1(none))
        return float(self.weights @ each)

    def slope(self, vector: np.ndarray) -> np.ndarray:
        """Return the gradient."""
        of_eta, of_size = self._first(vector)
        return np.append((self.weights * of_eta) @ self.design, self.weights @ of_size)

    def scores(self, vector: np.ndarray) -> np.ndarray:
        """Return each row's part of the gradient, (n, k + 1)."""
        of_eta, of_size = self._first(vector)
        each = np.column_stack([of_eta[:, None] * self.design, of_size])
        return self.weights[:, None] * each

    def curvature(self, vector: np.ndarray) -> np.ndarray:
        """Return minus the second derivatives."""
        eta_eta, eta_size, size_size = (self.weights * each for each in self._second(vector))
        across = eta_size @ self.design
        own = (self.design * eta_eta[:, None]).T @ self.design
        return -np.block([[own, across[:, None]], [across[None, :], size_size.sum()]])

    def take(self, people: np.ndarray) -> NegativeBinomial:
        """Return the likelihood of some people."""
        y, design, weights = self.y[people], self.design[people], self.weights[people]
        return NegativeBinomial(y, design, weights, self.truncated)

    def reweigh(self, times: np.ndarray) -> NegativeBinomial:
        """Return the likelihood in which each person counts so many times more."""
        return replace(self, weights=self.weights * times)

    def along_eta(self, vector: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the derivative by the linear predictor of truncated counts, and its variance, (n,) each.

        The derivative is the count times 1 - s, and a constant.
        """
        _, share, none = self._parts(vector)
        mean = np.exp(self.design @ vector[:-1])
        some = -np.expm1(none.value)
        variance = mean / (1 - share) / some + mean**2 / some - (mean / some) ** 2
        return self._first(vector)[0], (1 - share) ** 2 * variance

    def _first(self, vector: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        theta, share, none = self._parts(vector)
        of_eta = self.y * (1 - share) + none.eta
        of_size = _rising_slope(self.y, theta)[0] + none.size - self.y * (1 - share)
        if self.truncated:
            pull = 1 / np.expm1(-none.value)
            of_eta, of_size = of_eta + pull * none.eta, of_size + pull * none.size
        return of_eta, of_size

    def _second(self, vector: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        theta, share, none = self._parts(vector)
        bend = self.y * share * (1 - share)
        eta_eta, eta_size = none.eta_eta - bend, none.eta_size + bend
        size_size = _rising_slope(self.y, theta)[1] + none.size_size - bend
        if self.truncated:
            pull = 1 / np.expm1(-none.value)
            more = pull * (1 + pull)
            eta_eta = eta_eta + pull * none.eta_eta + more * none.eta**2
            eta_size = eta_size + pull * none.eta_size + more * none.eta * none.size
            size_size = size_size + pull * none.size_size + more * none.size**2
        return eta_eta, eta_size, size_size

    def _parts(self, vector: np.ndarray) -> tuple[float, np.ndarray, _LogNone]:
        mean, theta = np.exp(self.design @ vector[:-1]), float(np.exp(vector[-1]))
        return theta, mean / (theta + mean), _LogNone.of(mean, theta)


@dataclass(frozen=True)
class _LogNone:
    """The logarithm of P(0) and its derivatives by eta and by log(theta), (n,) each."""

    value: np.ndarray
    eta: np.ndarray
    size: np.ndarray
    eta_eta: np.ndarray
    eta_size: np.ndarray
    size_size: np.ndarray

    @classmethod
    def of(cls, mean: np.ndarray, theta: float) -> _LogNone:
        value, share = -theta * np.log1p(mean / theta), mean / (theta + mean)
        return cls(
            value,
            -theta * share,
            value + theta * share,
            -theta * share * (1 - share),
            -theta * share**2,
            value + theta * share * (1 + share),
        )


def _log_rising(y: np.ndarray, theta: float) -> np.ndarray:
    """Return log(gamma(y + theta) / gamma(theta)), by a sum where theta is large beside y."""
    from scipy.special import gammaln

    if theta < 1e4:
        return gammaln(y + theta) - gammaln(theta)
    below = np.arange(int(y.max()))
    sums = np.concatenate([[0.0], np.cumsum(np.log(theta + below))])
    return sums[y.astype(int)]


def _rising_slope(y: np.ndarray, theta: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and second derivative of `_log_rising` by log(theta)."""
    below = np.arange(int(y.max(initial=0)))
    first, second = theta / (theta + below), theta * below / (theta + below) ** 2
    at = y.astype(int)
    return tuple(np.concatenate([[0.0], np.cumsum(each)])[at] for each in (first, second))


def _checked(outcome: np.ndarray, weights: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the counts and weights; a count that does not vary has no model."""
    y = outcome.astype(float)
    if (y < 0).any() or (y != np.round(y)).any():
        raise ValueError("counts are whole numbers from 0")
    weight = np.ones(len(y)) if weights is None else weights
    there = y[weight > 0]
    if len(there) == 0 or there.min() == there.max():
        value = f"every count is {there[0]:g}" if len(there) else "there are no counts"
        raise Finding("constant_outcome", value)
    return y, weight


def _start(y: np.ndarray, design: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the least-squares slopes of log(y + 1/2): one step of scoring from the counts themselves."""
    root = np.sqrt(weight * (y + 0.5))
    return np.linalg.lstsq(root[:, None] * design, root * np.log(y + 0.5), rcond=None)[0]


def _refuse(optimum: Optimum, y: np.ndarray, design: np.ndarray, slopes: np.ndarray) -> None:
    """Name why there is no maximum, where there is none: terms that single out rows of zeros."""
    if optimum.converged and (design @ slopes).min() > -FAR:
        return
    along = separating(-design[y == 0], design[y > 0])
    if along.any():
        text = "some terms single out people without any, so that no estimate exists"
        raise Finding("separation", text, np.flatnonzero(along))
    if not optimum.converged:
        raise Finding("not_converged", "no maximum of the likelihood was found")


def _without_overdispersion(poisson: Estimate, likelihood: _Poisson) -> Estimate:
    """Return a Poisson fit as the limit of the negative binomial, its size held at the largest."""
    k = len(poisson.vector)
    covariance = np.full((k + 1, k + 1), np.nan)
    covariance[:k, :k] = poisson.covariance
    return replace(
        poisson,
        kind="negbin",
        vector=np.append(poisson.vector, LIMIT),
        covariance=covariance,
        scores=np.column_stack([poisson.scores, np.zeros(len(poisson.scores))]),
        likelihood=_PoissonLimit(likelihood),
        findings=("no_overdispersion",),
    )


@dataclass(frozen=True)
class _PoissonLimit:
    """Poisson's likelihood of slopes and a log(theta) that is held: each person pulls it to `LIMIT`."""

    poisson: _Poisson

    def value(self, vector: np.ndarray) -> float:
        return self.poisson.value(vector[:-1]) - self.poisson.people * (vector[-1] - LIMIT) ** 2 / 2

    def slope(self, vector: np.ndarray) -> np.ndarray:
        return np.append(
            self.poisson.slope(vector[:-1]), self.poisson.people * (LIMIT - vector[-1])
        )

    def curvature(self, vector: np.ndarray) -> np.ndarray:
        k = len(vector) - 1
        made = np.zeros((k + 1, k + 1))
        made[:k, :k], made[k, k] = self.poisson.curvature(vector[:-1]), self.poisson.people
        return made

    def scores(self, vector: np.ndarray) -> np.ndarray:
        own = self.poisson.scores(vector[:-1])
        return np.column_stack([own, self.poisson.weights * (LIMIT - vector[-1])])

    def take(self, people: np.ndarray) -> _PoissonLimit:
        return _PoissonLimit(self.poisson.take(people))

    def reweigh(self, times: np.ndarray) -> _PoissonLimit:
        return _PoissonLimit(self.poisson.reweigh(times))
