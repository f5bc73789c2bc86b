"""The ladder of invariance over groups, and what may be compared.

Tolerances: changes of fit 1e-5 absolute, differences of chi-square 1e-3 absolute after maximum likelihood
(lavaan's estimates are loose in the fifth digit); 5e-3 relative after least squares, where the adjusted
difference magnifies what polychoric correlations leave open.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from beside_lavaan import HOLZINGER, ONE, FromR, OrdinalFromR, Shared
from validation import agrees

from pipeline.core.predeclared import Invariance
from pipeline.scales.factors.difference import difference_test
from pipeline.scales.factors.fit import fit_ml
from pipeline.scales.factors.invariance import (
    ORDINAL_STEPS,
    STEPS,
    Change,
    Refit,
    Rung,
    climb,
    judged,
    likelihood_refit,
    ordinal_refit,
    passes,
)
from pipeline.scales.factors.latent_means import latent_mean_differences
from pipeline.scales.factors.layout import Equality
from pipeline.scales.factors.model import FactorModel
from pipeline.scales.factors.partial import Gate, mean_bias, open_gate, release_next
from pipeline.scales.factors.sample import Sample, sum_up

LIMITS = Invariance()


def gate_of(refit: Refit, limits: Invariance = LIMITS) -> tuple[tuple[Rung, ...], Gate]:
    rungs = climb(refit, limits)
    return rungs, open_gate(refit, rungs, STEPS, limits)


@pytest.fixture(scope="module")
def schools(shared: Callable[[str], Shared]) -> Sample:
    data = shared("invariance").data("HolzingerSwineford1939")
    return sum_up(
        data[list(HOLZINGER.items)].to_numpy(dtype=float),
        HOLZINGER.items,
        groups=(data["school"] == "Grant-White").to_numpy(dtype=int),
        names=("Pasteur", "Grant-White"),
    )


# --------------------------------------------------------------------------------------- equal to lavaan


@pytest.mark.parametrize("robust", [False, True])
def test_changes_agree_with_lavaan(
    shared: Callable[[str], Shared], schools: Sample, robust: bool
) -> None:
    r = shared("invariance").values["HS_school_MLR" if robust else "HS_school_ML"]
    rungs = climb(likelihood_refit(schools, HOLZINGER, robust), LIMITS)
    assert [rung.level for rung in rungs] == ["configural", "metric", "scalar", "strict"]
    for before, after, test in zip(rungs, rungs[1:], r["lrt"][1:], strict=False):
        assert after.change is not None
        expected = r["deltas"][f"{after.level}_vs_{before.level}"]
        end = ".robust" if robust else ""
        fits = r["fit"][after.level], r["fit"][before.level]
        agrees(
            "invariance: cfi",
            after.change.cfi,
            fits[0][f"cfi{end}"] - fits[1][f"cfi{end}"],
            reference="lavaan",
            abs=1e-5,
        )
        agrees(
            "invariance: rmsea",
            after.change.rmsea,
            fits[0][f"rmsea{end}"] - fits[1][f"rmsea{end}"],
            reference="lavaan",
            abs=1e-5,
        )
        agrees(
            "invariance: srmr", after.change.srmr, expected["dsrmr"], reference="lavaan", abs=1e-5
        )
        assert after.change.test is not None
        agrees(
            "invariance: statistic",
            after.change.test.statistic,
            test["Chisq diff"],
            reference="lavaan",
            abs=1e-3,
        )
        assert after.change.test.df == test["Df diff"]
        agrees(
            "invariance: p value",
            after.change.test.p_value,
            test["Pr(>Chisq)"],
            reference="lavaan",
            rel=1e-3,
        )


def test_scaled_difference_agrees_with_missing_answers(factors_r: FromR) -> None:
    sample = factors_r.sample(ONE, "holes", groups=True)
    rungs = climb(likelihood_refit(sample, ONE), LIMITS)
    r = factors_r.case("groups_missing_difference").of
    for rung in rungs[1:3]:
        assert rung.change is not None
        assert rung.change.test is not None
        agrees(
            "invariance: statistic",
            rung.change.test.statistic,
            r[rung.level],
            reference="missing answers",
            abs=1e-3,
        )


def test_adjusted_difference_agrees_with_lavaan(ordinal_r: OrdinalFromR) -> None:
    model = FactorModel(
        {"a": ("y1", "y2", "y3", "y4"), "b": ("y5", "y6", "y7", "y8")}, scale="unit"
    )
    refit = ordinal_refit(ordinal_r.ordinal(model, groups=True), model)
    rungs = climb(refit, LIMITS, ORDINAL_STEPS)
    r = ordinal_r.case("groups_difference").of
    for rung in rungs[1:]:
        assert rung.change is not None
        assert rung.change.test is not None
        agrees(
            "invariance: statistic",
            rung.change.test.statistic,
            r[rung.level],
            reference="lavaan",
            rel=5e-3,
        )


def test_partial_invariance_of_schools(shared: Callable[[str], Shared], schools: Sample) -> None:
    """Known from the literature: x3 and x7 differ between the schools; lavaan fits them freed."""
    rungs, gate = gate_of(likelihood_refit(schools, HOLZINGER))
    assert (rungs[1].passes, rungs[2].passes) == (True, False)
    assert (gate.verdict, gate.freed) == ("partial", ("x3", "x7"))
    r = shared("invariance").values["HS_school_partial_scalar_x3_x7"]
    assert gate.fit.fit.chisq.statistic == pytest.approx(r["chisq"], abs=1e-3)
    assert gate.fit.fit.chisq.df == r["df"]


# ------------------------------------------------------------------------------------------ planted truth

SHIFT = 0.5
UNIT = FactorModel({"f": ("i1", "i2", "i3", "i4", "i5")}, scale="unit")


def planted(seed: int, shift: float = SHIFT, n: int = 1200, missing: float = 0.05) -> Sample:
    """Return answers on 1-5 of people in 40 organisations and three languages; i2 is shifted in fr.

    The factor has the same mean in every language, a share of .1 lies between organisations, and these
    differ in their mix of languages. Scores that are not taken about their means in each language
    then call other items different.
    """
    generator = np.random.default_rng(seed)
    orgs = generator.integers(0, 40, n)
    mix = np.cumsum(generator.dirichlet([0.9, 0.7, 0.4], 40), axis=1)
    language = (generator.random(n)[:, None] > mix[orgs]).sum(axis=1)
    factor = np.sqrt(0.1) * generator.standard_normal(40)[orgs]
    factor += np.sqrt(0.9) * generator.standard_normal(n)
    loadings = np.array([0.74, 0.74, 0.78, 0.72, 0.56])
    raw = np.outer(factor, loadings)
    raw += generator.standard_normal(raw.shape) * np.sqrt(1 - loadings**2)
    answers = 3.2 + 0.95 * raw
    answers[language == 1, 1] += shift
    answers = np.clip(np.round(answers), 1, 5)
    answers[generator.random(answers.shape) < missing] = np.nan
    return sum_up(answers, UNIT.items, groups=language, names=("nl", "fr", "en"), clusters=orgs)


def test_freeing_finds_the_planted_shift() -> None:
    """Six draws: i2 and nothing else is freed; its bias is .5 / 5, of which rounding to 1-5 takes a little.

    One draw's bias is known to about .015, the mean of six to .006.
    """
    biases = []
    for seed in range(6):
        rungs, gate = gate_of(likelihood_refit(planted(seed), UNIT))
        assert rungs[1].passes, seed
        assert (gate.verdict, gate.freed) == ("partial", ("i2",)), seed
        biases.append(gate.bias)
        for difference in latent_mean_differences(gate.fit):
            assert abs(difference.estimate) < 4 * difference.std_error
    assert np.mean(biases, axis=0) == pytest.approx([0, SHIFT / 5, 0], abs=0.02)


def test_nothing_is_freed_where_nothing_was_planted() -> None:
    for seed in range(6):
        rungs, gate = gate_of(likelihood_refit(planted(seed, shift=0.0), UNIT))
        assert (gate.verdict, gate.freed) == ("full", ()), seed
        assert (gate.bias == 0).all()
        assert gate.fit is rungs[2].fit


def test_loadings_that_differ_forbid_comparison() -> None:
    generator = np.random.default_rng(4)
    parts = []
    for loadings in ((0.9, 0.8, 0.3, 0.7), (0.3, 0.8, 0.9, 0.7)):
        sd = np.sqrt(1 - np.square(loadings))
        noise = generator.standard_normal((800, 4)) * sd
        parts.append(np.outer(generator.standard_normal(800), loadings) + noise)
    sample = sum_up(np.vstack(parts), ONE.items, groups=np.repeat([0, 1], 800), names=("a", "b"))
    rungs, gate = gate_of(likelihood_refit(sample, ONE))
    assert rungs[1].passes is False
    assert (gate.verdict, gate.freed, gate.releases) == ("none", (), ())


def test_three_items_spare_one_at_most() -> None:
    """All three intercepts differ, each in its own way: freeing one is not enough, two may not be."""
    generator = np.random.default_rng(6)
    loadings = np.array([0.8, 0.7, 0.75])
    x = np.outer(generator.standard_normal(2000), loadings)
    x += generator.standard_normal(x.shape) * np.sqrt(1 - loadings**2)
    groups = np.repeat([0, 1], 1000)
    x[groups == 1] += [1.0, -1.0, 0.0]
    model = FactorModel({"f": ("i1", "i2", "i3")})
    sample = sum_up(x, model.items, groups=groups, names=("a", "b"))
    _, gate = gate_of(likelihood_refit(sample, model))
    assert gate.verdict == "none"
    assert gate.freed == ()
    assert [release.freed != "" for release in gate.releases] == [True, False]


def test_freeing_stops_where_no_test_is_significant() -> None:
    """Limits so tight that chance fails the step, and a level so low that no item is called different."""
    limits = Invariance(delta_cfi=0.0, delta_rmsea=0.0, delta_srmr_scalar=0.0)
    refit = likelihood_refit(planted(1, shift=0.0), UNIT)
    rungs = climb(refit, LIMITS)
    tight = tuple(
        rung if rung.level != "scalar" else Rung(rung.level, rung.fit, rung.change, False)
        for rung in rungs
    )
    gate = open_gate(refit, tight, STEPS, limits, alpha=1e-6)
    assert gate.verdict == "none"
    (release,) = gate.releases
    assert release.freed == ""
    assert set(release.tests) == set(UNIT.items)
    assert all(test.df == 2 for test in release.tests.values())


def test_an_item_is_freed_at_holms_level(factors_r: FromR) -> None:
    """The smallest p value must be below alpha over the number of items still held equal."""
    sample = factors_r.sample(ONE, groups=True, orgs=True)
    for freed in ((), ("y2",)):
        equality = Equality(("loadings", "intercepts"), intercepts_of=freed)
        fit = fit_ml(sample, ONE, equality=equality, robust=True)
        tests = release_next(fit, freed, 1, 1.0).tests
        held = 4 - len(freed)
        assert set(tests) == set(ONE.items) - set(freed)
        least = min(test.p_value for test in tests.values())
        assert release_next(fit, freed, 1, 1.01 * held * least).freed
        assert release_next(fit, freed, 1, 0.99 * held * least).freed == ""


def test_ordinal_ladder_finds_the_planted_shift() -> None:
    from pipeline.scales.factors.ordinal_sample import sum_up_ordinal

    sample = planted(2, shift=0.9, n=2400, missing=0.0)
    values = np.vstack([group.values for group in sample.groups]) - 1
    groups = np.repeat([0, 1, 2], [group.n for group in sample.groups])
    names = ("nl", "fr", "en")
    refit = ordinal_refit(sum_up_ordinal(values, UNIT.items, groups=groups, names=names), UNIT)
    rungs = climb(refit, LIMITS, ORDINAL_STEPS)
    assert [rung.passes for rung in rungs[:3]] == [None, True, True]
    gate = open_gate(refit, rungs, ORDINAL_STEPS, LIMITS)
    assert (gate.verdict, gate.freed) == ("partial", ("i2",))


# ------------------------------------------------------------------------------------------ rules by hand


def stub(refit_df: int, cfi: float, rmsea: float, srmr: float) -> Change:
    return Change(cfi, rmsea, srmr, None)


@pytest.mark.parametrize(
    ("level", "change", "df_before", "expected"),
    [
        ("metric", (-0.010, 0.015, 0.9), 5, True),
        ("metric", (-0.011, 0.0, 0.0), 5, False),
        ("metric", (0.0, 0.016, 0.030), 5, True),
        ("metric", (0.0, 0.016, 0.031), 5, False),
        ("scalar", (0.0, 0.016, 0.010), 5, True),
        ("scalar", (0.0, 0.016, 0.011), 5, False),
        ("scalar", (0.0, 0.0, 0.011), 2, False),
        ("scalar", (0.0, 0.0, 0.011), 3, True),
        ("scalar", (np.nan, 0.0, 0.0), 5, False),
    ],
)
def test_limits(factors_r: FromR, level, change, df_before: int, expected: bool) -> None:
    """RMSEA does not count in a step that starts from fewer than three degrees of freedom."""
    import dataclasses

    fit = fit_ml(factors_r.sample(ONE, groups=True), ONE)
    test = dataclasses.replace(fit.fit.chisq, df=df_before)
    before = dataclasses.replace(fit, fit=dataclasses.replace(fit.fit, chisq=test))
    assert passes(level, fit, before, Change(*change, None), LIMITS) is expected


def test_a_just_identified_model_fits_perfectly(factors_r: FromR) -> None:
    model = FactorModel({"a": ("y1", "y2", "y3")})
    sample = factors_r.sample(model, "holes", groups=True)
    rungs = climb(likelihood_refit(sample, model), LIMITS)
    assert rungs[0].fit.fit.chisq.df == 0
    assert judged(rungs[0].fit) == (1.0, 0.0)
    assert np.isfinite([rungs[1].change.cfi, rungs[1].change.rmsea]).all()


def test_the_same_model_has_no_difference(factors_r: FromR) -> None:
    fit = fit_ml(factors_r.sample(ONE, groups=True), ONE)
    assert difference_test(fit, fit) is None


def test_bias_is_the_mean_of_shifts(factors_r: FromR) -> None:
    sample = factors_r.sample(ONE, groups=True)
    freed = Equality(("loadings", "intercepts"), intercepts_of=("y2",))
    fit = fit_ml(sample, ONE, equality=freed)
    names = [fit.parameters.name(cell) for cell in range(len(fit.parameters.kind))]
    value = dict(zip(names, fit.parameters.value, strict=True))
    shifts = [value[f"y2~1.{language}"] - value["y2~1.en"] for language in ("en", "fr", "nl")]
    assert mean_bias(fit) == pytest.approx(np.array(shifts) / 4)
    assert mean_bias(fit)[1] > 0.1


def test_latent_means_agree_with_lavaan(factors_r: FromR) -> None:
    """Standardised: over the pooled deviation, the same whatever gives the factor its unit."""
    sample = factors_r.sample(ONE, groups=True)
    freed = Equality(("loadings", "intercepts"), intercepts_of=("y2",))
    fit = fit_ml(sample, ONE, equality=freed)
    r = factors_r.case("groups_partial")
    estimates, errors = r.named("est"), r.named("se")
    found = latent_mean_differences(fit)
    assert [each.group for each in found] == ["fr", "nl"]
    sizes = [group.n for group in sample.groups]
    for g, each in enumerate(found, start=1):
        agrees(
            "invariance: estimate",
            each.estimate,
            estimates[f"a~1.{g + 1}"],
            reference="lavaan",
            abs=1e-4,
        )
        agrees(
            "invariance: std error",
            each.std_error,
            errors[f"a~1.{g + 1}"],
            reference="lavaan",
            rel=1e-4,
        )
        variances = [estimates["a~~a.1"], estimates[f"a~~a.{g + 1}"]]
        pooled = np.average(variances, weights=[sizes[0], sizes[g]])
        agrees(
            "invariance: standard",
            each.standard,
            each.estimate / np.sqrt(pooled),
            reference="lavaan",
            rel=1e-3,
        )
    unit = FactorModel(ONE.factors, scale="unit")
    others = latent_mean_differences(fit_ml(sample, unit, equality=freed))
    for each, other in zip(found, others, strict=True):
        agrees("invariance: standard", other.standard, each.standard, reference="lavaan", rel=1e-5)
        agrees(
            "invariance: standard error",
            other.standard_error,
            each.standard_error,
            reference="lavaan",
            rel=1e-5,
        )
