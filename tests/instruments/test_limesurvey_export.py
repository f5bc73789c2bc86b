"""The .lss and .txt of LimeSurvey obey every rule whose breach loses data without a word."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from expression_manager import variables
from hypothesis import given
from limesurvey_emulator import Lss, LssQuestion, read_lss
from lxml import etree
from random_studies import questionnaires, random_questionnaire

from pipeline.core.errors import UserError
from pipeline.instruments.limesurvey import to_limesurvey
from pipeline.instruments.limesurvey.texts import html as as_html
from pipeline.instruments.limesurvey.texts import inline
from pipeline.questionnaire.columns import answer_columns
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.version import questionnaire_version
from pipeline.study import Study, load_study

ROOT = Path(__file__).parents[2]
STUDIES = ("psi-co", "tutorial", "fevs-2018")
KINDS = set("L!F1MNK:STX*")
WITH_ROWS, WITH_ANSWERS = set("F1MK:"), set("L!F1")
RESERVED = {"lang", "sid", "savedid", "token", "qid", "gid", "sgq", "self", "that", "this", "time"}
TABLES = {
    "surveys": "sid language additional_languages format anonymized",
    "surveys_languagesettings": "surveyls_survey_id surveyls_language surveyls_title",
    "groups": "gid sid group_order randomization_group grelevance",
    "group_l10ns": "id gid group_name description language",
    "questions": "qid parent_qid sid gid type title preg other mandatory encrypted question_order "
    "scale_id relevance same_default same_script",
    "subquestions": "qid parent_qid sid gid type title question_order scale_id relevance",
    "question_l10ns": "id qid question help language",
    "answers": "aid qid code sortorder assessment_value scale_id",
    "answer_l10ns": "id aid answer language",
    "question_attributes": "qid attribute value language",
}


def files_of(questionnaire: Questionnaire) -> tuple[bytes, bytes]:
    files = to_limesurvey(questionnaire).files
    assert set(files) == {f"{questionnaire.study}.lss", f"{questionnaire.study}.txt"}
    return files[f"{questionnaire.study}.lss"], files[f"{questionnaire.study}.txt"]


def lss_of(questionnaire: Questionnaire) -> Lss:
    return read_lss(files_of(questionnaire)[0])


@pytest.fixture(
    scope="module", params=[*STUDIES, 1, 2, 3, 5, 8, 13, 21], ids=lambda each: f"study-{each}"
)
def questionnaire(request: pytest.FixtureRequest) -> Questionnaire:
    if isinstance(request.param, int):
        return random_questionnaire(request.param)
    return load_study(request.param, ROOT).questionnaire


@pytest.fixture(scope="module")
def lss(questionnaire: Questionnaire) -> Lss:
    return lss_of(questionnaire)


@pytest.fixture(scope="module")
def txt(questionnaire: Questionnaire) -> list[dict[str, str]]:
    return read_txt(files_of(questionnaire)[1])


def read_txt(content: bytes) -> list[dict[str, str]]:
    """Read the tab-separated file; no cell is quoted, so it falls apart at tabs and line ends."""
    assert content.startswith(b"\xef\xbb\xbf")
    lines = content.decode("utf-8-sig").split("\n")
    assert lines.pop() == ""
    header = lines[0].split("\t")
    assert len(set(header)) == len(header)
    cells = [line.split("\t") for line in lines[1:]]
    assert {len(each) for each in cells} == {len(header)}
    return [dict(zip(header, each, strict=True)) for each in cells]


def unique(codes: list[str]) -> bool:
    """LimeSurvey tells no capitals apart."""
    return len({code.lower() for code in codes}) == len(codes)


# --------------------------------------------------------------------------------------------- codes
def test_question_codes_are_not_renamed(lss: Lss) -> None:
    codes = [question.code for question in lss.questions]
    assert unique(codes)
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9]{0,19}", code) for code in codes)
    assert not {code.lower() for code in codes} & RESERVED


def test_subquestion_codes_hold_no_underscore_and_are_unique_in_their_scale(lss: Lss) -> None:
    for question in lss.questions:
        for scale in (0, 1):
            codes = [row.code for row in question.rows_of(scale)]
            assert unique(codes)
            assert all(re.fullmatch(r"[A-Za-z0-9]{1,20}", code) for code in codes)
            assert not {code.lower() for code in codes} & {"time", "other"}


def test_answer_codes_have_five_characters_at_most_and_none_is_dropped(
    questionnaire: Questionnaire, lss: Lss
) -> None:
    declared = {q.code: q for section in questionnaire.sections for q in section.questions}
    for question in lss.questions:
        for scale in (0, 1):
            codes = [code for code, on, _ in question.answers if on == scale]
            assert unique(codes)
            assert all(re.fullmatch(r"[A-Za-z0-9]{1,5}", code) for code in codes)
            if codes:
                choices = questionnaire.choices[declared[question.code].choices]
                assert codes == [option.code for option in choices.options]


def test_types_are_known_and_have_what_they_need(lss: Lss) -> None:
    for question in lss.questions:
        assert question.kind in KINDS
        assert bool(question.rows_of(0)) == (question.kind in WITH_ROWS)
        assert bool(question.rows_of(1)) == (question.kind == ":")
        assert bool(question.answers) == (question.kind in WITH_ANSWERS)
        if question.kind == "1":
            first, second = ([c for c, on, _ in question.answers if on == k] for k in (0, 1))
            assert first == second


def test_there_is_a_place_for_every_answer_column(questionnaire: Questionnaire, lss: Lss) -> None:
    from limesurvey_emulator import response_columns

    columns = list(response_columns(lss, {}))
    expected = answer_columns(questionnaire)
    assert {each.in_limesurvey for each in expected} <= {each.code for each in columns}
    assert {each.in_expressions for each in expected} <= {each.variable for each in columns}
    others = {q.code for q in lss.questions if q.kind in "X*"}
    assert {each.code for each in columns} - {each.in_limesurvey for each in expected} == others


# ----------------------------------------------------------------------------------------- languages
def test_every_text_stands_in_every_language(questionnaire: Questionnaire, lss: Lss) -> None:
    """What is missing in a language is filled with the base language's text without a word."""
    assert sorted(lss.languages) == lss.languages == sorted(questionnaire.languages)
    languages = set(questionnaire.languages)
    base, *others = questionnaire.languages
    assert lss.settings["language"] == base
    assert lss.settings["additional_languages"] == " ".join(others)
    for texts in all_texts(lss):
        assert set(texts) == languages
        assert all(texts.values())
    titles = lss.tables["surveys_languagesettings"]
    assert {row["surveyls_language"] for row in titles} == languages
    assert all(0 < len(row["surveyls_title"]) <= 200 for row in titles)


