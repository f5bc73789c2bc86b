"""The questionnaire on paper: every question, answer and code in every language, in PDF and Word."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from pathlib import Path

import docx
import pytest
from pypdf import PdfReader
from random_studies import random_questionnaire

from pipeline.instruments.paper import to_paper
from pipeline.instruments.paper.form import paper_form
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.version import questionnaire_version
from pipeline.study import Study


@pytest.fixture(scope="module")
def on_paper(psi_co: Questionnaire) -> dict[str, bytes]:
    """Return the files of PSI-CO on paper."""
    return dict(to_paper(psi_co).files)


def words_of(content: bytes) -> str:
    """Return all text of a Word document, tables included, in one line."""
    document = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return " ".join(" ".join([*(p.text for p in document.paragraphs), *cells]).split())


def one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("language", ["nl", "fr", "en"])
def test_every_text_stands_in_the_word_form(
    psi_co: Questionnaire, on_paper: dict[str, bytes], language: str
) -> None:
    text = words_of(on_paper[f"psi-co.{language}.docx"])
    assert questionnaire_version(psi_co) in text
    for section in psi_co.sections:
        assert one_line(section.title[language]) in text
        for question in section.questions:
            assert one_line(question.text[language]) in text, question.code
    for item in psi_co.items.values():
        assert f"{one_line(item.text[language])} ({item.id})" in text or item.kind not in {
            "matrix",
            "dual",
        }
        for option in (
            item.choices.options if item.choices and not item.choices.organisations else ()
        ):
            assert f"({option.code})" in text or f"{option.code} =" in text


@pytest.mark.parametrize("language", ["nl", "fr", "en"])
def test_the_pdf_holds_every_code_and_word(
    psi_co: Questionnaire, on_paper: dict[str, bytes], language: str
) -> None:
    reader = PdfReader(io.BytesIO(on_paper[f"psi-co.{language}.pdf"]))
    text = re.sub(r"[\s-]", "", "".join(page.extract_text() for page in reader.pages))
    for item in psi_co.items.values():
        assert f"({item.id})" in text or f"({item.question})" in text, item.id
    for section in psi_co.sections:
        assert re.sub(r"[\s-]", "", section.title[language]) in text
    assert reader.trailer["/Root"]["/Lang"] == language
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.metadata is not None
    assert reader.metadata.title == psi_co.title[language]


def test_the_side_by_side_document_has_a_column_a_language(
    psi_co: Questionnaire, on_paper: dict[str, bytes]
) -> None:
    document = docx.Document(io.BytesIO(on_paper["psi-co.side-by-side.docx"]))
    rows = [tuple(c.text for c in row.cells) for table in document.tables for row in table.rows]
    assert all(table.rows[0].cells[1].text == "Nederlands" for table in document.tables)
    for item in psi_co.items.values():
        name = item.id if item.kind in {"matrix", "dual", "shares"} else item.question
        assert (name, *(item.text[each] for each in psi_co.languages)) in rows


@pytest.mark.parametrize("seed", range(6))
def test_any_text_can_be_printed_and_stays_text(seed: int) -> None:
    questionnaire = random_questionnaire(seed)
    files = to_paper(questionnaire).files
    for language in questionnaire.languages:
        text = words_of(files[f"random.{language}.docx"])
        for item in questionnaire.items.values():
            if item.kind in {"matrix", "dual", "shares"}:
                assert one_line(item.text[language]) in text
        assert PdfReader(io.BytesIO(files[f"random.{language}.pdf"])).pages


def test_blocks_say_how_to_answer_and_to_whom(study: Study) -> None:
    form = paper_form(study.questionnaire, "en")
    blocks = {block.code: block for page in form.pages for block in page.blocks}
    assert blocks["TOOLS"].note == "Tick every answer that applies."
    assert blocks["N"].note == "A number from 0 to 50. 99 = Don't know."
    assert blocks["N"].condition == "Only if NEW = “Yes”"
    assert blocks["D"].ratings == ("Now", "Wanted")
    assert blocks["D"].columns[-1] == "Don't know (9)"
    assert blocks["S"].kind == "table"
    assert [row[0] for row in blocks["M"].rows] == ["M1", "M2"]


def test_libreoffice_opens_the_documents(on_paper: dict[str, bytes], tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if not office:
        pytest.skip("LibreOffice absent: soffice")
    names = ["psi-co.fr.docx", "psi-co.side-by-side.docx"]
    for name in names:
        (tmp_path / name).write_bytes(on_paper[name])
    home = f"-env:UserInstallation=file://{tmp_path / 'home'}"
    command = [office, home, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), *names]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=300)
    for name in names:
        pages = PdfReader(tmp_path / name.replace(".docx", ".pdf")).pages
        assert 15 < len(pages) < 45
