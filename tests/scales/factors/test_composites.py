"""Reliability of scores from a factor model. Tolerance 1e-4: functions of lavaan's estimates."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from beside_lavaan import BIG_FIVE, THREE, FromR, OrdinalFromR, Shared
from validation import agrees

from pipeline.scales.factors.composites import Composite, composites, factor_pairs
from pipeline.scales.factors.fit import FactorFit, fit_ml
from pipeline.scales.factors.fit_ordinal import fit_wlsmv
from pipeline.scales.factors.model import FactorModel
from pipeline.scales.factors.ordinal_sample import sum_up_ordinal
from pipeline.scales.factors.sample import sum_up


def by_factor(fit: FactorFit) -> dict[str, Composite]:
    return {each.factor: each for each in composites(fit)}


def test_agrees_with_semtools(factors_r: FromR) -> None:
    r = factors_r.case("reliability").of
    found = by_factor(fit_ml(factors_r.sample(THREE), THREE))
    for factor, each in found.items():
        agrees(
            "composites: omega", each.omega, r[f"omega {factor}"], reference="semtools", rel=1e-4
        )
        agrees(
            "composites: omega observed",
            each.omega_observed,
            r[f"omega_observed {factor}"],
            reference="semtools",
            rel=1e-4,
        )
        agrees("composites: ave", each.ave, r[f"ave {factor}"], reference="semtools", rel=1e-4)


def test_second_order_and_general_factor_agree_with_semtools(factors_r: FromR) -> None:
    r = factors_r.case("reliability").of
    second = FactorModel(THREE.factors, second_order={"h": ("a", "b", "c")})
    found = by_factor(fit_ml(factors_r.sample(second), second))["h"]
    assert found.items == THREE.items
    agrees("composites: omega", found.omega, r["omega h"], reference="semtools", rel=1e-4)
    agrees(
        "composites: omega observed",
        found.omega_observed,
        r["omega_observed h"],
        reference="semtools",
        rel=1e-4,
    )
    bifactor = FactorModel(THREE.factors, general="g", correlated=False, scale="unit")
    general = by_factor(fit_ml(factors_r.sample(bifactor), bifactor))["g"]
    agrees("composites: omega", general.omega, r["omega g"], reference="semtools", rel=1e-4)


def test_ordinal_agrees_with_semtools(ordinal_r: OrdinalFromR) -> None:
    two = FactorModel({"a": ("y1", "y2", "y3", "y4"), "b": ("y5", "y6", "y7", "y8")})
    r = ordinal_r.case("reliability").of
    for scaling in ("delta", "theta"):
        found = by_factor(fit_wlsmv(ordinal_r.ordinal(two), two, scaling=scaling))
        for factor, each in found.items():
            agrees(
                "composites: omega",
                each.omega,
                r[f"omega {factor}"],
                reference="semtools",
                rel=1e-4,
            )
            agrees(
                "composites: omega observed",
                each.omega_observed,
                r[f"omega_observed {factor}"],
                reference="semtools",
                rel=1e-4,
            )
            agrees(
                "composites: ave standard",
                each.ave_standard,
                r[f"ave {factor}"],
                reference="semtools",
                rel=1e-4,
            )


@pytest.mark.parametrize("case", ["bfi_rev_ML", "bfi_rev_WLSMV"])
def test_big_five(shared: Callable[[str], Shared], case: str) -> None:
    reference = shared("cfa_bfi_reversed")
    values = reference.data("bfi_complete25_reversed")[list(BIG_FIVE.items)].to_numpy(dtype=float)
    if case == "bfi_rev_ML":
        fit = fit_ml(sum_up(values, BIG_FIVE.items), BIG_FIVE)
    else:
        fit = fit_wlsmv(sum_up_ordinal(values - 1, BIG_FIVE.items), BIG_FIVE)
    r = reference.values[case]
    for factor, each in by_factor(fit).items():
        assert each.omega == pytest.approx(r["CR_obsvarFALSE"][factor], rel=1e-4)
        assert each.omega_observed == pytest.approx(r["CR"][factor], rel=1e-4)
        assert each.ave == pytest.approx(r["AVE"][factor], rel=1e-4)
        assert each.ave_standard == pytest.approx(r["std_loadings_sq_mean_AVE"][factor], rel=1e-4)


def test_omega_by_hand_and_in_any_unit() -> None:
    """Loadings .8 .6 .7 of standardised items: omega = 4.41 / (4.41 + .36 + .64 + .51)."""
    loadings = np.array([0.8, 0.6, 0.7])
    covariance = np.outer(loadings, loadings) + np.diag(1 - loadings**2)
    values = _with_covariance(covariance, 200)
    for scale in ("marker", "unit"):
        model = FactorModel({"f": ("i", "j", "k")}, scale=scale)
        found = by_factor(fit_ml(sum_up(values, model.items), model))["f"]
        assert found.omega == pytest.approx(4.41 / (4.41 + 0.36 + 0.64 + 0.51), rel=1e-7)
        assert found.ave_standard == pytest.approx((loadings**2).mean(), rel=1e-7)


def _with_covariance(covariance: np.ndarray, n: int) -> np.ndarray:
    """Return n rows whose covariance, divisor n, is exactly this."""
    x = np.random.default_rng(5).standard_normal((n, len(covariance)))
    x -= x.mean(axis=0)
    white = np.linalg.solve(np.linalg.cholesky(x.T @ x / n), x.T).T
    return white @ np.linalg.cholesky(covariance).T


def test_fornell_and_larcker(factors_r: FromR) -> None:
    fit = fit_ml(factors_r.sample(THREE), THREE)
    pairs = {(each.first, each.second): each for each in factor_pairs(fit)}
    assert set(pairs) == {("a", "b"), ("a", "c"), ("b", "c")}
    r = factors_r.case("correlated").named("std")
    ave = {each.factor: each.ave_standard for each in composites(fit)}
    for (first, second), pair in pairs.items():
        assert pair.r == pytest.approx(r[f"{first}~~{second}.1"], rel=1e-4)
        assert pair.least_ave == min(ave[first], ave[second])
        assert pair.distinct is (pair.least_ave > pair.r**2)


def test_factors_that_correlate_more_than_they_explain_are_not_distinct() -> None:
    """Loadings .6, so AVE .36, and a correlation of .9, so .81 shared."""
    loadings = np.kron(np.eye(2), np.full((3, 1), 0.6))
    covariance = loadings @ np.array([[1, 0.9], [0.9, 1]]) @ loadings.T + 0.64 * np.eye(6)
    model = FactorModel({"a": ("a1", "a2", "a3"), "b": ("b1", "b2", "b3")})
    (pair,) = factor_pairs(fit_ml(sum_up(_with_covariance(covariance, 300), model.items), model))
    assert (pair.r, pair.least_ave) == pytest.approx((0.9, 0.36), rel=1e-6)
    assert not pair.distinct
