"""What a questionnaire is checked for: each case bends one text of the small study.

A case gives the text that is replaced, the new text, (part of) the line that the message must point
to, and (part of) the message; a message points to the new text where no line is given.
"""

# ruff: noqa: E501 - one case a line

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.questionnaire.check import CHECKS
from pipeline.questionnaire.load import load_questionnaire

Found = Callable[..., list[tuple[str, str]]]

ROW = "{id: M1, text: {en: First}}"
ROWS = f"        rows:\n          - {ROW}\n          - {{id: M2, text: {{en: Second}}, raw: view2}}"
NO = '{code: n, text: {en: "No"}, raw: 2}'
CASES = {
    "names": [
        ("code: HAPPY", "code: HAPPY_1", "", "'HAPPY_1': a question's code is a letter, then"),
        ("code: HAPPY", "code: 1HAPPY", "", "'1HAPPY': a question's code is a letter"),
        ("code: HAPPY", "code: " + "H" * 21, "", "a question's code is a letter"),
        ("id: M1", "id: M-1", "", "'M-1': a question's code"),
        ("together:\n    name", "Together:\n    name", "", "'Together': lower-case letters"),
        ("code: HAPPY", "code: M1", "", "'M1' stands here twice; first on line"),
        ("code: HAPPY", "code: m1", "", "'m1' stands here twice; first on line"),
        ("partners:\n    name", "org:\n    name", "", "'org' stands here twice; first on line"),
        ("code: HAPPY", "code: Weight", "", "'Weight' is a column of every study; choose another"),
        ("code: HAPPY", "code: Lang", "", "'Lang' is a word of LimeSurvey's own, which renames such questions; give"),
        ("code: HAPPY", "code: HAPPY, id: M1", "", "'M1' stands here twice; first on line"),
        ("code: HAPPY", "code: HAPPY, id: status", "", "'status' is a column of every study"),
        ("together:\n    name", "all:\n    name", "", "'all' is a column of every study"),
    ],
    "sections": [
        ("languages: [en]", "languages: []", "", "'languages' is empty"),
        ("languages: [en]", "languages: [en, en]", "", "languages: 'en' stands here twice"),
        ("- id: more", "- id: More", "", "section 'More': lower-case letters and digits"),
        ("- id: more", "- id: views", "", "section 'views' stands here twice"),
        (ROWS, "        rows: []", "", "M: fewer than 1 rows"),
        ("\n          - {id: S2, text: {en: Sixth}}", "", "rows:", "S: fewer than 2 rows"),
    ],
    "choices": [
        ("code: app", "code: tablet", "", "choices tools: code 'tablet' is lost by survey platforms; allowed: 1 to 5 letters and digits"),
        ("code: app", "code: a_p", "", "choices tools: code 'a_p' is lost by survey platforms"),
        ("code: app", "code: ''", "", "choices tools: code '' is lost by survey platforms"),
        ("code: app", "code: pen", "", "choices tools: code 'pen' stands here twice"),
        ("code: app", "raw: pen, code: app", "", "choices tools: raw value 'pen' stands here twice"),
        ("raw: 2}", "raw: 8}", 'text: {en: Rather not say}', "choices yesno: raw value '8' stands here twice"),
        ("positive: [3]", "positive: [5]", "", "choices agree: positive code '5' is no valid answer; allowed: 1, 2, 3"),
        ("negative: [1]", "negative: [9]", "", "choices agree: negative code '9' is no valid answer"),
        ("organisations: true", "organisations: AGENCY", "orgs:", "choices orgs: organisations.csv lists none for it"),
    ],
    "texts": [
        ("{en: Small}", "{}", "", "the text in 'en' is missing"),
        ("{en: First}", '{en: " "}', "", "M1: the text in 'en' is empty"),
        ("{en: First}", "{en: First, nl: Eerste}", "", "M1: unknown language 'nl'; allowed: en"),
        ("{en: Now}", "{em: Now}", "", "D: the text in 'en' is missing"),
        ("{en: Together}", "{}", "", "together: the text in 'en' is missing"),
        ("{en: Pen}", "{}", "", "tools: the text in 'en' is missing"),
        ("title: {en: More}", "title: {}", "", "more: the text in 'en' is missing"),
        ("{en: Small}", "{en: Small}\ntexts: {thanks: {nl: Bedankt}}", "texts", "thanks: the text in 'en' is missing"),
    ],
    "references": [
        ("choices: yesno", "choices: yesnoo", "", "item NEW: choices 'yesnoo' do not exist; did you mean 'yesno'?"),
        ("choices: unknown", "choices: agree", "", "item N: a count takes missing codes only, and choices 'agree' hold valid answers"),
        ("choices: tools", "choices: unknown", "", "item TOOLS: choices 'unknown' hold no valid answer"),
        ("kind: dual\n        choices: agree", "kind: dual\n        choices: tools", "choices: tools", "item D: a dual rating needs whole numbers as codes"),
    ],
    "columns": [
        (ROW, "{id: M1, text: {en: First}, raw: view2}", "id: M2", "item M2: its raw column 'view2' is that of M1 too"),
        (ROW, "{id: M1, text: {en: First}, raw: d1_current}", "id: D1", "item D1: its raw column 'D1_current' is that of M1 too"),
        ("together:\n    name", "partners_current:\n    name", "partners:", "scale partners: its score 'partners_current' is a column of partners_current too"),
    ],
    "bounds": [
        ("maximum: 50", "maximum: 99", "", "item N: 99 is a missing code and also a possible answer"),
        ("maximum: 50, ", "", "code: N,", "item N: 99 is a missing code and also a possible answer"),
    ],
    "conditions": [
        ("show: NEW == y", "show: NEW = y", "", "condition 'NEW = y': '= y' is not part of the language"),
        ("show: NEW == y", "show: NEWS == y", "", "the question 'NEWS' does not exist; did you mean 'NEW'?"),
        ("show: NEW == y", "show: M1 == 1", "", "the question 'M1' comes later, or in the same question"),
        ("show: NEW == y", "show: N == 1", "", "the question 'N' comes later, or in the same question"),
        (ROW, "{id: M1, text: {en: First}, show: M2 == 1}", "", "the question 'M2' comes later"),
        ("- id: views", "- id: views\n    show: M1 == 1", "show: M1", "the question 'M1' comes later"),
        ("show: NEW == y", "show: NEW == z", "", "'z' is no answer to 'NEW'; allowed: n, r, s, y"),
        ("show: NEW == y", "show: 'NEW in [y, z]'", "", "'z' is no answer to 'NEW'"),
        ("show: NEW == y", "show: \"'nib' in TOOLS\"", "", "'nib' is no answer to 'TOOLS'"),
        ("show: NEW == y", "show: NEW > 1", "", "the answers to 'NEW' have no order"),
        ("show: NEW == y", "show: TOOLS == pen", "", "'code in TOOLS' is for multiple choice, and TOOLS is multiple"),
        ("show: NEW == y", "show: y in NEW", "", "'code in NEW' is for multiple choice, and NEW is single"),
        ("code: HAPPY", "show: D1 == 1, code: HAPPY", "", "the question 'D1' (dual) cannot be compared with"),
        ("code: HAPPY", "show: WHY == x, code: HAPPY", "", "the question 'WHY' (short_text) cannot be compared with"),
        ("code: HAPPY", "show: S1 == 1, code: HAPPY", "", "the question 'S1' (shares) cannot be compared with"),
        ("code: HAPPY", "show: N == x, code: HAPPY", "", "'x' is no answer to 'N'; allowed: 99"),
    ],
    "scales": [
        ("items: [M1, M2]", "items: [M11, M2]", "", "scale together: item 'M11' does not exist; did you mean 'M1'?"),
        ("parts: [together]", "parts: [togethr]", "", "scale total: part 'togethr' does not exist; did you mean 'together'?"),
        ("parts: [together]", "parts: [total]", "", "scale total: it is a part of itself"),
        ("kind: index\n    parts: [together]", "parts: [blok]", "", "scale total: 'blok' has no score"),
        ("reversed: [M2]", "reversed: [D1]", "", "scale together: reversed item 'D1' is not in the scale"),
        ("items: [M1, M2]\n    reversed: [M2]", "items: [M1, N]\n    reversed: [N]", "reversed: [N]", "scale together: reversed item 'N' has no lowest and highest answer"),
        ("items: [M1, M2]", "items: [M1, M2, WHY]", "", "scale together: item 'WHY' (short_text) cannot be averaged"),
        ("items: [M1, M2]", "items: [M1, M2, NEW]", "", "scale together: item 'NEW' (single) cannot be averaged"),
        ("items: [M1, M2]", "items: [M1, M2, TOOLS]", "", "item 'TOOLS' (multiple) cannot be averaged"),
        ("items: [M1, M2]", "items: [M1, M2, D1]", "", "scale together: items rated twice and once cannot be mixed"),
        ("items: [M1, M2]", "items: [M1, M2, N]", "items: [M1, M2, N]", "scale together: counts or numbers and ratings cannot be mixed"),
    ],
}  # fmt: skip
BLOCK = ("scales:", "scales:\n  blok: {kind: block, name: {en: B}, items: [M1]}")


