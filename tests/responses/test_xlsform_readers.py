"""Files of Kobo and ODK Central: headings with and without groups, what is skipped, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from random_studies import Sheet, assert_same_answers
from xlsform_emulator import kobo_csv, kobo_table, odk_csv, odk_table

from pipeline.core.errors import UserError
from pipeline.core.plan import Organisations, Plan, Responses
from pipeline.instruments.xlsform import to_xlsform
from pipeline.questionnaire.columns import answer_columns
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.version import questionnaire_version
from pipeline.responses.decode import decode_answers
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers import READERS
from pipeline.responses.recognise import recognise_format
from pipeline.study import load_study

ROOT = Path(__file__).parents[2]
ANSWERS = {
    "COLLAB1": "1",
    "COLLAB2": "99",
    "COLLAB3": None,
    "COLLAB4": "5",
    **{f"IDEAS{k}": "3" for k in (1, 2, 3)},
    "PART1_current": "2",
    "PART1_desired": "99",
    "PART2_current": "1",
    "PART2_desired": "5",
    "INNOVATED": "1",
    "INNOCOUNT": "4",
    **{"PARTNERS_pub": "1", "PARTNERS_firm": "0", "PARTNERS_uni": "1", "PARTNERS_none": "0"},
    "ROLE": "mgr",
    "ORG": "FIN",
}
Rows = list[list[str]]


@pytest.fixture(scope="module")
def tutorial() -> Questionnaire:
    return load_study("tutorial", ROOT).questionnaire


@pytest.fixture(scope="module")
def people(tutorial: Questionnaire) -> list[Sheet]:
    organisation = tutorial.items["ORG"].choices.valid_codes[0]
    answers = ANSWERS | {"ORG": organisation}
    return [
        Sheet(f"uuid:{k}", language, 5, True, answers) for k, language in enumerate(("nl", "en"))
    ]


@pytest.fixture
def table(tutorial: Questionnaire, people: list[Sheet]) -> Callable[..., Rows]:
    """Return a function that gives the rows of a platform's export, header first."""
    (form,) = to_xlsform(tutorial).files.values()

    def rows(platform: str = "kobo", **how: Any) -> Rows:
        make = kobo_table if platform == "kobo" else odk_table
        return make(form, people, **{"groups": True, "multiple": "both", **how})

    return rows


@pytest.fixture
def read(tmp_path: Path, tutorial: Questionnaire) -> Callable[..., RawAnswers]:
    """Return a function that reads rows as a file of a platform."""

    def reader(rows: Rows, platform: str = "kobo", **layout: Any) -> RawAnswers:
        path = tmp_path / "export.csv"
        path.write_bytes((kobo_csv if platform == "kobo" else odk_csv)(rows))
        how = Responses(file=path.name, format=platform, **layout)
        return READERS[platform](path, "raw/export.csv", tutorial, how)

    return reader


def refusal(read: Callable[..., RawAnswers], rows: Rows, platform: str = "kobo", **how: Any) -> str:
    with pytest.raises(UserError) as error:
        read(rows, platform, **how)
    return str(error.value)


def put(rows: Rows, field: str, *cells: str) -> Rows:
    """Return rows with other cells in the column of a field."""
    at = place(rows, field)
    changed = [
        [*row[:at], cell, *row[at + 1 :]] for row, cell in zip(rows[1:], cells, strict=False)
    ]
    return [rows[0], *changed, *rows[1 + len(changed) :]]


def place(rows: Rows, field: str) -> int:
    (at,) = (k for k, name in enumerate(rows[0]) if name.replace("-", "/").split("/")[-1] == field)
    return at


def headed(rows: Rows, old: str, new: str) -> Rows:
    at = place(rows, old)
    return [[*rows[0][:at], new, *rows[0][at + 1 :]], *rows[1:]]


def without(rows: Rows, *headings: str) -> Rows:
    kept = [k for k, name in enumerate(rows[0]) if name.split("/", 1)[-1] not in headings]
    return [[row[k] for k in kept] for row in rows]


