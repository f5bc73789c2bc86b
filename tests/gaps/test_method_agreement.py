"""Agreement of methods, signed ranks and pooling: 1e-10 against R (tests/reference/gap_ranks.R)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from validation import agrees

from pipeline.gaps.difference import MeanError
from pipeline.gaps.method_agreement import kendall_w, overlap, shared_ranks, spearman, verdict
from pipeline.gaps.pooling import pooled_error
from pipeline.gaps.signed_rank import signed_rank

A = np.array([5.0, 4, 4, 2, 1, 0, 3])
B = np.array([3.0, 4, 5, 2, 2, 0, 0])
C = np.array([1.0, 5, 4, 3, 2, 0, -1])


def test_agreement_agrees_with_r(from_r) -> None:
    r = from_r("gap_ranks")[1].loc["agreement"]
    agrees("Spearman's r", spearman(A, B), r["spearman"], reference="stats::cor", rel=1e-10)
    w = kendall_w(np.array([A, B, C]))
    agrees("Kendall's W, ties", w, r["kendall_w"], reference="stats::friedman.test", rel=1e-10)


@pytest.mark.parametrize("case", ["items", "scales", "equal"])
def test_signed_ranks_agree_with_r(case: str, from_r) -> None:
    import pingouin

    data, values = from_r("gap_ranks")
    data, r = data.query("case == @case"), values.loc[case]
    difference, cluster = data["difference"].to_numpy(), data["cluster"].to_numpy()
    found = signed_rank(difference, cluster)
    for name in ("n", "groups", "statistic", "p_value", "rank_biserial"):
        agrees(
            f"signed ranks with clusters, {name}",
            getattr(found, name),
            r[name],
            reference="Rosner, Glynn & Lee 2006, by stats::lm",
            rel=1e-10,
        )
    plain = signed_rank(difference, np.arange(len(difference)))
    agrees(
        "signed ranks, p", plain.p_value, r["plain_p"], reference="stats::wilcox.test", rel=1e-10
    )
    theirs = pingouin.wilcoxon(difference[difference != 0], correction=False)
    effect = float(theirs["RBC"].iloc[0])
    agrees("rank-biserial", found.rank_biserial, effect, reference="pingouin.wilcoxon", abs=1e-10)


def test_signed_ranks_need_three_organisations_and_a_difference() -> None:
    two = signed_rank(np.array([1.0, 2, -1, 0]), np.array([0, 0, 1, 1]))
    assert (two.n, two.groups) == (3, 2)
    assert np.isnan([two.statistic, two.p_value]).all()
    assert two.rank_biserial == pytest.approx((1.5 + 3 - 1.5) / 6)
    none = signed_rank(np.array([0.0, np.nan]), np.array([0, 1]))
    assert none.n == 0
    assert np.isnan(none.rank_biserial)


def test_pooling_agrees_with_rubin_and_barnard(from_r) -> None:
    r = from_r("gap_ranks")[1].loc["pooling"]
    estimates = np.array([[1.20], [1.31], [1.15], [1.27]])
    errors = [
        MeanError(np.array([9]), np.sqrt([variance]), np.array([df]))
        for variance, df in [(0.012, 38.0), (0.011, 42.0), (0.014, 41.0), (0.010, 39.0)]
    ]
    found = pooled_error(estimates, errors)
    ours = [found.std_error[0], found.df[0]]
    agrees(
        "pooled gap: error, df",
        ours,
        r[["std_error", "df"]],
        reference="Barnard & Rubin 1999, in R",
        rel=1e-10,
    )
    assert pooled_error(estimates[:1], errors[:1]) is errors[0]


def test_the_first_five_that_are_the_same() -> None:
    a = np.arange(8.0)
    assert overlap(a, a) == 1
    assert overlap(a, -a) == pytest.approx(2 / 5)
    assert np.isnan(overlap(a[:5], a[:5])), "five of five are always the same"


def test_the_verdict_knows_what_data_cannot_tell_apart() -> None:
    main, other = np.array([3.0, 2.0, 1.0]), np.array([2.0, 3.0, 1.0])
    wide, sharp = (np.array([1, 1, 3]), np.array([2, 2, 3])), (np.array([1, 2, 3]),) * 2
    assert verdict(main, main * 2, *sharp) == "same_order"
    assert verdict(main, other, *wide) == "within_intervals"
    assert verdict(main, other, *sharp) == "depends"


def test_nothing_that_varies_has_no_agreement() -> None:
    flat = np.ones(4)
    assert np.isnan(spearman(flat, np.arange(4.0)))
    assert np.isnan(kendall_w(np.array([flat, flat])))
    assert np.isnan(kendall_w(np.array([[1.0], [1.0]])))


@given(st.lists(st.integers(0, 4), min_size=2, max_size=9))
def test_shared_ranks_add_up(scores: list[int]) -> None:
    n = len(scores)
    assert shared_ranks(np.array(scores, dtype=float)).sum() == pytest.approx(n * (n + 1) / 2)
