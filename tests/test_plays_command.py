"""`psico plays`: what it writes, from published tables, and what it refuses."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from pypdf import PdfReader

from pipeline.core.manifest import write_manifest
from pipeline.core.tables import make_table, write_table
from pipeline.questionnaire.labels import labels_table
from pipeline.questionnaire.play_tables import play_links_table, plays_table
from pipeline.study import Study, load_study

ROOT = Path(__file__).parents[1]
FIVE = ("P5Q4", "P4Q2", "P2Q6", "P5Q3", "P5Q7")


def recommendations() -> pd.DataFrame:
    rows = [
        {
            "organisation": code,
            "target": target,
            "basis": basis,
            "basis_name": name,
            "reason": "gap",
            "rank": rank,
            "n": 40,
            "current": 2.0,
            "desired": 4.0 - rank / 10,
            "estimate": 2.0 - rank / 10,
            "conf_low": 1.0,
            "conf_high": 2.5,
            "conf_level": 0.95,
            "top5_probability": 0.9,
            "adjustment": 0.03,
            "signals": "bar_risk=+0.030" if target == "P4Q2" else None,
            "rank_by_gap": rank,
        }
        for code, basis, name in (("all", "all", None), ("FIN", "organisation", "FIN"))
        for rank, target in enumerate(FIVE, 1)
    ]
    none = {"organisation": "KANS", "target": "none", "basis": "none", "reason": "too_few"}
    return make_table([*rows, none], "recommendations")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return the study PSI-CO with the tables that a sheet is made of, as an analysis leaves them."""
    root = tmp_path_factory.mktemp("plays")
    shutil.copytree(ROOT / "questionnaires" / "psi-co", root / "questionnaires" / "psi-co")
    study = load_study("psi-co", root)
    asked = study.questionnaire
    answers = [
        {"item": f"{target}_current", "code": code, "group": "all", "missing": code == "99"}
        for target in FIVE
        for code in ("1", "2", "3", "4", "5", "99")
    ]
    gaps = [
        {"target": target, "level": "item", "group": "all", "n": 900, "estimate": 1.5}
        for target in FIVE
    ]
    tables = {
        "recommendations": recommendations(),
        "gaps": make_table(gaps, "gaps"),
        "answers": make_table(answers, "answers"),
        "plays": plays_table(study.plays, asked.languages),
        "play_links": play_links_table(study.plays),
        "labels": labels_table(asked, study.plan, study.organisations, study.plays),
    }
    paths = [study.paths.tables / f"{name}.csv" for name in tables]
    for path, table in zip(paths, tables.values(), strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_table(table, path)
    facts = {"simulated": True, "weighted": True, "minimum_cell": 10, "limits": {}}
    started = datetime.now(UTC)
    write_manifest(
        study.paths.manifest, root, inputs=[], outputs=paths, facts=facts, started=started
    )
    return study


def test_a_sheet_has_a_page_a_gap_in_every_language(published, psico):
    done = psico(published.paths.root, "plays", "psi-co", "--organisation", "FIN")
    assert done.code == 0
    names = [f"FIN.{language}.{end}" for language in ("nl", "fr", "en") for end in ("html", "pdf")]
    assert done.out.split() == [f"reports/psi-co/workshop/{name}" for name in names]
    for name in names:
        path = published.paths.workshop / name
        if path.suffix == ".pdf":
            assert len(PdfReader(path).pages) == 5
        else:
            text = path.read_text(encoding="utf-8")
            assert text.count("<section") == 5
            assert "nan" not in text.split("<body>")[1].replace("finan", "").replace("Finan", "")
    dutch = (published.paths.workshop / "FIN.nl.html").read_text(encoding="utf-8")
    assert "FOD Financiën" in dutch
    assert "Gesimuleerde antwoorden" in dutch
    assert "Wie voorzichtig is, durft eerder te proberen" in dutch


def test_without_an_organisation_it_is_for_everyone_in_one_language(published, psico):
    done = psico(published.paths.root, "plays", "psi-co", "--language", "fr")
    assert done.out.split() == [f"reports/psi-co/workshop/all.fr.{end}" for end in ("html", "pdf")]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--organisation", "FIM"), "psi-co has no organisation 'FIM'; did you mean 'FIN'?"),
        (("--organisation", "KANS"), "KANS: too few people answered for plays"),
        (("--language", "de"), "psi-co has no language 'de'; allowed: en, fr, nl"),
    ],
)
def test_what_cannot_be_made_is_told_and_nothing_is_written(
    published, psico, tree, arguments, told
):
    before = tree(published.paths.root)
    done = psico(published.paths.root, "plays", "psi-co", *arguments)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert tree(published.paths.root) == before


def test_a_study_without_plays_has_no_sheets(psico, project):
    done = psico(project, "plays", "tutorial")
    assert done.code == 2
    assert done.err == "tutorial has no plays: questionnaires/tutorial/plays.yaml is not there\n"


def test_before_an_analysis_there_is_no_sheet(psico, tmp_path):
    shutil.copytree(ROOT / "questionnaires" / "psi-co", tmp_path / "questionnaires" / "psi-co")
    done = psico(tmp_path, "plays", "psi-co")
    assert done.code == 2
    assert "analysis" in done.err
