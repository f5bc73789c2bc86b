"""Borich's score, ranked discrepancies and the rest, on a table worked by hand.

Formulas: Borich (1980, J. Teacher Education 31, 39-42), as McKim & Saucier (2011, J. Extension 49) lay
out their calculator; Narine & Harder (2021, Advancements in Agricultural Development 2, 96-111).
Exact but for rounding: 1e-12.
"""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.gaps.methods import SCORED, Scored, estimate, influence
from pipeline.gaps.sums import sum_pairs, sums_of_people
from pipeline.gaps.targets import Pairs, Target

TARGETS = [Target(name, "item", "s", 1, 5) for name in "AB"]
# Ten people: ability now (C), importance (D), of two competences.
C = np.array(
    [[3, 2], [2, 2], [4, 5], [3, 4], [5, 3], [1, 2], [2, 3], [4, 4], [3, 1], [3, 4]], float
)
D = np.array(
    [[4, 5], [5, 4], [4, 3], [5, 4], [4, 5], [4, 5], [3, 3], [5, 4], [4, 5], [2, 4]], float
)


def test_the_worked_table() -> None:
    found = estimate(sums_of_people(Pairs(C, D, np.ones(10)), TARGETS).total())
    assert found.current == pytest.approx([3.0, 3.0])
    assert found.desired == pytest.approx([4.0, 4.2])
    # Sum over people of (importance - ability) x mean importance, by the number of people.
    assert found.mwds == pytest.approx([10 * 4.0 / 10, 12 * 4.2 / 10])
    assert found.wanting == pytest.approx([70, 50])
    assert found.beyond == pytest.approx([20, 10])
    assert found.equal == pytest.approx([10, 40])
    assert found.rds == pytest.approx([20 - 70, 10 - 50])
    assert found.score("rdm") == pytest.approx([50, 40])
    assert found.ceiling == pytest.approx([0.3, 0.4])


def test_weights_count_people_several_times() -> None:
    weights = np.array([1, 2, 0, 3, 1, 1, 1, 2, 1, 1])
    many = Pairs(np.repeat(C, weights, 0), np.repeat(D, weights, 0), np.ones(weights.sum()))
    once = estimate(sums_of_people(Pairs(C, D, weights.astype(float)), TARGETS).total())
    written_out = estimate(sums_of_people(many, TARGETS).total())
    for name in ("gap", "mwds", "rds", "desired_centred", "ceiling", "equal"):
        assert getattr(once, name) == pytest.approx(getattr(written_out, name), abs=1e-12), name


def test_centred_takes_off_what_a_person_finds_important_in_general() -> None:
    found = estimate(sums_of_people(Pairs(C, D, np.ones(10)), TARGETS).total())
    own = D.mean(axis=1, keepdims=True)
    assert found.desired_centred == pytest.approx((D - own).mean(axis=0))
    louder = estimate(sums_of_people(Pairs(C, D + 3, np.ones(10)), TARGETS).total())
    assert louder.score("centred") == pytest.approx(found.score("centred"))


@pytest.mark.parametrize("method", SCORED)
def test_influence_is_the_derivative_of_the_score(method: Scored) -> None:
    """Count one organisation a little more often: the score moves by its influence over the weight."""
    units = np.arange(10) % 4
    sums = sum_pairs(Pairs(C, D, np.linspace(0.5, 2, 10)), TARGETS, units, 4)
    step = 1e-6
    counts = np.ones((1, 4)) + step * np.eye(4)
    moved = estimate(sums.drawn(counts)).score(method)
    base = estimate(sums.total())
    slope = (moved - base.score(method)) / step
    assert slope == pytest.approx(influence(sums, base, method) / sums.weight.sum(axis=0), abs=1e-3)


def test_nobody_with_a_pair_has_no_number() -> None:
    none = Pairs(np.full((3, 2), np.nan), D[:3], np.ones(3))
    found = estimate(sums_of_people(none, TARGETS).total())
    assert np.isnan([found.gap, found.mwds, found.rds, found.ceiling, found.effect_size]).all()
