"""Below, around, above. Tolerance 1e-9: closed forms, with R's `survey` and `p.adjust`."""

from __future__ import annotations

import numpy as np
import pytest
from validation import agrees

from pipeline.core.position import positions

CASES = ["balanced", "unbalanced", "no_difference", "far_apart"]


@pytest.mark.parametrize("case", CASES)
def test_agrees_with_survey(from_r, case: str) -> None:
    data, expected = from_r("shrinkage")
    each, r = data[data["case"] == case], expected.loc[case]
    count = int(each["group"].max())
    found = positions(
        each["y"].to_numpy(), each["weight"].to_numpy(), each["group"].to_numpy() - 1, count
    )
    for name in ("difference", "std_error", "df", "p_value", "q_value"):
        ours, theirs = getattr(found, name), r[[f"{name}_{i + 1}" for i in range(count)]].to_numpy()
        known = ~np.isnan(theirs)
        agrees(f"position: {name}", ours[known], theirs[known], reference="survey", rel=1e-9)
        if name != "difference":
            assert (np.isnan(ours) == np.isnan(theirs)).all(), name


def test_two_organisations_are_a_welch_test() -> None:
    from scipy.stats import ttest_ind

    generator = np.random.default_rng(1)
    a, b = generator.normal(size=12), 1 + 2 * generator.normal(size=30)
    found = positions(np.append(a, b), np.ones(42), np.repeat([0, 1], [12, 30]), 2)
    expected = ttest_ind(a, b, equal_var=False)
    assert found.p_value == pytest.approx([expected.pvalue] * 2)
    assert found.df == pytest.approx([expected.df] * 2)
    assert found.difference == pytest.approx([a.mean() - b.mean(), b.mean() - a.mean()])


def test_what_the_positions_say() -> None:
    generator = np.random.default_rng(1)
    g = np.repeat(np.arange(6), 50)
    y = np.array([0, -1, 1, 0, 0, 0])[g] + generator.normal(size=300)
    found = positions(y, np.ones(300), g, 7)
    assert found.position == ("around", "below", "above", "around", "around", "around", None)


def test_an_organisation_of_one_has_no_place() -> None:
    y, g = np.array([1, 2, 3, 4, 5.0, 9]), np.array([0, 0, 0, 1, 1, 2])
    found = positions(y, np.ones(6), g, 3)
    assert found.position[2] is None
    assert np.isnan([found.std_error[2], found.df[2], found.q_value[2]]).all()
    assert found.difference[2] == pytest.approx(6)


def test_false_discoveries_are_few() -> None:
    """No organisation differs: in at most 5 % of 300 surveys, give or take 3 %, is one called so."""
    generator = np.random.default_rng(4)
    g = np.repeat(np.arange(15), 20)
    called = [
        set(positions(generator.normal(size=300), np.ones(300), g, 15).position) != {"around"}
        for _ in range(300)
    ]
    assert np.mean(called) < 0.08


def test_units_of_scores_and_weights_do_not_matter() -> None:
    generator = np.random.default_rng(5)
    y, w, g = generator.normal(size=90), generator.uniform(1, 3, 90), np.arange(90) % 6
    found, moved = positions(y, w, g, 6), positions(1e6 - 2 * y, 10 * w, g, 6)
    assert moved.q_value == pytest.approx(found.q_value, rel=1e-6)
    assert moved.difference == pytest.approx(-2 * found.difference)


def test_missing_scores_and_people_without_organisation_are_left_out() -> None:
    generator = np.random.default_rng(5)
    y, w, g = generator.normal(size=90), generator.uniform(1, 3, 90), np.arange(90) % 6
    more = np.append(y, [np.nan, 9]), np.append(w, [1, 5]), np.append(g, [0, -1])
    assert (positions(*more, 6).p_value == positions(y, w, g, 6).p_value).all()


@pytest.mark.parametrize("y", [[], [1.0, 1, 1, 1]])
def test_nothing_to_compare(y: list[float]) -> None:
    groups = np.arange(len(y)) // 2
    assert positions(np.array(y), np.ones(len(y)), groups, 2).position == (None, None)


def test_others_of_its_kind_are_a_comparison_among_them() -> None:
    generator = np.random.default_rng(6)
    g = np.repeat(np.arange(5), [8, 12, 9, 7, 1])
    y, w = generator.normal(size=len(g)), generator.uniform(0.5, 2, len(g))
    found = positions(y, w, g, 5, kinds=np.array([0, 0, 0, 1, -1]))
    alone = positions(y[g < 3], w[g < 3], g[g < 3], 3)
    assert found.p_value[:3] == pytest.approx(alone.p_value)
    assert found.difference[:3] == pytest.approx(alone.difference)
    assert found.n_rest.tolist() == [21, 17, 20, 0, 0]
    assert np.isnan(found.p_value[3:]).all()
    assert np.isnan(found.difference[3:]).all()
    assert found.position[3:] == (None, None)
