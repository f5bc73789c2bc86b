"""Declared models: every mistake at once, each with its line; faulty parts are left out."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import Field, ValidationError

from pipeline.core.declared import Code, Declared, Named, Partly, Text, validate
from pipeline.core.yaml_text import Location, parse_yaml


class Pen(Declared):
    id: str
    kind: Literal["pen"]
    colour: str = "blue"


class Book(Declared):
    id: str
    kind: Literal["book"]
    pages: int


class Box(Declared):
    label: Text
    things: tuple[Annotated[Pen | Book, Field(discriminator="kind")], ...] = ()
    codes: Named[Code] = {}


def part_of(location: Location) -> Location | None:
    return location[:2] if location[:1] == ("things",) and len(location) > 1 else None


def build(text: str) -> Partly[Box]:
    return validate(Box, parse_yaml(text, "box.yaml"), part_of)


def said(text: str) -> list[str]:
    return [str(problem) for problem in build(text).problems]


GOOD = "label: {en: Box}\nthings:\n  - {id: a, kind: pen}\n  - {id: b, kind: book, pages: 3}\n"


def test_what_is_right_is_built_and_frozen() -> None:
    partly = build(GOOD)
    assert partly.problems == []
    assert partly.value is not None
    assert [each.id for each in partly.value.things] == ["a", "b"]
    with pytest.raises(ValidationError, match="frozen"):
        partly.value.label = {}
    with pytest.raises(TypeError):
        partly.value.label["nl"] = "Doos"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("things: []\n", "box.yaml:1: 'label' is missing"),
        ("label:\n  en:\n", "box.yaml:2: en: 'en' is empty"),
        ("label: {en: 1.5}\n", "input should be a valid string (found: '1.5')"),
        ("label: {}\nlable: {}\n", "box.yaml:2: unknown key 'lable'; did you mean 'label'?"),
        ("label: {}\nthings: 3\n", "box.yaml:2: 'things': input should be a valid array"),
        ("- a\n", "box.yaml:1: input should be an object"),
        (
            "label: {}\nthings:\n  - {id: a, kind: pen, color: red}\n",
            "box.yaml:3: a: unknown key 'color'; did you mean 'colour'?",
        ),
        (
            "label: {}\nthings:\n  - {id: a, kind: pan}\n",
            "box.yaml:3: a: unknown kind 'pan'; did you mean 'pen'?",
        ),
        ("label: {}\nthings:\n  - {id: a}\n", "box.yaml:3: a: 'kind' is missing"),
        ("label: {}\nthings:\n  - id: a\n    kind: book\n", "box.yaml:3: a: 'pages' is missing"),
        (
            "label: {}\nthings:\n  - id: a\n    kind: book\n    pages: x\n",
            "box.yaml:5: a: 'pages': input should be a valid integer",
        ),
        (
            "label: {}\nthings:\n  - id: a\n    kind: book\n    pages: 1.5\n",
            "box.yaml:5: a: 'pages'",
        ),
        (
            "label: {}\nthings:\n  - id: a\n    kind: book\n    pages: true\n",
            "box.yaml:5: a: 'pages'",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, problem: str) -> None:
    assert len(said(text)) == 1
    assert problem in said(text)[0]


def test_a_code_may_be_a_whole_number_and_no_other() -> None:
    partly = build("label: {}\ncodes: {a: 1, b: x1}\n")
    assert partly.value is not None
    assert partly.value.codes == {"a": "1", "b": "x1"}
    assert len(said("label: {}\ncodes: {a: true, b: 1.0}\n")) == 2


def test_faulty_parts_are_left_out_and_the_rest_keeps_its_lines() -> None:
    partly = build(
        "label: {en: Box}\n"
        "things:\n"
        "  - {id: a, kind: pan}\n"
        "  - {id: b, kind: book, pages: 3}\n"
        "  - {id: c, kind: pen, nib: 1}\n"
        "  - id: d\n"
        "    kind: pen\n"
    )
    assert [str(problem)[:13] for problem in partly.problems] == ["box.yaml:3: a", "box.yaml:5: c"]
    assert partly.value is not None
    assert [each.id for each in partly.value.things] == ["b", "d"]
    assert partly.left_out == {"a", "c"}
    assert partly.text.line(("things", 0)) == 4
    assert partly.text.line(("things", 1, "kind")) == 7


def test_without_a_part_to_leave_out_nothing_is_built_and_all_is_told() -> None:
    partly = build("lable: {}\nthings:\n  - {id: a, kind: pan}\n")
    assert partly.value is None
    assert len(partly.problems) == 3  # 'label' is missing, 'lable' is unknown, kind 'pan'
