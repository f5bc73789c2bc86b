"""The two-lines test of an inverted U in counts: a line up to a break, and a line after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.cluster_robust import cluster_robust
from pipeline.core.errors import Finding
from pipeline.core.student import two_sided_p
from pipeline.models.effects.smooth_curve import smooth_counts
from pipeline.models.nonlinear.counts import fit_negative_binomial


@dataclass(frozen=True)
class Line:
    """One line's slope on the log scale, with its CR2 error, Satterthwaite's df and two-sided p."""

    slope: float
    std_error: float
    df: float

    @property
    def statistic(self) -> float:
        """Return t."""
        return self.slope / self.std_error

    @property
    def p_value(self) -> float:
        """Return the two-sided p value."""
        return float(two_sided_p(self.statistic, self.df))


@dataclass(frozen=True)
class TwoLines:
    """The lines before and after `at`; `flat` are the ends of where the break was sought."""

    at: float
    flat: tuple[float, float]
    before: Line
    after: Line

    @property
    def inverted(self) -> bool:
        """Say whether the first line rises and the second falls."""
        return self.before.slope > 0 > self.after.slope

    @property
    def p_value(self) -> float:
        """Return the larger p of the two lines; 1 where they do not rise and fall."""
        return max(self.before.p_value, self.after.p_value) if self.inverted else 1.0


def two_lines(
    outcome: np.ndarray, quantity: np.ndarray, others: np.ndarray, clusters: np.ndarray
) -> TwoLines:
    """Return the two-lines test of an inverted U, with the break that Robin Hood sets.

    Parameters
    ----------
    outcome : (n,) whole numbers from 0. quantity : (n,). others : (n, k), no intercept. clusters : (n,) int
        from 0 without gaps. No missing values, unweighted.

    Returns
    -------
    The break is sought where, between the 10th and 90th percentile of the quantity, a smooth curve lies
    within one standard error of its highest point. Lines are first split at the median of the people there,
    and then where the share of them is |t2| / (|t1| + |t2|): the weaker line gets more people. The break
    itself belongs to the line whose slope is taken.

    Raises
    ------
    Finding : too_few_values, where no value lies between the percentiles; of the fits, as
        `fit_negative_binomial` and `smooth_counts`.

    Notes
    -----
    Simonsohn (2018), with a negative binomial curve and lines, and CR2 for his HC3.
    """
    low, high = np.quantile(quantity, [0.1, 0.9])
    if not ((quantity > low) & (quantity < high)).any():
        raise Finding("too_few_values", "no value lies between the 10th and the 90th percentile")
    ones = np.ones((len(outcome), 1))
    parabola = np.column_stack([ones, quantity, quantity**2, others])
    theta = float(np.exp(fit_negative_binomial(outcome, parabola).vector[-1]))
    curve = smooth_counts(outcome, quantity, others, theta)
    middle = (curve.at > low) & (curve.at < high)
    top = curve.height[middle].max()
    flat = curve.at[middle & (curve.height + curve.std_error > top)]
    people = quantity[np.isin(quantity, flat)]

    def lines(at: float) -> tuple[Line, Line]:
        return tuple(  # type: ignore[return-value]
            _line(outcome, quantity, others, clusters, (at, after)) for after in (False, True)
        )

    first, second = (abs(line.statistic) for line in lines(float(np.median(people))))
    at = float(np.quantile(people, second / (first + second)))
    return TwoLines(at, (float(flat[0]), float(flat[-1])), *lines(at))


def _line(
    outcome: np.ndarray,
    quantity: np.ndarray,
    others: np.ndarray,
    clusters: np.ndarray,
    part: tuple[float, bool],
) -> Line:
    """Return the line before a break, or after it; `part` is the break, and whether after."""
    at, after = part
    upper = quantity >= at if after else quantity > at
    away = quantity - at
    lines = [np.where(upper, 0.0, away), np.where(upper, away, 0.0)]
    design = np.column_stack([np.ones(len(away)), *lines, upper, others])
    estimate = fit_negative_binomial(outcome, design)
    rows = estimate.working
    errors = cluster_robust(rows.design, rows.residual, clusters).every()
    k = 2 if after else 1
    return Line(float(estimate.vector[k]), float(errors.std_error[k]), float(errors.df[k]))
