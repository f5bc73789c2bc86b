"""The questionnaire as an XLSForm, for ODK (Collect, Central) and KoboToolbox."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.core.errors import UserError
from pipeline.instruments.instrument import Instrument
from pipeline.instruments.xlsform.book import Choice, Form, workbook
from pipeline.instruments.xlsform.logic import relevance
from pipeline.instruments.xlsform.questions import list_name, offered, question_rows
from pipeline.instruments.xlsform.rows import PAGE, Row, grouped, noted, required, said
from pipeline.instruments.xlsform.text import (
    as_label,
    as_plain,
    is_spoilt,
    joined,
    language_heading,
    language_name,
)
from pipeline.questionnaire.columns import XLSFORM_LANGUAGE, XLSFORM_TOKEN
from pipeline.questionnaire.model import Questionnaire, Section
from pipeline.questionnaire.version import VERSION_COLUMN, questionnaire_version

NOT_CARRIED = (
    f"Who was invited: there are no tokens. A personal link can fill the hidden field {XLSFORM_TOKEN}.",
    "The time spent on each page: only the start and the end of the interview are kept.",
    "Answers of people who stop half-way: nothing is sent before the end.",
    "Whether an empty question was shown: the file holds nothing either way, and show conditions tell.",
    "A multiple choice in which nothing is ticked: it comes back as not answered.",
    "The two ratings of a row side by side: they stand below each other, under the text of the row.",
    "A text after sending: the thanks stand on the last page, with a request to send the answers.",
)
SEVERAL_LANGUAGES = (
    f"The language in which someone answers: the first question, {XLSFORM_LANGUAGE}, asks for it.",
    "The title of the form in other languages than the first.",
)
SPOILT = (
    "Asterisks, underscores, backticks, tildes and curly quotes in options: Collect and Web Forms may "
    "take them for emphasis, pyxform makes the quotes straight."
)


def to_xlsform(questionnaire: Questionnaire) -> Instrument:
    """Return the form as `<study>.xlsx`, in all languages.

    Raises
    ------
    UserError
        Names, codes or texts that a form would lose, mix up or leave blank; all of them at once.
    """
    _refuse_codes_that_are_no_numbers(questionnaire)
    form = Form(
        survey=list(_survey(questionnaire)),
        choices=list(_choices(questionnaire)),
        settings=_settings(questionnaire),
        languages=questionnaire.languages,
    )
    return Instrument(
        files={f"{questionnaire.study}.xlsx": workbook(form)},
        not_carried=(
            *NOT_CARRIED,
            *(SEVERAL_LANGUAGES if len(questionnaire.languages) > 1 else ()),
            *((SPOILT,) if any(is_spoilt(choice.label) for choice in form.choices) else ()),
        ),
    )


def _survey(questionnaire: Questionnaire) -> Iterator[Row]:
    """Yield what is recorded unasked, then the form from the welcome to the thanks."""
    yield Row("start", "start")
    yield Row("end", "end")
    version = questionnaire_version(questionnaire)
    yield Row("calculate", VERSION_COLUMN, calculation=f"'{version}'")
    yield Row("hidden", XLSFORM_TOKEN)
    yield from _opening(questionnaire)
    for number, section in enumerate(questionnaire.sections, 1):
        yield from _page(section, number, questionnaire)
    yield from _closing(questionnaire)


def _opening(questionnaire: Questionnaire) -> list[Row]:
    """Return the first page: the welcome and, in a study in several languages, which it will be."""
    languages = questionnaire.languages
    rows = noted("note_welcome", questionnaire.texts.get("welcome"))
    if len(languages) > 1:
        everyone = "\n".join(said("xlsform_language", languages).values())
        label = as_label(dict.fromkeys(languages, everyone))
        question = Row(f"select_one {XLSFORM_LANGUAGE}", XLSFORM_LANGUAGE, label)
        rows.append(required(question, said("xlsform_required", languages)))
    return grouped("page_0", questionnaire.title, rows, appearance=PAGE)


def _page(section: Section, number: int, questionnaire: Questionnaire) -> list[Row]:
    rows = noted(f"note_page_{number}", section.intro)
    for question in section.questions:
        rows += question_rows(question, questionnaire)
    shown = relevance([section.show], questionnaire)
    return grouped(f"page_{number}", section.title, rows, shown, appearance=PAGE)


def _closing(questionnaire: Questionnaire) -> list[Row]:
    """Return the last page: it comes before the answers are sent, so it asks for that."""
    thanks = questionnaire.texts.get("thanks")
    if thanks is None:
        return []
    text = joined([said("xlsform_send", questionnaire.languages), thanks], "\n\n")
    rows = noted("note_thanks", text)
    return grouped("page_end", questionnaire.title, rows, appearance=PAGE)


def _choices(questionnaire: Questionnaire) -> Iterator[Choice]:
    """Yield the options of every list that a question takes."""
    languages = questionnaire.languages
    if len(languages) > 1:
        for language in languages:
            label = dict.fromkeys(languages, language_name(language))
            yield Choice(XLSFORM_LANGUAGE, language, label)
    questions = [each for section in questionnaire.sections for each in section.questions]
    takers = [each for each in questions if each.kind in {"single", "multiple", "matrix", "dual"}]
    lists = {list_name(each, questionnaire): each for each in takers}
    for name, question in lists.items():
        options = questionnaire.choices[question.choices].options
        for option in offered(options, question.kind):
            yield Choice(name, option.code, as_plain(option.text))


def _settings(questionnaire: Questionnaire) -> dict[str, str]:
    base = questionnaire.languages[0]
    return {
        "form_title": as_plain(questionnaire.title)[base],
        "form_id": questionnaire.study,
        "version": questionnaire_version(questionnaire),
        "default_language": language_heading(base),
        "style": "pages",
    }


def _refuse_codes_that_are_no_numbers(questionnaire: Questionnaire) -> None:
    """A field for numbers takes no other code for "don't know"."""
    problems = [
        f"xlsform: {item.id}: the code '{code}' cannot be entered where a number is asked for"
        for item in questionnaire.items.values()
        if item.kind in {"count", "number"} and item.choices
        for code, kind in item.choices.missing_codes.items()
        if kind != "not_asked" and not code.isdecimal()
    ]
    if problems:
        raise UserError("\n".join(problems))
