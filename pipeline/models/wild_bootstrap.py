"""The wild cluster bootstrap-t of a least-squares fit, its null imposed, and intervals by inversion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding
from pipeline.models.fitted import Working, cluster_sums

TIE = 1e-10
STEPS = 200


@dataclass(frozen=True)
class WildBootstrap:
    """The test that a contrast of coefficients has a value, and all values that it does not reject.

    Attributes
    ----------
    statistic : t of the data, by CR0 (a factor for few organisations cancels). p_value : share of draws
        with |t*| >= |t|, equal but for 1e-10 counting. p_strict : share above. low, high : the interval,
        infinite on a side where no value is rejected. draws : how many were made.
    """

    statistic: float
    p_value: float
    p_strict: float
    low: float
    high: float
    draws: int


def wild_bootstrap(
    working: Working,
    estimate: np.ndarray,
    contrast: np.ndarray,
    multipliers: np.ndarray,
    level: float = 0.95,
) -> WildBootstrap:
    """Return the restricted wild cluster bootstrap-t of contrast' coefficients = 0, and its interval.

    Parameters
    ----------
    working : rows of a least-squares fit; with weights, rows times their roots are resampled, so that
        a random-intercept model keeps its working covariance. estimate, contrast : (p,).
    multipliers : (B, G), a draw a row. level : confidence level.

    Notes
    -----
    Cameron, Gelbach & Miller (2008), variant WCR11: residuals of the fit under the null, turned by
    organisation. A draw's t is linear over the root of a quadratic in the value tested (MacKinnon 2023), so
    all values take one pass over sums by organisation. The interval is where p = 1 - level, by bisection;
    p is the share of draws, so its ends are where one draw changes sides. R:
    `fwildclusterboot::boottest(bootstrap_type = "fnw11", p_val_type = "two-tailed")`.

    Raises
    ------
    Finding : too_few_groups.
    """
    sums = _sums(working, contrast)
    if len(sums.own) < 2:
        raise Finding("too_few_groups", "the wild bootstrap needs two organisations")
    at = float(contrast @ estimate)
    test = _Test(sums, multipliers)
    p_value, p_strict = test.p_values(at)
    error = float(np.sqrt((sums.own**2).sum()))
    low, high = (test.end(at, side * error, 1 - level) for side in (-1, 1))
    return WildBootstrap(at / error, p_value, p_strict, low, high, len(multipliers))


@dataclass(frozen=True)
class _Sums:
    """What organisations add to the contrast; G organisations.

    own : (G,), a_g = r'M X_g'e_g of the unrestricted residuals. moved : (G,), what a_g grows by, for each
    unit that the value tested lies below the estimate. lost : (G, p), r'M X_g'X_g M. scores, scores_moved :
    (G, p), X_g'e_g and its growth.
    """

    own: np.ndarray
    moved: np.ndarray
    lost: np.ndarray
    scores: np.ndarray
    scores_moved: np.ndarray


def _sums(working: Working, contrast: np.ndarray) -> _Sums:
    root = np.ones(len(working.residual))
    if working.weights is not None:
        root = np.sqrt(working.weights)
    x, e = working.design * root[:, None], working.residual * root
    inverse = np.linalg.inv(x.T @ x)
    along = inverse @ contrast
    scores = cluster_sums(x * e[:, None], working.clusters)
    shared = cluster_sums(x * (x @ along)[:, None], working.clusters)
    growth = shared / float(contrast @ along)
    return _Sums(scores @ along, growth @ along, shared @ inverse, scores, growth)


class _Test:
    """The bootstrap test of any value, from what every draw adds up to."""

    def __init__(self, sums: _Sums, multipliers: np.ndarray) -> None:
        self._sums = sums
        left = np.diag(sums.own) - sums.lost @ sums.scores.T
        left_moved = np.diag(sums.moved) - sums.lost @ sums.scores_moved.T
        turned, turned_moved = multipliers @ left.T, multipliers @ left_moved.T
        self._top = multipliers @ sums.own, multipliers @ sums.moved
        self._squares = (
            (turned**2).sum(axis=1),
            2 * (turned * turned_moved).sum(axis=1),
            (turned_moved**2).sum(axis=1),
        )
        self._error = float(np.sqrt((sums.own**2).sum()))

    def p_values(self, distance: float) -> tuple[float, float]:
        """Return p, ties counting and not, of the value that lies `distance` below the estimate."""
        a, b, c = self._squares
        variance = np.maximum(a + b * distance + c * distance**2, 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            t = (self._top[0] + self._top[1] * distance) / np.sqrt(variance)
        beyond = np.abs(np.nan_to_num(t)) - abs(distance) / self._error
        return float(np.mean(beyond >= -TIE)), float(np.mean(beyond > TIE))

    def end(self, estimate: float, step: float, alpha: float) -> float:
        """Return the end of the interval on the side that `step`, one standard error, goes to."""
        inside, outside = 0.0, step
        for _ in range(60):
            if self.p_values(-outside)[0] < alpha:
                break
            inside, outside = outside, outside * 1.5
        else:
            return float(np.sign(step) * np.inf)
        for _ in range(STEPS):
            middle = (inside + outside) / 2
            if middle in (inside, outside):
                break
            if self.p_values(-middle)[0] < alpha:
                outside = middle
            else:
                inside = middle
        return estimate + inside
