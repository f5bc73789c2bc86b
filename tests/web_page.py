"""The exported web page as tests see it: what is embedded in it, and what it saves for a sheet of answers.

Show conditions are evaluated here from the page's own data, in plain Python, so that a page that asks
the wrong people is found without a browser.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

from random_studies import Sheet

Content = dict[str, Any]
ORDER = {
    "<": float.__lt__,
    "<=": float.__le__,
    ">": float.__gt__,
    ">=": float.__ge__,
}


class _Scripts(HTMLParser):
    """Collects what stands in each element, so that it is read as a browser would read it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None], str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        self.elements.append((f"/{tag}", {}, ""))

    def handle_data(self, data: str) -> None:
        if self.elements:
            tag, attributes, text = self.elements[-1]
            self.elements[-1] = (tag, attributes, text + data)


def elements(html: str) -> list[tuple[str, dict[str, str | None], str]]:
    """Return the tag, the attributes and the text up to the next tag, of each element of a page."""
    parser = _Scripts()
    parser.feed(html)
    parser.close()
    return [each for each in parser.elements if not each[0].startswith("/")]


def content_of(html: str) -> Content:
    """Return the JSON that is embedded in a page."""
    (found,) = (
        text for tag, attributes, text in elements(html) if attributes.get("id") == "content"
    )
    return json.loads(found)


def saved(content: Content, sheet: Sheet) -> dict[str, Any]:
    """Return what the page saves for someone who did what the sheet says.

    The page must ask exactly what the sheet has answers to; else the test fails here.
    """
    answers = {column: sheet.answers.get(column) for column in _shown(content, sheet)}
    assert set(answers) == set(sheet.answers)
    return {
        "format": "psi-co web answers",
        "format_version": 1,
        "study": content["study"],
        "version": content["version"],
        "respondent": sheet.respondent,
        "language": sheet.language,
        "started": "2026-11-21T10:00:00.000Z",
        "submitted": "2026-11-21T10:20:00.000Z" if sheet.submitted else None,
        "pages": sheet.pages,
        "seconds": {section["id"]: 12.5 for section in content["sections"][: sheet.pages]},
        "answers": answers,
    }


def _shown(content: Content, sheet: Sheet) -> Iterator[str]:
    for section in content["sections"][: sheet.pages]:
        for question in section["questions"]:
            for item in question["items"]:
                shows = (section["show"], question["show"], item["show"])
                if all(show is None or holds(show, sheet.answers) for show in shows):
                    yield from item["columns"]


def holds(show: list[Any], answers: Mapping[str, str | None]) -> bool:
    """Say whether a show condition of the page holds."""
    operator, first, *rest = show
    match operator:
        case "all":
            return all(holds(part, answers) for part in (first, *rest))
        case "any":
            return any(holds(part, answers) for part in (first, *rest))
        case "not":
            return not holds(first, answers)
    code = answers.get(first)
    match operator:
        case "answered":
            return code is not None
        case "ticked":
            return code == "1"
        case "in":
            codes, numbers = rest
            return code in codes or (bool(numbers) and code is not None and float(code) in numbers)
        case "order":
            comparison, number, missing = rest
            is_number = code is not None and code not in missing
            return is_number and ORDER[comparison](float(code), float(number))
    raise AssertionError(f"no operator {operator}")
