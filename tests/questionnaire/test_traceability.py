"""From source to item and back: how sources are read, and that no item and no document is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.core.declared import validate
from pipeline.core.yaml_text import parse_yaml
from pipeline.questionnaire.load import load_questionnaire
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.traceability import DOCUMENTS, Citation, citations, traceability_page

ROOT = Path(__file__).parents[2]
TINY = """\
study: tiny
languages: [fr, en]
title: {fr: Petit, en: Tiny}
choices:
  agree: {options: [{code: 1, text: {fr: Non, en: "No"}}, {code: 2, text: {fr: Oui, en: "Yes"}}]}
sections:
  - id: page
    title: {fr: Page, en: Page}
    questions:
      - code: M
        kind: matrix
        choices: agree
        text: {fr: Accord, en: Agree}
        source: "002 (step 10); Doe 2016 (own wording)"
        rows:
          - {id: M1, text: {fr: A | B, en: "One<br>\\ntwo"}}
          - {id: M2, text: {fr: C, en: D}, source: "002 (step 9); remark"}
      - {code: S1, kind: single, choices: agree, text: {fr: E, en: F}}
      - {code: S2, kind: single, choices: agree, text: {fr: G, en: H}, source: Own idea (new)}
scales:
  steps:
    name: {fr: Pas, en: Steps}
    definition: {fr: Définition, en: How they walk.}
    level: unit
    source: Doe (2016)
    items: [M1, M2]
    reversed: [M2]
    needed: 1
  alone: {name: {fr: Seul, en: Alone}, source: "Roe & Poe (2001a)", items: [S1], needed: 1}
  all: {name: {fr: Tout, en: All}, parts: [steps, alone], needed: 1}
