"""How we ask it: one exporter a file; `EXPORTERS` lists them all."""

from collections.abc import Callable

from pipeline.instruments.instrument import Instrument
from pipeline.questionnaire.model import Questionnaire

EXPORTERS: dict[str, Callable[[Questionnaire], Instrument]] = {}
