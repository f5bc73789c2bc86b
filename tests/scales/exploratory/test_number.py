"""How many factors.

Tolerances: eigenvalues and average partials 1e-10 (closed forms); very simple structure 1e-5 (psych's
minres stops at 1e-6), on the Big Five 1e-4 for up to 5 factors, after which psych's varimax stops too early
to say. Chance eigenvalues of parallel analysis: medians within 0.02 of psych's means of 20 draws; 0.06 for
the first of the reduced matrix, which is skewed.
"""

from __future__ import annotations

import numpy as np
import pytest
from validation import agrees

from pipeline.core.errors import Finding
from pipeline.scales.exploratory.number import (
    _how_many_first,
    average_partials,
    parallel_analysis,
    very_simple_structure,
)
from pipeline.scales.polychoric import polychoric


def rng() -> np.random.Generator:
    return np.random.default_rng(20261121)


@pytest.mark.parametrize("name", ["three", "two", "one"])
def test_average_partials_agree_with_psych(case, name: str) -> None:
    each = case(name)
    found = average_partials(each.r)
    expected = [each.values[f"map_{i}"] for i in range(1, len(each.r) - 1)]
    agrees("number", found[1:-1], expected, reference="psych", abs=1e-10)
    off = each.r[np.triu_indices(len(each.r), 1)]
    agrees("number", found[0], (off**2).mean(), reference="psych", rel=1e-6, abs=1e-12)
    assert int(np.nanargmin(found)) == each.n_factors


@pytest.mark.parametrize("name", ["three", "two", "one"])
def test_very_simple_structure_agrees_with_psych(case, name: str) -> None:
    each = case(name)
    found = very_simple_structure(each.r, 3)
    for f in range(1, min(3, each.n_factors + 1) + 1):
        agrees(
            "number",
            found.complexity_1[f - 1],
            each.values[f"vss_{f}_1"],
            reference="psych",
            abs=1e-5,
        )
        if f > 1:
            agrees(
                "number",
                found.complexity_2[f - 1],
                each.values[f"vss_{f}_2"],
                reference="psych",
                abs=1e-5,
            )
    assert found.complexity_2[0] == found.complexity_1[0]


def test_agrees_with_psych_on_the_big_five(big_five) -> None:
    agrees(
        "number: average partials",
        average_partials(big_five.r)[1:11],
        big_five.values["MAP"],
        reference="psych on bfi (shared)",
        abs=1e-10,
    )
    found = very_simple_structure(big_five.r, 5)
    agrees(
        "number",
        found.complexity_1,
        big_five.values["VSS1"][:5],
        reference="psych on bfi (shared)",
        abs=1e-4,
    )
    agrees(
        "number",
        found.complexity_2[1:],
        big_five.values["VSS2"][1:5],
        reference="psych on bfi (shared)",
        abs=1e-4,
    )


def test_parallel_analysis_agrees_with_psych_on_the_big_five(big_five) -> None:
    r = big_five.values["parallel_seed42_20"]
    found = parallel_analysis(big_five.items, rng(), draws=20, quantile=0.5)
    assert (found.n_factors, found.n_components) == (r["nfact"], r["ncomp"])
    agrees(
        "number: components",
        found.components,
        r["pc.values"],
        reference="psych on bfi (shared)",
        abs=1e-10,
    )
    agrees(
        "number: factors",
        found.factors,
        r["fa.values"],
        reference="psych on bfi (shared)",
        abs=1e-5,
    )
    agrees(
        "number: chance components",
        found.chance_components,
        r["pc.simr"],
        reference="psych on bfi (shared)",
        abs=0.02,
    )
    agrees(
        "number",
        found.chance_factors[0],
        r["fa.simr"][0],
        reference="psych on bfi (shared)",
        abs=0.06,
    )
    agrees(
        "number",
        found.chance_factors[1:],
        r["fa.simr"][1:],
        reference="psych on bfi (shared)",
        abs=0.02,
    )


@pytest.mark.parametrize("name", ["three", "two", "one"])
def test_parallel_analysis_finds_the_factors(case, name: str) -> None:
    each = case(name)
    found = parallel_analysis(each.items, rng(), draws=50)
    assert found.n_components == each.n_factors


def test_factors_are_counted_up_to_the_first_that_chance_could_give() -> None:
    for larger, expected in (([1, 0, 1], 1), ([0, 1, 1], 0), ([1, 1, 1], 3)):
        assert _how_many_first(np.array(larger, dtype=bool)) == expected


def test_unrelated_items_hold_no_factor() -> None:
    x = rng().integers(1, 6, size=(300, 8)).astype(float)
    found = parallel_analysis(x, rng(), draws=50)
    assert (found.n_components, found.n_factors) == (0, 0)


def test_parallel_analysis_of_polychoric_correlations(case) -> None:
    codes = case("two").items - 1
    found = parallel_analysis(
        codes, rng(), correlate=lambda x: polychoric(x).correlations, draws=20
    )
    assert found.n_components == 2
    assert found.components[0] > parallel_analysis(codes, rng(), draws=2).components[0]


def test_the_same_seed_gives_the_same_draws(case) -> None:
    one, two = (parallel_analysis(case("two").items, rng(), draws=5) for _ in range(2))
    assert (one.chance_factors == two.chance_factors).all()


def test_rows_with_a_missing_answer_are_left_out(case) -> None:
    x = case("two").items
    more = np.vstack([x, np.full((3, x.shape[1]), np.nan)])
    found = parallel_analysis(more, rng(), draws=2)
    assert (found.components == parallel_analysis(x, rng(), draws=2).components).all()


def test_what_cannot_be_is_named(case) -> None:
    x = case("two").items
    constant, twin = x.copy(), x.copy()
    constant[:, 3] = 2
    twin[:, 3] = 6 - x[:, 1]
    for items, name in (
        (constant, "constant_item"),
        (twin, "collinear_items"),
        (x[:7], "too_few_people"),
        (np.full((9, 4), np.nan), "no_answers"),
        (x[:, :2], "not_identified"),
    ):
        with pytest.raises(Finding) as found:
            parallel_analysis(items, rng(), draws=2)
        assert found.value.name == name
    with pytest.raises(Finding, match="not_identified"):
        very_simple_structure(np.eye(2), 1)
    with pytest.raises(Finding, match="collinear_items"):
        average_partials(np.ones((4, 4)))
