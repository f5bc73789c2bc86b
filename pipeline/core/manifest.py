"""`manifest.json`: what the published tables were made from, and the checksum of each."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pipeline.core.errors import UserError
from pipeline.core.files import sha256, write_text

PACKAGES = (
    "psi-co",
    "numpy",
    "pandas",
    "scipy",
    "statsmodels",
    "pyarrow",
    "matplotlib",
    "pydantic",
)


def write_manifest(
    path: Path,
    root: Path,
    *,
    inputs: Sequence[Path],
    outputs: Sequence[Path],
    facts: Mapping[str, Any],
    started: datetime,
) -> None:
    """Write the manifest at `path`, the last file of a run: it says that all others are whole."""
    manifest = {
        **facts,
        "started": started.isoformat(timespec="seconds"),
        "ended": datetime.now(started.tzinfo).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "commit": _commit(root),
        "inputs": _checksums(inputs, root),
        "outputs": _checksums(outputs, root),
    }
    write_text(path, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")


def read_manifest(path: Path) -> dict[str, Any]:
    """Read a manifest.

    Raises
    ------
    UserError
        There is none: no analysis ran to its end.
    """
    if not path.is_file():
        raise UserError(f"{path}: no analysis ran to its end; run 'make analysis' first")
    broken = UserError(f"{path}: not as the analysis wrote it; run 'make analysis' again")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise broken from None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("outputs"), dict):
        raise broken
    return manifest


def check_output(manifest: Mapping[str, Any], path: Path, root: Path) -> None:
    """Refuse an output that is not the one the manifest speaks of."""
    name = path.relative_to(root).as_posix()
    if not path.is_file() or manifest["outputs"].get(name) != sha256(path):
        raise UserError(f"{name}: not from the last complete analysis; run 'make analysis' again")


def _checksums(paths: Sequence[Path], root: Path) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): sha256(path) for path in sorted(paths)}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _commit(root: Path) -> str | None:
    """Return the commit of the code, with `+` where files differ from it; None outside git."""
    commands = (["git", "rev-parse", "HEAD"], ["git", "status", "--porcelain"])
    try:
        head, changes = (
            subprocess.run(
                each, cwd=root, capture_output=True, text=True, check=True, timeout=20
            ).stdout.strip()
            for each in commands
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return f"{head}+" if changes else head
