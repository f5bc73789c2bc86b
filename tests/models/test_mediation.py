"""Mediation: paths, resampled organisations, and the correlation of errors that would undo it.

Tolerance 1e-8 against R (lm, quantile) with the same resamples; counts of draws are exact.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from validation import agrees

from pipeline.core.errors import Finding
from pipeline.models.mediation import (
    MediationSample,
    Regression,
    bootstrap_paths,
    draw_counts,
    mediation_paths,
    percentile_interval,
    percentile_p,
    pool_reimputed,
    resampled_paths,
    rho_without_indirect,
)

Reference = Callable[[str], Path]
CLOSE = {"rel": 1e-8, "abs": 1e-8}


def sample_of(
    x: np.ndarray, m: np.ndarray, y: np.ndarray, g: np.ndarray, beside: np.ndarray | None = None
) -> MediationSample:
    one = np.ones(len(x)) if beside is None else np.column_stack([np.ones(len(x)), beside])
    a, b = np.column_stack([x, one]), np.column_stack([x, m, one])
    here = ~np.isnan(y)
    return MediationSample(
        Regression(m, a, g), Regression(y[here], b[here], g[here]), int(g.max()) + 1, 0, 0, 1
    )


def drawn(n: int = 300, groups: int = 12, seed: int = 4) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    g = rng.integers(0, groups, n)
    x = rng.normal(size=n) + rng.normal(size=groups)[g]
    m = 0.5 * x + rng.normal(size=n)
    y = 0.2 * x + 0.4 * m + rng.normal(size=n)
    return x, m, y, g


def test_agrees_with_r_on_pollution_of_news(shared_reference: Reference) -> None:
    """Tal-Or et al. 2010: paths, and the percentile interval of 5,000 stored resamples of the people."""
    frame = pd.read_csv(shared_reference("data/Tal_Or.csv"))
    told = json.loads(shared_reference("values/mediation_boot.json").read_text())["Tal_Or"]
    x, m, y = (frame[name].to_numpy(float) for name in ("cond", "pmi", "reaction"))
    sample = sample_of(x, m, y, np.arange(len(x)))
    found = mediation_paths(sample)
    names = {"a": "a", "b": "b", "direct": "c_prime", "indirect": "indirect", "total": "c_total"}
    for ours, theirs in names.items():
        value = getattr(found, ours)[0]
        agrees(f"mediation: {ours}", value, told[theirs], reference="stats::lm (shared)", **CLOSE)
    path = shared_reference("data/Tal_Or_boot_indices_5000_1based.csv.gz")
    taken = pd.read_csv(path, header=None).to_numpy() - 1
    counts = np.array([np.bincount(row, minlength=len(x)) for row in taken]).astype(float)
    draws = resampled_paths(sample, counts).indirect
    low, high = percentile_interval(draws, 0.95)
    reference = "bootstrap with stored resamples in R (shared)"
    expected = list(told["perc_ci_type7"].values())
    agrees(
        "indirect effect: percentile interval", [low, high], expected, reference=reference, **CLOSE
    )
    error = draws.std(ddof=1)
    agrees("indirect effect: bootstrap error", error, told["boot_se"], reference=reference, **CLOSE)


def test_resampled_organisations_agree_with_r(shared_reference: Reference) -> None:
    """A difference of means in 99 army companies is a path of one regression: 10,000 stored resamples."""
    frame = pd.read_csv(shared_reference("data/bh1996.csv"))
    told = json.loads(shared_reference("values/mediation_boot.json").read_text())
    expected = told["bh_cluster_boot_meandiff"]
    high = (frame["HRS"] > frame["HRS"].median()).to_numpy(float)
    g = np.unique(frame["GRP"].astype(str), return_inverse=True)[1]
    order = pd.read_csv(shared_reference("data/bh_cluster_sums.csv"))["GRP"].astype(str)
    sample = sample_of(high, frame["WBEING"].to_numpy(), np.zeros(len(g)), g)
    assert mediation_paths(sample).a[0] == pytest.approx(expected["est"], rel=1e-8)
    taken = pd.read_csv(
        shared_reference("data/bh_cluster_boot_idx_10000x99_1based.csv.gz"), header=None
    )
    place = np.array([sorted(order).index(name) for name in order])
    counts = np.array([np.bincount(place[row - 1], minlength=99) for row in taken.to_numpy()])
    draws = resampled_paths(sample, counts.astype(float)).a
    reference = "10,000 stored resamples of groups in R (shared)"
    interval, told_interval = percentile_interval(draws, 0.95), list(expected["perc"].values())
    agrees("a path: percentile interval", interval, told_interval, reference=reference, **CLOSE)
    agrees(
        "a path: bootstrap error", draws.std(ddof=1), expected["se"], reference=reference, **CLOSE
    )


def test_a_resample_is_a_regression_on_the_rows_it_takes() -> None:
    x, m, y, g = drawn(80, 6)
    y[:30] = np.nan
    counts = np.array([2.0, 0, 1, 3, 0, 1])
    found = resampled_paths(sample_of(x, m, y, g), counts[None])
    rows = np.concatenate([np.repeat(np.flatnonzero(g == k), int(counts[k])) for k in range(6)])
    again = mediation_paths(sample_of(x[rows], m[rows], y[rows], np.zeros(len(rows), dtype=int)))
    for name, value in found.named().items():
        assert value == pytest.approx(again.named()[name]), name


def test_total_is_the_slope_without_the_mediator() -> None:
    x, m, y, g = drawn()
    slope = np.linalg.lstsq(np.column_stack([np.ones(len(x)), x]), y)[0][1]
    assert mediation_paths(sample_of(x, m, y, g)).total == pytest.approx([slope])


def test_a_rare_answer_that_a_resample_misses_does_not_stop_it() -> None:
    """An indicator that one organisation alone has is left out where that one is not taken."""
    x, m, y, g = drawn(90, 6)
    rare = (g == 2).astype(float)
    with_rare, without = sample_of(x, m, y, g, rare[:, None]), sample_of(x, m, y, g)
    counts = np.array([[1.0, 2, 0, 1, 1, 1]])
    found, expected = resampled_paths(with_rare, counts), resampled_paths(without, counts)
    assert found.indirect == pytest.approx(expected.indirect)


def test_draws_of_several_data_sets_are_pooled_and_seeded() -> None:
    samples = [sample_of(*drawn(seed=seed)) for seed in (1, 2, 3)]
    found = bootstrap_paths(samples, 50, np.random.SeedSequence(5))
    again = bootstrap_paths(samples, 50, np.random.SeedSequence(5))
    assert found.a.shape == (150,)
    np.testing.assert_array_equal(found.indirect, again.indirect)
    alone = bootstrap_paths(samples[:1], 50, np.random.SeedSequence(5))
    np.testing.assert_array_equal(found.a[:50], alone.a)


def test_organisations_are_drawn_with_replacement() -> None:
    counts = draw_counts(47, 400, np.random.default_rng(1))
    assert (counts.sum(axis=1) == 47).all()
    assert (counts == 0).mean() == pytest.approx((1 - 1 / 47) ** 47, abs=0.01)


def test_too_few_organisations_are_a_finding() -> None:
    with pytest.raises(Finding, match="too_few_groups: 2 organisations"):
        draw_counts(2, 10, np.random.default_rng(1))


@pytest.mark.parametrize(
    ("draws", "p"),
    [
        ([1, 2, 3, 4], 2 * 1 / 5),
        ([-1, 2, 3, 4, 5, 6, 7, 8, 9], 2 * 2 / 10),
        ([-2, -1, 1, 2], 1.0),
        ([0, 1, 2, 3], 2 * 2 / 5),
    ],
)
def test_p_counts_the_draws_on_the_other_side(draws: list[float], p: float) -> None:
    assert percentile_p(np.array(draws, dtype=float)) == pytest.approx(p)
    assert percentile_p(-np.array(draws, dtype=float)) == pytest.approx(p)


def slope_of_mediator(
    x: np.ndarray, m: np.ndarray, y: np.ndarray, rho: float, steps: int = 400
) -> float:
    """Return b with the errors' correlation held at rho: generalised least squares, repeated."""
    one = np.ones(len(x))
    A, B = np.column_stack([one, x]), np.column_stack([one, x, m])
    e_m, e_y = m - A @ np.linalg.lstsq(A, m)[0], y - B @ np.linalg.lstsq(B, y)[0]
    for _ in range(steps):
        s_m, s_y = e_m.std(), e_y.std()
        shift = rho * s_y / s_m
        coefficients = np.linalg.lstsq(B, y - shift * e_m)[0]
        e_y = y - B @ coefficients
    return float(coefficients[2])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_at_rho_the_mediator_has_no_effect(seed: int) -> None:
    """Held at that correlation of errors, b is 0; held elsewhere, it is not."""
    x, m, y, _ = drawn(seed=seed)
    rho = rho_without_indirect(x, m, y, np.ones((len(x), 1)))
    assert slope_of_mediator(x, m, y, rho) == pytest.approx(0, abs=1e-6)
    assert slope_of_mediator(x, m, y, 0.0) == pytest.approx(
        mediation_paths(sample_of(x, m, y, np.zeros(len(x), dtype=int))).b[0]
    )


