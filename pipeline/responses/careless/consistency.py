"""Whether answers agree with each other: halves of scales, pairs that mean the same or the opposite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEWEST = 2
NO_SPREAD = 1e-12


@dataclass(frozen=True)
class Consistency:
    """A correlation within each of n people.

    Attributes
    ----------
    r : (n,) NaN where fewer than two pairs were answered, or one side of them is always the same.
    pairs : (n,) pairs of numbers it is made of.
    """

    r: np.ndarray
    pairs: np.ndarray


def even_odd(x: np.ndarray, scales: Sequence[Sequence[int]]) -> Consistency:
    """Correlate, within each person, the means of odd and of even items over scales.

    Parameters
    ----------
    x : (n, k) answers after reversal, NaN for none. scales : the columns of each scale, in its order; the
        first is odd.

    Returns
    -------
    The correlation stepped up to full length, 2r / (1 + r); -1 where r is -1/3 or below. Low values
    point to carelessness. A scale counts for a person who answered in both halves of it.

    Notes
    -----
    Jackson (1976), Meade & Craig (2012). Equals `-careless::evenodd(x, factors)` in R, whose sign was
    turned in version 1.2.0.
    """
    halves = np.zeros((2, x.shape[1], len(scales)))
    for k, columns in enumerate(scales):
        halves[0, columns[::2], k] = halves[1, columns[1::2], k] = 1
    given = ~np.isnan(x)
    values, counted = np.where(given, x, 0), given.astype(float)
    odd, even = (_ratio(values @ half, counted @ half) for half in halves)
    found = row_correlation(odd, even)
    above = found.r > -1 / 3
    stepped = np.divide(2 * found.r, 1 + found.r, out=np.full(len(x), -1.0), where=above)
    return Consistency(np.where(np.isnan(found.r), np.nan, stepped), found.pairs)


def item_correlations(x: np.ndarray) -> np.ndarray:
    """Return (k, k) Pearson correlations of columns over the rows that answered both; NaN for none.

    Equals `cor(x, use = "pairwise.complete.obs")` in R.
    """
    given = ~np.isnan(x)
    counted = given.astype(float)
    centre = _ratio(np.where(given, x, 0).sum(axis=0), counted.sum(axis=0))
    values = np.where(given, x - centre, 0)
    n, sums, squares = counted.T @ counted, values.T @ counted, (values**2).T @ counted
    spread = n * squares - sums**2
    products = n * (values.T @ values) - sums * sums.T
    scale = np.sqrt(np.clip(spread * spread.T, 0, None))
    varies = (spread > NO_SPREAD) & (spread.T > NO_SPREAD)
    return np.divide(products, scale, out=np.full(scale.shape, np.nan), where=varies)


def item_pairs(wanted: np.ndarray) -> np.ndarray:
    """Return (pairs, 2) the columns, the later one first, of each pair that is `wanted` (k, k)."""
    return np.argwhere(np.tril(wanted, -1))


def pair_consistency(x: np.ndarray, pairs: np.ndarray) -> Consistency:
    """Correlate, within each person, the answers to the one and the other side of pairs of items.

    Parameters
    ----------
    x : (n, k) answers as given, NaN for none. pairs : (m, 2) columns that correlate strongly over people:
        positively (psychometric synonyms) or negatively (antonyms).

    Returns
    -------
    For synonyms near 1 in careful people; for antonyms near -1.

    Notes
    -----
    Meade & Craig (2012). Equals `careless::psychsyn` and `psychant` in R, which draw lots where a person
    does not vary over the pairs; here r is missing then.
    """
    return row_correlation(x[:, pairs[:, 0]], x[:, pairs[:, 1]])


def row_correlation(one: np.ndarray, other: np.ndarray) -> Consistency:
    """Return the Pearson correlation of each row of `one` (n, m) with that of `other`, NaN left out."""
    both = ~(np.isnan(one) | np.isnan(other))
    pairs = both.sum(axis=1)
    sides = []
    for side in (one, other):
        mean = np.where(both, side, 0).sum(axis=1) / np.maximum(pairs, 1)
        sides.append(np.where(both, side - mean[:, None], 0))
    products = np.einsum("ij,ij->i", *sides)
    spreads = [np.einsum("ij,ij->i", side, side) for side in sides]
    varies = (pairs >= FEWEST) & (np.minimum(*spreads) > NO_SPREAD)
    scale = np.sqrt(spreads[0] * spreads[1])
    r = np.divide(products, scale, out=np.full(len(one), np.nan), where=varies)
    return Consistency(np.clip(r, -1, 1), pairs)


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    missing = np.full(numerator.shape, np.nan)
    return np.divide(numerator, denominator, out=missing, where=denominator > 0)
