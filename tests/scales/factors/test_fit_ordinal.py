"""Least squares on polychoric correlations: estimates, errors and fit equal lavaan's WLSMV.

Tolerances: estimates 1e-4; errors and fit measures 5e-4 relative, closer than the 1 % asked for: both
rest on polychoric correlations, where lavaan's optimiser stops 1e-6 to 1e-5 from the optimum, and
chi-squares in the thousands magnify that. p values of tails 1e-2 relative and 1e-6 absolute.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from beside_lavaan import (
    BIG_FIVE,
    OrdinalFromR,
    Shared,
    cell_names,
    check_numbers,
    name_fit,
    of_parameters,
)

from pipeline.core.errors import UserError
from pipeline.scales.factors.fit import FactorFit
from pipeline.scales.factors.fit_ordinal import fit_wlsmv
from pipeline.scales.factors.layout import Equality
from pipeline.scales.factors.model import FactorModel
from pipeline.scales.factors.ordinal_sample import sum_up_ordinal
from pipeline.scales.factors.standardised import standardise

CLOSE = {"rel": 1e-4, "abs": 1e-4}
NEAR = {"rel": 5e-4, "abs": 1e-4}
TAIL = {"rel": 1e-2, "abs": 1e-6}
TWO = FactorModel({"a": ("y1", "y2", "y3", "y4"), "b": ("y5", "y6", "y7", "y8")})
UNIT = FactorModel(TWO.factors, scale="unit")
STEPS = {
    "configural": Equality(),
    "thresholds": Equality(("thresholds",)),
    "metric": Equality(("thresholds", "loadings")),
    "scalar": Equality(("thresholds", "loadings", "intercepts")),
    "strict": Equality(("thresholds", "loadings", "intercepts", "residuals")),
}


def check_measures(what: str, fit: FactorFit, expected: dict[str, float]) -> None:
    found = name_fit(fit).measures
    tails = {name: value for name, value in expected.items() if "pvalue" in name}
    rest = {name: value for name, value in expected.items() if name not in tails}
    check_numbers(what, found, rest, rel=5e-4, abs=1e-5)
    if tails:
        check_numbers(what, found, tails, **TAIL)


def without_group_comparisons(measures: dict[str, float]) -> dict[str, float]:
    """Leave out robust CFI and TLI of several groups, see `test_robust_cfi_of_groups`."""
    return {k: v for k, v in measures.items() if k not in {"cfi.robust", "tli.robust"}}


def check_fit(what: str, fit: FactorFit, from_r: OrdinalFromR) -> None:
    named, r = name_fit(fit), from_r.case(what)
    check_numbers(what, named.estimates, r.named("est"), **CLOSE)
    check_numbers(what, named.errors, r.named("se"), **NEAR)
    measures = r.named("fit")
    several = len(fit.parameters.groups) > 1
    check_measures(what, fit, without_group_comparisons(measures) if several else measures)
    found, names = standardise(fit.parameters, fit.covariance), cell_names(fit)
    check_numbers(what, dict(zip(names, found.value, strict=True)), r.named("std"), **CLOSE)
    check_numbers(what, dict(zip(names, found.std_error, strict=True)), r.named("std_se"), **NEAR)


@pytest.mark.parametrize("scaling", ["delta", "theta"])
def test_both_scalings_agree_with_lavaan(ordinal_r: OrdinalFromR, scaling) -> None:
    check_fit(scaling, fit_wlsmv(ordinal_r.ordinal(TWO), TWO, scaling=scaling), ordinal_r)


def test_residual_correlation_agrees_with_lavaan(ordinal_r: OrdinalFromR) -> None:
    model = FactorModel(TWO.factors, residuals=(("y3", "y6"),))
    check_fit("residuals", fit_wlsmv(ordinal_r.ordinal(model), model), ordinal_r)


def test_missing_answers_agree_with_lavaan(ordinal_r: OrdinalFromR) -> None:
    check_fit("pairwise", fit_wlsmv(ordinal_r.ordinal(TWO, "holes"), TWO), ordinal_r)


@pytest.mark.parametrize("step", STEPS)
def test_groups_agree_with_semtools(ordinal_r: OrdinalFromR, step: str) -> None:
    sample = ordinal_r.ordinal(UNIT, groups=True)
    fit = fit_wlsmv(sample, UNIT, scaling="theta", equality=STEPS[step])
    check_fit(f"groups_{step}", fit, ordinal_r)


@pytest.mark.parametrize("step", ["thresholds", "scalar"])
def test_groups_agree_in_the_other_scaling(ordinal_r: OrdinalFromR, step: str) -> None:
    sample = ordinal_r.ordinal(UNIT, groups=True)
    fit = fit_wlsmv(sample, UNIT, scaling="delta", equality=STEPS[step])
    check_fit(f"groups_delta_{step}", fit, ordinal_r)


def test_a_freed_intercept_agrees_with_semtools(ordinal_r: OrdinalFromR) -> None:
    sample = ordinal_r.ordinal(UNIT, groups=True)
    freed = Equality(STEPS["scalar"].what, intercepts_of=("y2",))
    fit = fit_wlsmv(sample, UNIT, scaling="theta", equality=freed)
    check_fit("groups_partial", fit, ordinal_r)


def test_equal_residuals_need_the_scaling_that_has_them(ordinal_r: OrdinalFromR) -> None:
    sample = ordinal_r.ordinal(UNIT, groups=True)
    with pytest.raises(UserError, match="take 'theta'"):
        fit_wlsmv(sample, UNIT, scaling="delta", equality=STEPS["strict"])


def test_robust_cfi_of_groups(ordinal_r: OrdinalFromR) -> None:
    """lavaan 0.6-14 forgets the groups' shares where it corrects the model without correlations.

    Its c is the sum of n / n_g tr(Gamma_g) over df; without n / n_g, as for the model itself, it is ours.
    """
    sample = ordinal_r.ordinal(UNIT, groups=True)
    fit = fit_wlsmv(sample, UNIT, scaling="theta")
    traces = [float(np.trace(group.correlation_gamma)) for group in sample.groups]
    statistic = sum(-g.n * np.linalg.slogdet(g.correlation)[1] for g in sample.groups)
    shares = [sample.n / group.n for group in sample.groups]
    excess = (1 - fit.fit.robust.cfi) * (statistic - sum(traces))
    forgotten = 1 - excess / (statistic - float(np.dot(shares, traces)))
    r = ordinal_r.case("groups_configural").named("fit")
    assert forgotten == pytest.approx(r["cfi.robust"], rel=1e-4)
    assert fit.fit.robust.cfi > r["cfi.robust"]


# ---------------------------------------------------------------------------------------- shared values


@pytest.mark.parametrize(
    ("case", "scaling", "complete"),
    [
        ("bfi_WLSMV_complete", "delta", True),
        ("bfi_WLSMV_theta", "theta", True),
        ("bfi_WLSMV_pairwise", "delta", False),
    ],
)
def test_big_five(shared: Callable[[str], Shared], case: str, scaling, complete: bool) -> None:
    reference = shared("cfa")
    frame = reference.data("bfi")[list(BIG_FIVE.items)]
    frame = frame.dropna() if complete else frame
    sample = sum_up_ordinal(frame.to_numpy(dtype=float) - 1, BIG_FIVE.items)
    fit, r = fit_wlsmv(sample, BIG_FIVE, scaling=scaling), reference.values[case]
    named = name_fit(fit)
    check_numbers("estimates", named.estimates, of_parameters(r["par"], "est"), **CLOSE)
    check_numbers("errors", named.errors, of_parameters(r["par"], "se"), **NEAR)
    check_measures("fit", fit, {k: v for k, v in r["fit"].items() if v is not None})
    if "std_solution" in r:
        found, names = standardise(fit.parameters, fit.covariance), cell_names(fit)
        values = dict(zip(names, found.value, strict=True))
        errors = dict(zip(names, found.std_error, strict=True))
        check_numbers("standard", values, of_parameters(r["std_solution"], "est.std"), **CLOSE)
        check_numbers("standard", errors, of_parameters(r["std_solution"], "se"), **NEAR)


@pytest.mark.parametrize("step", ["configural", "thresholds", "metric", "scalar"])
def test_big_five_by_gender(shared: Callable[[str], Shared], step: str) -> None:
    reference = shared("invariance_ordinal")
    frame = reference.data("bfi")[[*BIG_FIVE.items, "gender"]].dropna()
    unit = FactorModel(BIG_FIVE.factors, scale="unit")
    sample = sum_up_ordinal(
        frame[list(unit.items)].to_numpy(dtype=float) - 1,
        unit.items,
        groups=frame["gender"].to_numpy(dtype=int) - 1,
        names=("men", "women"),
    )
    fit = fit_wlsmv(sample, unit, scaling="theta", equality=STEPS[step])
    r = reference.values["bfi_gender_WLSMV_WuEstabrook"]["fit"][step]
    expected = {k: v for k, v in r.items() if v is not None}
    check_measures(step, fit, without_group_comparisons(expected))


def test_planted_loadings_come_back() -> None:
    generator = np.random.default_rng(20261125)
    loadings = np.array([0.8, 0.7, 0.6, 0.5])
    common = generator.standard_normal(20_000)
    latent = np.outer(common, loadings)
    latent += generator.standard_normal(latent.shape) * np.sqrt(1 - loadings**2)
    codes = np.digitize(latent, [-1.2, 0.3, 1.1]).astype(float)
    model = FactorModel({"f": ("i1", "i2", "i3", "i4")}, scale="unit")
    fit = fit_wlsmv(sum_up_ordinal(codes, model.items), model)
    found = name_fit(fit).estimates
    estimates = [found[f"f=~i{k}.1"] for k in range(1, 5)]
    assert estimates == pytest.approx(loadings, abs=0.03)
    assert [found[f"i1|t{k}.1"] for k in (1, 2, 3)] == pytest.approx([-1.2, 0.3, 1.1], abs=0.04)
    assert fit.findings == ()