# ------------------------------------------------------------------------------------- what is read


@pytest.mark.parametrize("platform", ["kobo", "odk"])
@pytest.mark.parametrize("groups", [True, False])
@pytest.mark.parametrize("multiple", ["summary", "details", "both"])
def test_headings_with_and_without_groups_and_every_form_of_multiple_choices(
    tutorial, people, table, read, platform: str, groups: bool, multiple: str
) -> None:
    raw = read(table(platform, groups=groups, multiple=multiple), platform)
    plan = Plan(seed=1, responses=Responses(), organisation=Organisations(levels=("ORG",)))
    assert_same_answers(decode_answers(raw, tutorial, plan), tutorial, people, tells_unticked=False)
    assert raw.pages.tolist() == [5, 5]
    assert raw.source_row.tolist() == [2, 3]
    assert raw.token.tolist() == [None, None]
    assert raw.unseen == {}


def test_an_option_may_be_called_as_another_question_is(tmp_path: Path) -> None:
    text = {"en": "t"}
    options = tuple({"code": code, "text": text} for code in ("A", "B"))
    asked = (
        {"code": "T", "kind": "multiple", "choices": "ab", "text": text},
        {"code": "A", "kind": "single", "choices": "ab", "text": text},
    )
    questionnaire = Questionnaire.model_validate(
        {
            **{"study": "same", "languages": ("en",), "title": text},
            "choices": {"ab": {"options": options}},
            "sections": ({"id": "one", "title": text, "questions": asked},),
        }
    )
    (form,) = to_xlsform(questionnaire).files.values()
    person = Sheet("1", "en", 1, True, {"T_A": "0", "T_B": "1", "A": "A"})
    for groups in (True, False):
        rows = kobo_table(form, [person], groups=groups, multiple="details")
        (tmp_path / "x").write_bytes(kobo_csv(rows))
        layout = Responses(file="x", format="kobo")
        codes = READERS["kobo"](tmp_path / "x", "x", questionnaire, layout).codes
        assert codes.loc[0].to_dict() == {"T_A": "0", "T_B": "1", "A": "A"}


def test_a_multiple_choice_without_any_tick_is_not_answered(table, read) -> None:
    for multiple in ("summary", "both"):
        codes = read(put(table(multiple=multiple), "PARTNERS", "", "none")).codes
        assert codes["PARTNERS_uni"].isna().tolist() == [True, False]
        assert codes["PARTNERS_none"].tolist()[1] == "1"


def test_commas_and_semicolons_are_read_alike(table, tmp_path: Path, tutorial) -> None:
    rows = table()
    read = []
    for write in (kobo_csv, odk_csv):
        (tmp_path / "export.csv").write_bytes(write(rows))
        layout = Responses(file="export.csv", format="kobo")
        read.append(READERS["kobo"](tmp_path / "export.csv", "x", tutorial, layout).codes)
    assert read[0].equals(read[1])


def test_groups_that_someone_added_in_the_form_builder_do_not_matter(table, read) -> None:
    rows = table()
    rows[0] = [f"all/{name}" if name.startswith("page_") else name for name in rows[0]]
    assert read(rows).codes.equals(read(table()).codes)


