"""Rows of yes or no, ordered answers and counts that share their group's intercept."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.models.nonlinear.quadrature import Nodes


@dataclass(frozen=True)
class LogitRows:
    """Rows with log likelihood log F(x v + d shift), F logistic, and a part without shifts.

    Yes or no gives one row a person. An ordered answer gives one for the cut above it (d = -1) and one for
    the cut below (d = 1), and log(1 - exp(-gap)) for the gap between the two, which no shift moves.

    Attributes
    ----------
    design : (m, q). direction : (m,) 1 or -1. gaps : (l, q), the distinct gaps; times : (l,) how many
        people lie in each. vector : (q,).
    """

    design: np.ndarray
    direction: np.ndarray
    gaps: np.ndarray
    times: np.ndarray
    vector: np.ndarray

    def set(self, vector: np.ndarray) -> LogitRows:
        """Return the rows at other parameters."""
        return replace(self, vector=vector)

    def fixed(self) -> tuple[float, np.ndarray]:
        """Return the part of the gaps and its gradient; -inf where cuts cross."""
        gap = self.gaps @ self.vector
        if gap.min(initial=np.inf) <= 0:
            return -np.inf, np.zeros(len(self.vector))
        value = float(self.times @ np.log(-np.expm1(-gap)))
        return value, (self.times / np.expm1(gap)) @ self.gaps

    def value(self, at: np.ndarray) -> np.ndarray:
        """Return log F."""
        return -np.logaddexp(0, -self._index(at))

    def first(self, at: np.ndarray) -> np.ndarray:
        """Return d (1 - F)."""
        from scipy.special import expit

        return _along(self.direction, at) * expit(-self._index(at))

    def higher(self, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return -F (1 - F) and its derivative by the shift."""
        from scipy.special import expit

        p = expit(self._index(at))
        second = -p * (1 - p)
        return second, self.direction * second * (1 - 2 * p)

    def sums(self, zero: np.ndarray, one: np.ndarray, two: np.ndarray, at: Nodes) -> np.ndarray:
        """Return the sum of x times zero (over nodes), one times the second, two times the third."""
        second, third = self.higher(at.mode)
        along = (zero * at.weights).sum(axis=1) + one * second + two * third
        return (self.direction * along) @ self.design

    def _index(self, at: np.ndarray) -> np.ndarray:
        fixed = self.design @ self.vector
        return _along(fixed, at) + _along(self.direction, at) * at


@dataclass(frozen=True)
class CountRows:
    """Counts with mean exp(x b + shift): NB2 with log(theta) last in `vector`, or Poisson without it.

    Attributes
    ----------
    y : (m,). design : (m, k). poisson : whether theta is infinite. vector : (k + 1,), or (k,).
    """

    y: np.ndarray
    design: np.ndarray
    poisson: bool
    vector: np.ndarray

    def set(self, vector: np.ndarray) -> CountRows:
        """Return the rows at other parameters."""
        return replace(self, vector=vector)

    def fixed(self) -> tuple[float, np.ndarray]:
        """Return what theta and the counts alone give, and its gradient; -inf out of reach."""
        from scipy.special import digamma, gammaln

        gradient = np.zeros(len(self.vector))
        if self.poisson:
            return -float(gammaln(self.y + 1).sum()), gradient
        if abs(self.vector[-1]) > 15:
            return -np.inf, gradient
        theta = self._theta
        each = gammaln(self.y + theta) - gammaln(theta) - gammaln(self.y + 1)
        gradient[-1] = theta * (digamma(self.y + theta) - digamma(theta)).sum()
        return float(each.sum()), gradient

    def value(self, at: np.ndarray) -> np.ndarray:
        """Return the log likelihood but for `fixed`."""
        eta, y = self._eta(at), _along(self.y, at)
        if self.poisson:
            return y * eta - np.exp(eta)
        theta, mean = self._theta, np.exp(eta)
        return -theta * np.log1p(mean / theta) + y * (eta - np.log(theta + mean))

    def first(self, at: np.ndarray) -> np.ndarray:
        """Return y - mean, divided by 1 + mean / theta."""
        mean = np.exp(self._eta(at))
        return (_along(self.y, at) - mean) / (1.0 if self.poisson else 1 + mean / self._theta)

    def higher(self, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the second and third derivatives."""
        mean = np.exp(self._eta(at))
        if self.poisson:
            return -mean, -mean
        share = mean / (self._theta + mean)
        second = -(self.y + self._theta) * share * (1 - share)
        return second, second * (1 - 2 * share)

    def sums(self, zero: np.ndarray, one: np.ndarray, two: np.ndarray, at: Nodes) -> np.ndarray:
        """Return the sum of x times zero (over nodes), one times the second, two times the third."""
        second, third = self.higher(at.mode)
        along = (zero * at.weights).sum(axis=1) + one * second + two * third
        by_slopes = along @ self.design
        if self.poisson:
            return by_slopes
        theta = self._theta
        mean = np.exp(self._eta(at.shifts))
        share = mean / (theta + mean)
        of_size = -theta * np.log1p(mean / theta) + (theta + _along(self.y, at.shifts)) * share
        of_size = ((of_size - _along(self.y, at.shifts)) * at.weights).sum(axis=1)
        mean = np.exp(self._eta(at.mode))
        share = mean / (theta + mean)
        bend = share * (1 - share)
        of_first = self.y * bend - theta * share**2
        of_second = -theta * bend + (self.y + theta) * (1 - 2 * share) * bend
        return np.append(by_slopes, (of_size + one * of_first + two * of_second).sum())

    @property
    def _theta(self) -> float:
        return float(np.exp(self.vector[-1]))

    def _eta(self, at: np.ndarray) -> np.ndarray:
        slopes = self.vector if self.poisson else self.vector[:-1]
        return np.minimum(_along(self.design @ slopes, at) + at, 100.0)


def _along(each: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return values of rows in the shape of their shifts."""
    return each if at.ndim == 1 else each[:, None]
