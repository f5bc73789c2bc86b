"""YAML read safely, with the line of every key and value.

The text is composed into nodes and never constructed into Python objects, so tags cannot run
code. Aliases are refused (an alias bomb needs them), and so are duplicate keys and tabs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.core.errors import Problem, ProblemsFound

_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
Location = tuple[str | int, ...]
MAXIMUM_BYTES = 20_000_000
PREFIX = "tag:yaml.org,2002:"
TAGS = {
    PREFIX + kind for kind in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq")
}


@dataclass(frozen=True)
class YamlText:
    """A YAML file as plain values, and where each stands.

    Attributes
    ----------
    path : the file's name as shown in messages.
    data : nested dict, list, str, int, float, bool, None.
    lines : line (from 1) of each location; a location is the keys and positions that lead to it.
    """

    path: str
    data: Any
    lines: dict[Location, int] = field(repr=False)

    def line(self, location: Location) -> int:
        """Return the line of `location`, or of the closest thing around it that has one."""
        while location and location not in self.lines:
            location = location[:-1]
        return self.lines.get(location, 1)

    def problem(self, location: Location, message: str) -> Problem:
        """Return a problem that points to the line of `location`."""
        return Problem(self.path, self.line(location), message)


def read_yaml(path: Path, shown_as: str | None = None) -> YamlText:
    """Read a UTF-8 YAML file.

    Raises
    ------
    ProblemsFound
        The file is absent, empty, not UTF-8 or not YAML, or it uses tabs for indentation,
        an alias, a tag, or a key twice. Every duplicate key is reported.
    """
    shown = shown_as or str(path)
    return parse_yaml(_read_text(path, shown), shown)


def parse_yaml(text: str, shown_as: str) -> YamlText:
    """Turn YAML text into values and lines; errors as for `read_yaml`."""
    node = compose_yaml(text, shown_as)
    reader = _NodeReader(shown_as)
    data = reader.value(node, ())
    if reader.problems:
        raise ProblemsFound(reader.problems)
    return YamlText(shown_as, data, reader.lines)


def _read_text(path: Path, shown: str) -> str:
    if not path.is_file():
        raise ProblemsFound([Problem(shown, 1, "the file does not exist")])
    content = path.read_bytes()
    if len(content) > MAXIMUM_BYTES:
        raise ProblemsFound([Problem(shown, 1, f"larger than {MAXIMUM_BYTES // 1_000_000} MB")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = "not UTF-8 text; save the file with the encoding UTF-8"
        raise ProblemsFound([Problem(shown, line, message)]) from None


def compose_yaml(text: str, shown: str) -> Any:
    """Return the tree of nodes of YAML text, with where each starts and ends; nothing is constructed."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    tabs = [
        Problem(shown, number, "a tab in the indentation; use spaces")
        for number, line in enumerate(text.split("\n"), 1)
        if "\t" in line[: len(line) - len(line.lstrip())] and line.strip()
    ]
    if tabs:
        raise ProblemsFound(tabs)
    message = "a directive (%...) changes what words mean; leave it out"
    directives = [
        Problem(shown, number, message)
        for number, line in enumerate(text.split("\n"), 1)
        if line.startswith("%")
    ]
    if directives:
        raise ProblemsFound(directives)
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ProblemsFound([Problem(shown, line, f"not YAML: {error.problem}")]) from None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ProblemsFound([Problem(shown, line, "not YAML: a control character")]) from None
    except YAMLError as error:
        raise ProblemsFound([Problem(shown, 1, f"not YAML: {error}")]) from None
    except RecursionError:
        raise ProblemsFound([Problem(shown, 1, "not YAML: nested too deeply")]) from None
    if node is None:
        raise ProblemsFound([Problem(shown, 1, "the file is empty")])
    return node


class _NodeReader:
    """Turns composed nodes into plain values and remembers the line of each."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.lines: dict[Location, int] = {}
        self.problems: list[Problem] = []

    def value(self, node: Any, location: Location) -> Any:
        self.lines.setdefault(location, node.start_mark.line + 1)
        if node.anchor:
            return self._refuse(node, f"the anchor '&{node.anchor}'; write the text out instead")
        if str(node.tag) not in TAGS:
            return self._refuse(node, f"the tag '{node.tag}'; tags are not allowed")
        if node.id == "mapping":
            return self._mapping(node, location)
        if node.id == "sequence":
            return [self.value(each, (*location, i)) for i, each in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: Any, location: Location) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key, line = str(key_node.value), key_node.start_mark.line + 1
            if key in result:
                first = self.lines[(*location, key)]
                self._refuse(key_node, f"the key '{key}' stands here twice; first on line {first}")
                continue
            self.lines[(*location, key)] = line
            result[key] = self.value(value_node, (*location, key))
        return result

    def _scalar(self, node: Any) -> Any:
        if _UNPRINTABLE.search(node.value):
            return self._refuse(node, "a control character, or half of one that is made of two")
        kind, text = str(node.tag).removeprefix(PREFIX), node.value
        if kind == "int" and _WHOLE.fullmatch(text):
            return int(text)
        if kind == "float" and any(each.isdecimal() for each in text):
            return float(text.replace("_", ""))
        if kind == "bool":
            return text.lower() == "true"
        return None if kind == "null" else text

    def _refuse(self, node: Any, message: str) -> None:
        self.problems.append(Problem(self.shown, node.start_mark.line + 1, message))
