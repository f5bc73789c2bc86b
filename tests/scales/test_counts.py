"""Counts, Wilson's interval and moments.

Tolerances: 1e-12 relative and absolute against R, because both sides compute the same closed forms in
double precision. Wilson ends at 0 and 1: absolute 1e-15, R leaves rounding errors of that size.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from validation import agrees

from pipeline.core.grouping import Grouping
from pipeline.scales.counts import Answers, count_answers, moments, wilson

EXACT = {"rel": 1e-12, "abs": 1e-12}

# ------------------------------------------------------------------------------------------ wilson


def test_wilson_agrees_with_r(from_r) -> None:
    data, expected = from_r("wilson")
    assert len(data) == 126
    for row, (_, r) in zip(data.itertuples(), expected.iterrows(), strict=True):
        low, high = wilson(np.array([row.share]), np.array([row.n]), row.level)
        agrees(f"counts: {row}", (low[0], high[0]), (r["low"], r["high"]), reference="R", **EXACT)


@given(
    share=st.floats(0, 1),
    n=st.floats(0.01, 1e7),
    level=st.sampled_from([0.8, 0.95, 0.999]),
)
def test_wilson_solves_the_score_equation(share: float, n: float, level: float) -> None:
    """Each end is the proportion that lies z of its own standard errors from the share."""
    ends = np.concatenate(wilson(np.array([share]), np.array([n]), level))
    z = stats.norm.ppf((1 + level) / 2)
    assert ends[0] - 1e-12 <= share <= ends[1] + 1e-12
    assert 0 <= ends[0] <= ends[1] <= 1
    assert n * (ends - share) ** 2 == pytest.approx(z**2 * ends * (1 - ends), rel=1e-8, abs=1e-8)


def test_wilson_has_no_interval_without_answers() -> None:
    share, n = np.array([np.nan, 0.5, np.nan, 0.5]), np.array([0.0, 0.0, 10.0, -1.0])
    for end in wilson(share, n, 0.95):
        assert np.isnan(end).all()


def test_wilson_keeps_shape() -> None:
    low, high = wilson(np.full((2, 3), 0.5), np.full((2, 3), 10), 0.95)
    assert low.shape == high.shape == (2, 3)
    assert low == pytest.approx(1 - high)


# ----------------------------------------------------------------------------------------- moments


def test_moments_agree_with_r(from_r) -> None:
    data, expected = from_r("moments")
    values = np.arange(1, 8)
    counts = pd.crosstab(data["case"], data["answer"]).reindex(columns=values, fill_value=0)
    found = moments(values, *[counts.loc[expected.index].to_numpy()] * 2)
    for quantity in ("n", "mean", "sd", "skew", "kurtosis"):
        agrees(
            f"counts: {quantity}",
            getattr(found, quantity),
            expected[quantity].to_numpy(),
            reference="R",
            **EXACT,
        )
    assert np.isnan(expected.loc["three_people", "kurtosis"])
    assert expected["kurtosis"].notna().sum() == len(expected) - 1


def test_moments_agree_with_psych_describe_of_bfi(shared_reference) -> None:
    """psych's default is type 3: the moments over the sample variance instead of the adjusted."""
    bfi = pd.read_csv(shared_reference("data/bfi.csv"))
    described = json.loads(shared_reference("values/basics.json").read_text())["describe_bfi"]
    values = np.arange(1, 7)
    for row in described[:25]:
        answers = bfi[row[".row"]].dropna()
        counts = answers.value_counts().reindex(values, fill_value=0).to_numpy()[None, :]
        found, n = moments(values, counts, counts), row["n"]
        g1 = found.skew[0] * (n - 2) / np.sqrt(n * (n - 1))
        g2 = (found.kurtosis[0] * (n - 2) * (n - 3) / (n - 1) - 6) / (n + 1)
        b1, b2 = g1 * (1 - 1 / n) ** 1.5, (g2 + 3) * (1 - 1 / n) ** 2 - 3
        agrees(
            "counts",
            (found.n[0], found.mean[0], found.sd[0], b1, b2),
            (n, row["mean"], row["sd"], row["skew"], row["kurtosis"]),
            reference="psych::describe of bfi",
            rel=1e-10,
            abs=1e-10,
        )


@pytest.mark.parametrize(
    ("counts", "mean", "sd", "skew", "kurtosis"),
    [
        pytest.param([0, 0, 0], np.nan, np.nan, np.nan, np.nan, id="nobody"),
        pytest.param([0, 1, 0], 2, np.nan, np.nan, np.nan, id="one"),
        pytest.param([1, 0, 1], 2, np.sqrt(2), np.nan, np.nan, id="two"),
        pytest.param([0, 2, 0], 2, 0, np.nan, np.nan, id="two alike"),
        pytest.param([1, 1, 1], 2, 1, 0, np.nan, id="three"),
        pytest.param([2, 0, 1], 5 / 3, np.sqrt(4 / 3), np.sqrt(3), np.nan, id="three, skewed"),
        pytest.param([0, 5, 0], 2, 0, np.nan, np.nan, id="constant"),
        pytest.param([2, 0, 2], 2, np.sqrt(4 / 3), 0, -6, id="four"),
    ],
)
def test_moments_of_few(counts, mean, sd, skew, kurtosis) -> None:
    found = moments(np.array([1, 2, 3]), *[np.array([counts])] * 2)
    assert found.n[0] == sum(counts)
    assert (found.mean[0], found.sd[0], found.skew[0], found.kurtosis[0]) == pytest.approx(
        (mean, sd, skew, kurtosis), nan_ok=True, **EXACT
    )


