"""The form for ODK and KoboToolbox: their own checks, every language, and texts that are only texts."""

from __future__ import annotations

import html
import io
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyxform.xls2xform import convert
from random_studies import HOSTILE, random_questionnaire
from xlsform_emulator import form_fields, sheet_rows

from pipeline.core.errors import UserError
from pipeline.instruments.xlsform import to_xlsform
from pipeline.instruments.xlsform.text import WORD_JOINER, as_label, as_plain
from pipeline.questionnaire.columns import answer_columns
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.version import questionnaire_version
from pipeline.study import load_study

ROOT = Path(__file__).parents[2]
MARKUP = re.compile(r"[<*_\\`~]|\$\{|&(?!#\d+;)(?=[A-Za-z#])|(?m:^)\s*(?:[#>=]|[-+] |\d+[.)] )")


def form_of(questionnaire: Questionnaire) -> bytes:
    ((name, content),) = to_xlsform(questionnaire).files.items()
    assert name == f"{questionnaire.study}.xlsx"
    return content


@pytest.fixture(scope="module")
def tutorial_form() -> bytes:
    return form_of(load_study("tutorial", ROOT).questionnaire)


@pytest.fixture(scope="module")
def psi_co_form(psi_co: Questionnaire) -> bytes:
    return form_of(psi_co)


def row_of(content: bytes, name: str) -> dict[str, str]:
    (row,) = (
        r for r in sheet_rows(content, "survey") if r["name"] == name and r["type"] != "end_group"
    )
    return row


# ------------------------------------------------------------------------------------- its own checks


@pytest.mark.parametrize("study", ["psi-co", "tutorial", 7, 19])
def test_pyxform_and_odk_validate_accept_it_without_warnings(study: str | int) -> None:
    if shutil.which("java") is None:
        pytest.skip("Java is absent: ODK Validate cannot run")
    questionnaire = (
        load_study(study, ROOT).questionnaire
        if isinstance(study, str)
        else random_questionnaire(study)
    )
    result = convert(form_of(questionnaire), validate=True, file_type=".xlsx")
    assert result.warnings == []


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_pyxform_takes_every_kind_of_question_and_text(seed: int) -> None:
    assert convert(form_of(random_questionnaire(seed)), file_type=".xlsx").warnings == []


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_no_translation_is_blank(seed: int) -> None:
    assert_translated(random_questionnaire(seed))


def test_no_translation_of_psi_co_is_blank(psi_co: Questionnaire) -> None:
    assert_translated(psi_co)


def assert_translated(questionnaire: Questionnaire) -> None:
    """Pyxform lets blank cells through; a respondent would see a dash."""
    content = form_of(questionnaire)
    for sheet in ("survey", "choices"):
        rows = sheet_rows(content, sheet) if sheet == "survey" or has_choices(content) else []
        translated = {h.partition("::")[0] for h in (rows[0] if rows else ()) if "::" in h}
        for each in translated:
            headings = [heading for heading in rows[0] if heading.startswith(f"{each}::")]
            assert len(headings) == len(questionnaire.languages)
            for row in rows:
                assert len({bool(row[heading].strip()) for heading in headings}) == 1, row
    for row in sheet_rows(content, "choices") if has_choices(content) else []:
        assert all(row.values())
    for row in sheet_rows(content, "survey"):
        silent = row["type"] in {"start", "end", "calculate", "hidden", "end_group"}
        assert bool(row[next(h for h in row if h.startswith("label::"))]) != silent


def has_choices(content: bytes) -> bool:
    return any(field.options for field in form_fields(content))


def test_languages_are_named_alike_everywhere(tutorial_form: bytes) -> None:
    named = ["label::Nederlands (nl)", "label::Français (fr)", "label::English (en)"]
    for sheet in ("survey", "choices"):
        assert [h for h in sheet_rows(tutorial_form, sheet)[0] if h.startswith("label")] == named
    (settings,) = sheet_rows(tutorial_form, "settings")
    assert settings == {
        "form_title": "Samen werken aan innovatie",
        "form_id": "tutorial",
        "version": questionnaire_version(load_study("tutorial", ROOT).questionnaire),
        "default_language": "Nederlands (nl)",
        "style": "pages",
    }


