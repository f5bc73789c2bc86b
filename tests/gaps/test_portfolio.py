"""Tables of shares of 100, now and as they should be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import digamma

from pipeline.core.findings import Findings
from pipeline.core.multiplicity import benjamini_hochberg
from pipeline.core.plan import Plan
from pipeline.gaps.portfolio import portfolio_tables
from pipeline.simulation.portfolio import whole_hundred

PLAN = Plan.model_validate_json(
    '{"seed": 1, "responses": {"file": "a.csv", "respondent": "id"},'
    ' "organisation": {"levels": ["ORG"]}, "groups": ["ROLE"]}'
)
ITEMS = ("A", "B", "C")


def frame(current: list[list[float]], desired: list[list[float]], **more: object) -> pd.DataFrame:
    columns = {f"{item}_current": [row[k] for row in current] for k, item in enumerate(ITEMS)}
    columns |= {f"{item}_desired": [row[k] for row in desired] for k, item in enumerate(ITEMS)}
    n = len(current)
    rest = {"ORG": np.arange(n) % 2, "ROLE": pd.Categorical(["m"] * n), "weight": 1.0, **more}
    return pd.DataFrame({**columns, **rest})


def tables(ratings: pd.DataFrame) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    findings = Findings()
    return portfolio_tables(ratings, {"FACETS": ITEMS}, PLAN, findings), findings.table()


def test_means_and_centres_stand_side_by_side() -> None:
    now = [[10, 30, 60], [40, 30, 30], [0, 50, 50], [25, 25, 50]]
    made, _ = tables(frame(now, [[30, 30, 40]] * 4, weight=[1.0, 2, 1, 1]))
    portfolio = made["portfolio"].set_index(["item", "rating", "group"])
    row = portfolio.loc[("A", "current", "all")]
    assert row[["n", "groups", "n_zero", "n_positive"]].to_list() == [4, 2, 1, 3]
    assert row["estimate"] == pytest.approx((10 + 80 + 0 + 25) / 5)
    x = np.array([[10, 30, 60], [40, 30, 30], [0.65, 49.675, 49.675], [25, 25, 50]])
    w = np.array([1, 2, 1, 1]) / 5
    whole = np.exp(w @ np.log(x))
    assert row["centre"] == pytest.approx(100 * whole[0] / whole.sum())
    part = np.exp((w @ (np.log(x) * [[1], [1], [0], [1]])) / 0.8)
    assert row["centre_positive"] == pytest.approx(100 * part[0] / part.sum())
    assert portfolio.loc[("B", "desired", "ROLE=m"), "centre"] == pytest.approx(30)
    assert list(dict.fromkeys(portfolio.index.get_level_values("rating"))) == ["current", "desired"]


def test_shares_are_closed_and_a_zero_counts_in_either_rating() -> None:
    now = [[10, 20, 20], [40, 30, 30], [20, 30, 50], [25, 25, 50]]
    made, _ = tables(frame(now, [[0, 50, 50], [30, 30, 40], [30, 30, 40], [0.3, 0.3, 0.4]]))
    portfolio = made["portfolio"].set_index(["item", "rating", "group"])
    assert portfolio.loc[("A", "current", "all"), "estimate"] == pytest.approx(105 / 4)
    assert portfolio.loc[("A", "desired", "all"), "estimate"] == pytest.approx(90 / 4)
    assert (portfolio["n_positive"] == 3).all()
    assert portfolio.loc[("A", "current", "all"), "n_zero"] == 0
    assert portfolio.loc[("A", "desired", "all"), "n_zero"] == 1


def test_change_is_that_of_ratios() -> None:
    now = [[20, 30, 50], [10, 40, 50], [30, 30, 40], [25, 25, 50]]
    wanted = [[100 * p / (2 * a + b + c) for p in (2 * a, b, c)] for a, b, c in now]
    made, findings = tables(frame(now, wanted))
    change = made["portfolio_change"].set_index(["item", "group"])
    assert change.loc[("A", "all"), "times"] == pytest.approx(2)
    assert change.loc[("B", "all"), "times"] == pytest.approx(1 / np.sqrt(2))
    assert change.loc[("A", "all"), "estimate"] == pytest.approx(np.sqrt(2 / 3) * np.log(2))
    assert change.loc[("A", "all"), "difference"] == pytest.approx(
        np.mean([w[0] - n[0] for w, n in zip(wanted, now, strict=True)])
    )
    variation = made["portfolio_variation"].set_index(["rating", "item_a", "item_b"])
    assert variation.loc[("change", "A", "B"), "log_ratio"] == pytest.approx(np.log(2))
    assert variation.loc[("change", "all", "all"), "variance"] == pytest.approx(0, abs=1e-12)
    assert set(findings["finding"]) == {"too_few_groups"}
    assert findings["output"].unique().tolist() == ["portfolio_change"]


def test_people_without_all_shares_are_left_out() -> None:
    now = [[20, 30, 50], [10, 40, np.nan], [0, 0, 0], [25, 25, 50]]
    made, _ = tables(frame(now, [[30, 30, 40]] * 4))
    assert (made["portfolio"]["n"] == 2).all()


@pytest.mark.parametrize("now", [[[0, 0, 100]] * 6, [[100, 0, 0], [0, 100, 0], [0, 0, 100]] * 2])
def test_all_or_nothing(now: list[list[float]]) -> None:
    made, findings = tables(frame(now, [[0, 100, 0]] * 6, ORG=np.arange(6)))
    portfolio = made["portfolio"].set_index(["item", "rating", "group"])
    assert portfolio.loc[("B", "desired", "all"), "estimate"] == 100
    assert portfolio.loc[("B", "desired", "all"), "centre"] == pytest.approx(98.7)
    assert portfolio["centre_positive"].isna().all()
    assert (portfolio["n_positive"] == 0).all()
    change = made["portfolio_change"].set_index(["item", "group"])
    assert change["times"].dropna().gt(0).all()
    if now[0] == now[1]:
        assert set(findings["finding"]) == {"constant_item"}
        assert change.loc[("all", "all"), "finding"] == "constant_item"


def test_nobody_and_no_question() -> None:
    made, findings = tables(frame([[np.nan] * 3] * 2, [[1, 2, 97]] * 2))
    portfolio = made["portfolio"]
    assert (portfolio["n"] == 0).all()
    assert portfolio["centre"].isna().all()
    assert "too_few_groups" in set(findings["finding"])
    nothing = portfolio_tables(frame([[1, 2, 97]], [[1, 2, 97]]), {}, PLAN, Findings())
    assert all(table.empty for table in nothing.values())


def test_the_centre_of_a_dirichlet_is_found_again() -> None:
    """E ln x_j = digamma(alpha_j) + constant; the mean is alpha_j / sum. 4 errors wide."""
    alphas = {"current": [3.0, 8.0, 5.0], "desired": [6.0, 6.0, 5.0]}
    generator = np.random.default_rng(5)
    n = 6000
    drawn = {side: whole_hundred(generator.dirichlet(a, n)) for side, a in alphas.items()}
    ratings = frame(
        drawn["current"].astype(float).tolist(),
        drawn["desired"].astype(float).tolist(),
        ORG=np.arange(n) % 40,
    )
    made, _ = tables(ratings)
    portfolio = made["portfolio"].query("group == 'all'").set_index(["rating", "item"])
    for side, alpha in alphas.items():
        expected = np.exp(digamma(alpha))
        centre = portfolio.loc[side, "centre"].to_numpy()
        assert centre == pytest.approx(100 * expected / expected.sum(), abs=0.6)
        mean = portfolio.loc[side]
        truth = 100 * np.array(alpha) / sum(alpha)
        assert (np.abs(mean["estimate"] - truth) < 4 * mean["std_error"]).all()
    change = made["portfolio_change"].query("group == 'all'").set_index("item")
    moved = digamma(alphas["desired"]) - digamma(alphas["current"])
    balance = np.sqrt(3 / 2) * (moved - moved.mean())
    found = change.loc[list(ITEMS)]
    assert (np.abs(found["estimate"] - balance) < 4 * found["std_error"]).all()
    assert change.loc["all", "p_value"] < 1e-6
    assert found["q_value"].to_numpy() == pytest.approx(benjamini_hochberg(found["p_value"]))
