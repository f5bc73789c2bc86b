"""Raw answers are copied in once, and never change after."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest

from pipeline.core.errors import ProblemsFound, UserError
from pipeline.core.files import sha256
from pipeline.core.yaml_text import read_yaml
from pipeline.questionnaire.columns import answer_columns
from pipeline.responses.bring_in import Into, import_answers
from pipeline.responses.source import read_answers, read_source, write_source
from pipeline.study import Study, load_study

TODAY = date(2026, 11, 21)
Tree = Callable[[Path], dict[str, bytes]]


@pytest.fixture
def outside(tmp_path: Path, text_of: Callable, person: Callable) -> Path:
    """Return a file with three answers to the small study, outside its folders."""
    path = tmp_path / "outside" / "answers.csv"
    path.parent.mkdir()
    path.write_text(text_of(person(), person(), person()))
    return path


@pytest.fixture
def fielded(small: Callable[..., Path]) -> Study:
    """Return the small study, without answers."""
    return load_study("small", small())


def bring_in(study: Study, path: Path) -> int:
    into = Into(study.paths, study.questionnaire, study.plan)
    return import_answers([path], into, today=TODAY).rows


def read(study: Study) -> object:
    return read_answers(study.paths.raw, study.paths.shown_raw, study.questionnaire, study.plan)


@pytest.mark.parametrize("place", ["the file", "its folder"])
def test_answers_are_copied_with_where_they_come_from(
    fielded: Study, outside: Path, place: str
) -> None:
    assert bring_in(fielded, outside if place == "the file" else outside.parent) == 3
    raw, source = read(fielded)
    assert (fielded.paths.raw / "answers.csv").read_bytes() == outside.read_bytes()
    assert raw.respondent.tolist() == ["r1", "r2", "r3"]
    assert source.origin == "imported from answers.csv"
    assert source.licence == "not stated"
    assert source.date == "2026-11-21"
    assert source.simulated is False
    assert dict(source.sha256) == {"answers.csv": sha256(outside)}
    assert sorted(path.name for path in fielded.paths.raw.iterdir()) == [
        "SOURCE.yaml",
        "answers.csv",
    ]


def test_the_source_is_that_of_the_questionnaire_where_it_names_one(
    small: Callable[..., Path], outside: Path
) -> None:
    told = 'title: {en: Small}\nsource: {origin: "The \\"Office\\", 2018: \\\\ yes", licence: CC0}'
    study = load_study("small", small(("title: {en: Small}", told)))
    bring_in(study, outside)
    source = read_source(study.paths.raw, "raw")
    assert (source.origin, source.licence) == ('The "Office", 2018: \\ yes', "CC0")


def test_importing_the_same_answers_again_is_no_mistake(fielded: Study, outside: Path) -> None:
    bring_in(fielded, outside)
    assert bring_in(fielded, outside) == 3


def test_other_answers_are_refused_and_nothing_is_written(
    fielded: Study, outside: Path, tree: Tree
) -> None:
    bring_in(fielded, outside)
    outside.write_text(outside.read_text().replace("r3", "r4"))
    before = tree(fielded.paths.root)
    with pytest.raises(UserError, match=r"other answers are there already; move them away first"):
        bring_in(fielded, outside)
    assert tree(fielded.paths.root) == before


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_text(path.read_text().replace("because", '"because')),
        lambda path: path.write_text(path.read_text().replace(",M1,", ",M2,")),
        lambda path: path.write_bytes(path.read_bytes().replace(b"because", b"\xe9")),
        lambda path: path.unlink(),
    ],
    ids=["empty", "quote", "column", "latin-1", "absent"],
)
@pytest.mark.parametrize("place", ["the file", "its folder"])
def test_faulty_answers_are_refused_and_nothing_is_written(
    fielded: Study, outside: Path, tree: Tree, spoil: Callable[[Path], object], place: str
) -> None:
    spoil(outside)
    before = tree(fielded.paths.root)
    with pytest.raises(
        UserError, match=r"answers\.csv: |/outside: there is no file in this folder"
    ):
        bring_in(fielded, outside if place == "the file" else outside.parent)
    assert tree(fielded.paths.root) == before
    assert not fielded.paths.raw.exists()


@pytest.mark.parametrize("absent", ["everything", "SOURCE.yaml", "answers.csv"])
def test_answers_that_are_not_there_name_the_command(
    fielded: Study, outside: Path, absent: str
) -> None:
    bring_in(fielded, outside)
    if absent == "everything":
        shutil.rmtree(fielded.paths.raw)
    else:
        (fielded.paths.raw / absent).unlink()
    with pytest.raises(UserError) as refused:
        read(fielded)
    assert str(refused.value) == (
        "data/raw/small: the answers of 'small' are not imported yet; run 'psico import small PATH' "
        "with the path of the file or its folder, or try it with 'psico simulate small' "
        "(psico lies in .venv/bin)"
    )


def test_answers_that_changed_since_are_refused(fielded: Study, outside: Path) -> None:
    bring_in(fielded, outside)
    path = fielded.paths.raw / "answers.csv"
    path.write_text(path.read_text() + "\n")
    with pytest.raises(
        UserError, match=r"data/raw/small/answers.csv: changed since it was imported"
    ):
        read(fielded)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("simulated: false", "simulated: perhaps", "SOURCE.yaml:4: 'simulated': input should be"),
        ("licence:", "license:", "SOURCE.yaml:2: unknown key 'license'; did you mean 'licence'?"),
        ("origin:", "origin: x\norigin:", "SOURCE.yaml:2: the key 'origin' stands here twice"),
    ],
)
def test_a_damaged_source_is_named_with_its_line(
    fielded: Study, outside: Path, old: str, new: str, message: str
) -> None:
    bring_in(fielded, outside)
    path = fielded.paths.raw / "SOURCE.yaml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ProblemsFound) as error:
        read(fielded)
    assert f"data/raw/small/{message}" in str(error.value)


@pytest.mark.parametrize(
    "text", ["a: b # c", 'say "no"', "C:\\new", "é 😀", "a\nb", "'", "- x", "no"]
)
def test_any_origin_comes_back(tmp_path: Path, text: str) -> None:
    write_source(
        tmp_path,
        origin=text,
        licence=text,
        day=TODAY,
        simulated=True,
        answers=[],
        files={"a.csv": "0"},
    )
    source = read_source(tmp_path, "raw")
    assert source.origin == source.licence == " ".join(text.split())
    assert read_yaml(tmp_path / "SOURCE.yaml").data["simulated"] is True


# ------------------------------------------------------------------------------------ known bugs


@pytest.mark.parametrize("name", ["my: answers.csv", "#answers.csv"])
def test_any_file_name_comes_back(tmp_path: Path, name: str) -> None:
    write_source(
        tmp_path,
        origin="x",
        licence="y",
        day=None,
        simulated=True,
        answers=[(name, "csv")],
        files={name: "0"},
    )
    source = read_source(tmp_path, "raw")
    assert dict(source.sha256) == {name: "0"}
    assert [(each.file, each.format) for each in source.answers] == [(name, "csv")]


def test_simulated_answers_stay_simulated(fielded: Study) -> None:
    from pipeline.run import run_simulation
    from pipeline.simulation.draw import Options

    run_simulation(fielded, Options(starts=20))
    with suppress(UserError):
        bring_in(fielded, fielded.paths.raw)
    assert read_source(fielded.paths.raw, "raw").simulated


def test_the_frame_is_imported_with_the_answers(
    small: Callable[..., Path], outside: Path, tmp_path: Path
) -> None:
    limesurvey = (
        "respondent: id, language: lang, weight: w",
        "format: limesurvey, frame: frame.csv",
    )
    study = load_study("small", small(limesurvey))
    columns = [column.in_limesurvey for column in answer_columns(study.questionnaire)]
    header = ["id", "submitdate", "lastpage", "startlanguage", "token", *columns]
    cells = ["1", "1980-01-01", "3", "en", "t1", *[""] * len(columns)]
    outside.write_text(f"{','.join(header)}\n{','.join(cells)}\n")
    frame = "token,organisation,language,level,gender,age\nt1,A1,en,,,\n"
    outside.with_name("frame.csv").write_text(frame)
    assert bring_in(study, outside) == 1
    raw, _ = read(study)
    assert raw.organisation.tolist() == ["A1"]
