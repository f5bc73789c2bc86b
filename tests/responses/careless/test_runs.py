"""Runs, spread and uniform pages. Tolerance 1e-10: the same sums in double precision."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.responses.careless.runs import identical_runs, response_variability, uniform_pages

NAN = np.nan
NO = np.zeros(25, dtype=bool)
CLOSE = {"rtol": 1e-10, "atol": 1e-10}
answers = arrays(
    float,
    st.tuples(st.integers(1, 8), st.integers(1, 9)),
    elements=st.sampled_from([1.0, 2.0, 3.0, NAN]),
)


def test_equals_the_package_careless(bfi) -> None:
    x, said = bfi
    runs = identical_runs(x, NO)
    np.testing.assert_allclose(runs.longest, said["longstr"], **CLOSE)
    np.testing.assert_allclose(runs.average, said["avgstr"], **CLOSE)
    np.testing.assert_allclose(response_variability(x), said["irv"], **CLOSE)
    np.testing.assert_allclose(response_variability(x[:, :5]), said["irv1"], **CLOSE)
    np.testing.assert_allclose(response_variability(x[:, 20:]), said["irv5"], **CLOSE)


def test_equals_r_with_gaps(case) -> None:
    runs = identical_runs(case.x, NO[:14])
    np.testing.assert_allclose(runs.longest, case.said("longest"), **CLOSE)
    np.testing.assert_allclose(runs.average, case.said("average"), **CLOSE)
    found = response_variability(case.x)
    np.testing.assert_allclose(found, case.said("variability"), **CLOSE)


@pytest.mark.parametrize(
    ("row", "turned", "longest", "average", "mixed"),
    [
        ([3, 3, 3, 2, 2], [0, 0, 0, 0, 0], 3, 2.5, 0),
        ([3, 3, 3, 2, 2], [0, 0, 0, 1, 0], 3, 2.5, 2),
        ([3, 3, 3, 2, 2], [1, 0, 0, 0, 0], 3, 2.5, 3),  # answers after the reversed one count too
        ([3, 3, 3, 2, 2], [0, 0, 1, 0, 0], 3, 2.5, 3),  # and those before it
        ([3, NAN, 3, 2, NAN], [0, 1, 0, 0, 0], 2, 1.5, 0),  # passed over, so not in the run
        ([NAN, NAN, NAN], [0, 1, 0], NAN, NAN, NAN),
        ([4], [1], 1, 1, 1),
    ],
)
def test_runs_of_one_person(row, turned, longest, average, mixed) -> None:
    runs = identical_runs(np.array([row], float), np.array(turned, bool))
    found = [runs.longest[0], runs.average[0], runs.longest_mixed[0]]
    np.testing.assert_array_equal(found, [longest, average, mixed])


@given(answers, st.integers(0, 2**9 - 1))
def test_runs_are_those_of_a_plain_loop(x: np.ndarray, bits: int) -> None:
    turned = np.array([bits >> k & 1 for k in range(x.shape[1])], dtype=bool)
    runs = identical_runs(x, turned)
    for k, row in enumerate(x):
        given_to = np.flatnonzero(~np.isnan(row))
        found = [list(g) for _, g in groupby(given_to, key=lambda j, row=row: row[j])]
        if not found:
            assert np.isnan([runs.longest[k], runs.average[k], runs.longest_mixed[k]]).all()
            continue
        assert runs.longest[k] == max(map(len, found))
        assert runs.average[k] == pytest.approx(len(given_to) / len(found))
        assert runs.longest_mixed[k] == max([len(g) for g in found if turned[g].any()], default=0)


def test_variability_needs_two_answers() -> None:
    found = response_variability(np.array([[1, NAN, 3], [2, NAN, NAN], [NAN, NAN, NAN], [5, 5, 5]]))
    np.testing.assert_allclose(found, [2**0.5, NAN, NAN, 0])


def test_a_page_is_uniform_where_both_directions_got_one_answer() -> None:
    page, turned = np.array([0, 0, 0, 1, 1, 2, 2]), np.array([0, 1, 0, 0, 0, 1, 1], bool)
    rows = [
        [3, 3, 3, 3, 3, 3, 3],  # page 0 alone mixes directions
        [3, 3, 2, 3, 3, 3, 3],
        [3, NAN, 3, 3, 3, 3, 3],  # the reversed question was not answered
        [NAN, 3, 3, 1, 2, 3, 4],
        [NAN] * 7,
    ]
    assert uniform_pages(np.array(rows), page, turned).tolist() == [1, 0, 0, 1, 0]