@pytest.mark.parametrize(("platform", "names"), [("kobo", "kobo"), ("odk", "odk")])
def test_the_platform_is_told_by_its_own_columns(
    tmp_path: Path, table, platform: str, names: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes((kobo_csv if platform == "kobo" else odk_csv)(table(platform)))
    assert recognise_format(path, "file") == names


def test_a_kobo_file_with_labels_is_told_to_be_kobos(tmp_path: Path, table) -> None:
    rows = headed(table(groups=False), "note_welcome", "Welkom\nop twee lijnen; met een punt")
    path = tmp_path / "file"
    path.write_bytes(kobo_csv(rows))
    assert recognise_format(path, "file") == "kobo"


@pytest.mark.parametrize("content", [b"", b"\x00\xff", b'{"_uuid": 1}', b"_uuid;other\n1;2\n"])
def test_other_files_look_like_neither(tmp_path: Path, content: bytes) -> None:
    from pipeline.responses.readers.kobo import looks_like_kobo
    from pipeline.responses.readers.odk import looks_like_odk

    path = tmp_path / "file"
    path.write_bytes(content)
    assert not looks_like_kobo(path)
    assert not looks_like_odk(path)
    assert not looks_like_kobo(tmp_path)


def test_a_missing_code_written_as_a_decimal_is_the_code(tmp_path: Path) -> None:
    text = {"en": "t"}
    questionnaire = Questionnaire.model_validate(
        {
            "study": "warm",
            "languages": ("en",),
            "title": text,
            "choices": {"dk": {"options": ({"code": "99", "text": text, "missing": "dont_know"},)}},
            "sections": (
                {
                    **{"id": "one", "title": text},
                    "questions": (
                        {
                            "code": "W",
                            "kind": "number",
                            "maximum": 9.5,
                            "choices": "dk",
                            "text": text,
                        },
                    ),
                },
            ),
        }
    )
    (form,) = to_xlsform(questionnaire).files.values()
    people = [
        Sheet(str(k), "en", 1, True, {"W": w}) for k, w in enumerate(["99", "2.5", "9", None])
    ]
    rows = kobo_table(form, people, groups=False, multiple="both")
    assert [row[place(rows, "W")] for row in rows[1:]] == ["99.0", "2.5", "9.0", ""]
    (tmp_path / "x").write_bytes(kobo_csv(rows))
    layout = Responses(file="x", format="kobo")
    raw = READERS["kobo"](tmp_path / "x", "x", questionnaire, layout)
    plan = Plan(seed=1, responses=layout, organisation=Organisations(levels=("W",)))
    answers = decode_answers(raw, questionnaire, plan)
    assert answers["W"].fillna(0).tolist() == [0, 2.5, 9, 0]
    assert answers["W_missing"].astype(object).tolist()[::3] == ["dont_know", "empty"]


def test_the_token_of_a_personal_link_is_read(table, read) -> None:
    assert read(put(table(), "TOKEN", "t1", "")).token.tolist() == ["t1", None]


@pytest.mark.parametrize("platform", ["kobo", "odk"])
def test_an_earlier_version_is_read_where_the_plan_says_so(table, read, platform: str) -> None:
    rows = put(table(platform), "QVERSION", "0123456789ab")
    assert len(read(rows, platform, versions=("0123456789ab",)).respondent) == 2


def test_columns_that_the_plan_ignores_are_not_read(table, read) -> None:
    rows = [[*row, "x"] for row in table()]
    rows[0][-1] = "page_9/extra"
    assert read(rows, ignore=("page_9/extra",)).codes.equals(read(table()).codes)


# ------------------------------------------------------------------------------------ what is refused


def test_another_version_is_refused(table, read, tutorial) -> None:
    told = refusal(read, put(table(), "QVERSION", "0123456789ab"))
    assert "column 'QVERSION': '0123456789ab' is another version of the questionnaire" in told
    assert questionnaire_version(tutorial) in told
    assert "'versions' in analysis.yaml" in told


LABELS = (
    ("COLLAB1", "We weten waar collega's in andere teams mee bezig zijn."),
    (
        "COLLAB1",
        "Samenwerken in uw organisatie/We know what colleagues in other teams are working on.",
    ),
    ("PART1_current", "Externe partners van bij het begin bij een project betrekken/Nu"),
)


@pytest.mark.parametrize(("field", "label"), LABELS)
def test_labels_as_headings_say_how_to_export(table, read, field: str, label: str) -> None:
    told = refusal(read, headed(table(), field, label))
    assert told == (
        "raw/export.csv: the headings are texts of questions; in KoboToolbox, under Data > Downloads, "
        "choose 'XML values and headers'"
    )


def test_texts_of_answers_say_how_to_export_once(table, read) -> None:
    rows = put(table(), "COLLAB1", "Akkoord", "Agree")
    rows = put(rows, "ROLE", "Medewerker", "Staff member")
    told = refusal(read, rows)
    assert told == (
        "raw/export.csv: column 'COLLAB1': 'Akkoord' is the text of an answer, and not its code; in "
        "KoboToolbox, under Data > Downloads, choose 'XML values and headers'"
    )
    odk = put(table("odk"), "ROLE", "Project leader")
    assert "download the submissions from ODK Central as CSV" in refusal(read, odk, "odk")
    many = put(table(multiple="summary"), "PARTNERS", "Bedrijven")
    assert "'Bedrijven' is the text of an answer" in refusal(read, many)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda t: headed(t, "COLLAB1", "page_1/COLLAB9"), "the column 'COLLAB1' is missing"),
        (lambda t: headed(t, "COLLAB1", "page_1/COLLAB9"), "the column 'page_1/COLLAB9' is unknown"),
        (lambda t: headed(t, "COLLAB1", "x/COLLAB2"), "the column 'COLLAB2' stands in the header twice"),
        (lambda t: headed(t, "COLLAB1", "x/COLLAB2"), "'page_1/COLLAB_rows/COLLAB2'"),
        (lambda t: headed(t, "QVERSION", "v"), "the column 'QVERSION' is missing"),
        (lambda t: headed(t, "LANGUAGE", "lang"), "the column 'LANGUAGE' is missing"),
        (lambda t: headed(t, "_uuid", "uuid"), "the column '_uuid' is missing"),
        (lambda t: put(t, "COLLAB1", "6"), "column 'COLLAB1': '6' stands for no declared answer"),
        (lambda t: put(t, "ORG", "", "XX"), "column 'ORG': 'XX' stands for no declared answer"),
        (lambda t: put(t, "INNOCOUNT", "4.5"), "column 'INNOCOUNT': '4.5' is no whole number"),
        (lambda t: put(t, "INNOCOUNT", "=1+1"), "column 'INNOCOUNT': '=1+1' is no whole number"),
        (lambda t: put(t, "LANGUAGE", ""), "column 'LANGUAGE': an empty cell is no language"),
        (lambda t: put(t, "LANGUAGE", "de"), "column 'LANGUAGE': 'de' stands for no declared"),
        (lambda t: put(t, "_uuid", "a", "a"), "column '_uuid': 'a' is a row id used twice"),
        (lambda t: put(t, "PARTNERS", "pub foo"), "column 'PARTNERS': 'pub foo' holds a code that"),
        (lambda t: put(t, "PARTNERS", "pubs"), "stands for no declared answer (1 row: row 2)"),
        (lambda t: without(t, "PARTNERS", "PARTNERS/uni"), "the column 'PARTNERS/uni' is missing"),
        (
            lambda t: without(t, "PARTNERS", *(f"PARTNERS/{o}" for o in ("pub", "firm", "uni", "none"))),
            "the column 'PARTNERS' is missing",
        ),
    ],
)  # fmt: skip
def test_what_the_form_does_not_have_is_named(
    table, read, spoil: Callable[[Rows], Rows], told: str
) -> None:
    rows = spoil(table())
    assert told in refusal(read, rows)


def test_a_flag_is_one_or_nothing(table, read) -> None:
    rows = without(table(multiple="details"), "PARTNERS")
    rows = put(rows, "uni", "ja")
    assert "column 'PARTNERS/uni': 'ja' stands for no declared answer" in refusal(read, rows)


def test_every_answer_of_psi_co_has_a_heading_of_its_own() -> None:
    questionnaire = load_study("psi-co", ROOT).questionnaire
    headings = [column.in_xlsform for column in answer_columns(questionnaire)]
    assert len(set(map(str.lower, headings))) == len(headings)
    assert not set(headings) & {"LANGUAGE", "TOKEN", "QVERSION"}
