"""Complete rows, or why there are none to speak of."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.core.errors import Finding
from pipeline.scales.complete import complete_rows, pearson

X = np.array([[1, 2, 3], [2, np.nan, 1], [4, 1, 5], [3, 3, 3.0]])


def test_rows_with_a_gap_are_left_out() -> None:
    assert complete_rows(X).tolist() == X[[0, 2, 3]].tolist()
    assert pearson(X) == pytest.approx(np.corrcoef(X[[0, 2, 3]], rowvar=False))
    assert pearson(X[:, :1]).tolist() == [[1]]


@pytest.mark.parametrize(
    ("items", "name", "about"),
    [
        pytest.param(np.where([False, True, False], np.nan, X), "no_answers", (1,), id="an item"),
        pytest.param(np.empty((0, 2)), "no_answers", (0, 1), id="nobody"),
        pytest.param(X[:2], "too_few_people", (), id="one complete row"),
        pytest.param(np.array([[np.nan, 1], [1, np.nan]]), "too_few_people", (), id="no row"),
        pytest.param(X[[0, 3]], "constant_item", (2,), id="constant among the complete"),
    ],
)
def test_what_cannot_be_is_named(items: np.ndarray, name: str, about: tuple[int, ...]) -> None:
    with pytest.raises(Finding) as found:
        complete_rows(items)
    assert (found.value.name, found.value.items) == (name, about)


def test_more_people_may_be_asked_for() -> None:
    assert len(complete_rows(X, least=3)) == 3
    with pytest.raises(Finding, match="3 people answered every item; 4 are needed"):
        complete_rows(X, least=4)
