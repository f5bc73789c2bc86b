"""The R-indicator, against propensities and covariances of R's glm.

Tolerance: 1e-7 relative; glm and ours stop at the same deviance, not at the same last digit.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from validation import agrees

from pipeline.responses.weights.r_indicator import fit_propensities, indicators, r_indicator

CLOSE = {"rel": 1e-7, "abs": 1e-9}


@pytest.mark.parametrize("case", ["sample", "census"])
def test_agrees_with_the_formulas_on_r_s_glm(from_r, case: str) -> None:
    data, r = from_r("r_indicator")
    weights = data["weight"].to_numpy() if case == "sample" else np.ones(len(data))
    strata = data["stratum"].to_numpy() - 1
    columns = [
        data["level"].map({"A": 0, "B": 1, "C": 2}).to_numpy(),
        data["age"].map({"old": 0, "young": 1}).to_numpy(),
        strata,
    ]
    matrix, came = indicators(columns), data["came"].to_numpy(dtype=float)
    fitted, _ = fit_propensities(matrix, came, weights / weights.mean())
    expected = r.loc[f"{case}_fit", [f"p{k}" for k in range(1, 6)]].to_numpy(float)
    agrees("R-indicator", fitted[:5], expected, reference="the formulas on R's glm", **CLOSE)
    found = r_indicator(matrix, came, weights, strata)
    assert found is not None
    for quantity in ("rate", "unadjusted", "adjusted", "std_error", "largest_bias"):
        agrees(
            f"R-indicator: {quantity}",
            getattr(found, quantity),
            r.loc[case, quantity],
            reference="the formulas on R's glm",
            **CLOSE,
        )


def test_propensities_of_one_question_are_the_shares_that_responded() -> None:
    group = np.repeat([0, 1, 2], [30, 50, 20])
    came = np.concatenate([np.arange(30) < 6, np.arange(50) < 25, np.arange(20) < 18]).astype(float)
    found = r_indicator(indicators([group]), came, np.ones(100), np.zeros(100, dtype=int))
    shares = np.array([0.2, 0.5, 0.9])[group]
    assert found is not None
    assert found.rate == pytest.approx(came.mean())
    assert found.unadjusted == pytest.approx(1 - 2 * shares.std(ddof=1))
    assert found.adjusted > found.unadjusted
    assert found.terms == 3


def test_the_adjustment_takes_out_what_chance_adds() -> None:
    """Everyone is as likely to respond: without the adjustment small samples look unrepresentative."""
    generator = np.random.default_rng(20261121)
    raw, adjusted = [], []
    for _ in range(300):
        group = generator.integers(0, 4, 80)
        came = (generator.random(80) < 0.4).astype(float)
        found = r_indicator(indicators([group]), came, np.ones(80), np.zeros(80, dtype=int))
        if found is not None:
            raw.append((1 - found.unadjusted) ** 2 / 4)
            adjusted.append((1 - found.adjusted) ** 2 / 4)
    assert np.mean(raw) == pytest.approx(3 * 0.24 / 80, rel=0.1)  # expected: (groups - 1) p q / n
    assert np.mean(adjusted) < 0.45 * np.mean(raw)  # not 0, since S^2 is never below it


def test_a_kind_of_people_that_never_responds_is_no_fault() -> None:
    group = np.repeat([0, 1], [50, 30])
    came = np.where(group == 0, np.arange(80) % 2, 0).astype(float)
    found = r_indicator(indicators([group]), came, np.ones(80), np.zeros(80, dtype=int))
    assert found is not None
    assert found.rate == pytest.approx(25 / 80)
    shares = np.where(group == 0, 0.5, 0)
    assert found.unadjusted == pytest.approx(1 - 2 * shares.std(ddof=1), abs=1e-6)


def test_there_is_none_where_nothing_differs() -> None:
    ones, strata = np.ones(6), np.zeros(6, dtype=int)
    came = np.array([0.0, 1, 0, 1, 0, 1])
    assert r_indicator(indicators([np.zeros(6)]), came, ones, strata) is None
    assert r_indicator(indicators([np.arange(6) % 2]), ones, ones, strata) is None
    assert r_indicator(indicators([np.arange(6) % 3]), came, ones, strata) is None


@example(seed=492, unit=1.0)  # one group never responds: its coefficient has no bound
@given(st.integers(0, 5000), st.floats(0.1, 50))
def test_order_and_unit_do_not_matter(seed: int, unit: float) -> None:
    generator = np.random.default_rng(seed)
    group = generator.integers(0, 3, 90)
    came = (generator.random(90) < 0.3 + 0.2 * (group == 1)).astype(float)
    weights = np.ones(90)
    first = r_indicator(indicators([group]), came, weights, np.zeros(90, dtype=int))
    order = generator.permutation(90)
    again = r_indicator(indicators([group[order]]), came[order], weights, np.zeros(90, dtype=int))
    assert (first is None) == (again is None)
    if first is not None and again is not None:
        assert vars(again) == pytest.approx(vars(first), rel=1e-6, abs=1e-8)
    scaled = r_indicator(indicators([group]), came, unit * weights, np.zeros(90, dtype=int))
    if first is not None and scaled is not None:
        assert scaled.rate == pytest.approx(first.rate)


def test_indicators_leave_out_the_first_group_and_know_unknown_ones() -> None:
    matrix = indicators([np.array([2, 0, 2, 5]), np.array([-1, 0, 0, -1])])
    assert matrix.tolist() == [[1, 1, 0, 0], [1, 0, 0, 1], [1, 1, 0, 1], [1, 0, 1, 0]]