# ------------------------------------------------------------------------------------------ contents


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_every_item_and_code_is_there_in_every_language(seed: int) -> None:
    questionnaire = random_questionnaire(seed)
    content = form_of(questionnaire)
    fields = {field.name: field for field in form_fields(content)}
    for column in answer_columns(questionnaire):
        item, field = column.item, fields[column.xlsform_field]
        if item.kind in {"single", "multiple", "matrix", "dual"}:
            assert set(field.options) == {option.code for option in item.choices.options}
        for language in questionnaire.languages:
            name = f"{item.id}_both" if item.kind == "dual" else field.name
            assert shown(row_of(content, name), language) == in_paragraphs(item.text[language])
            if item.kind == "dual":
                heading = item.headings[column.name.endswith("_desired")][language]
                assert shown(row_of(content, field.name), language) == in_paragraphs(heading)
    for choice in sheet_rows(content, "choices") if has_choices(content) else []:
        if choice["list_name"] != "LANGUAGE":
            (option,) = (
                option
                for option in questionnaire.choices[choice["list_name"]].options
                if option.code == choice["name"]
            )
            for language in questionnaire.languages:
                label = choice[heading_of(choice, "label", language)]
                assert label.replace(WORD_JOINER, "") == option.text[language]


def heading_of(row: dict[str, str], what: str, language: str) -> str:
    return next(h for h in row if h.startswith(f"{what}::") and h.endswith(f"({language})"))


def shown(row: dict[str, str], language: str, what: str = "label") -> str:
    """Return what a client shows of a label that it reads as Markdown with HTML."""
    label = row[heading_of(row, what, language)]
    assert not MARKUP.search(label), label
    return html.unescape(label)


def in_paragraphs(text: str) -> str:
    return re.sub(r"\n+", "\n\n", text)


def test_pages_tables_and_ratings_of_the_tutorial(tutorial_form: bytes) -> None:
    rows = [
        (row["type"], row["name"], row["appearance"])
        for row in sheet_rows(tutorial_form, "survey")
        if row["type"] != "end_group"
    ]
    assert rows == [
        ("start", "start", ""),
        ("end", "end", ""),
        ("calculate", "QVERSION", ""),
        ("hidden", "TOKEN", ""),
        ("begin_group", "page_0", "field-list"),
        ("note", "note_welcome", ""),
        ("select_one LANGUAGE", "LANGUAGE", ""),
        ("begin_group", "page_1", "field-list"),
        ("begin_group", "COLLAB_rows", "table-list"),
        *(("select_one agree5", f"COLLAB{k}", "") for k in range(1, 5)),
        ("begin_group", "page_2", "field-list"),
        ("begin_group", "IDEAS_rows", "table-list"),
        *(("select_one agree5", f"IDEAS{k}", "") for k in range(1, 4)),
        ("begin_group", "page_3", "field-list"),
        ("begin_group", "PART_rows", ""),
        ("begin_group", "PART1_both", "table-list"),
        ("select_one extent5", "PART1_current", ""),
        ("select_one extent5", "PART1_desired", ""),
        ("begin_group", "PART2_both", "table-list"),
        ("select_one extent5", "PART2_current", ""),
        ("select_one extent5", "PART2_desired", ""),
        ("begin_group", "page_4", "field-list"),
        ("select_one yesno", "INNOVATED", ""),
        ("integer", "INNOCOUNT", ""),
        ("select_multiple partners", "PARTNERS", ""),
        ("begin_group", "page_5", "field-list"),
        ("select_one role", "ROLE", ""),
        ("select_one organisation", "ORG", "minimal autocomplete"),
        ("begin_group", "page_end", "field-list"),
        ("note", "note_thanks", ""),
    ]


