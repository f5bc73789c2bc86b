"""The manifest: written last, read with care."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.core.errors import UserError
from pipeline.core.manifest import check_output, read_manifest, write_manifest


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Return the path of a manifest of one input and one output."""
    for name in ("in.yaml", "out.csv"):
        (tmp_path / name).write_text(name)
    path = tmp_path / "manifest.json"
    write_manifest(
        path,
        tmp_path,
        inputs=[tmp_path / "in.yaml"],
        outputs=[tmp_path / "out.csv"],
        facts={"study": "é", "seed": 7},
        started=datetime(2026, 11, 21, 20, 30, tzinfo=UTC),
    )
    return path


def test_it_says_what_was_made_from_what(manifest: Path) -> None:
    said = read_manifest(manifest)
    digest = hashlib.sha256(b"out.csv").hexdigest()
    assert said["outputs"] == {"out.csv": digest}
    assert list(said["inputs"]) == ["in.yaml"]
    assert said["study"] == "é"
    assert said["seed"] == 7
    assert said["started"] == "2026-11-21T20:30:00+00:00"
    assert said["ended"] >= said["started"]
    assert said["packages"]["pandas"]
    assert said["commit"] is None  # the folder is no git repository


def test_an_output_that_it_speaks_of_is_accepted(manifest: Path) -> None:
    check_output(read_manifest(manifest), manifest.parent / "out.csv", manifest.parent)


@pytest.mark.parametrize("spoil", ["change", "delete", "another"])
def test_any_other_output_is_refused(manifest: Path, spoil: str) -> None:
    path = manifest.parent / ("other.csv" if spoil == "another" else "out.csv")
    path.write_text("changed")
    if spoil == "delete":
        path.unlink()
    with pytest.raises(UserError, match="not from the last complete analysis"):
        check_output(read_manifest(manifest), path, manifest.parent)


def test_without_manifest_the_command_to_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no analysis ran to its end; run 'make analysis' first"):
        read_manifest(tmp_path / "manifest.json")


@pytest.mark.parametrize("content", [b"", b"{", b'"text"', b"\xff\xfe"])
def test_a_damaged_manifest_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(UserError, match="not as the analysis wrote it; run 'make analysis' again"):
        read_manifest(tmp_path / "manifest.json")


@pytest.mark.parametrize("content", ["null", "1", "{}", "[]", '{"outputs": null}'])
def test_a_manifest_of_another_shape_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    (tmp_path / "out.csv").write_text("x")
    with pytest.raises(UserError):
        check_output(read_manifest(tmp_path / "manifest.json"), tmp_path / "out.csv", tmp_path)


def test_it_is_plain_json(manifest: Path) -> None:
    assert json.loads(manifest.read_text(encoding="utf-8"))["study"] == "é"
    assert "é" in manifest.read_text(encoding="utf-8")
