"""Cronbach's alpha and its kin.

Tolerances: 1e-11 against R (the same sums in double precision; psych standardises first). pingouin
rounds its interval to 3 digits: absolute 0.0005 and rounding. Invariances: 1e-9, because shifted and
stretched answers are rounded anew.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pingouin
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from validation import agrees

from pipeline.scales.reliability import (
    alpha,
    alpha_if_dropped,
    alpha_of_covariance,
    alpha_std,
    alpha_std_of_covariance,
    average_r,
    item_rest_r,
    measurement_error,
    spearman_brown,
)

CLOSE = {"rel": 1e-11, "abs": 1e-11}
LEVEL = 0.95
NAMES = {
    "alpha": "alpha",
    "alpha_std": "standardised alpha",
    "average_r": "average inter-item correlation",
}
STATISTICS = {"alpha": alpha, "alpha_std": alpha_std, "average_r": average_r}


@st.composite
def answers(draw: st.DrawFn, min_n: int = 5) -> np.ndarray:
    """Return whole-numbered answers, (n, k), no item constant, their sum not constant either."""
    shape = draw(st.tuples(st.integers(min_n, 30), st.integers(2, 6)))
    x = draw(arrays(np.int64, shape, elements=st.integers(1, 7))).astype(float)
    assume((x.std(axis=0) > 0).all() and x.sum(axis=1).std() > 0)
    return x


# ----------------------------------------------------------------------------------------------- R


CASES = ["five_items", "two_items", "unturned", "unrelated", "six_people"]


@pytest.mark.parametrize("case", CASES)
def test_agrees_with_psych(from_r, case: str) -> None:
    data, expected = from_r("reliability")
    assert set(CASES) == set(expected.index)
    items = data.loc[data["case"] == case].drop(columns="case").dropna(axis=1)
    x, r = items.to_numpy(dtype=float), expected.loc[case]
    for name, statistic in STATISTICS.items():
        agrees(NAMES[name], statistic(x, LEVEL).value, r[name], reference="psych::alpha", **CLOSE)
    for level in (90, 95):
        found = alpha(x, level / 100)
        agrees(
            "Feldt's interval of alpha",
            (found.low, found.high),
            (r[f"low_{level}"], r[f"high_{level}"]),
            reference="psych::alpha.ci",
            **CLOSE,
        )
    rest = r[[f"item_rest_r_{item}" for item in items]].to_numpy()
    agrees("item-rest correlation", item_rest_r(x), rest, reference="psych::alpha", **CLOSE)
    if x.shape[1] > 2:
        dropped = r[[f"dropped_{item}" for item in items]].to_numpy()
        agrees("alpha if dropped", alpha_if_dropped(x), dropped, reference="psych::alpha", **CLOSE)


def test_agrees_with_psych_on_the_big_five(shared_reference) -> None:
    bfi = pd.read_csv(shared_reference("data/bfi.csv"))
    scales = json.loads(shared_reference("values/alpha_omega.json").read_text())["scales"]
    for expected in scales.values():
        x = bfi[[key.removeprefix("-") for key in expected["keys"]]].dropna().to_numpy(dtype=float)
        turned = [key.startswith("-") for key in expected["keys"]]
        x[:, turned] = 7 - x[:, turned]
        r = expected["complete"]
        assert len(x) == r["n"]
        total, feldt = r["total"][0], r["feldt"]
        found = alpha(x, LEVEL)
        rest = [item["r.drop"] for item in r["item_stats"]]
        dropped = [item["raw_alpha"] for item in r["alpha_drop"]]
        for name, ours, theirs in (
            ("alpha", found.value, total["raw_alpha"]),
            (
                "Feldt's interval of alpha",
                (found.low, found.high),
                (feldt["lower"], feldt["upper"]),
            ),
            ("standardised alpha", alpha_std(x, LEVEL).value, total["std.alpha"]),
            ("average inter-item correlation", average_r(x, LEVEL).value, total["average_r"]),
            ("item-rest correlation", item_rest_r(x), rest),
            ("alpha if dropped", alpha_if_dropped(x), dropped),
        ):
            agrees(name, ours, theirs, reference="psych::alpha on bfi (shared)", **CLOSE)


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_agrees_with_pingouin(from_r, level: float) -> None:
    data, _ = from_r("reliability")
    for _, each in data.groupby("case"):
        items = each.drop(columns="case").dropna(axis=1)
        value, (low, high) = pingouin.cronbach_alpha(items, ci=level)
        found = alpha(items.to_numpy(dtype=float), level)
        agrees("alpha", found.value, value, reference="pingouin.cronbach_alpha", **CLOSE)
        agrees(
            "Feldt's interval of alpha",
            (found.low, found.high),
            (low, high),
            reference="pingouin.cronbach_alpha, rounded to 3 digits",
            abs=0.000_501,
        )


@pytest.mark.parametrize("level", [90, 95])
def test_spearman_brown_agrees_with_r(from_r, level: int) -> None:
    data, expected = from_r("omega")
    x = data[data["case"] == "two_items"].drop(columns="case").dropna(axis=1).to_numpy(dtype=float)
    found, r = spearman_brown(x, level / 100), expected.loc["two_items"]
    agrees(
        "Spearman-Brown, Fisher's interval",
        (found.value, found.low, found.high),
        (r["spearman_brown"], r[f"low_{level}"], r[f"high_{level}"]),
        reference="stats::cor.test",
        **CLOSE,
    )


# --------------------------------------------------------------------------------------- by hand


def test_two_items_by_hand() -> None:
    """Variances 5/3 and 1, covariance 1: alpha = 2 (1 - (8/3) / (14/3)) = 6/7."""
    x = np.array([[1, 1], [2, 3], [3, 3], [4, 3.0]])
    assert alpha(x, LEVEL).value == pytest.approx(6 / 7)
    assert average_r(x, LEVEL).value == pytest.approx(np.sqrt(3 / 5))
    assert alpha_std(x, LEVEL).value == pytest.approx(2 * np.sqrt(0.6) / (1 + np.sqrt(0.6)))
    assert item_rest_r(x) == pytest.approx(np.sqrt([0.6, 0.6]))
    assert np.isnan(alpha_if_dropped(x)).all()


def test_spearman_brown_is_standardised_alpha() -> None:
    x = np.array([[1, 1], [2, 3], [3, 3], [4, 3.0]])
    assert spearman_brown(x, LEVEL).value == pytest.approx(alpha_std(x, LEVEL).value)


@pytest.mark.parametrize(
    "x",
    [
        pytest.param(np.arange(12.0).reshape(4, 3), id="three items"),
        pytest.param(np.array([[1, 2], [1, 3], [1, 1.0]]), id="constant"),
        pytest.param(np.array([[1, 5], [2, 4], [3, 3.0]]), id="opposite"),
        pytest.param(np.empty((0, 2)), id="nobody"),
    ],
)
def test_spearman_brown_of_what_has_none(x: np.ndarray) -> None:
    assert np.isnan(spearman_brown(x, LEVEL).value)


def test_spearman_brown_without_an_interval() -> None:
    few, same = np.array([[1, 2], [2, 2], [3, 4.0]]), np.array([[1, 1], [2, 2], [3, 3], [5, 5.0]])
    for x in (few, same):
        found = spearman_brown(x, LEVEL)
        assert np.isfinite(found.value)
        assert np.isnan([found.low, found.high]).all()


def test_measurement_error_by_hand() -> None:
    """Means 1, 2.5, 3, 3.5: sd sqrt(3.5 / 3); alpha 6/7 leaves a seventh of the variance."""
    x = np.array([[1, 1], [2, 3], [3, 3], [4, 3.0]])
    expected = np.sqrt(3.5 / 3 / 7)
    assert measurement_error(x, alpha(x, LEVEL).value) == pytest.approx(expected)
    assert measurement_error(x, 1.0) == 0
    assert np.isnan([measurement_error(x, np.nan), measurement_error(x[:1], 0.5)]).all()


def test_measurement_error_is_the_spread_of_errors() -> None:
    generator = np.random.default_rng(1)
    errors = generator.normal(size=(200_000, 5))
    x = 2 * generator.normal(size=(200_000, 1)) + errors
    found = measurement_error(x, alpha(x, LEVEL).value)
    assert found == pytest.approx(errors.mean(axis=1).std(), rel=0.01)


def test_blocks_of_people_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(1).integers(1, 6, size=(50, 4)).astype(float)
    whole = alpha(x, LEVEL).value
    monkeypatch.setattr("pipeline.scales.reliability.ROWS_AT_ONCE", 7)
    assert alpha(x, LEVEL).value == pytest.approx(whole, abs=1e-13)
    assert alpha_of_covariance(np.cov(x, rowvar=False)) == pytest.approx(whole, abs=1e-12)


def test_alpha_of_a_stack_of_covariances() -> None:
    stack = np.array([np.ones((2, 2)), np.eye(2), [[1, -1], [-1, 1]]])
    assert alpha_of_covariance(stack) == pytest.approx([1, 0, np.nan], nan_ok=True)
    assert np.isnan(alpha_of_covariance(np.ones((3, 1, 1)))).tolist() == [True] * 3


def test_standardised_alpha_of_a_stack_of_covariances(from_r) -> None:
    data, expected = from_r("reliability")
    x = data[data["case"] == "unturned"].drop(columns="case").dropna(axis=1).to_numpy(dtype=float)
    covariance = np.cov(x, rowvar=False)
    constant = np.diag([0, 1, 1, 1.0])
    found = alpha_std_of_covariance(np.array([covariance, np.diag([1, 2, 3, 4.0]), constant]))
    r = expected.loc["unturned", "alpha_std"]
    assert found == pytest.approx([r, 0, np.nan], abs=1e-11, nan_ok=True)


def test_alpha_of_covariance() -> None:
    assert alpha_of_covariance(np.ones((3, 3))) == pytest.approx(1)
    assert alpha_of_covariance(np.eye(3)) == pytest.approx(0)
    assert np.isnan(alpha_of_covariance(np.array([[1, -1], [-1, 1.0]])))
    assert np.isnan(alpha_of_covariance(np.eye(1)))


# ------------------------------------------------------------------------------------ invariances


@given(answers(), st.randoms(use_true_random=False))
def test_order_of_items_and_people_does_not_matter(x: np.ndarray, random) -> None:
    items, people = list(range(x.shape[1])), list(range(len(x)))
    random.shuffle(items)
    random.shuffle(people)
    moved = x[np.ix_(people, items)]
    for statistic in STATISTICS.values():
        before, after = statistic(x, LEVEL), statistic(moved, LEVEL)
        assert (after.value, after.low, after.high) == pytest.approx(
            (before.value, before.low, before.high), rel=1e-9, abs=1e-9, nan_ok=True
        )
    assert item_rest_r(moved) == pytest.approx(item_rest_r(x)[items], abs=1e-6, nan_ok=True)
    assert alpha_if_dropped(moved) == pytest.approx(
        alpha_if_dropped(x)[items], rel=1e-9, abs=1e-9, nan_ok=True
    )


@given(answers(), st.floats(0.1, 20), st.floats(-50, 50))
def test_unit_and_origin_do_not_matter(x: np.ndarray, unit: float, origin: float) -> None:
    assume(np.var(x.sum(axis=1)) > 1e-3)
    moved = origin + unit * x
    for statistic in STATISTICS.values():
        before, after = statistic(x, LEVEL), statistic(moved, LEVEL)
        assert (after.value, after.low, after.high) == pytest.approx(
            (before.value, before.low, before.high), rel=1e-8, abs=1e-8, nan_ok=True
        )


@given(answers(), st.data())
def test_standardised_alpha_does_not_feel_the_unit_of_one_item(x: np.ndarray, data) -> None:
    units = np.array(data.draw(st.lists(st.floats(0.1, 20), min_size=6, max_size=6)))
    moved = x * units[: x.shape[1]]
    assert average_r(moved, LEVEL).value == pytest.approx(average_r(x, LEVEL).value, abs=1e-9)


@given(answers())
def test_bounds(x: np.ndarray) -> None:
    k = x.shape[1]
    found, r = alpha(x, LEVEL), average_r(x, LEVEL).value
    assert found.value <= 1 + 1e-12
    assert found.low <= found.value <= found.high <= 1 + 1e-12 or found.value < 0
    assert -1 / (k - 1) - 1e-9 <= r <= 1 + 1e-9
    rest = item_rest_r(x)
    assert (np.isnan(rest) | (np.abs(rest) <= 1 + 1e-9)).all()


# --------------------------------------------------------------------------------- few or constant


@pytest.mark.parametrize("shape", [(0, 3), (1, 3), (5, 1)])
def test_too_few_people_or_items_give_nothing(shape: tuple[int, int]) -> None:
    x = np.arange(np.prod(shape), dtype=float).reshape(shape)
    for statistic in STATISTICS.values():
        found = statistic(x, LEVEL)
        assert np.isnan([found.value, found.low, found.high]).all()
    assert np.isnan(item_rest_r(x)).all()
    assert np.isnan(alpha_if_dropped(x)).all()
    assert item_rest_r(x).shape == alpha_if_dropped(x).shape == (shape[1],)


def test_two_people() -> None:
    """With two people every correlation is 1 or -1, and alpha exists where the sum varies."""
    x = np.array([[1, 2, 5], [2, 4, 4.0]])
    found = alpha(x, LEVEL)
    assert found.value == pytest.approx(1.5 * (1 - (0.5 + 2 + 0.5) / 2))
    assert np.isfinite([found.low, found.high]).all()
    assert average_r(x, LEVEL).value == pytest.approx(-1 / 3)
    assert item_rest_r(x) == pytest.approx(np.array([1, np.nan, -1]), nan_ok=True)


def test_constant_item() -> None:
    """A constant item has no correlation; alpha counts it with variance 0."""
    x = np.array([[1, 3, 2], [2, 3, 4], [4, 3, 4], [5, 3, 5.0]])
    assert np.isnan(average_r(x, LEVEL).value)
    assert np.isnan(alpha_std(x, LEVEL).value)
    covariance = np.cov(x, rowvar=False)
    expected = 1.5 * (1 - np.trace(covariance) / covariance.sum())
    assert alpha(x, LEVEL).value == pytest.approx(expected)
    rest = item_rest_r(x)
    assert np.isnan(rest[1])
    assert rest[[0, 2]] == pytest.approx(np.corrcoef(x[:, 0], x[:, 2])[0, 1])


def test_all_items_constant() -> None:
    x = np.full((6, 3), 4.0)
    for statistic in STATISTICS.values():
        assert np.isnan(statistic(x, LEVEL).value)
    assert np.isnan(item_rest_r(x)).all()
    assert np.isnan(alpha_if_dropped(x)).all()


# `b` and 6 - `b` add up to 6 for everyone. A forgotten reversal in a scale of two items makes this.
OPPOSITES = [
    pytest.param([1, 2, 3, 5], id="whole mean"),
    pytest.param([1, 2, 3, 5, 5, 4, 1], id="fractional mean"),
    pytest.param([4, 4, 2, 5, 1, 3, 3, 3, 2, 5, 1], id="eleven people"),
]


@pytest.mark.parametrize("b", OPPOSITES)
@pytest.mark.parametrize("statistic", STATISTICS)
def test_opposite_items_have_no_alpha(b: list[int], statistic: str) -> None:
    x = np.column_stack([b, 6 - np.array(b)]).astype(float)
    found = STATISTICS[statistic](x, LEVEL)
    if statistic == "average_r":
        assert found.value == pytest.approx(-1)
    else:
        assert np.isnan([found.value, found.low, found.high]).all()


def test_items_with_a_constant_sum_have_no_alpha_and_no_rest_to_correlate_with() -> None:
    """Three items that add up to 12 for everyone, alone and as the rest of a fourth."""
    generator = np.random.default_rng(20261121)
    for _ in range(200):
        a, b = generator.integers(1, 6, (2, generator.integers(5, 40))).astype(float)
        x = np.column_stack([a, b, b, 12 - 2 * b])
        assert np.isnan(alpha(x[:, 1:], LEVEL).value), b.tolist()
        assert np.isnan(alpha_if_dropped(x)[0]), b.tolist()
        assert np.isnan(item_rest_r(x)[0]), (a.tolist(), b.tolist())
