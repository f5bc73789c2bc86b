"""What the tests of scales share: small studies, and the survey of 2018."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import pytest

from pipeline.core.declared import validate
from pipeline.core.plan import Plan
from pipeline.core.yaml_text import parse_yaml
from pipeline.questionnaire.columns import answer_columns
from pipeline.questionnaire.model import Questionnaire
from pipeline.study import Study

REASONS = ("unseen", "empty", "dont_know", "refused")


@dataclass(frozen=True)
class Tiny:
    """A study small enough to read: what is asked, what is planned, and the answers."""

    questionnaire: Questionnaire
    plan: Plan
    responses: pd.DataFrame


def _tiny(questionnaire_yaml: str, answers: str = "", groups: tuple[str, ...] = ()) -> Tiny:
    text = parse_yaml(questionnaire_yaml, "tiny.yaml")
    partly = validate(Questionnaire, text, lambda location: None)
    assert partly.value is not None, partly.problems
    plan = {
        "seed": 1,
        "responses": {"file": "tiny.csv", "respondent": "id"},
        "organisation": {"levels": ["ORG"]},
        "groups": groups,
    }
    return Tiny(
        partly.value,
        Plan.model_validate_json(json.dumps(plan)),
        _read_answers(partly.value, answers) if answers else pd.DataFrame(),
    )


def _read_answers(questionnaire: Questionnaire, answers: str) -> pd.DataFrame:
    """Turn a table of text into responses; `.` is empty, `-` unseen, `?` don't know, `!` refused."""
    header, *lines = [line.split() for line in answers.strip().splitlines()]
    table = pd.DataFrame(lines, columns=header)
    reasons = {".": "empty", "-": "unseen", "?": "dont_know", "!": "refused"}
    columns: dict[str, object] = {
        "respondent": [f"r{k}" for k in range(len(table))],
        "organisation": table.get("ORG", "a"),
        "language": "en",
        "weight": pd.to_numeric(table["weight"]) if "weight" in table else 1.0,
    }
    for column in answer_columns(questionnaire):
        given = table[column.name].mask(table[column.name].isin(list(reasons)))
        if column.option:
            columns[column.name] = given.map({"0": False, "1": True}).astype("boolean")
        elif column.item.is_rating:
            columns[column.name] = given.astype("Int32")
        else:
            columns[column.name] = pd.Categorical(given)
        why = table[column.name].map(reasons)
        columns[column.missing] = pd.Categorical(why, categories=list(REASONS))
    return pd.DataFrame(columns)


@pytest.fixture(scope="session")
def tiny() -> Callable[..., Tiny]:
    """Return the function that makes a small study of YAML and a table of answers."""
    return _tiny


@pytest.fixture(scope="session")
def fevs_tables(fevs: Study) -> dict[str, pd.DataFrame]:
    """Return the full tables of the survey of 2018, imported into a new project and analysed."""
    from pipeline.run import analyse

    return analyse(fevs).tables
