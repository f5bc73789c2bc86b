"""The methods that make a number of a gap: raw difference, Borich's, ranked discrepancies, centred."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

import numpy as np

from pipeline.gaps.sums import Sums

Scored = Literal["gap", "mwds", "rdm", "centred"]
SCORED: tuple[Scored, ...] = ("gap", "mwds", "rdm", "centred")


@dataclass(frozen=True)
class Estimates:
    """What sums (..., T) say of each target, arrays (..., T); NaN where nobody gave both ratings.

    Attributes
    ----------
    current, desired : weighted means. gap : weighted mean difference. effect_size : d_z, the gap by the
        weighted standard deviation of differences (n - 1), NaN where these do not vary.
    mwds : Borich's (1980) mean weighted discrepancy score, mean difference times mean desired.
    wanting, beyond, equal : weighted % with C < D, C > D, C = D (NR, PR and TR of Narine & Harder 2021).
    rds : their ranked discrepancy score, `beyond` - `wanting`, -100 to 100.
    desired_centred : mean of D less the person's own mean desired rating. ceiling : share with D highest.
    """

    current: np.ndarray
    desired: np.ndarray
    gap: np.ndarray
    effect_size: np.ndarray
    mwds: np.ndarray
    wanting: np.ndarray
    beyond: np.ndarray
    equal: np.ndarray
    rds: np.ndarray
    desired_centred: np.ndarray
    ceiling: np.ndarray

    def of(self, places: np.ndarray) -> Estimates:
        """Return the numbers of some targets, by their positions."""
        return Estimates(*(getattr(self, field.name)[..., places] for field in fields(self)))

    def of_rows(self, rows: slice) -> Estimates:
        """Return the numbers of some replicates."""
        return Estimates(*(getattr(self, field.name)[rows] for field in fields(self)))

    def score(self, method: Scored) -> np.ndarray:
        """Return the number by which a method ranks, larger for what is wanted more.

        `gap` and `mwds` as they are, `rdm` by -RDS. `centred` takes D less the person's own mean desired
        rating, minus C: where everybody rated everything, it ranks as the gap does.
        """
        if method == "rdm":
            return -self.rds
        if method == "centred":
            return self.desired_centred - self.current
        return self.gap if method == "gap" else self.mwds


def estimate(sums: Sums) -> Estimates:
    """Return the methods' numbers from sums of any leading shape."""
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(sums.weight > 0, sums.weight, np.nan)
        gap, desired = sums.w_difference / weight, sums.w_desired / weight
        wanting, beyond = (100 * each / weight for each in (sums.w_wanting, sums.w_beyond))
        return Estimates(
            current=sums.w_current / weight,
            desired=desired,
            gap=gap,
            effect_size=gap / _spread(sums, gap),
            mwds=gap * desired,
            wanting=wanting,
            beyond=beyond,
            equal=100 - wanting - beyond,
            rds=beyond - wanting,
            desired_centred=sums.w_centred / weight,
            ceiling=sums.w_highest / weight,
        )


def influence(sums: Sums, found: Estimates, method: Scored) -> np.ndarray:
    """Return what each unit adds to a method's score, linearised, (..., units, T).

    Parameters
    ----------
    sums : of units, (units, T). found : the estimates that these (drawn any number of times) give,
        (..., T), without the division by the total weight.
    """
    w, gap, desired = sums.weight, found.gap[..., None, :], found.desired[..., None, :]
    if method == "gap":
        return np.asarray(sums.w_difference - gap * w)
    if method == "mwds":
        own = sums.w_difference - gap * w
        return np.asarray(desired * own + gap * (sums.w_desired - desired * w))
    centred = sums.w_centred - sums.w_current
    added = centred if method == "centred" else 100 * (sums.w_wanting - sums.w_beyond)
    return np.asarray(added - found.score(method)[..., None, :] * w)


def _spread(sums: Sums, gap: np.ndarray) -> np.ndarray:
    """Return the weighted standard deviation of differences, n - 1; NaN where it is none."""
    n = np.where(sums.pairs > 1.5, sums.pairs, np.nan)
    mean_square = sums.w_difference_squared / sums.weight
    variance = (mean_square - gap**2) * n / (n - 1)
    return np.sqrt(np.where(variance > 1e-12 * np.maximum(mean_square, 1), variance, np.nan))
