"""Rotation.

Tolerances: 5e-6 against GPArotation and stats::varimax told to stop late (1e-6 is how well psych's minres
agrees). On the Big Five psych lets both stop at 1e-5: 1e-4, geomin 2e-4; `stats::varimax` stops on a
relative gain, which leaves varimax 1.2e-3 and promax 5e-4 from the maximum; principal
axis itself adds 1e-3.
"""

from __future__ import annotations

import numpy as np
import pytest
from validation import agrees

from pipeline.scales.exploratory.extract import extract
from pipeline.scales.exploratory.rotate import ROTATIONS, rotate

METHODS = {"minres": "minres", "ml": "ml", "pa": "principal_axis"}
BIG_FIVE = [
    ("minres", "varimax", 1.2e-3),
    ("ml", "varimax", 1.2e-3),
    ("pa", "varimax", 1.2e-3),
    ("minres", "quartimax", 1e-4),
    ("minres", "promax", 5e-4),
    ("minres", "oblimin", 1e-4),
    ("ml", "oblimin", 1e-4),
    ("pa", "oblimin", 1e-3),
    ("minres", "geominQ", 2e-4),
]


@pytest.mark.parametrize("name", ["three", "two"])
@pytest.mark.parametrize("rotation", ROTATIONS)
def test_agrees_with_r(case, name: str, rotation) -> None:
    each = case(name)
    found = rotate(extract(each.r, each.n_factors, "minres").loadings, rotation)
    expected = each.matrix(rotation, len(each.r))
    agrees("rotate: loadings", found.loadings, expected, reference="R", abs=5e-6)
    phi = each.matrix(f"{rotation}_phi", each.n_factors)
    agrees("rotate: factor correlations", found.factor_correlations, phi, reference="R", abs=5e-6)


@pytest.mark.parametrize(("method", "rotation", "tolerance"), BIG_FIVE)
def test_agrees_with_psych_on_the_big_five(big_five, matched, method, rotation, tolerance) -> None:
    of = f"fa5_{method}_{rotation}_complete"
    expected = big_five.matrix(of, "loadings")
    unrotated = extract(big_five.r, 5, METHODS[method]).loadings
    found = rotate(unrotated, rotation.removesuffix("Q"))
    loadings, phi = matched(found.loadings, found.factor_correlations, expected)
    agrees("rotate", loadings, expected, reference="psych on bfi (shared)", abs=tolerance)
    if big_five.values[of]["Phi"]:
        agrees(
            "rotate",
            phi,
            big_five.matrix(of, "Phi"),
            reference="psych on bfi (shared)",
            abs=tolerance,
        )


@pytest.mark.parametrize("rotation", ["quartimax", "oblimin"])
def test_agrees_with_statsmodels(case, matched, rotation) -> None:
    """statsmodels has no geomin, and neither varimax nor promax of normalised rows."""
    from statsmodels.multivariate.factor_rotation import rotate_factors

    unrotated = extract(case("three").r, 3, "ml").loadings
    kind = ["orthogonal"] if rotation == "quartimax" else [0, "oblique"]
    expected, turn = rotate_factors(unrotated, rotation, *kind, tol=1e-8)
    phi = np.eye(3) if rotation == "quartimax" else turn.T @ turn
    found = rotate(unrotated, rotation)
    loadings, correlations = matched(found.loadings, found.factor_correlations, expected)
    agrees("rotate", loadings, expected, reference="statsmodels", abs=1e-6)
    agrees("rotate", correlations, phi, reference="statsmodels", abs=1e-6)


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_what_the_factors_explain_together_does_not_change(case, rotation) -> None:
    unrotated = extract(case("three").r, 3, "minres").loadings
    found = rotate(unrotated, rotation)
    common = found.loadings @ found.factor_correlations @ found.loadings.T
    assert common == pytest.approx(unrotated @ unrotated.T, abs=1e-9)
    assert np.diag(found.factor_correlations) == pytest.approx(np.ones(3))
    assert found.explained.sum() == pytest.approx((unrotated**2).sum())
    assert (np.diff(found.explained) <= 1e-12).all()
    assert (found.loadings.sum(axis=0) > 0).all()


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_finds_a_simple_structure(rotation) -> None:
    """Six items of two factors, without cross-loadings, turned by 40 degrees."""
    simple = np.array([[0.8, 0], [0.7, 0], [0.6, 0], [0, 0.75], [0, 0.65], [0, 0.5]])
    c, s = np.cos(0.7), np.sin(0.7)
    found = rotate(simple @ np.array([[c, -s], [s, c]]), rotation)
    assert np.abs(found.loadings) == pytest.approx(simple, abs=1e-3)
    assert found.factor_correlations == pytest.approx(np.eye(2), abs=1e-3)


@pytest.mark.parametrize("rotation", ["varimax", "quartimax", "promax", "oblimin"])
def test_where_the_factors_stood_does_not_matter(case, rotation) -> None:
    unrotated = extract(case("two").r, 2, "minres").loadings
    c, s = np.cos(0.3), np.sin(0.3)
    found = rotate(unrotated, rotation).loadings
    assert rotate(unrotated @ np.array([[c, s], [-s, c]]), rotation).loadings == pytest.approx(
        found, abs=1e-5
    )


@pytest.mark.parametrize("rotation", [*ROTATIONS, "none"])
def test_one_factor_is_not_turned(rotation) -> None:
    loadings = -np.array([[0.7], [0.6], [0.5]])
    found = rotate(loadings, rotation)
    assert (found.loadings == -loadings).all()
    assert found.factor_correlations.tolist() == [[1]]


@pytest.mark.parametrize("rotation", ["varimax", "promax"])
def test_an_item_without_communality_stays_so(rotation) -> None:
    loadings = np.array([[0.7, 0.3], [0.6, 0.2], [0.1, 0.7], [-0.2, 0.6], [0, 0]])
    assert rotate(loadings, rotation).loadings[4].tolist() == [0, 0]
