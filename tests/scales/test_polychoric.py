"""Polychoric correlations in two steps.

Tolerances: thresholds 1e-12 (the same quantiles). Correlations 1e-6 against lavaan, whose optimiser stops
there; 3e-5 against psych, whose `optimize` stops at a step of 1e-4 (psych and lavaan differ by 2e-5 on the
same data). Where the likelihood itself is the judge: its slope at the estimate is below 1e-7 a person.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from validation import agrees

from pipeline.core.errors import Finding
from pipeline.scales.polychoric import merge_categories, polychoric

CASES = ["mixed", "five_points", "binary", "missing"]


def drawn(n: int = 500, k: int = 4, r: float = 0.5, seed: int = 1) -> np.ndarray:
    """Return codes 0-4 of k items that correlate r, cut at -1.2, -0.4, 0.5 and 1.1."""
    generator = np.random.default_rng(seed)
    common = np.sqrt(r) * generator.normal(size=(n, 1))
    latent = common + np.sqrt(1 - r) * generator.normal(size=(n, k))
    return np.digitize(latent, [-1.2, -0.4, 0.5, 1.1])


# ----------------------------------------------------------------------------------------------- R


@pytest.mark.parametrize("case", CASES)
def test_agrees_with_lavaan(from_r, case: str) -> None:
    data, expected = from_r("polychoric")
    codes = data.loc[data["case"] == case].drop(columns="case").dropna(axis=1, how="all")
    r = expected.loc[case].dropna()
    found = polychoric(codes.to_numpy(dtype=float))
    thresholds = np.concatenate(found.thresholds)
    names = [f"threshold_{t + 1}" for t in range(len(thresholds))]
    agrees("polychoric", thresholds, r[names].to_numpy(), reference="lavaan", abs=1e-12)
    first, second = np.triu_indices(codes.shape[1], 1)
    names = [f"rho_{i + 1}_{j + 1}" for i, j in zip(first, second, strict=True)]
    agrees(
        "polychoric",
        found.correlations[first, second],
        r[names].to_numpy(),
        reference="lavaan",
        abs=1e-6,
    )
    assert (found.correlations == found.correlations.T).all()
    assert (np.diag(found.correlations) == 1).all()


def test_agrees_with_lavaan_and_psych_on_the_big_five(shared_reference) -> None:
    r = json.loads(shared_reference("values/polychoric.json").read_text())
    items = r["lavaan_complete"]["rho"]["rownames"]
    codes = merge_categories(pd.read_csv(shared_reference("data/bfi.csv"))[items].to_numpy(float))
    pairwise, complete = polychoric(codes), polychoric(codes[(codes >= 0).all(axis=1)])
    for name, found, tolerance in (
        ("lavaan_complete", complete, 1e-6),
        ("lavaan_pairwise", pairwise, 1e-6),
        ("psych_correct0_complete", complete, 3e-5),
        ("psych_correct0", pairwise, 3e-5),
    ):
        expected = np.array(r[name]["rho"]["values"])
        agrees(
            f"polychoric: {name}",
            found.correlations,
            expected,
            reference="lavaan and psych on bfi (shared)",
            abs=tolerance,
        )
    tau = np.array(r["psych_correct0_complete"]["tau"]["values"])
    agrees(
        "polychoric: thresholds",
        np.array(complete.thresholds),
        tau,
        reference="lavaan and psych on bfi (shared)",
        abs=1e-12,
    )


def test_the_likelihood_is_flat_at_the_estimate() -> None:
    from scipy.stats import multivariate_normal

    codes = drawn(200, 2)
    found = polychoric(codes)
    cuts = [np.array([-9, *tau, 9]) for tau in found.thresholds]
    table = np.zeros((5, 5))
    np.add.at(table, (codes[:, 0], codes[:, 1]), 1)

    def likelihood(r: float) -> float:
        normal = multivariate_normal(cov=[[1, r], [r, 1]])
        grid = np.array([[normal.cdf([a, b]) for b in cuts[1]] for a in cuts[0]])
        p = np.diff(np.diff(grid, axis=0), axis=1)
        return float((table * np.log(p)).sum())

    r, step = found.correlations[0, 1], 1e-4
    slope = (likelihood(r + step) - likelihood(r - step)) / (2 * step)
    assert slope / len(codes) == pytest.approx(0, abs=1e-7)


# ------------------------------------------------------------------------------------- closed form


def test_halved_items_by_hand() -> None:
    """Cut at their medians, r = sin(2 pi (p - 1/4)) with p the share below both (Sheppard 1899)."""
    codes = np.repeat([[0, 0], [0, 1], [1, 0], [1, 1]], [35, 15, 15, 35], axis=0)
    found = polychoric(codes)
    assert found.correlations[0, 1] == pytest.approx(np.sin(2 * np.pi * 0.1), abs=1e-10)
    assert np.concatenate(found.thresholds) == pytest.approx([0, 0], abs=1e-15)


def test_an_empty_cell_of_two_by_two_holds_half_a_person() -> None:
    """The table (20, 10; 0, 30) is taken as (19.5, 10.5; 0.5, 29.5), margins and thresholds kept."""
    empty = np.repeat([[0, 0], [0, 1], [1, 1]], [20, 10, 30], axis=0)
    twice = np.repeat([[0, 0], [0, 1], [1, 0], [1, 1]], [39, 21, 1, 59], axis=0)
    found, filled = polychoric(empty), polychoric(twice)
    assert found.correlations == pytest.approx(filled.correlations, abs=1e-9)
    other_way = polychoric(np.column_stack([empty[:, 0], 1 - empty[:, 1]]))
    assert other_way.correlations[0, 1] == pytest.approx(-found.correlations[0, 1], abs=1e-9)


# -------------------------------------------------------------------------------------- simulation


@pytest.mark.parametrize("r", [-0.3, 0.0, 0.9])
def test_recovers_the_correlation(r: float) -> None:
    """Of 20,000 people: within four standard errors, at most 0.04."""
    generator = np.random.default_rng(7)
    latent = generator.multivariate_normal([0, 0], [[1, r], [r, 1]], size=20_000)
    codes = np.column_stack(
        [np.digitize(latent[:, 0], [-1, 1]), np.digitize(latent[:, 1], [-0.5, 0, 1.5])]
    )
    found = polychoric(codes)
    assert found.correlations[0, 1] == pytest.approx(r, abs=0.04 * (1 - r * r) + 0.003)
    assert found.thresholds[1] == pytest.approx([-0.5, 0, 1.5], abs=0.05)


# ------------------------------------------------------------------------------------- invariances


@settings(max_examples=15)
@given(st.permutations(range(4)), st.integers(0, 10_000))
def test_order_of_items_and_people_does_not_matter(order: list[int], seed: int) -> None:
    codes = drawn(seed=seed)
    people = np.random.default_rng(seed).permutation(len(codes))
    found = polychoric(codes[np.ix_(people, order)]).correlations
    assert found == pytest.approx(polychoric(codes).correlations[np.ix_(order, order)], abs=1e-9)


def test_a_reversed_item_turns_its_sign() -> None:
    codes = drawn()
    turned = codes.copy()
    turned[:, 2] = 4 - turned[:, 2]
    before, after = polychoric(codes), polychoric(turned)
    sign = np.array([1, 1, -1, 1])
    assert after.correlations == pytest.approx(before.correlations * np.outer(sign, sign), abs=1e-9)
    assert after.thresholds[2] == pytest.approx(-before.thresholds[2][::-1], abs=1e-12)


def test_missing_answers_leave_only_their_pairs() -> None:
    codes = drawn().astype(float)
    codes[:100, 0] = np.nan
    found = polychoric(codes)
    rest = polychoric(codes[:, 1:])
    assert found.correlations[1:, 1:] == pytest.approx(rest.correlations, abs=1e-12)
    assert found.thresholds[0] == pytest.approx(polychoric(codes[100:, :2]).thresholds[0])
    assert found.n[0].tolist() == [400, 400, 400, 400]
    assert found.n[1, 2] == 500
    as_ints = np.where(np.isnan(codes), -1, codes).astype(int)
    assert (polychoric(as_ints).correlations == found.correlations).all()


# -------------------------------------------------------------------------------------- degenerate


def spoiled(item: int, answer: object) -> np.ndarray:
    codes = drawn().astype(float)
    codes[:, item] = answer
    return codes


DEGENERATE = [
    pytest.param(spoiled(2, np.nan), "no_answers", (2,), id="nobody answered"),
    pytest.param(spoiled(1, 0), "constant_item", (1,), id="one answer"),
    pytest.param(spoiled(1, 3), "empty_category", (1,), id="only the fourth answer"),
    pytest.param(np.full((10, 3), np.nan), "no_answers", (0,), id="all missing"),
    pytest.param(np.empty((0, 3)), "no_answers", (0,), id="nobody"),
    pytest.param(drawn()[:, [0, 1, 0]], "collinear_items", (0, 2), id="twice the same"),
    pytest.param(
        np.column_stack([drawn()[:, 0], 4 - drawn()[:, 0]]),
        "collinear_items",
        (0, 1),
        id="reversed",
    ),
    pytest.param(
        np.array([[0, 0], [1, 1]] * 9), "collinear_items", (0, 1), id="two empty cells of four"
    ),
    pytest.param(
        np.array([[0, -1], [1, -1], [-1, 0], [-1, 1]]), "too_few_people", (0, 1), id="nobody both"
    ),
]


@pytest.mark.parametrize(("codes", "name", "items"), DEGENERATE)
def test_what_cannot_be_is_named(codes: np.ndarray, name: str, items: tuple[int, ...]) -> None:
    with pytest.raises(Finding) as found:
        polychoric(codes)
    assert (found.value.name, found.value.items) == (name, items)
    assert f"{items[-1] + 1}" in str(found.value)


@pytest.mark.parametrize("answer", [1.5, -2])
def test_answers_that_are_no_codes_are_a_bug(answer: float) -> None:
    with pytest.raises(ValueError, match="merge_categories"):
        polychoric(np.array([[0, 1], [1, answer], [1, 0]]))


def test_fewer_people_than_items_is_no_obstacle() -> None:
    codes = np.random.default_rng(5).integers(0, 3, size=(30, 40))
    assert np.abs(polychoric(codes).correlations).max() <= 1


def test_one_item_has_thresholds() -> None:
    found = polychoric(drawn(k=1))
    assert found.correlations.tolist() == [[1]]
    assert len(found.thresholds[0]) == 4


# ----------------------------------------------------------------------------------------- merging


@pytest.mark.parametrize(
    ("n", "least", "expected"),
    [
        ([10, 10, 10], 0.0, [0, 1, 2]),
        ([1, 50, 49], 0.02, [0, 0, 1]),
        ([50, 1, 49], 0.02, [0, 1, 1]),
        ([49, 1, 50], 0.02, [0, 0, 1]),
        ([1, 1, 96, 1, 1], 0.03, [0, 0, 0, 0, 0]),
        ([2, 2, 92, 2, 2], 0.03, [0, 0, 1, 2, 2]),
    ],
)
def test_rare_answers_join_a_neighbour(n: list[int], least: float, expected: list[int]) -> None:
    answers = np.repeat(np.arange(len(n)) * 2.0 + 1, n)[:, None]
    found = merge_categories(answers, least)[:, 0]
    assert [int(found[answers[:, 0] == 2 * c + 1][0]) for c in range(len(n))] == expected


def test_merging_keeps_missing_answers_apart() -> None:
    answers = np.array([[1, np.nan], [3, 5], [np.nan, 4], [7, 5]])
    assert merge_categories(answers).tolist() == [[0, -1], [1, 1], [-1, 0], [2, 1]]
