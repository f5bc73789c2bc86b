"""How precise thresholds and polychoric correlations are, all together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.scales.bivariate_normal import Cells, cells, cells_by_cut, normal_density
from pipeline.scales.polychoric import PairTables, Polychoric, answer_codes, pair_tables

ROWS_AT_ONCE = 20_000


@dataclass(frozen=True)
class PolychoricCovariance:
    """Precision of the thresholds and correlations of k items.

    Attributes
    ----------
    covariance : (p, p) n times the covariance matrix of the estimates. Their order: the thresholds of item
        0 ascending, of item 1, .. of item k - 1; then the correlations of items (0, 1), (0, 2), ..
        (0, k - 1), (1, 2), .. (k - 2, k - 1), as `np.triu_indices(k, 1)` goes. n : rows with an answer.
    threshold_errors : k arrays like the thresholds. correlation_errors : (k, k), 0 on the diagonal.
    """

    covariance: np.ndarray
    n: int
    threshold_errors: tuple[np.ndarray, ...]
    correlation_errors: np.ndarray


def polychoric_covariance(codes: np.ndarray, estimates: Polychoric) -> PolychoricCovariance:
    """Return the asymptotic covariance matrix of thresholds and correlations, and standard errors.

    Parameters
    ----------
    codes : (n, k) as given to `polychoric`. estimates : what it returned for them.

    Notes
    -----
    Muthen (1984): the estimates' influence functions, from the scores of the margins and of each table, and
    their crossproduct over people; a missing answer adds nothing to the scores it is part of. Errors of
    correlations include that thresholds are estimated. R: `lavInspect(fit, "gamma")` of
    `lavaan::lavCor(x, ordered = names(x), output = "fit")`, complete rows or `missing = "pairwise"`.
    """
    codes = answer_codes(codes)
    codes = codes[(codes >= 0).any(axis=1)]
    tables = pair_tables(codes)
    of_cuts, of_pairs = _influence(tables, estimates.correlations, codes)
    covariance = len(codes) * _crossproduct(codes, tables, of_cuts, of_pairs)
    errors = np.sqrt(np.diag(covariance) / len(codes))
    ends = np.cumsum(tables.categories - 1)
    correlation_errors = np.zeros_like(estimates.correlations)
    correlation_errors[tables.first, tables.second] = errors[ends[-1] :]
    return PolychoricCovariance(
        covariance,
        len(codes),
        tuple(np.split(errors[: ends[-1]], ends[:-1])),
        correlation_errors + correlation_errors.T,
    )


def _influence(
    tables: PairTables, correlations: np.ndarray, codes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return what an answer moves: thresholds, (k, C + 1, C - 1), and correlations, (pairs, C + 1, C + 1).

    The last category stands for a missing answer.
    """
    rho = correlations[tables.first, tables.second]
    row_cuts, column_cuts = tables.cuts[tables.first], tables.cuts[tables.second]
    cell = cells(row_cuts, column_cuts, rho)
    ratio = cell.by_r / cell.p
    of_cuts = np.array([_cut_influence(*each) for each in zip(codes.T, tables.cuts, strict=True)])
    by_rows = _by_cuts(tables.counts, cell, cells_by_cut(row_cuts, column_cuts, rho))
    turned = Cells(*(np.swapaxes(each, 1, 2) for each in (cell.p, cell.by_r, cell.by_r2)))
    flipped = np.swapaxes(tables.counts, 1, 2)
    by_columns = _by_cuts(flipped, turned, cells_by_cut(column_cuts, row_cuts, rho))
    of_pairs = (
        np.pad(ratio, ((0, 0), (0, 1), (0, 1)))
        - np.einsum("pat,pt->pa", of_cuts[tables.first], by_rows)[:, :, None]
        - np.einsum("pat,pt->pa", of_cuts[tables.second], by_columns)[:, None, :]
    )
    information = (tables.counts * ratio**2).sum(axis=(1, 2))
    return of_cuts, of_pairs / information[:, None, None]


def _cut_influence(column: np.ndarray, cuts: np.ndarray) -> np.ndarray:
    """Return how an answer (C and missing) moves the item's C - 1 thresholds; 0 for absent ones.

    From score and information of the margin this is ([answer <= c] - share <= c) / (n phi(cut c)).
    """
    from scipy.special import ndtr

    most = len(cuts) - 1
    inner = cuts[1:-1]
    below = np.arange(most)[:, None] <= np.arange(most - 1)[None, :]
    density = normal_density(inner)
    moved = (
        (below - ndtr(inner)) / np.where(density > 0, density, 1) / np.count_nonzero(column >= 0)
    )
    return np.pad(np.where(density > 0, moved, 0.0), ((0, 1), (0, 0)))


def _by_cuts(counts: np.ndarray, cell: Cells, moved: np.ndarray) -> np.ndarray:
    """Return the information shared by each correlation and the rows' thresholds, (pairs, C - 1)."""
    weight = counts * cell.by_r / cell.p**2
    return (moved[:, :-1] * (weight[:, :-1] - weight[:, 1:])).sum(axis=2)


def _crossproduct(
    codes: np.ndarray, tables: PairTables, of_cuts: np.ndarray, of_pairs: np.ndarray
) -> np.ndarray:
    """Return the sum over people of influence times influence, (p, p), in blocks of people."""
    item, cut = np.nonzero(np.arange(of_cuts.shape[2]) < tables.categories[:, None] - 1)
    pair = np.arange(len(tables.first))
    total = np.zeros((len(item) + len(pair),) * 2)
    for start in range(0, len(codes), ROWS_AT_ONCE):
        block = codes[start : start + ROWS_AT_ONCE]
        influence = np.hstack(
            [
                of_cuts[item, block[:, item], cut],
                of_pairs[pair, block[:, tables.first], block[:, tables.second]],
            ]
        )
        total += influence.T @ influence
    return total
