"""Raking, post-stratification and trimming.

Tolerances: 1e-6 for the shared weights, which R raked to 1e-10; 1e-9 relative for our own, raked to 1e-13.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from validation import agrees

from pipeline.core.errors import UserError
from pipeline.responses.weights.raking import (
    Margin,
    margin_error,
    post_stratify,
    rake,
    trim_factors,
)

SEX = {"f": 190.0, "m": 189.0}
AGE = {"a": 100.0, "b": 140.0, "c": 139.0}


def margin(name: str, values: pd.Series, targets: dict[str, float]) -> Margin:
    cells = values.map({label: k for k, label in enumerate(targets)}).fillna(-1).astype(int)
    return Margin(name, tuple(targets), cells.to_numpy(), np.array([*targets.values()]))


def test_bfi_is_raked_as_by_survey(shared_reference: Callable[[str], Path]) -> None:
    r = json.loads(shared_reference("values/survey.json").read_text())["rake_bfi"]
    data = pd.read_csv(
        shared_reference("data/bfi_raked_weights.csv"), dtype={"gender": "str", "education": "str"}
    )
    n = len(data)
    margins = [
        margin(name, data[name], {code: n * share for code, share in r["targets"][name].items()})
        for name in ("gender", "education", "ageg")
    ]
    found = rake(np.ones(n), margins, n, allowed=1e-10)
    agrees(
        "raking: weights", found.weights, data["w_survey"].to_numpy(), reference="survey", abs=1e-6
    )
    agrees(
        "raking",
        [found.weights.min(), found.weights.max()],
        [r["min"], r["max"]],
        reference="survey",
        abs=1e-6,
    )
    agrees("raking", found.weights.std(ddof=1), r["sd"], reference="survey", abs=1e-8)
    assert found.error < 1e-10


@pytest.mark.parametrize("case", ["equal", "unequal"])
def test_unequal_weights_are_raked_as_by_survey(from_r, case: str) -> None:
    data, r = from_r("design")
    base = np.ones(len(data)) if case == "equal" else data["weight"].to_numpy()
    margins = [margin("sex", data["sex"], SEX), margin("age", data["age"], AGE)]
    found = rake(base, margins, 379, allowed=1e-9).weights
    expected = r.loc[f"raked_{case}", [f"weight{k}" for k in range(1, 6)]].to_numpy(float)
    agrees("raking", found[:5], expected, reference="survey", rel=1e-9)


def test_one_margin_is_post_stratification(from_r) -> None:
    data, r = from_r("design")
    found = post_stratify(data["weight"].to_numpy(), margin("sex", data["sex"], SEX))
    expected = r.loc["post_stratified", [f"weight{k}" for k in range(1, 6)]].to_numpy(float)
    assert found[:5] == pytest.approx(expected, rel=1e-12)


# ------------------------------------------------------------------------------------ properties


def drawn(seed: int, n: int = 80, unknown: float = 0.0) -> tuple[np.ndarray, list[Margin]]:
    """Return weights, and two margins of a population in which every combination occurs."""
    generator = np.random.default_rng(seed)
    sizes = generator.integers(2, 5, 2)
    cells = [np.concatenate([np.arange(k), generator.integers(0, k, n - k)]) for k in sizes]
    shares = generator.dirichlet(np.full(sizes.prod(), 2.0)).reshape(sizes)
    targets = [1000 * shares.sum(axis=1), 1000 * shares.sum(axis=0)]
    cells[1][-int(unknown * n) or n :] = -1
    margins = [
        Margin(f"m{k}", tuple(map(str, range(size))), each, target)
        for k, (size, each, target) in enumerate(zip(sizes, cells, targets, strict=True))
    ]
    return generator.uniform(0.5, 4, n), margins


@given(st.integers(0, 10_000), st.floats(0.001, 1000))
def test_margins_are_hit_whatever_the_unit_and_the_order(seed: int, unit: float) -> None:
    base, margins = drawn(seed)
    found = rake(base, margins, 1000, allowed=1e-9).weights
    for each in margins:
        assert np.bincount(each.cells, found) == pytest.approx(each.targets, rel=1e-8)
    assert rake(unit * base, margins, 1000, allowed=1e-9).weights == pytest.approx(found, rel=1e-9)
    order = np.random.default_rng(seed).permutation(len(base))
    shuffled = [Margin(m.name, m.labels, m.cells[order], m.targets) for m in margins]
    assert rake(base[order], shuffled, 1000, allowed=1e-9).weights == pytest.approx(
        found[order], rel=1e-9
    )


@given(st.integers(0, 10_000))
def test_weights_are_base_times_a_factor_of_each_cell(seed: int) -> None:
    """Raked weights are those of the log-linear model: no interaction is added to the base weights."""
    base, margins = drawn(seed)
    found = rake(base, margins, 1000, allowed=1e-9).weights
    factor = np.log(found / base)
    dummies = np.column_stack([np.eye(len(m.targets))[m.cells] for m in margins])
    fitted = dummies @ np.linalg.lstsq(dummies, factor, rcond=None)[0]
    assert factor == pytest.approx(fitted, abs=1e-7)


@given(st.integers(0, 10_000))
def test_who_has_no_cell_keeps_the_weight_in_that_step(seed: int) -> None:
    base, margins = drawn(seed, unknown=0.2)
    found = rake(base, margins, 1000, allowed=1e-9)
    known = margins[1].cells >= 0
    assert found.weights.sum() == pytest.approx(1000)
    assert np.bincount(margins[0].cells, found.weights) == pytest.approx(
        margins[0].targets, rel=1e-7
    )
    within = np.bincount(margins[1].cells[known], found.weights[known])
    assert within / within.sum() == pytest.approx(margins[1].targets / 1000, rel=1e-7)
    factor = (found.weights / base)[~known]
    for cell in range(len(margins[0].targets)):
        own = factor[margins[0].cells[~known] == cell]
        assert own == pytest.approx(own[:1].repeat(len(own)), rel=1e-9)


@given(st.integers(0, 10_000))
def test_margins_that_hold_already_change_nothing(seed: int) -> None:
    base, margins = drawn(seed)
    held = [Margin(m.name, m.labels, m.cells, np.bincount(m.cells, base)) for m in margins]
    found = rake(base, held, base.sum(), allowed=1e-9)
    assert found.weights == pytest.approx(base, rel=1e-12)
    assert found.cycles == 0


def test_it_equals_iterative_fitting_row_by_row() -> None:
    base, margins = drawn(20261121, unknown=0.1)
    weights = base * 1000 / base.sum()
    for _ in range(300):
        for each in margins:
            known = each.cells >= 0
            left = 1000 - weights[~known].sum()
            sums = np.bincount(each.cells[known], weights[known])
            factor = each.targets / each.targets.sum() * left / sums
            weights[known] *= factor[each.cells[known]]
    agrees(
        "raking: weights",
        rake(base, margins, 1000, allowed=1e-9).weights,
        weights,
        reference="iterative fitting row by row",
        rel=1e-9,
    )


def test_without_margins_weights_are_scaled_to_the_population() -> None:
    assert rake(np.array([1.0, 3, 4]), [], 16, allowed=1e-9).weights.tolist() == [2, 6, 8]


# --------------------------------------------------------------------------------------- trimming


def test_factors_are_trimmed_and_not_weights() -> None:
    """A respondent with a large design weight keeps it; one whom raking raised sixfold does not."""
    base = np.array([100.0, 1, 1, 1, 1])
    weights = np.array([100.0, 6, 1, 0.2, 1])
    found, trimmed = trim_factors(weights, base, 0.3, 3.0)
    assert trimmed.tolist() == [False, True, False, True, False]
    assert found.sum() == pytest.approx(weights.sum())
    scale = weights.sum() / base.sum()
    by_hand = np.array([100, 3 * scale, 1, 0.3 * scale, 1])
    assert found == pytest.approx(by_hand * weights.sum() / by_hand.sum())


@given(st.integers(0, 10_000), st.floats(0.01, 100))
def test_trimming_does_not_depend_on_the_scale_of_either(seed: int, unit: float) -> None:
    generator = np.random.default_rng(seed)
    base, weights = generator.uniform(0.5, 2, (2, 30)) ** [[1], [4]]
    found, trimmed = trim_factors(weights, base, 0.5, 2)
    again, same = trim_factors(unit * weights, 3 * base, 0.5, 2)
    assert again == pytest.approx(unit * found, rel=1e-9)
    assert (trimmed == same).all()


def test_the_error_of_margins_is_in_shares_of_all() -> None:
    cells = Margin("m", ("a", "b"), np.array([0, 1, 1]), np.array([5.0, 5]))
    assert margin_error(np.array([2.0, 4, 4]), [cells]) == pytest.approx(0.3)


# ------------------------------------------------------------------------------------- bad margins


def refuse(
    message: str, *margins: Margin, base: np.ndarray | None = None, total: float = 4
) -> None:
    with pytest.raises(UserError, match=message):
        rake(np.ones(4) if base is None else base, margins, total, allowed=1e-6)


HALVES = Margin("sex", ("f", "m"), np.array([0, 0, 1, 1]), np.array([2.0, 2]))


def test_margins_that_do_not_add_up_are_told() -> None:
    other = Margin("age", ("young", "old"), np.array([0, 1, 0, 1]), np.array([2.0, 3]))
    refuse(r"the margin age adds up to 5\.0 people, the population has 4\.0", HALVES, other)


def test_an_empty_cell_is_told() -> None:
    empty = Margin("age", ("young", "old"), np.array([0, 0, 0, 0]), np.array([2.0, 2]))
    refuse("margin age hold people of the population and no respondent: .*: old", HALVES, empty)


def test_a_category_that_the_population_lacks_is_told() -> None:
    lacking = Margin("age", ("young", "old"), np.array([0, 1, 0, 1]), np.array([4.0, 0]))
    refuse(
        "margin age stand in the answers, and the list .* has nobody there: old", HALVES, lacking
    )


def test_many_cells_are_not_all_listed() -> None:
    empty = Margin("age", tuple("abcdefgh"), np.zeros(4, dtype=int), np.array([1.0, *[3 / 7] * 7]))
    refuse("b, c, d, e, f and 2 more", empty)


def test_margins_that_contradict_each_other_do_not_converge() -> None:
    """All the old are men, and there are to be more old people than men."""
    sex = Margin("sex", ("f", "m"), np.array([0, 0, 0, 1]), np.array([3.0, 1]))
    age = Margin("age", ("young", "old"), np.array([0, 0, 0, 1]), np.array([1.0, 3]))
    refuse(
        "did not converge: after 1000 cycles a margin is 50.000 points off, .*0.000 are", sex, age
    )


def test_one_respondent_with_all_the_weight_is_told() -> None:
    refuse(
        "one respondent of 4 holds 97 % of all the weight",
        base=np.array([1.0, 1, 1, 97]),
    )
