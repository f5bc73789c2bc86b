"""Polyserial correlations.

Tolerances: two-step 1e-6 against lavaan, whose optimiser stops at 3e-8; full likelihood 1e-5 against
`optim` over all parameters, its errors 1e-5 relative (finite differences); ad hoc 1e-12 (closed form).
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from validation import agrees

from pipeline.core.errors import Finding
from pipeline.scales.polychoric import merge_categories
from pipeline.scales.polyserial import polyserial, polyserial_ad_hoc, polyserial_ml

ALL = [polyserial, polyserial_ml, polyserial_ad_hoc]


def drawn(n: int = 300, r: float = 0.5, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.random.default_rng(seed).multivariate_normal([0, 0], [[1, r], [r, 1]], size=n).T
    return 50 + 10 * x, np.digitize(y, [-1, 0.3, 1.2])


@pytest.mark.parametrize("case", ["five_points", "biserial"])
def test_agrees_with_r(from_r, case: str) -> None:
    data, expected = from_r("polyserial")
    pair, r = data[data["case"] == case], expected.loc[case]
    x, y = pair["x"].to_numpy(), pair["y"].to_numpy()
    two_step, full, ad_hoc = (each(x, y) for each in ALL)
    agrees("polyserial: r", two_step.r, r["two_step_r"], reference="R", abs=1e-6)
    agrees(
        "polyserial: std error", two_step.std_error, r["two_step_error"], reference="R", rel=1e-6
    )
    agrees("polyserial: r", full.r, r["ml_r"], reference="R", abs=1e-5)
    agrees("polyserial: std error", full.std_error, r["ml_error"], reference="R", rel=1e-5)
    cuts = [f"ml_cut_{i + 1}" for i in range(len(full.thresholds))]
    agrees("polyserial: thresholds", full.thresholds, r[cuts].to_numpy(), reference="R", abs=1e-5)
    agrees("polyserial: r", ad_hoc.r, r["ad_hoc_r"], reference="R", abs=1e-12)


def test_agrees_with_polycor_on_the_big_five(shared_reference) -> None:
    r = json.loads(shared_reference("values/polychoric.json").read_text())
    answers = pd.read_csv(shared_reference("data/bfi.csv"))
    codes = merge_categories(answers[["A1"]].to_numpy(float))[:, 0]
    found = polyserial_ad_hoc(answers["age"].to_numpy(float), codes)
    agrees(
        "polyserial: r",
        found.r,
        r["polyserial_age_A1_twostep"],
        reference="polycor on bfi (shared)",
        abs=1e-12,
    )


@pytest.mark.parametrize("estimator", [polyserial, polyserial_ml])
def test_errors_are_the_spread_over_samples(estimator) -> None:
    """400 draws: their own error of a spread is 3.5 %."""
    found = [estimator(*drawn(200, 0.7, seed)) for seed in range(400)]
    r = np.array([each.r for each in found])
    assert r.mean() == pytest.approx(0.7, abs=0.01)
    assert r.std() == pytest.approx(np.mean([each.std_error for each in found]), rel=0.12)


@pytest.mark.parametrize("estimator", ALL)
def test_units_and_direction(estimator) -> None:
    x, y = drawn()
    found, moved, turned = estimator(x, y), estimator(2 - 0.01 * x, y), estimator(x, 3 - y)
    assert moved.r == pytest.approx(-found.r, abs=1e-9)
    assert turned.r == pytest.approx(-found.r, abs=1e-9)
    assert turned.thresholds == pytest.approx(-found.thresholds[::-1], abs=1e-8)
    for each in (moved, turned):
        assert each.std_error == pytest.approx(found.std_error, rel=1e-7, nan_ok=True)


@pytest.mark.parametrize("estimator", ALL)
def test_rows_with_a_missing_value_are_left_out(estimator) -> None:
    x, y = drawn()
    more_x = np.append(x, [np.nan, 3.0, 4.0])
    more_y = np.append(y, [1, -1, np.nan])
    assert estimator(more_x, more_y).r == estimator(x, y).r
    assert estimator(more_x, more_y).n == len(x)


@pytest.mark.parametrize(
    ("x", "y", "name", "items"),
    [
        pytest.param([1, 2, np.nan], [np.nan, -1, 1], "no_answers", (0, 1), id="nobody"),
        pytest.param([2, 2, 2], [0, 1, 1], "constant_item", (0,), id="constant value"),
        pytest.param([1, 2, 3], [0, 0, 0], "constant_item", (1,), id="constant answer"),
        pytest.param([1, 2, 3], [0, 2, 2], "empty_category", (1,), id="gap"),
    ],
)
@pytest.mark.parametrize("estimator", ALL)
def test_what_cannot_be_is_named(estimator, x, y, name: str, items: tuple[int, ...]) -> None:
    with pytest.raises(Finding) as found:
        estimator(np.array(x, dtype=float), np.array(y, dtype=float))
    assert (found.value.name, found.value.items) == (name, items)


def test_an_item_that_follows_from_the_value() -> None:
    """The likelihood rises to 1; given thresholds that do not lie where the answers turn, it need not."""
    x = np.arange(40.0)
    with pytest.raises(Finding, match="collinear_items"):
        polyserial_ml(x, (x > 15).astype(int))
    assert polyserial(x, (x > 15).astype(int)).r > 0.9
