"""Split samples: against the same halves written out, and simulated truth."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.core.errors import Finding
from pipeline.scales.split_sample import SplitSample, halve, split_sample


def drawn(groups: int = 40, size: int = 12, together: float = 0.0, seed: int = 1):
    """Return scores whose organisation effects correlate .6 and whose persons share `together`."""
    generator = np.random.default_rng(seed)
    g = np.repeat(np.arange(groups), size)
    effect = generator.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], size=groups)[g]
    person = generator.multivariate_normal([0, 0], [[1, together], [together, 1]], size=len(g))
    return *(effect + person).T, g


def of(x: np.ndarray, y: np.ndarray, g: np.ndarray, splits: int = 100) -> SplitSample:
    return split_sample(x, y, g, rng=np.random.default_rng(7), splits=splits)


def test_is_what_the_halves_say() -> None:
    x, y, g = drawn(groups=8, size=7)
    first = halve(g, np.random.default_rng(7))

    def mean(values: np.ndarray, half: np.ndarray) -> np.ndarray:
        return np.array([values[(g == i) & half].mean() for i in range(8)])

    def z(one: np.ndarray, two: np.ndarray) -> float:
        return float(np.arctanh(np.corrcoef(one, two)[0, 1]))

    found = of(x, y, g, splits=1)
    same = z(mean(x, first), mean(y, first)) + z(mean(x, ~first), mean(y, ~first))
    other = z(mean(x, first), mean(y, ~first)) + z(mean(x, ~first), mean(y, first))
    assert found.same_half == pytest.approx(np.tanh(same / 2), abs=1e-10)
    assert found.other_half == pytest.approx(np.tanh(other / 2), abs=1e-10)
    assert (found.low, found.high) == pytest.approx((found.other_half,) * 2, rel=1e-12)
    assert (found.groups, found.n) == (8, 56)


def test_halves_are_halves() -> None:
    g = np.repeat([0, 1, 2], [4, 7, 10])
    first = halve(g, np.random.default_rng(1))
    assert np.bincount(g[first]).tolist() == [2, 3, 5]
    shuffled = np.random.default_rng(2).permutation(g)
    assert np.bincount(shuffled[halve(shuffled, np.random.default_rng(1))]).tolist() == [2, 3, 5]


def test_everybody_may_fall_in_either_half() -> None:
    rng = np.random.default_rng(1)
    share = np.mean([halve(np.zeros(4, int), rng) for _ in range(2000)], axis=0)
    assert share == pytest.approx(np.full(4, 0.5), abs=0.05)


def test_what_persons_share_is_only_in_the_same_half() -> None:
    """Halves of 6: r = .6 / (1 + 1/6) across halves, (.6 + .7/6) / (1 + 1/6) in the same half."""
    found = of(*drawn(groups=3000, together=0.7), splits=20)
    assert found.other_half == pytest.approx(0.6 / (1 + 1 / 6), abs=0.03)
    assert found.same_half == pytest.approx((0.6 + 0.7 / 6) / (1 + 1 / 6), abs=0.03)
    assert found.low < found.other_half < found.high


def test_nothing_shared_makes_no_difference() -> None:
    found = of(*drawn(groups=3000), splits=20)
    assert found.same_half == pytest.approx(found.other_half, abs=0.01)


def test_the_same_seed_gives_the_same_halves() -> None:
    assert of(*drawn()) == of(*drawn())


def test_units_do_not_matter() -> None:
    x, y, g = drawn()
    found, moved = of(x, y, g), of(100 - 3 * x, y / 10, g)
    assert moved.other_half == pytest.approx(-found.other_half)


def test_small_organisations_and_missing_scores_are_left_out() -> None:
    x, y, g = drawn(groups=5)
    more_x, more_y = np.append(x, [9, 9, 9, np.nan]), np.append(y, [1, 1, 1, 1])
    found = of(more_x, more_y, np.append(g, [5, 5, 5, 5]))
    assert found == of(x, y, g)


@pytest.mark.parametrize(
    ("groups", "constant", "name"),
    [(3, False, "too_few_groups"), (0, False, "too_few_groups"), (5, True, "constant_item")],
)
def test_what_cannot_be_is_named(groups: int, constant: bool, name: str) -> None:
    x, y, g = drawn(groups=max(groups, 1))
    if groups == 0:
        x, y, g = x[:0], y[:0], g[:0]
    if constant:
        x = np.full(len(x), 3.0)
    with pytest.raises(Finding) as found:
        of(x, y, g)
    assert found.value.name == name
