"""How we ask it: one exporter a file; `EXPORTERS` lists them all."""

from collections.abc import Callable

from pipeline.instruments.codebook import to_codebook
from pipeline.instruments.instrument import Instrument
from pipeline.instruments.limesurvey import to_limesurvey
from pipeline.instruments.paper import to_paper
from pipeline.instruments.surveyjs import to_surveyjs
from pipeline.instruments.web import to_web
from pipeline.instruments.xlsform import to_xlsform
from pipeline.questionnaire.model import Questionnaire

EXPORTERS: dict[str, Callable[[Questionnaire], Instrument]] = {
    "limesurvey": to_limesurvey,
    "xlsform": to_xlsform,
    "web": to_web,
    "surveyjs": to_surveyjs,
    "paper": to_paper,
    "codebook": to_codebook,
}
