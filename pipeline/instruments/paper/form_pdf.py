"""The form as a PDF to print, typeset by Typst; texts are handed over as data, never as markup."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from pipeline.core.typeset import typeset
from pipeline.instruments.paper.form import Form
from pipeline.instruments.wording import words

TEMPLATE = Path(__file__).with_name("form.typ")


def pdf_form(form: Form) -> bytes:
    """Return the form as a tagged PDF (A4, black and white); the same form gives the same bytes."""
    return typeset(TEMPLATE, "form", asdict(form) | {"say": dict(words(form.language))})
