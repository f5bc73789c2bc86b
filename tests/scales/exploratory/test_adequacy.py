"""Kaiser-Meyer-Olkin and Bartlett's test. Tolerance 1e-10: closed forms of the same matrix."""

from __future__ import annotations

import numpy as np
import pytest
from validation import agrees

from pipeline.core.errors import Finding
from pipeline.scales.exploratory.adequacy import sampling_adequacy, sphericity


@pytest.mark.parametrize("name", ["three", "two", "one"])
def test_agrees_with_psych(case, name: str) -> None:
    each = case(name)
    found, r = sampling_adequacy(each.r), each.values
    agrees("adequacy: overall", found.overall, r["kmo"], reference="psych", rel=1e-10)
    items = [r[f"kmo_{i + 1}"] for i in range(len(each.r))]
    agrees("adequacy: items", found.items, items, reference="psych", rel=1e-10)
    test = sphericity(each.r, len(each.items))
    agrees("adequacy: chi square", test.chi_square, r["sphericity"], reference="psych", rel=1e-10)
    assert test.df == r["sphericity_df"]
    agrees(
        "adequacy: p value",
        np.log(test.p_value),
        np.log(r["sphericity_p"]),
        reference="psych",
        rel=1e-10,
    )


def test_agrees_with_psych_on_the_big_five(big_five) -> None:
    found, r = sampling_adequacy(big_five.r), big_five.values["KMO"]
    agrees(
        "adequacy: overall", found.overall, r["MSA"], reference="psych on bfi (shared)", rel=1e-10
    )
    agrees(
        "adequacy: items",
        found.items,
        np.array(list(r["MSAi"].values())),
        reference="psych on bfi (shared)",
        rel=1e-10,
    )
    test = sphericity(big_five.r, len(big_five.items))
    agrees(
        "adequacy: chi square",
        test.chi_square,
        big_five.values["bartlett"]["chisq"],
        reference="psych on bfi (shared)",
        rel=1e-10,
    )


def test_three_equal_correlations_by_hand() -> None:
    """All r = 1/2: partial correlations 1/3, so 1/4 / (1/4 + 1/9) = 9/13; det r = 1/2."""
    r = np.full((3, 3), 0.5) + 0.5 * np.eye(3)
    assert sampling_adequacy(r).overall == pytest.approx(9 / 13)
    assert sampling_adequacy(r).items == pytest.approx([9 / 13] * 3)
    assert sphericity(r, 20).chi_square == pytest.approx((19 - 11 / 6) * np.log(2))


def test_unrelated_items_have_nothing_in_common() -> None:
    assert np.isnan(sampling_adequacy(np.eye(3)).overall)
    assert sphericity(np.eye(3), 20).p_value == 1


def test_what_cannot_be_is_named() -> None:
    singular = np.ones((3, 3))
    with pytest.raises(Finding, match="collinear_items"):
        sampling_adequacy(singular)
    with pytest.raises(Finding, match="collinear_items"):
        sphericity(singular, 20)
    with pytest.raises(Finding, match="too_few_people"):
        sphericity(np.eye(3), 3)
