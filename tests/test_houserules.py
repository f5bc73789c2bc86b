"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.reference import generated_files

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "pipeline").rglob("*.py"))
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc"}


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def imported(path: Path) -> set[str]:
    """Return the packages that a module imports, at the top or inside a function."""
    names = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            names |= {each.name.partition(".")[0] for each in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


def test_modules_are_named_after_what_they_do() -> None:
    assert [shown(path) for path in MODULES if {path.stem, path.parent.name} & VAGUE] == []


def test_only_the_command_line_prints_and_exits() -> None:
    found = []
    for path in MODULES:
        for node in nodes(path):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            raised = ast.unparse(node.exc) if isinstance(node, ast.Raise) and node.exc else ""
            if called in {"print", "sys.exit", "exit", "os._exit"} or "SystemExit" in raised:
                found.append(f"{shown(path)}:{node.lineno}")
    assert {place.partition(":")[0] for place in found} == {"pipeline/__main__.py"}


def test_yaml_is_read_in_one_place() -> None:
    readers = {shown(path) for path in MODULES if {"ruamel", "yaml"} & imported(path)}
    assert readers == {"pipeline/core/yaml_text.py"}


def test_nothing_is_run_as_code() -> None:
    risky = {"eval", "exec", "compile", "pickle.load", "pickle.loads", "os.system"}
    calls = [
        f"{shown(path)}:{node.lineno}"
        for path in MODULES
        for node in nodes(path)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in risky
    ]
    assert calls == []


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("pipeline.__main__", {"pandas", "numpy", "scipy", "matplotlib", "pyarrow"}),
        ("pipeline.study", {"pandas", "scipy", "matplotlib", "pyarrow"}),
    ],
)
def test_importing_is_light(module: str, absent: set[str]) -> None:
    code = f"import {module}, sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert set(run.stdout.split()) & absent == set()


@pytest.mark.parametrize("name", generated_files(ROOT))
def test_generated_files_are_fresh(name: str) -> None:
    on_disk = (ROOT / name).read_text(encoding="utf-8")
    assert on_disk == generated_files(ROOT)[name], "stale: run 'psico reference'"


def files_in_git() -> list[Path]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("git or its index is absent: no list of the files that are handed on")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    names = listed.stdout.decode("utf-8").split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


# written in parts, so that this file does not hold what it looks for
HOSTS = "|".join(["py" + r"pi\.org", "python" + r"hosted\.org", "ana" + r"conda\.(?:org|com)"])
INDEX = re.compile(rf"(?:{HOSTS}|(?:extra-)?index-" + r"url[ =]+\S*://)", re.IGNORECASE)
MACHINE = re.compile(r"(?<![\w.~-])/(?:" + "root|home|Users|work" + r")/\w|[A-Z]:\\Users\\")


def test_no_file_names_a_package_index_or_a_place_on_a_machine() -> None:
    found = []
    for path in files_in_git():
        text = path.read_bytes().decode("utf-8", errors="ignore")
        for number, line in enumerate(text.split("\n"), 1):
            if INDEX.search(line) or MACHINE.search(line):
                found.append(f"{shown(path)}:{number}: {line[:80]}")
    assert found == []


def test_tests_have_names_of_their_own() -> None:
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))
