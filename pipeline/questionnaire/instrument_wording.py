"""Items to read once more (long, negated twice, "and/or"), and translations (missing, alike, lengths).

A flag is no fault: it says where to look. What is flagged is little and plain, so that each is worth
the look. Questions with a superfluous negative take longer to answer (Bassili and Scott 1996, Response
latency as a signal to question problems in survey research, Public Opinion Quarterly 60, 390-399); the
limits on words and ratios are conventions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import combinations

from pipeline.questionnaire.instrument_length import count_words, question_texts
from pipeline.questionnaire.model import Questionnaire

MOST_WORDS = 25
RATIOS = (0.5, 2.0)
SHORTEST_FOR_RATIO = 20  # characters: below, a ratio says little
SHORTEST_FOR_IDENTICAL = 4  # words: names and numbers are alike in every language

# Whole words. Left out are `ne` (half of `ne ... pas`), `personne` (a person) and `plus` (more); of the
# words with a negative prefix, those that a survey is likely to hold are in.
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
    "nl": r"niet (?:alleen|enkel)|al dan niet|of niet|noch(?=.*\bnoch\b)",
    "fr": r"non seulement|pas (?:seulement|uniquement)|ou (?:non|pas)|ni(?=.*\bni\b)|sans doute",
    "en": r"not (?:only|just)|or not|no matter",
}
AND_OR = re.compile(r"\b(?:and\s*/\s*or|en\s*/\s*of|et\s*/\s*ou|und\s*/\s*oder)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]*n't\b|[^\W\d_]+")

Text = Mapping[str, str]


def negations(text: str, language: str) -> tuple[str, ...]:
    """Return the words of a text that deny something; none where the language has no list.

    >>> negations("We do not act without a mandate, whether or not we agree.", "en")
    ('not', 'without')
    """
    if language not in NEGATIONS:
        return ()
    plain = " ".join(text.lower().replace("’", "'").split())
    denying = re.sub(rf"\b(?:{NO_NEGATIONS[language]})\b", " ", plain)
    words = _WORD.findall(denying)
    return tuple(word for word in words if re.fullmatch(NEGATIONS[language], word))


def long_items(questionnaire: Questionnaire) -> Iterator[tuple[str, str, int]]:
    """Yield item, language and number of words, where there are more than `MOST_WORDS`."""
    for name, language, text in _wordings(questionnaire):
        if count_words(text) > MOST_WORDS:
            yield name, language, count_words(text)


def double_negatives(questionnaire: Questionnaire) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield item, language and the negations, where there are two or more."""
    for name, language, text in _wordings(questionnaire):
        found = negations(text, language)
        if len(found) > 1:
            yield name, language, found


def and_or(questionnaire: Questionnaire) -> Iterator[tuple[str, str]]:
    """Yield item and language, where the text says "and/or"."""
    for name, language, text in _wordings(questionnaire):
        if AND_OR.search(text):
            yield name, language


def odd_ratios(questionnaire: Questionnaire) -> Iterator[tuple[str, str, float]]:
    """Yield item, language and characters for one of the base language, where outside `RATIOS`.

    Only where the base language has `SHORTEST_FOR_RATIO` characters or more.
    """
    base = questionnaire.languages[0]
    written = {(name, language): len(text) for name, language, text in _wordings(questionnaire)}
    for (name, language), length in written.items():
        in_base = written.get((name, base), 0)
        if in_base >= SHORTEST_FOR_RATIO and not RATIOS[0] <= length / in_base <= RATIOS[1]:
            yield name, language, length / in_base


def length_ratio(questionnaire: Questionnaire, language: str) -> float:
    """Return characters of a language for one of the base language, over texts that both have."""
    base = questionnaire.languages[0]
    pairs = [(text.get(language, ""), text.get(base, "")) for _, text in _texts(questionnaire)]
    both = [(len(other), len(first)) for other, first in pairs if other.strip() and first.strip()]
    in_base = sum(first for _, first in both)
    return sum(other for other, _ in both) / in_base if in_base else float("nan")


def completeness(questionnaire: Questionnaire, language: str) -> float:
    """Return the share (0 to 1) of all texts that stand in a language."""
    texts = [text for _, text in _texts(questionnaire)]
    return sum(bool(text.get(language, "").strip()) for text in texts) / len(texts)


def identical(questionnaire: Questionnaire) -> Iterator[tuple[str, str, str, str]]:
    """Yield where, two languages and the text, where a text that is no name is the same in both."""
    for where, text in _texts(questionnaire):
        for one, other in combinations(questionnaire.languages, 2):
            first = " ".join(text.get(one, "").split())
            same = first.lower() == " ".join(text.get(other, "").split()).lower()
            if same and count_words(first) >= SHORTEST_FOR_IDENTICAL:
                yield where, one, other, first


def _wordings(questionnaire: Questionnaire) -> Iterator[tuple[str, str, str]]:
    """Yield item, language and text; also the stem of questions with rows, under the question's code."""
    texts: dict[str, Text] = {}
    for section in questionnaire.sections:
        for question in section.questions:
            if hasattr(question, "rows"):
                texts[question.code] = question.text
                texts |= {row.id: row.text for row in question.rows}
            elif question.kind != "display":
                texts[question.id or question.code] = question.text
    for name, text in texts.items():
        for language in questionnaire.languages:
            if text.get(language, "").strip():
                yield name, language, text[language]


def _texts(questionnaire: Questionnaire) -> Iterator[tuple[str, Text]]:
    """Yield every text of a questionnaire, and where it stands."""
    yield "title", questionnaire.title
    yield from ((f"texts {name}", text) for name, text in questionnaire.texts.items())
    for name, choices in questionnaire.choices.items():
        yield from ((f"choices {name} {each.code}", each.text) for each in choices.options)
    for section in questionnaire.sections:
        yield f"section {section.id}", section.title
        if section.intro:
            yield f"section {section.id}", section.intro
        for question in section.questions:
            yield from ((question.code, text) for text in question_texts(question))
    for name, scale in questionnaire.scales.items():
        yield f"scale {name}", scale.name
        if scale.definition:
            yield f"scale {name}", scale.definition
