"""The wild cluster bootstrap-t.

Tolerances: t and p exact (1e-9) against R where all 2^10 combinations are drawn, by both ways of counting
ties; intervals .5 % of their width, because fwildclusterboot 0.14.3 looks for the root of a step
function and stops one or two of the 1,024 draws away from the last step, and 2 % for draws of chance.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from validation import agrees

from pipeline.core.errors import Finding
from pipeline.models.fitted import Sample, Working
from pipeline.models.linear import fit_ols
from pipeline.models.multipliers import multipliers
from pipeline.models.wild_bootstrap import wild_bootstrap

SHARED = Path(__file__).parents[3] / "shared/reference"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="no ../shared here")
SLOPE = np.array([0.0, 1.0])


def petersen(outcome: str, cluster: str) -> tuple[Working, np.ndarray]:
    data = pd.read_csv(SHARED / "data/PetersenCL_wild.csv")
    design = np.column_stack([np.ones(len(data)), data["x"]])
    codes = data[cluster].to_numpy() - 1
    fitted = fit_ols(Sample(data[outcome].to_numpy(), design, ("intercept", "x"), codes))
    return fitted.working, fitted.estimate


@needs_shared
@pytest.mark.parametrize("outcome", ["y", "ynull"])
def test_enumeration_equals_r(outcome: str) -> None:
    values = json.loads((SHARED / "values/mlm.json").read_text())[
        "wild_cluster_bootstrap_enumerated"
    ]
    expected = values[f"x_on_{outcome}_year"]
    drawn = multipliers("rademacher", 9999, 10, np.random.default_rng(1))
    found = wild_bootstrap(*petersen(outcome, "year"), SLOPE, drawn)
    assert found.draws == expected["n_draws"] == 1024
    factor = np.sqrt(10 / 9 * 4999 / 4998)
    with_r = "all 1,024 draws refitted in R (shared)"
    agrees("wild bootstrap, t", found.statistic / factor, expected["t"], reference=with_r, rel=1e-9)
    ours, theirs = (
        (found.p_value, found.p_strict),
        (expected["p_two_sided_abs"], expected["p_strict"]),
    )
    agrees("wild bootstrap, p by both countings", ours, theirs, reference=with_r, abs=1e-12)


@needs_shared
@pytest.mark.parametrize(("cluster", "close"), [("year", 0.005), ("firm", 0.02)])
def test_the_interval_equals_fwildclusterboot(cluster: str, close: float) -> None:
    expected = json.loads((SHARED / "values/wildboot.json").read_text())[f"y_{cluster}"]
    working, estimate = petersen("y", cluster)
    groups = int(working.clusters.max()) + 1
    drawn = multipliers("rademacher", 9999, groups, np.random.default_rng(1))
    found = wild_bootstrap(working, estimate, SLOPE, drawn)
    width = expected["ci"][1] - expected["ci"][0]
    assert [found.low, found.high] == pytest.approx(expected["ci"], abs=close * width)
    assert found.draws == expected["B"]


def data_of(seed: int, groups: int = 6) -> Sample:
    rng = np.random.default_rng(seed)
    clusters = np.sort(np.concatenate([np.arange(groups), rng.integers(0, groups, 40)]))
    x = rng.normal(size=(len(clusters), 2)) + rng.normal(size=groups)[clusters, None]
    design = np.column_stack([np.ones(len(clusters)), x])
    outcome = x[:, 0] / 2 + rng.normal(size=groups)[clusters] + rng.normal(size=len(clusters))
    return Sample(outcome, design, ("intercept", "a", "b"), clusters)


def by_brute_force(sample: Sample, contrast: np.ndarray, value: float, drawn: np.ndarray) -> float:
    """Return p from refits of every draw's outcome, the null imposed by substitution."""
    x, y, g = sample.design, sample.outcome, sample.clusters
    m = np.linalg.inv(x.T @ x)

    def statistic(outcome: np.ndarray) -> float:
        b = m @ x.T @ outcome
        e = outcome - x @ b
        s = np.array([x[g == k].T @ e[g == k] for k in range(sample.groups)])
        return float((contrast @ b - value) / np.sqrt(contrast @ m @ s.T @ s @ m @ contrast))

    b = m @ x.T @ y
    null = b - m @ contrast * (contrast @ b - value) / (contrast @ m @ contrast)
    left = y - x @ null
    t = [statistic(x @ null + v[g] * left) for v in drawn]
    return float(np.mean(np.abs(t) >= abs(statistic(y)) - 1e-8))


