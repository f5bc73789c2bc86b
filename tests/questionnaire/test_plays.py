"""Plays and what sharpens their order: each mistake is told on its line, in the words of the file."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.questionnaire.labels import labels_table
from pipeline.questionnaire.load import load_questionnaire
from pipeline.questionnaire.play_tables import lacks, play_links_table, plays_table
from pipeline.questionnaire.plays import Plays, load_plays
from pipeline.study import load_study

FOLDER = Path(__file__).parents[2] / "questionnaires" / "psi-co"
TEXT = (FOLDER / "plays.yaml").read_text(encoding="utf-8")
NETC7 = "    NETC7:\n      kind: network"


ASKED = load_questionnaire(FOLDER, "psi-co").questionnaire


def loaded(folder: Path) -> tuple[Plays | None, list[str]]:
    asked = ASKED
    assert asked is not None
    plays, problems = load_plays(folder, "psi-co", asked)
    return plays, [str(problem) for problem in problems]


def edited(folder: Path, old: str, new: str) -> list[str]:
    assert old in TEXT
    (folder / "plays.yaml").write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    return loaded(folder)[1]


def test_every_play_has_three_actions_and_three_questions_in_three_languages() -> None:
    plays, problems = loaded(FOLDER)
    assert problems == []
    assert plays is not None
    assert len(plays.plays) == 30
    said = [
        text[language]
        for play in plays.plays.values()
        for text in (*play.actions, *play.questions)
        for language in ("nl", "fr", "en")
    ]
    assert len(said) == len(set(said)) == 30 * 6 * 3
    questions = [q[each] for play in plays.plays.values() for q in play.questions for each in q]
    assert all(question.endswith("?") for question in questions)
    french = [question["fr"] for play in plays.plays.values() for question in play.questions]
    assert all(question.endswith(" ?") for question in french)


def test_every_play_can_be_reached() -> None:
    plays, _ = loaded(FOLDER)
    assert plays is not None
    assert plays.sharpening is not None
    signals = plays.sharpening.signals
    assert {play for signal in signals.values() for play in signal.plays} == set(plays.plays)
    kinds = [signal.kind for signal in signals.values()]
    assert [kinds.count(k) for k in ("obstacle", "instrument", "need", "network")] == [4, 6, 4, 10]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("    bar_silo:", "    bar_sillo:", "did you mean 'bar_silo'?"),
        ("    bar_silo:", "    need_skills_:", "no scale that is rated once of that name"),
        ("    need_skills:", "    climate:", "no item or scale that is rated twice of that name"),
        ("    INSTR5:", "    P5Q7:", "no item with positive answers of that name"),
        (NETC7, NETC7.replace("network", "netwerk"), "'kind': input should be"),
        ("        P5Q7:\n", "        P5Q8:\n", "unknown play 'P5Q8'; did you mean 'P5Q"),
        ("          weight: 0.5\n", "          weight: 0\n", "weight"),
        ("strength: 0.20", "strength: twenty", "strength"),
        ("      en: Turn innovation plans into action\n", "", "the text in 'en' is missing"),
    ],
)
def test_a_mistake_is_told_on_its_line(old: str, new: str, told: str, tmp_path: Path) -> None:
    problems = edited(tmp_path, old, new)
    assert any(told in problem for problem in problems), problems
    assert all(re.match(r"psi-co/plays\.yaml:\d+: ", problem) for problem in problems)


def test_a_play_that_no_signal_leads_to_is_told(tmp_path: Path) -> None:
    start, end = (
        TEXT.index("        P4Q4:\n          weight"),
        TEXT.index("        P1Q6:\n          w"),
    )
    problems = edited(tmp_path, TEXT[start:end], "")
    assert len(problems) == 1
    assert problems[0].endswith("play P4Q4: no signal leads to it")


def test_a_reason_without_a_language_is_told_where_it_stands(tmp_path: Path) -> None:
    reason = "            en: Separate networks gain from links with other fields.\n"
    line = TEXT[: TEXT.index(reason)].count("\n") - 2
    (problem,) = edited(tmp_path, reason, "")
    assert re.match(rf"psi-co/plays\.yaml:{line}: .*the text in 'en' is missing", problem)


def test_two_questions_are_too_few(tmp_path: Path) -> None:
    start = TEXT.index("      - nl: >-\n          Aan welk verschil")
    end = TEXT.index("      - nl: ", start + 5)
    problems = edited(tmp_path, TEXT[start:end], "")
    assert any("P5Q4" in problem for problem in problems)


def test_without_the_part_there_is_no_sharpening(tmp_path: Path) -> None:
    (tmp_path / "plays.yaml").write_text(TEXT[: TEXT.index("\nsharpening:")], encoding="utf-8")
    plays, problems = loaded(tmp_path)
    assert problems == []
    assert plays is not None
    assert plays.sharpening is None


# ------------------------------------------------------------------------------------------ tables


def test_all_texts_stand_in_the_table_of_plays() -> None:
    plays, _ = loaded(FOLDER)
    assert plays is not None
    table = plays_table(plays, ("nl", "fr", "en"))
    assert len(table) == 30 * 13 * 3
    texts = table.set_index(["play", "part", "language"])["text"]
    play = plays.plays["P4Q2"]
    assert texts["P4Q2", "principle", "fr"] == "Explorer, tester et itérer"
    assert texts["P4Q2", "question3", "nl"] == play.questions[2]["nl"]
    assert texts["P4Q2", "action1", "en"] == play.actions[0]["en"]
    assert texts["P4Q2", "case_url", "nl"] == texts["P4Q2", "case_url", "en"] == play.case.url
    assert len(plays_table(None, ("nl",))) == len(play_links_table(None)) == 0


def test_what_leads_to_plays_stands_in_a_table() -> None:
    plays, _ = loaded(FOLDER)
    assert plays is not None
    assert plays.sharpening is not None
    table = play_links_table(plays)
    assert len(table) == 53 * 3
    (row,) = table.query("signal == 'INSTR5' and play == 'P5Q4' and language == 'en'").to_dict(
        "records"
    )
    assert (row["kind"], row["weight"], row["strength"], row["most"]) == (
        "instrument",
        0.5,
        0.2,
        0.3,
    )
    assert row["reason"] == "Without figures, what an innovation delivered stays invisible."


def test_what_is_lacking_is_read_from_each_kind_of_answer() -> None:
    plays, _ = loaded(FOLDER)
    assert plays is not None
    assert plays.sharpening is not None
    assert ASKED is not None
    chosen = {name: plays.sharpening.signals[name] for name in ("bar_risk", "INSTR1", "NETC1")}
    chosen["need_skills"] = plays.sharpening.signals["need_skills"]
    rule = plays.sharpening.model_copy(update={"signals": chosen})
    answers = pd.DataFrame(
        {
            "INSTR1": pd.array([1, 2, 3, 4, None], dtype="Int32"),
            "NETC1_current": pd.array([1, 5, None, 2, 2], dtype="Int32"),
            "NETC1_desired": pd.array([4, 4, 4, None, 2], dtype="Int32"),
        }
    )
    scores = pd.DataFrame(
        {
            "bar_risk": [1.5, np.nan, 2, 3, 4],
            "need_skills_current": [1.0, 2, 3, 4, np.nan],
            "need_skills_desired": [2.5, 2, np.nan, 5, 5],
        }
    )
    found = lacks(plays.model_copy(update={"sharpening": rule}), answers, scores, ASKED)
    expected = {
        "bar_risk": [1.5, np.nan, 2, 3, 4],
        "INSTR1": [1, 1, 0, 0, np.nan],
        "NETC1": [3, -1, np.nan, np.nan, 0],
        "need_skills": [1.5, 0, np.nan, 1, np.nan],
    }
    pd.testing.assert_frame_equal(found, pd.DataFrame(expected, dtype=float))


def test_principles_and_plays_have_labels() -> None:
    study = load_study("psi-co", FOLDER.parents[1])
    table = labels_table(study.questionnaire, study.plan, study.organisations, study.plays)
    dutch = table[table["language"] == "nl"]
    principles = dutch[dutch["kind"] == "principle"]
    assert principles["name"].tolist() == [f"playbook_p{k}" for k in range(1, 6)]
    plays = dutch[dutch["kind"] == "play"].set_index("name")
    assert plays.loc["P5Q4", "parent"] == "playbook_p5"
    assert plays.loc["P5Q4", "label"] == "Tonen wat innovatie oplevert"
