"""Agreement within organisations. Tolerance 1e-10: closed forms, with R's `multilevel`."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from validation import agrees

from pipeline.scales.within_group import WithinGroup, largest_deviation, within_group_agreement

CLOSE = {"rel": 1e-10, "abs": 1e-10}
KINDS = ("rwg_uniform", "rwg_skewed", "rwg_star", "ad_mean", "ad_median")


def of(items: np.ndarray, groups: np.ndarray, least: int = 2, options: int = 5) -> WithinGroup:
    return within_group_agreement(
        items, groups, int(groups.max()) + 1, options=options, least=least
    )


@pytest.mark.parametrize("kind", KINDS)
def test_agrees_with_multilevel(from_r, kind: str) -> None:
    data, expected = from_r("within_group")
    groups = data["group"].to_numpy() - 1
    found = getattr(of(data[["i1", "i2", "i3", "i4"]].to_numpy(float), groups), kind)
    r = expected.loc["four_items", [f"{kind}_{g + 1}" for g in range(8)]]
    agrees("within group", found, r.to_numpy(), reference="multilevel::rwg.j and kin", **CLOSE)


def test_one_item_agrees_with_multilevel(from_r) -> None:
    data, expected = from_r("within_group")
    found = of(data[["i3"]].to_numpy(float), data["group"].to_numpy() - 1).rwg_uniform
    r = expected.loc["one_item", [f"rwg_uniform_{g + 1}" for g in range(8)]]
    agrees("within group", found, r.to_numpy(), reference="multilevel::rwg.j and kin", **CLOSE)


def test_agrees_with_multilevel_on_2042_soldiers(shared_reference) -> None:
    soldiers = pd.read_csv(shared_reference("data/lq2002.csv"))
    r = json.loads(shared_reference("values/icc_agreement.json").read_text())
    items = soldiers[r["lq2002_rwgj"]["items"]].to_numpy(float)
    names, groups = np.unique(soldiers["COMPID"], return_inverse=True)
    found = of(items, groups)
    single = of(items[:, :1], groups)
    for ours, topic, column in (
        (found.rwg_uniform, "lq2002_rwgj", "rwg.j"),
        (found.rwg_star, "lq2002_rwgj_lindell", "rwg.lindell"),
        (found.ad_mean, "lq2002_adm", "AD.M"),
        (single.rwg_uniform, "lq2002_rwg_item1", "rwg"),
    ):
        for row in r[topic]["first10"]:
            at = list(names.astype(str)).index(row["grpid"])
            agrees(
                f"within group: {topic}",
                ours[at],
                row[column],
                reference="multilevel on lq2002 (shared)",
                **CLOSE,
            )
            assert found.n[at] == row["gsize"]
        agrees(
            f"within group: {topic}",
            np.nanmean(ours),
            r[topic]["mean"],
            reference="multilevel on lq2002 (shared)",
            **CLOSE,
        )
    agrees(
        "within group: rwg uniform",
        np.nanmedian(found.rwg_uniform),
        r["lq2002_rwgj"]["median"],
        reference="multilevel on lq2002 (shared)",
        **CLOSE,
    )


def test_by_hand() -> None:
    """Two items: (1, 2, 3) and (4, 4, 5), variances 1 and 1/3, s = 2/3, share 1/3 of the null 2."""
    items = np.array([[1, 4], [2, 4], [3, 5.0]])
    found = of(items, np.zeros(3, int))
    assert found.rwg_uniform == pytest.approx([2 * (2 / 3) / (2 * (2 / 3) + 1 / 3)])
    assert found.rwg_star == pytest.approx([2 / 3])
    share = (2 / 3) / 1.34
    assert found.rwg_skewed == pytest.approx([2 * (1 - share) / (2 * (1 - share) + share)])
    assert found.ad_mean == pytest.approx([(2 / 3 + 4 / 9) / 2])
    assert found.ad_median == pytest.approx([(2 / 3 + 1 / 3) / 2])
    assert largest_deviation(5) == pytest.approx(5 / 6)


def test_agreement_and_its_opposite() -> None:
    found = of(np.array([[3, 3], [3, 3], [1, 1], [5, 5.0]]), np.array([0, 0, 1, 1]))
    assert found.rwg_uniform.tolist() == [1, 0]
    assert found.rwg_star.tolist() == [1, -3]
    assert found.ad_mean.tolist() == [0, 2]


def test_small_groups_and_missing_answers() -> None:
    items = np.array([[1, 2], [2, 2], [3, np.nan], [4, 4], [5, 5], [1, 1.0]])
    groups = np.array([0, 0, 0, 1, -1, 3])
    found = of(items, groups)
    assert found.n.tolist() == [2, 1, 0, 1]
    assert np.isnan(found.rwg_uniform).tolist() == [False, True, True, True]
    assert np.isnan(of(items, groups, least=3).ad_mean).all()
    assert np.isnan(of(items, groups, least=1).ad_mean).tolist() == [False, True, True, True]
    nobody = of(np.empty((0, 2)), np.array([0]))
    assert np.isnan(nobody.rwg_star).all()


def test_order_and_direction_of_items_do_not_matter() -> None:
    generator = np.random.default_rng(1)
    items, groups = generator.integers(1, 6, (60, 4)).astype(float), generator.integers(0, 5, 60)
    found, moved = of(items, groups), of(6 - items[:, ::-1], groups)
    for kind in KINDS:
        assert getattr(moved, kind) == pytest.approx(getattr(found, kind), **CLOSE)


def test_seven_options_have_no_skewed_null() -> None:
    found = of(np.array([[1.0], [7.0]]), np.zeros(2, int), options=7)
    assert np.isnan(found.rwg_skewed).all()
    assert found.rwg_star == pytest.approx([1 - 18 / 4])


def test_answers_at_random_agree_no_more_than_chance() -> None:
    generator = np.random.default_rng(1)
    items = generator.integers(1, 6, (40_000, 3)).astype(float)
    found = of(items, generator.integers(0, 20, 40_000))
    agrees(
        "within group: rwg star",
        found.rwg_star,
        np.zeros(20),
        reference="answers at random agree no more than chance",
        abs=0.06,
    )
