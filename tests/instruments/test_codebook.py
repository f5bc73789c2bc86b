"""The codebook: valid DDI, every variable and code in every language, hostile texts shown as text."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from lxml import etree, html
from random_studies import questionnaires, random_questionnaire

from pipeline.instruments.codebook import to_codebook
from pipeline.instruments.codebook.variables import study_variables
from pipeline.questionnaire.columns import all_score_columns
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.version import questionnaire_version
from pipeline.responses.decode import decode_answers
from pipeline.responses.source import read_answers
from pipeline.study import Study

SCHEMAS = Path(__file__).parents[3] / "shared" / "schemas"
DDI = {"d": "ddi:codebook:2_5"}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@pytest.mark.parametrize("version", ["2.5", "2.6"])
def test_the_ddi_is_valid(psi_co: Questionnaire, study: Study, version: str) -> None:
    path = SCHEMAS / f"ddi-codebook-{version}" / "codebook.xsd"
    if not path.is_file():
        pytest.skip(f"schema absent: {path.relative_to(SCHEMAS.parents[1])}")
    schema = etree.XMLSchema(etree.parse(str(path)))
    for questionnaire in (psi_co, study.questionnaire, *map(random_questionnaire, range(5))):
        content = to_codebook(questionnaire).files["codebook.ddi.xml"]
        new = f"ddi:codebook:{version.replace('.', '_')}".encode()
        content = content.replace(b"ddi:codebook:2_5", new)
        content = content.replace(b'version="2.5"', f'version="{version}"'.encode())
        schema.assertValid(etree.fromstring(content))


def test_the_codebook_has_exactly_the_columns_that_the_pipeline_writes(tutorial: Study) -> None:
    questionnaire, plan = tutorial.questionnaire, tutorial.plan
    raw, _ = read_answers(tutorial.paths.raw, tutorial.paths.shown_raw, questionnaire, plan)
    answers = decode_answers(raw, questionnaire, plan)
    internal = {"source_row", "source_file", "token", "answered_share", "started", "submitted"}
    columns = {*answers.columns, "status"} - internal
    named = {each.name for each in study_variables(questionnaire) if each.file == "responses"}
    assert named == columns
    scores = [each.name for each in study_variables(questionnaire) if each.file == "scores"]
    assert scores == all_score_columns(questionnaire)


@settings(max_examples=15)
@given(questionnaires())
def test_every_code_stands_in_the_ddi_in_every_language(questionnaire: Questionnaire) -> None:
    root = etree.fromstring(to_codebook(questionnaire).files["codebook.ddi.xml"])
    assert root.findtext(".//d:verStmt/d:version", None, DDI) == questionnaire_version(
        questionnaire
    )
    found = {each.get("name"): each for each in root.iterfind(".//d:var", DDI)}
    for item in questionnaire.items.values():
        if item.kind not in {"single", "matrix"} or item.choices is None:
            continue
        for option in item.choices.options:
            category = next(
                each
                for each in found[item.id].iterfind("d:catgry", DDI)
                if each.findtext("d:catValu", None, DDI) == option.code
            )
            labels = {each.get(LANG): each.text for each in category.iterfind("d:labl", DDI)}
            assert labels == dict(option.text)
            assert (category.get("missing") == "Y") == bool(option.missing)
        labels = {each.get(LANG): each.text for each in found[item.id].iterfind("d:labl", DDI)}
        assert labels == dict(item.text)


@settings(max_examples=15)
@given(questionnaires())
def test_the_page_shows_texts_as_text_and_loads_nothing(questionnaire: Questionnaire) -> None:
    files = to_codebook(questionnaire).files
    for language in questionnaire.languages:
        page = html.fromstring(files[f"codebook.{language}.html"].decode())
        assert not page.xpath("//script | //img | //iframe | //b | //link | //@onclick")
        assert all(href.startswith("#") for href in page.xpath("//@href"))
        assert page.xpath("//html/@lang") in ([language], [])
        labels = [each.text for each in page.xpath("//p[contains(@class, 'label')]")]
        for item in questionnaire.items.values():
            if item.kind != "multiple" and not item.ratings:
                assert item.text[language] in labels


def test_the_table_has_a_row_for_each_code_and_no_formula(psi_co: Questionnaire) -> None:
    text = to_codebook(psi_co).files["codebook.csv"].decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    expected = [v.name for v in study_variables(psi_co) for _ in v.categories or (None,)]
    assert [row["variable"] for row in rows] == expected
    assert not any(cell[:1] in {"=", "+", "@"} for row in rows for cell in row.values())
    agree = [r for r in rows if r["variable"] == "COLGOAL1"]
    assert [(r["code"], r["counts_as"], r["missing"]) for r in agree] == [
        ("1", "negative", ""), ("2", "negative", ""), ("3", "neutral", ""), ("4", "positive", ""),
        ("5", "positive", ""), ("99", "", "dont_know"),
    ]  # fmt: skip
    assert agree[0]["scales"] == "col_goal"


def test_formulas_in_texts_are_defused_in_the_table(small) -> None:
    from pipeline.study import load_study

    study = load_study("small", small(("{en: First}", "{en: =1+1}")))
    text = to_codebook(study.questionnaire).files["codebook.csv"].decode()
    assert ",'=1+1," in text
    assert ",=1+1" not in text
