"""The same answer again and again: identical runs, spread within a person, uniform pages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Runs:
    """Runs of identical answers of n people; NaN for who answered nothing.

    Attributes
    ----------
    longest : (n,) answers in the longest run. average : (n,) mean length of all runs.
    longest_mixed : (n,) answers in the longest run with a reversed question in it; 0 for none.
    """

    longest: np.ndarray
    average: np.ndarray
    longest_mixed: np.ndarray


def identical_runs(x: np.ndarray, is_reversed: np.ndarray) -> Runs:
    """Return runs of identical answers in the order of presentation.

    Parameters
    ----------
    x : (n, k) answers as given, not reversed, NaN for none; one that is missing is passed over.
    is_reversed : (k,) which questions are reverse-keyed.

    Notes
    -----
    Johnson (2005). Equals `careless::longstring(x, avg = TRUE)` in R on complete answers.
    """
    n = len(x)
    last, run, mixed = np.full(n, np.nan), np.zeros(n), np.zeros(n, dtype=bool)
    longest, longest_mixed, runs, answers = (np.zeros(n) for _ in range(4))
    for answer, turned in zip(np.ascontiguousarray(x.T), is_reversed, strict=True):
        given = ~np.isnan(answer)
        again = answer == last
        run = np.where(given, np.where(again, run, 0) + 1, run)
        mixed = np.where(given, (mixed & again) | turned, mixed)
        last = np.where(given, answer, last)
        runs += given & ~again
        answers += given
        np.maximum(longest, run, out=longest)
        np.maximum(longest_mixed, run * mixed, out=longest_mixed)
    none = answers == 0
    longest[none] = longest_mixed[none] = np.nan
    average = np.divide(answers, runs, out=np.full(n, np.nan), where=~none)
    return Runs(longest, average, longest_mixed)


def response_variability(x: np.ndarray) -> np.ndarray:
    """Return (n,) the standard deviation (n - 1) of each person's answers; NaN with fewer than two.

    Parameters
    ----------
    x : (n, k) answers as given, NaN for none, which is left out.

    Notes
    -----
    Dunn, Heggestad, Shanock & Theilgard (2018). Equals `careless::irv(x, na.rm = TRUE)` in R.
    """
    given = ~np.isnan(x)
    count = given.sum(axis=1)
    values = np.where(given, x, 0)
    mean = values.sum(axis=1) / np.maximum(count, 1)
    squares = np.where(given, (values - mean[:, None]) ** 2, 0).sum(axis=1)
    spread = np.divide(squares, count - 1, out=np.full(len(x), np.nan), where=count > 1)
    return np.sqrt(spread)


def uniform_pages(x: np.ndarray, page: np.ndarray, is_reversed: np.ndarray) -> np.ndarray:
    """Count the pages that mix the direction of questions and yet got one answer throughout: (n,).

    Parameters
    ----------
    x : (n, k) answers as given, NaN for none. page, is_reversed : (k,) of each question.

    A page counts for a person who answered questions of both directions on it.
    """
    found = np.zeros(len(x))
    for each in np.unique(page):
        here, turned = x[:, page == each], is_reversed[page == each]
        if turned.all() or not turned.any():
            continue
        given = ~np.isnan(here)
        both = given[:, turned].any(axis=1) & given[:, ~turned].any(axis=1)
        low = np.where(given, here, np.inf).min(axis=1)
        high = np.where(given, here, -np.inf).max(axis=1)
        found += both & (low == high)
    return found
