"""Modification indices and score tests.

Tolerances: 1e-3 relative against lavaan, whose estimates are loose in the fifth digit; indices below 1e-3
are rounding of a zero gradient, so 1e-3 absolute. After least squares 2e-3: lavaan multiplies by n what it
has divided by n / (n - 1) twice, of 700 people.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from beside_lavaan import HOLZINGER, ONE, THREE, FromR, OrdinalFromR, Shared, turned
from validation import agrees

from pipeline.scales.factors.fit import fit_ml
from pipeline.scales.factors.fit_ordinal import fit_wlsmv
from pipeline.scales.factors.layout import Equality
from pipeline.scales.factors.model import FactorModel
from pipeline.scales.factors.parameters import Kind
from pipeline.scales.factors.partial import intercept_cells
from pipeline.scales.factors.sample import sum_up
from pipeline.scales.factors.score_tests import Modification, modification_indices, score_test

CLOSE = {"rel": 1e-3, "abs": 1e-3}
SCALAR = Equality(("loadings", "intercepts"))


def check_modifications(
    found: list[Modification], r, groups: tuple[str, ...], rel: float = 1e-3
) -> None:
    """Check every index that lavaan lists; ours hold no others."""
    expected = {kind: r.named(kind) for kind in ("mi", "epc", "sepc")}
    names = [f"{each.name.split('.')[0]}.{groups.index(each.group) + 1}" for each in found]
    assert set(names) | set(map(turned, names)) >= set(expected["mi"])
    assert len(names) == len(expected["mi"])
    for name, each in zip(names, found, strict=True):
        key = name if name in expected["mi"] else turned(name)
        assert each.statistic == pytest.approx(expected["mi"][key], rel=rel, abs=1e-3), name
        assert each.change == pytest.approx(expected["epc"][key], **CLOSE), name
        if expected["sepc"]:
            assert each.standard_change == pytest.approx(expected["sepc"][key], **CLOSE), name


def test_modification_indices_agree_with_lavaan(factors_r: FromR) -> None:
    fit = fit_ml(factors_r.sample(THREE), THREE)
    check_modifications(modification_indices(fit.at), factors_r.case("correlated"), ("all",))


def test_modification_indices_of_groups_agree_with_lavaan(factors_r: FromR) -> None:
    sample = factors_r.sample(THREE, groups=True)
    fit = fit_ml(sample, THREE, equality=Equality(("loadings",)))
    found = modification_indices(fit.at)
    check_modifications(found, factors_r.case("groups_metric"), ("en", "fr", "nl"))


def test_modification_indices_of_ordinal_answers_agree_with_lavaan(ordinal_r: OrdinalFromR) -> None:
    two = FactorModel({"a": ("y1", "y2", "y3", "y4"), "b": ("y5", "y6", "y7", "y8")})
    found = modification_indices(fit_wlsmv(ordinal_r.ordinal(two), two).at)
    check_modifications(found, ordinal_r.case("delta"), ("all",), rel=2e-3)


def test_a_model_without_anything_left_out_has_no_modifications() -> None:
    generator = np.random.default_rng(1)
    values = generator.standard_normal((200, 1)) + 0.7 * generator.standard_normal((200, 3))
    fit = fit_ml(sum_up(values, ("i", "j", "k")), FactorModel({"f": ("i", "j", "k")}))
    assert modification_indices(fit.at) == []


@pytest.mark.parametrize("case", ["HS_ML", "bfi_ML_complete"])
def test_largest_modifications_of_shared_values(shared: Callable[[str], Shared], case: str) -> None:
    reference = shared("cfa")
    model, data = HOLZINGER, reference.data("HolzingerSwineford1939")
    if case != "HS_ML":
        model = FactorModel({f: tuple(f"{f}{k}" for k in range(1, 6)) for f in "ACENO"})
        data = reference.data("bfi")[list(model.items)].dropna()
    fit = fit_ml(sum_up(data[list(model.items)].to_numpy(dtype=float), model.items), model)
    found = modification_indices(fit.at)
    for ours, r in zip(found, reference.values[case]["modindices_top15"], strict=False):
        assert ours.name == f"{r['lhs']}{r['op']}{r['rhs']}"
        assert ours.statistic == pytest.approx(r["mi"], **CLOSE)
        assert ours.change == pytest.approx(r["epc"], **CLOSE)
        assert ours.standard_change == pytest.approx(r["sepc.all"], **CLOSE)


# -------------------------------------------------------------------------------------- equality released


@pytest.mark.parametrize("item", ONE.items)
def test_releasing_an_intercept_agrees_with_lavaan(factors_r: FromR, item: str) -> None:
    fit = fit_ml(factors_r.sample(ONE, groups=True), ONE, equality=SCALAR)
    test = score_test(fit.at, intercept_cells(fit.parameters, item))
    assert test.df == 2
    agrees(
        "score tests: statistic",
        test.statistic,
        factors_r.case("score_plain").of[item],
        reference="lavaan",
        **CLOSE,
    )


@pytest.mark.parametrize("item", ONE.items)
@pytest.mark.parametrize(("case", "rows"), [("", "complete"), ("_missing", "holes")])
def test_robust_release_agrees_with_lavaans_scores(
    factors_r: FromR, item: str, case: str, rows: str
) -> None:
    sample = factors_r.sample(ONE, rows, groups=True, orgs=True)
    fit = fit_ml(sample, ONE, equality=SCALAR, robust=True)
    test = score_test(fit.at, intercept_cells(fit.parameters, item), robust=True)
    r = factors_r.case(f"score_clustered{case}").of
    assert test.df == 2
    agrees("score tests: statistic", test.statistic, r[item], reference="lavaans scores", **CLOSE)


def test_all_releases_at_once_agree_with_lavaan(shared: Callable[[str], Shared]) -> None:
    """lavaan counts 15 constraints; 3 of them only give the factors' means, so 12 can be tested."""
    reference = shared("invariance")
    data = reference.data("HolzingerSwineford1939")
    sample = sum_up(
        data[list(HOLZINGER.items)].to_numpy(dtype=float),
        HOLZINGER.items,
        groups=(data["school"] == "Grant-White").to_numpy(dtype=int),
        names=("Pasteur", "Grant-White"),
    )
    fit = fit_ml(sample, HOLZINGER, equality=SCALAR)
    cells = fit.parameters
    tied = [
        cell
        for cell in cells.moving
        if cells.group[cell] == 1 and (cells.free == cells.free[cell]).sum() > 1
    ]
    r = reference.values["HS_school_ML"]["score_test_scalar"]
    test = score_test(fit.at, tied)
    agrees(
        "score tests: statistic", test.statistic, r["test"][0]["X2"], reference="lavaan", rel=1e-5
    )
    assert test.df == 12
    singles = [score_test(fit.at, [cell]).statistic for cell in tied]
    agrees(
        "score tests",
        singles,
        [row["X2"] for row in r["uni"]],
        reference="lavaan",
        rel=1e-4,
        abs=1e-4,
    )


def test_change_is_about_what_freeing_does(factors_r: FromR) -> None:
    sample = factors_r.sample(ONE, groups=True)
    held = fit_ml(sample, ONE, equality=SCALAR)
    cells = intercept_cells(held.parameters, "y2")
    test = score_test(held.at, cells)
    freed = fit_ml(sample, ONE, equality=Equality(SCALAR.what, intercepts_of=("y2",)))
    at = (freed.parameters.kind == Kind.INTERCEPT) & (freed.parameters.row == 1)
    moved = freed.parameters.value[at][1:] - freed.parameters.value[at][0]
    assert test.change == pytest.approx(moved, abs=0.15)
    fall = held.fit.chisq.statistic - freed.fit.chisq.statistic
    assert test.statistic == pytest.approx(fall, rel=0.1)
