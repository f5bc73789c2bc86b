"""Workshop sheets from tables of a few rows: what is said, on how many pages, and what is refused."""

from __future__ import annotations

import io
from dataclasses import replace

import pandas as pd
import pytest
from lxml import html
from pypdf import PdfReader

from pipeline.core.errors import UserError
from pipeline.core.play_contracts import PARTS
from pipeline.core.tables import make_table
from pipeline.report.wording import Wording
from pipeline.report.workshop.sheet import Sheet, workshop_sheet
from pipeline.report.workshop.sheet_files import sheet_html, sheet_pdf

LANGUAGES = ("nl", "fr", "en")
NASTY = "<script>alert('x')</script> & #strong[x] $y$ « quoi » : non ?"


def labels() -> pd.DataFrame:
    names = [
        ("study", "none", "s", "A study"),
        ("item", "page", "D1", "We do it"),
        ("item", "page", "D2", NASTY),
        *(("item", "page", f"D{k}_current", f"D{k} now") for k in (1, 2)),
        *(
            ("code", f"D{k}_current", c, t)
            for k in (1, 2)
            for c, t in (("1", "Never"), ("5", "Always"))
        ),
        ("scale", "scale", "risk", "Fear of risk"),
        ("item", "page", "LAB", "A lab is used"),
        ("organisation", "ORG", "o1", "Office One"),
        ("organisation", "ORG", "mum", "Mother house"),
        ("code", "organisation_type", "x", "Kind X"),
    ]
    rows = [
        {"kind": kind, "parent": parent, "name": name, "language": language, "label": text}
        for kind, parent, name, text in names
        for language in LANGUAGES
    ]
    return make_table(rows, "labels")


def row(organisation: str, target: str, **values: object) -> dict[str, object]:
    return {
        "organisation": organisation,
        "target": target,
        "basis": "organisation",
        "basis_name": organisation,
        "reason": "gap",
        "rank": 1,
        "n": 1234,
        "current": 2.0,
        "desired": 4.0,
        "estimate": 1.9,
        "conf_low": 1.6,
        "conf_high": 2.2,
        "conf_level": 0.95,
        "top5_probability": 0.853,
        "adjustment": 0.1,
        "rank_by_gap": 1,
    } | values


def tables(*rows: dict[str, object]) -> dict[str, pd.DataFrame]:
    texts = [
        {"play": play, "part": part, "language": language, "text": f"{play} {part} {language}"}
        for play in ("D1", "D2")
        for part in PARTS
        for language in LANGUAGES
    ]
    texts += []
    links = [
        {"signal": signal, "play": "D1", "language": language, "kind": kind, "weight": 1}
        | {"strength": 0.2, "most": 0.3, "reason": f"Because of {signal} {language}."}
        for signal, kind in (("risk", "obstacle"), ("LAB", "instrument"), ("more", "need"))
        for language in LANGUAGES
    ]
    answers = [
        {"item": f"D{k}_current", "code": code, "group": "all", "missing": code == "99"}
        for k in (1, 2)
        for code in ("1", "5", "99")
    ]
    gaps = [{"target": "D1", "group": "all", "estimate": 1.26}]
    return {
        "recommendations": make_table(rows, "recommendations"),
        "plays": make_table(texts, "plays"),
        "play_links": make_table(links, "play_links"),
        "answers": make_table(answers, "answers"),
        "gaps": pd.DataFrame(gaps),
    }


def sheet(*rows: dict[str, object], language: str = "en", code: str = "o1", **facts: bool) -> Sheet:
    return workshop_sheet(code, tables(*rows), Wording(labels(), language, **facts))


def test_a_page_says_what_was_found() -> None:
    (page,) = sheet(row("o1", "D1", signals="risk=+0.120;LAB=-0.041;more=+0.030")).pages
    assert (page.current, page.desired, page.gap) == ("2.0", "4.0", "2.0")
    assert (page.from_, page.to) == (0.25, 0.75)
    assert page.ends == ("Never", "Always")
    assert page.statement == "We do it"
    assert "1.9, probably between 1.6 and 2.2" in page.drawn
    assert page.drawn.endswith("Across all organisations it is 1.3.")
    assert page.people == "1,234 people gave both answers."
    assert page.why[0].endswith("place 1.")
    assert "85%" in page.why[1]
    assert page.why[2] == (
        "This obstacle weighs more here than elsewhere – Fear of risk. "
        "This moves the sheet up (+0.12 points). Because of risk en."
    )
    assert page.why[3] == (
        "This instrument is used more here than elsewhere – A lab is used. "
        "This moves the sheet down (−0.04 points)."
    )
    assert len(page.why) == 4
    assert page.questions == tuple(f"D1 question{k} en" for k in (1, 2, 3))
    assert page.actions == tuple(f"D1 action{k} en" for k in (1, 2, 3))
    assert page.case == "D1 case en (D1 case_country en)"