def all_texts(lss: Lss) -> Iterator[Mapping[str, str]]:
    for group in lss.groups:
        yield group.titles
        for question in group.questions:
            yield question.texts
            yield from (row.texts for row in question.rows)
            yield from (texts for _, _, texts in question.answers)


def test_both_headings_of_a_dual_rating_stand_in_every_language(
    questionnaire: Questionnaire, lss: Lss
) -> None:
    declared = {q.code: q for section in questionnaire.sections for q in section.questions}
    for question in (each for each in lss.questions if each.kind == "1"):
        for language in questionnaire.languages:
            current = question.attributes["dualscale_headerA", language]
            desired = question.attributes["dualscale_headerB", language]
            assert plain(current) == squeezed(declared[question.code].current[language])
            assert plain(desired) == squeezed(declared[question.code].desired[language])


def test_attributes_that_are_texts_stand_in_every_language_and_others_in_none(lss: Lss) -> None:
    translated = {"dualscale_headerA", "dualscale_headerB", "em_validation_q_tip"}
    for question in lss.questions:
        for name in {name for name, _ in question.attributes}:
            found = {language for each, language in question.attributes if each == name}
            assert found == (set(lss.languages) if name in translated else {""})


# --------------------------------------------------------------------------------------------- tables
def test_the_tables_of_the_lss_hold_together(lss: Lss) -> None:
    """Rows that point at unknown ids are skipped without a word, and so is a group numbered 0."""
    assert set(lss.tables) <= set(TABLES)
    for name, rows in lss.tables.items():
        assert set(TABLES[name].split()) <= set(lss.fields[name])
        assert all(list(row) == lss.fields[name] for row in rows)
    ids = {name: [row[key] for row in lss.tables.get(name, [])] for name, key in KEYS.items()}
    assert all(len(set(each)) == len(each) for each in ids.values())
    asked = ids["questions"] + ids["subquestions"]
    assert len(set(asked)) == len(asked)
    assert not {"0", ""} & {*ids["groups"], *asked, *ids["answers"]}
    (sid,) = {row["sid"] for name in ("surveys", "groups", "questions") for row in lss.tables[name]}
    assert re.fullmatch(r"[1-9][0-9]{5}", sid)
    pointing = {
        ("group_l10ns", "gid"): ids["groups"],
        ("questions", "gid"): ids["groups"],
        ("subquestions", "parent_qid"): ids["questions"],
        ("question_l10ns", "qid"): asked,
        ("answers", "qid"): ids["questions"],
        ("answer_l10ns", "aid"): ids["answers"],
        ("question_attributes", "qid"): ids["questions"],
    }
    for (name, key), targets in pointing.items():
        assert {row[key] for row in lss.tables.get(name, [])} <= set(targets)
    for name in ("group_l10ns", "question_l10ns", "answer_l10ns"):
        owner = {"group_l10ns": "gid", "question_l10ns": "qid", "answer_l10ns": "aid"}[name]
        keys = [(row[owner], row["language"]) for row in lss.tables.get(name, [])]
        assert len(set(keys)) == len(keys)
    assert all(row["parent_qid"] == "0" for row in lss.tables["questions"])
    assert all(row["other"] == "N" == row["encrypted"] for row in lss.tables["questions"])


