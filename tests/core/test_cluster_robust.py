"""Cluster-robust covariances and their degrees of freedom.

Tolerances: covariances 1e-8 relative and absolute, degrees of freedom 1e-6 relative, against clubSandwich
0.5.8 (roots of n_g by n_g matrices there, of p by p ones here).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from validation import agrees

from pipeline.core.cluster_robust import ClusterRobust, Kind, cluster_robust, whiten

REFERENCE = Path(__file__).parents[1] / "reference"
DATA = pd.read_csv(REFERENCE / "cluster_robust_data.csv")
VALUES = pd.read_csv(REFERENCE / "cluster_robust.csv").set_index(["case", "quantity"])["value"]
CLUSTERS = DATA["org"].to_numpy() - 1
KINDS: tuple[Kind, ...] = ("CR0", "CR1", "CR1S", "CR2", "CR3")
REFERENCES = {"weighted": "weighted lm", "target": "weighted lm with a target of its own"}


def columns(*names: str) -> np.ndarray:
    return np.column_stack([np.ones(len(DATA)), *(DATA[name] for name in names)]).astype(float)


def residual_of(design: np.ndarray, outcome: np.ndarray, weights: np.ndarray) -> np.ndarray:
    root = np.sqrt(weights)
    b = np.linalg.lstsq(design * root[:, None], outcome * root, rcond=None)[0]
    return outcome - design @ b


def logit_step() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return design, working residual z - eta and working weights of the reference's logit."""
    design = columns("x1", "x2", "kind")
    b = np.array([VALUES["logit", f"b_{k}"] for k in range(1, 5)])
    p = 1 / (1 + np.exp(-design @ b))
    return design, (DATA["b"].to_numpy() - p) / (p * (1 - p)), p * (1 - p)


def assert_equal(found: ClusterRobust, case: str, kind: str) -> None:
    p = len(found.covariance)
    names = [f"{kind}_v_{k + 1}" for k in range(p * p)]
    expected = np.array([VALUES[case, name] for name in names]).reshape(p, p, order="F")
    rows = "glm" if case == "logit" else REFERENCES.get(case, "lm")
    with_r = f"clubSandwich::vcovCR on {rows}"
    agrees(f"{kind} covariance", found.covariance, expected, reference=with_r, rel=1e-8, abs=1e-10)
    if (case, f"{kind}_1_df") in VALUES.index:
        df = [VALUES[case, f"{kind}_{k + 1}_df"] for k in range(p)]
        agrees(f"{kind}, Satterthwaite's df", found.every().df, df, reference=with_r, rel=1e-6)


