"""Polychoric correlations: of the normal variables that ordered answers are taken to cut in pieces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding, FindingName
from pipeline.core.variance import ROUNDING
from pipeline.scales.bivariate_normal import TINY, Cells, cells

BOUND = 0.999
FLAT = 1e-9
TOLERANCE = 1e-11
MOST_STEPS = 100


@dataclass(frozen=True)
class Polychoric:
    """Thresholds and polychoric correlations of k items.

    Attributes
    ----------
    thresholds : k arrays, the categories of an item less one each, ascending.
    correlations : (k, k), 1 on the diagonal; each pair is estimated by itself, so the matrix need not be
        positive definite. n : (k, k) int, people who answered both items; on the diagonal, the item.
    """

    thresholds: tuple[np.ndarray, ...]
    correlations: np.ndarray
    n: np.ndarray


@dataclass(frozen=True)
class PairTables:
    """Every pair of items (i, j), i < j, in the order of `np.triu_indices(k, 1)`.

    Attributes
    ----------
    first, second : (pairs,) positions of i and j. counts : (pairs, C, C) people by category of i and of j,
        C the most categories of any item. cuts : (k, C + 1) thresholds from -inf to inf, inf repeated.
    categories : (k,) int, how many each item has.
    """

    first: np.ndarray
    second: np.ndarray
    counts: np.ndarray
    cuts: np.ndarray
    categories: np.ndarray


def polychoric(codes: np.ndarray) -> Polychoric:
    """Return thresholds and correlations in two steps; tetrachoric where items have two categories.

    Parameters
    ----------
    codes : (n, k) categories 0, 1, .. c - 1 of each item, whole numbers; missing is NaN or -1. Unweighted.

    Returns
    -------
    Thresholds are normal quantiles of the margins over everybody who answered the item; each correlation
    is the maximum of the likelihood of its table given these, over those who answered both (pairwise).
    For complete rows only (listwise), give complete rows.

    Raises
    ------
    Finding : no_answers, constant_item, empty_category (a code below the highest that nobody gave: merge or
        renumber first, see `merge_categories`), collinear_items (a table as likely at +-0.999 as anywhere).

    Notes
    -----
    Olsson (1979), two-step. A 2 x 2 table with one empty cell gets half a person in it, its margins kept;
    other empty cells stay empty. R: `lavaan::lavCor(x, ordered = names(x))`, with `missing = "pairwise"`
    for missing answers; `psych::polychoric(x, correct = 0)`, which stops earlier (2e-5).
    """
    codes = answer_codes(codes)
    tables = pair_tables(codes)
    correlations = np.eye(codes.shape[1])
    rho = _maximise(tables)
    correlations[tables.first, tables.second] = rho
    correlations[tables.second, tables.first] = rho
    thresholds = tuple(cuts[1:c] for cuts, c in zip(tables.cuts, tables.categories, strict=True))
    given = (codes >= 0).astype(float)
    return Polychoric(thresholds, correlations, (given.T @ given).astype(int))


def answer_codes(codes: np.ndarray) -> np.ndarray:
    """Return (n, k) int codes, -1 for missing, each item using all of 0 .. its highest; or a Finding."""
    given = np.where(np.isnan(codes), -1, codes)
    codes = given.astype(np.int64)
    if (codes != given).any() or codes.min(initial=-1) < -1:
        raise ValueError("categories are 0, 1, 2 ..; see merge_categories")
    highest = codes.max(axis=0, initial=-1)
    for item, column in enumerate(codes.T):
        used = np.bincount(column[column >= 0], minlength=highest[item] + 1) > 0
        if not used.any():
            raise Finding("no_answers", f"item {item + 1} has no answers", [item])
        if not used.all():
            empty = ", ".join(map(str, np.flatnonzero(~used)))
            text = f"item {item + 1} has codes up to {highest[item]}, but nobody gave {empty}"
            raise Finding("empty_category", text, [item])
        if len(used) < 2:
            raise Finding("constant_item", f"item {item + 1} has one answer only", [item])
    return codes


def merge_categories(answers: np.ndarray, least: float = 0.0) -> np.ndarray:
    """Return answers as codes 0, 1, .. by rank, with rare answers merged into a neighbour.

    Parameters
    ----------
    answers : (n, k) numbers, NaN for missing. least : share of an item's answers, 0 to 1; the rarest answer
        below it joins the rarer of its neighbours, until none is left (Rhemtulla, Brosseau-Liard &
        Savalei 2012 for why).

    Returns
    -------
    (n, k) int, -1 for missing.
    """
    codes = np.full(answers.shape, -1, dtype=np.int64)
    for item, column in enumerate(answers.T):
        given = ~np.isnan(column)
        _, ranks, n = np.unique(column[given], return_inverse=True, return_counts=True)
        codes[given, item] = _merged(n, least)[ranks]
    return codes


def _merged(n: np.ndarray, least: float) -> np.ndarray:
    """Return the new code of each category with counts n."""
    blocks, sizes = [[c] for c in range(len(n))], n.astype(float).tolist()
    while len(blocks) > 1 and min(sizes) < least * n.sum():
        at = int(np.argmin(sizes))
        neighbours = [b for b in (at - 1, at + 1) if 0 <= b < len(blocks)]
        low = min(at, min(neighbours, key=lambda b: sizes[b]))
        blocks[low : low + 2] = [blocks[low] + blocks[low + 1]]
        sizes[low : low + 2] = [sizes[low] + sizes[low + 1]]
    return np.repeat(np.arange(len(blocks)), [len(block) for block in blocks])


def pair_tables(codes: np.ndarray) -> PairTables:
    """Count every pair of items; `codes` as `answer_codes` returns them."""
    most = int(codes.max()) + 1
    first, second = np.triu_indices(codes.shape[1], 1)
    shifted = codes + 1
    counts = np.empty((len(first), most, most))
    for pair, (i, j) in enumerate(zip(first, second, strict=True)):
        both = shifted[:, i] * (most + 1) + shifted[:, j]
        table = np.bincount(both, minlength=(most + 1) ** 2).reshape(most + 1, most + 1)
        counts[pair] = table[1:, 1:]
    cuts = np.array([_cuts(column, most) for column in codes.T])
    return PairTables(first, second, counts, cuts, codes.max(axis=0) + 1)


def _cuts(column: np.ndarray, most: int) -> np.ndarray:
    from scipy.special import ndtri

    n = np.bincount(column[column >= 0], minlength=most)
    below = np.cumsum(n)[:-1] / n.sum()
    return np.concatenate([[-np.inf], ndtri(below), [np.inf]])


def _maximise(tables: PairTables) -> np.ndarray:
    """Return (pairs,) correlations: Newton's steps on all pairs at once, each inside its bracket."""
    counts = _fill_one_empty_cell(tables)
    n = counts.sum(axis=(1, 2))
    _refuse_any(n == 0, tables, "too_few_people", "nobody answered both of")
    rho, low, high = _pearson(counts), np.full(len(n), -BOUND), np.full(len(n), BOUND)
    for _ in range(MOST_STEPS):
        score, information = _score(counts, _cells(tables, rho))
        low, high = np.where(score > 0, rho, low), np.where(score > 0, high, rho)
        moved = rho + score / np.maximum(information, TINY)
        moved = np.where((moved >= low) & (moved <= high), moved, (low + high) / 2)
        furthest = (1 + np.abs(rho)) / 2
        moved = np.clip(moved, -furthest, furthest)
        settled = np.abs(moved - rho) < TOLERANCE
        rho = moved
        if settled.all():
            break
    edge, found = (
        (counts * np.log(_cells(tables, each).p)).sum(axis=(1, 2))
        for each in (np.copysign(BOUND, rho), rho)
    )
    _refuse_any(
        edge >= found - FLAT * n, tables, "collinear_items", "one follows from the other of"
    )
    _refuse_any(~settled, tables, "not_converged", "no maximum found for")
    return rho