def test_texts_around_the_questions(tutorial_form: bytes, psi_co_form: bytes) -> None:
    language = row_of(tutorial_form, "LANGUAGE")
    assert language["required"] == "yes"
    for code in ("nl", "fr", "en"):
        asked = shown(language, code)
        assert "In welke taal" in asked
        assert "Dans quelle langue" in asked
    assert shown(row_of(tutorial_form, "note_thanks"), "en").split("\n\n") == [
        "This is the end. Your answers have not been sent yet: please send them now. Once they are sent:",
        "Thank you for your time. You can now close this window.",
    ]
    assert shown(row_of(tutorial_form, "INNOCOUNT"), "en", "hint") == (
        "An estimate will do.\n\n99 = Don't know"  # the help does not name the code
    )
    assert "99" in shown(row_of(psi_co_form, "INNIDEA"), "en", "hint")
    assert "99 =" not in shown(row_of(psi_co_form, "INNIDEA"), "en", "hint")
    count = row_of(tutorial_form, "INNOCOUNT")
    assert count[heading_of(count, "constraint_message", "nl")] == (
        "Een geheel getal van 0 tot 50; 99 = Weet ik niet"
    )
    exclusive = row_of(tutorial_form, "PARTNERS")
    assert exclusive[heading_of(exclusive, "constraint_message", "fr")] == (
        "Avec « Aucun de ces partenaires », aucune autre réponse ne peut être choisie."
    )
    assert shown(row_of(psi_co_form, "note_CONSENTINFO"), "nl").count("\n\n") == 8


def test_conditions_stand_on_pages_questions_rows_and_notes(psi_co_form: bytes) -> None:
    assert row_of(psi_co_form, "page_2")["relevant"] == "${CONSENT} = '1'"
    assert row_of(psi_co_form, "page_3")["relevant"] == "(${CONSENT} = '1' and ${INNOV} = '1')"
    assert row_of(psi_co_form, "INNNUM")["relevant"] == "${INNOV} = '1'"
    assert row_of(psi_co_form, "note_REFUSED")["relevant"] == "${CONSENT} = '0'"
    assert row_of(psi_co_form, "INNNUM")["constraint"] == "(. >= 0 and . <= 50) or . = 99"
    shares = row_of(psi_co_form, "FACANT_current")
    for row in (shares, row_of(psi_co_form, "sum_FACETS_desired")):
        what = "constraint_message" if row is shares else "required_message"
        assert row[heading_of(row, what, "en")] == "The four shares must add up to 100."


def test_a_table_of_which_no_row_is_shown_is_not_shown() -> None:
    text = {"en": "t"}
    row = {"text": text, "show": "A == 1"}
    questionnaire = small(
        {"code": "A", "kind": "single", "choices": "yes", "text": text},
        {
            **{"code": "M", "kind": "matrix", "choices": "yes", "text": text},
            "rows": ({"id": "M1", **row}, {"id": "M2", **row, "show": "A == 2"}),
        },
        {
            **{"code": "B", "kind": "matrix", "choices": "yes", "text": text, "show": "A != 2"},
            "rows": ({"id": "B1", **row}, {"id": "B2", "text": text}),
        },
    )
    content = form_of(questionnaire)
    assert row_of(content, "M_rows")["relevant"] == "(${A} = '1' or ${A} = '2')"
    assert row_of(content, "B_rows")["relevant"] == "(${A} != '' and not(${A} = '2'))"


def small(*questions: dict[str, Any], study: str = "small", **more: Any) -> Questionnaire:
    """Return a questionnaire of one page in one language, with the choice set `yes`."""
    text = {"en": "t"}
    options = tuple({"code": code, "text": text} for code in ("1", "2"))
    fields = {
        "languages": ("en",),
        "title": text,
        "choices": {"yes": {"options": options}},
        "sections": ({"id": "one", "title": text, "questions": questions},),
        **more,
    }
    return Questionnaire.model_validate({"study": study, **fields})


