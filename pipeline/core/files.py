"""Files that are either whole or absent: written under a temporary name, then moved into place."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

TEMPORARY = ".unfinished-"


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then move it into place in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{TEMPORARY}{os.getpid()}-{path.name}")
    try:
        write(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text with line feeds as line ends, whole or not at all."""
    write_whole(path, lambda temporary: temporary.write_bytes(text.encode("utf-8")))


def remove_unfinished(folder: Path) -> None:
    """Delete temporary files that a killed run left below `folder`."""
    for path in folder.rglob(f"{TEMPORARY}*"):
        path.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
