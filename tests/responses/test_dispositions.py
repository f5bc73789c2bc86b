"""What became of everyone: by hand, and of psi-co's twin as it was planted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.core.plan import Plan
from pipeline.core.tables import make_table
from pipeline.responses.clean import Cleaned
from pipeline.responses.dispositions import DISPOSITIONS, dispositions
from pipeline.responses.raw import RawAnswers
from pipeline.study import Study

# token, how much of the six core ratings is answered, the rule that rejected it
ROWS = [
    ("t1", 6, None),
    ("t2", 4, None),  # partial: 67 %
    ("t3", 1, "completeness"),
    ("t4", 0, "consent"),
    ("t5", 6, "duplicates"),  # repeats a colleague's answers
    ("t1", 6, "duplicates"),  # came twice
    ("t6", 6, "careless"),
    ("t7", 4, "careless"),
    ("t8", 6, "tests"),
    ("t9", 6, "field"),
    ("t10", 0, "consent"),
    ("t10", 6, None),  # refused first, then came back
    (None, 6, None),  # without an invitation
    ("", 6, "duplicates"),  # without one, and the same person again: nobody
    (None, 6, "organisation"),
]
RATINGS = ("M1", "view2", "D1_current", "D1_desired", "D2_current", "D2_desired")
EXPECTED = {
    "t1": "complete",
    "t2": "partial",
    "t3": "break_off",
    "t4": "refused",
    "t5": "other",
    "t6": "complete",
    "t7": "partial",
    "t9": "other",
    "t10": "complete",
    "t11": "silent",
    "t12": "bounced",
    "t13": "ineligible",
}


@pytest.fixture(scope="session")
def field(read: Callable[..., RawAnswers], silent: Callable) -> tuple[RawAnswers, Cleaned]:
    """Return the rows above as they were read, and as cleaning would have left them."""
    raw = read(*(silent(**dict.fromkeys(RATINGS[:count], "2"), ORG="A1") for _, count, _ in ROWS))
    raw = replace(raw, token=np.array([token for token, _, _ in ROWS], dtype=object))
    kept = [k for k, row in enumerate(ROWS) if row[2] is None]
    status = ["complete" if ROWS[k][1] == 6 else "partial" for k in kept]
    responses = pd.DataFrame({"respondent": raw.respondent[kept], "status": pd.Categorical(status)})
    rejected = [
        {
            "source_file": "",
            "source_row": raw.source_row[k],
            "respondent": raw.respondent[k],
            "rule": row[2],
            "reason": "x",
        }
        for k, row in enumerate(ROWS)
        if row[2]
    ]
    empty = make_table([], "attrition")
    return raw, Cleaned(
        responses, make_table(rejected, "rejected"), empty, make_table([], "changes"), empty
    )


def listed() -> pd.DataFrame:
    tokens = [f"t{k}" for k in range(1, 14)]
    contact = pd.Categorical([None] * 11 + ["bounced", "ineligible"])
    level = pd.Categorical(["y"] * 13)
    return pd.DataFrame({"token": tokens, "organisation": "A1", "level": level, "contact": contact})


def test_everyone_by_hand(field: tuple[RawAnswers, Cleaned], study: Study) -> None:
    people = dispositions(*field, listed(), study.questionnaire, study.plan)
    invited = people[people["invited"]]
    tokens = [token for token in listed()["token"] if token != "t8"]  # a test: nobody
    assert dict(zip(tokens, invited["disposition"], strict=True)) == EXPECTED
    assert invited["started"].tolist() == [token not in {"t11", "t12", "t13"} for token in tokens]
    assert list(invited["level"].astype("object")) == ["y"] * 12
    strangers = people[~people["invited"]]
    assert strangers["disposition"].tolist() == ["complete", "ineligible"]
    assert strangers["started"].all()
    assert "token" not in people
    assert "contact" not in people


def test_without_a_list_every_interview_is_somebody_but_repeats_and_tests(
    field: tuple[RawAnswers, Cleaned], study: Study
) -> None:
    people = dispositions(*field, None, study.questionnaire, study.plan)
    assert len(people) == len(ROWS) - 4
    assert not people["invited"].any()
    assert people["disposition"].value_counts()["refused"] == 2
    assert list(people["disposition"].cat.categories) == list(DISPOSITIONS)


@pytest.mark.parametrize("complete", [0.5, 1.0])
def test_careless_ones_are_judged_by_what_they_answered(
    field: tuple[RawAnswers, Cleaned], study: Study, complete: float
) -> None:
    cleaning = study.plan.cleaning.model_copy(update={"complete": complete})
    plan: Plan = study.plan.model_copy(update={"cleaning": cleaning})
    people = dispositions(*field, listed(), study.questionnaire, plan)
    assert people["disposition"].iloc[6] == ("complete" if complete == 0.5 else "partial")


def test_the_twin_is_found_as_it_was_planted(twin: Any) -> None:
    """Who refused, who broke off and who never started; break-offs late enough are partial or complete."""
    study, results, people = twin.study, twin.results, twin.people
    truth = json.loads((study.paths.raw / "truth.json").read_text())
    found = people["disposition"].value_counts()
    counts = truth["counts"]
    assert found["refused"] == counts["refused"]
    borrowed = sum(not each["same_token"] for each in truth["duplicates"])
    assert found["other"] == borrowed
    assert found["silent"] == counts["invited"] - counts["started"] - borrowed
    assert people["started"].sum() == counts["started"] + borrowed
    assert len(people) == counts["invited"]

    token = dict(zip(results.raw.source_row, results.raw.token, strict=True))
    rejected = results.cleaned.rejected
    broke_off = {
        token[row] for row in rejected.loc[rejected["rule"] == "completeness", "source_row"]
    }
    planted = {token for token, each in truth["people"].items() if "broke_off_in" in each}
    assert broke_off
    assert broke_off <= planted
    refused = {token[row] for row in rejected.loc[rejected["rule"] == "consent", "source_row"]}
    assert refused == {token for token, each in truth["people"].items() if each.get("consent") == 0}
