"""Response surfaces. Tolerances: 1e-8 relative against lm, clubSandwich and deltaMethod (1e-6 for df, as
in test_cluster_robust); 1e-8 for organisations drawn again.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from validation import agrees

from pipeline.core.errors import Finding
from pipeline.gaps.surface import (
    PARAMETERS,
    SurfaceData,
    fit_surface,
    gradients,
    surface_data,
    surface_parameters,
)
from pipeline.gaps.surface_bootstrap import draw_organisations, percentiles, redrawn_surfaces

CASES = ["ridge", "saddle", "sparse"]


def read(from_r, case: str) -> tuple[SurfaceData, pd.Series]:
    data, expected = from_r("response_surface")
    each = data[data["case"] == case]
    codes = sorted(each["kind"].unique())[1:]
    controls = np.column_stack([each["age"], *((each["kind"] == code) for code in codes)])
    ratings = tuple(each[side].to_numpy(dtype=float) - 3 for side in ("current", "desired"))
    made, redundant = surface_data(
        each["z"].to_numpy(), ratings, controls.astype(float), each["cluster"].to_numpy()
    )
    assert redundant == []
    return made, expected.loc[case]


@pytest.mark.parametrize("case", CASES)
def test_agrees_with_lm_and_the_delta_method(from_r, case: str) -> None:
    data, r = read(from_r, case)
    found = fit_surface(data)
    for k, name in enumerate(PARAMETERS):
        kind = "coefficients" if name[0] == "b" else "derived parameters"
        errors = "clubSandwich::vcovCR" if name[0] == "b" else "car::deltaMethod"
        close = {"rel": 1e-8, "abs": 1e-10}
        value, error, df = (r[f"{quantity}_{name}"] for quantity in ("estimate", "error", "df"))
        agrees(f"surface, {kind}", found.estimate[k], value, reference="stats::lm", **close)
        agrees(f"surface, CR2 of {kind}", found.std_error[k], error, reference=errors, **close)
        satterthwaite = "clubSandwich::linear_contrast"
        agrees(f"surface, df of {kind}", found.df[k], df, reference=satterthwaite, rel=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_organisations_drawn_again_agree_with_lm(from_r, case: str) -> None:
    """The sixth draw leaves out everyone with the first code of a control."""
    data, r = read(from_r, case)
    times = np.array(
        [[r[f"times_{k}_{g + 1}"] for g in range(data.groups)] for k in range(1, 7)], dtype=int
    )
    drawn = redrawn_surfaces(data, times)
    expected = np.array([[r[f"drawn_{k}_b{j}"] for j in range(1, 6)] for k in range(1, 7)])
    close = {"rel": 1e-8, "abs": 1e-10}
    agrees(
        "surface, organisations drawn again",
        drawn[:, 1:6],
        expected,
        reference="stats::lm",
        **close,
    )
    whole = redrawn_surfaces(data, np.ones((1, data.groups), dtype=int))[0]
    assert whole == pytest.approx(fit_surface(data).estimate, rel=1e-7, abs=1e-9)


def named(b: list[float]) -> dict[str, float]:
    found = surface_parameters(np.array(b, dtype=float))
    return dict(zip(PARAMETERS, found.tolist(), strict=True))


def test_a_ridge_along_agreement() -> None:
    """Z = -(C - D)^2: flat where C = D, falling away from it; no stationary point of its own."""
    found = named([0, 0, 0, -1, 2, -1])
    assert [found[f"a{k}"] for k in range(1, 6)] == [0, 0, 0, -4, 0]
    assert found["p11"] == 1
    assert found["shift"] == 0
    assert np.isnan([found["p10"], found["stationary_current"]]).all()


def test_a_ridge_that_is_moved_and_turned() -> None:
    """Z = -(D - 1 - C / 2)^2 - (C + D / 2)^2 / 10: its best points lie on D = 1 + C / 2."""
    found = named([-1, -1, 2, -0.25 - 0.1, 1 - 0.1, -1 - 0.025])
    assert found["p11"] == pytest.approx(0.5)
    assert found["stationary_current"] == pytest.approx(-0.4)
    assert found["stationary_desired"] == pytest.approx(0.8)
    assert found["p10"] == pytest.approx(1)


def test_the_axis_is_that_of_a_bowl_too() -> None:
    """Either way of writing the root: where b3 is larger than b5, and where it is smaller."""
    for b3, b5 in ((0.4, 0.1), (0.1, 0.4)):
        found = named([0, 0.1, 0.2, b3, 0.3, b5])
        values, vectors = np.linalg.eigh(np.array([[b3, 0.15], [0.15, b5]]))
        axis = vectors[:, np.argmax(values)]
        assert found["p11"] == pytest.approx(axis[1] / axis[0])


@given(arrays(float, 6, elements=st.floats(-2, 2).filter(lambda x: abs(x) > 0.05)))
def test_gradients_are_differences(b: np.ndarray) -> None:
    bend = 4 * b[3] * b[5] - b[4] ** 2
    a4 = b[3] - b[4] + b[5]
    if min(abs(bend), abs(a4)) < 0.05:
        return
    exact, step = gradients(b), 1e-6
    for k in range(6):
        up, down = b.copy(), b.copy()
        up[k] += step
        down[k] -= step
        about = (surface_parameters(up) - surface_parameters(down)) / (2 * step)
        assert exact[:, k] == pytest.approx(about, rel=1e-3, abs=1e-3)


def test_a_planted_surface_is_found_again() -> None:
    """Within 4 errors, with a tenth of a standard deviation between organisations."""
    generator = np.random.default_rng(3)
    n, groups = 6000, 40
    g = np.arange(n) % groups
    c, d = (np.clip(np.round(generator.normal(size=n)), -2, 2) for _ in range(2))
    b = np.array([0.3, 0.1, 0.2, -0.15, 0.3, -0.1])
    z = np.column_stack([np.ones(n), c, d, c**2, c * d, d**2]) @ b
    z += 0.1 * generator.normal(size=groups)[g] + generator.normal(size=n)
    data, _ = surface_data(z, (c, d), np.empty((n, 0)), g)
    found = fit_surface(data)
    truth = surface_parameters(b)
    assert (np.abs(found.estimate - truth) < 4 * found.std_error).all()
    drawn = redrawn_surfaces(data, draw_organisations(groups, 400, generator))
    ratio = drawn[:, :11].std(axis=0) / found.std_error[:11]
    assert ((ratio > 0.7) & (ratio < 1.4)).all()


def test_what_holds_no_surface_is_a_finding() -> None:
    generator = np.random.default_rng(1)
    c, d, z = (np.round(generator.normal(size=60)) for _ in range(3))
    g, none = np.arange(60) % 5, np.empty((60, 0))

    def finding(*data: object) -> str:
        with pytest.raises(Finding) as raised:
            surface_data(*data)  # type: ignore[arg-type]
        return raised.value.name

    assert finding(z, (c, c), none, g) == "collinear_items"
    assert finding(z, (c, c + 1), none, g) == "collinear_items"
    assert finding(z, (c, np.full(60, 2.0)), none, g) == "collinear_items"
    assert finding(z, (np.sign(c), d), none, np.zeros(60, dtype=int)) == "too_few_groups"
    assert finding(np.full(60, 0.3), (c, d), none, g) == "constant_outcome"
    assert finding(z[:6], (c[:6], d[:6]), none[:6], g[:6]) == "too_few_people"
    assert finding(z[:0], (c[:0], d[:0]), none[:0], g[:0]) == "too_few_groups"


def test_controls_that_follow_from_others_are_left_out() -> None:
    generator = np.random.default_rng(1)
    c, d, z, age = (generator.normal(size=80) for _ in range(4))
    g = np.arange(80) % 8
    plain, _ = surface_data(z, (c, d), age[:, None], g)
    more, redundant = surface_data(z, (c, d), np.column_stack([age, 0 * age, 2 * age + 1]), g)
    assert redundant == [1, 2]
    assert fit_surface(more).estimate == pytest.approx(fit_surface(plain).estimate)


def test_percentiles_pass_over_draws_without_value() -> None:
    drawn = np.array([[1.0, np.nan, np.nan], [2, 5, np.nan], [3, 7, 9]])
    low, high, counts = percentiles(drawn, 0.5)
    assert counts.tolist() == [3, 2, 1]
    assert low[:2].tolist() == [1.5, 5.5]
    assert high[:2].tolist() == [2.5, 6.5]
    assert np.isnan([low[2], high[2]]).all()
