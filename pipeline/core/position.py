"""Whether an organisation stands below, around or above the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline.core.multiplicity import benjamini_hochberg

Position = Literal["below", "around", "above"]


@dataclass(frozen=True)
class Positions:
    """Each of G organisations against all the rest, arrays (G,).

    Attributes
    ----------
    n_rest : people of the rest. difference : own mean less that of the rest. std_error, df, p_value :
        Welch's t test; NaN where either side has fewer than two people or no variance. q_value : p for all
        organisations together (Benjamini & Hochberg 1995). position : `below` or `above` where q <
        most_q, else `around`; None without a test.
    """

    n_rest: np.ndarray
    difference: np.ndarray
    std_error: np.ndarray
    df: np.ndarray
    p_value: np.ndarray
    q_value: np.ndarray
    position: tuple[Position | None, ...]


def positions(
    values: np.ndarray,
    weights: np.ndarray,
    groups: np.ndarray,
    n_groups: int,
    *,
    most_q: float = 0.05,
    kinds: np.ndarray | None = None,
) -> Positions:
    """Return where each organisation's mean stands among the others.

    Parameters
    ----------
    values : (n,) scores; NaN rows are left out. weights : (n,) positive design weights. groups : (n,)
        int, 0 .. n_groups - 1, -1 for none, who are in no comparison. most_q : below it a position is told.
        kinds : (n_groups,) int >= 0, to compare with the others of its kind only, -1 for none.

    Notes
    -----
    Welch (1947) on weighted means, with the variance of people within organisations: these are the strata,
    and one of a single person adds nothing to the variance of the rest, which is short of it. R:
    `survey::svymean` of own and of the rest with `strata = ~organisation`; degrees of freedom n_g - 1 and
    people less organisations of the rest; `p.adjust(p, "BH")`. With equal weights and two organisations:
    `t.test(own, rest)`.
    """
    from scipy.special import stdtr

    used = ~np.isnan(values) & (groups >= 0)
    y, w, g = values[used], weights[used], groups[used]
    y = y - y.mean() if len(y) else y
    own = _sums(y, w, g, n_groups)
    kinds = np.zeros(n_groups, dtype=int) if kinds is None else kinds
    rest = _of_kind(own, kinds) - own
    n = np.bincount(g, minlength=n_groups)[None, :]
    n_rest = (_of_kind(n, kinds) - n)[0]
    mean, variance, freedom = _mean(own)
    rest_mean, rest_variance, rest_freedom = _mean(rest)
    difference, squared = mean - rest_mean, variance + rest_variance
    with np.errstate(divide="ignore", invalid="ignore"):
        std_error = np.sqrt(np.where(squared > 0, squared, np.nan))
        df = squared**2 / (variance**2 / freedom + rest_variance**2 / rest_freedom)
        p_value = 2 * stdtr(df, -np.abs(difference / std_error))
    q_value = benjamini_hochberg(p_value)
    place = tuple(_place(*each, most_q) for each in zip(difference, q_value, strict=True))
    return Positions(n_rest, difference, std_error, df, p_value, q_value, place)


def _of_kind(sums: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """Return (rows, G) sums over all organisations of the same kind, at each of them."""
    same = (kinds[:, None] == kinds) & (kinds >= 0)[:, None] | np.eye(len(kinds), dtype=bool)
    return np.asarray(sums @ same.T.astype(sums.dtype))


def _sums(y: np.ndarray, w: np.ndarray, g: np.ndarray, n_groups: int) -> np.ndarray:
    """Return what adds up over organisations, (6, G).

    Degrees of freedom, w, wy, and a, b, c: the spread of w (y - m) in the organisation, which is a - 2 b m
    + c m^2 whatever m is, times n / (n - 1).
    """
    n, w1, wy, ww, wwy, wwyy = (
        np.bincount(g, each, n_groups) for each in (None, w, w * y, w * w, w * w * y, (w * y) ** 2)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        correction = np.where(n > 1, n / (n - 1), 0.0)
        spread = [wwyy - wy**2 / n, wwy - wy * w1 / n, ww - w1**2 / n]
    return np.array([np.maximum(n - 1, 0), w1, wy, *np.where(n > 1, correction * spread, 0.0)])


def _mean(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return weighted mean, its variance and degrees of freedom, (G,); NaN variance without freedom."""
    freedom, w, wy, a, b, c = sums
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = wy / w
        variance = np.maximum(a - 2 * b * mean + c * mean**2, 0) / w**2
    return mean, np.where(freedom > 0.5, variance, np.nan), freedom


def _place(difference: float, q_value: float, most_q: float) -> Position | None:
    if np.isnan(q_value):
        return None
    if q_value >= most_q:
        return "around"
    return "above" if difference > 0 else "below"
