"""Sums over organisations, and over units within them, that a random-intercept model is made of.

With variances relative to that of a person, V = I + sum_k gamma_k Z_k Z_k', where Z_k tells who is in which
unit of level k (0: the outermost). Every product with V^-1 follows from sums over units: no matrix has a
row for each person, and none of one organisation's is larger than its number of inner units.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class NestedSums:
    """Sums of m columns; u units at the innermost level, G at the outermost (the same, of one level).

    Attributes
    ----------
    cross : (m, m) cross products over everyone. sums : (u, m) sums over the innermost units. size : (u,)
        people in each. outer : (u,) the outermost unit of each; None where there is one level.
    """

    cross: np.ndarray
    sums: np.ndarray
    size: np.ndarray
    outer: np.ndarray | None

    @property
    def levels(self) -> int:
        """One or two."""
        return 1 if self.outer is None else 2


def nested_sums(columns: np.ndarray, units: tuple[np.ndarray, ...]) -> NestedSums:
    """Return the sums of columns (n, m) over one or two levels of units, outermost first."""
    inner = units[-1]
    u = int(inner.max()) + 1
    sums = np.column_stack([np.bincount(inner, each, u) for each in columns.T])
    outer = None
    if len(units) == 2:
        outer = np.zeros(u, dtype=np.int64)
        outer[inner] = units[0]
    return NestedSums(
        columns.T @ columns, sums, np.bincount(inner, minlength=u).astype(float), outer
    )


@dataclass(frozen=True)
class Weighted:
    """What V^-1 makes of the sums, at given variances; K levels.

    Attributes
    ----------
    people : n. log_det : log |V|. cross : (m, m), C' V^-1 C. sums : K arrays (units, m), Z_k' V^-1 C.
    own : K arrays (units,), the diagonal of Z_k' V^-1 Z_k.
    inner : (u,) g = n / (1 + gamma n) of the innermost units; shared : (G,) gamma_0 / (1 + gamma_0 h), h
        the sums of g over the outer unit; 0 of one level. outer : (u,) the outer unit of each.
    """

    people: int
    log_det: float
    cross: np.ndarray
    sums: tuple[np.ndarray, ...]
    own: tuple[np.ndarray, ...]
    inner: np.ndarray
    shared: np.ndarray
    outer: np.ndarray


def weigh(sums: NestedSums, ratios: np.ndarray) -> Weighted:
    """Return the products with V^-1 at the ratios gamma, (K,), outermost first.

    Two levels: V = V_1 + gamma_0 Z_0 Z_0', with V_1 that of the innermost units alone.
    """
    gamma, n, people = float(ratios[-1]), sums.size, int(sums.size.sum())
    shrunk = sums.sums / (1 + gamma * n)[:, None]
    g = n / (1 + gamma * n)
    log_det = float(np.log1p(gamma * n).sum())
    cross = sums.cross - gamma * sums.sums.T @ shrunk
    if sums.outer is None:
        everyone = np.zeros(len(n), dtype=np.int64)
        return Weighted(people, log_det, cross, (shrunk,), (g,), g, np.zeros(1), everyone)
    outer, groups = sums.outer, int(sums.outer.max()) + 1
    h = np.bincount(outer, g, groups)
    t = np.column_stack([np.bincount(outer, each, groups) for each in shrunk.T])
    left = 1 + float(ratios[0]) * h
    shared = float(ratios[0]) / left
    return Weighted(
        people,
        log_det + float(np.log(left).sum()),
        cross - t.T @ (t * shared[:, None]),
        (t / left[:, None], shrunk - (g * shared[outer])[:, None] * t[outer]),
        (h / left, g - shared[outer] * g**2),
        g,
        shared,
        outer,
    )


def between(weighted: Weighted, k: int, other: int, columns: np.ndarray) -> np.ndarray:
    """Return Z_k' V^-1 Z_o times columns (units of o, m): (units of k, m)."""
    if len(weighted.sums) == 1:
        return np.asarray(weighted.own[0][:, None] * columns)
    g, shared, outer = weighted.inner, weighted.shared, weighted.outer
    if k == other == 0:
        return np.asarray(weighted.own[0][:, None] * columns)
    groups = len(shared)
    to_outer = g * (1 - shared * np.bincount(outer, g, groups))[outer]
    if k == 1 and other == 0:
        return np.asarray(to_outer[:, None] * columns[outer])
    if k == 0:
        return np.column_stack([np.bincount(outer, to_outer * each, groups) for each in columns.T])
    sums = np.column_stack([np.bincount(outer, g * each, groups) for each in columns.T])
    return np.asarray(g[:, None] * columns - (g * shared[outer])[:, None] * sums[outer])


def squares_between(weighted: Weighted, k: int, other: int) -> float:
    """Return the sum of squares of Z_k' V^-1 Z_o, the trace of V^-1 Z_o Z_o' V^-1 Z_k Z_k'."""
    if len(weighted.sums) == 1 or k == other == 0:
        return float(weighted.own[0] @ weighted.own[0])
    g, shared, outer = weighted.inner, weighted.shared, weighted.outer
    groups = len(shared)
    if k != other:
        to_outer = g * (1 - shared * np.bincount(outer, g, groups))[outer]
        return float(to_outer @ to_outer)
    second, third = np.bincount(outer, g**2, groups), np.bincount(outer, g**3, groups)
    return float(second.sum() - 2 * shared @ third + (shared * second) @ (shared * second))
