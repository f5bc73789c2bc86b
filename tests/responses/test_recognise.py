"""The format of a file is told by what is in it."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import get_args

import pytest

from pipeline.core.errors import UserError
from pipeline.core.plan import FormatName
from pipeline.responses.readers import READERS, RECOGNISERS
from pipeline.responses.recognise import recognise_format

LIMESURVEY = '"id","submitdate","lastpage","startlanguage","OK"\n"1","","1","nl","1"\n'
FULL_HEADINGS = '"Response ID","Date submitted","Last page","Start language","How are you?"\n'


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"id,M1\n1,2\n", "csv"),
        (b"id;M1\n1;2\n", "csv"),
        ("\ufeffid\tM1\n1\té\n".encode("utf-16"), "csv"),
        ("id,M1\n1,é\n".encode("latin-1"), "csv"),
        (b"id,M1\n" + b"x" * 300_000 + "é".encode() * 300_000, "csv"),
        (gzip.compress(b"id,M1\n1,2\n", mtime=0), "csv"),
        (gzip.compress(b"id,M1\n1,2\n" * 100_000, mtime=0)[:900], "csv"),
        (LIMESURVEY.encode("utf-8-sig"), "limesurvey"),
        (LIMESURVEY.replace(",", ";").encode(), "limesurvey"),
        (gzip.compress(LIMESURVEY.encode(), mtime=0), "limesurvey"),
        (FULL_HEADINGS.encode(), "limesurvey"),
    ],
)
@pytest.mark.parametrize("name", ["answers.csv", "answers.sav", "answers"])
def test_a_format_is_told_by_content(
    tmp_path: Path, content: bytes, expected: str, name: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert recognise_format(tmp_path / name, name) == expected


def test_the_expected_format_is_asked_first(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(LIMESURVEY)
    assert recognise_format(tmp_path / "a", "a", "csv") == "csv"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "a: the file is empty"),
        (b"hello", "a: no file of answers that psi-co knows; it reads "),
        (b"\x00\x01\x02,\n", "a: no file of answers that psi-co knows; it reads "),
        (b'{"a": 1, "b": 2}', "a: no file of answers that psi-co knows; it reads "),
        (b"\x1f\x8b\x00", "a: no file of answers that psi-co knows; it reads "),
        (b'"a,b\n', "a: no file of answers that psi-co knows; it reads "),
    ],
)
def test_what_is_unknown_lists_what_is_read(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(UserError) as error:
        recognise_format(tmp_path / "a", "a")
    assert str(error.value).startswith(told)
    if content:
        assert all(name in str(error.value) for name in RECOGNISERS)


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()])
def test_what_is_no_file_is_told(tmp_path: Path, make: object) -> None:
    make(tmp_path / "a")
    with pytest.raises(UserError, match="a: the file does not exist"):
        recognise_format(tmp_path / "a", "a")


def test_every_format_with_a_reader_is_recognised() -> None:
    assert list(READERS) == list(RECOGNISERS)
    assert set(READERS) <= set(get_args(FormatName))
    assert list(RECOGNISERS)[-1] == "csv"