def test_errors_that_share_a_cause_alone_have_its_correlation() -> None:
    rng = np.random.default_rng(7)
    x, u = rng.normal(size=(2, 50_000))
    m = 0.5 * x + u + rng.normal(size=50_000)
    y = 0.3 * x + u + rng.normal(size=50_000)
    assert rho_without_indirect(x, m, y, np.ones((50_000, 1))) == pytest.approx(0.5, abs=0.015)


def test_no_error_left_is_a_finding() -> None:
    x = np.arange(9.0)
    with pytest.raises(Finding, match="collinear_items"):
        rho_without_indirect(x, 2 * x, x**2, np.ones((9, 1)))


def test_reimputed_resamples_by_hand() -> None:
    """Von Hippel & Bartlett's formulas on three resamples of two imputations."""
    found = pool_reimputed(np.array([[1.0, 2.0], [3.0, 5.0], [2.0, 2.0]]))
    within = (0.5 + 2 + 0) / 3
    between = 2 * np.var([1.5, 4, 2], ddof=1)
    variance = (4 / 3) * (between - within) / 2 + within / 6
    assert found.estimate == pytest.approx(2.5)
    assert found.std_error == pytest.approx(np.sqrt(variance))
    doubt = (4 / 6) ** 2 * between**2 / 2 + within**2 / 12
    assert found.df == pytest.approx(max(3, variance**2 / doubt))


@given(st.integers(2, 40), st.floats(0, 2), st.integers(0, 2**31))
def test_reimputed_resamples_have_an_error_whatever_they_are(
    draws: int, spread: float, seed: int
) -> None:
    values = np.random.default_rng(seed).normal(size=(draws, 2)) * spread
    found = pool_reimputed(values)
    assert found.std_error >= 0
    assert found.df >= 3


def test_the_error_of_reimputed_resamples_is_that_of_the_bootstrap_where_nothing_is_missing() -> (
    None
):
    values = np.repeat(np.random.default_rng(3).normal(size=(500, 1)), 2, axis=1)
    found = pool_reimputed(values)
    assert found.std_error == pytest.approx(values[:, 0].std(ddof=1), rel=2e-3)
