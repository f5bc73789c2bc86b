"""Bringing answers in: several files as one study, each checked, nothing half done."""

# ruff: noqa: E501 - one case a line

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from plain_files import write_parquet, write_stata

from pipeline.core.errors import ProblemsFound, UserError
from pipeline.questionnaire.version import questionnaire_version
from pipeline.responses.bring_in import Imported, Into, import_answers
from pipeline.responses.clean import clean_answers
from pipeline.responses.decode import decode_answers
from pipeline.responses.raw import RawAnswers
from pipeline.responses.source import read_answers, read_source
from pipeline.study import Study, load_study

TODAY = date(2026, 11, 21)
Tree = Callable[[Path], dict[str, bytes]]
Make = Callable[..., Path]


@pytest.fixture
def fielded(small: Callable[..., Path]) -> Study:
    """Return the small study, without answers and without a file that the plan names."""
    return load_study("small", small(("file: answers.csv, ", "")))


@pytest.fixture
def make(tmp_path: Path, text_of: Callable, person: Callable) -> Make:
    """Return a function that writes people, each told by changes, to a CSV file outside the study."""

    def write(name: str, *changes: dict[str, str]) -> Path:
        path = tmp_path / "outside" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text_of(*(person(**change) for change in changes)))
        return path

    return write


def bring_in(study: Study, *paths: Path, **options: Any) -> Imported:
    into = Into(study.paths, study.questionnaire, study.plan)
    return import_answers(paths, into, **{"today": TODAY} | options)


def read_raw(study: Study) -> RawAnswers:
    return read_answers(study.paths.raw, "data/raw/small", study.questionnaire, study.plan)[0]


def read(study: Study) -> pd.DataFrame:
    return decode_answers(read_raw(study), study.questionnaire, study.plan)


def files_of(study: Study) -> list[tuple[str, str]]:
    source = read_source(study.paths.raw, "raw")
    return [(each.file, each.format) for each in source.answers]


# ------------------------------------------------------------------------------- several files


def test_files_are_read_in_the_order_given(fielded: Study, make: Make) -> None:
    late, early = make("b.csv", {"id": "x", "M1": "3"}), make("a.csv", {"id": "y"}, {"id": "z"})
    done = bring_in(fielded, late, early)
    assert done == Imported(3, 3, 2, notes=(), has_key=False)
    answers = read(fielded)
    assert answers["respondent"].tolist() == ["x", "y", "z"]
    assert answers["M1"].tolist() == [3, 1, 1]
    assert answers["source_file"].tolist() == ["b.csv", "a.csv", "a.csv"]
    assert answers["source_row"].tolist() == [2, 2, 3]
    assert files_of(fielded) == [("b.csv", "csv"), ("a.csv", "csv")]


def test_a_folder_is_read_by_name(fielded: Study, make: Make) -> None:
    for name in ("c.csv", "a.csv", "b.csv"):
        make(name, {"id": name})
    (make("a.csv", {"id": "a.csv"}).parent / ".DS_Store").write_bytes(b"\0")
    bring_in(fielded, make("a.csv", {"id": "a.csv"}).parent)
    assert read(fielded)["respondent"].tolist() == ["a.csv", "b.csv", "c.csv"]


def test_a_folder_of_what_the_web_page_saved_is_one_study(fielded: Study, tmp_path: Path) -> None:
    (tmp_path / "saved").mkdir()
    sheet = {
        "format": "psi-co web answers",
        "format_version": 1,
        "study": "small",
        "version": questionnaire_version(fielded.questionnaire),
        "language": "en",
        "submitted": None,
        "pages": 2,
        "seconds": {"facts": 7},
    }
    for name in ("b", "a"):
        text = json.dumps(sheet | {"respondent": name, "answers": {"ORG": "A1", "WHY": f"{name}?"}})
        (tmp_path / f"saved/{name}.json").write_text(text)
    done = bring_in(fielded, tmp_path / "saved")
    assert done == Imported(2, 2, 2, notes=(), has_key=False)
    answers = read(fielded)
    assert answers["respondent"].tolist() == ["a", "b"]
    assert answers["WHY"].tolist() == ["a?", "b?"]
    assert answers["M1_missing"].tolist() == ["unseen"] * 2
    assert files_of(fielded) == [("a.json", "web"), ("b.json", "web")]


def test_of_a_folder_the_file_that_the_plan_names_is_taken(small: Callable, make: Make) -> None:
    study = load_study("small", small())
    make("other.csv", {"id": "b"})
    bring_in(study, make("answers.csv", {"id": "a"}).parent)
    assert read(study)["respondent"].tolist() == ["a"]


def test_formats_may_differ(fielded: Study, make: Make, person: Callable, tmp_path: Path) -> None:
    csv = make("a.csv", {"id": "a"})
    for number, write in enumerate((write_parquet, write_stata)):
        cells = {name: [text] for name, text in person(id=f"p{number}").items()}
        write(cells, tmp_path / f"outside/b{number}")
    bring_in(fielded, csv, tmp_path / "outside/b0", tmp_path / "outside/b1")
    answers = read(fielded)
    assert answers["respondent"].tolist() == ["a", "p0", "p1"]
    same = answers.drop(columns=["respondent", "source_file", "source_row"]).astype(object)
    assert (same.fillna("-").nunique() == 1).all()
    assert files_of(fielded) == [("a.csv", "csv"), ("b0", "parquet"), ("b1", "stata")]


