"""A plan with hypotheses and choices, and answers drawn from known coefficients."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from varied_plan import make_plan

from pipeline.core.plan import Plan


@pytest.fixture
def plan() -> Plan:
    return make_plan()


@pytest.fixture
def scores() -> pd.DataFrame:
    """900 people in 25 organisations: slopes of x .5 on y and on the log odds of yes, none of `none`."""
    rng = np.random.default_rng(3)
    n, groups = 900, 25
    g = rng.integers(0, groups, n)
    effect = 0.3 * rng.normal(size=groups)[g]
    x, z, none = rng.normal(size=(3, n))
    y = 0.5 * x + 0.2 * z + effect + rng.normal(size=n)
    yes = (rng.random(n) < 1 / (1 + np.exp(-0.5 * x - effect))).astype(float)
    columns = {"x": x, "z": z, "none": none, "y": y, "yes": yes, "weight": rng.uniform(0.5, 2, n)}
    kinds = {
        "ORG": pd.Categorical([f"o{k:02d}" for k in g]),
        "KIND": pd.Categorical(rng.choice(["a", "b"], n)),
        "AGE": pd.Categorical(rng.choice(["young", "old"], n)),
    }
    return pd.DataFrame({**columns, **kinds})
