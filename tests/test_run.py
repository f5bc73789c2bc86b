"""The analysis as a whole: the same every time, whole or not at all, and nothing small goes out."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline.core.contracts import INSIDE_TABLES, STUDY_TABLES, TABLES
from pipeline.core.errors import UserError
from pipeline.core.files import TEMPORARY
from pipeline.core.tables import read_table
from pipeline.report.disclosure import publish
from pipeline.run import analyse, load_scores, load_tables, run_analysis, run_simulation
from pipeline.simulation.draw import Options
from pipeline.study import Study, load_study

Tree = Callable[[Path], dict[str, bytes]]


def tables_of(study: Study, tree: Tree) -> dict[str, bytes]:
    """Return every CSV that an analysis wrote, inside and outside."""
    written = tree(study.paths.processed) | tree(study.paths.reports)
    return {name: content for name, content in written.items() if name.endswith(".csv")}


# ---------------------------------------------------------------------------------- what is written


def test_another_process_writes_the_same_bytes(
    project: Path, tutorial: Study, analysed: Any, tree: Tree
) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pipeline", "analysis", "tutorial"],
        cwd=project,
        env=os.environ | {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    assert tables_of(tutorial, tree) == tables_of(analysed.study, tree)


def test_every_table_is_written_and_no_other_file(analysed: Any, tree: Tree) -> None:
    paths = analysed.study.paths
    published = {f"tables/{name}.csv" for name in STUDY_TABLES}
    account = {f"{name}.csv" for name in INSIDE_TABLES}
    assert set(tree(paths.reports)) == published | {"manifest.json"}
    assert set(tree(paths.processed)) == (
        published - {"tables/disclosure.csv"} | account | {"responses.parquet", "scores.parquet"}
    )


def test_tables_come_back_as_they_were_returned(analysed: Any) -> None:
    study, results = analysed.study, analysed.results
    for name, table in results.tables.items():
        pd.testing.assert_frame_equal(read_table(study.paths.full_tables / f"{name}.csv"), table)
    loaded = load_tables(study)
    assert set(loaded) == set(results.published)
    for name, table in results.published.items():
        pd.testing.assert_frame_equal(loaded[name], table)
    pd.testing.assert_frame_equal(load_scores(study), results.scores)


def test_every_row_is_accounted_for(analysed: Any) -> None:
    results = analysed.results
    raw = (analysed.study.paths.raw / "responses.csv").read_text()
    rows = set(range(2, len(raw.splitlines()) + 1))
    kept, lost = results.cleaned.responses["source_row"], results.cleaned.rejected["source_row"]
    assert len(kept) + len(lost) == len(rows)
    assert set(kept) | set(lost) == rows


def test_the_manifest_lists_every_output_and_input(analysed: Any) -> None:
    paths = analysed.study.paths
    manifest = json.loads(paths.manifest.read_text(encoding="utf-8"))

    def checksums(*folders: Path) -> dict[str, str]:
        return {
            path.relative_to(paths.root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for folder in folders
            for path in folder.iterdir()
        }

    assert manifest["outputs"] == checksums(paths.tables)
    assert manifest["inputs"] == checksums(paths.questionnaire, paths.raw)
    assert manifest["simulated"] is True
    assert manifest["rows_read"] == 600
    assert manifest["rows_kept"] == len(analysed.results.cleaned.responses)
    assert manifest["seed"] == analysed.study.plan.seed


# -------------------------------------------------------------------------------------- the exit door


@pytest.mark.parametrize("name", [name for name in STUDY_TABLES if TABLES[name].hides])
def test_no_published_row_stands_for_fewer_than_ten(analysed: Any, name: str) -> None:
    full = read_table(analysed.study.paths.full_tables / f"{name}.csv")
    published = read_table(analysed.study.paths.tables / f"{name}.csv")
    contract = TABLES[name]
    assert not published["n"].lt(10).any()
    assert full[contract.keys].equals(published[contract.keys])

    for column in contract.columns:
        if column.key or column.declared:
            continue
        small = full[["n", column.people]].lt(10).any(axis=1).fillna(True).astype(bool)
        assert published.loc[small, column.name].isna().all()
        if column.compared:
            small |= full["comparable"].isin(["none", "untested"])
            assert published.loc[small, column.name].isna().all()
        if not contract.adds_up:  # else others are hidden with them
            assert published.loc[~small, column.name].equals(full.loc[~small, column.name])


def test_some_rows_of_the_tutorial_are_hidden_and_all_are_listed(analysed: Any) -> None:
    results = analysed.results
    small = sum(
        int(table["n"].lt(10).sum()) for name, table in results.tables.items() if TABLES[name].hides
    )
    assert len(results.published["disclosure"]) >= small > 0


def test_publishing_leaves_the_full_tables_as_they_are(analysed: Any) -> None:
    tables = analysed.results.tables
    before = {name: table.copy() for name, table in tables.items()}
    publish(tables, 200)
    for name, table in tables.items():
        pd.testing.assert_frame_equal(table, before[name])


# ------------------------------------------------------------------------------ whole or not at all


KILLED_AT = [1, 4, 12, 20, 24]
DIES = f"""
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from pipeline.core import files
from pipeline.run import analyse, save
from pipeline.study import load_study

first = load_study("tutorial", Path(sys.argv[1]))
results = analyse(first)
for moment in {KILLED_AT}:  # one process each, killed while it moves its file number `moment`
    study = load_study("tutorial", Path(sys.argv[1]).parent / str(moment))
    child = os.fork()
    if not child:
        moved, move = [], os.replace
        def replace(*paths):
            moved.append(paths)
            if len(moved) == moment:
                os.kill(os.getpid(), signal.SIGKILL)
            move(*paths)
        files.os.replace = replace
        save(study, results, datetime.now(UTC))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL, moment
