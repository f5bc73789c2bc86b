"""The codebook as a page to read: one file a language, without network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.instruments.codebook.table import counts_as
from pipeline.instruments.codebook.variables import Variable
from pipeline.instruments.wording import words
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.version import questionnaire_version

TEMPLATE = Path(__file__).with_name("page.html")


def codebook_page(
    questionnaire: Questionnaire, variables: Sequence[Variable], language: str
) -> bytes:
    """Return the page in a language; all texts are escaped, and nothing is loaded from elsewhere."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    reasons = {variable.name for variable in variables if variable.name.endswith("_missing")}
    shown = [variable for variable in variables if variable.name not in reasons]
    groups = [
        (group, title, [variable for variable in shown if variable.group == group])
        for group, title in _groups(questionnaire, language)
    ]
    page = template.render(
        language=language,
        say=words(language),
        title=questionnaire.title[language],
        study=questionnaire.study,
        version=questionnaire_version(questionnaire),
        groups=[each for each in groups if each[2]],
        counts_as=counts_as,
    )
    return page.encode("utf-8")


def _groups(questionnaire: Questionnaire, language: str) -> list[tuple[str, str]]:
    say = words(language)
    pages = [(section.id, section.title[language]) for section in questionnaire.sections]
    return [("", say["codebook_interview"]), *pages, ("scores", say["codebook_scores"])]