def _cells(tables: PairTables, rho: np.ndarray) -> Cells:
    return cells(tables.cuts[tables.first], tables.cuts[tables.second], rho)


def _score(counts: np.ndarray, cell: Cells) -> tuple[np.ndarray, np.ndarray]:
    """Return each correlation's score and information: observed, or expected if that is not positive."""
    ratio = cell.by_r / cell.p
    score = (counts * ratio).sum(axis=(1, 2))
    observed = (counts * (ratio**2 - cell.by_r2 / cell.p)).sum(axis=(1, 2))
    expected = counts.sum(axis=(1, 2)) * (cell.by_r * ratio).sum(axis=(1, 2))
    return score, np.where(observed > 0, observed, expected)


def _refuse_any(found: np.ndarray, tables: PairTables, name: FindingName, what: str) -> None:
    if found.any():
        pair = int(np.argmax(found))
        i, j = int(tables.first[pair]), int(tables.second[pair])
        raise Finding(name, f"{what} items {i + 1} and {j + 1}", [i, j])


def _pearson(counts: np.ndarray) -> np.ndarray:
    """Return (tables,) Pearson correlations of the codes, kept off +-1: where to start."""
    code, n = np.arange(counts.shape[1]), counts.sum(axis=(1, 2))
    rows, columns = counts.sum(axis=2), counts.sum(axis=1)
    x, y = rows @ code / n, columns @ code / n
    together = np.einsum("pij,i,j->p", counts, code, code) / n - x * y
    spread = (rows @ code**2 / n - x * x) * (columns @ code**2 / n - y * y)
    return np.clip(together / np.sqrt(np.maximum(spread, ROUNDING)), -0.95, 0.95)


def _fill_one_empty_cell(tables: PairTables) -> np.ndarray:
    """Return the counts, with half a person moved into the one empty cell of a 2 x 2 table."""
    both_two = (tables.categories[tables.first] == 2) & (tables.categories[tables.second] == 2)
    small = tables.counts[:, :2, :2]
    one_empty = both_two & ((small == 0).sum(axis=(1, 2)) == 1)
    on_diagonal = (small[:, 0, 0] == 0) | (small[:, 1, 1] == 0)
    half = np.where(one_empty, np.where(on_diagonal, 0.5, -0.5), 0.0)
    counts = tables.counts.copy()
    counts[:, :2, :2] += half[:, None, None] * np.array([[1, -1], [-1, 1]])
    return counts
