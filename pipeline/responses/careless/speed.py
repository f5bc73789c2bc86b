"""How fast a person answered: seconds per item, and time against others of the language."""

from __future__ import annotations

import numpy as np


def median_seconds_per_item(seconds: np.ndarray, items: np.ndarray) -> np.ndarray:
    """Return (n,) the median over completed pages of a page's seconds by the items shown on it.

    Parameters
    ----------
    seconds : (n, pages) NaN for a page that was not completed. items : (n, pages) shown there; a page
        without any does not count.

    Notes
    -----
    Huang, Curran, Keeney, Poposki & DeShon (2012). NaN for who completed no page.
    """
    pace = np.divide(seconds, items, out=np.full(seconds.shape, np.nan), where=items > 0)
    pace.sort(axis=1)  # NaN come last
    pages = (~np.isnan(pace)).sum(axis=1)
    middle = [np.maximum((pages - 1) // 2, 0), pages // 2]
    rows = np.arange(len(pace))
    low, high = (pace[rows, np.minimum(each, pace.shape[1] - 1)] for each in middle)
    return np.where(pages > 0, (low + high) / 2, np.nan)


def share_of_median_time(seconds: np.ndarray, language: np.ndarray) -> np.ndarray:
    """Return (n,) the time on completed pages, as a share of the median of the same language.

    Parameters
    ----------
    seconds : (n, pages) NaN for a page that was not completed. language : (n,) of each interview.

    Notes
    -----
    Greszki, Meyer & Schoen (2015). NaN for who completed no page.
    """
    known = ~np.isnan(seconds)
    total = np.where(known, seconds, 0).sum(axis=1)
    total[~known.any(axis=1)] = np.nan
    share = np.full(len(total), np.nan)
    for each in set(language.tolist()):
        here = (language == each) & ~np.isnan(total)
        if here.any() and (median := np.median(total[here])) > 0:
            share[here] = total[here] / median
    return share