def found_of(case: str, kind: Kind) -> ClusterRobust:
    ones = np.ones(len(DATA))
    weights = DATA["w"].to_numpy() if case == "weighted" else ones
    if case == "absorbed":
        means = DATA.groupby("org")[["y", "x1", "x2"]].transform("mean")
        centred = (DATA[["y", "x1", "x2"]] - means).to_numpy()
        design, outcome = centred[:, 1:], centred[:, 0]
    elif case == "step":
        design, residual, w = logit_step()
        root = np.sqrt(w)
        return cluster_robust(design * root[:, None], residual * root, CLUSTERS, kind=kind)
    else:
        third = "only" if case == "alone" else "kind"
        design, outcome = columns("x1", "x2", third), DATA["y"].to_numpy()
    residual = residual_of(design, outcome, weights)
    return cluster_robust(design, residual, CLUSTERS, weights if case == "weighted" else None, kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", ["plain", "weighted", "step", "absorbed"])
def test_equals_clubsandwich(case: str, kind: Kind) -> None:
    assert_equal(found_of(case, kind), case, kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", ["plain", "weighted"])
def test_a_difference_of_coefficients_equals_clubsandwich(case: str, kind: Kind) -> None:
    found = found_of(case, kind).contrast(np.array([0.0, 1, -1, 0]))
    agrees(
        "cluster robust",
        found.std_error[0],
        VALUES[case, f"{kind}_contrast_se"],
        reference="clubSandwich",
        rel=1e-8,
    )
    agrees(
        "cluster robust",
        found.df[0],
        VALUES[case, f"{kind}_contrast_df"],
        reference="clubSandwich",
        rel=1e-6,
    )


def test_what_one_organisation_alone_has_takes_the_moore_penrose_inverse() -> None:
    assert_equal(found_of("alone", "CR2"), "alone", "CR2")


def test_absorbed_effects_equal_their_indicators() -> None:
    assert_equal(found_of("absorbed", "CR2"), "dummies", "CR2")


def response_rows(kind: Kind) -> ClusterRobust:
    design, residual, w = logit_step()
    return cluster_robust(design * w[:, None], residual * w, CLUSTERS, 1 / w, kind, target=w)


@pytest.mark.parametrize("kind", KINDS[:2] + KINDS[3:])
def test_a_logits_last_step_equals_clubsandwich_for_glm(kind: Kind) -> None:
    assert_equal(response_rows(kind), "logit", kind)


@pytest.mark.parametrize("kind", ["CR0", "CR1", "CR3"])
def test_without_a_root_the_scale_of_the_rows_does_not_matter(kind: Kind) -> None:
    expected = response_rows(kind)
    np.testing.assert_allclose(found_of("step", kind).covariance, expected.covariance, rtol=1e-9)


def test_the_two_roots_of_a_working_covariance_are_close() -> None:
    """Of a glm: the root on W^(1/2) X of the plan, and that of clubSandwich on D X."""
    whole = response_rows("CR2").every()
    plan = found_of("step", "CR2").every()
    np.testing.assert_allclose(whole.std_error, plan.std_error, rtol=0.1)
    np.testing.assert_allclose(whole.df, plan.df, rtol=0.1)
    assert np.abs(whole.std_error / plan.std_error - 1).max() > 1e-6


def test_a_target_of_its_own_equals_clubsandwich() -> None:
    design = columns("x1", "x2", "kind")
    w, target = DATA["w"].to_numpy(), 1 + DATA["x2"].to_numpy() ** 2
    residual = residual_of(design, DATA["y"].to_numpy(), w)
    found = cluster_robust(design, residual, CLUSTERS, w, "CR2", target)
    assert_equal(found, "target", "CR2")


def dense(design: np.ndarray, e: np.ndarray, g: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Return CR2 for equal working variances from n by n matrices, by their definition."""
    m = np.linalg.inv(design.T * w @ design)
    rest = np.eye(len(e)) - design @ m @ design.T * w
    v = rest @ rest.T
    scores = []
    for k in np.unique(g):
        at = g == k
        values, vectors = np.linalg.eigh(v[np.ix_(at, at)])
        half = np.where(values > 1e-10, np.where(values > 1e-10, values, 1) ** -0.5, 0)
        a = vectors * half @ vectors.T
        scores.append(m @ (design[at] * w[at, None]).T @ a @ e[at])
    return np.array(scores).T @ np.array(scores)


@given(st.integers(0, 10_000), st.integers(2, 7), st.booleans())
def test_it_is_the_definition_at_any_size(seed: int, groups: int, weighted: bool) -> None:
    rng = np.random.default_rng(seed)
    g = np.sort(np.concatenate([np.arange(groups), rng.integers(0, groups, 30)]))
    design = np.column_stack([np.ones(len(g)), rng.normal(size=(len(g), 2)), g == 0])
    w = rng.uniform(0.5, 2, len(g)) if weighted else np.ones(len(g))
    e = residual_of(design, rng.normal(size=len(g)), w)
    found = cluster_robust(design, e, g, w if weighted else None)
    np.testing.assert_allclose(found.covariance, dense(design, e, g, w), rtol=1e-6, atol=1e-9)


def test_order_of_rows_and_unit_of_a_column_do_not_matter() -> None:
    design = columns("x1", "x2", "kind")
    e = residual_of(design, DATA["y"].to_numpy(), np.ones(len(DATA)))
    order = np.random.default_rng(1).permutation(len(e))
    scale = np.array([1, 1e6, 1, 1e-6])
    found = cluster_robust((design * scale)[order], e[order], CLUSTERS[order])
    first = cluster_robust(design, e, CLUSTERS)
    np.testing.assert_allclose(found.every().std_error * scale, first.every().std_error, rtol=1e-9)
    np.testing.assert_allclose(found.every().df, first.every().df, rtol=1e-7)


def test_blocks_of_one_row_are_the_roots_of_their_weights() -> None:
    design, residual, w = logit_step()
    rows, e = whiten(design[:, None], residual[:, None], w[:, None, None])
    np.testing.assert_allclose(rows, design * np.sqrt(w)[:, None], rtol=1e-12)
    np.testing.assert_allclose(e, residual * np.sqrt(w), rtol=1e-12)


def test_blocks_give_the_weighted_sums_of_squares() -> None:
    rng = np.random.default_rng(3)
    design, e, half = (
        rng.normal(size=(6, 3, 2)),
        rng.normal(size=(6, 3)),
        rng.normal(size=(6, 3, 3)),
    )
    blocks = half @ np.swapaxes(half, 1, 2)
    rows, residual = whiten(design, e, blocks)
    np.testing.assert_allclose(rows.T @ rows, np.einsum("nki,nkl,nlj->ij", design, blocks, design))
    np.testing.assert_allclose(rows.T @ residual, np.einsum("nki,nkl,nl->i", design, blocks, e))


def test_one_organisation_has_no_error_to_speak_of() -> None:
    design = columns("x1")
    e = residual_of(design, DATA["y"].to_numpy(), np.ones(len(DATA)))
    found = cluster_robust(design, e, np.zeros(len(e), dtype=int)).every()
    assert np.allclose(found.std_error, 0, atol=1e-9)
    assert np.isnan(found.df).all()
