"""What an unmeasured cause would need: published examples, and brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from validation import agrees

from pipeline.models.sensitivity.confounding import e_value, robustness


def test_e_value_of_the_published_example() -> None:
    """VanderWeele & Ding 2017: breastfeeding, RR 3.9 (1.8, 8.7): 7.26 and 3.0."""
    found = e_value(np.log(3.9), np.log(1.8), np.log(8.7), "rate")
    reference = "VanderWeele & Ding 2017"
    agrees("E-value", found.estimate, 7.26, reference=reference, abs=5e-3, rel=0)
    agrees("E-value of the limit", found.limit, 3.0, reference=reference, abs=5e-2, rel=0)


def test_robustness_of_the_published_example() -> None:
    """Cinelli & Hazlett 2020, Darfur: t = 4.18445 on 783 df; 2.19 %, 13.9 % and 7.6 %."""
    found, reference = robustness(4.18445, 783, 0.05), "Cinelli & Hazlett 2020, table 1"
    agrees("partial R2", found.partial_r2, 0.0219, reference=reference, abs=5e-5, rel=0)
    agrees("robustness value", found.value, 0.139, reference=reference, abs=5e-4, rel=0)
    value = found.value_significant
    agrees("robustness value at .05", value, 0.076, reference=reference, abs=5e-4, rel=0)


def test_a_cause_that_explains_the_robustness_value_brings_the_estimate_to_zero() -> None:
    """Omitted-variable bias, written out: |bias| = se sqrt(df) R_y R_d / sqrt(1 - R_d^2)."""
    t, df = 3.1, 240.0
    value = robustness(t, df, 0.05).value
    bias_in_errors = np.sqrt(df) * np.sqrt(value) * np.sqrt(value) / np.sqrt(1 - value)
    assert bias_in_errors == pytest.approx(t)


def test_an_insignificant_estimate_needs_nothing_to_be_so() -> None:
    found = robustness(1.2, 300, 0.05)
    assert found.value > 0
    assert found.value_significant == 0


@given(st.floats(-2, 2), st.floats(0.01, 1))
def test_e_values_do_not_know_direction(estimate: float, half: float) -> None:
    one = e_value(estimate, estimate - half, estimate + half, "standardised")
    other = e_value(-estimate, -estimate - half, -estimate + half, "standardised")
    assert one.estimate == pytest.approx(other.estimate)
    assert one.limit == pytest.approx(other.limit)
    assert one.estimate >= one.limit >= 1


def test_scales() -> None:
    """sqrt(OR) for a common outcome, the rate ratio, exp(.91 d)."""

    def of(ratio: float) -> float:
        return ratio + np.sqrt(ratio * (ratio - 1))

    assert e_value(0.8, 0.1, 1.5, "odds_common").estimate == pytest.approx(of(np.exp(0.4)))
    assert e_value(0.8, 0.1, 1.5, "rate").estimate == pytest.approx(of(np.exp(0.8)))
    assert e_value(0.8, 0.1, 1.5, "standardised").estimate == pytest.approx(of(np.exp(0.728)))
    assert e_value(0.8, -0.1, 1.5, "rate").limit == 1
