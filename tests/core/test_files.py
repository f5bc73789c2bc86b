"""Files are whole or absent."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from pipeline.core.files import TEMPORARY, remove_unfinished, sha256, write_text, write_whole


def test_a_writer_that_raises_leaves_nothing(tmp_path: Path) -> None:
    def half(path: Path) -> None:
        path.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_whole(tmp_path / "new" / "f.txt", half)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_writer_that_raises_keeps_the_file_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "f.txt"
    write_text(path, "before")
    with pytest.raises(ZeroDivisionError):
        write_whole(path, lambda temporary: temporary.write_text("half") / 0)
    assert path.read_text() == "before"
    assert [each.name for each in tmp_path.iterdir()] == ["f.txt"]


def test_the_file_appears_under_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "f.csv.gz"
    names = []

    def write(temporary: Path) -> None:
        temporary.write_bytes(b"x")
        names.append(temporary.name)
        assert not path.exists()
        assert temporary.parent == path.parent

    write_whole(path, write)
    assert path.read_bytes() == b"x"
    assert names[0].startswith(TEMPORARY)
    assert names[0].endswith("f.csv.gz")


def test_text_is_utf8_with_plain_line_ends(tmp_path: Path) -> None:
    write_text(tmp_path / "f.txt", "é\n😀\n")
    assert (tmp_path / "f.txt").read_bytes() == b"\xc3\xa9\n\xf0\x9f\x98\x80\n"


def test_unfinished_files_are_removed_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    for name in (f"{TEMPORARY}9-a.csv", f"tables/{TEMPORARY}12-b.csv", "tables/b.csv", ".keep"):
        (tmp_path / name).write_text("x")
    remove_unfinished(tmp_path)
    left = sorted(path.name for path in tmp_path.rglob("*") if path.is_file())
    assert left == [".keep", "b.csv"]


def test_sha256_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc\n" * 100_000)
    assert sha256(tmp_path / "f") == hashlib.sha256(b"abc\n" * 100_000).hexdigest()
