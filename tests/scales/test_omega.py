"""Omega, and alpha and omega of ordered answers.

Tolerances: 1e-5 against psych, whose minres and rotation stop at 1e-6 (general loadings 5e-5); the same for
polychoric alpha and omega, as lavaan's correlations stop at 1e-7. psych's own polychorics: 1e-5.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from validation import agrees

from pipeline.core.errors import Finding
from pipeline.scales.cluster_bootstrap import bootstrap_interval
from pipeline.scales.complete import pearson
from pipeline.scales.omega import (
    omega_of_covariance,
    omega_of_loadings,
    one_factor_omega,
    ordinal_reliability,
    schmid_leiman,
)
from pipeline.scales.polychoric import merge_categories, polychoric
from pipeline.scales.reliability import alpha_of_covariance


def items_of(data: pd.DataFrame, case: str) -> np.ndarray:
    return data[data["case"] == case].drop(columns="case").dropna(axis=1).to_numpy(float)


@pytest.mark.parametrize("case", ["nine_items", "twelve_items", "five_items"])
def test_agrees_with_psych(from_r, case: str) -> None:
    data, expected = from_r("omega")
    x, r = items_of(data, case), expected.loc[case]
    agrees(
        "omega: one factor omega",
        one_factor_omega(pearson(x)),
        r["one_factor"],
        reference="psych",
        abs=1e-5,
    )
    ordinal = ordinal_reliability(x)
    agrees("omega: alpha", ordinal.alpha, r["ordinal_alpha"], reference="psych", abs=1e-6)
    agrees("omega", ordinal.omega, r["ordinal_omega"], reference="psych", abs=1e-5)
    assert ordinal.n == len(x)


@pytest.mark.parametrize(("case", "m"), [("nine_items", 3), ("twelve_items", 4)])
def test_schmid_leiman_agrees_with_psych(from_r, case: str, m: int) -> None:
    data, expected = from_r("omega")
    x, r = items_of(data, case), expected.loc[case]
    found = schmid_leiman(pearson(x), m)
    for name in ("omega_h", "omega_total", "omega_limit", "common"):
        agrees(f"omega: {name}", getattr(found, name), r[name], reference="psych", abs=1e-5)
    numbers = range(1, x.shape[1] + 1)
    agrees(
        "omega: general",
        found.general,
        [r[f"general_{i}"] for i in numbers],
        reference="psych",
        abs=5e-5,
    )
    agrees(
        "omega: uniquenesses",
        found.uniquenesses,
        [r[f"unique_{i}"] for i in numbers],
        reference="psych",
        abs=5e-5,
    )
    size = np.sqrt((found.groups**2).sum(axis=1))
    agrees("omega", size, [r[f"groups_{i}"] for i in numbers], reference="psych", abs=5e-5)
    assert (found.heywood, found.heywood_items) == ((), ())


def test_agrees_with_psych_on_the_big_five(shared_reference) -> None:
    r = json.loads(shared_reference("values/alpha_omega.json").read_text())
    polychorics = json.loads(shared_reference("values/polychoric.json").read_text())
    answers = pd.read_csv(shared_reference("data/bfi.csv"))
    for name, scale in r["scales"].items():
        x = answers[[key.removeprefix("-") for key in scale["keys"]]].to_numpy(float)
        x = np.where([key.startswith("-") for key in scale["keys"]], 7 - x, x)
        expected = scale["fa1_minres"]["omega_tot_congeneric_cor"]
        agrees(
            "omega: one factor omega",
            one_factor_omega(pearson(x)),
            expected,
            reference="psych on bfi (shared)",
            abs=1e-5,
        )
        pairwise = polychoric(merge_categories(x)).correlations
        expected = polychorics["ordinal_alpha"][name]["ordinal_alpha_correct0"]
        agrees(
            "omega: alpha of covariance",
            alpha_of_covariance(pairwise),
            expected,
            reference="psych on bfi (shared)",
            abs=1e-5,
        )
    whole = r["omega_bfi25_nf5_complete"]
    items = [f"{letter}{i}" for letter in "ACENO" for i in range(1, 6)]
    x = answers[items].dropna().to_numpy(float) * np.array(whole["key"])
    found = schmid_leiman(pearson(x), 5)
    agrees(
        "omega: omega h",
        found.omega_h,
        whole["omega_h"],
        reference="psych on bfi (shared)",
        abs=1e-5,
    )
    agrees(
        "omega: omega total",
        found.omega_total,
        whole["omega_tot"],
        reference="psych on bfi (shared)",
        abs=1e-5,
    )
    agrees("omega: common", found.common, whole["ECV"], reference="psych on bfi (shared)", abs=1e-5)
    general = np.array(whole["sl"]["values"])[:, 0]
    agrees("omega: general", found.general, general, reference="psych on bfi (shared)", abs=5e-5)


def test_agrees_with_psych_on_holzinger_and_swineford(shared_reference) -> None:
    r = json.loads(shared_reference("values/alpha_omega.json").read_text())["omega_HS9_nf3"]
    pupils = pd.read_csv(shared_reference("data/HolzingerSwineford1939.csv"))
    found = schmid_leiman(pearson(pupils[[f"x{i}" for i in range(1, 10)]].to_numpy(float)))
    agrees(
        "omega: omega h",
        found.omega_h,
        r["omega_h"],
        reference="psych on HolzingerSwineford1939 (shared)",
        abs=1e-5,
    )
    agrees(
        "omega: omega total",
        found.omega_total,
        r["omega_tot"],
        reference="psych on HolzingerSwineford1939 (shared)",
        abs=1e-5,
    )


def test_by_hand() -> None:
    """Loadings .8, .7, .6: 2.1^2 / (2.1^2 + .36 + .51 + .64)."""
    loadings = np.array([0.8, 0.7, 0.6])
    expected = 4.41 / (4.41 + 1.51)
    assert omega_of_loadings(loadings, 1 - loadings**2) == pytest.approx(expected)
    r = np.outer(loadings, loadings)
    np.fill_diagonal(r, 1)
    assert one_factor_omega(r) == pytest.approx(expected)
    assert np.isnan(omega_of_loadings(np.zeros(2), np.zeros(2)))


def test_omega_of_a_stack_of_covariances(from_r) -> None:
    data, _ = from_r("omega")
    x = items_of(data, "nine_items")
    rng = np.random.default_rng(1)
    samples = [x[rng.integers(0, 500, 500)] for _ in range(20)]
    stack = np.array([np.cov(each, rowvar=False) for each in samples])
    expected = [one_factor_omega(pearson(each)) for each in samples]
    assert omega_of_covariance(stack) == pytest.approx(expected, abs=1e-8)
    assert omega_of_covariance(stack.reshape(4, 5, 9, 9)).shape == (4, 5)
    turned = stack * np.outer(units := np.where(np.arange(9) == 2, -7, 1), units)
    assert omega_of_covariance(turned) == pytest.approx(
        [one_factor_omega(pearson(each * np.sign(units))) for each in samples], abs=1e-8
    )


def test_omega_of_covariances_that_have_none() -> None:
    assert np.isnan(omega_of_covariance(np.ones((3, 2, 2)))).tolist() == [True] * 3
    constant, heywood = np.diag([0, 1, 1, 1.0]), HEYWOOD
    found = omega_of_covariance(np.array([constant, heywood]))
    assert np.isnan(found).tolist() == [True, False]
    assert omega_of_covariance(heywood) == pytest.approx(found[1])


def test_interval_of_omega_by_organisations_drawn_again(from_r) -> None:
    x = items_of(from_r("omega")[0], "five_items")
    found = bootstrap_interval(
        x, np.arange(200) % 20, omega_of_covariance, level=0.95, rng=np.random.default_rng(1)
    )
    assert found.value == pytest.approx(one_factor_omega(pearson(x)), abs=1e-8)
    assert 0.6 < found.low < found.value < found.high < 0.85


def test_equal_correlations_make_omega_alpha() -> None:
    r = np.full((5, 5), 0.4) + 0.6 * np.eye(5)
    assert one_factor_omega(r) == pytest.approx(float(alpha_of_covariance(r)))


def test_recovers_a_general_factor() -> None:
    """Loadings .6 on the general, .5 on one of three groups: omega_h = 5.4^2 / sum of r."""
    general, group = np.full(9, 0.6), np.kron(np.eye(3), np.full((3, 1), 0.5))
    r = np.outer(general, general) + group @ group.T
    np.fill_diagonal(r, 1)
    found = schmid_leiman(r)
    assert found.omega_h == pytest.approx(5.4**2 / r.sum(), abs=1e-6)
    assert found.omega_total == pytest.approx(1 - 9 * 0.39 / r.sum(), abs=1e-6)
    assert found.general == pytest.approx(general, abs=1e-5)
    assert found.omega_limit == pytest.approx(found.omega_h / found.omega_total)
    assert found.common == pytest.approx(0.36 / 0.61, abs=1e-5)


def test_order_of_items_does_not_matter(from_r) -> None:
    x = items_of(from_r("omega")[0], "nine_items")
    order = np.random.default_rng(1).permutation(9)
    found, moved = schmid_leiman(pearson(x)), schmid_leiman(pearson(x[:, order]))
    assert moved.omega_h == pytest.approx(found.omega_h, abs=1e-6)
    assert moved.general == pytest.approx(found.general[order], abs=1e-5)
    assert one_factor_omega(pearson(10 - 2 * x)) == pytest.approx(one_factor_omega(pearson(x)))


def test_an_unturned_item_lowers_omega(from_r) -> None:
    """psych would turn it without a word."""
    x = items_of(from_r("omega")[0], "nine_items")
    turned = x.copy()
    turned[:, 0] = 6 - turned[:, 0]
    assert schmid_leiman(pearson(turned)).omega_h < schmid_leiman(pearson(x)).omega_h - 0.05


def test_two_ordered_items(from_r) -> None:
    data, expected = from_r("omega")
    found = ordinal_reliability(items_of(data, "two_items"))
    assert found.alpha == pytest.approx(expected.loc["two_items", "ordinal_alpha"], abs=1e-6)
    assert np.isnan(found.omega)


HEYWOOD = np.array(
    [[1, 0.75, 0.6, 0.6], [0.75, 1, 0.3, 0.3], [0.6, 0.3, 1, 0.3], [0.6, 0.3, 0.3, 1]]
)


def test_what_cannot_be_is_named() -> None:
    x = np.random.default_rng(1).integers(1, 6, size=(60, 4)).astype(float)
    constant = x.copy()
    constant[:, 2] = 3
    for items, name in (
        (constant, "constant_item"),
        (x[:, [0, 1, 0]], "collinear_items"),
        (x[:, :1], "too_few_items"),
        (x[:1], "too_few_people"),
        (np.full((5, 3), np.nan), "no_answers"),
    ):
        with pytest.raises(Finding) as found:
            ordinal_reliability(items)
        assert found.value.name == name
    with pytest.raises(Finding, match="heywood_case: item 1") as found:
        one_factor_omega(HEYWOOD)
    assert found.value.items == (0,)
    for r, m in ((np.eye(9), 2), (np.eye(5), 3), (np.eye(2), 3)):
        with pytest.raises(Finding, match="not_identified"):
            schmid_leiman(r, m)
    with pytest.raises(Finding, match="not_identified"):
        one_factor_omega(np.eye(2))
