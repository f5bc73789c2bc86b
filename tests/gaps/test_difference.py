"""The raw gap and its error by organisation, from sums.

Tolerances: 1e-10 relative against R's lm and clubSandwich 0.5.8: closed forms on both sides.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from validation import agrees

from pipeline.gaps.difference import cr2_error, cr2_errors_of_draws
from pipeline.gaps.methods import estimate
from pipeline.gaps.sums import Sums, sum_pairs, sums_of_people
from pipeline.gaps.targets import Pairs, Target

ONE = [Target("A", "item", "s", 1, 5)]


def pairs(current: object, desired: object, weights: object = 1.0) -> Pairs:
    """Return the ratings of some people on one target."""
    c, d = (np.array(each, dtype=float)[:, None] for each in (current, desired))
    return Pairs(c, d, np.broadcast_to(np.array(weights, dtype=float), len(c)))


def by_organisation(data: pd.DataFrame) -> Sums:
    """Return the sums of the reference's organisations."""
    rated = pairs(data["current"], data["desired"], data["weight"])
    return sum_pairs(rated, ONE, data["cluster"].to_numpy() - 1, data["cluster"].max())


@pytest.mark.parametrize("case", ["unweighted", "weighted", "uneven"])
def test_agrees_with_lm_and_clubsandwich(case: str, from_r) -> None:
    data, values = from_r("gaps")
    data, r = data.query("case == @case"), values.loc[case]
    sums = by_organisation(data)
    found, error = estimate(sums.total()), cr2_error(sums)
    rated = pairs(data["current"], data["desired"], data["weight"])
    by_person = cr2_error(sums_of_people(rated, ONE))
    ours = {
        "n": sums.pairs.sum(),
        "groups": error.groups[0],
        **{name: getattr(found, name)[0] for name in ("current", "desired", "gap", "effect_size")},
        "std_error": error.std_error[0],
        "df": error.df[0],
        "person_error": by_person.std_error[0],
        "person_df": by_person.df[0],
    }
    assert set(ours) == set(r.dropna().index)
    for quantity, value in ours.items():
        by_lm = quantity in ("n", "groups", "current", "desired", "gap", "effect_size")
        reference = "stats::lm" if by_lm else "clubSandwich::coef_test, CR2"
        agrees(f"gap, {quantity}", value, r[quantity], reference=reference, rel=1e-10)


def test_a_replicate_has_the_error_of_the_organisations_written_out(from_r) -> None:
    data, _ = from_r("gaps")
    sums = by_organisation(data.query("case == 'weighted'"))
    counts = np.array([[2, 0, 1, 1, 3, 0, 1, 1, 0], [0, 0, 0, 9, 0, 0, 0, 0, 0]])
    drawn = cr2_errors_of_draws(sums, counts, sums.drawn(counts))
    for times, ours in zip(counts, drawn, strict=True):
        written_out = sums.rows(np.repeat(np.arange(9), times))
        expected = cr2_error(written_out).std_error
        assert ours == pytest.approx(expected, rel=1e-10, nan_ok=True)
    assert np.isfinite(drawn[0]).all()
    assert np.isnan(drawn[1]).all(), "nine times the same organisation does not vary"


def test_one_organisation_has_a_gap_and_no_error() -> None:
    sums = sum_pairs(pairs([1, 2, 3], [4, 4, 5]), ONE, np.zeros(3, dtype=int), 1)
    assert estimate(sums.total()).gap == pytest.approx(7 / 3)
    error = cr2_error(sums)
    assert error.groups == [1]
    assert np.isnan([error.std_error, error.df]).all()


def test_an_organisation_without_pairs_does_not_count() -> None:
    rated = pairs([1, 2, 3, 1, np.nan, 2], [4, 4, 5, 5, 5, np.nan])
    with_it = cr2_error(sum_pairs(rated, ONE, np.array([0, 0, 1, 1, 2, 2]), 3))
    without = cr2_error(sum_pairs(rated, ONE, np.array([0, 0, 1, 1, -1, -1]), 2))
    assert (with_it.std_error, with_it.df) == (without.std_error, without.df)
    assert with_it.groups == without.groups == [2]


def test_everyone_equal_has_no_error_and_no_effect_size() -> None:
    sums = sum_pairs(pairs(np.full(6, 2.1), np.full(6, 3.2)), ONE, np.arange(6) % 3, 3)
    assert np.isnan(cr2_error(sums).std_error)
    assert np.isnan(estimate(sums.total()).effect_size)
    assert estimate(sums.total()).gap == pytest.approx(1.1)


def test_sums_are_those_of_complete_pairs_with_a_weight() -> None:
    rated = pairs([1, 2, np.nan, 3, 5], [5, np.nan, 4, 3, 4], [2, 1, 1, 0, 1])
    sums = sum_pairs(rated, ONE, np.array([0, 0, 0, 0, 1]), 2)
    assert sums.pairs[:, 0].tolist() == [1, 1]
    assert sums.weight[:, 0].tolist() == [2, 1]
    assert sums.w_difference[:, 0].tolist() == [8, -1]
    assert sums.w_highest[:, 0].tolist() == [2, 0]
    assert sums.w_beyond[:, 0].tolist() == [0, 1]
