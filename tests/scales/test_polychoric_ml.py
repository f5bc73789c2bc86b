"""The polychoric correlation of two items by full maximum likelihood.

Tolerances: 1e-6 against polycor, whose search stops at 1e-8 of the likelihood and is started again until it
stays; its errors come from a Hessian by finite differences: 1e-4 relative, chi-square 1e-4 absolute.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from validation import agrees

from pipeline.core.errors import Finding
from pipeline.scales.polychoric import merge_categories, polychoric
from pipeline.scales.polychoric_ml import polychoric_ml


@pytest.mark.parametrize("case", ["three_by_four", "two_by_three", "two_by_two"])
def test_agrees_with_polycor(from_r, case: str) -> None:
    data, expected = from_r("polyserial")
    r = expected.loc[case].dropna()
    found = polychoric_ml(data.loc[data["case"] == case, ["x", "y"]].to_numpy())
    agrees("polychoric ml: r", found.r, r["ml_r"], reference="polycor", abs=1e-6)
    agrees(
        "polychoric ml: std error", found.std_error, r["ml_error"], reference="polycor", rel=1e-4
    )
    cuts = np.concatenate(found.cuts)
    agrees(
        "polychoric ml",
        cuts,
        r[[f"ml_cut_{i + 1}" for i in range(len(cuts))]],
        reference="polycor",
        abs=1e-6,
    )
    rows, columns = np.triu_indices(len(cuts) + 1)
    names = [f"covariance_{i + 1}_{j + 1}" for i, j in zip(rows, columns, strict=True)]
    largest = found.covariance.max()
    agrees(
        "polychoric ml",
        found.covariance[rows, columns],
        r[names],
        reference="polycor",
        abs=2e-4 * largest,
    )
    agrees(
        "polychoric ml: chi square",
        found.chi_square,
        r["chi_square"],
        reference="polycor",
        abs=1e-4,
    )
    assert found.df == r.get("df", 0)


def test_is_more_likely_than_where_polycor_stopped(shared_reference) -> None:
    """With 36 cells polycor's search stops early: its chi-square is up to 0.7 higher."""
    r = json.loads(shared_reference("values/polychoric.json").read_text())["polycor_pairs"]
    answers = pd.read_csv(shared_reference("data/bfi.csv"))
    for pair, expected in r.items():
        found = polychoric_ml(merge_categories(answers[pair.split("_")].to_numpy(float)))
        assert expected["ML_chisq"] - 0.7 < found.chi_square < expected["ML_chisq"] + 1e-3
        assert found.r == pytest.approx(expected["ML_rho"], abs=0.005)
        assert found.std_error == pytest.approx(expected["ML_se"], rel=0.02)
        assert found.df == 24


def test_a_table_of_four_cells_is_fitted_exactly() -> None:
    """Then the thresholds are those of the margins, and r that of two steps."""
    codes = np.repeat([[0, 0], [0, 1], [1, 0], [1, 1]], [31, 19, 12, 48], axis=0)
    found, two_step = polychoric_ml(codes), polychoric(codes)
    assert found.r == pytest.approx(two_step.correlations[0, 1], abs=1e-9)
    assert np.concatenate(found.cuts) == pytest.approx(np.concatenate(two_step.thresholds))
    assert found.chi_square == pytest.approx(0, abs=1e-9)
    assert (found.df, np.isnan(found.p_value)) == (0, True)


def test_errors_are_the_spread_over_samples() -> None:
    """400 draws: their own error of a spread is 3.5 %; p values are level."""
    generator = np.random.default_rng(20261121)
    found = []
    for _ in range(400):
        latent = generator.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], size=300)
        codes = np.column_stack([np.digitize(latent[:, 0], [-1, 0.2, 1]), latent[:, 1] > 0.4])
        found.append(polychoric_ml(codes))
    r = np.array([each.r for each in found])
    assert r.mean() == pytest.approx(0.6, abs=0.015)
    assert r.std() == pytest.approx(np.mean([each.std_error for each in found]), rel=0.12)
    assert np.mean([each.p_value < 0.1 for each in found]) == pytest.approx(0.1, abs=0.05)


def test_missing_answers_are_left_out() -> None:
    codes = np.random.default_rng(3).integers(0, 3, size=(80, 2))
    more = np.vstack([codes, [[-1, 0], [2, -1], [-1, -1]]])
    assert polychoric_ml(more).r == polychoric_ml(codes).r
    assert polychoric_ml(more).n == 80


@pytest.mark.parametrize(
    ("codes", "name"),
    [
        pytest.param([[0, 0], [1, 1], [2, 2]] * 5, "collinear_items", id="same"),
        pytest.param([[0, 0], [0, 1], [0, 2]] * 5, "constant_item", id="constant"),
        pytest.param([[0, 0], [2, 1], [0, 2]] * 5, "empty_category", id="gap"),
        pytest.param([[0, 1], [1, 0], [2, -1]] * 5, "collinear_items", id="gap among the complete"),
    ],
)
def test_what_cannot_be_is_named(codes: list[list[int]], name: str) -> None:
    with pytest.raises(Finding) as found:
        polychoric_ml(np.array(codes))
    assert found.value.name == name
