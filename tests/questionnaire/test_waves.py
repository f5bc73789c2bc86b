"""Two versions of a questionnaire held against each other: each change is named, and judged."""

# ruff: noqa: E501 - one case a line

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from random_studies import questionnaires

from pipeline.core.errors import UserError
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.wave_report import waves_csv, waves_text
from pipeline.questionnaire.waves import Verdict, compare_waves
from pipeline.study import Study, load_study

SAME, CARE, NOT = Verdict.COMPARABLE, Verdict.WITH_CARE, Verdict.NOT_COMPARABLE
SEVEN = "{code: 3, text: {en: Agree}}\n      - {code: 4, text: {en: Agree a lot}}"


def changed(small, study: Study, *edits: tuple[str, str]) -> dict[str, tuple[Verdict, str]]:
    new = load_study("small", small(*edits)).questionnaire
    compared = compare_waves(study.questionnaire, new)
    return {
        each.name: (each.verdict, "; ".join(f"{c.kind}: {c.what}" for c in each.changes))
        for each in compared
        if each.changes
    }


@pytest.mark.parametrize(
    ("old", "new", "item", "verdict", "says"),
    [
        ("{en: First}", "{en: Foremost}", "M1", CARE, "reworded: wording (en)"),
        ("{en: First}", "{en: first.}", "M1", SAME, "capitals or punctuation only"),
        ("text: {en: Agree}\n        rows", "text: {en: Do you agree}\n        rows", "M2", CARE, "question around it (en)"),
        ("{en: Now}", "{en: Today}", "D2", CARE, "heading 1 (en)"),
        ("{en: Wanted}", "{en: Wished}", "D1", CARE, "heading 2 (en)"),
        ("{en: Happy}", "{en: Happy}, help: {en: Really}", "HAPPY", CARE, "reworded: help (en)"),
        ("{code: 3, text: {en: Agree}}", SEVEN, "M1", NOT, "rescaled: had 3 answers, has 4 (new: 4)"),
        ("{code: pen, text: {en: Pen}}", "{code: ink, text: {en: Pen}}", "TOOLS", CARE, "recoded: pen is ink"),
        ("      - {code: app, text: {en: App}}\n", "", "TOOLS", CARE, "had 3 answers, has 2 (gone: app)"),
        ("{en: Neither}", "{en: In between}", "D1", CARE, "answers: answer 2 (en)"),
        ("{code: none, text: {en: None}, exclusive: true}", "{code: none, text: {en: None}}", "TOOLS", CARE, "other answers exclude"),
        ("{code: 9, text: {en: Don't know}, missing: dont_know}", "{code: 8, text: {en: Don't know}, missing: dont_know}", "M1", CARE, "missing: don't know or refused is coded otherwise"),
        ("maximum: 50", "maximum: 40", "N", CARE, "bounds: takes other numbers"),
        ("show: NEW == y, ", "", "N", CARE, "condition: is put to other people"),
        ("{code: HAPPY, ", "{code: HAPPY, required: true, ", "HAPPY", CARE, "required"),
        ("kind: number, minimum: -5, maximum: 5", "kind: count, maximum: 5", "WARM", CARE, "kind: was a number, is a count"),
        ("{code: HAPPY, kind: single", "{code: GLAD, kind: single", "GLAD", NOT, "added"),
        ("{code: HAPPY, kind: single", "{code: GLAD, kind: single", "HAPPY", NOT, "removed"),
        ("reversed: [M2]", "reversed: [M1]", "together", CARE, "scoring"),
        ("items: [D1, D2]\n    needed: 2", "items: [D1]\n    needed: 1", "partners", NOT, "other items; in both: D1"),
        ("{en: First}", "{en: Foremost}", "together", CARE, "M1: comparable with care"),
        ("{en: First}", "{en: Foremost}", "total", CARE, "M1: comparable with care"),
    ],
)  # fmt: skip
def test_a_change_is_named_and_judged(
    small, study: Study, old: str, new: str, item: str, verdict: Verdict, says: str
) -> None:
    edits = [(old, new)] + ([("'pen' in TOOLS and", "'ink' in TOOLS and")] if "ink" in new else [])
    found, words = changed(small, study, *edits)[item]
    assert (found, says in words) == (verdict, True), words


