"""What the Word documents share: a plain document, table cells, and bytes that hold no date."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any

NEVER = (1980, 1, 1, 0, 0, 0)


def new_document(title: str, language: str, *, landscape: bool = False) -> Any:
    """Return an empty A4 document with a title in its properties and its language set."""
    import docx
    from docx.enum.section import WD_ORIENT
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    document = docx.Document()
    properties = document.core_properties
    properties.title, properties.author, properties.language = title[:255], "psi-co", language
    properties.comments = ""
    properties.created = properties.modified = datetime(2000, 1, 1)
    section = document.sections[0]
    width, height = (297, 210) if landscape else (210, 297)
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(width), Mm(height)
    section.left_margin = section.right_margin = Mm(18)
    section.top_margin = section.bottom_margin = Mm(18)
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Calibri", Pt(10.5)
    style.paragraph_format.space_after = Pt(4)
    run = style.element.get_or_add_rPr()
    mark = run.makeelement(qn("w:lang"), {qn("w:val"): language})
    run.append(mark)
    return document


def add_table(document: Any, widths_mm: Sequence[float], header: Sequence[str]) -> Any:
    """Add a table with a header row that is repeated on each page."""
    from docx.oxml.ns import qn
    from docx.shared import Mm

    table = document.add_table(rows=1, cols=len(widths_mm))
    table.style = "Table Grid"
    table.autofit = False
    for column, width in zip(table.columns, widths_mm, strict=True):
        column.width = Mm(width)
    for cell, text in zip(table.rows[0].cells, header, strict=True):
        write_cell(cell, text, bold=True, points=8)
    properties = table.rows[0]._tr.get_or_add_trPr()
    properties.append(properties.makeelement(qn("w:tblHeader"), {qn("w:val"): "true"}))
    return table


def add_row(table: Any, texts: Sequence[str]) -> Any:
    """Add a row to a table; it is not broken over two pages."""
    from docx.oxml.ns import qn

    row = table.add_row()
    properties = row._tr.get_or_add_trPr()
    properties.append(properties.makeelement(qn("w:cantSplit"), {qn("w:val"): "true"}))
    for cell, column, text in zip(row.cells, table.columns, texts, strict=True):
        cell.width = column.width
        write_cell(cell, text)
    return row


def write_cell(cell: Any, text: str, *, bold: bool = False, points: int = 9) -> None:
    """Write a text into a cell, small, a line end as a line break."""
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, Pt(points)
    paragraph.paragraph_format.space_after = Pt(1)


def document_bytes(document: Any) -> bytes:
    """Return a document as bytes that are the same for the same content: the zip holds no time."""
    written = io.BytesIO()
    document.save(written)
    target = io.BytesIO()
    with (
        zipfile.ZipFile(written) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, NEVER)
            entry.compress_type = zipfile.ZIP_DEFLATED
            copy.writestr(entry, source.read(name))
    return target.getvalue()
