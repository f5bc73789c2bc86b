"""Conditions for congruence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline.core.predeclared import Surface as SurfacePlan
from pipeline.gaps.congruence import Condition, congruence_conditions
from pipeline.gaps.surface import PARAMETERS, Surface, surface_parameters

RULE = SurfacePlan(outcomes=("iwb",))
RIDGE = np.array([0.2, 0, 0, -0.5, 1, -0.5])
PLACE = {name: k for k, name in enumerate(PARAMETERS)}


def surface(error: float = 0.001, **changed: float) -> Surface:
    """A ridge along C = D, level everywhere, with its stationary point at 0; some parameters changed."""
    estimate = surface_parameters(RIDGE)
    for name, value in {"p10": 0.0, "p11": 1.0, **changed}.items():
        estimate[PLACE[name]] = value
    return Surface(900, 30, estimate, np.full(16, error), np.full(16, 20.0))


def judged(found: Surface, sides: float = 0.3, spread: float = 0.001) -> dict[str, Condition]:
    steps = np.linspace(-3, 3, 41)[:, None]
    drawn = found.estimate + spread * steps
    conditions = congruence_conditions(found, drawn, sides, RULE, 0.95)
    return {each.name: each for each in conditions}


def test_a_sharp_ridge_is_congruent_in_both_senses() -> None:
    found = judged(surface())
    assert all(each.holds for each in found.values())
    assert list(found)[-2:] == ["broad", "strict"]
    a4 = found["a4"]
    assert (a4.value, a4.level, a4.interval) == (-2, 0.95, "CR2")
    assert a4.high == pytest.approx(-2 + 2.0859634 * 0.001)
    assert (found["a3"].level, found["p11"].interval) == (0.90, "organisations")
    assert (found["p11"].bound_low, found["p11"].bound_high) == (0.5, 2)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("a4", 0.0),
        ("a3", 0.06),
        ("a5", -0.06),
        ("p10", 0.07),
        ("p11", 0.4),
        ("p11", 2.1),
        ("b4", -0.1),
    ],
)
def test_one_broken_condition_takes_the_claim_away(name: str, value: float) -> None:
    found = judged(surface(**{name: value}))
    assert [each for each in found if not found[each].holds] == [name, "broad", "strict"]


@pytest.mark.parametrize("name", ["a1", "a2"])
def test_a_sloping_ridge_is_congruent_in_the_broad_sense_only(name: str) -> None:
    found = judged(surface(**{name: 0.2}))
    assert found["broad"].holds
    assert not found["strict"].holds


def test_wide_intervals_hold_nothing() -> None:
    """Not significant is not small: 0 is inside every interval, and these reach beyond the bounds."""
    found = judged(surface(error=0.05), spread=0.05)
    assert not any(found[name].holds for name in ("a3", "a5", "a1", "a2", "p10", "broad"))
    assert found["a4"].holds


def test_few_pairs_on_one_side_make_no_claim() -> None:
    found = judged(surface(), sides=0.0999)
    assert not found["sides"].holds
    assert not found["broad"].holds
    assert found["sides"].value == pytest.approx(9.99)
    assert judged(surface(), sides=0.10)["broad"].holds


def test_what_has_no_value_does_not_hold() -> None:
    nothing = surface()
    found = judged(replace(nothing, estimate=np.full(16, np.nan)))
    assert not any(each.holds for each in found.values() if each.name != "sides")
