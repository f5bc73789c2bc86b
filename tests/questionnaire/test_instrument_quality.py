"""Length and quality of an instrument: words and minutes counted by hand, flags found and not found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.core.declared import validate
from pipeline.core.yaml_text import parse_yaml
from pipeline.questionnaire.instrument_length import (
    LONGEST_LIST,
    SECONDS_PER_ANSWER,
    count_words,
    words_a_minute,
)
from pipeline.questionnaire.instrument_quality import instrument_report, report_text
from pipeline.questionnaire.instrument_wording import negations
from pipeline.questionnaire.load import load_questionnaire
from pipeline.questionnaire.model import Kind, Questionnaire
from pipeline.study import Study

ROOT = Path(__file__).parents[2]

# Words of each line are counted in the remark behind it: Dutch, English.
TINY = """\
study: tiny
languages: [nl, en]
title: {nl: Klein, en: Tiny}
choices:
  agree:
    options:
      - {code: 1, text: {nl: Oneens, en: Disagree}}  # 1, 1
      - {code: 2, text: {nl: Eens, en: Agree}}  # 1, 1
      - {code: 9, text: {nl: Weet niet, en: Don't know}, missing: dont_know}  # 2, 2
  tools:
    options:
      - {code: pen, text: {nl: Pen, en: Pen}}  # 1, 1
      - {code: none, text: {nl: Geen van deze, en: None}, exclusive: true}  # 3, 1
sections:
  - id: first
    title: {nl: Eerste, en: First page}  # 1, 2
    intro: {nl: Lees dit eerst., en: Please read this first.}  # 3, 4
    questions:
      - {code: HELLO, kind: display, text: {nl: Welkom hier, en: Welcome}}  # 2, 1
      - code: M
        kind: matrix
        choices: agree  # 4, 4
        text: {nl: Hoe eens?, en: How much do you agree?}  # 2, 5
        help: {nl: Kies, en: Choose one}  # 1, 2
        rows:
          - {id: M1, text: {nl: Wij leren., en: We learn.}}  # 2, 2
          - {id: M2, text: {nl: Wij delen ideeën., en: We share ideas.}}  # 3, 3
  - id: second
    title: {nl: Nu, en: Now}  # 1, 1
    optional: true
    questions:
      - code: P
        kind: dual
        choices: agree  # 4, 4
        text: {nl: Beoordeel, en: Rate}  # 1, 1
        current: {nl: Nu, en: Now}  # 1, 1
        desired: {nl: Gewenst, en: Wanted}  # 1, 1
        rows:
          - {id: P1, text: {nl: Vertrouwen, en: Trust}}  # 1, 1
      - {code: T, kind: multiple, choices: tools, text: {nl: Welke?, en: Which ones?}}  # 1 + 4, 2 + 2
      - {code: N, kind: count, show: M1 == 2, text: {nl: Hoeveel?, en: How many?}}  # 1, 2
      - {code: C, kind: long_text, text: {nl: Nog iets?, en: Anything else?}}  # 2, 2
scales:
  learning: {name: {nl: Leren, en: Learning}, items: [M1, M2], reversed: [M2], needed: 1}
  trust: {name: {nl: Vertrouwen, en: Trust}, items: [P1], needed: 1}
  both: {name: {nl: Beide, en: Both}, parts: [learning, trust], needed: 1}
  spread: {name: {nl: Spreiding, en: Spread}, kind: index, items: [M1, M2], needed: 1}
"""


def build(text: str) -> Questionnaire:
    partly = validate(Questionnaire, parse_yaml(text, "tiny.yaml"), lambda _: None)
    assert partly.value is not None, partly.problems
    return partly.value


def tiny(**texts: str) -> Questionnaire:
    """Return the tiny questionnaire with other wordings of item M1, by language."""
    wording = ", ".join(f'{language}: "{text}"' for language, text in texts.items())
    old = "{id: M1, text: {nl: Wij leren., en: We learn.}}"
    assert TINY.count(old) == 1
    languages = ", ".join(texts)
    return build(
        TINY.replace(old, f"{{id: M1, text: {{{wording}}}}}").replace("[nl, en]", f"[{languages}]")
    )


REPORT = instrument_report(build(TINY))


def test_words_are_all_that_is_read_on_a_page() -> None:
    assert [length.words for length in REPORT.sections] == [
        {"nl": 1 + 3 + 2 + 4 + 2 + 1 + 2 + 3, "en": 2 + 4 + 1 + 4 + 5 + 2 + 2 + 3},
        {"nl": 1 + 8 + 5 + 1 + 2, "en": 1 + 8 + 4 + 2 + 2},
    ]
    assert REPORT.item_words["M2"] == {"nl": 3, "en": 3}
    assert list(REPORT.item_words) == ["M1", "M2", "P1", "T", "N", "C"]


def test_answers_are_counted_and_timed_one_by_one() -> None:
    first, second = REPORT.sections
    assert (first.answers, first.seconds) == (2, 2 * 3)
    assert (second.answers, second.seconds) == (2 + 2 + 1 + 1, 2 * 3 + 2 * 1 + 6 + 60)


def test_minutes_are_reading_plus_answering() -> None:
    core, second = REPORT.modules
    assert core.minutes["en"] == pytest.approx(23 / 238 + 6 / 60)
    assert core.minutes["nl"] == pytest.approx(18 / (238 * 202 / 228) + 6 / 60)
    assert second.minutes["en"] == pytest.approx(17 / 238 + 74 / 60)
    assert REPORT.total.minutes["en"] == pytest.approx(40 / 238 + 80 / 60)
    assert REPORT.usual_minutes["en"] == pytest.approx((40 / 300 + 80 / 60, 40 / 175 + 80 / 60))


def test_modules_are_the_core_and_each_optional_section() -> None:
    assert [(each.name, each.optional) for each in REPORT.modules] == [
        ("core", False),
        ("second", True),
    ]
    assert REPORT.total.answers == sum(each.answers for each in REPORT.modules)


def test_a_questionnaire_without_core_has_an_empty_core() -> None:
    report = instrument_report(
        build(TINY.replace("  - id: first", "  - optional: true\n    id: first"))
    )
    assert [(each.name, each.answers) for each in report.modules] == [
        ("core", 0),
        ("first", 2),
        ("second", 6),
    ]
    assert report.modules[0].words == {"nl": 0, "en": 0}
    assert "core" in report_text(report)


def test_each_kind_of_question_has_its_time(study: Study) -> None:
    facts, views, more = instrument_report(study.questionnaire).sections
    assert (facts.answers, facts.seconds) == (8, 4 + 4 + 3 * 1 + 6 + 6 + 10)
    assert (views.answers, views.seconds) == (8, 2 * 3 + 4 * 3 + 2 * 5)
    assert (more.answers, more.seconds) == (1, 4)


def test_every_kind_that_is_answered_has_a_time() -> None:
    assert set(SECONDS_PER_ANSWER) == set(Kind.__args__) - {"display"}  # type: ignore[attr-defined]


def test_of_a_long_list_the_first_labels_are_read() -> None:
    labels = "\n".join(
        f"      - {{code: {n}, text: {{nl: Dienst, en: Unit}}}}" for n in range(30, 60)
    )
    old = "      - {code: pen, text: {nl: Pen, en: Pen}}  # 1, 1\n"
    second = instrument_report(build(TINY.replace(old, f"{labels}\n"))).sections[1]
    assert second.words["nl"] == REPORT.sections[1].words["nl"] - 4 + LONGEST_LIST


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("We share ideas.", 3),
        ("l'innovation d'aujourd'hui", 2),
        ("Par « service », nous entendons : l'équipe !", 5),
        ("a  well-known\n[PLACE] – 2019", 4),
    ],
)
def test_a_word_stands_between_spaces(text: str, words: int) -> None:
    assert count_words(text) == words


def test_speeds_are_in_proportion_to_reading_aloud() -> None:
    assert words_a_minute("en") == 238
    assert words_a_minute("nl") == pytest.approx(210.86, abs=0.01)
    assert words_a_minute("fr") == pytest.approx(203.55, abs=0.01)
    assert words_a_minute("eo") == 238


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("nl", "Het is niet mogelijk zonder toestemming.", ("niet", "zonder")),
        ("nl", "Wij doen nooit iets onnodigs of onduidelijke dingen.", ("nooit", "onduidelijke")),
        ("nl", "Onder ons onderzoek ontstaan ideeën, noch laat noch vroeg.", ("noch",)),
        ("nl", "Niet alleen wij, maar al dan niet ook anderen.", ()),
        ("fr", "Nous n'agissons pas sans mandat.", ("pas", "sans")),
        ("fr", "Il n’est jamais impossible d'apprendre.", ("jamais", "impossible")),
        ("fr", "Ni l'un ni l'autre ne décide.", ("ni",)),
        ("fr", "Non seulement une personne, mais plus encore.", ()),
        ("en", "We don't act without a mandate.", ("don't", "without")),
        ("en", "It is hardly unlikely.", ("hardly", "unlikely")),
        ("en", "Nobody can’t know.", ("nobody", "can't")),
        ("en", "Not only we, whether or not we know another note.", ()),
        ("de", "Wir sind nicht ohne Plan.", ()),
    ],
)
def test_negations_are_whole_words_that_deny(
    language: str, text: str, found: tuple[str, ...]
) -> None:
    assert negations(text, language) == found


def test_two_negations_in_an_item_are_flagged_and_one_is_not() -> None:
    report = instrument_report(tiny(nl="Wij leren niet.", en="We never learn without time."))
    assert report.double_negatives == (("M1", "en", ("never", "without")),)
    assert REPORT.double_negatives == ()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nl", "Wij leren en/of delen."),
        ("fr", "Apprendre et / ou partager."),
        ("en", "Learn AND/OR share."),
    ],
)
def test_and_or_is_flagged(language: str, text: str) -> None:
    assert instrument_report(tiny(**{language: text})).and_or == (("M1", language),)
    assert instrument_report(tiny(**{language: "Groot/klein and our/or."})).and_or == ()


def test_items_of_more_than_25_words_are_flagged() -> None:
    report = instrument_report(tiny(nl="woord " * 25, en="word " * 26))
    assert report.long_items == (("M1", "en", 26),)
    assert REPORT.long_items == ()


def test_the_stem_of_rows_is_looked_at_too() -> None:
    stem = "text: {nl: Hoe eens?, en: How much do you agree?}"
    assert TINY.count(stem) == 1
    report = instrument_report(build(TINY.replace(stem, "text: {nl: Geen en/of, en: Not without}")))
    assert report.and_or == (("M", "nl"),)
    assert report.double_negatives == (("M", "en", ("not", "without")),)


def test_reversed_items_are_counted_for_scales_of_items() -> None:
    assert REPORT.balance == (("learning", 2, 1), ("trust", 1, 0))
    assert "REVERSED ITEMS: 1 of 3 items in 2 scales" in report_text(REPORT)


def test_completeness_is_the_share_of_texts_that_a_language_has() -> None:
    assert REPORT.completeness == {"nl": 1, "en": 1}
    lacking = TINY.replace("nl: Welkom hier, ", "").replace("{nl: Kies,", "{nl: ' ',")
    report = instrument_report(build(lacking))
    # 1 title, 5 answers, 2 + 1 + 4 texts on the first page, 1 + 4 + 3 on the second, 4 scales
    assert report.completeness == {"nl": pytest.approx(23 / 25), "en": 1}


def test_long_texts_that_are_the_same_in_two_languages_are_listed() -> None:
    same = "Lean Six Sigma voor teams"
    report = instrument_report(tiny(nl=same, en=same.replace(" ", "  ").upper()))
    assert report.identical == (("M", "nl", "en", same),)
    assert REPORT.identical == ()  # "Pen" is one word
    assert instrument_report(tiny(nl="Lean Six Sigma", en="Lean Six Sigma")).identical == ()


def test_length_ratio_is_in_characters_for_one_of_the_base_language() -> None:
    text = """\
study: tiny
languages: [nl, en, fr]
title: {nl: Bonjour x, en: Hello, fr: ""}
sections:
  - {id: a, title: {nl: Ditte datte, en: Sunny, fr: Tititata tati}, questions: []}
"""
    ratios = instrument_report(build(text)).length_ratio
    assert ratios == {"nl": 1, "en": (5 + 5) / (9 + 11), "fr": 13 / 11}


@pytest.mark.parametrize(
    ("dutch", "english", "odd"),
    [
        (20, 9, (("M1", "en", 0.45),)),
        (20, 41, (("M1", "en", 2.05),)),
        (20, 10, ()),
        (20, 40, ()),
        (19, 60, ()),
    ],
)
def test_translations_far_from_the_base_in_length_are_listed(
    dutch: int, english: int, odd: tuple[tuple[str, str, float], ...]
) -> None:
    assert instrument_report(tiny(nl="x" * dutch, en="y" * english)).odd_ratios == odd


def test_the_text_lines_up_and_ends_with_the_assumptions() -> None:
    text = report_text(REPORT)
    assert (
        """\
module             answers  words nl  words en  min nl  min en
core                     2        18        23     0.2     0.2
second (optional)        6        17        17     1.3     1.3
everything               8        35        40     1.5     1.5
"""
        in text
    )
    assert (
        """\
language  items  mean  median  longest  item
nl            6   1.7       2        3    M2
en            6   2.0       2        3    M2
"""
        in text
    )
    parts = [part.split("\n")[0].split(":")[0] for part in text.split("\n\n")]
    assert parts[-1] == "ASSUMPTIONS"
    assert "Brysbaert 2019" in text
    assert "nl 211, en 238" in text
    assert max(map(len, text.splitlines())) <= 100


def test_the_text_names_what_it_found() -> None:
    text = report_text(instrument_report(tiny(nl="en/of " * 26, en="Not, never.")))
    assert "more than 25 words: 1\n  M1 (nl): 26\n" in text
    assert "two negations: 1\n  M1 (en): not, never\n" in text
    assert '"and/or": 1\n  M1 (nl)\n' in text
    assert "base language: 1\n  M1 (en): 0.07\n" in text
    assert "two negations: none" in report_text(REPORT)


def test_the_text_says_which_language_it_cannot_read() -> None:
    text = report_text(instrument_report(tiny(eo="Ni ne lernas.", en="We learn.")))
    assert "negations not looked for in: 1\n  eo\n" in text
    assert "No speed is known here for eo: as English." in text


def test_the_report_of_psi_co() -> None:
    folder = ROOT / "questionnaires" / "psi-co"
    questionnaire = load_questionnaire(folder, "questionnaires/psi-co").questionnaire
    assert questionnaire is not None
    report = instrument_report(questionnaire)
    optional = [each.id for each in questionnaire.sections if each.optional]
    assert [each.name for each in report.modules] == ["core", *optional]
    assert set(report.item_words) == set(questionnaire.items)
    assert set(report.completeness.values()) == {1}
    assert 10 < report.modules[0].minutes["nl"] < report.total.minutes["nl"] < 60


def test_importing_is_light() -> None:
    names = "instrument_quality, traceability"
    code = f"from pipeline.questionnaire import {names}; import sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert set(run.stdout.split()) & {"pandas", "numpy", "scipy"} == set()
