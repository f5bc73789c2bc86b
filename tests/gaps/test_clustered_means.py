"""Weighted means with errors by organisation. Tolerance 1e-8: clubSandwich, with roots of matrices."""

from __future__ import annotations

import numpy as np
import pytest
from validation import agrees

from pipeline.core.errors import Finding
from pipeline.gaps.clustered_means import clustered_mean, joint_test
from pipeline.gaps.compositions import orthonormal_coordinates, pivot_balances, replace_zeros


@pytest.mark.parametrize("case", ["clustered", "alone"])
def test_agrees_with_clubsandwich(from_r, case: str) -> None:
    data, expected = from_r("portfolio")
    each, r = data[data["case"] == case], expected.loc[case]
    w, g = each["weight"].to_numpy(), each["cluster"].to_numpy()
    now, wanted = (
        each[[f"{side}.{k}" for k in range(1, 5)]].to_numpy(dtype=float) for side in "cd"
    )
    change = replace_zeros(wanted, 0.65) / replace_zeros(now, 0.65)
    columns = {
        "current": now,
        "desired": wanted,
        "moved": wanted - now,
        "balance": pivot_balances(change),
    }
    for name, x in columns.items():
        for k in range(4):
            found = clustered_mean(x[:, k], w, g, 0.95)
            for quantity in ("value", "std_error", "df", "p_value"):
                agrees(
                    f"weighted mean, {quantity.replace('_', ' ')}",
                    getattr(found, quantity),
                    r[f"{name}_{k + 1}_{quantity}"],
                    reference="clubSandwich::coef_test, CR2",
                    rel=1e-8,
                    abs=1e-12,
                )
    joint = joint_test(orthonormal_coordinates(change), w, g)
    reference = {"alone": "stats::mahalanobis", "clustered": "clubSandwich::vcovCR, CR1"}[case]
    agrees(
        "several means at once: F, df, p",
        [joint.f, joint.df, joint.p],
        r[["joint_f", "joint_df", "joint_p"]].to_list(),
        reference=reference,
        rel=1e-8,
    )
    distance = np.sqrt(joint.mean @ joint.mean)
    agrees("Aitchison's distance", distance, r["distance"], reference="stats::lm", rel=1e-10)


def test_one_organisation_has_a_mean_and_no_error() -> None:
    found = clustered_mean(np.array([1.0, 2, 6]), np.array([1.0, 1, 2]), np.full(3, 4), 0.95)
    assert (found.n, found.groups, found.value) == (3, 1, 3.75)
    assert np.isnan([found.std_error, found.df, found.low, found.p_value]).all()


def test_everyone_equal_has_no_test() -> None:
    found = clustered_mean(np.full(6, 0.1), np.linspace(1, 2, 6), np.arange(6) % 3, 0.95)
    assert found.value == pytest.approx(0.1)
    assert (found.low, found.high) == (found.value, found.value)
    assert np.isnan([found.statistic, found.p_value]).all()


def test_nobody_has_nothing() -> None:
    nothing = np.array([])
    found = clustered_mean(nothing, nothing, nothing.astype(int), 0.95)
    assert (found.n, found.groups) == (0, 0)
    assert np.isnan(found.value)


def test_no_more_organisations_than_means_is_a_finding() -> None:
    values = np.random.default_rng(1).normal(size=(20, 3))
    with pytest.raises(Finding, match="3 organisations for 3 differences"):
        joint_test(values, np.ones(20), np.arange(20) % 3)
    with pytest.raises(Finding, match="constant_item"):
        joint_test(values[:, [0, 1, 1]], np.ones(20), np.arange(20) % 7)
    with pytest.raises(Finding, match="constant_item"):
        joint_test(np.zeros((20, 3)), np.ones(20), np.arange(20) % 7)
