"""A questionnaire as one web page that works without a network: for pretests, pilots and offline use."""

from __future__ import annotations

from pipeline.instruments.instrument import Instrument
from pipeline.instruments.left_out import left_out
from pipeline.instruments.web.content import page_content
from pipeline.instruments.web.page import page_html
from pipeline.questionnaire.model import Questionnaire

_ALWAYS = (
    "There is no list of invited people: nothing keeps someone from answering twice, and the "
    "organisation is the one that is answered.",
    "The page sends nothing: each respondent saves a file and hands it over.",
)


def to_web(questionnaire: Questionnaire) -> Instrument:
    """Return the questionnaire as one self-contained HTML file in all its languages.

    The page loads nothing and sends nothing, which its content security policy enforces; answers are
    kept in the browser and saved as a JSON file that the reader `web` takes.

    Raises
    ------
    UserError
        The instruments have no words in one of the languages.
    """
    html = page_html(page_content(questionnaire))
    return Instrument(
        {f"{questionnaire.study}.html": html.encode("utf-8")}, (*_ALWAYS, *left_out(questionnaire))
    )
