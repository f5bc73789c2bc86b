"""One reader a file format; `READERS` lists them all."""

from collections.abc import Callable
from pathlib import Path

from pipeline.core.plan import Responses
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers.limesurvey import read_limesurvey
from pipeline.responses.readers.plain_csv import read_plain_csv

Reader = Callable[[Path, str, Questionnaire, Responses], RawAnswers]

READERS: dict[str, Reader] = {"csv": read_plain_csv, "limesurvey": read_limesurvey}
