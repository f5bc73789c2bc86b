"""LimeSurvey 6: the questionnaire as `.lss`, a file of tables, and as `.txt`, which people can read."""

from __future__ import annotations

from pipeline.core.errors import UserError
from pipeline.instruments.instrument import Instrument
from pipeline.instruments.limesurvey.losses import losses
from pipeline.instruments.limesurvey.lss import lss
from pipeline.instruments.limesurvey.refusals import problems
from pipeline.instruments.limesurvey.survey_of import survey_of
from pipeline.instruments.limesurvey.txt import txt
from pipeline.questionnaire.model import Questionnaire


def to_limesurvey(questionnaire: Questionnaire) -> Instrument:
    """Return the files that LimeSurvey 6 imports, both with everything in all languages.

    Raises
    ------
    UserError
        Codes or texts that LimeSurvey would rename, cut, drop or mix up; all of them are named.
    """
    survey = survey_of(questionnaire)
    found = problems(survey, questionnaire)
    if found:
        raise UserError("\n".join(f"limesurvey: {problem}" for problem in found))
    study = questionnaire.study
    files = {f"{study}.lss": lss(survey), f"{study}.txt": txt(survey)}
    return Instrument(files, losses(questionnaire))
