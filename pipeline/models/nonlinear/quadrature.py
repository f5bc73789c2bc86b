"""A normal intercept for each group integrated out by adaptive Gauss-Hermite quadrature, with its gradient.

With l_r the log likelihood of row r, u standard normal and s the intercepts' standard deviation, a group's
log likelihood is the logarithm of the integral of exp(h(u)), h(u) = sum l_r(s u) - u^2 / 2. The nodes stand
around the mode of h, scaled by its curvature; one node is Laplace's approximation. The gradient is that of
the approximation itself, mode and curvature moving with the parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

MOST_STEPS = 100


class Rows(Protocol):
    """Rows that share their group's intercept; m rows, q parameters.

    Derivatives are by a shift of the linear predictor; `at` has the shift last, (m,) or (m, nodes).
    """

    @property
    def design(self) -> np.ndarray:
        """Return the columns, (m, q) or fewer where the last parameters have none."""
        ...

    def set(self, vector: np.ndarray) -> Rows:
        """Return the rows at other parameters."""
        ...

    def fixed(self) -> tuple[float, np.ndarray]:
        """Return the part of the log likelihood that no intercept moves, and its gradient (q,)."""
        ...

    def value(self, at: np.ndarray) -> np.ndarray:
        """Return the log likelihood of each row."""
        ...

    def first(self, at: np.ndarray) -> np.ndarray:
        """Return its first derivative."""
        ...

    def higher(self, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return its second and third derivatives, (m,) each."""
        ...

    def sums(self, zero: np.ndarray, one: np.ndarray, two: np.ndarray, at: Nodes) -> np.ndarray:
        """Return the sum over rows of what `gradient` asks, (q,)."""
        ...


@dataclass(frozen=True)
class Nodes:
    """Where the rows stand: shifts (m,) at the mode and (m, nodes), and each node's weight (m, nodes)."""

    mode: np.ndarray
    shifts: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True)
class Integral:
    """Rows in order of their groups, which start at `starts` (G,), with `sd` and the modes (G,)."""

    rows: Rows
    starts: np.ndarray
    sd: float
    mode: np.ndarray
    points: int

    @cached_property
    def _rule(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the nodes and the logarithms of their weights for an integral by the standard normal."""
        x, w = np.polynomial.hermite.hermgauss(self.points)
        return np.sqrt(2) * x, np.log(w) + x**2 - np.log(np.pi) / 2

    @cached_property
    def _group(self) -> np.ndarray:
        sizes = np.diff(np.append(self.starts, len(self.rows.design)))
        return np.repeat(np.arange(len(self.starts)), sizes)

    @cached_property
    def _spread(self) -> np.ndarray:
        """Return the standard deviation of the normal that touches at the mode, (G,)."""
        return 1 / np.sqrt(1 - self.sd**2 * self._sum(self._higher[0]))

    @cached_property
    def _higher(self) -> tuple[np.ndarray, np.ndarray]:
        return self.rows.higher(self._shift(self.mode))

    @cached_property
    def _places(self) -> np.ndarray:
        """Return u at the nodes, (G, points)."""
        return self.mode[:, None] + self._spread[:, None] * self._rule[0]

    @cached_property
    def _at_nodes(self) -> np.ndarray:
        """Return h and the logarithm of the weight at the nodes, (G, points)."""
        values = self.rows.value(self._shift(self._places))
        return self._sum(values) - self._places**2 / 2 + self._rule[1]

    @cached_property
    def _posterior(self) -> np.ndarray:
        """Return the share of each node in its group's integral, (G, points)."""
        p = np.exp(self._at_nodes - self._at_nodes.max(axis=1, keepdims=True))
        return p / p.sum(axis=1, keepdims=True)

    @cached_property
    def value(self) -> float:
        """Return the log likelihood."""
        largest = self._at_nodes.max(axis=1)
        sums = np.exp(self._at_nodes - largest[:, None]).sum(axis=1)
        return float((largest + np.log(sums) + np.log(self._spread)).sum() + self.rows.fixed()[0])

    def gradient(self) -> np.ndarray:
        """Return the derivatives by the rows' parameters and `sd`, (q + 1,)."""
        s, p, u = self.sd, self._posterior, self.mode
        second, third = self._higher
        first = self.rows.first(self._shift(self._places))
        pulls = self._sum(first)
        slopes = p * (s * pulls - self._places)
        turned = 1 + (slopes * self._rule[0]).sum(axis=1) * self._spread
        two = turned * self._spread**2 / 2
        one = (slopes.sum(axis=1) + two * s**3 * self._sum(third)) * self._spread**2
        at_mode = self.rows.first(self._shift(u))
        by_sd = (p * self._places * pulls).sum(axis=1)
        by_sd += one * (self._sum(at_mode) + s * u * self._sum(second))
        by_sd += two * (2 * s * self._sum(second) + s**2 * u * self._sum(third))
        group = self._group
        nodes = Nodes(self._shift(u), self._shift(self._places), p[group])
        by_vector = self.rows.sums(first, s * one[group], s**2 * two[group], nodes)
        return np.append(by_vector + self.rows.fixed()[1], by_sd.sum())

    def _shift(self, u: np.ndarray) -> np.ndarray:
        return self.sd * u[self._group]

    def _sum(self, each: np.ndarray) -> np.ndarray:
        """Return the sums over the rows of each group."""
        return np.add.reduceat(each, self.starts, axis=0)


def integral(rows: Rows, starts: np.ndarray, sd: float, near: np.ndarray, points: int) -> Integral:
    """Return the integral at the modes, climbed to from `near` (G,)."""
    u = near
    group = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(rows.design))))
    most = 1 / max(1.0, abs(sd))
    for _ in range(MOST_STEPS):
        shift = sd * u[group]
        pull = sd * np.add.reduceat(rows.first(shift), starts) - u
        curvature = 1 - sd**2 * np.add.reduceat(rows.higher(shift)[0], starts)
        step = np.clip(pull / curvature, -most, most)
        u = u + step
        if np.abs(step).max() < 1e-11:
            break
    return Integral(rows, starts, sd, u, points)
