"""HTMT. Tolerance 1e-10: closed form of the same correlations."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from beside_lavaan import THREE, FromR, Shared
from validation import agrees

from pipeline.core.errors import Finding
from pipeline.scales.factors.htmt import htmt, htmt_interval

SCALES = [np.arange(k, k + 4) for k in (0, 4, 8)]
PAIRS = {"a b": (0, 1), "a c": (0, 2), "b c": (1, 2)}


def interval(values: np.ndarray, clusters: np.ndarray, draws: int = 200, seed: int = 1):
    generator = np.random.default_rng(seed)
    return htmt_interval(values, SCALES, clusters, draws=draws, level=0.95, generator=generator)


def answers(factors_r: FromR, case: str = "complete") -> tuple[np.ndarray, np.ndarray]:
    rows = factors_r.data[factors_r.data["case"] == case]
    return rows[list(THREE.items)].to_numpy(dtype=float), rows["org"].to_numpy()


@pytest.mark.parametrize("case", ["complete", "holes"])
def test_agrees_with_semtools(factors_r: FromR, case: str) -> None:
    found = interval(*answers(factors_r, case), draws=2).value
    r = factors_r.case(f"htmt_{case}").of
    for name, at in PAIRS.items():
        agrees("HTMT", found[at], r[name], reference="semTools::htmt", rel=1e-10)
    assert np.diag(found) == pytest.approx(1)
    assert found == pytest.approx(found.T)


def test_geometric_agrees_with_semtools(factors_r: FromR) -> None:
    values, _ = answers(factors_r)
    found = htmt(np.corrcoef(values, rowvar=False), SCALES, geometric=True)
    r = factors_r.case("htmt_complete_geometric").of
    for name, at in PAIRS.items():
        agrees("HTMT", found[at], r[name], reference="semTools::htmt", rel=1e-10)


def test_big_five(shared: Callable[[str], Shared]) -> None:
    reference = shared("cfa_bfi_reversed")
    data = reference.data("bfi_complete25_reversed")
    items = [f"{f}{k}" for f in "ACENO" for k in range(1, 6)]
    correlation = np.corrcoef(data[items].to_numpy(dtype=float), rowvar=False)
    scales = [np.arange(k, k + 5) for k in range(0, 25, 5)]
    found = htmt(correlation, scales, geometric=True)
    assert found == pytest.approx(np.array(reference.values["htmt_rev"]["values"]), rel=1e-10)


def test_interval_resamples_organisations(factors_r: FromR) -> None:
    """Each draw, done by hand: rows of the drawn organisations, as often as they were drawn."""
    values, orgs = answers(factors_r, "holes")
    found = interval(values, orgs, draws=50, seed=3)
    labels = np.unique(orgs)
    times = np.random.default_rng(3).multinomial(
        len(labels), np.full(len(labels), 1 / len(labels)), 50
    )
    ratios = []
    for draw in times:
        rows = np.concatenate(
            [np.tile(np.flatnonzero(orgs == o), t) for o, t in zip(labels, draw, strict=True)]
        )
        ratios.append(htmt(pairwise(values[rows]), SCALES))
    low, high = np.quantile(ratios, [0.025, 0.975], axis=0)
    assert found.low == pytest.approx(low, rel=1e-8)
    assert found.high == pytest.approx(high, rel=1e-8)


def pairwise(values: np.ndarray) -> np.ndarray:
    found = np.eye(values.shape[1])
    for i in range(len(found)):
        for j in range(i):
            both = ~np.isnan(values[:, [i, j]]).any(axis=1)
            found[i, j] = found[j, i] = np.corrcoef(values[both][:, [i, j]].T)[0, 1]
    return found


def test_same_seed_same_interval(factors_r: FromR) -> None:
    values, orgs = answers(factors_r)
    first, second, other = (interval(values, orgs, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.low, second.low)
    assert not np.array_equal(first.low, other.low)
    assert (first.low <= first.value + 1e-12).all()
    assert (first.value <= first.high + 1e-12).all()


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        pytest.param(lambda x: x[:, :9], "too_few_items", id="a scale of one item"),
        pytest.param(
            lambda x: np.where(np.arange(12) == 2, 3.0, x), "constant_item", id="constant"
        ),
    ],
)
def test_what_cannot_be_computed_is_named(factors_r: FromR, spoil, name: str) -> None:
    values, orgs = answers(factors_r)
    spoiled = spoil(values)
    scales = [each[each < spoiled.shape[1]] for each in SCALES]
    with pytest.raises(Finding) as found:
        htmt_interval(spoiled, scales, orgs, draws=5, level=0.9, generator=np.random.default_rng(1))
    assert found.value.name == name
