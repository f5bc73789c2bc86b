"""Intervals from organisations drawn again.

Tolerance 1e-10: the same draws, with every person's row taken as often as its organisation is drawn.
"""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.core.errors import Finding
from pipeline.scales.cluster_bootstrap import bootstrap_interval
from pipeline.scales.reliability import alpha, alpha_of_covariance

LEVEL = 0.9


def drawn(n: int = 300, groups: int = 12, between: float = 0.8, seed: int = 1):
    generator = np.random.default_rng(seed)
    clusters = generator.integers(0, groups, n)
    common = generator.normal(size=(n, 1)) + between * generator.normal(size=groups)[clusters, None]
    return np.round(3 + common + generator.normal(size=(n, 4))), clusters


def interval(items: np.ndarray, clusters: np.ndarray, seed: int = 5, replicates: int = 250):
    rng = np.random.default_rng(seed)
    return bootstrap_interval(
        items, clusters, alpha_of_covariance, level=LEVEL, rng=rng, replicates=replicates
    )


def test_is_the_bootstrap_of_rows() -> None:
    items, clusters = drawn()
    times = np.random.default_rng(5).multinomial(12, np.full(12, 1 / 12), size=250)
    rows = [np.flatnonzero(clusters == g) for g in range(12)]
    found = []
    for each in times:
        again = np.concatenate([np.tile(rows[g], each[g]) for g in range(12)])
        found.append(alpha(items[again], LEVEL).value)
    ours = interval(items, clusters)
    assert (ours.low, ours.high) == pytest.approx(np.quantile(found, [0.05, 0.95]), abs=1e-10)
    assert ours.value == pytest.approx(alpha(items, LEVEL).value, abs=1e-12)


def test_blocks_of_replicates_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    items, clusters = drawn()
    whole = interval(items, clusters)
    monkeypatch.setattr("pipeline.scales.cluster_bootstrap.REPLICATES_AT_ONCE", 7)
    assert interval(items, clusters).low == pytest.approx(whole.low, abs=1e-12)


def test_the_covariances_are_those_of_the_rows() -> None:
    """A statistic that is not free of units: one variance."""
    items, clusters = drawn()
    found = bootstrap_interval(
        items,
        clusters,
        lambda covariance: covariance[:, 1, 1],
        level=LEVEL,
        rng=np.random.default_rng(5),
        replicates=20,
    )
    assert found.value == pytest.approx(items[:, 1].var(ddof=1), abs=1e-10)


def test_names_of_organisations_and_lost_rows_do_not_matter() -> None:
    items, clusters = drawn()
    found = interval(items, clusters)
    again = interval(items, 3 * clusters + 10)
    assert (again.low, again.high) == (found.low, found.high)
    more = np.vstack([items, [[np.nan, 1, 2, 3], [5, 1, 5, 1]]])
    assert interval(more, np.append(clusters, [0, -1])).low == found.low


def test_is_wider_than_feldt_where_organisations_differ() -> None:
    items, clusters = drawn(n=1000, between=1.5)
    ours, feldt = interval(items, clusters), alpha(items, LEVEL)
    assert ours.high - ours.low > 1.3 * (feldt.high - feldt.low)


def test_covers_the_truth() -> None:
    """The truth is that of 400,000 people; 90 % of 150 draws, give or take 8 %."""
    truth = alpha(drawn(400_000, 40_000, 0.5, seed=99)[0], LEVEL).value
    found = [interval(*drawn(800, 40, 0.5, seed), replicates=200) for seed in range(150)]
    assert np.mean([each.low <= truth <= each.high for each in found]) > 0.82


def test_what_cannot_be_is_named() -> None:
    items, clusters = drawn()
    for x, groups in (
        (items, np.zeros(300, int)),
        (items, np.full(300, -1)),
        (items[:0], clusters[:0]),
    ):
        with pytest.raises(Finding, match="too_few_groups"):
            interval(x, groups)
    with pytest.raises(Finding, match="constant_replicate"):
        interval(np.full((20, 3), 2.0), np.arange(20) % 4)
