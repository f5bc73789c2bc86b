"""The form as a Word document: the same blocks as the PDF, to edit before printing."""

from __future__ import annotations

from typing import Any

from pipeline.instruments.paper.docx_file import (
    add_row,
    add_table,
    document_bytes,
    new_document,
    write_cell,
)
from pipeline.instruments.paper.form import Block, Form
from pipeline.instruments.wording import words

CIRCLE, BOX = "○", "☐"
WIDTH_MM = 174.0
ANSWERS_MM = 114.0
LINE = "_" * 40


def docx_form(form: Form) -> bytes:
    """Return the form as DOCX, with headings, real tables and its language set."""
    document = new_document(form.title, form.language)
    document.add_heading(form.title, 0)
    for text in form.welcome:
        document.add_paragraph(text)
    for page in form.pages:
        document.add_heading(page.title, 1)
        _add_small(document, page.condition, bold=True)
        for text in page.intro:
            document.add_paragraph(text).paragraph_format.keep_with_next = True
        for block in page.blocks:
            _add_block(document, block, form.language)
    for text in form.thanks:
        document.add_paragraph(text)
    _add_small(document, f"{form.study} · {form.version}")
    return document_bytes(document)


def _add_small(document: Any, text: str, *, bold: bool = False) -> None:
    from docx.shared import Pt

    if not text:
        return
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    run = paragraph.add_run(text)
    run.italic, run.bold, run.font.size = not bold, bold, Pt(9)


def _add_block(document: Any, block: Block, language: str) -> None:
    _add_small(document, block.condition, bold=True)
    if block.kind == "text":
        for text in block.text:
            document.add_paragraph(text)
        return
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    paragraph.add_run(" ".join(block.text)).bold = True
    paragraph.add_run(f"  ({block.code})")
    _add_small(document, block.help)
    _add_small(document, block.note)
    if block.kind == "options":
        mark = BOX if block.note == words(language)["paper_multiple"] else CIRCLE
        for code, text in block.options:
            document.add_paragraph(f"{mark}  {text}  ({code})")
    elif block.kind == "grid":
        _add_grid(document, block)
    elif block.kind == "table":
        _add_shares(document, block, language)
    else:
        for _ in range(5 if block.kind == "lines" else 1):
            document.add_paragraph(LINE * (2 if block.kind == "lines" else 1))


def _row_text(row: tuple[str, str, str]) -> str:
    name, text, condition = row
    return f"{text} ({name})" + (f"\n{condition}" if condition else "")


def _add_grid(document: Any, block: Block) -> None:
    """Add a table with a circle for each row and answer; a rating given twice is two tables."""
    each = ANSWERS_MM / len(block.columns)
    for rating in block.ratings or ("",):
        header = [rating, *block.columns]
        table = add_table(document, [WIDTH_MM - ANSWERS_MM, *[each] * len(block.columns)], header)
        _centre(table.rows[0])
        for row in block.rows:
            _centre(add_row(table, [_row_text(row), *[CIRCLE] * len(block.columns)]))
        document.add_paragraph()


def _centre(row: Any) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    for cell in row.cells[1:]:
        cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER


def _add_shares(document: Any, block: Block, language: str) -> None:
    say = words(language)
    heads = block.columns or (say["paper_points"],)
    widths = [WIDTH_MM - 40 * len(heads), *[40.0] * len(heads)]
    table = add_table(document, widths, ["", *heads])
    for row in block.rows:
        add_row(table, [_row_text(row), *[""] * len(heads)])
    last = add_row(table, ["", *["100"] * len(heads)])
    write_cell(last.cells[0], say["paper_total"], bold=True)
    document.add_paragraph()
