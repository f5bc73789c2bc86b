"""The version of a questionnaire changes with what is shown, and with nothing else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from random_studies import questionnaires

from pipeline.questionnaire.load import load_questionnaire
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.version import questionnaire_version
from pipeline.study import Study, load_study


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("{en: Anything new}", "{en: Anything newer}", False),
        ("{code: pen, text", "{code: ink, text", False),
        ("maximum: 50", "maximum: 40", False),
        ("show: NEW == y, ", "", False),
        ("{en: Number}", "{en: Number}, required: true", False),
        ("raw: view2", "raw: view3", True),
        ("    positive: [3]\n", "", True),
        ("reversed: [M2]", "reversed: [M1]", True),
        ("title: {en: Small}", "title: {en: Small}\nsource: {origin: here, licence: CC0}", True),
    ],
)
def test_the_version_follows_what_is_shown(
    small, study: Study, old: str, new: str, same: bool
) -> None:
    edits = [(old, new)] + ([("'pen' in TOOLS and", "'ink' in TOOLS and")] if "ink" in new else [])
    changed = load_study("small", small(*edits)).questionnaire
    is_same = questionnaire_version(changed) == questionnaire_version(study.questionnaire)
    assert is_same == same


@given(questionnaires())
def test_random_questionnaires_are_ones_that_psico_accepts(
    tmp_path_factory: pytest.TempPathFactory, questionnaire: Questionnaire
) -> None:
    folder = tmp_path_factory.mktemp("q") / "random"
    folder.mkdir()
    declared = questionnaire.model_dump(mode="json", exclude_defaults=True)
    (folder / "questionnaire.yaml").write_text(
        json.dumps(declared, ensure_ascii=False), encoding="utf-8"
    )
    loaded = load_questionnaire(folder, "random")
    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.questionnaire == questionnaire
    assert len(questionnaire_version(questionnaire)) == 12


def test_a_display_cannot_be_required(found) -> None:
    edit = (
        "{code: HAPPY, kind: single, choices: agree, ",
        "{code: HAPPY, kind: display, required: true, ",
    )
    assert any("cannot be required" in message for _, message in found(edit))
