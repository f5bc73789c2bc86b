"""The correlation of a measured variable with the normal variable behind ordered answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding
from pipeline.core.variance import varies
from pipeline.scales.bivariate_normal import FAR, LEAST, normal_density
from pipeline.scales.polychoric import BOUND, answer_codes

MOST_STEPS = 50
TOLERANCE = 1e-10


@dataclass(frozen=True)
class Polyserial:
    """A correlation, the item's thresholds, and how many answered both.

    `std_error` counts that means, spread and thresholds are estimated too; NaN for the ad hoc estimate.
    """

    r: float
    std_error: float
    thresholds: np.ndarray
    n: int


def polyserial_ad_hoc(values: np.ndarray, codes: np.ndarray) -> Polyserial:
    """Return r(value, code) sd(code) / sum of the normal densities at the thresholds.

    Arguments as for `polyserial`. Olsson, Drasgow & Dorans (1982), eq. 27; may leave -1 to 1. R:
    `polycor::polyserial(x, y)`, which calls this two-step; `psych::polyserial`.
    """
    z, item = _standardised(values, codes)
    cuts = _thresholds(item)
    r = float((z * item).mean() / normal_density(cuts).sum())
    return Polyserial(r, np.nan, cuts, len(z))


def polyserial(values: np.ndarray, codes: np.ndarray) -> Polyserial:
    """Return the two-step polyserial correlation; biserial where the item has two categories.

    Parameters
    ----------
    values : (n,) numbers, NaN for missing. codes : (n,) the item's categories 0 .. c - 1, NaN or -1 for
        missing. Rows with both are used, unweighted.

    Returns
    -------
    Mean, spread (divided by n) and thresholds come from the margins; r is the maximum of the likelihood
    given these.

    Raises
    ------
    Finding : no_answers, constant_item, empty_category (item 0 is the measured one, 1 the coded),
        collinear_items (the likelihood rises to +-1).

    Notes
    -----
    Olsson, Drasgow & Dorans (1982); errors Muthen (1984). R: `lavaan::lavCor(x, ordered = "y")`, error by
    the delta method from Gamma.
    """
    from scipy.optimize import brentq

    z, item = _standardised(values, codes)
    cuts = _thresholds(item)
    low, high = (_score(z, item, cuts, r).sum() for r in (-BOUND, BOUND))
    if low <= 0 or high >= 0:
        raise Finding("collinear_items", "the item follows from the measured variable", [0, 1])
    r = float(brentq(lambda each: _score(z, item, cuts, each).sum(), -BOUND, BOUND, xtol=1e-13))
    return Polyserial(r, _two_step_error(z, item, cuts, r), cuts, len(z))


def polyserial_ml(values: np.ndarray, codes: np.ndarray) -> Polyserial:
    """Return the polyserial correlation by full maximum likelihood; arguments as for `polyserial`.

    Raises
    ------
    Finding : as `polyserial`, and not_converged.

    Notes
    -----
    The likelihood is that of the values times that of the item given the values, an ordered probit, whose
    slope b and cuts k give r = b / sqrt(1 + b^2) and thresholds k / sqrt(1 + b^2) (Olsson, Drasgow & Dorans
    1982). Errors by the delta method from both informations. R: `polycor::polyserial(x, y, ML = TRUE)`,
    which divides the spread by n - 1 and takes mean and spread as known.
    """
    z, item = _standardised(values, codes)
    kappa, beta, covariance = _ordered_probit(z, item)
    s = 1 / np.sqrt(1 + beta * beta)
    by_beta_and_spread = s**3 * np.array([1, beta])
    variance = by_beta_and_spread**2 @ [covariance[-1, -1], 1 / (2 * len(z))]
    return Polyserial(float(beta * s), float(np.sqrt(variance)), s * kappa, len(z))


def _standardised(values: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return z-scores (by n) and codes of the rows that have both."""
    used = ~np.isnan(values) & ~np.isnan(codes) & (codes >= 0)
    if not used.any():
        raise Finding("no_answers", "nobody has both the value and the answer", [0, 1])
    x = values[used]
    if not varies(x):
        raise Finding("constant_item", "the measured variable has one value only", [0])
    try:
        item = answer_codes(codes[used][:, None])[:, 0]
    except Finding as found:
        raise Finding(found.name, "the answers lack a category or vary not", [1]) from found
    return (x - x.mean()) / x.std(), item


def _thresholds(item: np.ndarray) -> np.ndarray:
    from scipy.special import ndtri

    return np.asarray(ndtri(np.cumsum(np.bincount(item))[:-1] / len(item)))


