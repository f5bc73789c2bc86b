"""The rows that answer every item, or the reason why nothing can be said of them."""

from __future__ import annotations

import numpy as np

from pipeline.core.errors import Finding
from pipeline.core.variance import varies


def complete_rows(items: np.ndarray, least: int = 2) -> np.ndarray:
    """Return the rows without NaN of (n, k) answers, each item varying among them.

    Raises
    ------
    Finding : no_answers (an item that nobody answered, or no row at all), too_few_people (fewer complete
        rows than `least`), constant_item.
    """
    unanswered = np.flatnonzero(np.isnan(items).all(axis=0))
    if len(unanswered):
        text = f"item {unanswered[0] + 1} has no answers"
        raise Finding("no_answers", text, unanswered)
    complete = items[~np.isnan(items).any(axis=1)]
    if len(complete) < least:
        text = f"{len(complete)} people answered every item; {least} are needed"
        raise Finding("too_few_people", text)
    constant = np.flatnonzero(~varies(complete))
    if len(constant):
        text = f"item {constant[0] + 1} has one answer only"
        raise Finding("constant_item", text, constant)
    return complete


def pearson(items: np.ndarray) -> np.ndarray:
    """Return (k, k) correlations of the complete rows of (n, k) answers; a Finding as `complete_rows`."""
    r = np.corrcoef(complete_rows(items), rowvar=False)
    return np.asarray(r).reshape(items.shape[1], items.shape[1])
