"""What the course of an interview tells: seconds an item, and attention checks."""

from __future__ import annotations

import numpy as np

from pipeline.core.codes import is_one_of
from pipeline.questionnaire.asked import Conditions
from pipeline.questionnaire.columns import item_columns
from pipeline.responses.careless.speed import median_seconds_per_item, share_of_median_time
from pipeline.responses.rows import Rows


def course_indices(rows: Rows) -> dict[str, np.ndarray]:
    """Return attention errors, seconds per item, and time by the language's median, each (n,)."""
    items, checks, errors = _shown(rows)
    completed = rows.raw.pages[:, None] > np.arange(items.shape[1])
    seconds = np.where(completed, rows.raw.seconds, np.nan)
    return {
        "attention_errors": np.where(checks > 0, errors, np.nan),
        "seconds_per_item": median_seconds_per_item(seconds, items),
        "time_share": share_of_median_time(seconds, rows.raw.language),
    }


def _shown(rows: Rows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return how many answers each page (n, pages) asked for, and checks shown, and failed.

    A dual rating asks for two answers, a multiple choice for one. A check that was shown is failed by
    any other answer, a don't know, and none.
    """
    page = {section.id: k for k, section in enumerate(rows.questionnaire.sections)}
    conditions = Conditions(rows.codes, rows.questionnaire)
    items, checks, errors = (
        np.zeros((len(rows), len(page))),
        np.zeros(len(rows)),
        np.zeros(len(rows)),
    )
    for item in rows.questionnaire.items.values():
        columns = item_columns(item)
        for column in columns[:1] if item.kind == "multiple" else columns:
            shown = rows.raw.shown(column, page[item.section], conditions)
            items[:, page[item.section]] += shown
        if item.attention:
            checks += shown
            errors += shown & ~is_one_of(rows.codes[item.id], {item.attention})
    return items, checks, errors
