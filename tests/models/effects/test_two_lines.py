"""The smooth curve against mgcv (1e-6: both search for its smoothness), and the lines by their rules."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from validation import agrees

from pipeline.core.cluster_robust import cluster_robust
from pipeline.core.errors import Finding
from pipeline.models.effects.smooth_curve import smooth_counts
from pipeline.models.effects.two_lines import Line, TwoLines, two_lines
from pipeline.models.nonlinear.counts import fit_negative_binomial

REFERENCE = Path(__file__).parents[2] / "reference"


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "effects_data.csv")


def test_the_curve_agrees_with_mgcv(data: pd.DataFrame) -> None:
    r = pd.read_csv(REFERENCE / "effects.csv").set_index(["case", "quantity"])["value"]
    breadth = data["breadth"].to_numpy(float)
    found = smooth_counts(data["y"].to_numpy(), breadth, data[["z"]].to_numpy(), 2.0)
    heights, errors = (
        np.array([r[f"curve;{k}", name] for k in range(9)]) for name in ("fit", "std_error")
    )
    agrees("smooth curve", found.height, heights, reference="mgcv::gam", abs=1e-6)
    agrees("smooth curve: errors", found.std_error, errors, reference="mgcv::gam", abs=1e-6)
    assert found.edf == pytest.approx(r["curve", "edf"], abs=1e-5)


def test_a_curve_needs_values() -> None:
    y, none = np.arange(60) % 5, np.empty((60, 0))
    with pytest.raises(Finding, match="too_few_values: 3 different values"):
        smooth_counts(y, np.arange(60) % 3 * 1.0, none, 1.0)
    steep = smooth_counts(y, np.arange(60) % 7 * 1.0, none, np.inf)
    assert np.isfinite(steep.height).all()


def test_lines_and_break_follow_the_rules(data: pd.DataFrame) -> None:
    """The break is found again by hand from the curve and two regressions."""
    y, breadth = data["y"].to_numpy(), data["breadth"].to_numpy(float)
    others, clusters = data[["z"]].to_numpy(), np.arange(len(data)) // 14
    found = two_lines(y, breadth, others, clusters)
    parabola = np.column_stack([np.ones(len(y)), breadth, breadth**2, others])
    theta = np.exp(fit_negative_binomial(y, parabola).vector[-1])
    curve = smooth_counts(y, breadth, others, theta)
    inner = [k for k in range(9) if 0 < curve.at[k] < 8]
    top = max(curve.height[inner])
    flat = [curve.at[k] for k in inner if curve.height[k] + curve.std_error[k] > top]
    assert found.flat == (min(flat), max(flat))
    people = np.array([b for b in breadth if b in flat])

    def t_of(at: float, k: int) -> tuple[float, float, float]:
        upper = breadth > at if k == 1 else breadth >= at
        away = breadth - at
        design = np.column_stack(
            [np.ones(len(y)), away * ~upper, away * upper, upper * 1.0, others]
        )
        fit = fit_negative_binomial(y, design)
        errors = cluster_robust(fit.working.design, fit.working.residual, clusters).every()
        return fit.vector[k], errors.std_error[k], errors.df[k]

    middle = [t_of(float(np.median(people)), k) for k in (1, 2)]
    t1, t2 = (abs(slope / error) for slope, error, _ in middle)
    assert found.at == pytest.approx(np.quantile(people, t2 / (t1 + t2)))
    for line, k in ((found.before, 1), (found.after, 2)):
        assert (line.slope, line.std_error, line.df) == pytest.approx(t_of(found.at, k))
    assert found.inverted
    assert found.p_value == max(found.before.p_value, found.after.p_value) < 0.05


def test_lines_that_do_not_rise_and_fall_are_no_inverted_u() -> None:
    up, down = Line(0.5, 0.1, 20), Line(-0.5, 0.1, 20)
    assert TwoLines(4, (3, 5), up, down).p_value == pytest.approx(down.p_value)
    for lines in ((down, up), (up, up), (down, down)):
        assert TwoLines(4, (3, 5), *lines).p_value == 1


def test_a_quantity_at_its_ends_has_no_middle() -> None:
    quantity = np.repeat([0.0, 1, 2, 3], [40, 1, 1, 40])
    y = np.arange(82) % 4
    with pytest.raises(Finding, match="no value lies between"):
        two_lines(y, np.where((quantity > 0) & (quantity < 3), 0.0, quantity), np.empty((82, 0)), y)
