"""Halves of scales and pairs of items. Tolerance 1e-10: the same sums in double precision."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.responses.careless.consistency import (
    even_odd,
    item_correlations,
    item_pairs,
    pair_consistency,
    row_correlation,
)

NAN = np.nan
CLOSE = {"rtol": 1e-10, "atol": 1e-10}
SCALES = [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10], [11, 12, 13]]
REVERSED = np.isin(np.arange(14), [3, 9])
FIVES = [list(range(k, k + 5)) for k in range(0, 25, 5)]


def test_equals_the_package_careless(bfi) -> None:
    x, said = bfi
    np.testing.assert_allclose(-even_odd(x, FIVES).r, said["evenodd"], **CLOSE)
    r = item_correlations(x)
    synonyms, antonyms = item_pairs(r > 0.45), item_pairs(r < -0.3)
    found = pair_consistency(x, synonyms)
    assert (found.pairs == said["psychsyn_numpair"]).all()
    for mine, theirs in (
        (found.r, said["psychsyn"]),
        (pair_consistency(x, antonyms).r, said["psychant30"]),
    ):
        varies = ~np.isnan(mine)  # else R draws at random
        assert varies.sum() > 2_400
        np.testing.assert_allclose(mine[varies], theirs[varies], **CLOSE)
    assert np.isnan(pair_consistency(x, item_pairs(r < -0.45)).r).all()  # a single pair


def test_equals_r_with_gaps(case) -> None:
    turned = np.where(REVERSED, 6 - case.x, case.x)
    np.testing.assert_allclose(even_odd(turned, SCALES).r, case.said("even_odd"), **CLOSE)
    r = item_correlations(case.x)
    np.testing.assert_allclose(
        np.sort(r[np.tril_indices(14, -1)]), np.sort(case.said("r")), **CLOSE
    )
    for name, wanted in (("synonyms", r > 0.4), ("antonyms", r < -0.3)):
        found = pair_consistency(case.x, item_pairs(wanted)).r
        np.testing.assert_allclose(found, case.said(name), **CLOSE)


@pytest.mark.parametrize(
    ("row", "r", "scales"),
    [
        ([1, 1, 3, 3, 5, 5], 1.0, 3),
        ([1, 5, 3, 3, 5, 1], -1.0, 3),
        ([1, 2, 2, 3, 3, 1], -1.0, 3),  # r is -1/2
        ([2, 2, 2, 2, 2, 2], NAN, 3),
        ([1, 1, 3, 3, 5, NAN], 1.0, 2),
        ([1, 1, NAN, 3, NAN, 5], NAN, 1),
        ([NAN] * 6, NAN, 0),
    ],
)
def test_even_odd_of_one_person(row, r, scales) -> None:
    found = even_odd(np.array([row], float), [[0, 1], [2, 3], [4, 5]])
    np.testing.assert_allclose(found.r, [r])
    assert found.pairs.tolist() == [scales]


def test_the_correlation_of_halves_is_stepped_up() -> None:
    one, other = np.array([[1.0, 2, 3, 4, 6]]), np.array([[2.0, 1, 4, 3, 3]])
    r = np.corrcoef(one[0], other[0])[0, 1]
    x = np.empty((1, 10))
    x[:, ::2], x[:, 1::2] = one, other
    found = even_odd(x, [[2 * k, 2 * k + 1] for k in range(5)])
    assert found.r[0] == pytest.approx(2 * r / (1 + r))


@given(st.integers(0, 1000))
def test_turning_every_answer_changes_no_correlation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.integers(1, 6, (6, 14)).astype(float)
    x[rng.random(x.shape) < 0.1] = NAN
    one, other = even_odd(x, SCALES), even_odd(6 - x, SCALES)
    np.testing.assert_allclose(other.r, one.r, atol=1e-9)
    pairs = np.array([[1, 0], [5, 2], [7, 3], [9, 4]])
    one, other = pair_consistency(x, pairs), pair_consistency(6 - x, pairs)
    np.testing.assert_allclose(other.r, one.r, atol=1e-9)


def test_a_pair_stands_once_with_the_later_item_first() -> None:
    r = np.array([[1, 0.7, 0.2], [0.7, 1, 0.8], [0.2, 0.8, 1]])
    assert item_pairs(r > 0.6).tolist() == [[1, 0], [2, 1]]


def test_correlations_of_what_does_not_vary_are_missing() -> None:
    x = np.array([[1, 2, 1], [1, 3, NAN], [1, 5, 2]], float)
    r = item_correlations(x)
    assert np.isnan(r[0]).all()
    assert r[1, 2] == pytest.approx(1)
    found = row_correlation(np.array([[1, 2, NAN]]), np.array([[2, 4, 9.0]]))
    assert (found.r[0], found.pairs[0]) == (pytest.approx(1), 2)