@dataclass(frozen=True)
class _Between:
    """Each person's place between two cuts, arrays (n,).

    p : the probability between them, at least 1e-15. above, below : the cuts, in units of the spread;
    at_above, at_below : the normal density there.
    """

    p: np.ndarray
    above: np.ndarray
    below: np.ndarray
    at_above: np.ndarray
    at_below: np.ndarray


def _between(item: np.ndarray, cuts: np.ndarray, shift: np.ndarray, spread: float) -> _Between:
    from scipy.special import ndtr

    ends = np.concatenate([[-np.inf], cuts, [np.inf]])
    above, below = (np.clip((ends[item + d] - shift) / spread, -FAR, FAR) for d in (1, 0))
    p = np.maximum(ndtr(above) - ndtr(below), LEAST)
    return _Between(p, above, below, normal_density(above), normal_density(below))


def _score(z: np.ndarray, item: np.ndarray, cuts: np.ndarray, r: float) -> np.ndarray:
    """Return each person's score of r, (n,): d log P(item | z) / dr."""
    s = np.sqrt(1 - r * r)
    here = _between(item, cuts, r * z, s)
    slope = here.at_above * (r * here.above * s + (r * r - 1) * z)
    slope -= here.at_below * (r * here.below * s + (r * r - 1) * z)
    return np.asarray(slope / (s**3 * here.p))


def _two_step_error(z: np.ndarray, item: np.ndarray, cuts: np.ndarray, r: float) -> float:
    """Return the error of r, from each person's influence on mean, spread, thresholds and r."""
    s = np.sqrt(1 - r * r)
    margin = _cut_scores(item, cuts, _between(item, cuts, np.zeros(len(z)), 1.0), 1.0)
    here = _between(item, cuts, r * z, s)
    by_z = -r / s * (here.at_above - here.at_below) / here.p
    first = np.column_stack([z, (z * z - 1) / 2])
    together = np.column_stack(
        [z - by_z, (z * z - 1 - by_z * z) / 2, _cut_scores(item, cuts, here, s)]
    )
    score = _score(z, item, cuts, r)
    influence = score.copy()
    for own, shared in ((first, together[:, :2]), (margin, together[:, 2:])):
        influence -= own @ np.linalg.solve(own.T @ own, shared.T @ score)
    return float(np.sqrt(influence @ influence) / (score @ score))


def _cut_scores(item: np.ndarray, cuts: np.ndarray, here: _Between, spread: float) -> np.ndarray:
    """Return each person's score of each cut, (n, cuts)."""
    at = np.arange(len(cuts))
    up = (item[:, None] == at) * (here.at_above / here.p)[:, None]
    down = (item[:, None] == at + 1) * (here.at_below / here.p)[:, None]
    return np.asarray((up - down) / spread)


def _ordered_probit(z: np.ndarray, item: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    """Return cuts and slope of P(item <= c) = Phi(cut_c - slope z), and their covariance matrix."""
    cuts = _thresholds(item)
    theta = np.append(cuts, 0.0)
    height = -np.inf
    for _ in range(MOST_STEPS):
        gradient, information = _probit_derivatives(z, item, theta)
        step = np.linalg.solve(information, gradient)
        while _probit_height(z, item, theta + step) < height and np.abs(step).max() > TOLERANCE:
            step = step / 2
        theta = theta + step
        height = _probit_height(z, item, theta)
        if abs(theta[-1]) > BOUND / np.sqrt(1 - BOUND**2):
            raise Finding("collinear_items", "the item follows from the measured variable", [0, 1])
        if np.abs(step).max() <= TOLERANCE:
            return theta[:-1], float(theta[-1]), np.linalg.inv(information)
    raise Finding("not_converged", "no maximum of the likelihood was found", [0, 1])


def _probit_height(z: np.ndarray, item: np.ndarray, theta: np.ndarray) -> float:
    if (np.diff(theta[:-1]) <= 0).any():
        return -np.inf
    return float(np.log(_between(item, theta[:-1], theta[-1] * z, 1.0).p).sum())


def _probit_derivatives(
    z: np.ndarray, item: np.ndarray, theta: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradient and the observed information of the ordered probit."""
    cuts = theta[:-1]
    here = _between(item, cuts, theta[-1] * z, 1.0)
    at = np.arange(len(cuts))
    above, below = (
        np.column_stack([item[:, None] == at + d, -z * ((item >= d) & (item < len(cuts) + d))])
        for d in (0, 1)
    )
    up, down = here.at_above / here.p, here.at_below / here.p
    scores = up[:, None] * above - down[:, None] * below
    curved = (above * (up * here.above)[:, None]).T @ above
    curved -= (below * (down * here.below)[:, None]).T @ below
    return scores.sum(axis=0), scores.T @ scores + curved
