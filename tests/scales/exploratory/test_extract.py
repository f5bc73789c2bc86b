"""Loadings before rotation.

Tolerances: 5e-6 (minres) and 5e-5 (ml) against psych, whose optimiser stops there; principal axis 1e-9,
where psych is told to go on, and 1e-3 where it stops at its own .001 (the Big Five).
"""

from __future__ import annotations

import numpy as np
import pytest
from validation import agrees

from pipeline.core.errors import Finding
from pipeline.scales.exploratory.extract import (
    _likelihood,
    _minres,
    _minres_loadings,
    degrees_of_freedom,
    extract,
    squared_multiple_correlations,
)

METHODS = {"minres": "minres", "ml": "ml", "principal_axis": "pa"}
CLOSE = {"minres": 5e-6, "ml": 5e-5, "principal_axis": 1e-9}
TRUTH = np.array([[0.8, 0], [0.7, 0], [0.6, 0.2], [0, 0.75], [0, 0.65], [0.1, 0.55]])


def implied(loadings: np.ndarray) -> np.ndarray:
    r = loadings @ loadings.T
    np.fill_diagonal(r, 1)
    return r


@pytest.mark.parametrize("name", ["three", "two", "one"])
@pytest.mark.parametrize("method", METHODS)
def test_agrees_with_psych(case, matched, name: str, method) -> None:
    each = case(name)
    found = extract(each.r, each.n_factors, method)
    expected = each.matrix(METHODS[method], len(each.r))
    loadings, _ = matched(found.loadings, np.eye(each.n_factors), expected)
    agrees("extract", loadings, expected, reference="psych", abs=CLOSE[method])
    assert found.heywood == ()
    communalities = (found.loadings**2).sum(axis=1)
    agrees(
        "extract: uniquenesses", found.uniquenesses, 1 - communalities, reference="psych", abs=1e-6
    )


@pytest.mark.parametrize("method", METHODS)
def test_agrees_with_psych_on_the_big_five(big_five, matched, method) -> None:
    expected = big_five.matrix(f"fa5_{METHODS[method]}_none_complete", "loadings")
    found = extract(big_five.r, 5, method).loadings
    tolerance = 1e-3 if method == "principal_axis" else 1e-5
    agrees(
        "extract: matched",
        matched(found, np.eye(5), expected)[0],
        expected,
        reference="psych on bfi (shared)",
        abs=tolerance,
    )


@pytest.mark.parametrize("method", METHODS)
def test_finds_what_the_correlations_were_made_of(method) -> None:
    found = extract(implied(TRUTH), 2, method)
    assert found.loadings @ found.loadings.T == pytest.approx(TRUTH @ TRUTH.T, abs=1e-5)
    assert (found.loadings.sum(axis=0) > 0).all()
    assert (np.diff((found.loadings**2).sum(axis=0)) < 0).all()


@pytest.mark.parametrize("method", METHODS)
def test_order_and_direction_of_items(case, method) -> None:
    r = case("three").r
    order = np.random.default_rng(1).permutation(len(r))
    sign = np.where(np.arange(len(r)) % 3, 1, -1)
    found = extract(r, 3, method)
    moved = extract((r * np.outer(sign, sign))[np.ix_(order, order)], 3, method)
    assert moved.uniquenesses == pytest.approx(found.uniquenesses[order], abs=1e-5)
    common = found.loadings @ found.loadings.T * np.outer(sign, sign)
    assert moved.loadings @ moved.loadings.T == pytest.approx(
        common[np.ix_(order, order)], abs=1e-5
    )


@pytest.mark.parametrize("method", METHODS)
def test_a_heywood_case_is_named(method) -> None:
    """Items 1 and 2 correlate more than one factor with items 3 and 4 allows."""
    r = np.eye(4)
    r[0, 1:] = r[1:, 0] = [0.75, 0.6, 0.6]
    r[1, 2:] = r[2:, 1] = 0.3
    r[2, 3] = r[3, 2] = 0.3
    found = extract(r, 1, method)
    assert found.heywood == (0,)
    assert found.uniquenesses[0] == pytest.approx(0.005)


@pytest.mark.parametrize("criterion", [_minres, _likelihood])
@pytest.mark.parametrize("unique", [0.4, 0.999])
def test_derivatives(criterion, unique: float) -> None:
    """Against central differences, 1e-7; with uniquenesses near 1 only three eigenvalues are positive."""
    r = np.corrcoef(np.random.default_rng(3).normal(size=(30, 8)), rowvar=False)
    at, step = np.log(np.full(8, unique)), 1e-5 * np.eye(8)
    up, down = ([criterion(r, np.exp(at + sign * e), 5) for e in step] for sign in (1, -1))
    here = criterion(r, np.exp(at), 5)
    pairs = list(zip(up, down, strict=True))
    assert here.slope == pytest.approx([(u.value - d.value) / 2e-5 for u, d in pairs], abs=1e-7)
    curve = np.array([(u.slope - d.slope) / 2e-5 for u, d in pairs])
    assert here.curve == pytest.approx(curve, abs=1e-7)


@pytest.mark.parametrize("unique", [0.4, 0.999])
def test_the_criterion_of_minres_is_what_the_loadings_leave(unique: float) -> None:
    r = np.corrcoef(np.random.default_rng(3).normal(size=(30, 8)), rowvar=False)
    uniquenesses = np.full(8, unique)
    loadings = _minres_loadings(r, uniquenesses, 5)
    left = r - loadings @ loadings.T - np.diag(uniquenesses)
    assert _minres(r, uniquenesses, 5).value == pytest.approx((left**2).sum() / 2)


def test_degrees_of_freedom() -> None:
    assert [degrees_of_freedom(6, m) for m in (1, 2, 3, 4)] == [9, 4, 0, -3]


def test_squared_multiple_correlations_are_those_of_regressions(case) -> None:
    x = case("two").items
    centred = x - x.mean(axis=0)
    for item, found in enumerate(squared_multiple_correlations(case("two").r)):
        others, y = np.delete(centred, item, axis=1), centred[:, item]
        left = y - others @ np.linalg.lstsq(others, y, rcond=None)[0]
        assert found == pytest.approx(1 - left @ left / (y @ y))


NOT_POSITIVE = np.array([[1, 0.9, -0.9, 0], [0.9, 1, 0.9, 0], [-0.9, 0.9, 1, 0], [0, 0, 0, 1.0]])
TWINS = implied(TRUTH)[np.ix_([0, 1, 2, 3, 4, 5, 0], [0, 1, 2, 3, 4, 5, 0])]
TWINS[0, 6] = TWINS[6, 0] = 1
ABSENT = implied(TRUTH)
ABSENT[2] = ABSENT[:, 2] = np.nan


@pytest.mark.parametrize(
    ("r", "n_factors", "method", "name", "items"),
    [
        pytest.param(implied(TRUTH), 4, "minres", "not_identified", (), id="too many factors"),
        pytest.param(np.eye(2), 1, "minres", "not_identified", (), id="two items"),
        pytest.param(TWINS, 2, "minres", "collinear_items", (0, 6), id="twice the same"),
        pytest.param(NOT_POSITIVE, 1, "ml", "collinear_items", (), id="not positive definite"),
        pytest.param(ABSENT, 1, "minres", "constant_item", (2,), id="an item without variance"),
    ],
)
def test_what_cannot_be_is_named(r, n_factors, method, name, items) -> None:
    with pytest.raises(Finding) as found:
        extract(r, n_factors, method)
    assert (found.value.name, found.value.items) == (name, items)
