"""Ranks that say how sure they are: the probability of the first places, and intervals of ranks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.gaps.methods import Estimates, Scored, influence
from pipeline.gaps.sums import Sums

AT_ONCE = 64
NO_SPREAD = 1e-12


def ranks(scores: np.ndarray) -> np.ndarray:
    """Return 1 plus the number of larger scores, along the last axis; NaN for a NaN score.

    Equal scores share the better rank. R: `rank(-x, ties.method = "min")`.
    """
    larger = (scores[..., None, :] > scores[..., :, None]).sum(axis=-1)
    return np.where(np.isnan(scores), np.nan, larger + 1.0)


def top_probability(draws: np.ndarray, places: int = 5) -> np.ndarray:
    """Return the share of replicates (B, T) in which each score is among the first `places`, (T,).

    NaN where no replicate has the score.
    """
    known = (~np.isnan(draws)).sum(axis=0)
    first = (ranks(draws) <= places).sum(axis=0)
    return np.asarray(np.where(known > 0, first / np.maximum(known, 1), np.nan))


@dataclass(frozen=True)
class Differences:
    """The pairwise differences of T scores, P = T (T - 1) / 2, pairs in the order of `pairs_among`.

    Attributes
    ----------
    count : T. value, std_error : (P,) first score less second, and its error; NaN without one.
    studentised : (B, P) for each replicate, its difference less the value, by an error; NaN without.
    """

    count: int
    value: np.ndarray
    std_error: np.ndarray
    studentised: np.ndarray


def pairs_among(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions of the first and the second of each pair of `count` things, (P,)."""
    return np.triu_indices(count, 1)


def pair_differences(
    sums: Sums, counts: np.ndarray, drawn: Sums, found: Estimates, method: Scored = "gap"
) -> tuple[np.ndarray, np.ndarray]:
    """Return all pairwise differences of a method's scores in replicates, and their errors, (B, P).

    Parameters
    ----------
    sums : of units (G, T). counts : (B, G) how often each is drawn; one row of ones for the estimate.
    drawn, found : `sums.drawn(counts)`, and what it says, (B, T).

    Notes
    -----
    Errors are linearised, of units around the score of the replicate, without correction for their
    number (CR0): in a ratio of two such errors it is not missed.
    """
    one, other = pairs_among(sums.weight.shape[1])
    score, error = found.score(method), np.empty((len(counts), len(one)))
    for start in range(0, len(counts), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        added = influence(sums, found.of_rows(rows), method)
        error[rows] = _errors(added, counts[rows], drawn.weight[rows], (one, other))
    return score[:, one] - score[:, other], error


def _errors(
    added: np.ndarray, counts: np.ndarray, weight: np.ndarray, pairs: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """Return the errors of the differences in some replicates, (B, P).

    added : (B, G, T) what each unit adds. counts : (B, G). weight : (B, T) total weights.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        added = np.where(weight[:, None, :] > 0, added / weight[:, None, :], 0)
    products = (added * counts[:, :, None]).transpose(0, 2, 1) @ added
    own = np.diagonal(products, axis1=1, axis2=2)
    both = own[:, pairs[0]] + own[:, pairs[1]]
    squares = both - 2 * products[:, pairs[0], pairs[1]]
    return np.sqrt(np.where(squares > NO_SPREAD * both, squares, np.nan))


def rank_intervals(differences: Differences, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and the last rank of each score, (T,), all right together at `level`.

    A score's first rank is 1 plus the number of scores that are surely larger; its last, T less the number
    surely smaller. What is sure comes from one-sided tests of all ordered pairs at once, stepping down
    (Romano & Wolf 2005): the critical value is the quantile of the largest studentised difference
    over the replicates, of the pairs not yet rejected. A pair without an error is never rejected.

    Notes
    -----
    Mogstad, Romano, Shaikh & Wilhelm (2024), two-sided sets for all ranks, with stepping down. R:
    `csranks::csranks(x, Sigma, simul = TRUE, stepdown = TRUE)`, where replicates are normal draws with a
    fixed error.
    """
    value, error, drawn = differences.value, differences.std_error, differences.studentised
    usable = ~np.isnan(error) & ~np.isnan(value)
    t = np.where(usable, value, 0) / np.where(usable, error, 1)
    drawn = np.nan_to_num(drawn, posinf=np.inf, neginf=-np.inf)
    left = np.array([usable, usable])
    while left.any():
        most = np.maximum(
            drawn[:, left[0]].max(axis=1, initial=-np.inf),
            -drawn[:, left[1]].min(axis=1, initial=np.inf),
        )
        critical = np.quantile(most, level)
        rejected = left & (np.array([t, -t]) > critical)
        if not rejected.any():
            break
        left &= ~rejected
    sure = usable & ~left
    one, other = pairs_among(differences.count)
    larger = np.concatenate([one[sure[0]], other[sure[1]]])
    smaller = np.concatenate([other[sure[0]], one[sure[1]]])
    first = 1.0 + np.bincount(smaller, minlength=differences.count)
    return first, differences.count - np.bincount(larger, minlength=differences.count)
