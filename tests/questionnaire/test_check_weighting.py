"""What a plan may say of the list of invited people and of weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.errors import ProblemsFound
from pipeline.study import load_study

OLD = "responses: {file: answers.csv, respondent: id, language: lang, weight: w}"
RESPONSES = "responses: {format: limesurvey, file: a.csv, frame: f.csv, in_frame: {NEW: level}}"
WEIGHTING = "weighting: {margins: [[ORG, NEW]], unraked: {NEW: [y]}}"


def test_weights_that_can_be_made_are_no_problem(small: Callable[..., Path]) -> None:
    plan = load_study("small", small((OLD, f"{RESPONSES}\n{WEIGHTING}"))).plan
    assert plan.weighted
    assert plan.not_applied == []


@pytest.mark.parametrize(
    ("responses", "weighting", "message"),
    [
        (OLD, WEIGHTING, "weighting: weights need the list of invited people; name it as 'frame'"),
        (OLD, WEIGHTING, "weighting: the answers bring weights of their own, 'w'"),
        (RESPONSES, "weighting: {margins: []}", "weighting: 'margins' is empty"),
        (RESPONSES, "weighting: {margins: [[]]}", "margins: a margin names no question"),
        (
            RESPONSES,
            "weighting: {margins: [[ORG, HAPPY]]}",
            "margins: the list of invited people does not tell 'HAPPY'; allowed: NEW, ORG; name its column",
        ),
        (RESPONSES, "weighting: {margins: [[ORGS]]}", "unknown name 'ORGS'; did you mean 'ORG'?"),
        (RESPONSES, WEIGHTING.replace("[y]", "[z]"), "'z' is no answer to 'NEW'"),
        (
            RESPONSES,
            WEIGHTING.replace("{NEW:", "{NEWS:"),
            "unraked: unknown name 'NEWS'; did you mean",
        ),
        (
            RESPONSES,
            "weighting: {margins: [[ORG]], population: ../f.csv}",
            "leaves the study's folder",
        ),
        (RESPONSES.replace("{NEW:", "{NO:"), WEIGHTING, "in_frame: unknown name 'NO'"),
        (
            RESPONSES.replace("NEW: level", "NEW: level, M1: level"),
            WEIGHTING,
            "'level' stands here twice",
        ),
        (
            RESPONSES.replace("frame: f.csv, ", ""),
            "",
            "in_frame: 'frame' names no list of invited people",
        ),
        (RESPONSES.replace("level", "grade"), "", "in_frame"),
    ],
)
def test_what_cannot_be_made_is_told(
    small: Callable[..., Path], responses: str, weighting: str, message: str
) -> None:
    with pytest.raises(ProblemsFound) as refused:
        load_study("small", small((OLD, f"{responses}\n{weighting}")))
    assert message in str(refused.value)
    assert all("analysis.yaml:" in str(problem) for problem in refused.value.problems)
