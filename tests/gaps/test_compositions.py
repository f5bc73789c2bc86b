"""Shares compared by their ratios. Tolerance 1e-12: closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from validation import agrees

from pipeline.gaps.compositions import (
    centre,
    centred_log_ratios,
    close,
    orthonormal_coordinates,
    pivot_balances,
    replace_zeros,
    variation,
)

CLOSE = {"rel": 1e-10, "abs": 1e-12}


@pytest.mark.parametrize("case", ["clustered", "alone"])
def test_agrees_with_r(from_r, case: str) -> None:
    data, expected = from_r("portfolio")
    each, r = data[data["case"] == case], expected.loc[case]
    w = each["weight"].to_numpy()
    now, wanted = (
        replace_zeros(each[[f"{side}.{k}" for k in range(1, 5)]].to_numpy(dtype=float), 0.65)
        for side in "cd"
    )
    for name, x in {"current": now, "desired": wanted, "change": wanted / now}.items():
        found = variation(x, w)
        theirs = r[[f"{name}_centre_{k}" for k in range(1, 5)]].to_numpy()
        agrees("centre of shares", centre(x, w), theirs, reference="stats::weighted.mean", **CLOSE)
        by_r = {"reference": "stats::cov.wt", **CLOSE}
        agrees("total variance of shares", found.total, r[f"{name}_total"], **by_r)
        for i in range(3):
            for j in range(i + 1, 4):
                here = f"{i + 1}{j + 1}"
                pair = [found.log_ratio[i, j], found.variance[i, j]]
                theirs = [r[f"{name}_mean_{here}"], r[f"{name}_variance_{here}"]]
                agrees("log ratio of two shares, variance", pair, theirs, **by_r)


def test_zeros_leave_the_other_ratios_as_they_are() -> None:
    found = replace_zeros(np.array([[0, 10, 30, 60], [0, 0, 0, 100], [25, 25, 25, 25.0]]), 0.65)
    assert found[0].tolist() == pytest.approx([0.65, 9.935, 29.805, 59.61])
    assert found[1].tolist() == pytest.approx([0.65, 0.65, 0.65, 98.05])
    assert found[2].tolist() == [25, 25, 25, 25]
    assert found.sum(axis=1) == pytest.approx([100, 100, 100])


def test_a_balance_is_a_share_against_the_geometric_mean_of_the_others() -> None:
    x = np.array([[1.0, 2, 4, 8]])
    expected = np.sqrt(3 / 4) * np.log([1 / 4, 2 / 32 ** (1 / 3), 4 / 16 ** (1 / 3), 8 / 2])
    assert pivot_balances(x)[0] == pytest.approx(expected, **CLOSE)


shares = arrays(float, (6, 4), elements=st.floats(0.5, 100))


@given(shares, st.floats(0.1, 10))
def test_only_ratios_count(x: np.ndarray, times: float) -> None:
    w = np.array([1, 2, 0.5, 1, 1, 3])
    a, b = variation(x, w), variation(times * x, w)
    assert b.variance == pytest.approx(a.variance, rel=1e-8, abs=1e-9)
    assert centre(times * x, w) == pytest.approx(centre(x, w), rel=1e-9)
    assert close(centre(x, w)).sum() == pytest.approx(100)


@given(shares)
def test_coordinates_keep_aitchisons_distance(x: np.ndarray) -> None:
    clr, ilr = centred_log_ratios(x), orthonormal_coordinates(x)
    assert (ilr**2).sum(axis=1) == pytest.approx((clr**2).sum(axis=1), rel=1e-9, abs=1e-9)
    assert (ilr @ ilr.T).ravel() == pytest.approx((clr @ clr.T).ravel(), rel=1e-9, abs=1e-9)


@given(shares)
def test_the_total_variance_is_that_around_the_centre(x: np.ndarray) -> None:
    clr = centred_log_ratios(x)
    total = clr.var(axis=0, ddof=1).sum()
    assert variation(x, np.ones(6)).total == pytest.approx(total, rel=1e-9, abs=1e-9)


def test_one_person_has_a_centre_and_no_variance() -> None:
    found = variation(np.array([[10.0, 20, 70]]), np.ones(1))
    assert np.isnan(found.total)
    assert found.log_ratio[0, 2] == pytest.approx(np.log(1 / 7))
