"""An inverted U: where a parabola turns, and whether it rises at one end and falls at the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.student import t_quantile


@dataclass(frozen=True)
class TurningPoint:
    """Where b1 x + b2 x^2 turns, -b1 / (2 b2), with Fieller's set.

    Attributes
    ----------
    estimate. low, high : the ends of the set, -inf or inf where it has none. kind : `interval`; `outside`,
        all but what is between `low` and `high`; `everything`.
    """

    estimate: float
    low: float
    high: float
    kind: str

    def inside(self, least: float, most: float) -> bool:
        """Say whether the estimate and the whole set lie between two values; only an interval can."""
        return self.kind == "interval" and least <= self.low and self.high <= most


def turning_point(
    linear: float, square: float, covariance: np.ndarray, df: float, level: float
) -> TurningPoint:
    """Return where a parabola turns, with Fieller's confidence set.

    Parameters
    ----------
    linear, square : coefficients of x and of its square. covariance : (2, 2) of them. df : of t, the
        smaller of the two; inf for a normal. level : confidence level.

    Returns
    -------
    The set of turning points T that are not refuted: (b1 + 2 b2 T)^2 <= t^2 (v11 + 4 T v12 + 4 T^2 v22).
    It is an interval where b2 differs from 0, else it has no end.

    Notes
    -----
    Fieller (1954); Lind & Mehlum (2010). With U-shapes and inverted ones alike. R: the same quadratic,
    `utest` in Stata prints its ends.
    """
    t = t_quantile(df, level) if np.isfinite(df) else float(_normal_quantile((1 + level) / 2))
    a = 4 * (square**2 - t**2 * covariance[1, 1])
    b = 4 * (linear * square - t**2 * covariance[0, 1])
    c = linear**2 - t**2 * covariance[0, 0]
    estimate = -linear / (2 * square) if square != 0 else np.nan
    spread = b**2 - 4 * a * c
    if spread < 0:
        return TurningPoint(estimate, -np.inf, np.inf, "everything")
    ends = sorted((-b + sign * np.sqrt(spread)) / (2 * a) for sign in (-1, 1))
    return TurningPoint(
        estimate, float(ends[0]), float(ends[1]), "interval" if a > 0 else "outside"
    )


@dataclass(frozen=True)
class EndSlopes:
    """The test that a parabola rises at its low end and falls at its high end.

    Attributes
    ----------
    low, high : slopes at the ends, with `low_error`, `high_error`. low_p, high_p : one-sided, of a rise and
        of a fall. p_value : the larger of them.
    """

    low: float
    high: float
    low_error: float
    high_error: float
    low_p: float
    high_p: float

    @property
    def p_value(self) -> float:
        """Return the p value of an inverted U: that of the weaker end."""
        return max(self.low_p, self.high_p)


def end_slopes(
    linear: float,
    square: float,
    covariance: np.ndarray,
    ends: tuple[float, float],
    df: tuple[float, float],
) -> EndSlopes:
    """Return the test of an inverted U by its slopes at both ends.

    Parameters
    ----------
    linear, square, covariance : see `turning_point`. ends : the lowest and highest x, as it enters. df : of
        either slope, inf for a normal.

    Notes
    -----
    Sasabuchi (1980); Lind & Mehlum (2010): the null is that the slope is not positive at the low end or not
    negative at the high end, an intersection-union test. One-sided.
    """
    slopes = [linear + 2 * square * end for end in ends]
    errors = [np.sqrt(np.array([1, 2 * end]) @ covariance @ [1, 2 * end]) for end in ends]
    above = [
        _upper_tail(sign * slope / error, each)
        for sign, slope, error, each in zip((1, -1), slopes, errors, df, strict=True)
    ]
    return EndSlopes(slopes[0], slopes[1], float(errors[0]), float(errors[1]), above[0], above[1])


def _upper_tail(t: float, df: float) -> float:
    from scipy.special import ndtr, stdtr

    return float(stdtr(df, -t) if np.isfinite(df) else ndtr(-t))


def _normal_quantile(p: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(p))