"""


def build(text: str) -> Questionnaire:
    partly = validate(Questionnaire, parse_yaml(text, "tiny.yaml"), lambda _: None)
    assert partly.value is not None, partly.problems
    return partly.value


@pytest.fixture(scope="module")
def psi_co() -> Questionnaire:
    folder = ROOT / "questionnaires" / "psi-co"
    questionnaire = load_questionnaire(folder, "questionnaires/psi-co").questionnaire
    assert questionnaire is not None
    return questionnaire


def rows(page: str, heading: str) -> dict[str, list[str]]:
    """Return the rows of all tables below a heading by their first cell."""
    part = page.split(f"\n{heading}\n", 1)[1]
    part = re.split(r"\n#+ ", part)[0]
    cells = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in part.splitlines()
        if line.startswith("|")
    ]
    return {row[0]: row[1:] for row in cells}


PAGE = traceability_page(build(TINY))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("003 P1Q2", [("003", "P1Q2")]),
        ("000; 002; 004", [("000", ""), ("002", ""), ("004", "")]),
        ("001 (Aldenzee/Novum 2019), tip: x", [("001", "Aldenzee/Novum 2019, tip: x")]),
        (
            "000 (HRM; point d); OECD (2017), Title: y",
            [("000", "HRM; point d"), ("OECD (2017)", "Title: y")],
        ),
        ("Gieske & Co 2016 (z; own); seed 000", [("Gieske & Co (2016)", "z; own"), ("000", "")]),
        (
            "Oslo tradition (own): type; seed 000 (a)",
            [("Oslo tradition", "own: type"), ("000", "a")],
        ),
        ("Analysis plan, section 2", [("Analysis plan, section 2", "")]),
        ("000 (adoption); shown to all", [("000", "adoption")]),
        ("https://example.org/a; b", [("https://example.org/a", "")]),
        ("2000 people were asked", [("2000 people were asked", "")]),
    ],
)
def test_sources_are_read_out_of_text(text: str, found: list[tuple[str, str]]) -> None:
    assert citations(text) == tuple(Citation(*each) for each in found)


def test_each_source_has_its_items_and_scales() -> None:
    assert rows(PAGE, "## Source documents") == {
        "source": ["number of items", "items", "scales"],
        "---": ["---", "---", "---"],
        "002": ["2", "M1, M2", "[steps](#steps), [all](#all)"],
    }
    assert rows(PAGE, "## Other sources") == {
        "source": ["number of items", "items", "scales"],
        "---": ["---", "---", "---"],
        "Doe (2016)": ["1", "M1", "[steps](#steps), [all](#all)"],
        "Own idea": ["1", "S2", "none"],
        "Roe & Poe (2001a)": ["1", "S1", "[alone](#alone)"],
    }


def test_each_document_has_its_scales_and_places_in_order() -> None:
    found = rows(PAGE, "## From 002")
    assert found["[steps](#steps)"] == ["Steps", "2 of 2"]
    assert found["[all](#all)"] == ["All", "2 of 3"]
    assert list(found)[-2:] == ["step 9", "step 10"]
    assert (found["step 9"], found["step 10"]) == (["M2"], ["M1"])


def test_a_scale_shows_what_it_is_and_its_items() -> None:
    for line in [
        "- Name: Pas (fr) / Steps (en)",
        "- Kind and level: scale, unit",
        "- Definition: How they walk.",
        "- Source: Doe (2016)",
        "Made of [steps](#steps), [alone](#alone).",
    ]:
        assert f"\n{line}\n" in PAGE
    found = rows(PAGE, "### steps")
    assert found["item"] == ["fr", "en", "reversed", "source"]
    assert found["M2"] == ["C", "D", "reversed", "002 (step 9); remark"]
    assert found["M1"][2:] == ["", "002 (step 10); Doe 2016 (own wording)"]


def test_a_cell_stays_a_cell() -> None:
    assert rows(PAGE, "### steps")["M1"][:2] == ["A \\| B", "One&lt;br> two"]


def test_items_without_scale_come_last() -> None:
    assert PAGE.rindex("\n#") == PAGE.index("\n## Items without scale\n")
    assert list(rows(PAGE, "## Items without scale")) == ["item", "---", "S2"]


def test_the_page_says_how_it_is_made_and_is_the_same_twice() -> None:
    head = PAGE.splitlines()[:3]
    assert head[0] == "# Sources of tiny: Tiny"
    assert head[2].startswith(
        "Made from `questionnaires/tiny/questionnaire.yaml` by `psico reference`"
    )
    assert traceability_page(build(TINY)) == PAGE


def test_a_questionnaire_without_sources_says_so() -> None:
    folder = ROOT / "questionnaires" / "tutorial"
    questionnaire = load_questionnaire(folder, "questionnaires/tutorial").questionnaire
    assert questionnaire is not None
    page = traceability_page(questionnaire)
    assert "\nNo item or scale names a source.\n" in page
    assert all(f"\n| {item} | " in page for item in questionnaire.items)


def test_a_document_that_nothing_measures_is_seen() -> None:
    page = traceability_page(build(TINY.replace("study: tiny", "study: psi-co")))
    found = rows(page, "## Source documents")
    assert found["003: The OPSI Playbook"] == ["0", "none", "none"]
    assert "## From 003" not in page


def test_every_item_and_scale_of_psi_co_is_on_its_page(psi_co: Questionnaire) -> None:
    page = traceability_page(psi_co)
    items = {line.split(" | ")[0][2:] for line in page.splitlines() if line.startswith("| ")}
    assert set(psi_co.items) <= items
    for name in psi_co.scales:
        assert f"\n### {name}\n" in page


def test_every_source_document_of_psi_co_is_measured(psi_co: Questionnaire) -> None:
    found = rows(traceability_page(psi_co), "## Source documents")
    for number, title in DOCUMENTS["psi-co"].items():
        count, items, scales = found[f"{number}: {title}"]
        assert int(count) == len(items.split(", ")) >= 1
        assert scales != "none"


def test_every_item_of_psi_co_names_a_source(psi_co: Questionnaire) -> None:
    silent = [name for name, item in psi_co.items.items() if not citations(item.source)]
    assert silent == []