def test_a_wave_is_added_to_those_that_are_there(fielded: Study, make: Make, tree: Tree) -> None:
    first, second = make("w1.csv", {"id": "a"}), make("w2.csv", {"id": "b", "M1": "2"})
    bring_in(fielded, first)
    before = tree(fielded.paths.raw)
    done = bring_in(fielded, second, today=date(2026, 12, 1))
    assert (done.rows, done.rows_of_study, done.files_of_study) == (1, 2, 2)
    assert read(fielded)["respondent"].tolist() == ["a", "b"]
    assert tree(fielded.paths.raw)["w1.csv"] == before["w1.csv"]
    source = read_source(fielded.paths.raw, "raw")
    assert (source.origin, source.date) == ("imported from w1.csv, w2.csv", "2026-12-01")


def test_importing_again_changes_nothing(fielded: Study, make: Make, tree: Tree) -> None:
    first, second = make("w1.csv", {"id": "a"}), make("w2.csv", {"id": "b"})
    bring_in(fielded, first, second)
    before = tree(fielded.paths.root)
    for paths in ([first, second], [second, first], [second], [second, second]):
        bring_in(fielded, *paths, today=date(2026, 12, 1))
        assert tree(fielded.paths.root) == before


def test_what_a_person_wrote_into_the_source_stays(fielded: Study, make: Make) -> None:
    bring_in(fielded, make("w1.csv", {"id": "a"}))
    path = fielded.paths.raw / "SOURCE.yaml"
    text = path.read_text().replace("imported from w1.csv", "fielded in May")
    path.write_text(text.replace("not stated", "CC0-1.0"))
    bring_in(fielded, make("w2.csv", {"id": "b"}))
    source = read_source(fielded.paths.raw, "raw")
    assert (source.origin, source.licence) == ("fielded in May", "CC0-1.0")


def test_many_files_are_counted_in_the_origin(fielded: Study, make: Make) -> None:
    bring_in(fielded, *(make(f"{k}.csv", {"id": str(k)}) for k in range(4)))
    assert read_source(fielded.paths.raw, "raw").origin == "imported from 4 files"


# ------------------------------------------------------------------------ the same in two files


def test_row_ids_are_made_unique_and_counted(fielded: Study, make: Make) -> None:
    files = [
        make("1.csv", {"id": "a"}, {"id": "b"}, {"id": "a-2"}),
        make("2.csv", {"id": "a", "M1": "2"}, {"id": "c", "M1": "2"}),
        make("3.csv", {"id": "a", "M1": "3"}, {"id": "b", "M1": "3"}),
    ]
    done = bring_in(fielded, *files)
    assert read(fielded)["respondent"].tolist() == ["a", "b", "a-2", "a-2-2", "c", "a-3", "b-3"]
    assert done.notes == (
        "2 row ids stand in more than one file: the number of the file was put behind them",
    )


def test_equal_rows_of_two_files_are_counted(
    fielded: Study, make: Make, silent: Callable, text_of: Callable
) -> None:
    first = make("1.csv", {"id": "a"}, {"id": "b"}, {"id": "c", "M1": "2"})
    second = make("2.csv", {"id": "d"}, {"id": "e", "M1": "3"}, {"id": "f", "M1": "2"})
    done = bring_in(fielded, first, second)
    assert done.notes == ("2 rows stand in more than one file, the same answer for answer",)
    third = second.with_name("3.csv")
    third.write_text(text_of(silent(id="g")))
    fourth = second.with_name("4.csv")
    fourth.write_text(text_of(silent(id="h")))
    assert (
        bring_in(fielded, third, fourth).notes == done.notes
    )  # who said nothing is nobody's double


def test_a_rejected_row_names_its_file(fielded: Study, make: Make) -> None:
    bring_in(
        fielded,
        make("1.csv", {"id": "a"}, {"id": "b"}),
        make("2.csv", {"id": "c"}, {"id": "d", "ORG": ""}),
    )
    cleaned = clean_answers(read_raw(fielded), fielded.questionnaire, fielded.plan)
    row = cleaned.rejected.iloc[0]
    assert row[["source_file", "source_row", "respondent"]].tolist() == ["2.csv", 3, "d"]
    assert cleaned.responses["source_file"].tolist() == ["1.csv", "1.csv", "2.csv"]


# ------------------------------------------------------------------------------ what is refused


def refused(study: Study, tree: Tree, *paths: Path, **options: Any) -> str:
    before = tree(study.paths.root)
    with pytest.raises(UserError) as error:
        bring_in(study, *paths, **options)
    assert tree(study.paths.root) == before
    assert list(study.paths.raw.parent.glob("*/.*")) == []
    return str(error.value)


