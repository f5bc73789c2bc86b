"""The codebook: every variable of a study with its question, codes and scores, for people and archives."""

from __future__ import annotations

from pipeline.instruments.codebook.ddi import ddi_codebook
from pipeline.instruments.codebook.page import codebook_page
from pipeline.instruments.codebook.table import codebook_table
from pipeline.instruments.codebook.variables import study_variables
from pipeline.instruments.instrument import Instrument
from pipeline.questionnaire.model import Questionnaire


def to_codebook(questionnaire: Questionnaire) -> Instrument:
    """Return a study's codebook: DDI-Codebook 2.5 (XML), a table (CSV), and a page in each language.

    All of them describe the columns of `responses.parquet` and `scores.parquet`, in every language.
    """
    variables = study_variables(questionnaire)
    pages = {
        f"codebook.{language}.html": codebook_page(questionnaire, variables, language)
        for language in questionnaire.languages
    }
    return Instrument(
        {
            "codebook.ddi.xml": ddi_codebook(questionnaire, variables),
            "codebook.csv": codebook_table(questionnaire, variables),
            **pages,
        },
        (
            "DDI-Codebook has no place for conditions that a machine can run; they stand as universe, "
            "in words",
        ),
    )
