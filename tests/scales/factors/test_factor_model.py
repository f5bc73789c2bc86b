"""A factor model as item lists: what may be written, and the cells it is turned into."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.core.errors import UserError
from pipeline.scales.factors.layout import Equality, lay_out
from pipeline.scales.factors.model import FactorModel
from pipeline.scales.factors.parameters import Parameters

TWO = {"f": ("a", "b", "c"), "g": ("d", "e")}


def free_names(cells: Parameters) -> set[str]:
    return {cells.name(int(cell)) for cell in cells.moving}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param({"factors": {}}, "at least one factor", id="no factor"),
        pytest.param({"factors": {"f": ()}}, "factor 'f' has nothing", id="no items"),
        pytest.param({"factors": {"f": ("a", "a")}}, "'a' is named twice", id="item twice"),
        pytest.param(
            {"factors": TWO, "second_order": {"f": ("f", "g")}},
            "factor 'f' is named twice",
            id="name",
        ),
        pytest.param(
            {"factors": TWO, "second_order": {"h": ("f", "gg")}},
            "did you mean 'g'",
            id="unknown part",
        ),
        pytest.param(
            {"factors": TWO, "residuals": (("a", "x"),)},
            "item 'x' does not exist",
            id="unknown item",
        ),
        pytest.param(
            {"factors": TWO, "second_order": {"h": ("f",), "k": ("f",)}},
            "'f' is named",
            id="two above",
        ),
    ],
)
def test_what_may_not_be_written(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        FactorModel(**given)


def test_names_in_order() -> None:
    model = FactorModel(TWO, general="all", second_order={"h": ("f", "g")})
    assert model.items == ("a", "b", "c", "d", "e")
    assert model.latents == ("f", "g", "all", "h")
    assert model.loadings["all"] == model.items


def test_correlated_factors_with_markers() -> None:
    cells = lay_out(FactorModel(TWO), means=False)
    assert free_names(cells) == {
        *("f=~b", "f=~c", "g=~e", "f~~f", "g~~g", "f~~g"),
        *("a~~a", "b~~b", "c~~c", "d~~d", "e~~e"),
    }
    assert cells.n_free == 11
    assert not cells.has_means


def test_second_order_leaves_no_correlation_between_its_parts() -> None:
    cells = lay_out(FactorModel(TWO, second_order={"h": ("f", "g")}), means=False)
    assert {"h=~g", "h~~h", "f~~f", "g~~g"} < free_names(cells)
    assert "f~~g" not in free_names(cells)
    assert "h=~f" not in free_names(cells)


def test_bifactor_is_uncorrelated_with_unit_variances() -> None:
    model = FactorModel(TWO, general="all", correlated=False, scale="unit")
    cells = lay_out(model, means=False)
    assert {"all=~a", "all=~e", "f=~a"} < free_names(cells)
    assert not {name for name in free_names(cells) if name.startswith(("f~~", "g~~", "all~~"))}


def test_general_factor_beside_correlated_ones() -> None:
    cells = lay_out(FactorModel(TWO, general="method"), means=False)
    assert "f~~g" in free_names(cells)
    assert not {"f~~method", "g~~method"} & free_names(cells)


@pytest.mark.parametrize(
    ("what", "shared", "free_in_second"),
    [
        ((), set(), {"f=~b.y", "a~1.y", "a~~a.y"}),
        (("loadings",), {"f=~b"}, {"a~1.y", "f~~f.y"}),
        (("loadings", "intercepts"), {"f=~b", "a~1"}, {"f~1.y"}),
        (("loadings", "intercepts", "residuals"), {"f=~b", "a~1", "a~~a"}, {"f~1.y"}),
    ],
)
def test_equality_over_groups(what, shared: set[str], free_in_second: set[str]) -> None:
    cells = lay_out(FactorModel(TWO), ("x", "y"), equality=Equality(what))
    at = {cells.name(cell): cells.free[cell] for cell in range(len(cells.kind))}
    for name in ("f=~b", "a~1", "a~~a"):
        assert bool(at[f"{name}.x"] == at[f"{name}.y"]) is (name in shared), name
    assert free_in_second < free_names(cells)
    assert "f~1.x" not in free_names(cells)
    assert ("f~1.y" in free_names(cells)) is ("intercepts" in what)


def test_what_is_excepted_from_equality() -> None:
    freed = Equality(("loadings", "intercepts"), loadings_of=("b",), intercepts_of=("c",))
    cells = lay_out(FactorModel(TWO, scale="unit"), ("x", "y"), equality=freed)
    at = {cells.name(cell): cells.free[cell] for cell in range(len(cells.kind))}
    apart = {n for n in ("f=~a", "f=~b", "f=~c", "b~1", "c~1") if at[f"{n}.x"] != at[f"{n}.y"]}
    assert apart == {"f=~b", "c~1"}
    assert at["f~~f.x"] == -1
    assert at["f~~f.y"] >= 0
