"""The effective number of organisations. Tolerance: 1e-9 against its definition in R."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from validation import agrees

from pipeline.models.effective_groups import effective_groups
from pipeline.models.fitted import Working

REFERENCE = Path(__file__).parents[1] / "reference"


def test_equals_its_definition() -> None:
    data = pd.read_csv(REFERENCE / "cluster_robust_data.csv")
    design = np.column_stack([np.ones(len(data)), data["x1"], data["x2"], data["kind"]])
    working = Working(design, np.zeros(len(data)), data["org"].to_numpy() - 1)
    expected = pd.read_csv(REFERENCE / "effective_groups.csv")["value"]
    found = [effective_groups(working, each) for each in np.eye(4)]
    agrees(
        "effective number of organisations",
        found,
        expected,
        reference="its definition in R",
        rel=1e-9,
    )


def test_like_organisations_all_count() -> None:
    clusters = np.repeat(np.arange(8), 5)
    working = Working(np.ones((40, 1)), np.zeros(40), clusters)
    assert effective_groups(working, np.ones(1)) == pytest.approx(8)
    weighted = Working(np.ones((40, 1)), np.zeros(40), clusters, np.full(40, 3.0))
    assert effective_groups(weighted, np.ones(1)) == pytest.approx(8)


def test_one_that_outweighs_all_others_counts_alone() -> None:
    clusters = np.repeat([0, 1, 2], [5000, 1, 1])
    working = Working(np.ones((5002, 1)), np.zeros(5002), clusters)
    assert effective_groups(working, np.ones(1)) == pytest.approx(1, abs=1e-3)


def test_a_contrast_without_a_say_has_none() -> None:
    working = Working(np.ones((4, 1)), np.zeros(4), np.array([0, 0, 1, 1]))
    assert np.isnan(effective_groups(working, np.zeros(1)))
