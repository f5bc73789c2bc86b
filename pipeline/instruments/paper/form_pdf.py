"""The form as a PDF to print, typeset by Typst; texts are handed over as data, never as markup."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from pipeline.instruments.paper.form import Form
from pipeline.instruments.wording import words

TEMPLATE = Path(__file__).with_name("form.typ")


def pdf_form(form: Form) -> bytes:
    """Return the form as a tagged PDF (A4, black and white); the same form gives the same bytes."""
    import typst

    data = asdict(form) | {"say": dict(words(form.language))}
    return bytes(
        typst.compile(
            TEMPLATE.read_bytes(),
            ignore_system_fonts=True,
            sys_inputs={"form": json.dumps(data, ensure_ascii=False)},
            timestamp=0,
        )
    )
