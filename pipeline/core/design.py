"""Statements about a population from people drawn from it: means, totals, ratios, and their errors.

All errors are linearised (Woodruff 1971; Särndal, Swensson & Wretman 1992, ch. 5): each estimate is a
total of what every person adds to it, and the variance of that total is that of the design.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.student import t_quantile

CYCLES = 10


@dataclass(frozen=True)
class Design:
    """How n people came out of a population.

    Attributes
    ----------
    weights : (n,) positive, how many people each stands for.
    strata : (n,) int >= 0, the stratum of each (for a survey of organisations: the organisation).
    population : (strata,) how many people each stratum has; None if they were drawn with
        replacement, or from so many that it makes no difference.
    base, margins : the weights before they were raked, and the (n,) cells, each from 0, or -1 for
        unknown, that they were raked to; None and empty where they were not.
    """

    weights: np.ndarray
    strata: np.ndarray
    population: np.ndarray | None = None
    base: np.ndarray | None = None
    margins: tuple[np.ndarray, ...] = ()


@dataclass(frozen=True)
class Estimate:
    """An estimate with its error.

    Attributes
    ----------
    n : people it is made of. df : these minus the strata they come from.
    low, high : interval by t. design_effect : variance, by that of as many people drawn at random from
        the same population; NaN where there is none.
    """

    n: int
    value: float
    std_error: float
    df: int
    low: float
    high: float
    design_effect: float = np.nan


def estimate_mean(values: np.ndarray, design: Design, level: float) -> Estimate:
    """Return the weighted mean, sum(w y) / sum(w).

    Parameters
    ----------
    values : (n,); who has NaN is outside the domain that the mean speaks of, and still part of the
        design. For a proportion, 0 and 1. level : confidence level.

    Notes
    -----
    R: `survey::svymean(~y, design, na.rm = TRUE)`, and `svyby` for domains; `deff = TRUE`.
    """
    used = ~np.isnan(values)
    w, y = design.weights[used], values[used]
    if not len(y):
        return _nothing()
    mean = float(w @ y / w.sum())
    influence = np.where(used, np.nan_to_num(values) - mean, 0) / w.sum()
    variance = variance_of_total(influence, design)
    return _estimate(mean, variance, used, design, level, _variance_at_random(y, w, design))


def estimate_total(values: np.ndarray, design: Design, level: float) -> Estimate:
    """Return the weighted total, sum(w y); a NaN adds nothing. R: `survey::svytotal`, `na.rm = TRUE`."""
    used = ~np.isnan(values)
    y = np.where(used, np.nan_to_num(values), 0)
    total = float(design.weights @ y)
    return _estimate(total, variance_of_total(y, design), used, design, level)


def estimate_ratio(
    numerator: np.ndarray, denominator: np.ndarray, design: Design, level: float
) -> Estimate:
    """Return the ratio of two weighted totals, (n,) values each; a NaN in either adds nothing.

    R: `survey::svyratio(~y, ~x, design, na.rm = TRUE)`.
    """
    used = ~(np.isnan(numerator) | np.isnan(denominator))
    y, x = (np.where(used, np.nan_to_num(each), 0) for each in (numerator, denominator))
    total = float(design.weights @ x)
    if total == 0:
        return _nothing()
    ratio = float(design.weights @ y) / total
    variance = variance_of_total((y - ratio * x) / total, design)
    return _estimate(ratio, variance, used, design, level)


def variance_of_total(values: np.ndarray, design: Design) -> float:
    """Return the variance of the weighted total of (n,) values, none of them missing.

    By stratum n/(n-1) (1 - n/N) times the sum of squares of w y around its mean; around zero for the only
    person of a stratum, as `survey.lonely.psu = "adjust"` does. With raked weights y is first replaced by
    what the margins do not explain of it (Deville & Särndal 1992).
    """
    y = values
    if design.margins and design.base is not None:
        y = residuals_on_margins(values, design.base, design.margins)
    u, strata = design.weights * y, design.strata
    n = np.bincount(strata)
    centre = np.where(n > 1, np.bincount(strata, u) / np.maximum(n, 1), 0)
    squares = np.bincount(strata, (u - centre[strata]) ** 2)
    spread = np.where(n > 1, n / np.maximum(n - 1, 1), 1.0) * squares
    if design.population is not None:
        left = 1 - n / np.maximum(design.population[: len(n)], np.maximum(n, 1))
        spread = spread * left
    return float(spread.sum())


def residuals_on_margins(
    values: np.ndarray, base: np.ndarray, margins: Sequence[np.ndarray], cycles: int = CYCLES
) -> np.ndarray:
    """Return (n,) values minus what the cells of the margins explain, weighted by `base`.

    The cells' means are taken out margin by margin, `cycles` times over. Who is in no cell of a margin
    keeps the value in that step. R: what `survey::svyrecvar` does for `rake` (which takes plain means; the
    same where the weights before raking are equal) and, solved at once, for `calibrate`.
    """
    left = values.astype(float)
    totals = [np.bincount(cells[cells >= 0], base[cells >= 0]) for cells in margins]
    for _ in range(cycles):
        for cells, total in zip(margins, totals, strict=True):
            inside = cells >= 0
            sums = np.bincount(cells[inside], (base * left)[inside])
            means = np.divide(sums, total, out=np.zeros(len(total)), where=total > 0)
            left = left - np.where(inside, means[cells], 0)
    return left


def kish_design_effect(weights: np.ndarray) -> float:
    """Return 1 + CV(w)^2 = n sum(w^2) / sum(w)^2 (Kish 1992); NaN without people."""
    total = float(weights.sum())
    return float(len(weights) * (weights @ weights) / total**2) if total > 0 else np.nan


def effective_n(weights: np.ndarray) -> float:
    """Return Kish's effective n, sum(w)^2 / sum(w^2); 0 without people."""
    return len(weights) / kish_design_effect(weights) if len(weights) else 0.0


def left_of_population(n: np.ndarray, population: np.ndarray) -> np.ndarray:
    """Return (N - n) / (N - 1), the share of its variance that a proportion keeps in a finite population.

    `n` and `population` have one shape. One person at least counts as not asked: weights alone do not
    tell that everyone answered.
    """
    rest = np.maximum(population - n, 1)
    return np.asarray(np.minimum(rest / np.maximum(population - 1, 1), 1))


def _variance_at_random(y: np.ndarray, w: np.ndarray, design: Design) -> float:
    """Return the variance of a mean of as many people drawn at random, without replacement if known."""
    n, total = len(y), float(w.sum())
    if n < 2:
        return np.nan
    mean = w @ y / total
    spread = float(w @ (y - mean) ** 2 / total) * n / (n - 1)
    left = 1.0 if design.population is None else max(1 - n / total, 0.0)
    return spread * left / n


def _estimate(
    value: float,
    variance: float,
    used: np.ndarray,
    design: Design,
    level: float,
    at_random: float = np.nan,
) -> Estimate:
    n = int(used.sum())
    df = n - len(np.unique(design.strata[used]))
    error = float(np.sqrt(variance)) if df > 0 else np.nan
    half = t_quantile(df, level) * error
    effect = variance / at_random if at_random > 0 and df > 0 else np.nan
    return Estimate(n, value, error, df, value - half, value + half, effect)


def _nothing() -> Estimate:
    return Estimate(0, np.nan, np.nan, 0, np.nan, np.nan)
