"""The command line: mistakes of the user are told in plain words, with exit code 2 and nothing written."""

# ruff: noqa: E501 - one case a line

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

COMMANDS = ("analysis", "check", "figures", "import", "simulate", "reference")
Psico = Callable[..., object]
Tree = Callable[[Path], dict[str, bytes]]
YAML = "questionnaires/tutorial/questionnaire.yaml"


def test_help_lists_every_command(project: Path, psico: Psico) -> None:
    told = psico(project, "--help")
    assert told.code == 0
    assert [name for name in COMMANDS if f"  {name} " not in told.out] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(project: Path, psico: Psico, command: str) -> None:
    told = psico(project, command, "--help")
    assert told.code == 0
    assert told.out.startswith("Usage: ")
    assert "Options:" in told.out


def test_check_counts_what_is_there(project: Path, psico: Psico, tree: Tree) -> None:
    before = tree(project)
    told = psico(project, "check", "tutorial")
    assert (told.code, told.err) == (0, "")
    assert told.out == "tutorial: 14 items, 3 scales, 2 models, 3 languages: no problems\n"
    assert tree(project) == before


def test_analysis_accounts_for_its_rows(project: Path, psico: Psico) -> None:
    told = psico(project, "analysis", "tutorial")
    assert (told.code, told.err) == (0, "")
    first, second, third, fourth, last = told.out.splitlines()
    read, kept, lost = (int(word) for word in first.split() if word.isdecimal())
    assert read == kept + lost == 600
    assert second == "The answers are simulated: every number describes an invented world."
    assert third.endswith("rows hidden: fewer than the minimum of people")
    assert fourth.endswith("the language gate is shut (comparability.csv)")
    assert last.startswith("tables: reports/tutorial/tables")


def test_simulate_draws_as_many_as_asked_for(project: Path, psico: Psico) -> None:
    told = psico(project, "simulate", "tutorial", "--starts", "30")
    assert told.out == "data/raw/tutorial/responses.csv\n"
    lines = (project / "data/raw/tutorial/responses.csv").read_text().splitlines()
    assert len(lines) == 31


def test_import_copies_answers(project: Path, psico: Psico) -> None:
    raw = project / "data/raw/tutorial"
    outside = project / "answers.csv"
    (raw / "responses.csv").rename(outside)
    (raw / "SOURCE.yaml").unlink()
    told = psico(project, "import", "tutorial", "answers.csv")
    assert told.out == "tutorial: 600 rows imported into data/raw/tutorial\n"
    assert (raw / "answers.csv").read_bytes() == outside.read_bytes()
    assert psico(project, "analysis", "tutorial").code == 0


# --------------------------------------------------------------------------------- mistakes of the user