KEYS = {
    "groups": "gid",
    "questions": "qid",
    "subquestions": "qid",
    "answers": "aid",
    "group_l10ns": "id",
    "question_l10ns": "id",
    "answer_l10ns": "id",
}


def test_the_survey_is_confidential_and_not_anonymous(lss: Lss) -> None:
    expected = {
        "format": "G",
        "anonymized": "N",
        "usetokens": "Y",
        "datestamp": "Y",
        "savetimings": "Y",
        "ipaddr": "N",
        "refurl": "N",
        "shownoanswer": "N",
        "showprogress": "Y",
    }
    assert {name: lss.settings[name] for name in expected} == expected


def test_relevance_has_no_braces_and_every_variable_lets_empty_through(lss: Lss) -> None:
    asked = [each.relevance for each in [*lss.groups, *lss.questions]]
    asked += [row.relevance for question in lss.questions for row in question.rows]
    checks = [v for q in lss.questions for (n, _), v in q.attributes.items() if n.endswith("_q")]
    for expression in asked + checks:
        assert expression
        assert not re.search(r"[{}\"\\]", expression)
        assert expression.count(".NAOK") == len(variables(expression))


def test_required_questions_are_mandatory(questionnaire: Questionnaire, lss: Lss) -> None:
    declared = {q.code: q for section in questionnaire.sections for q in section.questions}
    for question in lss.questions:
        required = question.code in declared and declared[question.code].required
        assert question.mandatory == ("Y" if required else "N")


def test_the_version_is_written_into_every_row_of_answers(
    questionnaire: Questionnaire, lss: Lss
) -> None:
    (question,) = (each for each in lss.questions if each.code == "QVERSION")
    version = questionnaire_version(questionnaire)
    assert question is lss.groups[0].questions[0]
    assert (question.kind, question.relevance, lss.groups[0].relevance) == ("*", "1", "1")
    assert set(question.texts.values()) == {version}
    assert question.attributes == {("hidden", ""): "1"}


def test_exclusive_options_are_sub_questions(lss: Lss) -> None:
    for question in lss.questions:
        exclusive = question.attributes.get(("exclude_all_others", ""), "")
        if exclusive:
            assert set(exclusive.split(";")) <= {row.code for row in question.rows}


# ---------------------------------------------------------------------------------------------- texts
def plain(text: str) -> str:
    r"""Return what a browser shows of a text, once LimeSurvey took `\{` for a brace."""
    shown = re.sub(r"</p> <p>|<br />", "\n", text)
    shown = re.sub(r"</?p>", "", shown).replace(r"\{", "{").replace(r"\}", "}")
    assert "<" not in shown, text
    return squeezed(html.unescape(shown))