def single(code: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "kind": "single", "choices": "yes", "text": {"en": "t"}, **more}


def test_required_questions_say_so_in_every_field() -> None:
    rows = ({"id": "D1", "text": {"en": "t"}}, {"id": "D2", "text": {"en": "t"}})
    both = {"current": {"en": "now"}, "desired": {"en": "then"}}
    dual = {
        "code": "D",
        "kind": "dual",
        "choices": "yes",
        "text": {"en": "t"},
        "rows": rows,
        **both,
    }
    share_rows = ({"id": "S1", "text": {"en": "t"}}, {"id": "S2", "text": {"en": "t"}})
    shares = {"code": "S", "kind": "shares", "text": {"en": "t"}, "rows": share_rows}
    content = form_of(
        small(single("A", required=True), {**dual, "required": True}, {**shares, "required": True})
    )
    for name in ("A", "D1_current", "D1_desired", "D2_current", "D2_desired", "S1", "S2"):
        row = row_of(content, name)
        assert row["required"] == "yes"
        assert row[heading_of(row, "required_message", "en")] == "Please answer this question."


def test_options_that_nobody_can_choose_are_not_offered() -> None:
    text = {"en": "t"}
    options = (
        {"code": "1", "text": text},
        {"code": "7", "text": text, "missing": "not_asked"},
        {"code": "9", "text": text, "missing": "dont_know"},
    )
    questionnaire = small(
        single("A"),
        {"code": "T", "kind": "multiple", "choices": "yes", "text": text},
        choices={"yes": {"options": options}},
    )
    fields = {field.name: field for field in form_fields(form_of(questionnaire))}
    assert fields["A"].options == ("1", "9")
    assert fields["T"].options == ("1",)


def test_a_form_in_one_language_does_not_ask_for_it() -> None:
    content = form_of(small(single("A")))
    assert "LANGUAGE" not in {field.name for field in form_fields(content)}
    assert "page_0" not in {row["name"] for row in sheet_rows(content, "survey")}


# ---------------------------------------------------------------------------------------------- texts


@pytest.mark.parametrize(
    "text", [*HOSTILE, "1. one", "- a\n+ b", "a\n# b", "[a](b)", "&#60;b>", "x\n> y"]
)
def test_no_client_takes_a_label_for_markup(text: str) -> None:
    label = as_label({"en": text})["en"]
    assert not MARKUP.search(label)
    assert "](" not in label
    assert html.unescape(label) == in_paragraphs(text)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<b>x</b>", "<\u2060b>x<\u2060/b>"),
        ("a < b", "a < b"),
        ("R&D & more &amp;", "R&\u2060D & more &\u2060amp;"),
        ("${M1}", "$\u2060{M1}"),
        ("=1+1", "\u2060=1+1"),
        ("# a", "\u2060# a"),
        ('say \\"x\\"', 'say \\\u2060"x\\\u2060"'),
        ("plain (text), 1. and so - on", "plain (text), 1. and so - on"),
    ],
)
def test_options_and_messages_hold_no_markup(text: str, plain: str) -> None:
    assert as_plain({"en": text})["en"] == plain


def test_no_text_is_a_formula_a_number_or_a_link() -> None:
    texts = ("=1+1", "@SUM(1)", "007", "https://example.org", "-1")
    rows = tuple({"id": f"R{k}", "text": {"en": text}} for k, text in enumerate(texts))
    matrix = {"code": "M", "kind": "matrix", "choices": "yes", "text": {"en": "=2+2"}, "rows": rows}
    content = form_of(small(matrix))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if "worksheets" in name]
    assert all(b"<f>" not in sheet and b"hyperlink" not in sheet for sheet in sheets)
    assert all(b"<c " not in sheet.replace(b't="s"', b"").replace(b"<c r", b"") for sheet in sheets)
    assert [shown(row_of(content, f"R{k}"), "en") for k in range(len(texts))] == list(texts)


