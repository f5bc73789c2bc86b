"""The plan's verdicts, rule by rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.models.verdict import Evidence, holm_of_all, verdict

CLEAR = Evidence(0.3, 1, 0.01, 0.02, 0.2, 0.4, smallest=0.1)


def test_both_tests_and_the_expected_sign_support() -> None:
    assert verdict(CLEAR) == "supported"
    assert verdict(replace(CLEAR, estimate=-0.3, expected=-1)) == "supported"
    assert verdict(replace(CLEAR, smallest=None)) == "supported"


def test_a_clear_effect_inside_the_bounds_is_smaller_than_of_interest() -> None:
    assert verdict(replace(CLEAR, low=0.02, high=0.09)) == "smaller_than_of_interest"
    assert verdict(replace(CLEAR, low=0.02, high=0.1)) == "supported"


def test_the_other_sign_is_the_opposite() -> None:
    assert verdict(replace(CLEAR, expected=-1)) == "opposite"
    assert verdict(replace(CLEAR, expected=-1, holds=False)) == "opposite"


@pytest.mark.parametrize(
    "changed",
    [
        {"p_main": 0.05},
        {"p_check": 0.2},
        {"p_main": np.nan},
        {"p_check": np.nan},
        {"agrees": False},
        {"p_main": np.nan, "p_check": 0.8},
    ],
)
def test_tests_that_differ_or_are_not_there_leave_it_undecided(changed: dict[str, float]) -> None:
    assert verdict(replace(CLEAR, **changed)) == "undecided"


def test_without_either_test_bounds_decide() -> None:
    weak = replace(CLEAR, p_main=0.3, p_check=0.05, estimate=0.01)
    assert verdict(replace(weak, low=-0.05, high=0.07)) == "no_meaningful_relation"
    assert verdict(replace(weak, low=-0.05, high=0.1)) == "not_supported"
    assert verdict(replace(weak, low=-0.1, high=0.07)) == "not_supported"
    assert verdict(replace(weak, low=-0.05, high=0.07, smallest=None)) == "not_supported"


def test_a_condition_beside_the_test_can_refuse_support() -> None:
    assert verdict(replace(CLEAR, holds=False)) == "not_supported"


def test_no_estimate_has_no_verdict() -> None:
    assert verdict(replace(CLEAR, estimate=np.nan)) is None


def test_holm_by_hand() -> None:
    assert holm_of_all(np.array([0.01, 0.04, 0.03])) == pytest.approx([0.03, 0.06, 0.06])
    assert holm_of_all(np.array([0.01, np.nan, 0.03])) == pytest.approx(
        [0.03, np.nan, 0.06], nan_ok=True
    )


@given(st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_an_untested_hypothesis_never_makes_others_easier(p: list[float]) -> None:
    alone, beside = holm_of_all(np.array(p)), holm_of_all(np.array([*p, np.nan]))
    assert (beside[:-1] >= alone).all()
    assert np.isnan(beside[-1])
