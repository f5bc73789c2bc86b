"""YAML: every fault has its line, nothing runs, nothing is guessed."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.core.errors import ProblemsFound
from pipeline.core.yaml_text import MAXIMUM_BYTES, parse_yaml, read_yaml


def faults(text: str) -> list[str]:
    with pytest.raises(ProblemsFound) as found:
        parse_yaml(text, "f.yaml")
    return str(found.value).splitlines()


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("7", 7),
        ("-7", -7),
        ("0", 0),
        ("1.50", 1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("False", False),
        ("", None),
        ("~", None),
        # what other programs turn into something else
        ("01", "01"),
        ("-0", "-0"),
        ("+1", "+1"),
        ("0x1F", "0x1F"),
        ("0o7", "0o7"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("no", "no"),
        ("Yes", "Yes"),
        ("on", "on"),
        ("n", "n"),
        ("2026-11-21", "2026-11-21"),
        (".nan", ".nan"),
        ('"7"', "7"),
        ('"true"', "true"),
        ("😀", "😀"),
    ],
)
def test_scalars_are_kept_as_written(written: str, value: object) -> None:
    found = parse_yaml(f"a: {written}", "f.yaml").data["a"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("key", ["1", "01", "no", "true", "2026-11-21"])
def test_keys_are_text(key: str) -> None:
    assert parse_yaml(f"{key}: x", "f.yaml").data == {key: "x"}


@pytest.mark.parametrize("directive", ["%YAML 1.1", "%TAG ! tag:x,2026:"])
def test_directives_are_refused(directive: str) -> None:
    assert faults(f"{directive}\n---\na: yes\n") == [
        "f.yaml:1: a directive (%...) changes what words mean; leave it out"
    ]


def test_directives_below_a_remark_are_refused() -> None:
    assert faults("# remark\n%YAML 1.1\n---\na: yes\n")[0].startswith("f.yaml:2: a directive")


def test_folded_text_has_no_control_characters() -> None:
    text = parse_yaml("a: >-\n  one\n  two\n\n  three\n", "f.yaml").data["a"]
    assert text == "one two\nthree"


def test_lines_count_from_one_through_nesting_and_folded_text() -> None:
    text = parse_yaml(
        "# remark\ntitle: >-\n  one\n  two\nlist:\n  - {code: 1}\n\n  - code: 2\n    text: x\n",
        "f.yaml",
    )
    assert text.line(("title",)) == 2
    assert text.line(("list",)) == 5
    assert text.line(("list", 0, "code")) == 6
    assert text.line(("list", 1)) == 8
    assert text.line(("list", 1, "text")) == 9


@pytest.mark.parametrize(
    ("location", "line"), [(("a", "b", "c"), 2), (("a", "nope"), 1), (("nope",), 1), ((), 1)]
)
def test_a_place_without_a_line_has_that_of_what_holds_it(location: tuple, line: int) -> None:
    assert parse_yaml("a:\n  b: 1\n", "f.yaml").line(location) == line


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_are_counted_whatever_ends_them(ending: str) -> None:
    text = ending.join(["a: 1", "b: 2", "a: 3", ""])
    assert faults(text) == ["f.yaml:3: the key 'a' stands here twice; first on line 1"]


def test_every_duplicate_key_is_reported() -> None:
    assert faults("a: 1\na: 2\nb:\n  c: 1\n  d: 2\n  c: 3\n'1': x\n1: y\n") == [
        "f.yaml:2: the key 'a' stands here twice; first on line 1",
        "f.yaml:6: the key 'c' stands here twice; first on line 4",
        "f.yaml:8: the key '1' stands here twice; first on line 7",
    ]


def test_every_tab_in_the_indentation_is_reported() -> None:
    assert faults("a:\n\tb: 1\n \tc: 2\nd: x\ty\n") == [
        "f.yaml:2: a tab in the indentation; use spaces",
        "f.yaml:3: a tab in the indentation; use spaces",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "f.yaml:1: the file is empty"),
        ("# only a remark\n", "f.yaml:1: the file is empty"),
        ("a: 1\nb: [1\nc: 2\n", "f.yaml:3: not YAML: expected ',' or ']', but got ':'"),
        ("a: 1\nb: c: d\n", "f.yaml:2: not YAML: mapping values are not allowed here"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2: not YAML: but found another document"),
        ("a: 'x\n", "not YAML: found unexpected end of stream"),
        ("a: 1\nb: *x\n", "f.yaml:2: not YAML: found undefined alias 'x'"),
        ("a: 1\nb: &x 1\n", "f.yaml:2: the anchor '&x'; write the text out instead"),
        ("a: &x 1\nb: *x\n", "f.yaml:1: the anchor '&x'; write the text out instead"),
        ("a: !!set {x}\n", "f.yaml:1: the tag 'tag:yaml.org,2002:set'; tags are not allowed"),
        ("a: !mine x\n", "f.yaml:1: the tag '!mine'; tags are not allowed"),
    ],
)
def test_a_fault_is_named_with_its_line(text: str, fault: str) -> None:
    assert fault in "\n".join(faults(text))


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system ['exit 3']", "!!python/name:os.system ''"]
)
def test_python_tags_are_refused_and_never_run(tag: str) -> None:
    assert "tags are not allowed" in faults(f"a: 1\nb: {tag}\n")[0]


def test_an_alias_bomb_is_refused_at_once() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    bomb = "a: &a [x, x]\n" + "".join(
        f"{letter}: &{letter} [{', '.join([f'*{before}'] * 9)}]\n"
        for before, letter in pairwise(letters)
    )
    started = time.perf_counter()
    assert len(faults(bomb)) == len(letters)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    "text", ["a: " + "[" * 1200, "\n".join(" " * i + "a:" for i in range(2000))]
)
def test_deep_nesting_is_refused(text: str) -> None:
    assert faults(text) == ["f.yaml:1: not YAML: nested too deeply"]


def test_a_very_long_number_is_no_bug() -> None:
    digits = "9" * 5000
    assert parse_yaml(f"a: {digits}", "f.yaml").data == {"a": digits}


def test_a_control_character_is_reported_on_its_line() -> None:
    (fault,) = faults("a: 1\nb: 2\nc: \x07\n")
    assert fault.startswith("f.yaml:3: not YAML:")


def test_a_file_is_read_with_or_without_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes("a: é\n".encode("utf-8-sig"))
    assert read_yaml(path).data == {"a": "é"}


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "f.yaml:1: the file is empty"),
        (b"\xef\xbb\xbf", "f.yaml:1: the file is empty"),
        (b"a: 1\nb: caf\xe9\n", "f.yaml:2: not UTF-8 text; save the file with the encoding UTF-8"),
        ("a: 1\n".encode("utf-16"), "f.yaml:1: not UTF-8 text"),
        (b"#" * (MAXIMUM_BYTES + 1), "f.yaml:1: larger than 20 MB"),
    ],
)
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, content: bytes, fault: str) -> None:
    (tmp_path / "f.yaml").write_bytes(content)
    with pytest.raises(ProblemsFound) as found:
        read_yaml(tmp_path / "f.yaml", "f.yaml")
    assert str(found.value).startswith(fault)


def test_an_absent_file_is_named_as_the_user_knows_it(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFound) as found:
        read_yaml(tmp_path / "f.yaml", "questionnaires/s/f.yaml")
    assert str(found.value) == "questionnaires/s/f.yaml:1: the file does not exist"


@pytest.mark.parametrize("escaped", ["\\ud83d", "\\x07", "\\0", "\\x7F", "\\uFFFF"])
def test_characters_that_no_file_can_hold_are_refused(escaped: str) -> None:
    with pytest.raises(ProblemsFound, match="x:2: a control character"):
        parse_yaml(f'a: fine\nb: "no {escaped} way"\n', "x")
