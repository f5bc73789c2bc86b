"""What LimeSurvey would rename, cut, drop or mix up is refused: all of it at once, nothing written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.errors import UserError
from pipeline.instruments.limesurvey import to_limesurvey
from pipeline.questionnaire.model import Questionnaire
from pipeline.study import Study, load_study


def refused(questionnaire: Questionnaire) -> str:
    with pytest.raises(UserError) as error:
        to_limesurvey(questionnaire)
    return str(error.value)


def changed(study: Study, old: str, new: str) -> Questionnaire:
    """Return the small questionnaire with a code replaced wherever it stands as a whole."""
    text = study.questionnaire.model_dump_json().replace('"organisations":true', '"nominal":true')
    assert f'"{old}"' in text
    return Questionnaire.model_validate_json(text.replace(f'"{old}"', f'"{new}"'))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("HAPPY", "le", "question 'le' is a word of LimeSurvey's own"),
        ("HAPPY", "token", "question 'token' is a word of LimeSurvey's own"),
        ("HAPPY", "warm", "question 'warm' stands there twice"),
        ("HAPPY", "QVERSION", "question 'QVERSION' stands there twice"),
        ("HAPPY", "HAP_PY", "question 'HAP_PY': a letter, then letters and digits, 20 at most"),
        ("HAPPY", "H" * 21, f"question '{'H' * 21}': a letter, then"),
        ("M1", "time", "M: LimeSurvey renames a row 'time'"),
        ("M1", "M_1", "M: row 'M_1': letters and digits, 20 at most"),
        ("app", "PEN", "TOOLS: 'pen', 'PEN' are one code to LimeSurvey"),
        ("app", "other", "TOOLS: LimeSurvey renames a row 'other'"),
        ("s", "strange", "NEW: answer 'strange' would be lost: 1 to 5 letters and digits"),
        ("s", "R", "NEW: 'r', 'R' are one code to LimeSurvey"),
        ("s", "false", "NEW: 'false' is no answer in LimeSurvey's conditions"),
        ("99", "dk", "N: the missing code 'dk' cannot be typed as a number"),
        ("Small", "S" * 201, "the title in 'en' has 201 characters as HTML; at most 200"),
    ],
)
def test_what_limesurvey_would_spoil_is_refused(
    study: Study, old: str, new: str, told: str
) -> None:
    assert f"limesurvey: {told}" in refused(changed(study, old, new))


@pytest.mark.parametrize(("one", "two"), [("1", "01"), ("10", "1e1"), ("16", "0x10")])
def test_codes_that_expressions_take_for_equal_are_refused_where_a_condition_asks(
    small: Callable[..., Path], one: str, two: str
) -> None:
    codes = (
        ("{code: pen, text", f"{{code: {one}, text"),
        ("{code: app, text", f"{{code: '{two}', text"),
    )
    unasked = ("show: \"'pen' in TOOLS and N > 3\", ", "")
    single = ("{code: TOOLS, kind: multiple,", "{code: TOOLS, kind: single,")
    questionnaire = load_study("small", small(*codes, unasked, single)).questionnaire
    assert to_limesurvey(questionnaire)
    asking = questionnaire.model_dump_json().replace("NEW == y", f"TOOLS == '{one}'")
    told = refused(
        Questionnaire.model_validate_json(asking.replace('"organisations":true', '"nominal":true'))
    )
    assert f"TOOLS: '{one}', '{two}' are equal in LimeSurvey's conditions" in told


def test_every_problem_is_told_at_once_and_nothing_is_written(
    small: Callable[..., Path], psico: Any
) -> None:
    edits = [("{code: app,", "{code: time,"), ("{code: HAPPY,", "{code: LE,")]
    root = small(*edits)
    outcome = psico(root, "instruments", "small", "--to", "limesurvey")
    assert outcome.code == 2
    assert "TOOLS: LimeSurvey renames a row 'time'" in outcome.err
    assert "question 'LE' is a word of LimeSurvey's own" in outcome.err
    assert not (root / "reports").exists()
