"""An inverted U against R: Fieller's set by its definition, and slopes at the ends by theirs (1e-8)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from validation import agrees

from pipeline.models.effects.turning_point import end_slopes, turning_point

REFERENCE = Path(__file__).parents[2] / "reference"
V = np.array([[0.04, -0.004], [-0.004, 0.0009]])


@pytest.mark.parametrize("df", [9.0, np.inf])
def test_fieller_agrees_with_its_definition(df: float) -> None:
    r = pd.read_csv(REFERENCE / "effects.csv").set_index(["case", "quantity"])["value"]
    v11, v12, v22 = (r["parabola", name] for name in ("v11", "v12", "v22"))
    covariance = np.array([[v11, v12], [v12, v22]])
    found = turning_point(r["parabola", "linear"], r["parabola", "square"], covariance, df, 0.95)
    case = f"fieller;{'Inf' if np.isinf(df) else 9}"
    assert found.estimate == pytest.approx(r[case, "estimate"], rel=1e-10)
    ends = [r[case, "low"], r[case, "high"]]
    name = "stats::uniroot of its definition"
    agrees("Fieller's set", [found.low, found.high], ends, reference=name, rel=1e-8)
    assert (found.kind == "interval") == bool(r[case, "inside"])


def test_the_set_is_of_the_values_that_are_not_refuted() -> None:
    for linear, square in ((1.2, -0.15), (0.1, -0.05), (0.5, 0.02), (-1.2, 0.15)):
        found = turning_point(linear, square, V, 12, 0.9)
        for point in np.linspace(-60, 60, 2001):
            error = np.sqrt(np.array([1, 2 * point]) @ V @ [1, 2 * point])
            kept = abs((linear + 2 * square * point) / error) <= stats.t.ppf(0.95, 12)
            between = found.low <= point <= found.high
            assert (
                kept
                == {"interval": between, "outside": not between, "everything": True}[found.kind]
            )


def test_only_an_interval_lies_inside() -> None:
    sure = turning_point(1.2, -0.15, V / 10, 20, 0.95)
    assert sure.kind == "interval"
    assert sure.inside(0, 8)
    assert not sure.inside(0, 4)
    flat = turning_point(0.1, -0.01, V, 20, 0.95)
    assert flat.kind in ("outside", "everything")
    assert not flat.inside(-1e9, 1e9)
    assert np.isnan(turning_point(1, 0, V, 20, 0.95).estimate)


def test_slopes_at_the_ends() -> None:
    found = end_slopes(1.2, -0.15, V, (0, 8), (12, 7))
    assert (found.low, found.high) == (pytest.approx(1.2), pytest.approx(-1.2))
    assert found.low_p == pytest.approx(stats.t.sf(1.2 / np.sqrt(V[0, 0]), 12), rel=1e-10)
    error = np.sqrt(V[0, 0] + 32 * V[0, 1] + 256 * V[1, 1])
    assert found.high_error == pytest.approx(error)
    assert found.high_p == pytest.approx(stats.t.cdf(-1.2 / error, 7), rel=1e-10)
    assert found.p_value == max(found.low_p, found.high_p)
    upright = end_slopes(-1.2, 0.15, V, (0, 8), (np.inf, np.inf))
    assert upright.p_value > 0.99
    assert upright.low_p == pytest.approx(stats.norm.sf(-1.2 / 0.2), rel=1e-8)