def squeezed(text: str) -> str:
    """A browser shows a run of spaces, tabs and line ends as one space."""
    return re.sub(r"[ \t\r\n]+", " ", text).strip(" ")


def shown_texts(questionnaire: Questionnaire, lss: Lss) -> Iterator[tuple[str, str]]:
    """Yield each text of the questionnaire with what the file has in its place."""
    declared = {q.code: q for section in questionnaire.sections for q in section.questions}
    for language in questionnaire.languages:
        settings = next(
            row
            for row in lss.tables["surveys_languagesettings"]
            if row["surveyls_language"] == language
        )
        yield questionnaire.title[language], settings["surveyls_title"]
        for name, there in (("welcome", "surveyls_welcometext"), ("thanks", "surveyls_endtext")):
            text = questionnaire.texts.get(name)
            yield text[language] if text else "", settings[there]
        for section, group in zip(questionnaire.sections, lss.groups, strict=True):
            yield section.title[language], group.titles[language]
            yield (section.intro or {}).get(language, ""), group.descriptions[language]
            for question in (each for each in group.questions if each.code in declared):
                yield from question_texts(
                    declared[question.code], questionnaire, question, language
                )


def question_texts(
    declared: Any, questionnaire: Questionnaire, question: LssQuestion, language: str
) -> Iterator[tuple[str, str]]:
    yield declared.text[language], question.texts[language]
    yield (declared.help or {}).get(language, ""), question.helps[language]
    for row, there in zip(getattr(declared, "rows", ()), question.rows_of(0), strict=False):
        yield row.text[language], there.texts[language]
    for heading, there in zip(
        (getattr(declared, "current", None), getattr(declared, "desired", None)),
        question.rows_of(1),
        strict=False,
    ):
        yield heading[language], there.texts[language]
    options = {o.code: o for o in questionnaire.choices[declared.choices].options} if getattr(
        declared, "choices", ""
    ) else {}  # fmt: skip
    for code, _, texts in question.answers:
        yield options[code].text[language], texts[language]
    for row in question.rows if question.kind == "M" else ():
        yield options[row.code].text[language], row.texts[language]


@given(questionnaires())
def test_hostile_texts_are_shown_as_they_stand(questionnaire: Questionnaire) -> None:
    lss = lss_of(questionnaire)
    pairs = list(shown_texts(questionnaire, lss))
    assert len(pairs) > 5
    for text, there in pairs:
        assert plain(there) == squeezed(text)
        assert not re.search(r"(?<!\\)[{}]", there), "LimeSurvey would run or swallow it"
        assert not re.search(r"<(?!/?p>|br />)", there)
        assert not re.search(r'["|\t\n\r]', there)
        assert not re.search(r"\\(?![{}])", there)
        assert not re.match(r"[-=+@]", there), "a spreadsheet would take it for a formula"
        assert there != "0", "LimeSurvey takes a text 0 for none"


def test_the_texts_of_psi_co_are_shown_as_they_stand() -> None:
    questionnaire = load_study("psi-co", ROOT).questionnaire
    for text, there in shown_texts(questionnaire, lss_of(questionnaire)):
        assert plain(there) == squeezed(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\ntwo", "<p>one</p> <p>two</p>"),
        ("one\n\ntwo\r\n", "<p>one</p> <p>two</p>"),
        ("one", "one"),
        ("", ""),
        ('back\\"', "back&#92;&quot;"),
        ('"all"', "&quot;all&quot;"),
        ("{1+1}", r"\{1+1\}"),
        (r"\{x}", r"&#92;\{x\}"),
        ("left|right", "left&#124;right"),
        ("=1+1", "&#61;1+1"),
        ("a\n=1", "<p>a</p> <p>&#61;1</p>"),
        ("0", "&#48;"),
        ("10", "10"),
        ("]]>", "]]&gt;"),
        ("\u00a0a", "\u00a0a"),
    ],
)
def test_how_a_text_is_written(text: str, expected: str) -> None:
    assert as_html(text) == expected


def test_a_control_character_is_told() -> None:
    with pytest.raises(UserError, match="control character: 'a"):
        inline("a\x0bb")


