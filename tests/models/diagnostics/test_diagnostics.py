"""Diagnostics against R: 1e-8, of fits that R is told not to stop early."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from validation import agrees

from pipeline.core.errors import Finding
from pipeline.models.diagnostics.calibration import calibration
from pipeline.models.diagnostics.collinearity import variance_inflation
from pipeline.models.diagnostics.dispersion import overdispersion, rootogram
from pipeline.models.diagnostics.influence import (
    dfbetas,
    one_step_without,
    organisation_residuals,
    refitted_without,
)
from pipeline.models.diagnostics.proportional_odds import brant_of_interest, brant_test
from pipeline.models.nonlinear.counts import fit_negative_binomial, fit_poisson, fit_truncated
from pipeline.models.nonlinear.cumulative import fit_logit, fit_ordered

REFERENCE = Path(__file__).parents[2] / "reference"
CLOSE = {"rel": 1e-8, "abs": 1e-8}


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "nonlinear_data.csv")


@pytest.fixture(scope="module")
def r() -> pd.Series:
    return pd.read_csv(REFERENCE / "diagnostics.csv").set_index(["case", "quantity"])["value"]


def design_of(data: pd.DataFrame) -> np.ndarray:
    return np.column_stack([np.ones(len(data)), data[["x", "z", "kind"]]])


def test_variance_inflation_agrees_with_car(data: pd.DataFrame, r: pd.Series) -> None:
    columns = np.column_stack([data[["x", "z", "kind"]], data["x"] * data["z"]])
    expected = r["vif"][["x", "z", "kind", "product"]].to_numpy()
    found = variance_inflation(columns)
    agrees("variance inflation", found, expected, reference="car::vif", **CLOSE)
    assert variance_inflation(columns[:, :1]).tolist() == [1.0]


def test_brants_test_agrees_with_its_formulas(data: pd.DataFrame, r: pd.Series) -> None:
    found = brant_test(data["stage"].to_numpy(), data[["x", "z", "kind"]].to_numpy(float))
    each = [test.statistic for test in found.columns]
    theirs = r["brant"][["omnibus", "x", "z", "kind"]].to_numpy()
    ours = [found.omnibus.statistic, *each]
    agrees("Brant's test", ours, theirs, reference="its formulas in R", **CLOSE)
    assert found.omnibus.p_value == pytest.approx(r["brant", "p_omnibus"], **CLOSE)
    assert found.columns[0].p_value == pytest.approx(r["brant", "p_x"], **CLOSE)
    assert (found.omnibus.df, found.columns[0].df, found.slopes.shape) == (9, 3, (4, 3))


def test_brants_test_finds_slopes_that_differ() -> None:
    generator = np.random.default_rng(11)
    x = generator.normal(size=(900, 2))
    logistic = generator.logistic(size=900)
    stage = (x[:, 0] + logistic > -1).astype(int) + (x[:, 0] - 1.5 * x[:, 1] + logistic > 1)
    found = brant_test(np.where(x[:, 0] + logistic <= -1, 0, stage), x)
    assert found.columns[1].p_value < 1e-4
    with pytest.raises(Finding, match="too_few_values"):
        brant_test(stage > 1, x)


def test_controls_that_separate_a_cut_are_left_out_of_brants_test(data: pd.DataFrame) -> None:
    x, stage = data[["x", "z"]].to_numpy(float), data["stage"].to_numpy()
    rare = np.zeros(len(data))
    rare[np.flatnonzero(stage == 3)[:4]] = 1
    design = np.column_stack([x, rare])
    with pytest.raises(Finding, match="separation"):
        brant_test(stage, design)
    found, kept = brant_of_interest(stage, design, np.array([True, True, False]))
    assert kept.tolist() == [True, True, False]
    assert found.omnibus == brant_test(stage, x).omnibus
    with pytest.raises(Finding, match="separation"):
        brant_of_interest(stage, design, np.ones(3, dtype=bool))


def test_overdispersion_agrees_with_odtest(data: pd.DataFrame, r: pd.Series) -> None:
    counts, design = data["count"].to_numpy(), design_of(data)
    found = overdispersion(fit_poisson(counts, design), fit_negative_binomial(counts, design))
    assert found.ratio == pytest.approx(r["dispersion", "ratio"], **CLOSE)
    theirs = r["dispersion", "statistic"]
    agrees("overdispersion", found.statistic, theirs, reference="pscl::odTest", **CLOSE)
    assert found.p_value == pytest.approx(r["dispersion", "p"], rel=1e-7, abs=0)
    even = 1 + np.arange(60) % 2
    ones = np.ones((60, 1))
    none = overdispersion(fit_poisson(even, ones), fit_negative_binomial(even, ones))
    assert (none.statistic, none.p_value) == (0.0, 1.0)
    assert none.ratio < 1


@pytest.mark.parametrize("kind", ["negbin", "poisson"])
def test_the_rootogram_agrees_with_dnbinom(data: pd.DataFrame, r: pd.Series, kind: str) -> None:
    counts, design = data["count"].to_numpy(), design_of(data)
    fit = (fit_negative_binomial if kind == "negbin" else fit_poisson)(counts, design)
    mean = np.exp(design @ fit.vector[:4])
    theta = np.exp(fit.vector[-1]) if kind == "negbin" else np.inf
    found = rootogram(counts, mean, theta, 9)
    for k in range(8):
        assert found.expected[k] == pytest.approx(r[f"rootogram;{k}", kind], rel=1e-7)
        assert found.observed[k] == r[f"rootogram;{k}", "observed"]
    assert found.expected.sum() == pytest.approx(len(counts))
    assert found.observed.sum() == len(counts)
    assert (found.least[-1], found.most[-1]) == (8, counts.max())
    assert found.zero_ratio == pytest.approx(found.observed[0] / found.expected[0])


def test_calibration_agrees_with_hosmer_and_lemeshow(data: pd.DataFrame, r: pd.Series) -> None:
    yes, design = data["yes"].to_numpy(float), design_of(data)
    p = 1 / (1 + np.exp(-design @ fit_logit(yes, design).vector))
    found = calibration(yes, p)
    for name in ("n", "observed", "predicted"):
        theirs = [r[f"calibration;{k}", name] for k in range(1, 11)]
        assert getattr(found, name) == pytest.approx(np.array(theirs), **CLOSE), name
    theirs, name = r["calibration", "hoslem"], "its formula in R"
    agrees("Hosmer-Lemeshow", found.statistic, theirs, reference=name, **CLOSE)
    assert found.df == 8
    assert 0 < found.p_value < 1


def test_calibration_of_counts_and_of_equal_predictions(data: pd.DataFrame) -> None:
    counts, design = data["count"].to_numpy(), design_of(data)
    mean = np.exp(design @ fit_poisson(counts, design).vector)
    found = calibration(counts, mean, mean, groups=4)
    assert found.n.sum() == len(counts)
    assert found.variance == pytest.approx(found.predicted / found.n)
    same = calibration(counts, np.full(len(counts), 2.0), mean)
    assert same.n.tolist() == [len(counts)]
    assert np.isnan(same.p_value)


# --------------------------------------------------------------------------------------- influence


@pytest.mark.parametrize("kind", ["logit", "negbin"])
def test_residuals_of_organisations_agree_with_statmod(
    data: pd.DataFrame, r: pd.Series, kind: str
) -> None:
    design, clusters = design_of(data), data["cluster"].to_numpy() - 1
    fit = (
        fit_logit(data["yes"].to_numpy(float), design)
        if kind == "logit"
        else fit_negative_binomial(data["count"].to_numpy(), design)
    )
    theirs = [r[f"residual;{g}", kind] for g in range(1, 17)]
    found = organisation_residuals(fit, clusters)
    name = "statmod::glm.scoretest"
    agrees("residual of an organisation", found, theirs, reference=name, rel=1e-6, abs=1e-8)


def test_residuals_of_ordered_answers_are_a_logits_with_two_categories(data: pd.DataFrame) -> None:
    design, clusters = design_of(data), data["cluster"].to_numpy() - 1
    yes = data["yes"].to_numpy(float)
    ordered = organisation_residuals(fit_ordered(yes, design[:, 1:]), clusters)
    assert ordered == pytest.approx(organisation_residuals(fit_logit(yes, design), clusters))
    with pytest.raises(Finding, match="no shift in a model 'truncated_negbin'"):
        organisation_residuals(fit_truncated(1 + data["count"].to_numpy(), design), clusters)


def test_estimates_without_an_organisation_agree_with_glm(data: pd.DataFrame, r: pd.Series) -> None:
    design, clusters = design_of(data), data["cluster"].to_numpy() - 1
    fit = fit_logit(data["yes"].to_numpy(float), design)
    exact, near = refitted_without(fit, clusters), one_step_without(fit, clusters)
    for g in range(16):
        theirs = r[f"without;{g + 1}"][["intercept", "x", "z", "kind"]].to_numpy()
        name = "stats::update(glm)"
        agrees("estimates without an organisation", exact[g], theirs, reference=name, **CLOSE)
    errors = np.sqrt(np.diag(fit.covariance))
    moved, about = (dfbetas(fit, each, errors) for each in (exact, near))
    assert about == pytest.approx(moved, abs=0.15)
    assert np.abs(moved).max() > 0.3


def test_one_step_is_exact_to_second_order(data: pd.DataFrame) -> None:
    """With an organisation of one person, the step is near its end."""
    design = design_of(data)
    fit = fit_ordered(data["stage"].to_numpy(), design[:, 1:])
    clusters = np.arange(len(data))
    exact, near = refitted_without(fit, clusters), one_step_without(fit, clusters)
    away = np.abs(exact - fit.vector).max()
    assert np.abs(exact - near).max() < 0.1 * away


def test_an_organisation_that_alone_has_a_code_leaves_no_estimate() -> None:
    clusters = np.arange(80) // 10
    only = ((clusters == 3) & (np.arange(80) % 2 == 0)).astype(float)
    yes = (np.arange(80) % 3 == 0).astype(float)
    fit = fit_logit(yes, np.column_stack([np.ones(80), only]))
    for without in (one_step_without, refitted_without):
        found = without(fit, clusters)
        assert np.isnan(found[3]).all()
        assert np.isfinite(np.delete(found, 3, axis=0)).all()
