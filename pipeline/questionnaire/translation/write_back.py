"""Texts put into a YAML file in place: remarks, order and layout of everything else stay as they are."""

from __future__ import annotations

import copy
import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.core.yaml_text import Location, compose_yaml, parse_yaml

WIDTH = 100
PLAIN = re.compile(r"[A-Za-zÀ-ÿ0-9](?:[^\s:#'\"{}\[\],&*!|>%@`\\]|[ :](?=[^\s:#]))*")


@dataclass(frozen=True)
class _Edit:
    """Replace `text[start:end]` by `new`."""

    start: int
    end: int
    new: str


def put_texts(text: str, shown_as: str, texts: Mapping[Location, Mapping[str, str]]) -> str:
    """Return YAML text in which the strings at some locations say something else.

    `texts` maps the location of a string to its new text by language; a language that it does not
    have yet is put behind the others, also in the list of languages.

    Raises
    ------
    ProblemsFound
        `text` is not YAML that psi-co reads.
    """
    root = compose_yaml(text, shown_as)
    edits = [edit for location, by in texts.items() for edit in _edits(text, root, location, by)]
    added = {language for by in texts.values() for language in by}
    edits += _new_languages(text, root, added)
    changed = text
    for edit in sorted(edits, key=lambda each: each.start, reverse=True):
        changed = changed[: edit.start] + edit.new + changed[edit.end :]
    if parse_yaml(changed, shown_as).data != _expected(parse_yaml(text, shown_as).data, texts):
        raise RuntimeError("a text did not come out of the YAML file as it went in: a bug")
    return changed


def _expected(data: Any, texts: Mapping[Location, Mapping[str, str]]) -> Any:
    expected = copy.deepcopy(data)
    for location, by in texts.items():
        value = expected
        for part in location:
            value = value[part]
        value.update(by)
        for language in by:
            if language not in expected["languages"]:
                expected["languages"].append(language)
    return expected


def _edits(text: str, root: Any, location: Location, by: Mapping[str, str]) -> Iterator[_Edit]:
    node, in_flow = _node_at(root, location)
    present = {str(key.value): (key, value) for key, value in node.value}
    more = []
    for language, new in by.items():
        if language in present:
            key, value = present[language]
            start, end = _span(text, value)
            yield _Edit(start, end, _rendered(new, in_flow, key.start_mark.column, language))
        else:
            more.append((language, new))
    if more:
        yield _insertion(text, node, in_flow, more)


def _insertion(text: str, node: Any, in_flow: bool, more: list[tuple[str, str]]) -> _Edit:
    """Return the edit that puts further languages behind the last one of a string."""
    first, (_, last) = node.value[0][0], node.value[-1]
    _, end = _span(text, last)
    column = first.start_mark.column
    lines = [f"{name}: {_rendered(new, in_flow, column, name)}" for name, new in more]
    between = ", " if in_flow else "\n" + " " * column
    return _Edit(end, end, "".join(between + line for line in lines))


def _new_languages(text: str, root: Any, added: set[str]) -> list[_Edit]:
    node, _ = _node_at(root, ("languages",))
    new = sorted(added - {str(each.value) for each in node.value})
    _, end = _span(text, node.value[-1])
    between = ", " if node.flow_style else "\n" + " " * node.start_mark.column + "- "
    return [_Edit(end, end, "".join(between + language for language in new))] if new else []


def _node_at(root: Any, location: Location) -> tuple[Any, bool]:
    """Return the node at a location, and whether it stands in flow style ({...}) or within it."""
    node, in_flow = root, bool(root.flow_style)
    for part in location:
        if isinstance(part, int):
            node = node.value[part]
        else:
            node = next(value for key, value in node.value if str(key.value) == part)
        in_flow = in_flow or bool(getattr(node, "flow_style", False))
    return node, in_flow


def _span(text: str, node: Any) -> tuple[int, int]:
    """Return where a value starts and ends, without the blank lines that a block may end with."""
    start, end = node.start_mark.index, node.end_mark.index
    return start, start + len(text[start:end].rstrip())


def _rendered(new: str, in_flow: bool, column: int, key: str) -> str:
    """Return a text as a YAML value: plain where that is safe and short, else folded or quoted."""
    short = column + len(key) + 2 + len(new) <= WIDTH
    is_word = parse_yaml(f"a: {new}", "").data == {"a": new} if PLAIN.fullmatch(new) else False
    if not in_flow and short and is_word:
        return new
    if in_flow or short or not _is_foldable(new):
        return json.dumps(new, ensure_ascii=False)
    indent = " " * (column + 2)
    parts = re.split(r"(\n+)", new)
    folded = [f"{part}\n" if k % 2 else _folded(part, indent) for k, part in enumerate(parts)]
    return ">-\n" + "".join(folded)


def _is_foldable(text: str) -> bool:
    """Say whether a folded block gives the text back: no blanks at the ends of lines, none doubled."""
    return all(
        line == line.strip() and "  " not in line and "\t" not in line for line in text.split("\n")
    ) and text == text.strip("\n")


def _folded(line: str, indent: str) -> str:
    return textwrap.fill(
        line,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
