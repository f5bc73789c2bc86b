"""Correlations without a marker's part.

Tolerance 1e-10: a partial correlation of the same numbers, by pingouin and by least squares.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pingouin
import pytest
from validation import agrees

from pipeline.core.errors import Finding
from pipeline.scales.marker import take_out_marker


def with_correlations(r: np.ndarray, n: int, seed: int = 1) -> np.ndarray:
    """Return (n, k) numbers whose sample correlations are exactly those asked for."""
    x = np.random.default_rng(seed).normal(size=(n, len(r)))
    x -= x.mean(axis=0)
    white = x @ np.linalg.inv(np.linalg.cholesky(np.cov(x, rowvar=False))).T
    return white @ np.linalg.cholesky(r).T


def test_it_is_a_partial_correlation_given_the_method() -> None:
    """The method loads sqrt(.1) on each score; the marker correlates .1 with one and more with others."""
    load = np.sqrt(0.1)
    r = np.array(
        [
            [1, 0.4, 0.1, 0.10, load],
            [0.4, 1, 0.25, 0.15, load],
            [0.1, 0.25, 1, 0.30, load],
            [0.10, 0.15, 0.30, 1, load],
            [load, load, load, load, 1],
        ]
    )
    x = with_correlations(r, 200)
    found = take_out_marker(x[:, :3], x[:, 3])
    assert found.marker_r == pytest.approx(0.1)
    data = pd.DataFrame(x, columns=list("abcdm"))
    for i, j in ((0, 1), (0, 2), (1, 2)):
        theirs = pingouin.partial_corr(data, x="abc"[i], y="abc"[j], covar="m").iloc[0]
        reference = "pingouin.partial_corr, given a method that loads sqrt(r_M)"
        agrees(
            "marker-adjusted r", found.adjusted[i, j], theirs["r"], reference=reference, abs=1e-10
        )
        if abs(theirs["r"]) > 1e-9:
            p = float(theirs["p_val" if "p_val" in theirs else "p-val"])
            agrees(
                "its p value", found.p_adjusted[i, j], p, reference=reference, rel=1e-8, abs=1e-12
            )


def test_without_a_positive_correlation_nothing_is_taken_out() -> None:
    x = with_correlations(np.array([[1, 0.4, -0.1], [0.4, 1, -0.2], [-0.1, -0.2, 1]]), 50)
    found = take_out_marker(x[:, :2], x[:, 2])
    assert found.marker_r == 0
    assert found.adjusted == pytest.approx(found.r)
    assert found.p_adjusted[0, 1] > found.p_value[0, 1]  # one degree of freedom less


def test_people_with_a_missing_score_are_left_out() -> None:
    x = with_correlations(np.array([[1, 0.4, 0.1], [0.4, 1, 0.2], [0.1, 0.2, 1]]), 50)
    holes = np.vstack([x, [[np.nan, 1, 1], [1, np.nan, 1], [1, 1, np.nan]]])
    found = take_out_marker(holes[:, :2], holes[:, 2])
    assert found.n == 50
    assert found.r[0, 1] == pytest.approx(0.4)
    assert found.marker_r == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (np.arange(12.0).reshape(4, 3), "too_few_people"),
        (np.column_stack([np.arange(9.0), np.ones(9), np.arange(9.0) % 4]), "constant_score"),
    ],
)
def test_what_has_no_correlation_is_named(values: np.ndarray, name: str) -> None:
    with pytest.raises(Finding) as raised:
        take_out_marker(values[:, :2], values[:, 2])
    assert raised.value.name == name
