"""One reader a file format; `READERS` lists them all.

`RECOGNISERS` say whether a file looks like a format, the most particular first: a plain CSV is any
text with columns, so it is asked last. A recogniser never raises; what is wrong with a file, its
reader says.
"""

from collections.abc import Callable
from pathlib import Path

from pipeline.core.plan import Responses
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers.excel import looks_like_excel, read_excel
from pipeline.responses.readers.kobo import looks_like_kobo, read_kobo
from pipeline.responses.readers.limesurvey import looks_like_limesurvey, read_limesurvey
from pipeline.responses.readers.limesurvey_json import (
    looks_like_limesurvey_json,
    read_limesurvey_json,
)
from pipeline.responses.readers.odk import looks_like_odk, read_odk
from pipeline.responses.readers.parquet import looks_like_parquet, read_parquet
from pipeline.responses.readers.plain_csv import looks_like_csv, read_plain_csv
from pipeline.responses.readers.spss import looks_like_spss, read_spss
from pipeline.responses.readers.stata import looks_like_stata, read_stata
from pipeline.responses.readers.surveyjs import looks_like_surveyjs, read_surveyjs
from pipeline.responses.readers.web import looks_like_web, read_web

Reader = Callable[[Path, str, Questionnaire, Responses], RawAnswers]
Recogniser = Callable[[Path], bool]

READERS: dict[str, Reader] = {
    "web": read_web,
    "surveyjs": read_surveyjs,
    "limesurvey": read_limesurvey,
    "limesurvey-json": read_limesurvey_json,
    "kobo": read_kobo,
    "odk": read_odk,
    "spss": read_spss,
    "stata": read_stata,
    "excel": read_excel,
    "parquet": read_parquet,
    "csv": read_plain_csv,
}
RECOGNISERS: dict[str, Recogniser] = {
    "web": looks_like_web,
    "surveyjs": looks_like_surveyjs,
    "limesurvey": looks_like_limesurvey,
    "limesurvey-json": looks_like_limesurvey_json,
    "kobo": looks_like_kobo,
    "odk": looks_like_odk,
    "spss": looks_like_spss,
    "stata": looks_like_stata,
    "excel": looks_like_excel,
    "parquet": looks_like_parquet,
    "csv": looks_like_csv,
}
