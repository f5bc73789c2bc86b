"""Whether a mean belongs to the organisation: each criterion of the plan by itself."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.core.predeclared import Aggregation as Limits
from pipeline.scales.aggregation import Aggregation, aggregation
from pipeline.scales.agreement import IntraclassCorrelation
from pipeline.scales.within_group import WithinGroup


def judged(
    icc1: float = 0.10, p_value: float = 0.01, rwg: float = 0.75, n: tuple[int, ...] = (20, 30, 40)
) -> Aggregation:
    nothing = np.full(len(n), np.nan)
    agreement = WithinGroup(np.array(n), np.full(len(n), rwg), nothing, nothing, nothing, nothing)
    return aggregation(
        IntraclassCorrelation(len(n), sum(n), icc1, 0.9, 4.0, p_value), agreement, Limits()
    )


def test_all_criteria_met() -> None:
    found = judged()
    assert found.organisational
    assert found.median_n == 30
    assert found.reliability == pytest.approx(30 * 0.1 / (1 + 29 * 0.1))
    assert found.median_rwg == 0.75


@pytest.mark.parametrize(
    "failing",
    [
        {"p_value": 0.05},
        {"icc1": 0.049, "n": (200, 200)},
        {"n": (5, 6, 7)},
        {"rwg": 0.69},
        {"rwg": np.nan},
        {"icc1": np.nan},
        {"p_value": np.nan},
        {"icc1": -0.02},
    ],
)
def test_one_criterion_missed(failing: dict) -> None:
    assert not judged(**failing).organisational


@pytest.mark.parametrize("edge", [{"icc1": 0.05}, {"rwg": 0.70}, {"icc1": 0.05, "n": (29, 29)}])
def test_the_limits_themselves_suffice(edge: dict) -> None:
    edge = {"n": (200, 200), **edge}
    assert judged(**edge).organisational


def test_empty_organisations_do_not_count() -> None:
    assert judged(n=(20, 0, 40)).median_n == 30
    assert np.isnan(judged(n=(0, 0)).median_n)
    assert not judged(n=(0, 0)).organisational
