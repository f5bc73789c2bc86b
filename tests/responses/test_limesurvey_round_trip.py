"""Questionnaire -> .lss -> what LimeSurvey exports -> read -> the very answers that were given."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from limesurvey_emulator import as_csv, as_json, export, read_lss, saved_by_a_spreadsheet
from random_studies import (
    Sheet,
    assert_same_answers,
    questionnaires,
    random_questionnaire,
    random_sheets,
    sheets,
)

from pipeline.core.plan import Organisations, Plan, Responses
from pipeline.instruments.limesurvey import to_limesurvey
from pipeline.questionnaire.columns import answer_columns
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.decode import decode_answers
from pipeline.responses.readers import READERS
from pipeline.study import load_study

ROOT = Path(__file__).parents[2]
FORMATS = ("code ,", "code ;", "variable ,", "variable ;", "json", "json by id")


@pytest.fixture(scope="module")
def psi_co() -> Questionnaire:
    return load_study("psi-co", ROOT).questionnaire


def exported(questionnaire: Questionnaire, people: list[Sheet], how: str) -> bytes:
    """Return the file that LimeSurvey would export after these people filled in the questionnaire."""
    (lss,) = (c for name, c in to_limesurvey(questionnaire).files.items() if name.endswith(".lss"))
    responses = export(read_lss(lss), people, questionnaire)
    if how.startswith("json"):
        return as_json(responses.rows(), by_id=how.endswith("id"))
    return as_csv(responses.rows(variables=how.startswith("variable")), how[-1])


def read_back(
    content: bytes, questionnaire: Questionnaire, tmp_path: Path, how: str
) -> pd.DataFrame:
    name = "limesurvey-json" if how.startswith("json") else "limesurvey"
    path = tmp_path / "export"
    path.write_bytes(content)
    layout = Responses(file=path.name, format=name)
    column = answer_columns(questionnaire)[0].name
    plan = Plan(seed=1, responses=layout, organisation=Organisations(levels=(column,)))
    raw = READERS[name](path, path.name, questionnaire, layout)
    return decode_answers(raw, questionnaire, plan)


def numbered(people: list[Sheet]) -> list[Sheet]:
    """LimeSurvey's response ids are numbers."""
    return [replace(sheet, respondent=str(k)) for k, sheet in enumerate(people, 1)]


@given(st.data(), st.sampled_from(FORMATS))
def test_every_answer_to_a_random_questionnaire_comes_back(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, how: str
) -> None:
    questionnaire = data.draw(questionnaires())
    assume(questionnaire.items)
    people = numbered(data.draw(sheets(questionnaire)))
    content = exported(questionnaire, people, how)
    table = read_back(content, questionnaire, tmp_path_factory.mktemp("x"), how)
    assert_same_answers(table, questionnaire, people)


@pytest.mark.parametrize("how", FORMATS)
def test_every_answer_to_psi_co_comes_back_in_every_language(
    psi_co: Questionnaire, tmp_path: Path, how: str
) -> None:
    people = numbered(random_sheets(psi_co, 25, seed=3))
    assert {sheet.language for sheet in people} == set(psi_co.languages)
    content = exported(psi_co, people, how)
    assert_same_answers(read_back(content, psi_co, tmp_path, how), psi_co, people)


@given(st.data(), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_what_a_spreadsheet_saved_again_falls_back_on_pages_and_conditions(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, quoting: int
) -> None:
    questionnaire = data.draw(questionnaires())
    assume(questionnaire.items)
    people = numbered(data.draw(sheets(questionnaire)))
    content = saved_by_a_spreadsheet(exported(questionnaire, people, "code ,"), quoting)
    table = read_back(content, questionnaire, tmp_path_factory.mktemp("x"), "code ,")
    all_quoted = quoting == csv.QUOTE_ALL
    assert_same_answers(table, questionnaire, people, tells_unticked=all_quoted)


def test_an_exclusive_option_leaves_the_others_not_ticked(tmp_path: Path) -> None:
    questionnaire = next(
        each
        for each in map(random_questionnaire, range(100))
        if any(item.kind == "multiple" and not item.shows for item in each.items.values())
    )
    item = next(i for i in questionnaire.items.values() if i.kind == "multiple" and not i.shows)
    pages = len(questionnaire.sections)
    ticks = {f"{item.id}_x": "0", f"{item.id}_y2": "0", f"{item.id}_none": "1"}
    alone = Sheet("1", questionnaire.languages[0], pages, submitted=True, answers=ticks)
    content = exported(questionnaire, [alone], "code ,")
    row = read_back(content, questionnaire, tmp_path, "code ,").iloc[0]
    assert [bool(row[name]) for name in ticks] == [False, False, True]
    assert pd.isna(row[f"{item.id}_missing"])


def test_the_cells_say_what_was_never_shown_and_numbers_do_not(
    psi_co: Questionnaire, tmp_path: Path
) -> None:
    people = numbered(random_sheets(psi_co, 20, seed=5))
    path = tmp_path / "export.csv"
    path.write_bytes(exported(psi_co, people, "code ,"))
    raw = READERS["limesurvey"](path, "x", psi_co, Responses(file="x", format="limesurvey"))
    numbers = {"count", "number", "shares"}
    columns = {c.name for c in answer_columns(psi_co) if c.item.kind not in numbers}
    assert set(raw.unseen) == columns
    for name in columns:
        expected = [name not in sheet.answers for sheet in people]
        assert np.array_equal(raw.unseen[name], expected), name