@pytest.mark.parametrize(
    ("old", "new", "at", "message"),
    [
        pytest.param(*case, id=f"{name}-{case[3][:40]}")
        for name, cases in CASES.items()
        for case in cases
    ],
)
def test_each_mistake_is_named_where_it_stands(
    found: Found, old: str, new: str, at: str, message: str
) -> None:
    edits = [(old, new), BLOCK] if "blok" in new else [(old, new)]
    told = [(line, said) for line, said in found(*edits) if message in said]
    assert len(told) == 1
    first_new_line = next(iter((new or at).splitlines())).strip()
    assert (at or first_new_line) in told[0][0]


def test_every_check_has_cases() -> None:
    assert set(CASES) == set(CHECKS)


def test_the_first_of_two_names_is_pointed_to(small: Callable[..., Path]) -> None:
    folder = small(("code: HAPPY", "code: m1")) / "questionnaires" / "small"
    problem = load_questionnaire(folder, "small").problems[0]
    assert problem.message.endswith(", in other capitals, which SPSS takes for the same")
    first = int(problem.message.split("first on line ")[1].split(",")[0])
    lines = (folder / "questionnaire.yaml").read_text().splitlines()
    assert "id: M1" in lines[first - 1]


def test_the_whole_list_is_told_at_once(found: Found) -> None:
    told = found(
        ("code: app", "code: tablet"),
        ("show: NEW == y", "show: NEWS == y"),
        ("{en: First}", "{nl: Eerste}"),
        ("needed: 2", "needed: 3"),
        ("choices: yesno", "choices: yesnoo"),
        ("id: more", "id: More"),
    )
    assert len(told) == 7  # a text in the wrong language is also one that is missing


