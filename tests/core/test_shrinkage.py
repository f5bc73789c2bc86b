"""Variance components and shrunken means.

Tolerances: 1e-6 relative against lmer told to stop at 1e-12 of its parameter (its deviance is flat to 1e-8
there); means 1e-7; the Army's figures 1e-4, where lmer stopped by default.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from validation import agrees

from pipeline.core.errors import Finding
from pipeline.core.shrinkage import shrunken_means, variance_components
from pipeline.scales.agreement import intraclass_correlation

CASES = ["balanced", "unbalanced", "no_difference", "far_apart"]


def read(from_r, case: str) -> tuple[np.ndarray, np.ndarray, pd.Series]:
    data, expected = from_r("shrinkage")
    each = data[data["case"] == case]
    return each["y"].to_numpy(), each["group"].to_numpy() - 1, expected.loc[case]


@pytest.mark.parametrize("case", CASES)
def test_agrees_with_lmer(from_r, case: str) -> None:
    y, g, r = read(from_r, case)
    found = variance_components(y, g)
    agrees("shrinkage: mu", found.mu, r["mu"], reference="lme4::lmer", abs=1e-7)
    agrees(
        "shrinkage: between",
        found.between,
        r["between"],
        reference="lme4::lmer",
        rel=1e-6,
        abs=1e-9,
    )
    agrees("shrinkage: within", found.within, r["within"], reference="lme4::lmer", rel=1e-6)
    agrees(
        "shrinkage: icc",
        found.icc,
        found.between / (found.between + found.within),
        reference="lme4::lmer",
        rel=1e-6,
        abs=1e-12,
    )


@pytest.mark.parametrize("case", CASES)
def test_means_agree_with_lmer_and_metafor(from_r, case: str) -> None:
    y, g, r = read(from_r, case)
    count = int(g.max()) + 1
    found = shrunken_means(y, g, count, 0.95)
    means = [r[f"mean_{i + 1}"] for i in range(count)]
    agrees("shrinkage", found.mean, means, reference="lme4::lmer, metafor::blup", abs=1e-6)
    errors = [r[f"error_{i + 1}"] for i in range(count)]
    agrees(
        "shrinkage: std error",
        found.std_error,
        errors,
        reference="lme4::lmer, metafor::blup",
        rel=1e-5,
    )
    agrees(
        "shrinkage",
        found.high - found.mean,
        1.959964 * found.std_error,
        reference="lme4::lmer, metafor::blup",
        rel=1e-6,
    )
    agrees(
        "shrinkage: low",
        found.mean - found.low,
        found.high - found.mean,
        reference="lme4::lmer, metafor::blup",
        rel=1e-6,
        abs=1e-12,
    )


@pytest.mark.parametrize("score", ["LEAD", "HRS"])
def test_agrees_with_lmer_on_7382_soldiers(shared_reference, score: str) -> None:
    soldiers = pd.read_csv(shared_reference("data/bh1996.csv"))
    r = json.loads(shared_reference("values/icc_agreement.json").read_text())[f"bh1996_{score}"]
    found = variance_components(soldiers[score].to_numpy(float), soldiers["GRP"].to_numpy())
    agrees(
        "shrinkage: between",
        found.between,
        r["lmer_tau2"],
        reference="lme4::lmer on bh1996 (shared)",
        rel=1e-4,
    )
    agrees(
        "shrinkage: within",
        found.within,
        r["lmer_sigma2"],
        reference="lme4::lmer on bh1996 (shared)",
        rel=1e-4,
    )
    agrees(
        "shrinkage: icc",
        found.icc,
        r["lmer_icc"],
        reference="lme4::lmer on bh1996 (shared)",
        rel=1e-4,
    )


def test_equal_groups_give_the_analysis_of_variance() -> None:
    """Then REML is (MSB - MSW) / n and MSW, and the weight is ICC(2)."""
    generator = np.random.default_rng(1)
    g = np.repeat(np.arange(12), 5)
    y = generator.normal(size=12)[g] + generator.normal(size=60)
    found, icc = shrunken_means(y, g, 12, 0.95), intraclass_correlation(y, g)
    assert found.components.icc == pytest.approx(icc.icc1, rel=1e-9)
    assert found.weight == pytest.approx(np.full(12, icc.icc2), rel=1e-9)
    assert found.components.mu == pytest.approx(y.mean())


def test_small_organisations_lean_on_the_whole() -> None:
    generator = np.random.default_rng(2)
    g = np.repeat(np.arange(8), [2, 4, 8, 16, 32, 64, 128, 256])
    y = generator.normal(size=8)[g] + 2 * generator.normal(size=len(g))
    found = shrunken_means(y, g, 9, 0.95)
    assert (np.diff(found.weight[:8]) > 0).all()
    own = np.array([y[g == i].mean() for i in range(8)])
    nearer = np.abs(found.mean[:8] - found.components.mu) <= np.abs(own - found.components.mu)
    assert nearer.all()
    assert np.isnan([found.mean[8], found.std_error[8], found.weight[8]]).all()
    assert found.n[8] == 0


def test_intervals_hold_the_true_means() -> None:
    generator = np.random.default_rng(3)
    held = []
    for _ in range(200):
        g = np.repeat(np.arange(40), generator.integers(3, 40, 40))
        truth = 3 + 0.5 * generator.normal(size=40)
        found = shrunken_means(truth[g] + generator.normal(size=len(g)), g, 40, 0.9)
        held.append(((found.low <= truth) & (truth <= found.high)).mean())
    assert np.mean(held) == pytest.approx(0.9, abs=0.015)


def test_units_move_with_the_scores(from_r) -> None:
    y, g, _ = read(from_r, "unbalanced")
    found, moved = variance_components(y, g), variance_components(1000 + 3 * y, 7 * g + 2)
    assert moved.between == pytest.approx(9 * found.between, rel=1e-7)
    assert moved.mu == pytest.approx(1000 + 3 * found.mu)


def test_missing_scores_and_people_without_organisation_are_left_out(from_r) -> None:
    y, g, _ = read(from_r, "unbalanced")
    more = np.append(y, [np.nan, 9]), np.append(g, [0, -1])
    assert variance_components(*more) == variance_components(y, g)
    found, again = shrunken_means(y, g, 10, 0.95), shrunken_means(*more, 10, 0.95)
    assert (again.mean == found.mean).all()


@pytest.mark.parametrize(
    ("y", "groups", "name"),
    [
        pytest.param([1, 2, 3, 4], [0, 0, 0, 0], "too_few_groups", id="one group"),
        pytest.param([1, 2, 3, 4], [0, 1, 2, 3], "too_few_groups", id="groups of one"),
        pytest.param([], [], "too_few_groups", id="nobody"),
        pytest.param([1, 1, 2, 2], [0, 0, 1, 1], "constant_item", id="no variance within"),
        pytest.param([0.1] * 6, [0, 0, 0, 1, 1, 1], "constant_item", id="constant"),
    ],
)
def test_what_cannot_be_is_named(y, groups, name: str) -> None:
    with pytest.raises(Finding) as found:
        variance_components(np.array(y, dtype=float), np.array(groups, dtype=int))
    assert found.value.name == name
