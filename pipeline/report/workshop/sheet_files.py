"""A workshop sheet as a web page and as a PDF: one page a gap on paper, both without a network."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from pipeline.core.typeset import typeset
from pipeline.report.workshop.sheet import Sheet

FOLDER = Path(__file__).parent


def sheet_html(sheet: Sheet) -> bytes:
    """Return the sheet as HTML: texts escaped, nothing loaded; the same sheet gives the same page."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("sheet.html.jinja").render(sheet=sheet, say=sheet.words)
    return page.encode("utf-8")


def sheet_pdf(sheet: Sheet) -> bytes:
    """Return the sheet as a tagged PDF (A4); the same sheet gives the same bytes."""
    return typeset(FOLDER / "sheet.typ", "sheet", asdict(sheet))
