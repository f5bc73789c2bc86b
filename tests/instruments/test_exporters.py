"""What every exporter keeps to: the same bytes again, any text taken, the command writes all or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from random_studies import random_questionnaire

from pipeline.instruments import EXPORTERS
from pipeline.instruments.wording import CATALOGUES, words
from pipeline.questionnaire.version import questionnaire_version


@pytest.mark.parametrize("name", EXPORTERS)
@pytest.mark.parametrize("seed", [3, 4])
def test_the_same_questionnaire_gives_the_same_bytes_and_carries_its_version(
    name: str, seed: int
) -> None:
    questionnaire = random_questionnaire(seed)
    first = EXPORTERS[name](questionnaire)
    assert first.files
    assert first.files == EXPORTERS[name](random_questionnaire(seed)).files
    assert all(sentence.strip() for sentence in first.not_carried)
    assert not any(Path(file).is_absolute() or ".." in file for file in first.files)
    assert len(questionnaire_version(questionnaire)) == 12


def test_the_same_words_stand_in_every_catalogue() -> None:
    languages = sorted(path.stem for path in CATALOGUES.glob("*.yaml"))
    assert languages == ["en", "fr", "nl"]
    for language in languages:
        assert list(words(language)) == list(words("en"))
        assert all(isinstance(each, str) and each.strip() for each in words(language).values())
        for key, text in words(language).items():
            assert text.count("{") == words("en")[key].count("{"), key


def test_the_command_writes_each_instrument_and_says_what_is_not_carried(
    project: Path, psico, tree
) -> None:
    left = psico(project, "instruments", "tutorial")
    assert left.code == 0
    folder = project / "reports/tutorial/instruments"
    assert {path.name for path in folder.iterdir()} == set(EXPORTERS)
    for name in EXPORTERS:
        for sentence in (folder / name / "not-carried.txt").read_text().splitlines():
            assert f"not carried: {sentence}" in left.out
    before = tree(folder)
    (folder / "codebook" / "stale.html").write_text("old")
    assert psico(project, "instruments", "tutorial").code == 0
    assert tree(folder) == before


def test_one_instrument_by_name_or_the_nearest_is_named(project: Path, psico) -> None:
    left = psico(project, "instruments", "tutorial", "--to", "codebok")
    assert left.code == 2
    assert "no instrument 'codebok'; did you mean 'codebook'?" in left.err
    assert psico(project, "instruments", "tutorial", "--to", "codebook").code == 0
    assert [p.name for p in (project / "reports/tutorial/instruments").iterdir()] == ["codebook"]


def test_a_language_without_words_is_named_and_nothing_is_written(
    project: Path, psico, tree
) -> None:
    path = project / "questionnaires/tutorial/questionnaire.yaml"
    text = path.read_text(encoding="utf-8").replace(
        "languages: [nl, fr, en]", "languages: [nl, fr, xx]"
    )
    path.write_text(text.replace(" en:", " xx:").replace("{en:", "{xx:"), encoding="utf-8")
    organisations = project / "questionnaires/tutorial/organisations.csv"
    if organisations.is_file():
        organisations.write_text(organisations.read_text().replace("name_en", "name_xx"))
    plan = project / "questionnaires/tutorial/analysis.yaml"
    plan.write_text(plan.read_text().replace(" en:", " xx:").replace("{en:", "{xx:"))
    before = tree(project)
    left = psico(project, "instruments", "tutorial", "--to", "codebook")
    assert left.code == 2
    assert "instruments have no words in 'xx' (they have: en, fr, nl)" in left.err
    assert tree(project) == before
