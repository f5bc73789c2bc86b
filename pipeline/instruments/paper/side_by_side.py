"""All languages in one Word document, a column each, for translators and reviewers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipeline.instruments.paper.docx_file import add_row, add_table, document_bytes, new_document
from pipeline.instruments.wording import words
from pipeline.questionnaire.labels import language_names
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.version import questionnaire_version

WIDTH_MM = 261.0
NAME_MM = 33.0
Texts = Mapping[str, str]


def docx_side_by_side(questionnaire: Questionnaire) -> bytes:
    """Return every text that respondents see as DOCX: a row a text, a column a language."""
    base, *_ = questionnaire.languages
    document = new_document(questionnaire.title[base], base, landscape=True)
    document.add_heading(questionnaire.title[base], 0)
    version = f"{words(base)['version']} {questionnaire_version(questionnaire)}"
    document.add_paragraph(f"{questionnaire.study} · {version}")
    for heading, rows in _parts(questionnaire):
        document.add_heading(heading[base], 1)
        each = (WIDTH_MM - NAME_MM) / len(questionnaire.languages)
        names = [language_names(code, questionnaire)[code] for code in questionnaire.languages]
        widths = [NAME_MM, *[each] * len(names)]
        table = add_table(document, widths, ["", *names])
        for name, texts in rows:
            add_row(table, [name, *(texts[language] for language in questionnaire.languages)])
    return document_bytes(document)


def _parts(questionnaire: Questionnaire) -> Iterator[tuple[Texts, list[tuple[str, Texts]]]]:
    """Yield the heading of each part and its texts: around the survey, answers, then page by page."""
    languages = questionnaire.languages
    around = [("title", questionnaire.title), *questionnaire.texts.items()]
    yield {each: words(each)["paper_around"] for each in languages}, around
    answers = [
        (f"{name} {option.code}", option.text)
        for name, choices in questionnaire.choices.items()
        for option in choices.options
    ]
    if answers:
        yield {each: words(each)["paper_answers"] for each in languages}, answers
    for section in questionnaire.sections:
        rows: list[tuple[str, Texts]] = [(section.id, section.title)]
        if section.intro:
            rows.append((section.id, section.intro))
        for question in section.questions:
            rows += [
                (question.code, getattr(question, part))
                for part in ("text", "help", "current", "desired")
                if getattr(question, part, None)
            ]
            rows += [(row.id, row.text) for row in getattr(question, "rows", ())]
        yield section.title, rows
