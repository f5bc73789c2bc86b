"""Organisations drawn again: refits equal fits to repeated rows, whatever models share the draw."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.core.errors import Finding
from pipeline.models.effects.averages import LINKS, average_slope
from pipeline.models.effects.bootstrap import Draws, bootstrap_effects, refit
from pipeline.models.nonlinear.counts import fit_negative_binomial, fit_poisson
from pipeline.models.nonlinear.cumulative import fit_logit, fit_ordered

REFERENCE = Path(__file__).parents[2] / "reference"
UNIT = np.array([0.0, 1, 0, 0])


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "nonlinear_data.csv")


def design_of(data: pd.DataFrame) -> np.ndarray:
    return np.column_stack([np.ones(len(data)), data[["x", "z", "kind"]]])


def slopes(vectors: Sequence[np.ndarray], times: np.ndarray, design: np.ndarray) -> np.ndarray:
    logit, counts = vectors
    yes = average_slope(LINKS["logit"], logit, design, UNIT, times).estimate
    count = average_slope(LINKS["log"], counts[:-1], design, UNIT, times).estimate
    return np.array([yes, count, yes - count])


def test_each_draw_is_a_fit_to_its_organisations(data: pd.DataFrame) -> None:
    design, clusters = design_of(data), data["cluster"].to_numpy() - 1
    yes, count = data["yes"].to_numpy(float), data["count"].to_numpy()
    fits = [fit_logit(yes, design), fit_negative_binomial(count, design)]
    found = bootstrap_effects(
        fits,
        clusters,
        lambda vectors, times: slopes(vectors, times, design),
        12,
        np.random.default_rng(3),
    )
    counts = np.random.default_rng(3).multinomial(16, np.full(16, 1 / 16), size=12)
    for times, values in zip(counts, found.values, strict=True):
        rows = np.repeat(np.arange(len(yes)), times[clusters])
        again = [
            fit_logit(yes[rows], design[rows]).vector,
            fit_negative_binomial(count[rows], design[rows]).vector,
        ]
        expected = slopes(again, np.ones(len(rows)), design[rows])
        assert values == pytest.approx(expected, abs=1e-7)
    assert found.estimate == pytest.approx(
        slopes([fit.vector for fit in fits], np.ones(len(yes)), design)
    )
    assert found.values[:, 0] - found.values[:, 1] == pytest.approx(found.values[:, 2])


def test_ordered_answers_are_refitted_too(data: pd.DataFrame) -> None:
    x, stage = data[["x", "z", "kind"]].to_numpy(float), data["stage"].to_numpy()
    clusters = data["cluster"].to_numpy() - 1
    found = bootstrap_effects(
        [fit_ordered(stage, x)], clusters, lambda v, _: v[0][:3], 5, np.random.default_rng(4)
    )
    counts = np.random.default_rng(4).multinomial(16, np.full(16, 1 / 16), size=5)
    for times, values in zip(counts, found.values, strict=True):
        rows = np.repeat(np.arange(len(x)), times[clusters])
        assert values == pytest.approx(fit_ordered(stage[rows], x[rows]).vector[:3], abs=1e-7)


def test_intervals_and_p_values_are_counted() -> None:
    values = np.column_stack([np.arange(-4, 195.0), np.ones(199), np.zeros(199)])
    found = Draws(np.array([95.0, 1, 0]), np.vstack([values, np.full(3, np.nan)]))
    assert found.failed == 1
    assert found.interval(0.9)[:, 0] == pytest.approx(np.quantile(values[:, 0], [0.05, 0.95]))
    assert found.p_values().tolist() == [2 * (1 + 5) / 200, 2 / 200, 1.0]


def test_draws_without_a_fit_are_counted_and_many_are_named() -> None:
    clusters = np.arange(60) // 10
    only = (clusters == 0) & (np.arange(60) % 10 < 5)
    yes = np.where(clusters == 0, np.arange(60) % 4 == 0, np.arange(60) % 2 == 0).astype(float)
    design = np.column_stack([np.ones(60), only])
    fit, rng = fit_logit(yes, design), np.random.default_rng(5)
    with pytest.raises(Finding, match=r"not_estimated: .* draws of organisations have no fit"):
        bootstrap_effects([fit], clusters, lambda v, _: v[0], 50, rng, [1])


def test_one_organisation_cannot_be_drawn(data: pd.DataFrame) -> None:
    fit = fit_logit(data["yes"].to_numpy(float), design_of(data))
    none = np.zeros(len(data), dtype=int)
    with pytest.raises(Finding, match="too_few_groups"):
        bootstrap_effects([fit], none, lambda v, _: v[0], 5, np.random.default_rng(5))


def test_a_control_that_a_draw_lacks_does_not_end_it(data: pd.DataFrame) -> None:
    """Without its only organisation a code has no say: the others are as without the code."""
    clusters = data["cluster"].to_numpy() - 1
    yes, design = data["yes"].to_numpy(float), design_of(data)
    only = (clusters == 6).astype(float)
    fit = fit_logit(yes, np.column_stack([design, only]))
    times = np.where(clusters == 6, 0, 1 + clusters % 2)
    again = refit(fit, times, [1, 2])
    there = np.repeat(np.arange(len(yes)), times)
    assert again is not None
    assert again[:4] == pytest.approx(fit_logit(yes[there], design[there]).vector, abs=1e-8)
    assert again[4] == fit.vector[4]
    assert refit(fit, times, [4]) is None


def test_a_control_that_separates_a_draw_goes_to_its_end(data: pd.DataFrame) -> None:
    clusters = data["cluster"].to_numpy() - 1
    yes, design = data["yes"].to_numpy(float), design_of(data)
    some = np.where(np.isin(clusters, [2, 7]), np.arange(len(yes)) % 3 == 0, False)
    sure = np.where(some & (clusters == 2), 1.0, yes)
    fit = fit_logit(sure, np.column_stack([design, some]))
    times = np.where(clusters == 7, 0, 1)
    again = refit(fit, times, [1])
    assert again is not None
    rest = (times > 0) & ~some
    assert again[:4] == pytest.approx(fit_logit(sure[rest], design[rest]).vector, abs=1e-5)
    assert refit(fit, times, [4]) is None


def test_a_category_that_a_draw_lacks_ends_it(data: pd.DataFrame) -> None:
    x, clusters = data[["x"]].to_numpy(float), data["cluster"].to_numpy() - 1
    stage = np.where(clusters == 4, 2, np.where(data["stage"] > 2, 3, 1))
    fit = fit_ordered(stage, x)
    assert refit(fit, np.where(clusters == 4, 0, 1), [0]) is None


def test_counts_without_overdispersion_are_refitted(data: pd.DataFrame) -> None:
    design, clusters = design_of(data), data["cluster"].to_numpy() - 1
    even = 1 + (np.arange(len(data)) + data["yes"].to_numpy()) % 2
    fit = fit_negative_binomial(even, design)
    assert fit.findings == ("no_overdispersion",)
    times = 1 + clusters % 2
    again = refit(fit, times, range(4))
    there = np.repeat(np.arange(len(data)), times)
    assert again is not None
    assert again[:4] == pytest.approx(fit_poisson(even[there], design[there]).vector, abs=1e-7)
