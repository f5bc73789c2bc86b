"""Within and between. Tolerance 1e-10: closed forms, with R's `multilevel::waba` and `aov`."""

from __future__ import annotations

import numpy as np
import pytest
from validation import agrees

from pipeline.core.errors import Finding
from pipeline.scales.agreement import intraclass_correlation
from pipeline.scales.within_between import correlation_parts, within_and_between

CLOSE = {"rel": 1e-10, "abs": 1e-10}


@pytest.fixture
def scores(from_r) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    data, _ = from_r("within_group")
    x = data[["i1", "i2", "i3", "i4"]].mean(axis=1).to_numpy()
    return x, data["y"].to_numpy(), data["group"].to_numpy()


def test_agrees_with_waba(from_r, scores) -> None:
    r, (x, y, g) = from_r("within_group")[1].loc["waba"], scores
    for values, name in ((x, "x"), (y, "y")):
        found = within_and_between(values, g)
        etas = r[f"eta_between_{name}"], r[f"eta_within_{name}"]
        agrees(
            "within between: eta within",
            (found.eta_between, found.eta_within),
            etas,
            reference="multilevel::waba",
            **CLOSE,
        )


def test_agrees_with_aov(from_r, scores) -> None:
    r, (x, _, g) = from_r("within_group")[1].loc["waba"], scores
    found = within_and_between(x, g)
    assert (found.groups, found.n) == (8, len(x))
    agrees(
        "within between: p within",
        (found.f, found.p_value, found.p_within),
        (r["f"], r["p_value"], r["p_within"]),
        reference="stats::aov",
        **CLOSE,
    )
    agrees(
        "within between: f",
        found.f,
        intraclass_correlation(x, g).f,
        reference="stats::aov",
        **CLOSE,
    )


def test_the_parts_agree_with_waba(from_r, scores) -> None:
    r, (x, y, g) = from_r("within_group")[1].loc["waba"], scores
    found = correlation_parts(x, y, g)
    agrees(
        "within between: r within",
        (found.r, found.r_between, found.r_within),
        (r["r"], r["r_between"], r["r_within"]),
        reference="multilevel::waba",
        **CLOSE,
    )
    between = r["eta_between_x"] * r["eta_between_y"] * r["r_between"]
    agrees("within between: between", found.between, between, reference="multilevel::waba", **CLOSE)
    agrees(
        "within between: within",
        found.between + found.within,
        found.r,
        reference="multilevel::waba",
        **CLOSE,
    )


def test_fisher_z_by_hand(scores) -> None:
    x, y, g = scores
    found = correlation_parts(x, y, g)
    error = np.sqrt(1 / 5 + 1 / (len(x) - 10))
    z = (np.arctanh(found.r_between) - np.arctanh(found.r_within)) / error
    assert found.z == pytest.approx(z)
    from scipy.stats import norm

    assert found.p_value == pytest.approx(2 * norm.sf(abs(z)))


def test_what_belongs_to_organisations_and_what_to_people() -> None:
    g = np.repeat(np.arange(5), 4)
    of_groups, of_people = g.astype(float), np.tile([1, 2, 3, 4.0], 5)
    found = within_and_between(of_groups, g)
    assert (found.eta_between, found.e_ratio, found.p_value) == (1, np.inf, 0)
    found = within_and_between(of_people, g)
    assert (found.eta_within, found.e_ratio, found.p_within) == (1, 0, 0)
    parts = correlation_parts(of_groups, of_groups + of_people, g)
    assert parts.r_between == pytest.approx(1)
    assert np.isnan([parts.r_within, parts.z]).all()


def test_names_order_and_units_do_not_matter(scores) -> None:
    x, y, g = scores
    order = np.random.default_rng(1).permutation(len(x))
    found = correlation_parts(x, y, g)
    moved = correlation_parts(5 - 2 * x[order], y[order] / 7, 100 - g[order])
    for name in ("r", "r_between", "r_within", "between", "within", "z"):
        assert getattr(moved, name) == pytest.approx(-getattr(found, name)), name


def test_rows_without_score_or_organisation_are_left_out(scores) -> None:
    x, y, g = scores
    more = np.append(x, [np.nan, 3]), np.append(y, [1, np.nan]), np.append(g, [1, 2])
    assert correlation_parts(*more) == correlation_parts(x, y, g)
    assert within_and_between(np.append(x, 3), np.append(g, -1)) == within_and_between(x, g)


@pytest.mark.parametrize(
    ("x", "groups", "name"),
    [
        pytest.param([np.nan, 1], [0, -1], "no_answers", id="nobody"),
        pytest.param([2, 2, 2, 2], [0, 0, 1, 1], "constant_item", id="constant"),
        pytest.param([1, 2, 3, 4], [0, 0, 0, 0], "too_few_groups", id="one group"),
        pytest.param([1, 2, 3, 4], [0, 1, 2, 3], "too_few_groups", id="groups of one"),
    ],
)
def test_what_cannot_be_is_named(x, groups, name: str) -> None:
    with pytest.raises(Finding) as found:
        within_and_between(np.array(x, dtype=float), np.array(groups))
    assert found.value.name == name
