"""Imputations made by several workers, kept, and asked for again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from test_impute import GATED, gated, incomplete

from pipeline.core.pieces import Workers
from pipeline.core.plan import Plan
from pipeline.models.imputation.stage import Imputations, hypothesis_columns

PLAN = Plan.model_validate_json(
    json.dumps(
        {
            "seed": 5,
            "responses": {},
            "organisation": {"levels": ["ORG"]},
            "controls": ["LEVEL"],
            "hypotheses": [
                {
                    "id": "H1",
                    "family": "f",
                    "statement": {"en": "s"},
                    "outcomes": ["y"],
                    "predictors": ["x"],
                    "beside": ["z"],
                    "beside_mediator": ["w"],
                    "mediator": "m",
                    "expected": "+",
                    "estimator": "mediation",
                }
            ],
            "models": [{"id": "a", "estimator": "ols", "outcome": "q", "predictors": ["x"]}],
        }
    )
)


def imputations(workers: Workers, what: str = "imputations") -> Imputations:
    return Imputations(incomplete(gated(), GATED), PLAN, workers, what)


def test_all_that_hypotheses_and_models_take_is_named_once() -> None:
    assert hypothesis_columns(PLAN) == (["y", "x", "z", "w", "m", "q", "LEVEL"], ["y", "q"])


def test_more_can_be_asked_for_and_the_first_stay(tmp_path: Path) -> None:
    some = imputations(Workers(folder=tmp_path))
    two = some.first(2)
    four = some.first(4)
    for early, late in zip(two, four[:2], strict=True):
        np.testing.assert_array_equal(early, late)
    again = imputations(Workers()).first(3)
    for one, other in zip(four, again, strict=False):
        np.testing.assert_array_equal(one, other)
    assert len(list((tmp_path / "imputations").iterdir())) == 4


def test_names_set_seeds_apart() -> None:
    one, other = (imputations(Workers(), name).first(1)[0] for name in ("models", "gaps"))
    with pytest.raises(AssertionError):
        np.testing.assert_array_equal(one, other)


def test_what_was_not_asked_stays_missing() -> None:
    for values in imputations(Workers()).first(2):
        np.testing.assert_array_equal(np.isnan(values[:, 1]), values[:, 0] == 0)
