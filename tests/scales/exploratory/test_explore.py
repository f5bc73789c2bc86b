"""A factor model and its fit.

Tolerances: fit 1e-5 relative against psych, whose loadings stop at 1e-6; RMSEA is taken back to psych's
formula, which divides by n, and its interval, which psych finds by `uniroot`, to 1e-6.
"""

from __future__ import annotations

import numpy as np
import pytest
from validation import agrees

from pipeline.core.errors import Finding
from pipeline.scales.complete import pearson
from pipeline.scales.exploratory.model import FactorFit, explore
from pipeline.scales.polychoric import merge_categories, polychoric


def as_psych(fit: FactorFit, n: int) -> float:
    """Return RMSEA as psych has it: chi-square / (df n) - 1 / (n - 1)."""
    return float(np.sqrt(max(fit.chi_square / (fit.df * n) - 1 / (n - 1), 0)))


@pytest.mark.parametrize("name", ["three", "two", "one"])
@pytest.mark.parametrize("method", ["minres", "ml"])
def test_fit_agrees_with_psych(case, name: str, method) -> None:
    each = case(name)
    n = len(each.items)
    fit = explore(each.r, each.n_factors, n, method=method).fit
    r = each.values
    for quantity in ("chi_square", "df", "p_value", "tli", "bic", "rms"):
        expected = pytest.approx(r[f"{method}_{quantity}"], rel=1e-5, abs=1e-6)
        assert getattr(fit, quantity) == expected, quantity
    agrees("explore: as psych", as_psych(fit, n), r[f"{method}_rmsea"], reference="psych", abs=1e-6)
    per_df = max(r[f"{method}_chi_square"] / r[f"{method}_df"] - 1, 0)
    agrees("explore: rmsea", fit.rmsea, np.sqrt(per_df / (n - 1)), reference="psych", abs=1e-6)
    ends = r[f"{method}_rmsea_low"], r[f"{method}_rmsea_high"]
    agrees(
        "explore: rmsea high", (fit.rmsea_low, fit.rmsea_high), ends, reference="psych", abs=1e-6
    )


def test_agrees_with_psych_on_the_big_five(big_five) -> None:
    n, r = len(big_five.items), big_five.values["fa5_minres_oblimin_complete"]
    found = explore(big_five.r, 5, n)
    fit = found.fit
    agrees(
        "explore: chi square",
        fit.chi_square,
        r["STATISTIC"],
        reference="psych on bfi (shared)",
        rel=1e-6,
    )
    assert (fit.df, fit.tli) == (r["dof"], pytest.approx(r["TLI"], abs=1e-6))
    assert (fit.bic, fit.rms) == (pytest.approx(r["BIC"], abs=1e-2), pytest.approx(r["rms"]))
    ours = (as_psych(fit, n), fit.rmsea_low, fit.rmsea_high)
    agrees("explore", ours, r["RMSEA"][:3], reference="psych on bfi (shared)", abs=1e-6)
    communality = np.array(list(r["communality"].values()))
    agrees(
        "explore: communalities",
        found.communalities,
        communality,
        reference="psych on bfi (shared)",
        abs=1e-5,
    )
    agrees(
        "explore: structure",
        found.structure,
        big_five.matrix("fa5_minres_oblimin_complete", "Structure"),
        reference="psych on bfi (shared)",
        abs=1e-4,
    )


def test_agrees_with_psych_on_polychoric_correlations(big_five, matched) -> None:
    """psych's polychorics differ by 2e-5 from these."""
    r = polychoric(merge_categories(big_five.items)).correlations
    found = explore(r, 5, len(big_five.items))
    of = "fa5_polychoric_minres_oblimin"
    expected = big_five.matrix(of, "loadings")
    loadings, phi = matched(found.loadings, found.factor_correlations, expected)
    agrees("explore", loadings, expected, reference="psych on polychoric correlations", abs=1e-4)
    agrees(
        "explore",
        phi,
        big_five.matrix(of, "Phi"),
        reference="psych on polychoric correlations",
        abs=1e-4,
    )


def test_recovers_the_pattern_of_a_drawn_sample() -> None:
    generator = np.random.default_rng(20261121)
    pattern = np.array([[0.8, 0], [0.7, 0], [0.6, 0], [0, 0.8], [0, 0.7], [0, 0.6]])
    phi = np.array([[1, 0.4], [0.4, 1]])
    implied = pattern @ phi @ pattern.T
    np.fill_diagonal(implied, 1)
    x = generator.multivariate_normal(np.zeros(6), implied, size=5000)
    found = explore(pearson(x), 2, len(x), method="ml")
    loadings = found.loadings if found.loadings[0, 0] > 0.5 else found.loadings[:, ::-1]
    assert loadings == pytest.approx(pattern, abs=0.05)
    assert found.factor_correlations[0, 1] == pytest.approx(0.4, abs=0.05)


def test_chi_square_keeps_its_level() -> None:
    """Maximum likelihood, the right number of factors: 5 % of 400 draws, give or take 2.5 %."""
    generator = np.random.default_rng(1)
    pattern = np.array([0.8, 0.7, 0.6, 0.5, 0.7, 0.6])
    implied = np.outer(pattern, pattern)
    np.fill_diagonal(implied, 1)
    p = []
    for _ in range(400):
        x = generator.multivariate_normal(np.zeros(6), implied, size=200)
        p.append(explore(pearson(x), 1, 200, method="ml").fit.p_value)
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.025)


def test_no_degrees_of_freedom_no_test(case) -> None:
    r = case("two").r[:6, :6]
    fit = explore(r, 3, 250).fit
    assert fit.df == 0
    assert np.isnan([fit.p_value, fit.rmsea, fit.rmsea_low, fit.rmsea_high, fit.tli, fit.bic]).all()


def test_too_few_people_are_named(case) -> None:
    with pytest.raises(Finding, match="too_few_people: 7 people are too few for 7 items"):
        explore(case("two").r, 2, 7)


def test_correlations_that_are_not_positive_definite_have_no_chi_square() -> None:
    """Polychoric matrices may be so; minimum residuals still exist."""
    r = np.array([[1, 0.9, 0.1, 0.5], [0.9, 1, 0.7, 0.5], [0.1, 0.7, 1, 0.5], [0.5, 0.5, 0.5, 1]])
    assert np.linalg.eigvalsh(r)[0] < 0
    fit = explore(r, 1, 100).fit
    assert np.isnan([fit.chi_square, fit.p_value, fit.rmsea]).all()
    assert fit.rms > 0
