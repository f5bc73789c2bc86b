"""A plan with hypotheses and choices."""

from __future__ import annotations

import json
from typing import Any

from pipeline.core.plan import Plan


def hypothesis(name: str, outcome: str, estimator: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "family": "f",
        "statement": {"en": "s"},
        "outcomes": [outcome],
        "predictors": ["x"],
        "beside": ["z"],
        "expected": "+",
        "estimator": estimator,
        **more,
    }


def make_plan(**changed: Any) -> Plan:
    declared = {
        "seed": 5,
        "responses": {},
        "organisation": {"levels": ["ORG"]},
        "controls": ["KIND", "AGE"],
        "weighting": {"margins": [["ORG", "KIND"]]},
        "hypotheses": [
            hypothesis("H1", "yes", "logit"),
            hypothesis("H2", "y", "ols"),
            hypothesis("H3", "y", "ols", predictors=["none"]),
        ],
        "sensitivity": {
            "specifications": {
                "controls": ["none", "basic", "full"],
                "weights": ["no", "yes"],
                "missing": ["imputed", "complete"],
                "clusters": ["CR2", "mixed", "fixed"],
            },
            "cleaning": {
                "attention": ["ignore", "use"],
                "seconds": ["1", "3"],
                "combination": ["any", "two", "none"],
                "completeness": ["0.5", "0.8"],
            },
        },
        "careless": {"choices": "agree"},
        **changed,
    }
    return Plan.model_validate_json(json.dumps(declared))
