"""Rows that are the same person again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.core.plan import Duplicates
from pipeline.questionnaire.columns import core_ratings
from pipeline.responses.organisation import organisation_of
from pipeline.responses.ratings import NONE, rating_places
from pipeline.responses.rows import Findings, Rows, nothing

TILE = 128
BITS = 64
SLACK = 1e-9
SAME_TOKEN, NEAR_IDENTICAL = 1, 2


def find_duplicates(rows: Rows) -> Findings:
    """Find every row but the best of each person.

    Of rows with one token, then of near-identical rows, the most complete is kept, then the first.
    """
    rule = rows.plan.cleaning.duplicates
    if rule is None or not len(rows):
        return nothing(rows)
    found = np.zeros(len(rows), dtype=np.int8)
    best_first = np.argsort(-rows.share, kind="stable")
    found[best_first[_again(rows.raw.token[best_first])]] = SAME_TOKEN
    found[_near_identical(rows, best_first[found[best_first] == 0], rule)] = NEAR_IDENTICAL
    texts = {
        SAME_TOKEN: "the token of another row",
        NEAR_IDENTICAL: f"at least {100 * rule.share:.0f} % the answers of another row",
    }
    rejected = found > 0
    reasons = [texts[each] for each in found[rejected].tolist()]
    return replace(nothing(rows), rejected=rejected, reasons=reasons)


def _again(token: np.ndarray) -> np.ndarray:
    """Say for each row whether a row before it has its token: (n,) bool; an empty token is none."""
    tokens = pd.Series(token, dtype="str")
    return (tokens.duplicated() & tokens.notna() & tokens.ne("")).to_numpy(dtype=bool)


def _near_identical(rows: Rows, left: np.ndarray, rule: Duplicates) -> np.ndarray:
    """Return the positions of rows that repeat another; those `left` to be compared come best first.

    Only people of one organisation with the same answers, or none, to all of `rule.same` are compared.
    """
    ratings = rating_places(rows.codes, core_ratings(rows.questionnaire))
    block = _blocks(rows, rule)
    enough = (block >= 0) & ((ratings != NONE).sum(axis=1) >= rule.answered)
    order = left[enough[left]]
    order = order[np.argsort(block[order], kind="stable")]
    return order[repeats(ratings, order, block[order], rule)]


def _blocks(rows: Rows, rule: Duplicates) -> np.ndarray:
    """Return (n,) a number for each group of rows to compare; -1 without an organisation.

    Who left a question empty, or would not say, is the same as others who did so.
    """
    block = pd.factorize(organisation_of(rows.raw, rows.plan))[0].astype(np.int64)
    for name in rule.same:
        cells = rows.codes[name].array
        together = block * (len(cells.categories) + 1) + cells.codes + 1
        together[block < 0] = -1
        block = np.unique(together, return_inverse=True)[1] - int((block < 0).any())
    return block


def repeats(
    ratings: np.ndarray, order: np.ndarray, block: np.ndarray, rule: Duplicates
) -> np.ndarray:
    """Say which rows repeat an earlier row of their block that is no repeat itself.

    Two rows are compared on the ratings that both answered: at least `rule.answered` of them, of which
    a share of at least `rule.share` must be equal.

    Parameters
    ----------
    ratings : (n, k) whole numbers, `NONE` for no answer. order : (m,) rows of it, the earlier one first.
    block : (m,) of these rows, ascending.

    Returns
    -------
    (m,) bool.
    """
    found = np.zeros(len(order), dtype=bool)
    signs, allowed = _signs(ratings)[:, order], int((1 - rule.share) * ratings.shape[1] + SLACK)
    kept = np.empty(0, dtype=np.int64)
    for start, end, continues in _tiles(block):
        tile = np.arange(start, end)
        kept = kept if continues else kept[:0]
        first_block = tile[block[tile] == block[start]]
        inside = _close(signs, tile, tile, allowed)
        inside = inside[:, (inside[0] < inside[1]) & (block[inside[0]] == block[inside[1]])]
        pairs = np.hstack([_close(signs, kept, first_block, allowed), inside])
        earlier, later = (ratings[order[each]] for each in pairs)
        _mark(found, pairs[:, _are_alike(earlier, later, rule)])
        kept = np.concatenate([kept, tile[~found[tile]]])
    return found


def _mark(found: np.ndarray, pairs: np.ndarray) -> None:
    """Mark, in `found`, each later row that is alike an earlier one which is not marked itself."""
    earlier, later = pairs[:, np.argsort(pairs[1], kind="stable")]
    first = np.searchsorted(later, np.unique(later))
    for row, others in zip(later[first], np.split(earlier, first[1:]), strict=False):
        found[row] = not found[others].all()


def _tiles(block: np.ndarray) -> Iterator[tuple[int, int, bool]]:
    """Yield spans of rows to compare at once: several whole blocks, or a part of one.

    With the span goes whether it continues the block of the span before.
    """
    start, continues = 0, False
    while start < len(block):
        end = min(start + TILE, len(block))
        ends_inside = end < len(block) and block[end] == block[end - 1]
        if ends_inside and block[start] != block[end]:
            end = int(np.searchsorted(block, block[end]))
            ends_inside = False
        yield start, end, continues
        start, continues = end, ends_inside


def _signs(ratings: np.ndarray) -> np.ndarray:
    """Return (2, n) words of 64 bits: which of 64 columns were answered, and which above their mean.

    Two rows differ in at least as many answers as they have different bits where both answered.
    """
    n, k = ratings.shape
    words = np.zeros((2, n), dtype=np.uint64)
    for bit, column in enumerate(np.linspace(0, max(k - 1, 0), min(k, BITS)).astype(int)):
        cells = ratings[:, column]
        answered = cells != NONE
        mean = cells.sum(where=answered) / max(answered.sum(), 1)
        for word, flags in zip(words, (answered, cells > mean), strict=True):
            word |= flags.astype(np.uint64) << np.uint64(bit)
    return words


def _close(signs: np.ndarray, one: np.ndarray, other: np.ndarray, allowed: int) -> np.ndarray:
    """Return (2, m) pairs of rows, of `one` and of `other`, with at most so many bits apart."""
    (answered, above), (others_answered, others_above) = signs[:, one], signs[:, other]
    apart = others_above[:, None] ^ above
    apart &= others_answered[:, None]
    apart &= answered
    few = np.bitwise_count(apart) <= min(allowed, BITS)
    place, match = np.divmod(np.flatnonzero(few), max(len(one), 1))
    return np.stack([one[match], other[place]])


def _are_alike(one: np.ndarray, other: np.ndarray, rule: Duplicates) -> np.ndarray:
    both = (one != NONE) & (other != NONE)
    compared, equal = both.sum(axis=1), ((one == other) & both).sum(axis=1)
    return np.asarray((compared >= rule.answered) & (equal >= rule.share * compared - SLACK))
