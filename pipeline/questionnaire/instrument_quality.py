"""Length and quality of an instrument: what `psico check --report` says of a questionnaire."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median

from pipeline.questionnaire import instrument_wording as wording
from pipeline.questionnaire.instrument_length import (
    LONGEST_LIST,
    MOST_ADULTS,
    READ_ALOUD,
    SECONDS_PER_ANSWER,
    SILENT_ENGLISH,
    Length,
    add_up,
    count_words,
    minutes_needed,
    section_length,
    words_a_minute,
)
from pipeline.questionnaire.model import Questionnaire

WIDTH = 100


@dataclass(frozen=True)
class InstrumentReport:
    """Length and quality of a questionnaire, in numbers; items stand in the questionnaire's order.

    The flags and ratios also look at the stems of questions with rows, under the question's code.

    Attributes
    ----------
    sections : the length of each. modules : core, then each optional section. total : all modules.
    usual_minutes : fewest and most minutes for the whole, by language, over the speeds of most adults.
    item_words : words of each item, by language.
    long_items : item, language and number of words.
    double_negatives : item, language and the negations found.
    and_or : item and language.
    balance : scale, its items, and how many of them are reversed; scales only, no indices.
    completeness : share (0 to 1) of the questionnaire's texts that stand in a language.
    identical : where a longer text is the same in two languages, those languages, and the text.
    length_ratio : characters of a language for one of the base language, in texts that both have.
    odd_ratios : item, language and its ratio.
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


def instrument_report(questionnaire: Questionnaire) -> InstrumentReport:
    """Measure the length and quality of a questionnaire.

    Times are estimates for somebody who is shown every question; `instrument_length` says what they
    rest on. A text that a language lacks has no words in it; `completeness` counts it.
    """
    languages = questionnaire.languages
    sections = tuple(section_length(questionnaire, each) for each in questionnaire.sections)
    core = add_up("core", [each for each in sections if not each.optional], languages)
    modules = (core, *(each for each in sections if each.optional))
    total = add_up("everything", modules, languages)
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
        long_items=tuple(wording.long_items(questionnaire)),
        double_negatives=tuple(wording.double_negatives(questionnaire)),
        and_or=tuple(wording.and_or(questionnaire)),
        balance=tuple(
            (name, len(scale.items), len(scale.reversed))
            for name, scale in questionnaire.scales.items()
            if scale.kind == "scale" and scale.items
        ),
        completeness={each: wording.completeness(questionnaire, each) for each in languages},
        identical=tuple(wording.identical(questionnaire)),
        length_ratio={each: wording.length_ratio(questionnaire, each) for each in languages},
        odd_ratios=tuple(wording.odd_ratios(questionnaire)),
    )


def _usual_minutes(total: Length, language: str) -> tuple[float, float]:
    slow, fast = (
        minutes_needed(total.words[language], total.seconds, language, speed)
        for speed in MOST_ADULTS
    )
    return fast, slow


def report_text(report: InstrumentReport) -> str:
    """Return the report for the terminal: plain text, with the assumptions at the end."""
    parts = [part(report) for part in _PARTS]
    head = f"{report.study}: length and quality of the instrument"
    return "\n\n".join([head, *("\n".join(lines) for lines in parts)]) + "\n"


def _length_part(report: InstrumentReport) -> list[str]:
    head = ["module", "answers"]
    head += [f"{what} {each}" for what in ("words", "min") for each in report.languages]
    rows = [*report.modules, report.total]
    pace = " to ".join(f"{each:.0f}" for each in MOST_ADULTS)
    ranges = ", ".join(
        f"{each} {low:.0f} to {high:.0f}" for each, (low, high) in report.usual_minutes.items()
    )
    return [
        "LENGTH, if every condition holds (nobody is asked more)",
        *_aligned([head, *(_length_row(each) for each in rows)]),
        *_wrapped(
            f"Minutes for everything at the speeds of most adults ({pace} English words): {ranges}"
        ),
        "",
        *_aligned([["section", *head[1:]], *(_length_row(each) for each in report.sections)]),
    ]


def _length_row(length: Length) -> list[str]:
    name = f"{length.name} (optional)" if length.optional else length.name
    words = [str(each) for each in length.words.values()]
    return [name, str(length.answers), *words, *(f"{each:.1f}" for each in length.minutes.values())]


def _words_part(report: InstrumentReport) -> list[str]:
    rows = [["language", "items", "mean", "median", "longest", "item"]]
    for language in report.languages:
        words = {name: by_language[language] for name, by_language in report.item_words.items()}
        if words:
            longest = max(words, key=lambda name: words[name])
            numbers = [f"{mean(words.values()):.1f}", f"{median(words.values()):.0f}"]
            rows.append([language, str(len(words)), *numbers, str(words[longest]), longest])
    return ["WORDS PER ITEM", *_aligned(rows)]