def test_what_hardly_moved_it_and_what_is_not_known_is_not_told() -> None:
    (page,) = sheet(row("o1", "D1", signals="risk=+0.019", top5_probability=None)).pages
    assert len(page.why) == 1


def test_pages_come_in_the_order_of_ranks() -> None:
    found = sheet(row("o1", "D2", rank=2), row("o1", "D1", rank=1), row("mum", "D2", rank=1))
    assert [page.title for page in found.pages] == ["D1 title en", "D2 title en"]


@pytest.mark.parametrize(
    ("basis", "name", "told"),
    [
        ("parent", "mum", "the answers of Mother house and the organisations that belong to it"),
        ("type", "x", "the same type: Kind X"),
        ("organisation", "o1", ""),
    ],
)
def test_whose_answers_they_are(basis: str, name: str, told: str) -> None:
    found = sheet(row("o1", "D1", basis=basis, basis_name=name))
    assert told in found.basis
    assert bool(found.basis) == bool(told)
    if basis != "organisation":
        assert "Allowing for chance" not in found.pages[0].drawn


def test_everyone_is_not_compared_with_everyone() -> None:
    found = sheet(row("all", "D1", basis="all", basis_name=None), code="all")
    assert found.organisation == "Everyone"
    assert found.pages[0].drawn == "The gap is probably between 1.6 and 2.2."


@pytest.mark.parametrize(
    ("reason", "told"),
    [("too_few", "too few people answered"), ("no_gap", "nothing is desired above how it is")],
)
def test_without_plays_it_says_why(reason: str, told: str) -> None:
    empty = {"organisation": "o1", "target": "none", "basis": "none", "reason": reason}
    with pytest.raises(UserError, match=told):
        sheet(empty)


def test_an_organisation_without_rows_is_refused() -> None:
    with pytest.raises(UserError, match="o9: too few people answered"):
        sheet(row("o1", "D1"), code="o9")


@pytest.mark.parametrize("language", LANGUAGES)
def test_html_and_pdf_hold_every_text_once_a_page(language: str) -> None:
    found = sheet(row("o1", "D1"), row("o1", "D2", rank=2), language=language, simulated=True)
    page = html.fromstring(sheet_html(found).decode())
    assert page.get("lang") == language
    assert len(page.findall(".//section")) == 2
    assert page.findall(".//script") == []
    read = PdfReader(io.BytesIO(sheet_pdf(found)))
    assert len(read.pages) == 2
    words = " ".join(read.pages[0].extract_text().split())
    shown = " ".join(page.findall(".//section")[0].text_content().split())
    for text in (*found.pages[0].questions, *found.pages[0].actions, found.simulated):
        assert shown.count(text) == 1
        assert words.count(text) == 1
    assert NASTY.split(" « ")[0] in page.findall(".//section")[1].text_content()
    assert "<script>alert('x')</script> & #strong[x] $y$" in read.pages[1].extract_text()


def test_french_signs_do_not_start_a_line() -> None:
    (page,) = sheet(row("o1", "D2"), language="fr").pages
    assert (
        "«\N{NO-BREAK SPACE}quoi\N{NO-BREAK SPACE}»\N{NO-BREAK SPACE}: non\N{NO-BREAK SPACE}?"
        in page.statement
    )
    (page,) = sheet(row("o1", "D2"), language="en").pages
    assert page.statement == NASTY


def test_the_same_sheet_gives_the_same_bytes() -> None:
    found = sheet(row("o1", "D1"))
    assert sheet_pdf(found) == sheet_pdf(replace(found))
    assert sheet_html(found) == sheet_html(replace(found))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_number_is_missing_its_value(language: str) -> None:
    found = sheet(row("o1", "D1", signals="risk=+0.12"), language=language, weighted=True)
    for sign in ("nan", "None", "{", "}"):
        assert sign not in found.note + found.basis + "".join(map(str, found.pages[0].why))
        assert sign not in found.pages[0].drawn + found.pages[0].people
