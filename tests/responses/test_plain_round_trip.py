"""Answers written by other programs come back equal, for every question kind and every item of psi-co."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_files import WRITERS, plain_plan, sheet_cells
from random_studies import (
    Sheet,
    assert_same_answers,
    random_questionnaire,
    random_sheets,
)

from pipeline.questionnaire.columns import answer_columns
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.decode import decode_answers
from pipeline.responses.files.apart import open_here
from pipeline.responses.readers import READERS
from pipeline.responses.recognise import recognise_format
from pipeline.study import load_study

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _opened_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open files in this process: that another one does it is for the tests of damaged files."""
    for name in ("spss", "stata", "excel"):
        monkeypatch.setattr(f"pipeline.responses.readers.{name}.open_apart", open_here)


def assert_comes_back(
    questionnaire: Questionnaire, people: list[Sheet], writer: str, path: Path
) -> None:
    format, write = WRITERS[writer]
    write(sheet_cells(questionnaire, people), path)
    assert recognise_format(path, "a") == format
    plan = plain_plan(questionnaire)
    raw = READERS[format](path, "a", questionnaire, plan.responses)
    for sheet in people:
        _as_the_format_holds(sheet, format, questionnaire)
    table = decode_answers(raw, questionnaire, plan)
    assert_same_answers(table, questionnaire, people, tells_unseen=False)


def _as_the_format_holds(sheet: Sheet, format: str, questionnaire: Questionnaire) -> None:
    """SPSS fills texts up with blanks, so that those at the end are lost."""
    for column in answer_columns(questionnaire):
        answer = sheet.answers.get(column.name)
        if format == "spss" and column.item.choices is None and answer:
            sheet.answers[column.name] = answer.rstrip(" ")


@pytest.mark.parametrize("writer", WRITERS)
def test_random_answers_to_random_questionnaires_come_back(
    tmp_path_factory: pytest.TempPathFactory, writer: str
) -> None:
    folder = tmp_path_factory.mktemp("random")

    @given(st.integers(0, 2**32 - 1))
    @settings(max_examples=25)
    def comes_back(seed: int) -> None:
        questionnaire = random_questionnaire(seed)
        people = random_sheets(questionnaire, random.Random(seed).randint(1, 6), seed)
        if answer_columns(questionnaire):
            assert_comes_back(questionnaire, people, writer, folder / "answers")

    comes_back()


@pytest.mark.parametrize("writer", WRITERS)
def test_every_item_of_psi_co_comes_back(tmp_path: Path, writer: str) -> None:
    questionnaire = load_study("psi-co", ROOT).questionnaire
    people = random_sheets(questionnaire, 40, 7)
    assert_comes_back(questionnaire, people, writer, tmp_path / "answers")