def test_one_faulty_file_keeps_all_others_out(fielded: Study, make: Make, tree: Tree) -> None:
    good, bad = make("1.csv", {"id": "a"}), make("2.csv", {"id": "b", "M1": "7"})
    assert "2.csv: column 'M1': '7' stands for no declared" in refused(fielded, tree, good, bad)
    assert not fielded.paths.raw.exists()


def test_other_answers_under_one_name_are_refused(fielded: Study, make: Make, tree: Tree) -> None:
    bring_in(fielded, make("1.csv", {"id": "a"}))
    told = refused(fielded, tree, make("2.csv", {"id": "b"}), make("1.csv", {"id": "c"}))
    assert told == (
        "data/raw/small/1.csv: other answers are there already; move them away first, or give the new "
        "file a name of its own to add it"
    )


def test_two_files_of_one_name_are_refused(fielded: Study, make: Make, tree: Tree) -> None:
    first, second = make("nl/a.csv", {"id": "a"}), make("fr/A.csv", {"id": "b"})
    assert "there is another file called a.csv; give it a name" in refused(
        fielded, tree, first, second
    )


def test_answers_and_drawn_ones_never_mix(fielded: Study, make: Make, tree: Tree) -> None:
    from pipeline.run import run_simulation
    from pipeline.simulation.draw import Options

    run_simulation(fielded, Options(starts=20))
    told = refused(fielded, tree, make("a.csv", {"id": "a"}))
    assert "simulated answers are there already; real ones never mix with them" in told


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda folder: (folder / "a.csv").unlink(), "there is no file in this folder"),
        (lambda folder: (folder / "deeper").mkdir(), "deeper: a folder inside the folder; name the files to import"),
        (lambda folder: (folder / "b.csv").symlink_to("/etc/passwd"), "b.csv: a link that leads out of the folder; name the file itself"),
        (lambda folder: (folder / "b").symlink_to(".."), "b: a link that leads out of the folder"),
        (lambda folder: (folder / "b").symlink_to("nowhere"), "b: the file does not exist"),
        (lambda folder: (folder / "notes.txt").write_text("call Ann"), "notes.txt: no file of answers that psi-co knows; it reads "),
        (lambda folder: (folder / "z.csv").write_bytes(b""), "z.csv: the file is empty"),
    ],
)  # fmt: skip
def test_a_folder_with_something_else_in_it_is_refused(
    fielded: Study, make: Make, tree: Tree, spoil: Callable[[Path], object], told: str
) -> None:
    folder = make("a.csv", {"id": "a"}).parent
    spoil(folder)
    assert told in refused(fielded, tree, folder)


@pytest.mark.parametrize("name", ["SOURCE.yaml", "truth.json", ".hidden.csv"])
def test_some_names_are_taken(fielded: Study, make: Make, tree: Tree, name: str) -> None:
    told = refused(fielded, tree, make(name, {"id": "a"}))
    assert "a file of answers cannot have that name; give it another" in told


def test_a_format_can_be_given(fielded: Study, make: Make, tree: Tree) -> None:
    path = make("a.csv", {"id": "a"})
    assert "cut off or damaged" in refused(fielded, tree, path, format="parquet")
    bring_in(fielded, path, format="csv")


# -------------------------------------------------------------------------------- SOURCE.yaml


def test_a_source_without_a_list_is_that_of_the_plan(small: Callable, make: Make) -> None:
    study = load_study("small", small())
    bring_in(study, make("answers.csv", {"id": "a"}))
    path = study.paths.raw / "SOURCE.yaml"
    lines = path.read_text().splitlines()
    path.write_text(
        "\n".join(line for line in lines if "answers:" not in line and "- {" not in line)
    )
    assert read(study)["respondent"].tolist() == ["a"]
    bring_in(study, make("more.csv", {"id": "b"}))
    assert read(study)["respondent"].tolist() == ["a", "b"]
    assert files_of(study) == [("answers.csv", "csv"), ("more.csv", "csv")]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('file: "a.csv"', 'file: "../a.csv"', "leaves the study's folder; give a file name alone"),
        ("format: csv", "format: cvs", "SOURCE.yaml:6: 'format': input should be 'limesurvey'"),
        ('file: "a.csv"', 'file: ""', "leaves the study's folder"),
    ],
)
def test_a_list_of_files_is_checked(
    fielded: Study, make: Make, old: str, new: str, told: str
) -> None:
    bring_in(fielded, make("a.csv", {"id": "a"}))
    path = fielded.paths.raw / "SOURCE.yaml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ProblemsFound) as error:
        read(fielded)
    assert told in str(error.value)


@pytest.mark.parametrize("spoil", ["delete", "change"])
def test_every_listed_file_is_compared(fielded: Study, make: Make, spoil: str) -> None:
    bring_in(fielded, make("a.csv", {"id": "a"}), make("b.csv", {"id": "b"}))
    path = fielded.paths.raw / "b.csv"
    path.unlink() if spoil == "delete" else path.write_text(path.read_text() + "\n")
    with pytest.raises(
        UserError, match="not imported yet" if spoil == "delete" else r"b\.csv: changed since"
    ):
        read(fielded)