def test_the_information_before_consent_keeps_its_paragraphs() -> None:
    lss = lss_of(load_study("psi-co", ROOT).questionnaire)
    (question,) = (each for each in lss.questions if each.code == "CONSENTINFO")
    assert all(text.count("<p>") == text.count("</p>") == 9 for text in question.texts.values())


# ----------------------------------------------------------------------------------------------- .txt
def test_the_txt_says_what_the_lss_says(
    questionnaire: Questionnaire, lss: Lss, txt: list[dict[str, str]]
) -> None:
    settings = {row["name"]: row["text"] for row in txt if row["class"] == "S"}
    assert settings == lss.settings
    around = {
        (row["surveyls_language"], name): value
        for row in lss.tables["surveys_languagesettings"]
        for name, value in row.items()
        if name not in {"surveyls_language", "surveyls_survey_id"}
    }
    assert {(r["language"], r["name"]): r["text"] for r in txt if r["class"] == "SL"} == around
    rows = [row for row in txt if row["class"] not in {"S", "SL"}]
    expected = [row for language in questionnaire.languages for row in rows_of(lss, language)]
    assert [significant(row) for row in rows] == expected


STRUCTURE = ("class", "type/scale", "name", "relevance", "text", "help", "language", "mandatory")


def significant(row: dict[str, str]) -> dict[str, str]:
    always = {name: row[name] for name in STRUCTURE}
    return always | {k: v for k, v in row.items() if v and k not in {*STRUCTURE, "other"}}


def rows_of(lss: Lss, language: str) -> Iterator[dict[str, str]]:
    """Yield the rows of the .txt that the .lss asks for: structure first, attributes where due."""
    base = lss.settings["language"]
    for number, group in enumerate(lss.groups, 1):
        name, text = group.titles[language], group.descriptions[language]
        yield txt_row("G", number, name, group.relevance, text, language)
        for question in group.questions:
            row = txt_row(
                "Q", question.kind, question.code, question.relevance,
                question.texts[language], language, question.helps[language], question.mandatory,
            )  # fmt: skip
            attributes = {
                name: value
                for (name, of), value in question.attributes.items()
                if of == language or (not of and language == base)
            }
            yield row | attributes
            for each in question.rows:
                yield txt_row(
                    "SQ", each.scale, each.code, each.relevance, each.texts[language], language
                )
            for code, scale, texts in question.answers:
                yield txt_row("A", scale, code, "", texts[language], language)


def txt_row(*values: object) -> dict[str, str]:
    kind, scale, name, relevance, text, language, *more = map(str, values)
    given, mandatory = more or ("", "")
    return dict(
        zip(
            STRUCTURE, (kind, scale, name, relevance, text, given, language, mandatory), strict=True
        )
    )


def test_the_txt_has_no_quote_and_no_backslash_that_its_reader_would_swallow(
    questionnaire: Questionnaire,
) -> None:
    content = files_of(questionnaire)[1].decode("utf-8-sig")
    assert '"' not in content
    assert not re.search(r"\\(?![{}])", content)
    assert "\r" not in content


def test_the_txt_gives_each_language_a_block_of_the_same_codes(
    questionnaire: Questionnaire, txt: list[dict[str, str]]
) -> None:
    """Base language first; groups carry the same numbers, questions their codes, in each block."""
    rows = [row for row in txt if row["class"] in {"G", "Q", "SQ", "A"}]
    order = list(dict.fromkeys(row["language"] for row in rows))
    assert order == list(questionnaire.languages)
    blocks = [
        [
            (row["class"], row["type/scale"], row["name"] if row["class"] != "G" else "")
            for row in rows
            if row["language"] == language
        ]
        for language in order
    ]
    assert [row["language"] for row in rows] == sorted(
        (row["language"] for row in rows), key=order.index
    )
    assert all(block == blocks[0] for block in blocks)
    numbers = [scale for kind, scale, _ in blocks[0] if kind == "G"]
    assert numbers == [str(k + 1) for k in range(len(questionnaire.sections))]
    classes = [row["class"] for row in txt]
    assert classes == sorted(classes, key=lambda each: {"S": 0, "SL": 1}.get(each, 2))


