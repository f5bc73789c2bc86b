"""The error of the raw gap, by organisation: CR2 with Satterthwaite's degrees of freedom, from sums.

A weighted mean is a regression on a constant. Then what CR2 needs of an organisation is made of two
vectors, ones and weights, so that its symmetric root is one of 2 x 2, and people enter by their sums.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.gaps.sums import Sums

NO_SPREAD = 1e-12
AT_ONCE = 32


@dataclass(frozen=True)
class MeanError:
    """The error of T weighted means, arrays (T,).

    `groups` organisations have a pair. `std_error` and `df` are NaN for fewer than two, and the error
    where the differences do not vary.
    """

    groups: np.ndarray
    std_error: np.ndarray
    df: np.ndarray


def cr2_error(sums: Sums) -> MeanError:
    """Return the CR2 error of the weighted mean difference, with Satterthwaite df.

    Parameters
    ----------
    sums : of organisations, (G, T). Where the units are people, this is HC2.

    Notes
    -----
    Bell & McCaffrey (2002); Pustejovsky & Tipton (2018), independent working model, weights not inverse
    variances. R: `clubSandwich::coef_test(lm(d ~ 1, weights = w), "CR2", cluster)`. With A_g =
    (I - 1w'/W - w1'/W + 11' S/W^2)^(-1/2) on the organisation, W and S the sums of w and w^2,
    A_g w = alpha 1 + beta w.
    """
    everywhere = sums.each(lambda values: values.sum(axis=0))
    groups = (sums.pairs > 0.5).sum(axis=0)
    enough = groups > 1
    with np.errstate(divide="ignore", invalid="ignore"):
        alpha, beta = _root(sums, everywhere.weight, everywhere.weight_squared)
        variance = _variance(sums, alpha, beta, everywhere, np.ones((1, len(sums.pairs))))[0]
        df = _satterthwaite(sums, alpha[0], beta[0], everywhere)
        varies = variance > _least(everywhere)
    error = np.sqrt(np.where(enough & varies, variance, np.nan))
    return MeanError(groups, error, np.where(enough, df, np.nan))


def cr2_errors_of_draws(sums: Sums, counts: np.ndarray, drawn: Sums) -> np.ndarray:
    """Return the CR2 error of each replicate's gap, (B, T); one drawn k times counts as k organisations.

    Parameters
    ----------
    sums : of organisations, (G, T). counts : (B, G) how often each is drawn. drawn : `sums.drawn(counts)`.
    """
    found = np.empty(drawn.weight.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        for start in range(0, len(counts), AT_ONCE):
            rows = slice(start, start + AT_ONCE)
            part = drawn.rows(rows)
            alpha, beta = _root(sums, part.weight, part.weight_squared)
            variance = _variance(sums, alpha, beta, part, counts[rows])
            found[rows] = np.sqrt(np.where(variance > _least(part), variance, np.nan))
    return found


def _least(total: Sums) -> np.ndarray:
    """Return the variance below which there is none but for rounding."""
    return np.asarray(NO_SPREAD**2 * total.w_difference_squared / total.weight)


def _root(sums: Sums, weight: np.ndarray, squared: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return alpha and beta, (B, G, T), for total weights and squared weights (B, T) or (T,)."""
    n, own, own_squared = sums.pairs, sums.weight, sums.weight_squared
    total, squares = (np.atleast_2d(each)[:, None, :] for each in (weight, squared))
    share, tail = own / total, squares / total**2
    root = np.sqrt((1 - share) ** 2 + n * (tail - own_squared / total**2))
    scale = np.sqrt(2 + n * tail - 2 * share + 2 * root) * root
    beta = (1 + n * tail - share + root) / scale
    alpha = (own_squared / total - tail * own) / scale
    return alpha, beta


def _variance(
    sums: Sums, alpha: np.ndarray, beta: np.ndarray, total: Sums, counts: np.ndarray
) -> np.ndarray:
    """Return (B, T) variances of the gap."""
    gap = np.atleast_2d(total.w_difference / total.weight)[:, None, :]
    score = alpha * (sums.difference - gap * sums.pairs)
    score += beta * (sums.w_difference - gap * sums.weight)
    squares = np.einsum("bgt,bgt,bg->bt", score, score, counts.astype(float))
    return np.asarray(squares / np.atleast_2d(total.weight) ** 2)


def _satterthwaite(sums: Sums, alpha: np.ndarray, beta: np.ndarray, total: Sums) -> np.ndarray:
    """Return (T,) degrees of freedom: (trace N)^2 / sum N_gh^2.

    N_gh = r_g [g = h] - (q_g t_h + t_g q_h)/W + t_g t_h S/W^2, with r, t, q the products of A_g w with
    itself, with ones, and with w.
    """
    n, own, squares = sums.pairs, sums.weight, sums.weight_squared
    r = alpha**2 * n + 2 * alpha * beta * own + beta**2 * squares
    t, q = alpha * n + beta * own, alpha * own + beta * squares
    weight, tail = total.weight, total.weight_squared / total.weight**2
    diagonal = -2 * q * t / weight + tail * t**2
    tt, qq, qt = ((a * b).sum(axis=0) for a, b in ((t, t), (q, q), (q, t)))
    low_rank = (
        (2 * qq * tt + 2 * qt**2) / weight**2 - 4 * tail / weight * qt * tt + (tail * tt) ** 2
    )
    norm = (r**2 + 2 * r * diagonal).sum(axis=0) + low_rank
    return np.asarray((r + diagonal).sum(axis=0) ** 2 / norm)