@given(st.integers(0, 10_000), st.sampled_from([(0, 1, 0), (0, 1, -1), (0, 0.5, 2)]))
def test_it_is_the_refit_of_every_draw(seed: int, direction: tuple[float, ...]) -> None:
    sample, contrast = data_of(seed), np.array(direction, dtype=float)
    drawn = multipliers("webb", 60, sample.groups, np.random.default_rng(seed))
    fitted = fit_ols(sample)
    found = wild_bootstrap(fitted.working, fitted.estimate, contrast, drawn)
    assert found.p_value == by_brute_force(sample, contrast, 0.0, drawn)


@given(st.integers(0, 10_000))
def test_the_interval_holds_the_values_that_are_not_rejected(seed: int) -> None:
    sample, contrast = data_of(seed, 9), np.array([0.0, 1, 0])
    drawn = multipliers("webb", 199, sample.groups, np.random.default_rng(seed))
    fitted = fit_ols(sample)
    found = wild_bootstrap(fitted.working, fitted.estimate, contrast, drawn, 0.8)
    for end, side in ((found.low, -1), (found.high, 1)):
        if np.isfinite(end):
            width = abs(end - fitted.estimate[1])
            assert by_brute_force(sample, contrast, end - side * 1e-6 * width, drawn) >= 0.2
            assert by_brute_force(sample, contrast, end + side * 1e-6 * width, drawn) < 0.2


def test_weights_resample_rows_times_their_roots() -> None:
    sample = data_of(3)
    weights = np.random.default_rng(4).uniform(0.5, 2, len(sample.outcome))
    root = np.sqrt(weights)
    fitted = fit_ols(Sample(**{**vars(sample), "weights": weights}))
    rooted = fit_ols(
        Sample(sample.outcome * root, sample.design * root[:, None], sample.terms, sample.clusters)
    )
    drawn = multipliers("webb", 99, sample.groups, np.random.default_rng(5))
    contrast = np.array([0.0, 1, 0])
    first = wild_bootstrap(fitted.working, fitted.estimate, contrast, drawn)
    second = wild_bootstrap(rooted.working, rooted.estimate, contrast, drawn)
    assert first.p_value == second.p_value
    assert first.low == pytest.approx(second.low)


@pytest.mark.parametrize("kind", ["webb", "rademacher"])
def test_multipliers_have_mean_0_and_variance_1(kind) -> None:
    drawn = multipliers(kind, 20_000, 15, np.random.default_rng(1))
    assert drawn.shape == (20_000, 15)
    assert drawn.mean() == pytest.approx(0, abs=0.01)
    assert drawn.var() == pytest.approx(1, abs=0.01)
    assert len(np.unique(drawn.round(6))) == (6 if kind == "webb" else 2)


def test_few_organisations_have_all_signs_once() -> None:
    drawn = multipliers("rademacher", 9999, 4, np.random.default_rng(1))
    assert len(np.unique(drawn, axis=0)) == len(drawn) == 16


def test_one_organisation_is_named() -> None:
    working = Working(np.ones((4, 1)), np.array([1.0, -1, 1, -1]), np.zeros(4, dtype=np.int64))
    with pytest.raises(Finding, match="too_few_groups"):
        wild_bootstrap(working, np.zeros(1), np.ones(1), np.ones((9, 1)))