def _flags_part(report: InstrumentReport) -> list[str]:
    long_ones = [f"{name} ({language}): {words}" for name, language, words in report.long_items]
    doubles = [
        f"{name} ({language}): {', '.join(words)}"
        for name, language, words in report.double_negatives
    ]
    unread = [each for each in report.languages if each not in wording.NEGATIONS]
    return [
        "TO READ ONCE MORE",
        *_listed(f"more than {wording.MOST_WORDS} words", long_ones),
        *_listed("two negations", doubles),
        *(_listed("negations not looked for in", unread) if unread else ()),
        *_listed('"and/or"', [f"{name} ({language})" for name, language in report.and_or]),
    ]


def _balance_part(report: InstrumentReport) -> list[str]:
    alike: dict[tuple[int, int], list[str]] = {}
    for name, items, reverse in report.balance:
        alike.setdefault((reverse, items), []).append(name)
    lines = [
        line
        for (reverse, items), names in sorted(alike.items())
        for line in _wrapped(f"{reverse} of {items} reversed: {', '.join(names)}")
    ]
    items = sum(number for _, number, _ in report.balance)
    reverse = sum(number for _, _, number in report.balance)
    return [f"REVERSED ITEMS: {reverse} of {items} items in {len(report.balance)} scales", *lines]


def _translation_part(report: InstrumentReport) -> list[str]:
    rows = [["language", "texts present", "characters per base"]]
    for language in report.languages:
        share = f"{100 * report.completeness[language]:.1f}%"
        rows.append([language, share, f"{report.length_ratio[language]:.2f}"])
    alike = [f'{where} ({one}, {other}): "{text}"' for where, one, other, text in report.identical]
    odd = [f"{name} ({language}): {ratio:.2f}" for name, language, ratio in report.odd_ratios]
    low, high = wording.RATIOS
    return [
        f"TRANSLATION (base language: {report.languages[0]})",
        *_aligned(rows),
        *_listed(f"same in two languages, {wording.SHORTEST_FOR_IDENTICAL} words or more", alike),
        *_listed(f"length below {low:g} or above {high:g} times the base language", odd),
    ]


def _assumptions_part(report: InstrumentReport) -> list[str]:
    speeds = ", ".join(f"{each} {words_a_minute(each):.0f}" for each in report.languages)
    unknown = [each for each in report.languages if each not in READ_ALOUD]
    as_english = f" No speed is known here for {', '.join(unknown)}: as English." if unknown else ""
    seconds = ", ".join(f"{kind} {each:g}" for kind, each in SECONDS_PER_ANSWER.items())
    paragraphs = [
        "Everything on the page is read once, and the labels of the answers once a question (of a longer "
        f"list the first {LONGEST_LIST}). A word stands between spaces. Texts around the survey (welcome, "
        "thanks), loading of pages and breaks are not counted.",
        f"Words read silently in a minute: {speeds}. English: {SILENT_ENGLISH:.0f}, the mean for "
        "non-fiction; most adults 175 to 300 (Brysbaert 2019, J. Memory and Language 109, 104047). Other "
        "languages: assumed in proportion to reading the same texts aloud (IReST; Trauzettel-Klosinski "
        f"and Dietz 2012, Invest. Ophthalmol. Vis. Sci. 53, 5452-5461).{as_english}",
        f"Seconds an answer, after reading: {seconds} (multiple: for each option; dual: for each of the "
        "two ratings). These are assumptions; time a pilot and replace them. For comparison: about ten "
        "seconds a stand-alone question, reading included (Pew Research Center 2022, How we keep our "
        "online surveys from running too long).",
        f"Negations are looked for by lists of words ({', '.join(wording.NEGATIONS)}), and miss others.",
    ]
    return ["ASSUMPTIONS", *(line for each in paragraphs for line in _wrapped(each))]


_PARTS: tuple[Callable[[InstrumentReport], list[str]], ...] = (
    _length_part,
    _words_part,
    _flags_part,
    _balance_part,
    _translation_part,
    _assumptions_part,
)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of equal length as lines: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()
        for row in rows
    ]


def _listed(title: str, found: Sequence[str]) -> list[str]:
    """Return a title with the number found, and what was found below it, indented."""
    return [f"{title}: {len(found) or 'none'}", *(f"  {each}" for each in found)]


def _wrapped(paragraph: str) -> list[str]:
    return textwrap.wrap(paragraph, WIDTH, subsequent_indent="  ", break_on_hyphens=False)
