"""Differential item functioning.

Tolerance 1e-6: `MASS::polr` was told to go on to 1e-14, ours stops within 1e-6 standard errors.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from validation import agrees

from pipeline.scales.factors.dif import Dif, dif_of_items
from pipeline.scales.factors.ordered_logit import ordered_logit

ITEMS = ["y1", "y2", "y3", "y4"]


@pytest.fixture(scope="module")
def found(from_r) -> dict[str, Dif]:
    data, _ = from_r("dif")
    values = data[ITEMS].to_numpy(dtype=float)
    rows = dif_of_items(values, data["group"].to_numpy(dtype=int), 0.01, 0.01)
    return dict(zip(ITEMS, rows, strict=True))


@pytest.mark.parametrize("item", ITEMS)
def test_agrees_with_polr(from_r, found: dict[str, Dif], item: str) -> None:
    r, ours = from_r("dif")[1].loc[item], found[item]
    assert ours.n == r["n"]
    agrees("dif: statistic", ours.uniform.statistic, r["uniform"], reference="polr", abs=1e-6)
    agrees("dif: statistic", ours.total.statistic, r["total"], reference="polr", abs=1e-6)
    assert (ours.uniform.df, ours.total.df) == (2, 4)
    agrees("dif", ours.r2_change, r["r2_change"], reference="polr", abs=1e-8)
    agrees("dif: p adjusted", ours.p_adjusted, r["p_adjusted"], reference="polr", abs=1e-8)


def test_flags_the_items_that_were_planted(found: dict[str, Dif]) -> None:
    """y2 is shifted in group 1; y3 hardly measures the factor in group 2, which is not uniform."""
    assert [item for item, each in found.items() if each.flagged] == ["y2", "y3"]
    assert found["y3"].uniform.p_value > 0.5 > 0.01 > found["y3"].total.p_value


def test_a_small_change_is_not_flagged(from_r) -> None:
    data, _ = from_r("dif")
    values, groups = data[ITEMS].to_numpy(dtype=float), data["group"].to_numpy(dtype=int)
    flagged = [each.flagged for each in dif_of_items(values, groups, 0.01, 0.014)]
    assert flagged == [False, True, False, False]


def test_two_categories_are_logistic_regression() -> None:
    """Closed form: with one 0/1 predictor the slope is the log odds ratio of the table."""
    y = np.repeat([0.0, 1.0, 0.0, 1.0], [30, 10, 20, 40])
    x = np.repeat([0.0, 0.0, 1.0, 1.0], [30, 10, 20, 40])[:, None]
    fit = ordered_logit(y, x)
    assert fit.slopes[0] == pytest.approx(np.log(40 * 30 / (20 * 10)), abs=1e-6)
    assert fit.cuts[0] == pytest.approx(np.log(30 / 10), abs=1e-6)


def test_without_predictors_the_cuts_are_the_margins() -> None:
    fit = ordered_logit(np.repeat([1.0, 2.0, 4.0], [20, 50, 30]), np.empty((100, 0)))
    assert fit.cuts == pytest.approx(np.log([0.2 / 0.8, 0.7 / 0.3]), abs=1e-6)
    likelihood = 20 * np.log(0.2) + 50 * np.log(0.5) + 30 * np.log(0.3)
    assert fit.log_likelihood == pytest.approx(likelihood, rel=1e-12)


@pytest.mark.parametrize(
    ("values", "groups", "name"),
    [
        pytest.param([[1, 2], [2, 1], [3, 3]], [0, 0, 0], "too_few_groups", id="one group"),
        pytest.param([[1, 2], [1, 1], [1, 3]], [0, 1, 1], "constant_item", id="constant"),
    ],
)
def test_what_cannot_be_tested_is_named(values, groups, name: str) -> None:
    rows = dif_of_items(np.array(values, dtype=float), np.array(groups), 0.01, 0.01)
    assert rows[0].finding is not None
    assert rows[0].finding.name == name
    assert np.isnan(rows[0].total.p_value)
    assert not rows[0].flagged


def test_a_perfectly_separated_item_ends_in_numbers_or_a_name() -> None:
    values = np.array([[k % 5, k % 5] for k in range(60)], dtype=float)
    for each in dif_of_items(values, np.arange(60) % 2, 0.01, 0.01):
        assert each.finding is not None or np.isfinite(each.total.statistic)


def test_nobody_is_left_is_named() -> None:
    rows = dif_of_items(np.full((4, 3), np.nan), np.zeros(4, dtype=int), 0.01, 0.01)
    assert [each.finding.name for each in rows if each.finding] == ["too_few_groups"] * 3


def test_missing_answers_and_groups_are_left_out(from_r) -> None:
    data, _ = from_r("dif")
    frame = pd.concat([data, data.head(20).assign(group=-1)])
    rows = dif_of_items(
        frame[ITEMS].to_numpy(dtype=float), frame["group"].to_numpy(dtype=int), 0.01, 0.01
    )
    assert {each.n for each in rows} == {int(data.notna().all(axis=1).sum())}
