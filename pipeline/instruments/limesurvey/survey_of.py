"""A questionnaire turned into a survey: a page per section, its settings, the texts around it."""

from __future__ import annotations

import hashlib

from pipeline.instruments.limesurvey.expressions import relevance
from pipeline.instruments.limesurvey.questions import survey_question, version_question
from pipeline.instruments.limesurvey.survey import Group, Survey
from pipeline.instruments.limesurvey.texts import by_language, html, inline, inline_by_language
from pipeline.questionnaire.model import Questionnaire, Section

SETTINGS = {
    "format": "G",  # a page per group
    "anonymized": "N",  # confidential: the token tells the organisation, and is replaced on import
    "usetokens": "Y",
    "tokenanswerspersistence": "Y",  # whoever comes back goes on where they stopped
    "alloweditaftercompletion": "N",
    "datestamp": "Y",
    "savetimings": "Y",
    "ipaddr": "N",
    "refurl": "N",
    "allowsave": "Y",
    "allowprev": "Y",
    "allowregister": "N",
    "listpublic": "N",
    "printanswers": "N",
    "publicstatistics": "N",
    "publicgraphs": "N",
    "assessments": "N",
    "autoredirect": "N",
    "showprogress": "Y",
    "shownoanswer": "N",  # no answer beside the declared ones
    "showxquestions": "N",
    "showgroupinfo": "B",  # title and introduction of a page
    "showqnumcode": "X",  # neither numbers nor codes of questions
    "questionindex": "0",
    "showsurveypolicynotice": "0",
}
SMALLEST_SID, SIDS = 100_000, 900_000


def survey_of(questionnaire: Questionnaire) -> Survey:
    """Return the survey that a questionnaire makes; the version is hidden on its first page."""
    languages = questionnaire.languages
    groups = [_group(section, questionnaire) for section in questionnaire.sections]
    first = groups[0]
    hidden = version_question(questionnaire)
    groups[0] = Group(first.titles, first.descriptions, first.relevance, (hidden, *first.questions))
    return Survey(
        sid=_sid(questionnaire.study),
        languages=languages,
        settings={
            "language": languages[0],
            "additional_languages": " ".join(languages[1:]),
            **SETTINGS,
            "showwelcome": "Y" if "welcome" in questionnaire.texts else "N",
        },
        texts={language: _around(questionnaire, language) for language in languages},
        groups=tuple(groups),
    )


def _group(section: Section, questionnaire: Questionnaire) -> Group:
    languages = questionnaire.languages
    return Group(
        inline_by_language(section.title, languages, " "),
        by_language(section.intro, languages),
        relevance(section.show, questionnaire),
        tuple(survey_question(question, questionnaire) for question in section.questions),
    )


def _around(questionnaire: Questionnaire, language: str) -> dict[str, str]:
    """Return the texts before and after the questions, under LimeSurvey's names."""
    return {
        "surveyls_title": inline(questionnaire.title[language], " "),
        "surveyls_welcometext": _text(questionnaire, "welcome", language),
        "surveyls_endtext": _text(questionnaire, "thanks", language),
        "surveyls_numberformat": "1" if _writes_comma(language) else "0",
    }


def _text(questionnaire: Questionnaire, name: str, language: str) -> str:
    return html(questionnaire.texts[name][language]) if name in questionnaire.texts else ""


def _writes_comma(language: str) -> bool:
    """Say whether a language writes 2,5: people must be able to type numbers as they are used to."""
    from babel import UnknownLocaleError
    from babel.numbers import get_decimal_symbol

    try:
        return bool(get_decimal_symbol(language) == ",")
    except UnknownLocaleError:
        return False


def _sid(study: str) -> int:
    """Return a survey number of six digits for a study; LimeSurvey takes another where it is in use."""
    return SMALLEST_SID + int(hashlib.sha256(study.encode()).hexdigest(), 16) % SIDS
