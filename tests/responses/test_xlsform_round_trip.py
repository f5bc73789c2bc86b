"""Questionnaire -> .xlsx -> what Kobo and ODK Central export -> read -> the very answers given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from random_studies import (
    Sheet,
    assert_same_answers,
    questionnaires,
    random_sheets,
    sheets,
)
from xlsform_emulator import (
    MULTIPLE_FORMS,
    form_fields,
    kobo_csv,
    kobo_table,
    kobo_xlsx,
    odk_csv,
    odk_table,
)

from pipeline.core.plan import Organisations, Plan, Responses
from pipeline.instruments.xlsform import to_xlsform
from pipeline.questionnaire.columns import answer_columns
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.decode import decode_answers
from pipeline.responses.files.apart import open_here
from pipeline.responses.readers import READERS
from pipeline.responses.recognise import recognise_format
from pipeline.study import load_study

ROOT = Path(__file__).parents[2]
FILES = ("kobo csv", "kobo text xlsx", "kobo number xlsx", "odk csv")


@pytest.fixture(autouse=True)
def _opened_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open workbooks in this process: that another one does it is for the tests of damaged files."""
    monkeypatch.setattr("pipeline.responses.readers.xlsform_file.open_apart", open_here)


@pytest.fixture(scope="module")
def psi_co() -> Questionnaire:
    return load_study("psi-co", ROOT).questionnaire


def exported(
    questionnaire: Questionnaire, people: list[Sheet], file: str, groups: bool, multiple: str
) -> bytes:
    """Return the file that a platform would export after these people sent their answers."""
    (form,) = to_xlsform(questionnaire).files.values()
    table = odk_table if file == "odk csv" else kobo_table
    rows = table(form, people, groups=groups, multiple=multiple)
    if file.endswith("csv"):
        return (odk_csv if file == "odk csv" else kobo_csv)(rows)
    fields = form_fields(form)
    numbers = [f.name for f in fields if f.type in {"integer", "decimal"}]
    return kobo_xlsx(rows, numbers if "number" in file else ())


def read_back(
    content: bytes, questionnaire: Questionnaire, folder: Path, file: str
) -> pd.DataFrame:
    path = folder / "export"
    path.write_bytes(content)
    name = recognise_format(path, "export")
    assert name == file.split()[0]
    layout = Responses(file=path.name, format=name)
    column = answer_columns(questionnaire)[0].name
    plan = Plan(seed=1, responses=layout, organisation=Organisations(levels=(column,)))
    raw = READERS[name](path, path.name, questionnaire, layout)
    return decode_answers(raw, questionnaire, plan)


def sent(people: list[Sheet]) -> list[Sheet]:
    """Nothing reaches a platform before the end of the form."""
    return [sheet for sheet in people if sheet.submitted]


@given(st.data(), st.sampled_from(FILES), st.booleans(), st.sampled_from(MULTIPLE_FORMS))
def test_every_answer_to_a_random_questionnaire_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    data: st.DataObject,
    file: str,
    groups: bool,
    multiple: str,
) -> None:
    questionnaire = data.draw(questionnaires())
    people = sent(data.draw(sheets(questionnaire)))
    assume(people and questionnaire.items)
    content = exported(questionnaire, people, file, groups, multiple)
    table = read_back(content, questionnaire, tmp_path_factory.mktemp("x"), file)
    assert_same_answers(table, questionnaire, people, tells_unticked=False)


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("groups", [True, False])
def test_every_item_of_psi_co_comes_back_in_each_language(
    tmp_path: Path, psi_co: Questionnaire, file: str, groups: bool
) -> None:
    people = [
        replace(sheet, language=language, respondent=f"{language}-{sheet.respondent}")
        for language in psi_co.languages
        for sheet in sent(random_sheets(psi_co, 6, seed=8))
    ]
    content = exported(psi_co, people, file, groups, "both")
    table = read_back(content, psi_co, tmp_path, file)
    assert set(table["language"]) == set(psi_co.languages)
    assert_same_answers(table, psi_co, people, tells_unticked=False)
