"""Shares of the population: what a file may hold, and what is told of one that cannot be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.errors import ProblemsFound
from pipeline.questionnaire.population import read_shares
from pipeline.study import load_study

KNOWN = {"SEX": ("f", "m"), "LANG": ("nl", "fr", "en")}
GOOD = "variable,level,share\nSEX,f,0.6\nSEX,m,0.4\n"


def read(tmp_path: Path, text: str, **options):
    path = tmp_path / "shares.csv"
    path.write_text(text, encoding="utf-8")
    return read_shares(path, "shares.csv", KNOWN, **options)


def test_shares_are_read_with_their_lines(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD)
    assert list(found) == ["SEX"]
    assert [(code, each.value, each.line) for code, each in found["SEX"].items()] == [
        ("f", 0.6, 2),
        ("m", 0.4, 3),
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("SEX,m,0.4", "SEX,m,0.3", "shares.csv:1: SEX: the shares add up to 0.9000, not to 1"),
        ("SEX,m,0.4", "SEX,m,1.4", "shares.csv:3: SEX m: 'share' is no number between 0 and 1"),
        ("SEX,m,0.4", "SEX,m,", "shares.csv:3: SEX m: 'share' is no number"),
        ("SEX,m,0.4", "SEX,x,0.4", "shares.csv:3: SEX: unknown code 'x'; allowed: f, m"),
        ("SEX,m,0.4", "SXE,m,0.4", "shares.csv:3: unknown variable 'SXE'; did you mean 'SEX'?"),
        ("SEX,m,0.4", "SEX,f,0.4", "shares.csv:3: SEX f: stands in the file twice"),
    ],
)
def test_shares_that_cannot_be_are_told(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ProblemsFound) as refused:
        read(tmp_path, GOOD.replace(old, new))
    assert message in str(refused.value)


def test_a_needed_variable_may_not_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFound, match=r"LANG: the shares add up to 0\.0000"):
        read(tmp_path, GOOD, needed=("LANG",))
    with pytest.raises(ProblemsFound, match=r"absent\.csv:1: the file does not exist"):
        read_shares(tmp_path / "absent.csv", "absent.csv", KNOWN)


PLANNED = (
    "responses: {file: answers.csv, respondent: id, language: lang, weight: w}",
    "responses: {format: limesurvey, file: a.csv, frame: frame.csv, in_frame: {NEW: level}}\n"
    "weighting: {margins: [[ORG, NEW]], population: shares.csv}",
)


def test_a_study_reads_the_shares_that_its_plan_names(small: Callable[..., Path]) -> None:
    root = small(PLANNED)
    folder = root / "questionnaires/small"
    with pytest.raises(
        ProblemsFound, match=r"questionnaires/small/shares\.csv:1: the file does not"
    ):
        load_study("small", root)
    (folder / "shares.csv").write_text("variable,level,share\nNEW,y,0.25\nNEW,n,0.75\n")
    assert load_study("small", root).population["NEW"]["n"].value == 0.75