def test_the_txt_leaves_blank_what_the_importer_would_store_as_attributes(
    txt: list[dict[str, str]],
) -> None:
    header = list(txt[0])
    assert header[:10] == [
        "id", "related_id", "class", "type/scale", "name", "relevance", "text", "help", "language",
        "validation",
    ]  # fmt: skip
    assert not {r["id"] + r["related_id"] + r["encrypted"] for r in txt} - {""}


# ----------------------------------------------------------------------------------------- the whole
def test_the_same_questionnaire_gives_the_same_bytes(questionnaire: Questionnaire) -> None:
    assert to_limesurvey(questionnaire) == to_limesurvey(questionnaire)


def test_the_lss_is_xml_without_a_document_type(questionnaire: Questionnaire) -> None:
    content = files_of(questionnaire)[0]
    assert b"<!DOCTYPE" not in content
    assert etree.fromstring(content).find("DBVersion").text == "630"


def test_kinds_become_types(study: Study) -> None:
    kinds = {question.code: question.kind for question in lss_of(study.questionnaire).questions}
    assert kinds == {
        "QVERSION": "*", "ORG": "L", "NEW": "L", "TOOLS": "M", "N": "N", "WARM": "N", "WHY": "S",
        "M": "F", "D": "1", "S": "K", "HAPPY": "L",
    }  # fmt: skip


def test_psi_co_in_limesurvey() -> None:
    lss = lss_of(load_study("psi-co", ROOT).questionnaire)
    kinds = {question.code: question.kind for question in lss.questions}
    assert (kinds["ORG"], kinds["FACETS"], kinds["NETC"], kinds["CLIM"]) == ("!", ":", "1", "F")
    assert (kinds["CONSENT"], kinds["COMMENT"], kinds["INNNUM"]) == ("L", "T", "N")
    assert len(lss.groups) == 21
    (climate,) = (question for question in lss.questions if question.code == "CLIM")
    assert [row.code for row in climate.rows] == [
        "CLIM1",
        "CLIM2",
        "CLIM3",
        "ATTN1",
        "CLIM4",
        "CLIM5",
    ]
    assert lss.groups[2].relevance == "((CONSENT.NAOK == '1') and (INNOV.NAOK == '1'))"


def test_numbers_and_shares_carry_their_bounds(study: Study) -> None:
    found = {q.code: q.attributes for q in lss_of(study.questionnaire).questions}
    assert found["WARM"] == {("min_num_value_n", ""): "-5", ("max_num_value_n", ""): "5"}
    assert found["N"]["num_value_int_only", ""] == "1"
    assert ("min_num_value_n", "") not in found["N"]
    assert found["S"]["equals_num_value", ""] == "100"
    assert found["S"]["num_value_int_only", ""] == "1"
    assert found["TOOLS"] == {("exclude_all_others", ""): "none"}
    assert found["WHY"] == {("maximum_chars", ""): "4000"}


def test_what_is_not_carried_is_said_in_sentences() -> None:
    instrument = to_limesurvey(load_study("psi-co", ROOT).questionnaire)
    assert all(re.fullmatch(r"[A-Z].*\.", sentence) for sentence in instrument.not_carried)
    said = " ".join(instrument.not_carried)
    for word in ("Sources", "ATTN1", "portfolio", "FACETS", "don't know"):
        assert word in said


def test_a_missing_option_of_a_multiple_choice_is_left_out_and_said(
    small: Callable[..., Path],
) -> None:
    edit = (
        "{code: none, text: {en: None}, exclusive: true}",
        "{code: 99, text: {en: Unknown}, missing: dont_know}",
    )
    questionnaire = load_study("small", small(edit)).questionnaire
    (tools,) = (each for each in lss_of(questionnaire).questions if each.code == "TOOLS")
    assert [row.code for row in tools.rows] == ["pen", "app"]
    assert "TOOLS: 99 cannot be ticked and is left out." in to_limesurvey(questionnaire).not_carried


def test_the_command_writes_both_files(project: Path, psico: Any) -> None:
    outcome = psico(project, "instruments", "tutorial", "--to", "limesurvey")
    assert outcome.code == 0
    assert "limesurvey: 2 files" in outcome.out
    folder = project / "reports/tutorial/instruments/limesurvey"
    names = {path.name for path in folder.iterdir()}
    assert names == {"tutorial.lss", "tutorial.txt", "not-carried.txt"}
