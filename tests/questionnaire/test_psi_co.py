"""The PSI-CO study: complete, and any break of it is told with file and line."""

from __future__ import annotations

import copy
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.declared import validate
from pipeline.core.plan import Plan
from pipeline.core.yaml_text import Location, YamlText, read_yaml
from pipeline.questionnaire.check import Draft, check_conditions, check_texts
from pipeline.questionnaire.check_plan import check_plan
from pipeline.questionnaire.load import load_questionnaire
from pipeline.questionnaire.model import Questionnaire
from pipeline.study import Study, check_truth, load_study

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "questionnaires" / "psi-co"
LANGUAGES = ("nl", "fr", "en")
TEXT = read_yaml(FOLDER / "questionnaire.yaml", "questionnaire.yaml")


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study("psi-co", ROOT)


def texts_in(data: Any, here: Location = ()) -> list[Location]:
    if isinstance(data, dict) and set(data) == set(LANGUAGES):
        return [here]
    inner = (
        data.items()
        if isinstance(data, dict)
        else enumerate(data)
        if isinstance(data, list)
        else ()
    )
    return [place for key, value in inner for place in texts_in(value, (*here, key))]


TEXTS = texts_in(TEXT.data)


def test_everything_of_the_blueprint_is_there(study: Study) -> None:
    asked = study.questionnaire
    kinds = Counter(scale.kind for scale in asked.scales.values())
    first_order = [s for s in asked.scales.values() if s.kind == "scale" and s.items]
    assert len(asked.items) == 204
    assert (len(first_order), kinds["block"]) == (38, 10)
    second_order = [
        "collaboration_quality",
        "new_ways_of_working",
        "innovation_capacity",
        "barriers",
    ]
    assert all(asked.scales[name].parts for name in second_order)
    assert len(asked.sections) == 21
    assert sum(section.optional for section in asked.sections) == 4
    assert len(study.organisations) == 47
    assert study.plays is not None
    assert len(study.plays.plays) == 30
    assert [h.id for h in study.plan.hypotheses] == [f"H{k}" for k in range(1, 13)]
    assert Counter(h.family for h in study.plan.hypotheses).most_common()[-1][1] == 3


def test_its_truth_fits_its_questionnaire(study: Study) -> None:
    assert check_truth(study)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_string_that_is_deleted_is_missed_on_its_line(language: str) -> None:
    data = copy.deepcopy(TEXT.data)
    for place in TEXTS:
        thing = data
        for part in place:
            thing = thing[part]
        del thing[language]
    text = YamlText(TEXT.path, data, TEXT.lines)
    partly = validate(Questionnaire, text, lambda location: None)
    assert partly.value is not None
    found = list(check_texts(Draft(partly.value, text, set())))
    assert Counter(p.line for p in found) == Counter(TEXT.line(place) for place in TEXTS)
    assert {p.message.rpartition(": ")[2] for p in found} == {
        f"the text in '{language}' is missing"
    }
    assert len(TEXTS) > 500


def scale_names() -> list[str]:
    return list(TEXT.data["scales"])


@pytest.mark.parametrize("name", scale_names())
def test_a_renamed_scale_is_told(name: str, study: Study) -> None:
    renamed = {f"{k}_x" if k == name else k: v for k, v in study.questionnaire.scales.items()}
    asked = study.questionnaire.model_copy(update={"scales": renamed})
    plan_text = read_yaml(FOLDER / "analysis.yaml", "analysis.yaml")
    plan = validate(Plan, plan_text, lambda location: None).value
    assert plan is not None
    told = [str(problem) for problem in check_plan(plan, plan_text, asked, set())]
    assert any(
        re.match(rf"analysis\.yaml:\d+: scales: unknown name '{name}'", each) for each in told
    )


def conditions() -> list[Location]:
    places: list[Location] = []
    for i, section in enumerate(TEXT.data["sections"]):
        places += [("sections", i, "show")] if "show" in section else []
        for j, question in enumerate(section["questions"]):
            here: Location = ("sections", i, "questions", j)
            places += [(*here, "show")] if "show" in question else []
            for k, row in enumerate(question.get("rows", ())):
                places += [(*here, "rows", k, "show")] if "show" in row else []
    return places


@pytest.mark.parametrize("place", conditions(), ids=lambda place: ".".join(map(str, place)))
def test_a_broken_condition_is_told_on_its_line(place: Location) -> None:
    data = copy.deepcopy(TEXT.data)
    thing = data
    for part in place[:-1]:
        thing = thing[part]
    thing["show"] = re.sub(r"[A-Z]+", lambda m: m[0] + "Q", thing["show"], count=1)
    partly = validate(Questionnaire, YamlText(TEXT.path, data, TEXT.lines), lambda location: None)
    assert partly.value is not None
    (found,) = check_conditions(Draft(partly.value, partly.text, set()))
    assert found.line == TEXT.line(place)
    assert "does not exist" in found.message


def test_there_are_conditions_to_break() -> None:
    assert len(conditions()) >= 20


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("scale: playbook_p3", "scale: playbok_p3", "did you mean 'playbook_p3'?"),
        ("\n  P4Q2:", "\n  P4Q9:", "play P4Q9: no item of that name is rated twice"),
        ("\n  P4Q2:", "\n  P4Q9:", "item P4Q2 of playbook_p4 has no play"),
        ("principle: P2", "principle: P7", "unknown principle 'P7'"),
        ("      fr: Offrir appui et pilotage\n", "", "P1Q3: the text in 'fr' is missing"),
    ],
)
def test_plays_are_held_against_the_questionnaire(
    old: str, new: str, told: str, tmp_path: Path
) -> None:
    from pipeline.questionnaire.plays import load_plays

    plays = (FOLDER / "plays.yaml").read_text(encoding="utf-8")
    assert old in plays
    (tmp_path / "plays.yaml").write_text(plays.replace(old, new, 1), encoding="utf-8")
    asked = load_questionnaire(FOLDER, "psi-co").questionnaire
    assert asked is not None
    _, problems = load_plays(tmp_path, "psi-co", asked)
    assert any(told in str(problem) for problem in problems)
    assert all(re.match(r"psi-co/plays\.yaml:\d+: ", str(problem)) for problem in problems)


def changed(tmp_path: Path, name: str, old: str, new: str) -> list[str]:
    """Return what is told of the study with one text of one file replaced."""
    import shutil

    from pipeline.core.errors import ProblemsFound

    root = tmp_path / "project"
    shutil.copytree(FOLDER, root / "questionnaires" / "psi-co")
    path = root / "questionnaires" / "psi-co" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ProblemsFound) as error:
        check_truth(load_study("psi-co", root))
    return [str(problem) for problem in error.value.problems]


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        (
            "organisations.csv",
            "FPS Finance,FOD,",
            "FPS Finance,,",
            "organisation FIN: unknown type ''",
        ),
        ("organisations.csv", "FPS Finance,FOD,", "FPS Finance,FODX,", "did you mean 'FOD'?"),
        ("analysis.yaml", "    OISZ:", "    OISX:", "types: no organisation is of type 'OISX'"),
        ("truth.yaml", "col_goal:", "col_gaol:", "col_gaol"),
    ],
)
def test_files_of_a_study_are_held_against_each_other(
    name: str, old: str, new: str, told: str, tmp_path: Path
) -> None:
    problems = changed(tmp_path, name, old, new)
    assert any(told in each for each in problems)
    assert all(
        re.match(r"questionnaires/psi-co/[a-z]+\.(yaml|csv):\d+: ", each) for each in problems
    )
