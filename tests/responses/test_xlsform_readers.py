"""Files of Kobo and ODK Central: headings with and without groups, what is skipped, and what is refused."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from random_studies import Sheet, assert_same_answers
from xlsform_emulator import kobo_csv, kobo_table, kobo_xlsx, odk_csv, odk_table

from pipeline.core.errors import UserError
from pipeline.core.plan import Organisations, Plan, Responses
from pipeline.instruments.xlsform import to_xlsform
from pipeline.questionnaire.columns import answer_columns
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.version import questionnaire_version
from pipeline.responses.decode import decode_answers
from pipeline.responses.files.apart import open_here
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers import READERS
from pipeline.responses.recognise import recognise_format
from pipeline.responses.source import read_answers
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


FRAME = "token,organisation,language,level,gender,age\nk3x9q,{0},nl,,,\nw7m2p,{1},fr,,,\n"


@pytest.mark.parametrize("platform", ["kobo", "odk"])
@pytest.mark.parametrize("groups", [True, False])
def test_a_token_tells_the_organisation_and_becomes_a_random_id(
    project: Path, psico, tree, table, tutorial, platform: str, groups: bool
) -> None:
    first, second = tutorial.items["ORG"].choices.valid_codes[:2]
    outside = with_frame(project, second, first)
    rows = put(table(platform, groups=groups), "TOKEN", "k3x9q", "")
    (outside / "export.csv").write_bytes((kobo_csv if platform == "kobo" else odk_csv)(rows))
    left = psico(project, "import", "tutorial", str(outside / "export.csv"))
    assert left.code == 0, left.err
    kept = tree(project / "data/raw")["tutorial/export.csv"]
    key = (project / "data/keys/tutorial.csv").read_text()
    for given in ("k3x9q", "uuid:0", "uuid:1", *(("101", "102") if platform == "kobo" else ())):
        assert given.encode() not in kept
        assert (f",{given}," in key) == (given not in {"101", "102"})
    study = load_study("tutorial", project)
    raw, _ = read_answers(study.paths.raw, "raw", study.questionnaire, study.plan)
    assert raw.organisation.tolist() == [second, None]


def test_tokens_in_an_excel_file_ask_for_csv(project: Path, psico, table, tutorial) -> None:
    outside = with_frame(project, *tutorial.items["ORG"].choices.valid_codes[:2])
    (outside / "a.xlsx").write_bytes(kobo_xlsx(put(table(), "TOKEN", "k3x9q", "")))
    left = psico(project, "import", "tutorial", str(outside / "a.xlsx"))
    assert left.code == 2
    assert "tokens in an Excel file cannot be replaced by random ids; export it as CSV" in left.err
    assert not (project / "data/raw/tutorial").exists()


def with_frame(project: Path, *organisations: str) -> Path:
    """Take the answers of the tutorial away, and return a folder with a list of invited people."""
    plan = project / "questionnaires/tutorial/analysis.yaml"
    plan.write_text(plan.read_text().replace("responses:\n", "responses:\n  frame: frame.csv\n"))
    shutil.rmtree(project / "data/raw/tutorial")
    (project / "outside").mkdir()
    (project / "outside" / "frame.csv").write_text(FRAME.format(*organisations))
    return project / "outside"


@pytest.mark.parametrize("platform", ["kobo", "odk"])
def test_an_earlier_version_is_read_where_the_plan_says_so(table, read, platform: str) -> None:
    rows = put(table(platform), "QVERSION", "0123456789ab")
    assert len(read(rows, platform, versions=("0123456789ab",)).respondent) == 2


def test_columns_that_the_plan_ignores_are_not_read(table, read) -> None:
    rows = [[*row, "x"] for row in table()]
    rows[0][-1] = "page_9/extra"
    assert read(rows, ignore=("page_9/extra",)).codes.equals(read(table()).codes)


# --------------------------------------------------------------------------------------- Excel files


@pytest.fixture
def read_book(
    tmp_path: Path, tutorial: Questionnaire, monkeypatch: pytest.MonkeyPatch
) -> Callable[[bytes], RawAnswers]:
    """Return a function that reads a workbook of Kobo in this process."""
    monkeypatch.setattr("pipeline.responses.readers.xlsform_file.open_apart", open_here)

    def reader(content: bytes) -> RawAnswers:
        path = tmp_path / "export.xlsx"
        path.write_bytes(content)
        assert recognise_format(path, "export") == "kobo"
        return READERS["kobo"](path, "raw/export.xlsx", tutorial, Responses(format="kobo"))

    return reader


@pytest.mark.parametrize("numbers", [(), ("INNOCOUNT", "COLLAB1")])
def test_a_workbook_is_read_as_the_csv_is(table, read, read_book, numbers: tuple[str, ...]) -> None:
    raw, book = read(table()), read_book(kobo_xlsx(table(), numbers))
    assert book.codes.astype(object).equals(raw.codes.astype(object))
    assert book.respondent.tolist() == raw.respondent.tolist()
    assert book.source_row.tolist() == [2, 3]


def test_texts_in_a_workbook_stay_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.responses.readers.xlsform_file.open_apart", open_here)
    text = {"en": "t"}
    asked = ({"code": "WHY", "kind": "short_text", "text": text},)
    questionnaire = Questionnaire.model_validate(
        {
            **{"study": "why", "languages": ("en",), "title": text},
            "sections": ({"id": "one", "title": text, "questions": asked},),
        }
    )
    (form,) = to_xlsform(questionnaire).files.values()
    given = ["007", "=1+1", "1.0", "TRUE", "2026-11-23", " x "]
    people = [Sheet(str(k), "en", 1, True, {"WHY": each}) for k, each in enumerate(given)]
    rows = kobo_table(form, people, groups=True, multiple="both")
    (tmp_path / "x").write_bytes(kobo_xlsx(rows))
    raw = READERS["kobo"](tmp_path / "x", "x", questionnaire, Responses(format="kobo"))
    assert raw.codes["WHY"].tolist() == given


def edited(table: Rows, write: Callable[[Any, int, int], None], field: str) -> bytes:
    """Return a workbook in which someone wrote something else into the first cell of a field."""
    import xlsxwriter

    target, at = io.BytesIO(), place(table, field)
    options = {"in_memory": True, "default_date_format": "yyyy-mm-dd"}
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate(table):
            for column, cell in enumerate(cells):
                if cell and (row, column) != (1, at):
                    sheet.write_string(row, column, cell)
        write(sheet, 1, at)
    return target.getvalue()


def test_a_formula_is_what_was_stored_for_it_and_never_worked_out(table, read_book) -> None:
    def write(sheet: Any, row: int, column: int) -> None:
        sheet.write_formula(row, column, "=2+3", None, 4)

    assert read_book(edited(table(), write, "COLLAB1")).codes["COLLAB1"].tolist() == ["4", "1"]


def test_a_date_in_place_of_an_answer_is_refused(table, read_book) -> None:
    def write(sheet: Any, row: int, column: int) -> None:
        sheet.write_datetime(row, column, datetime(2026, 3, 1))

    with pytest.raises(UserError, match="the column 'ROLE' holds dates or times"):
        read_book(edited(table(), write, "ROLE"))
    assert len(read_book(edited(table(), write, "_submission_time")).respondent) == 2


@pytest.mark.parametrize(
    "content", [lambda b: b[: len(b) // 2], lambda b: b[:600] + b"x" + b[601:]]
)
def test_a_damaged_workbook_is_one_error(
    table, tmp_path: Path, tutorial, content: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "export.xlsx"
    path.write_bytes(content(kobo_xlsx(table())))
    with pytest.raises(UserError, match="raw/x: the workbook is cut off or damaged"):
        READERS["kobo"](path, "raw/x", tutorial, Responses(format="kobo"))


def test_labels_in_a_workbook_say_how_to_export(table, read_book) -> None:
    rows = headed(table(), "COLLAB1", "We know what colleagues in other teams are working on.")
    with pytest.raises(UserError, match="choose 'XML values and headers'"):
        read_book(kobo_xlsx(rows))
    with pytest.raises(UserError, match="the column 'COLLAB1' is missing"):
        read_book(kobo_xlsx(headed(table(), "COLLAB1", "other")))
    with pytest.raises(UserError, match="there is a header and no row below it"):
        read_book(kobo_xlsx(table()[:1]))


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
