"""Every string of a questionnaire that is translated, with what a translator needs to know."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.core.yaml_text import Location

ITEM_BYTES = 256  # SPSS cuts the label of a variable here, without a word
ANSWER_BYTES = 120  # and the label of a value here
TITLE_BYTES = 200  # LimeSurvey cuts the title of a survey here


@dataclass(frozen=True)
class String:
    """One string in all its languages.

    Attributes
    ----------
    name : what it is called in files for translators, for example `COLGOAL1.text`.
    location : where it stands in `questionnaire.yaml`.
    texts : by language. context : one line on where and how it is shown.
    most_bytes : the length that no platform cuts, in UTF-8; 0 where there is no limit.
    """

    name: str
    location: Location
    texts: Mapping[str, str]
    context: str
    most_bytes: int = 0


def translated_strings(data: Mapping[str, Any]) -> list[String]:
    """Return the strings of a questionnaire, from the plain values of its (checked) YAML file.

    Names of organisations stand in `organisations.csv`, plays in `plays.yaml`; both stay there.
    """
    scales = _scales_of_items(data)
    return [
        String("title", ("title",), data["title"], "the title of the survey", TITLE_BYTES),
        *(
            String(f"texts.{name}", ("texts", name), texts, "a text around the questions")
            for name, texts in data.get("texts", {}).items()
        ),
        *_of_choices(data),
        *(
            each
            for i, section in enumerate(data["sections"])
            for each in _of_section(i, section, scales)
        ),
        *_of_scales(data),
    ]


def source_hash(text: str) -> str:
    """Return 12 hexadecimal digits of a source text; blanks and line ends do not matter."""
    return hashlib.sha256(" ".join(text.split()).encode("utf-8")).hexdigest()[:12]


def _scales_of_items(data: Mapping[str, Any]) -> dict[str, list[str]]:
    scales: dict[str, list[str]] = {}
    for name, scale in data.get("scales", {}).items():
        for item in scale.get("items", ()):
            scales.setdefault(str(item), []).append(name)
    return scales


def _of_choices(data: Mapping[str, Any]) -> Iterator[String]:
    questions = [each for section in data["sections"] for each in section["questions"]]
    for name, choices in data.get("choices", {}).items():
        users = [str(each["code"]) for each in questions if each.get("choices") == name]
        listed = ", ".join(users[:5]) + (", ..." if len(users) > 5 else "")
        for k, option in enumerate(choices.get("options", ())):
            yield String(
                f"choices.{name}.{option['code']}",
                ("choices", name, "options", k, "text"),
                option["text"],
                f"answer {k + 1} of {len(choices['options'])} to {listed or 'no question'}",
                ANSWER_BYTES,
            )


def _of_section(
    i: int, section: Mapping[str, Any], scales: Mapping[str, list[str]]
) -> Iterator[String]:
    name = str(section["id"])
    for part, what in (("title", "the title of a page"), ("intro", "the first lines of a page")):
        if part in section:
            yield String(f"sections.{name}.{part}", ("sections", i, part), section[part], what)
    for j, question in enumerate(section["questions"]):
        yield from _of_question(("sections", i, "questions", j), question, name, scales)


def _of_question(
    location: Location, question: Mapping[str, Any], page: str, scales: Mapping[str, list[str]]
) -> Iterator[String]:
    code, kind = str(question["code"]), str(question["kind"])
    shown = {
        "text": f"{'shown text' if kind == 'display' else f'question ({kind})'} on page {page}",
        "help": f"help below question {code}",
        "current": f"heading of the first rating in {code}",
        "desired": f"heading of the second rating in {code}",
    }
    for part, what in shown.items():
        if part in question:
            is_item = part == "text" and kind not in {"display", "matrix", "dual", "shares"}
            context = what + _measures(str(question.get("id") or code), scales) if is_item else what
            most = ITEM_BYTES if is_item else 0
            yield String(f"{code}.{part}", (*location, part), question[part], context, most)
    for k, row in enumerate(question.get("rows", ())):
        context = (
            f"row {k + 1} of {code} ({kind}) on page {page}{_measures(str(row['id']), scales)}"
        )
        where = (*location, "rows", k, "text")
        yield String(f"{row['id']}.text", where, row["text"], context, ITEM_BYTES)


def _measures(item: str, scales: Mapping[str, list[str]]) -> str:
    return f"; measures {', '.join(scales[item])}" if item in scales else ""


def _of_scales(data: Mapping[str, Any]) -> Iterator[String]:
    for name, scale in data.get("scales", {}).items():
        for part, what in (
            ("name", "the name of a score, for reports"),
            ("definition", "what it is"),
        ):
            if part in scale:
                yield String(f"scales.{name}.{part}", ("scales", name, part), scale[part], what)
