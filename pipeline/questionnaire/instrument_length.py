"""How long a questionnaire takes, estimated before anybody fills it in: words to read, answers to give.

    minutes = words / words read a minute + answers x seconds an answer

Words read a minute, silently: 238 in English, the mean of 190 studies of adults reading non-fiction;
most adults read 175 to 300 (Brysbaert 2019, How many words do we read per minute? Journal of Memory
and Language 109, 104047). Brysbaert adds that other languages follow from the number of words they
need for the same message. So the other speeds here are that figure in proportion to the speed at which
native speakers read the same texts aloud (IReST: Trauzettel-Klosinski and Dietz 2012, Standardized
assessment of reading performance, Investigative Ophthalmology & Visual Science 53(9), 5452-5461): the
proportion is their finding, its use for silent reading is an assumption. For Dutch there is a check: the
equation of Brysbaert, Sui, Duyck and Dirix (2021, Quarterly Journal of Experimental Psychology,
doi 10.1177/17470218211017100), 238 words of 5.1 letters a minute and in proportion, gives 211 for words
of 5.75 letters, as in psi-co's items; so does the proportion.

Seconds an answer, after reading, are assumptions, to be replaced by the timings of a pilot. A rating
takes longer than the two seconds, reading included, below which an item counts as answered carelessly
(Huang and others 2012, Journal of Business and Psychology 27, 99-114); a stand-alone question takes
about as long as where 85 fit in 15 minutes, some ten seconds each, reading included (Pew Research Center
2022, How we keep our online surveys from running too long).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.questionnaire.columns import item_columns
from pipeline.questionnaire.model import Kind, Questionnaire, Section

SILENT_ENGLISH = 238.0
MOST_ADULTS = (175.0, 300.0)
LONGEST_LIST = 15  # labels: in a longer list of answers, people look for their own
READ_ALOUD: dict[str, float] = {"nl": 202, "fr": 195, "de": 179, "en": 228}
SECONDS_PER_ANSWER: dict[Kind, float] = {
    "single": 4,
    "multiple": 1,  # for each option, ticked or not
    "matrix": 3,
    "dual": 3,  # for each of the two ratings
    "count": 6,
    "number": 6,
    "shares": 5,
    "short_text": 10,
    "long_text": 60,
}


@dataclass(frozen=True)
class Length:
    """The length of a section, of a module, or of the whole.

    Attributes
    ----------
    answers : what is filled in or ticked: one an item, two where it is rated twice, and one for each
        option of a multiple choice. seconds : to give those answers, without reading.
    words : to read, by language. minutes : to read and answer, by language.
    """

    name: str
    optional: bool
    answers: int
    seconds: float
    words: Mapping[str, int]
    minutes: Mapping[str, float]


def words_a_minute(language: str, in_english: float = SILENT_ENGLISH) -> float:
    """Return the silent reading speed in a language; as in English where no study is known here."""
    return in_english * READ_ALOUD.get(language, READ_ALOUD["en"]) / READ_ALOUD["en"]


def minutes_needed(
    words: int, seconds: float, language: str, in_english: float = SILENT_ENGLISH
) -> float:
    """Return the minutes to read `words` and to answer for `seconds`."""
    return words / words_a_minute(language, in_english) + seconds / 60


def count_words(text: str) -> int:
    """Count what stands between spaces and holds a letter or a digit.

    >>> count_words("Par « service », nous entendons l'équipe.")
    5
    """
    return sum(any(each.isalnum() for each in word) for word in text.split())


def section_length(questionnaire: Questionnaire, section: Section) -> Length:
    """Return the length of a section for somebody who is shown all of it.

    Everything on the page is read once: title, introduction, displays, stems, help, headings, items,
    and the labels of the answers once a question, of a list longer than `LONGEST_LIST` its first ones.
    Show conditions are left aside: an upper bound.
    """
    items = [item for item in questionnaire.items.values() if item.section == section.id]
    answers = [(item.kind, len(item_columns(item))) for item in items]
    seconds = sum(number * SECONDS_PER_ANSWER[kind] for kind, number in answers)
    words = {
        language: sum(
            count_words(text.get(language, "")) for text in _shown(questionnaire, section)
        )
        for language in questionnaire.languages
    }
    number = sum(number for _, number in answers)
    return _length(section.id, section.optional, number, seconds, words)


def add_up(name: str, parts: Sequence[Length], languages: Sequence[str]) -> Length:
    """Return the length of several parts together; as a part of the whole it is not optional."""
    return _length(
        name,
        False,
        sum(part.answers for part in parts),
        sum(part.seconds for part in parts),
        {language: sum(part.words[language] for part in parts) for language in languages},
    )


def _length(
    name: str, optional: bool, answers: int, seconds: float, words: Mapping[str, int]
) -> Length:
    minutes = {each: minutes_needed(number, seconds, each) for each, number in words.items()}
    return Length(name, optional, answers, seconds, words, minutes)


def _shown(questionnaire: Questionnaire, section: Section) -> Iterator[Mapping[str, str]]:
    yield section.title
    if section.intro:
        yield section.intro
    for question in section.questions:
        yield from question_texts(question)
        choices = questionnaire.choices.get(getattr(question, "choices", ""))
        yield from (option.text for option in (choices.options[:LONGEST_LIST] if choices else ()))


def question_texts(question: Any) -> Iterator[Mapping[str, str]]:
    """Yield the texts of a question: stem, help, the two headings, and its rows."""
    for name in ("text", "help", "current", "desired"):
        text = getattr(question, name, None)
        if text is not None:
            yield text
    yield from (row.text for row in getattr(question, "rows", ()))
