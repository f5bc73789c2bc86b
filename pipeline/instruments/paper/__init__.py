"""The questionnaire on paper: to print and fill in, to edit, and to compare languages side by side."""

from __future__ import annotations

from pipeline.instruments.instrument import Instrument
from pipeline.instruments.paper.form import paper_form
from pipeline.instruments.paper.form_docx import docx_form
from pipeline.instruments.paper.form_pdf import pdf_form
from pipeline.instruments.paper.side_by_side import docx_side_by_side
from pipeline.questionnaire.model import Questionnaire


def to_paper(questionnaire: Questionnaire) -> Instrument:
    """Return a PDF and a DOCX in each language, and a DOCX with all languages side by side."""
    study = questionnaire.study
    files: dict[str, bytes] = {}
    for language in questionnaire.languages:
        form = paper_form(questionnaire, language)
        files[f"{study}.{language}.pdf"] = pdf_form(form)
        files[f"{study}.{language}.docx"] = docx_form(form)
    files[f"{study}.side-by-side.docx"] = docx_side_by_side(questionnaire)
    return Instrument(
        files,
        (
            "paper shows every question to everyone; conditions stand above a question in words",
            "paper checks nothing: no bounds, no sums of shares, no required answers",
            "paper has no reader: answers are typed into a CSV file with the codes printed beside them",
        ),
    )