def test_what_a_form_has_no_place_for_is_said(psi_co: Questionnaire) -> None:
    said = " ".join(to_xlsform(psi_co).not_carried)
    for what in ("invited", "each page", "half-way", "shown", "ticked", "side by side", "LANGUAGE"):
        assert what in said
    assert "underscores" not in said
    assert "LANGUAGE" not in " ".join(to_xlsform(small(single("A"))).not_carried)
    starred = {"yes": {"options": ({"code": "1", "text": {"en": "*so*"}},)}}
    assert "Asterisks" in " ".join(to_xlsform(small(single("A"), choices=starred)).not_carried)


# ----------------------------------------------------------------------------------------- refusals


def refused(questionnaire: Questionnaire) -> str:
    with pytest.raises(UserError) as error:
        to_xlsform(questionnaire)
    return str(error.value)


TEXT = {"en": "t"}
LONG = "L" * 33


@pytest.mark.parametrize(
    ("questionnaire", "told"),
    [
        (
            small(single("Abc"), single("ABC")),
            "xlsform: the name 'ABC' stands in the form twice, beside 'Abc': capitals alone",
        ),
        (small(single("A"), single("A")), "xlsform: the name 'A' stands in the form twice"),
        (small(single("a_current"), single("1a")), "the name '1a' is not a letter followed by"),
        (small(single(LONG)), f"the name '{LONG}' has 33 characters; 32 at most are safe"),
        (small(single("instanceID")), "the name 'instanceID' is one of the form's own"),
        (small(single("End")), "the name 'End' stands in the form twice, beside 'end'"),
        (small(single("TOKEN")), "the name 'TOKEN' stands in the form twice"),
        (small(single("A"), study="my study"), "the study's name 'my study' cannot be a form_id"),
        (small(single("A", text={"en": " "})), "A: label: no text in 'en'; a respondent would see '-'"),
        (small(single("A", text={"en": "a\x07"})), "A: label: a control character in 'en'"),
        (small(single("A", text={"en": "a" * 33_000})), "33000 characters in 'en'; a cell takes 32767"),
        (
            small(single("A"), choices={"yes": {"options": ({"code": "a b", "text": TEXT},)}}),
            "choices 'yes': the code 'a b' is not letters, digits",
        ),
        (
            small(single("A"), choices={"yes": {"options": ({"code": "1", "text": TEXT},) * 2}}),
            "choices 'yes': the code '1' stands there twice",
        ),
        (
            small(
                single("A", choices="my set"),
                choices={"my set": {"options": ({"code": "1", "text": TEXT},)}},
            ),
            "choices 'my set': the name is not a letter",
        ),
        (
            small(
                {"code": "N", "kind": "count", "choices": "dk", "text": TEXT},
                choices={"dk": {"options": ({"code": "dk", "text": TEXT, "missing": "dont_know"},)}},
            ),
            "xlsform: N: the code 'dk' cannot be entered where a number is asked for",
        ),
    ],
)  # fmt: skip
def test_what_a_form_would_lose_is_refused(questionnaire: Questionnaire, told: str) -> None:
    assert told in refused(questionnaire)


def test_all_problems_are_told_at_once() -> None:
    told = refused(small(single("1a"), single("2b"), single("C", text={"en": ""})))
    assert [line.count("xlsform: ") for line in told.split("\n")] == [1, 1, 1]


def test_a_language_that_lacks_a_text_is_named(psi_co: Questionnaire) -> None:
    without = psi_co.model_copy(
        update={"texts": {"welcome": {"nl": "Welkom", "fr": "", "en": "Welcome"}}}
    )
    assert (
        refused(without)
        == "xlsform: note_welcome: label: no text in 'fr'; a respondent would see '-'"
    )