def test_a_scale_turned_round_is_recoded_and_reordered(small, study: Study) -> None:
    found = changed(
        small, study, ("{code: 1, text: {en: Disagree}}", "{code: 1, text: {en: Agree}}"),
        ("{code: 3, text: {en: Agree}}", "{code: 3, text: {en: Disagree}}"),
    )  # fmt: skip
    verdict, words = found["M1"]
    assert verdict == CARE
    assert "recoded: 1 is 3, 3 is 1: recode before comparing" in words
    assert "another order" in words


def test_an_item_on_another_page_or_place_is_moved_and_others_are_not(small, study: Study) -> None:
    row = "          - {id: M1, text: {en: First}}\n"
    second = "          - {id: M2, text: {en: Second}, raw: view2}\n"
    found = changed(small, study, (row + second, second + row))
    moved = [name for name, (_, words) in found.items() if "moved" in words]
    assert moved in (["M1"], ["M2"])


def test_rated_once_instead_of_twice_is_not_comparable(small, study: Study) -> None:
    edit = (
        "        kind: dual\n        choices: agree\n        text: {en: Agree twice}\n        current: {en: Now}\n        desired: {en: Wanted}\n",
        "        kind: matrix\n        choices: agree\n        text: {en: Agree twice}\n",
    )
    verdict, words = changed(small, study, edit)["D1"]
    assert verdict == NOT
    assert "rated once in one wave" in words


@given(questionnaires())
def test_a_questionnaire_is_comparable_with_itself(questionnaire: Questionnaire) -> None:
    assert not any(each.changes for each in compare_waves(questionnaire, questionnaire))


@given(questionnaires(), questionnaires())
def test_every_item_of_both_waves_is_judged_once_and_added_mirrors_removed(
    old: Questionnaire, new: Questionnaire
) -> None:
    if not set(old.languages) & set(new.languages):
        return
    there, back = compare_waves(old, new), compare_waves(new, old)
    assert sorted(each.name for each in there) == sorted({*old.items, *new.items})
    assert {each.name: each.verdict for each in there} == {each.name: each.verdict for each in back}


def test_no_common_language_is_an_error(study: Study) -> None:
    french = study.questionnaire.model_copy(update={"languages": ("fr",)})
    with pytest.raises(UserError, match="no language in common"):
        compare_waves(french, study.questionnaire)


def test_the_command_compares_a_study_with_a_copy_and_writes_a_table(project: Path, psico) -> None:
    shutil.copytree(project / "questionnaires/tutorial", project / "earlier")
    left = psico(project, "diff", "earlier", "tutorial", "--csv", "waves.csv")
    assert left.code == 0
    assert "0 not comparable" in left.out
    rows = (project / "waves.csv").read_text().splitlines()
    study = load_study("tutorial", project).questionnaire
    assert rows[0] == "name,is,verdict,changes"
    assert len(rows) == 1 + len(study.items) + len(study.scales)


def test_the_command_names_what_it_cannot_find(project: Path, psico) -> None:
    left = psico(project, "diff", "tutorail", "tutorial")
    assert left.code == 2
    assert (
        "'tutorail' is no study and no folder with a questionnaire.yaml; did you mean 'tutorial'?"
        in left.err
    )


def test_the_report_counts_and_lists_only_changes(small, study: Study) -> None:
    new = load_study("small", small(("{en: First}", "{en: =1+1}"))).questionnaire
    compared = compare_waves(study.questionnaire, new)
    text = waves_text(compared)
    assert text.splitlines()[0].split() == [
        "M1",
        "comparable",
        "with",
        "care:",
        "reworded",
        "-",
        "wording",
        "(en)",
    ]
    assert (
        f"{len(study.questionnaire.items)} items: {len(study.questionnaire.items) - 1} comparable, 1 comparable with care, 0 not comparable"
        in text
    )
    assert waves_csv(compared).count("\n") == 1 + len(study.questionnaire.items) + len(
        study.questionnaire.scales
    )
