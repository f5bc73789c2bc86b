"""Mahalanobis' distance. Tolerances: 1e-10 against R's `mahalanobis` with given moments; 1e-8 where the
moments come from two runs of EM, each to its own end.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.responses.careless.distance import em_moments, squared_distances

CLOSE = {"rtol": 1e-10, "atol": 1e-10}
TO_THE_END = {"rtol": 1e-8, "atol": 1e-8}


def one_group(x: np.ndarray) -> np.ndarray:
    return np.zeros(len(x), dtype=np.int64)


def test_equals_the_package_careless(bfi) -> None:
    x, said = bfi
    found = squared_distances(x, x.mean(axis=0), np.cov(x, rowvar=False))
    np.testing.assert_allclose(found.squared, said["mahad_sq"], **CLOSE)
    assert ((found.p_value < 0.01) == said["mahad_flag"]).all()


def test_em_equals_r(case) -> None:
    x = case.x[~np.isnan(case.x).all(axis=1)]
    found = em_moments(x, one_group(x), 1e-13)
    np.testing.assert_allclose(found.mean[0], case.said("mean"), **TO_THE_END)
    lower = found.covariance.T[np.triu_indices(x.shape[1])]  # R goes down the columns
    np.testing.assert_allclose(lower, case.said("covariance"), **TO_THE_END)
    distances = squared_distances(case.x, found.mean[0], found.covariance)
    np.testing.assert_allclose(distances.squared, case.said("mahalanobis"), **TO_THE_END)
    np.testing.assert_allclose(distances.p_value, case.said("mahalanobis_p"), **TO_THE_END)
    assert distances.answers.tolist() == (~np.isnan(case.x)).sum(axis=1).tolist()


def test_em_of_complete_rows_is_their_covariance_divided_by_n() -> None:
    x = np.random.default_rng(1).normal(size=(40, 3)) @ np.array(
        [[1, 0.5, 0], [0, 1, 0.3], [0, 0, 2]]
    )
    found = em_moments(x, one_group(x))
    np.testing.assert_allclose(found.mean[0], x.mean(axis=0), **CLOSE)
    np.testing.assert_allclose(found.covariance, np.cov(x, rowvar=False, bias=True), **CLOSE)


def test_groups_have_means_of_their_own_and_one_covariance() -> None:
    x = np.random.default_rng(2).normal(size=(60, 3))
    group = np.repeat([0, 1, 2], [10, 20, 30])
    shifted = x + np.array([[0], [5], [-3.0]])[group]
    found = em_moments(shifted, group)
    within = shifted - np.array([shifted[group == k].mean(axis=0) for k in range(3)])[group]
    np.testing.assert_allclose(found.covariance, within.T @ within / 60, **CLOSE)
    for k in range(3):
        np.testing.assert_allclose(found.mean[k], shifted[group == k].mean(axis=0), **CLOSE)


def test_groups_with_gaps_reach_a_maximum_of_the_likelihood() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(80, 3)) @ np.array([[1, 0.6, 0.4], [0, 1, 0.5], [0, 0, 1]])
    x[rng.random(x.shape) < 0.25] = np.nan
    x = x[~np.isnan(x).all(axis=1)]
    group = np.arange(len(x)) % 2
    found = em_moments(x, group, 1e-12)

    def likelihood(mean: np.ndarray, covariance: np.ndarray) -> float:
        total = 0.0
        for row, g in zip(x, group, strict=True):
            o = ~np.isnan(row)
            part = covariance[np.ix_(o, o)]
            d = row[o] - mean[g][o]
            total -= np.linalg.slogdet(part)[1] + d @ np.linalg.solve(part, d)
        return total

    best = likelihood(found.mean, found.covariance)
    for _ in range(20):
        step = rng.normal(size=(3, 3)) * 0.01
        assert likelihood(found.mean + rng.normal(size=(2, 3)) * 0.01, found.covariance) < best
        assert likelihood(found.mean, found.covariance + step + step.T) < best


@given(st.integers(0, 1000))
def test_distances_are_those_over_the_observed_part(seed: int) -> None:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(5, 5))
    mean, covariance = rng.normal(size=5), root @ root.T + 0.1 * np.eye(5)
    x = rng.normal(size=(12, 5))
    x[rng.random(x.shape) < 0.4] = np.nan
    found = squared_distances(x, mean, covariance).squared
    for row, squared in zip(x, found, strict=True):
        o = ~np.isnan(row)
        d = row[o] - mean[o]
        told = d @ np.linalg.solve(covariance[np.ix_(o, o)], d) if o.any() else np.nan
        assert squared == pytest.approx(told, rel=1e-7, abs=1e-9, nan_ok=True)


def test_reversing_columns_changes_no_distance(case) -> None:
    x = case.x[~np.isnan(case.x).all(axis=1)]
    turned = x.copy()
    turned[:, [0, 3, 7]] = 6 - turned[:, [0, 3, 7]]
    one, other = em_moments(x, one_group(x)), em_moments(turned, one_group(x))
    before = squared_distances(x, one.mean[0], one.covariance)
    after = squared_distances(turned, other.mean[0], other.covariance)
    np.testing.assert_allclose(after.squared, before.squared, rtol=1e-9)


@pytest.mark.parametrize("copy", [lambda x: x[:, :1], lambda x: x[:, :1] + x[:, 1:2]])
def test_a_column_that_follows_from_others_is_refused(copy) -> None:
    x = np.random.default_rng(4).integers(1, 6, (50, 3)).astype(float)
    both = np.hstack([x, copy(x)])
    with pytest.raises(np.linalg.LinAlgError):
        squared_distances(both, both.mean(axis=0), np.cov(both, rowvar=False))