"""


@pytest.fixture(scope="module")
def killed(analysed: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of projects, each with an analysis that was killed over a complete one."""
    if not hasattr(os, "fork"):
        pytest.skip("a process cannot be forked here")
    folder = tmp_path_factory.mktemp("killed")
    for name in ("first", *map(str, KILLED_AT)):
        shutil.copytree(analysed.study.paths.root, folder / name)
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DIES, str(folder / "first")],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return folder


@pytest.mark.parametrize("moment", KILLED_AT)
def test_a_killed_run_leaves_whole_files_that_are_known_as_unfinished(
    killed: Path, analysed: Any, tree: Tree, moment: int
) -> None:
    study = load_study("tutorial", killed / str(moment))
    tables = sorted(study.paths.root.rglob("*.csv"))
    tables = [
        path for path in tables if not path.name.startswith(TEMPORARY) and path.stem in TABLES
    ]
    assert len(tables) > 10
    for path in tables:
        read_table(path)
    leftovers = list(study.paths.root.rglob(f"{TEMPORARY}*"))
    assert len(leftovers) == 1
    for load in (load_tables, load_scores):
        with pytest.raises(
            UserError, match="no analysis ran to its end; run 'make analysis' first"
        ):
            load(study)

    run_analysis(study)  # the next run heals it
    assert list(study.paths.root.rglob(f"{TEMPORARY}*")) == []
    assert tables_of(study, tree) == tables_of(analysed.study, tree)
    assert set(load_tables(study)) == set(STUDY_TABLES)


def test_a_mistake_in_the_input_keeps_the_last_results(tutorial: Study, tree: Tree) -> None:
    run_analysis(tutorial)
    before = tree(tutorial.paths.root)
    raw = tutorial.paths.raw / "responses.csv"
    kept = raw.read_bytes()
    raw.write_bytes(kept + b"\n")
    with pytest.raises(UserError, match="changed since it was imported"):
        run_analysis(tutorial)
    raw.write_bytes(kept)
    assert tree(tutorial.paths.root) == before
    assert set(load_tables(tutorial)) == set(STUDY_TABLES)


def test_analysing_in_memory_writes_nothing(tutorial: Study, tree: Tree) -> None:
    before = tree(tutorial.paths.root)
    analyse(tutorial)
    assert tree(tutorial.paths.root) == before


def test_a_table_of_an_older_analysis_is_removed(tutorial: Study) -> None:
    tutorial.paths.tables.mkdir(parents=True)
    stale = tutorial.paths.tables / "of-old.csv"
    stale.write_text("x")
    run_analysis(tutorial)
    assert not stale.exists()


@pytest.mark.parametrize("spoil", ["change", "delete"])
def test_a_table_that_is_not_from_the_last_analysis_is_refused(
    analysed: Any, tmp_path: Path, spoil: str
) -> None:
    shutil.copytree(analysed.study.paths.root, tmp_path / "copy")
    study = load_study("tutorial", tmp_path / "copy")
    path = study.paths.tables / "items.csv"
    path.write_text(path.read_text() + "\n")
    if spoil == "delete":
        path.unlink()
    with pytest.raises(UserError) as refused:
        load_tables(study)
    assert str(refused.value) == (
        "reports/tutorial/tables/items.csv: not from the last complete analysis; "
        "run 'make analysis' again"
    )


def test_before_the_first_analysis_the_command_is_named(tutorial: Study) -> None:
    with pytest.raises(UserError, match="no analysis ran to its end; run 'make analysis' first"):
        load_tables(tutorial)


# --------------------------------------------------------------------------------- odd sets of answers


def analyse_rows(study: Study, rows: pd.DataFrame) -> Any:
    from pipeline.core.files import sha256
    from pipeline.responses.source import write_source

    path = study.paths.raw / "responses.csv"
    rows.to_csv(path, index=False)
    write_source(
        study.paths.raw,
        origin="x",
        licence="y",
        day=None,
        simulated=True,
        answers=[("responses.csv", "csv")],
        files={"responses.csv": sha256(path)},
    )
    return analyse(replace(study, plan=study.plan.model_copy(update={"models": ()})))


ODD = {
    "one row": lambda rows: rows.head(1),
    "everyone rejected": lambda rows: rows.assign(ORG=None),
    "one organisation": lambda rows: rows.assign(ORG="ALFA"),
    "everyone alike": lambda rows: rows.assign(**dict.fromkeys(["COLLAB1", "IDEAS1"], "3")),
    "no answers": lambda rows: rows.assign(**dict.fromkeys(["COLLAB1", "COLLAB2", "IDEAS1"])),
    "all don't know": lambda rows: rows.assign(**dict.fromkeys(["PART1_current", "IDEAS1"], "99")),
}


@pytest.mark.parametrize("odd", ODD)
def test_odd_answers_are_analysed_too(tutorial: Study, odd: str) -> None:
    rows = pd.read_csv(tutorial.paths.raw / "responses.csv", dtype="str")
    results = analyse_rows(tutorial, ODD[odd](rows))
    assert set(results.published) == set(STUDY_TABLES)


# ------------------------------------------------------------------------------------ known bugs


def test_every_kind_of_question_is_analysed(small: Callable[..., Path]) -> None:
    study = load_study("small", small())
    run_simulation(study, Options(starts=300))
    assert set(run_analysis(study).published) == set(STUDY_TABLES)


def test_a_folder_beside_the_raw_answers_is_no_traceback(tutorial: Study) -> None:
    (tutorial.paths.raw / "letters").mkdir()
    run_analysis(tutorial)
    load_tables(tutorial)
