"""Ranks, and how sure they are: against brute force, and what must hold for any numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pipeline.gaps.bootstrap import draw_units
from pipeline.gaps.methods import SCORED, Scored, estimate
from pipeline.gaps.ranks import (
    Differences,
    pair_differences,
    pairs_among,
    rank_intervals,
    ranks,
    top_probability,
)
from pipeline.gaps.sums import Sums, sum_pairs
from pipeline.gaps.targets import Pairs, Target

TARGETS = [Target(name, "item", "s", 1, 5) for name in "ABCD"]


def some_sums(seed: int = 3, groups: int = 12) -> Sums:
    rng = np.random.default_rng(seed)
    units = rng.integers(0, groups, 200)
    own = rng.normal(size=groups)[units, None] + 0.3 * rng.normal(size=(groups, 4))[units]
    current = np.clip(np.round(2.5 + own + rng.normal(size=(200, 4))), 1, 5)
    desired = np.clip(current + rng.integers(-1, 4, (200, 4)), 1, 5)
    current[rng.random((200, 4)) < 0.1] = np.nan
    return sum_pairs(Pairs(current, desired, rng.uniform(0.5, 2, 200)), TARGETS, units, groups)


def test_ranks_by_hand() -> None:
    assert ranks(np.array([2.0, 5.0, 5.0, np.nan, 1.0])) == pytest.approx(
        [3, 1, 1, np.nan, 4], nan_ok=True
    )


def test_the_probability_of_the_first_places_is_a_share_of_replicates() -> None:
    draws = np.array([[3.0, 2, 1], [1, 2, 3], [3, 1, 2], [np.nan, 1, 2]])
    assert top_probability(draws, 1) == pytest.approx([2 / 3, 0, 2 / 4])
    assert top_probability(draws, 2) == pytest.approx([2 / 3, 3 / 4, 3 / 4])


@pytest.mark.parametrize("method", SCORED)
def test_errors_of_differences_are_linearised_by_organisation(method: Scored) -> None:
    """By jackknife: leaving out each of many alike organisations moves the difference as much."""
    sums = some_sums(groups=60)
    once = np.ones((1, 60))
    total = sums.drawn(once)
    value, error = pair_differences(sums, once, total, estimate(total), method)
    out = sums.drawn(np.ones((60, 60)) - np.eye(60))
    left = estimate(out).score(method)
    one, other = pairs_among(4)
    jackknife = left[:, one] - left[:, other]
    spread = np.sqrt(((jackknife - jackknife.mean(axis=0)) ** 2).sum(axis=0) * 59 / 60)
    assert error[0] == pytest.approx(spread, rel=0.1)
    assert value[0] == pytest.approx(jackknife.mean(axis=0), abs=0.1)


def test_a_replicate_has_the_errors_of_the_organisations_written_out() -> None:
    sums = some_sums()
    counts = draw_units(np.random.default_rng(1), 5, 12)
    drawn = sums.drawn(counts)
    value, error = pair_differences(sums, counts, drawn, estimate(drawn), "mwds")
    for k, times in enumerate(counts):
        own = sums.rows(np.repeat(np.arange(12), times))
        total = own.drawn(np.ones((1, 12)))
        expected = pair_differences(own, np.ones((1, 12)), total, estimate(total), "mwds")
        assert value[k] == pytest.approx(expected[0][0])
        assert error[k] == pytest.approx(expected[1][0])


def differences(score: np.ndarray, error: float, rng: np.random.Generator) -> Differences:
    one, other = pairs_among(len(score))
    noise = rng.normal(size=(2000, len(score)))
    size = np.full(len(one), error * np.sqrt(2))
    drawn = (noise[:, one] - noise[:, other]) / np.sqrt(2)
    return Differences(len(score), score[one] - score[other], size, drawn)


def test_clear_scores_have_their_rank_and_ties_share_all_of_theirs() -> None:
    score = np.array([9.0, 5.0, 5.1, 1.0])
    first, last = rank_intervals(differences(score, 0.2, np.random.default_rng(1)), 0.95)
    assert first.tolist() == [1, 2, 2, 4]
    assert last.tolist() == [1, 3, 3, 4]


def test_stepping_down_is_by_brute_force() -> None:
    """All ordered pairs one by one, as the definition says."""
    rng = np.random.default_rng(4)
    for _ in range(20):
        given_ = differences(rng.normal(size=6), 0.35, rng)
        one, other = pairs_among(6)
        t = {
            (a, b): v / e
            for a, b, v, e in zip(one, other, given_.value, given_.std_error, strict=True)
        }
        t |= {(b, a): -v for (a, b), v in t.items()}
        drawn = {
            (a, b): given_.studentised[:, k]
            for k, (a, b) in enumerate(zip(one, other, strict=True))
        }
        drawn |= {(b, a): -v for (a, b), v in drawn.items()}
        left, sure = set(t), set()
        while left:
            critical = np.quantile(np.max([drawn[pair] for pair in left], axis=0), 0.9)
            new = {pair for pair in left if t[pair] > critical}
            if not new:
                break
            left, sure = left - new, sure | new
        first, last = rank_intervals(given_, 0.9)
        assert first.tolist() == [1 + sum((k, j) in sure for k in range(6)) for j in range(6)]
        assert last.tolist() == [6 - sum((j, k) in sure for k in range(6)) for j in range(6)]


def test_a_pair_without_an_error_is_never_told_apart() -> None:
    given_ = Differences(2, np.array([3.0]), np.array([np.nan]), np.full((50, 1), np.nan))
    first, last = rank_intervals(given_, 0.95)
    assert (first.tolist(), last.tolist()) == ([1, 1], [2, 2])


@given(
    arrays.arrays(float, 5, elements=st.floats(-3, 3)),
    st.floats(0.01, 2),
    st.integers(0, 1000),
)
def test_the_rank_of_the_estimate_is_inside(score: np.ndarray, error: float, seed: int) -> None:
    first, last = rank_intervals(differences(score, error, np.random.default_rng(seed)), 0.9)
    assert (first <= ranks(score)).all()
    assert (ranks(score) <= last).all()
