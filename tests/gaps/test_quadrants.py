"""Quadrants of importance and performance, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.gaps.quadrants import CROSSHAIRS, QUADRANTS, assigned, lines, quadrant_probabilities

CURRENT = np.array([[4.0, 2.0, 2.0, 4.2], [4.0, 2.0, 2.0, 1.0]])
DESIRED = np.array([[5.0, 5.0, 3.0, 3.0], [5.0, 5.0, 3.0, 4.5]])
MIDDLE = np.full(4, 3.0)


def test_each_quadrant_has_its_share_of_replicates() -> None:
    found = quadrant_probabilities(CURRENT, DESIRED, MIDDLE, "grand_means")
    expected = {
        "keep_up": [1, 0, 0, 0],
        "concentrate": [0, 1, 0, 0.5],
        "low_priority": [0, 0, 1, 0],
        "overkill": [0, 0, 0, 0.5],
    }
    assert dict(zip(QUADRANTS, found.tolist(), strict=True)) == expected
    assert assigned(found, 0.8) == ["keep_up", "concentrate", "low_priority", "border"]


def test_a_midpoint_crosshair_calls_all_that_is_wanted_important() -> None:
    found = quadrant_probabilities(CURRENT, DESIRED, MIDDLE, "midpoints")
    assert (found[2:] == 0).all()
    assert found[0].tolist() == [1, 0, 0, 0.5]


def test_a_value_on_the_line_is_high() -> None:
    found = quadrant_probabilities(
        np.array([[3.0, 2.0]]), np.array([[3.0, 3.0]]), MIDDLE[:2], "midpoints"
    )
    assert found.tolist() == [[1, 0], [0, 1], [0, 0], [0, 0]]


def test_medians_and_means_leave_out_what_has_no_value() -> None:
    values = np.array([[1.0, 5.0, np.nan, 3.0], [4.0, np.nan, np.nan, 1.0]])
    assert lines(values, MIDDLE, "medians")[:, 0] == pytest.approx([3, 2.5])
    assert lines(values, MIDDLE, "grand_means")[:, 0] == pytest.approx([3, 2.5])


@pytest.mark.parametrize("crosshair", CROSSHAIRS)
def test_nothing_known_is_in_no_quadrant(crosshair) -> None:
    nothing = np.full((3, 4), np.nan)
    found = quadrant_probabilities(nothing, nothing, MIDDLE, crosshair)
    assert np.isnan(found).all()
    assert assigned(found, 0.8) == [None] * 4
