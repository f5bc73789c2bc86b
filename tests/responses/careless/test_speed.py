"""Seconds per item and time against others of the language."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.responses.careless.speed import median_seconds_per_item, share_of_median_time

NAN = np.nan


@pytest.mark.parametrize(
    ("seconds", "items", "median"),
    [
        ([10, 20, 60], [5, 5, 5], 4),
        ([10, 20], [5, 5], 3),
        ([10, NAN, 60], [5, 5, 5], 7),
        ([10, 20, 99], [5, 5, 0], 3),  # nothing was asked on the last page
        ([NAN, NAN, NAN], [5, 5, 5], NAN),
        ([0, 1, 2], [1, 1, 1], 1),
    ],
)
def test_the_median_is_over_completed_pages(seconds, items, median) -> None:
    found = median_seconds_per_item(np.array([seconds], float), np.array([items], float))
    np.testing.assert_allclose(found, [median])


@given(arrays(float, (6, 5), elements=st.one_of(st.just(NAN), st.floats(0, 100))))
def test_the_median_is_that_of_numpy(seconds: np.ndarray) -> None:
    found = median_seconds_per_item(seconds, np.full(seconds.shape, 2.0))
    for row, median in zip(seconds, found, strict=True):
        known = row[~np.isnan(row)] / 2
        assert median == pytest.approx(np.median(known) if len(known) else NAN, nan_ok=True)


def test_time_is_compared_within_the_language() -> None:
    seconds = np.array([[10, 10], [30, 10], [100, NAN], [NAN, NAN], [1, 1], [3, 3.0]])
    language = np.array(["nl", "nl", "nl", "nl", "fr", "fr"], dtype=object)
    found = share_of_median_time(seconds, language)
    np.testing.assert_allclose(found, [0.5, 1, 2.5, NAN, 0.5, 1.5])


def test_nobody_timed_is_nobody_compared() -> None:
    found = share_of_median_time(np.full((2, 3), NAN), np.array(["nl", "nl"], dtype=object))
    assert np.isnan(found).all()