def replace(name: str, old: str, new: str) -> Callable[[Path], object]:
    def spoil(root: Path) -> None:
        text = (root / name).read_text(encoding="utf-8")
        assert old in text
        (root / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return spoil


def forget_answers(root: Path) -> None:
    (root / "data/raw/tutorial/SOURCE.yaml").unlink()


def leave_a_bad_file(root: Path) -> None:
    (root / "bad.csv").write_text("id;language\n1;nl\n")


def nothing(root: Path) -> None:
    pass


MISTAKES = [
    (["analysis", "tutorail"], nothing, "the study 'tutorail' does not exist; did you mean 'tutorial'?"),
    (["check", "../tutorial"], nothing, "the study '../tutorial' does not exist; did you mean 'tutorial'?"),
    (["simulate", "tutorail"], nothing, "the study 'tutorail' does not exist"),
    (["import", "tutorail", "x.csv"], nothing, "the study 'tutorail' does not exist"),
    (["figures", "tutorail"], nothing, "the study 'tutorail' does not exist"),
    (["check", "tutorial"], replace(YAML, "choices: agree5", "choices: agre5"), f"{YAML}:"),
    (["check", "tutorial"], replace(YAML, "kind: matrix", "kind: matrx"), "COLLAB: unknown kind 'matrx'; did you mean 'matrix'?"),
    (["check", "tutorial"], replace(YAML, "\nchoices:\n", "\nchoices:\n\tagree: 1\n"), "a tab in the indentation; use spaces"),
    (["check", "tutorial"], replace(YAML, "study: tutorial", "study: tutorial\nstudy: x"), "the key 'study' stands here twice"),
    (["check", "tutorial"], replace(YAML, "study: tutorial", "study: [tutorial"), "not YAML: "),
    (["analysis", "tutorial"], replace(YAML, "needed: 3", "needed: 9"), "'needed' is 9, and the scale has 4"),
    (["simulate", "tutorial"], replace("questionnaires/tutorial/analysis.yaml", "[ROLE]", "[ROLL]"), "controls: unknown name 'ROLL'; did you mean 'ROLE'?"),
    (["analysis", "tutorial"], forget_answers, "the answers of 'tutorial' are not imported yet; run 'psico import tutorial PATH'"),
    (["analysis", "tutorial"], replace("data/raw/tutorial/responses.csv", "r000001", "r999999"), "changed since it was imported"),
    (["import", "tutorial", "absent.csv"], nothing, "absent.csv: the file does not exist"),
    (["import", "tutorial", "questionnaires"], nothing, ": a folder inside the folder; name the files to import"),
    (["import", "tutorial", "bad.csv"], leave_a_bad_file, "bad.csv: the header has no ','; the delimiter looks like a semicolon"),
    (["import", "tutorial", YAML], nothing, "questionnaire.yaml: "),
    (["figures", "tutorial"], nothing, "no analysis ran to its end; run 'make analysis' first"),
    (["figures", "tutorial", "--language", "nl-BE"], nothing, "tutorial has no language 'nl-BE'"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "spoil", "message"),
    MISTAKES,
    ids=[f"{arguments[0]}: {message[-40:]}" for arguments, _, message in MISTAKES],
)
def test_a_mistake_is_told_in_plain_words_and_nothing_is_written(
    project: Path, psico: Psico, tree: Tree, arguments: list, spoil: Callable, message: str
) -> None:
    spoil(project)
    before = tree(project)
    told = psico(project, *arguments)
    assert told.code == 2
    assert message in told.err
    assert told.out == ""
    assert tree(project) == before


@pytest.mark.parametrize(
    "arguments", ["analysis", "check", "simulate x", "import x y.csv", "figures", "reference"]
)
def test_outside_a_project_nothing_happens(
    tmp_path: Path, psico: Psico, tree: Tree, arguments: str
) -> None:
    told = psico(tmp_path, *arguments.split())
    assert (told.code, told.out) == (2, "")
    assert told.err == "no folder 'questionnaires' here or above; run psico inside a project\n"
    assert tree(tmp_path) == {}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["analyse"], "No such command 'analyse'"),
        (["import", "tutorial"], "Missing argument"),
        (["simulate"], "Missing argument"),
        (["simulate", "tutorial", "--starts", "0"], "Invalid value for '--starts'"),
        (["simulate", "tutorial", "--starts", "many"], "Invalid value for '--starts'"),
    ],
)
def test_a_command_that_is_not_understood_is_told(
    project: Path, psico: Psico, tree: Tree, arguments: list[str], message: str
) -> None:
    before = tree(project)
    told = psico(project, *arguments)
    assert told.code == 2
    assert message in told.err
    assert tree(project) == before


def test_as_a_process_it_exits_with_2_and_without_traceback(project: Path) -> None:
    replace(YAML, "choices: agree5", "choices: agre5")(project)
    run = subprocess.run(
        [sys.executable, "-m", "pipeline", "check", "tutorial"],
        cwd=project,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 2
    assert run.stdout == ""
    assert "choices 'agre5' do not exist; did you mean 'agree5'?" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_bug_is_a_traceback(project: Path, psico: Psico, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("pipeline.study.load_study", broken)
    with pytest.raises(ZeroDivisionError):
        psico(project, "check", "tutorial")