@given(st.lists(st.integers(0, 30), min_size=5, max_size=5).filter(lambda c: np.sum(c) > 3))
def test_moments_of_counts_are_those_of_the_answers(counts: list[int]) -> None:
    answers = np.repeat(np.arange(1, 6), counts).astype(float)
    found = moments(np.arange(1, 6), *[np.array([counts])] * 2)
    assert found.mean[0] == pytest.approx(answers.mean(), **EXACT)
    assert found.sd[0] == pytest.approx(answers.std(ddof=1), **EXACT)
    if answers.std() > 0:
        assert found.skew[0] == pytest.approx(stats.skew(answers, bias=False), rel=1e-9, abs=1e-9)
        excess = stats.kurtosis(answers, bias=False)
        assert found.kurtosis[0] == pytest.approx(excess, rel=1e-9, abs=1e-9)


# ------------------------------------------------------------------------------------------ counts


def test_count_answers_by_hand() -> None:
    """Who gave no answer, or is in no group, is in no cell."""
    answers = Answers(("no", "yes"), np.array([0, 1, 1, -1, 1, 0]), ("", ""), (False, False))
    weights = np.array([1, 2, 3, 4, 5, 6.0])
    found = count_answers(answers, weights, Grouping(("a", "b"), np.array([0, 0, 0, 0, -1, 1])))
    assert found.codes == ("no", "yes")
    assert found.n.tolist() == [[1, 2], [1, 0]]
    assert found.weight.tolist() == [[1, 5], [6, 0]]
    assert found.weight_squared.tolist() == [[1, 13], [36, 0]]


def test_count_answers_of_nobody() -> None:
    answers = Answers(("no", "yes"), np.array([-1, -1]), ("", ""), (False, False))
    found = count_answers(answers, np.ones(2), Grouping(("a",), np.zeros(2, dtype=np.int64)))
    assert found.n.tolist() == found.weight.tolist() == [[0, 0]]


@given(st.data())
def test_counts_add_up(data: st.DataObject) -> None:
    n = data.draw(st.integers(0, 40))
    codes = np.array(data.draw(st.lists(st.integers(-1, 2), min_size=n, max_size=n)), dtype=int)
    groups = np.array(data.draw(st.lists(st.integers(-1, 3), min_size=n, max_size=n)), dtype=int)
    weights = np.linspace(0.5, 2, n)
    answers = Answers(tuple("abc"), codes, ("",) * 3, (False,) * 3)
    found = count_answers(answers, weights, Grouping(tuple("wxyz"), groups))
    used = (codes >= 0) & (groups >= 0)
    assert found.n.sum() == used.sum()
    assert found.weight.sum() == pytest.approx(weights[used].sum())
    assert found.weight_squared.sum() == pytest.approx((weights[used] ** 2).sum())


def test_weighted_moments_agree_with_survey(from_r) -> None:
    data, r = from_r("design")
    values = np.arange(1, 6)
    n = np.array([[(data["rating"] == v).sum() for v in values]])
    weight = np.array([[data.loc[data["rating"] == v, "weight"].sum() for v in values]])
    found = moments(values, n, weight)
    agrees("counts", found.mean[0], r.loc["moments", "mean"], reference="survey", rel=1e-12)
    agrees("counts", found.sd[0], r.loc["moments", "sd"], reference="survey", rel=1e-12)


@given(st.lists(st.integers(1, 9), min_size=5, max_size=5), st.integers(2, 4))
def test_people_who_count_twice_shape_moments_as_two_do(counts: list[int], times: int) -> None:
    """Weights change what is averaged; corrections for small samples go by people."""
    values, n = np.arange(1, 6), np.array([counts])
    factor = np.array([1, times, 1, times, 1])
    weighted = moments(values, n, n * factor)
    many = moments(values, 1000 * n * factor, 1000 * n * factor)  # so many that corrections vanish
    people = n.sum()
    assert weighted.mean[0] == pytest.approx(many.mean[0])
    assert weighted.sd[0] == pytest.approx(many.sd[0] * np.sqrt(people / (people - 1)), rel=1e-3)
    g1 = np.sqrt(people * (people - 1)) / (people - 2)
    assert weighted.skew[0] == pytest.approx(many.skew[0] * g1, rel=1e-3, abs=1e-3)
