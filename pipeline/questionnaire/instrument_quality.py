"""Length and quality of an instrument: what `psico check --report` says of a questionnaire.

Nothing here is a fault that keeps a questionnaire from being fielded; those are in `check.py`. A flag
says: read this once more. Long items and superfluous negatives take longer to answer and are answered
worse (Bassili and Scott 1996, Response latency as a signal to question problems in survey research,
Public Opinion Quarterly 60, 390-399); the limits are conventions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from pipeline.questionnaire.instrument_length import (
    MOST_ADULTS,
    Length,
    add_up,
    count_words,
    minutes_needed,
    question_texts,
    section_length,
)
from pipeline.questionnaire.model import Questionnaire

MOST_WORDS = 25
RATIOS = (0.5, 2.0)
SHORTEST_FOR_RATIO = 20  # characters: below, a ratio says nothing
SHORTEST_FOR_IDENTICAL = 4  # words: names and numbers are alike in every language

# Whole words, so that `onder`, `non-profit` and `nothing` in a longer word do not count. Left out: `ne`
# (half of `ne ... pas`), `personne` (a person) and `plus` (more); words with a negative prefix are
# those that a survey is likely to hold.
NEGATIONS = {
    "nl": "niet|geen|nooit|niemand|niets|nergens|noch|zonder|nauwelijks|amper|evenmin"
    "|on(?:mogelijk|duidelijk|voldoende|nodig|belangrijk|gewenst|bekend|zeker)e?|onaanvaardba(?:ar|re)",
    "fr": "pas|jamais|aucune?|sans|ni|non|rien|nulle?|guère|nullement"
    "|(?:impossible|inutile|inacceptable|incapable|inconnue?|insuffisante?|incertaine?)s?",
    "en": "not|no|never|none|nobody|nothing|nowhere|neither|without|hardly|scarcely|barely|cannot"
    "|impossible|unclear|insufficient|unnecessary|unimportant|unacceptable|unable|unlikely|uncertain"
    "|[a-z]+n't",
}
# What looks like a negation and denies nothing, and the first half of a pair that denies once.
NO_NEGATIONS = {
    "nl": r"niet (?:alleen|enkel)|al dan niet|of niet|noch(?=.*\bnoch)",
    "fr": r"non seulement|pas (?:seulement|uniquement)|ou (?:non|pas)|ni(?=.*\bni)|sans doute",
    "en": r"not (?:only|just)|or not|no one(?= else)|no matter",
}
AND_OR = re.compile(r"\b(?:and\s*/\s*or|en\s*/\s*of|et\s*/\s*ou|und\s*/\s*oder)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]*n't\b|[^\W\d_]+")

Text = Mapping[str, str]


@dataclass(frozen=True)
class InstrumentReport:
    """Length and quality of a questionnaire, in numbers; items stand in the questionnaire's order.

    The flags and ratios also look at the stems of questions with rows, under the question's code.

    Attributes
    ----------
    sections : the length of each. modules : core, then each optional section. total : all modules.
    usual_minutes : fewest and most minutes for the whole, by language, over the speeds of most adults.
    item_words : words of each item, by language.
    long_items : item, language and words, where those are more than `MOST_WORDS`.
    double_negatives : item, language and the two or more negations found. and_or : item, language.
    balance : scale, its items, and how many of them are reversed; scales only, no indices.
    completeness : share (0 to 1) of the questionnaire's texts that stand in a language.
    identical : where a text of `SHORTEST_FOR_IDENTICAL` words or more is the same in two languages.
    length_ratio : characters of a language for one of the base language, in texts that both have.
    odd_ratios : item, language and its ratio, outside `RATIOS`.
    unknown_languages : languages without a list of negations.
    """

    study: str
    languages: tuple[str, ...]
    sections: tuple[Length, ...]
    modules: tuple[Length, ...]
    total: Length
    usual_minutes: Mapping[str, tuple[float, float]]
    item_words: Mapping[str, Mapping[str, int]]
    long_items: tuple[tuple[str, str, int], ...]
    double_negatives: tuple[tuple[str, str, tuple[str, ...]], ...]
    and_or: tuple[tuple[str, str], ...]
    balance: tuple[tuple[str, int, int], ...]
    completeness: Mapping[str, float]
    identical: tuple[tuple[str, str, str, str], ...]
    length_ratio: Mapping[str, float]
    odd_ratios: tuple[tuple[str, str, float], ...]
    unknown_languages: tuple[str, ...]


def instrument_report(questionnaire: Questionnaire) -> InstrumentReport:
    """Measure the length and quality of a questionnaire.

    Times are estimates for somebody who is shown every question; `instrument_length` says on what
    they rest. A language that a text lacks counts as no words, and only lowers `completeness`.
    """
    languages = questionnaire.languages
    wordings = list(_wordings(questionnaire))
    sections = tuple(section_length(questionnaire, each) for each in questionnaire.sections)
    modules = _modules(sections)
    total = add_up("everything", modules)
    return InstrumentReport(
        study=questionnaire.study,
        languages=languages,
        sections=sections,
        modules=modules,
        total=total,
        usual_minutes={each: _usual_minutes(total, each) for each in languages},
        item_words={
            name: {each: count_words(item.text.get(each, "")) for each in languages}
            for name, item in questionnaire.items.items()
        },
        long_items=tuple(
            (name, language, count_words(text))
            for name, language, text in wordings
            if count_words(text) > MOST_WORDS
        ),
        double_negatives=tuple(
            (name, language, negations(text, language))
            for name, language, text in wordings
            if len(negations(text, language)) > 1
        ),
        and_or=tuple(
            (name, language) for name, language, text in wordings if AND_OR.search(text)
        ),
        balance=tuple(
            (name, len(scale.items), len(set(scale.reversed)))
            for name, scale in questionnaire.scales.items()
            if scale.kind == "scale" and scale.items
        ),
        completeness=_completeness(questionnaire),
        identical=tuple(_identical(questionnaire)),
        length_ratio={each: _length_ratio(questionnaire, each) for each in languages},
        odd_ratios=tuple(_odd_ratios(questionnaire)),
        unknown_languages=tuple(each for each in languages if each not in NEGATIONS),
    )
