"""Means of the population: the estimator of core/design, with the weights' own design."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.core.design import Design, estimate_mean
from pipeline.core.plan import Plan
from pipeline.responses.weights.population_means import population_means_table

PLAN = Plan.model_validate_json(
    '{"seed": 1, "responses": {"file": "a"}, "organisation": {"levels": ["ORG"]}, "confidence": 0.9}'
)


def test_a_table_has_the_estimates_of_the_design() -> None:
    generator = np.random.default_rng(20261121)
    weights, strata = generator.uniform(1, 5, 40), generator.integers(0, 3, 40)
    y = generator.normal(3, 1, 40)
    y[:5] = np.nan
    design = Design(weights, strata, np.array([60.0, 80, 90]))
    scores = pd.DataFrame({"x": y, "nobody": np.nan})
    x, nobody = population_means_table(scores, design, PLAN, ["x", "nobody"]).to_dict("records")
    expected = estimate_mean(y, design, 0.9)
    assert (x["n"], x["df"]) == (35, 32)
    assert x["unweighted"] == pytest.approx(np.nanmean(y))
    assert x["estimate"] == pytest.approx(np.average(y[5:], weights=weights[5:]))
    for name, quantity in {
        "std_error": "std_error",
        "conf_low": "low",
        "conf_high": "high",
    }.items():
        assert x[name] == getattr(expected, quantity)
    assert nobody["n"] == 0
    assert np.isnan([nobody["estimate"], nobody["unweighted"], nobody["df"]]).all()
    assert population_means_table(scores, None, PLAN, ["x"]).empty


def test_raking_takes_error_out_of_what_it_explains(twin: Any) -> None:
    design, results = twin.results.weighted.design, twin.results
    plain = Design(design.weights, design.strata, design.population)
    level = results.scores["LEVEL"].astype("object").eq("A").to_numpy(dtype=float)
    raked = estimate_mean(level, design, 0.95)
    assert raked.std_error < 0.6 * estimate_mean(level, plain, 0.95).std_error
    table = results.tables["population_means"]
    assert len(table) > 30
    assert (table["conf_low"] < table["estimate"]).all()


def test_weighting_brings_the_twin_nearer_to_what_was_planted(twin: Any) -> None:
    """Levels respond unequally and have unequal answers; the truth of the population is in truth.json."""
    table = twin.results.tables["population_means"].set_index("target")
    assert (table["std_error"] > 0).all()
    shift = (table["estimate"] - table["unweighted"]).abs() / table["std_error"]
    assert shift.max() > 0.5
    assert shift.max() < 6
