"""What several tests share: projects in a temporary folder, and a small study with every question kind.

`small` is the study that most tests bend: each says which text of it they replace by which.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import settings
from validation import RUN, write_page

from pipeline.study import Study, load_study

ROOT = Path(__file__).parents[1]
FEVS_DATA = ROOT.parent / "shared" / "data" / "fevs-2018"

BESIDE = {"agrees", "check_numbers", "check_fit"}
"""Names that a test module has when it holds numbers against a reference."""

settings.register_profile("psi-co", deadline=None, max_examples=40)
# A clean clone draws the same examples each time: what it finds is of the change, not of chance.
settings.register_profile("repeatable", settings.get_profile("psi-co"), derandomize=True)
settings.load_profile("repeatable" if os.environ.get("CI") else "psi-co")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--validation",
        action="store_true",
        help="run the tests beside references only, and write docs/validation.md",
    )


def pytest_configure(config: pytest.Config) -> None:
    RUN.writes_page = config.getoption("--validation")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep in one process the tests that need psi-co analysed."""
    if "twin" in getattr(item, "fixturenames", ()):
        item.add_marker(pytest.mark.xdist_group("psi-co"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--validation`, leave out tests whose module compares nothing with a reference."""
    if not RUN.writes_page:
        return
    kept = [item for item in items if BESIDE & set(vars(getattr(item, "module", item)))]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if not RUN.writes_page:
        return
    stats = terminalreporter.stats
    absent = [each for each in stats.get("skipped", []) if "shared" in str(each.longrepr)]
    stopped = absent or {"failed", "error"} & set(stats)
    if stopped or config.getoption("keyword"):
        terminalreporter.write_line("docs/validation.md is not written: not every test ran through")
        return
    passed = stats.get("passed", [])
    write_page({report.nodeid.partition("::")[0] for report in passed})
    terminalreporter.write_line("docs/validation.md is written")


QUESTIONNAIRE = """\
study: small
languages: [en]
title: {en: Small}
choices:
  agree:
    options:
      - {code: 1, text: {en: Disagree}}
      - {code: 2, text: {en: Neither}}
      - {code: 3, text: {en: Agree}}
      - {code: 9, text: {en: Don't know}, missing: dont_know}
    positive: [3]
    negative: [1]
  yesno:
    options:
      - {code: y, text: {en: "Yes"}, raw: 1}
      - {code: n, text: {en: "No"}, raw: 2}
      - {code: r, text: {en: Rather not say}, raw: 8, missing: refused}
      - {code: s, text: {en: Skipped}, raw: 7, missing: not_asked}
  tools:
    options:
      - {code: pen, text: {en: Pen}}
      - {code: app, text: {en: App}}
      - {code: none, text: {en: None}, exclusive: true}
  unknown:
    options:
      - {code: 99, text: {en: Don't know}, missing: dont_know}
  orgs:
    organisations: true
sections:
  - id: facts
    title: {en: Facts}
    questions:
      - {code: ORG, kind: single, choices: orgs, text: {en: Where}}
      - {code: NEW, kind: single, choices: yesno, text: {en: Anything new}}
      - {code: TOOLS, kind: multiple, choices: tools, text: {en: Tools}}
      - {code: N, kind: count, maximum: 50, choices: unknown, show: NEW == y, text: {en: Number}}
      - {code: WARM, kind: number, minimum: -5, maximum: 5, text: {en: How warm}}
      - {code: WHY, kind: short_text, show: "'pen' in TOOLS and N > 3", text: {en: Why}}
  - id: views
    title: {en: Views}
    questions:
      - code: M
        kind: matrix
        choices: agree
        text: {en: Agree}
        rows:
          - {id: M1, text: {en: First}}
          - {id: M2, text: {en: Second}, raw: view2}
      - code: D
        kind: dual
        choices: agree
        text: {en: Agree twice}
        current: {en: Now}
        desired: {en: Wanted}
        rows:
          - {id: D1, text: {en: Third}}
          - {id: D2, text: {en: Fourth}}
      - code: S
        kind: shares
        text: {en: Shares}
        rows:
          - {id: S1, text: {en: Fifth}}
          - {id: S2, text: {en: Sixth}}
  - id: more
    title: {en: More}
    optional: true
    questions:
      - {code: HAPPY, kind: single, choices: agree, text: {en: Happy}}
scales:
  together:
    name: {en: Together}
    items: [M1, M2]
    reversed: [M2]
    needed: 1
  partners:
    name: {en: Partners}
    items: [D1, D2]
    needed: 2
  total:
    name: {en: Total}
    kind: index
    parts: [together]
    needed: 1
"""
PLAN = """\
seed: 7
responses: {file: answers.csv, respondent: id, language: lang, weight: w}
organisation: {levels: [ORG], residual: [Z*]}
outcomes: [N]
controls: [NEW]
groups: [language, NEW]
models:
  - {id: why, estimator: ols, outcome: together, predictors: [WARM], controls: []}
"""
ORGANISATIONS = """\
code,name_en,parent
A1,Alfa,
B1,Beta,A1
ZZ,All other,
"""
SMALL = {
    "questionnaire.yaml": QUESTIONNAIRE,
    "analysis.yaml": PLAN,
    "organisations.csv": ORGANISATIONS,
}

Edit = tuple[str, str]
WriteSmall = Callable[..., Path]


def write_small(root: Path, texts: dict[str, str]) -> None:
    folder = root / "questionnaires" / "small"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


@pytest.fixture
def small(tmp_path: Path) -> WriteSmall:
    """Return a function that writes the small study, edited, below a root; the root is returned."""

    def write(*edits: Edit) -> Path:
        texts = dict(SMALL)
        for old, new in edits:
            (name,) = (name for name, text in texts.items() if old in text)
            assert texts[name].count(old) == 1, f"{old!r} stands in {name} more than once"
            texts[name] = texts[name].replace(old, new)
        write_small(tmp_path, texts)
        return tmp_path

    return write


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return the small study, unedited. Not to be changed by a test."""
    root = tmp_path_factory.mktemp("small")
    write_small(root, SMALL)
    return load_study("small", root)


def copy_project(root: Path) -> Path:
    for part in ("questionnaires/tutorial", "data/raw/tutorial"):
        shutil.copytree(ROOT / part, root / part)
    return root


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return the root of a project with a copy of the tutorial."""
    return copy_project(tmp_path)


@pytest.fixture
def tutorial(project: Path) -> Study:
    """Return the tutorial of `project`: a test may spoil its files."""
    return load_study("tutorial", project)


@dataclass(frozen=True)
class Analysed:
    """A study, and what its analysis returned and wrote. Not to be changed by a test."""

    study: Study
    results: Any


@pytest.fixture(scope="session")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> Analysed:
    """Return the tutorial, analysed once for all tests."""
    from pipeline.run import run_analysis

    study = load_study("tutorial", copy_project(tmp_path_factory.mktemp("analysed")))
    return Analysed(study, run_analysis(study))


@dataclass(frozen=True)
class Twin:
    """psi-co's simulated twin, analysed and written, with what became of everyone; not to be changed."""

    study: Study
    results: Any
    people: pd.DataFrame


@pytest.fixture(scope="session")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Twin:
    """Return psi-co's twin, analysed once for all tests: those that ask for it run in one process.

    Holes are filled twice instead of twenty times, and the plan's repeats of models are left out.
    """
    from pipeline.responses.dispositions import dispositions
    from pipeline.responses.frame import read_invited
    from pipeline.run import run_analysis

    root = tmp_path_factory.mktemp("twin")
    for part in ("questionnaires/psi-co", "data/raw/psi-co"):
        shutil.copytree(ROOT / part, root / part)
    study = load_study("psi-co", root)
    missing = study.plan.missing.model_copy(update={"imputations": 2})
    quick = study.plan.model_copy(update={"missing": missing, "sensitivity": None})
    results = run_analysis(replace(study, plan=quick))
    asked, plan = study.questionnaire, study.plan
    invited = read_invited(study.paths.raw, study.paths.shown_raw, asked, plan)
    return Twin(study, results, dispositions(results.raw, results.cleaned, invited, asked, plan))


@pytest.fixture
def fevs_study() -> Study:
    """Return the study `fevs-2018`; its questionnaire is here, its answers may not be."""
    return load_study("fevs-2018", ROOT)


@pytest.fixture(scope="session")
def fevs(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return the study `fevs-2018` with its answers imported; skip where they are absent."""
    from pipeline.responses.bring_in import Into, import_answers

    if not FEVS_DATA.is_dir():
        pytest.skip(f"fevs-2018 data absent: {FEVS_DATA.relative_to(ROOT.parent)}")
    root = tmp_path_factory.mktemp("fevs")
    shutil.copytree(ROOT / "questionnaires/fevs-2018", root / "questionnaires/fevs-2018")
    study = load_study("fevs-2018", root)
    into = Into(study.paths, study.questionnaire, study.plan)
    import_answers([FEVS_DATA], into, today=date(2026, 11, 21))
    return study


@pytest.fixture(scope="session")
def from_r() -> Callable[[str], tuple[pd.DataFrame, pd.DataFrame]]:
    """Return a topic's input, and R's values with a row a case and a column a quantity."""

    def read(topic: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        folder = ROOT / "tests/reference"
        values = pd.read_csv(folder / f"{topic}.csv")
        by_case = values.pivot(index="case", columns="quantity", values="value")
        return pd.read_csv(folder / f"{topic}_data.csv"), by_case.loc[values["case"].unique()]

    return read


@pytest.fixture(scope="session")
def shared_reference() -> Callable[[str], Path]:
    """Return the path of a file of the shared reference values; skip where it is not there."""

    def find(name: str) -> Path:
        path = ROOT.parent / "shared/reference" / name
        if not path.is_file():
            pytest.skip(f"the shared reference {name} is not here")
        return path

    return find


@pytest.fixture
def tree() -> Callable[[Path], dict[str, bytes]]:
    """Return a function that gives the bytes of every file below a folder, to compare before and after."""

    def read(root: Path) -> dict[str, bytes]:
        files = (path for path in root.rglob("*") if path.is_file())
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}

    return read


@dataclass(frozen=True)
class Outcome:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def psico(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """Return a function that runs `psico` with arguments, inside a project; a bug raises as it is."""
    from pipeline.__main__ import main

    def run(root: Path, *arguments: str) -> Outcome:
        monkeypatch.chdir(root)
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
        monkeypatch.setattr(sys, "argv", ["psico", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        printed = capsys.readouterr()
        return Outcome(int(left.value.code or 0), printed.out, printed.err)

    return run
