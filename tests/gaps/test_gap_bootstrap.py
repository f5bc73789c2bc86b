"""Organisations drawn again.

Against the shared reference (99 groups of 7,382 people, indices stored, boot 1.3-28): 1e-10, as both are
sums of the same numbers.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from validation import agrees

from pipeline.gaps.bootstrap import counts_of, draw_units, quantiles, replicates_over
from pipeline.gaps.methods import estimate
from pipeline.gaps.sums import sum_pairs
from pipeline.gaps.targets import Pairs, Target
from pipeline.gaps.two_stage import two_stage_gaps

ONE = [Target("A", "item", "s", 1, 5)]


def test_agrees_with_the_stored_replicates(shared_reference) -> None:
    """The reference's difference of two means is one of two gaps: of those who work long, and others."""
    people = pd.read_csv(shared_reference("data/bh1996.csv"))
    stored = json.loads(shared_reference("values/mediation_boot.json").read_text())
    r = stored["bh_cluster_boot_meandiff"]
    high = (people["HRS"] > people["HRS"].median()).to_numpy()
    wellbeing = people["WBEING"].to_numpy()
    desired = np.column_stack(
        [np.where(high, wellbeing, np.nan), np.where(high, np.nan, wellbeing)]
    )
    rated = Pairs(np.zeros_like(desired), desired, np.ones(len(people)))
    groups = people["GRP"].astype("category").cat.codes.to_numpy().astype(int)
    targets = [Target(name, "item", "s", 0, 5) for name in ("long", "short")]
    sums = sum_pairs(rated, targets, groups, r["n_groups"])
    by_r = pd.read_csv(shared_reference("data/bh_cluster_sums.csv"))
    # R's groups are in the order of their names as text; the sums say which is which.
    order = [int(name) for name in by_r["GRP"]]
    numbers = people["GRP"].astype("category").cat.categories.tolist()
    to_ours = np.array([numbers.index(name) for name in order])
    assert sums.w_difference[to_ours, 0] == pytest.approx(by_r["X1"].to_numpy(), abs=1e-8)
    indices = pd.read_csv(
        shared_reference("data/bh_cluster_boot_idx_10000x99_1based.csv.gz"), header=None
    )
    counts = counts_of(to_ours[indices.to_numpy() - 1], r["n_groups"])
    gap = estimate(sums.drawn(counts)).gap
    difference = gap[:, [0]] - gap[:, [1]]
    own = estimate(sums.total()).gap
    low, high_end = quantiles(difference, [0.025, 0.975])[:, 0]
    ours = [own[0] - own[1], difference.std(ddof=1), low, high_end]
    theirs = [r["est"], r["se"], r["perc"]["2.5%"], r["perc"]["97.5%"]]
    agrees(
        "organisations drawn again: estimate, error, percentiles",
        ours,
        theirs,
        reference="stored replicates in R on bh1996 (shared)",
        abs=1e-10,
    )


def test_every_replicate_draws_as_many_units() -> None:
    counts = draw_units(np.random.default_rng(1), 500, 7)
    assert (counts.sum(axis=1) == 7).all()
    assert counts.mean(axis=0) == pytest.approx(np.ones(7), abs=0.2)


def test_replicates_are_divided_over_completed_data_sets() -> None:
    rated = Pairs(np.ones((6, 1)), np.full((6, 1), 3.0), np.ones(6))
    sums = sum_pairs(rated, ONE, np.arange(6) % 3, 3)
    parts = list(replicates_over([sums, sums, sums], 100, np.random.SeedSequence(1)))
    assert [(at, len(counts)) for at, _, counts in parts] == [(0, 33), (1, 33), (2, 34)]
    again = list(replicates_over([sums, sums, sums], 100, np.random.SeedSequence(1)))
    assert all((a[2] == b[2]).all() for a, b in zip(parts, again, strict=True))


def test_quantiles_leave_out_what_has_no_value() -> None:
    draws = np.array([[1.0, np.nan], [3.0, np.nan], [np.nan, np.nan], [2.0, np.nan]])
    found = quantiles(draws, [0.25, 0.5])
    assert found[:, 0] == pytest.approx([1.5, 2.0])
    assert np.isnan(found[:, 1]).all()


def test_two_stage_adds_the_noise_of_people() -> None:
    """Its variance is that between organisations, plus that of means of people once more."""
    rng = np.random.default_rng(5)
    units = np.repeat(np.arange(20), 8)
    gap = rng.normal(size=20)[units] * 0.3 + rng.normal(size=160)
    rated = Pairs(np.zeros((160, 1)), gap[:, None], np.ones(160))
    found = two_stage_gaps(rated, units, 20, 4000, rng)
    means = gap.reshape(20, 8).mean(axis=1)
    within = gap.reshape(20, 8).var(axis=1).mean() / 8
    expected = (means.var() + within) / 20
    assert found.mean() == pytest.approx(gap.mean(), abs=0.02)
    assert found.var() == pytest.approx(expected, rel=0.1)


def test_two_stage_weights_people_and_leaves_out_pairs_that_are_none() -> None:
    current = np.array([[1.0], [1.0], [np.nan], [1.0], [1.0]])
    desired = np.array([[2.0], [2.0], [4.0], [4.0], [9.0]])
    rated = Pairs(current, desired, np.array([3.0, 3.0, 1.0, 1.0, 0.0]))
    found = two_stage_gaps(rated, np.array([0, 0, 0, 1, 1]), 2, 2000, np.random.default_rng(2))
    assert set(np.round(found[~np.isnan(found)], 6)) >= {1.0, 3.0}
    assert np.nanmin(found) == pytest.approx(1)
    assert np.nanmax(found) == pytest.approx(3)


def test_an_organisation_drawn_twice_gives_twice_as_many_people() -> None:
    rated = Pairs(np.zeros((3, 1)), np.array([[0.0], [1.0], [10.0]]), np.ones(3))
    found = two_stage_gaps(rated, np.arange(3), 3, 300, np.random.default_rng(3))
    possible = {(a + b + c) / 3 for a in (0, 1, 10) for b in (0, 1, 10) for c in (0, 1, 10)}
    assert set(np.round(found[:, 0], 9)) == set(np.round(sorted(possible), 9))