def test_a_name_in_a_faulty_part_is_not_called_unknown(found: Found) -> None:
    told = found(
        ("code: NEW, kind: single", "code: NEW, kind: singel"),  # N depends on NEW
        ("code: M\n        kind: matrix", "code: M\n        kind: matrix\n        row: 1"),
        ("code: app, text", "code: app, txet"),  # TOOLS uses the choices
    )
    assert sorted(message.partition(";")[0] for _, message in told) == [
        "M: unknown key 'row'",
        "NEW: unknown kind 'singel'",
        "tools: 'text' is missing",
        "tools: unknown key 'txet'",
    ]


def test_lines_stay_right_below_a_part_that_is_left_out(found: Found) -> None:
    told = found(("code: NEW, kind: single", "code: NEW, kind: singel"), ("{en: Happy}", "{}"))
    assert [line[:13] for line, _ in told] == ["- {code: NEW,", "- {code: HAPP"]


def test_a_missing_option_of_a_multiple_choice_cannot_be_asked_for(found: Found) -> None:
    option = (
        "exclusive: true}",
        "exclusive: true}\n      - {code: 9, text: {en: Unsure}, missing: dont_know}",
    )
    messages = [m for _, m in found(option, ("'pen' in TOOLS and", "'9' in TOOLS and"))]
    assert any("'9' is no answer to 'TOOLS'; allowed: app, none, pen" in m for m in messages)
