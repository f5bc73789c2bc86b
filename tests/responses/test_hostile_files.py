"""Files that are cut off, damaged or made to break things: one clear error, exit code 2, nothing written."""

# ruff: noqa: E501 - one case a line

from __future__ import annotations

import zipfile
from collections.abc import Callable
from contextlib import suppress
from itertools import product
from pathlib import Path

import pytest
from plain_files import WRITERS

from pipeline.core.errors import UserError
from pipeline.responses.files.apart import open_here
from pipeline.responses.files.columnar import open_parquet
from pipeline.responses.files.statistical import open_spss, open_stata
from pipeline.responses.files.workbook import open_workbook
from pipeline.responses.recognise import recognise_format
from pipeline.study import Study

OPENERS: dict[str, Callable] = {
    "excel": open_workbook,
    "sav": open_spss,
    "zsav": open_spss,
    "dta": open_stata,
    "parquet": lambda path: open_parquet(path, {"id", "M1", "WHY"}),
}
BINARY = tuple(OPENERS)
Tree = Callable[[Path], dict[str, bytes]]


@pytest.fixture(scope="module")
def contents(
    tmp_path_factory: pytest.TempPathFactory, person: Callable, text_of: Callable
) -> dict[str, bytes]:
    """Return a sound file with answers to the small study in every plain format."""
    folder = tmp_path_factory.mktemp("sound")
    people = [person(id=f"r{k}", WHY=f"é {k}") for k in range(20)]
    cells = {name: [each[name] for each in people] for name in people[0]}
    for name, (_, write) in WRITERS.items():
        write(cells, folder / name)
    return {name: (folder / name).read_bytes() for name in WRITERS}


@pytest.fixture
def refused(small: Callable, tmp_path: Path, psico: Callable, tree: Tree) -> Callable[..., str]:
    """Return a function that imports a file and gives the one error that this must lead to."""
    small()

    def run(content: bytes, name: str = "answers.csv", *options: str) -> str:
        (tmp_path / "outside").mkdir(exist_ok=True)
        (tmp_path / "outside" / name).write_bytes(content)
        before = tree(tmp_path)
        told = psico(tmp_path, "import", "small", f"outside/{name}", *options)
        assert (told.code, told.out) == (2, "")
        assert told.err.startswith(f"outside/{name}: ")
        assert "Traceback" not in told.err
        assert tree(tmp_path) == before
        assert not (tmp_path / "data").exists()
        return told.err.removesuffix("\n")

    return run


# --------------------------------------------------------------------------------- half a file


@pytest.mark.parametrize("writer", BINARY)
def test_half_a_file_is_refused_wherever_it_is_cut(
    contents: dict[str, bytes], writer: str, tmp_path: Path
) -> None:
    whole = contents[writer]
    for length in {*range(0, len(whole), len(whole) // 150), len(whole) - 1, len(whole) - 8}:
        path = tmp_path / "a"
        path.write_bytes(whole[:length])
        with pytest.raises(UserError, match=r"^a: .*(cut off or damaged|no first row)"):
            open_here(OPENERS[writer], path, "a")


@pytest.mark.parametrize("writer", BINARY)
@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.3, 0.9])
def test_half_a_file_writes_nothing(
    contents: dict[str, bytes], writer: str, share: float, refused: Callable[..., str]
) -> None:
    told = refused(contents[writer][: int(share * len(contents[writer]))])
    assert len(told.splitlines()) == 1
    assert any(
        part in told for part in ("cut off or damaged", "file is empty", "no file of answers that")
    )


def test_a_csv_cut_inside_a_row_is_refused(
    contents: dict[str, bytes], refused: Callable[..., str]
) -> None:
    whole = contents["csv"]
    start = whole.rindex(b"\nr") + 2
    for length in range(start, len(whole) - 4, 7):
        assert "outside/answers.csv: " in refused(whole[:length])


@pytest.mark.parametrize("writer", BINARY)
def test_a_file_with_changed_bytes_is_read_or_refused(
    contents: dict[str, bytes], writer: str, tmp_path: Path
) -> None:
    """In a process of its own, as ever: some changes crash the library that reads the file."""
    import random

    from pipeline.responses.files.apart import open_apart

    open_it = open_here if writer == "parquet" else open_apart
    drawn = random.Random(5)
    for _ in range(4):
        content = bytearray(contents[writer])
        for _ in range(5):
            content[drawn.randrange(len(content))] = drawn.choice([0, 255, 127, 128])
        (tmp_path / "a").write_bytes(bytes(content))
        with suppress(UserError):
            open_it(OPENERS[writer], tmp_path / "a", "a")


def test_a_parquet_file_with_any_byte_changed_is_read_or_refused(tmp_path: Path) -> None:
    import pandas as pd

    words = pd.Series(["a", "b", "c", "a"] * 3, dtype="category")
    pd.DataFrame({"id": words, "M1": range(12)}).to_parquet(tmp_path / "a")
    content = (tmp_path / "a").read_bytes()
    for at, byte in product(range(len(content) - 2000), (b"\x0c", b"\xff")):
        (tmp_path / "a").write_bytes(content[:at] + byte + content[at + 1 :])
        with suppress(UserError):
            open_here(OPENERS["parquet"], tmp_path / "a", "a")


# --------------------------------------------------------------------- made to break what reads it


def test_a_file_that_crashes_its_reader_is_one_error(
    contents: dict[str, bytes], refused: Callable[..., str], tmp_path: Path
) -> None:
    import pandas as pd
    import pyreadstat

    labels = {"M1": {1: "Disagree"}}
    pyreadstat.write_sav(
        pd.DataFrame({"M1": [1.0, 2.0]}), tmp_path / "a", variable_value_labels=labels
    )
    content = bytearray((tmp_path / "a").read_bytes())
    variable = content.index(b"\4\0\0\0\1\0\0\0") + 8  # the number of the variable that has labels
    content[variable] = 255
    assert refused(bytes(content)) == (
        "outside/answers.csv: the file is damaged, or larger than what can be read: opening it broke off"
    )


def sheet(cells: str, path: Path, head: str = "") -> bytes:
    """Return a workbook whose one sheet has these cells, written as XML."""
    import xlsxwriter

    xlsxwriter.Workbook(path).close()
    with zipfile.ZipFile(path) as old:
        parts = {part: old.read(part) for part in old.namelist()}
    name = "xl/worksheets/sheet1.xml"
    text = parts[name].decode().replace("<sheetData/>", f"<sheetData>{cells}</sheetData>")
    parts[name] = text.replace("?>", f"?>{head}", 1).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for part, content in parts.items():
            new.writestr(part, content)
    return path.read_bytes()


CORNERS = '<row r="1"><c r="A1"><v>1</v></c><c r="{}"><v>2</v></c></row>'
INLINE = '<row r="1"><c r="A1" t="inlineStr"><is><t>{}</t></is></c></row>'
ENTITIES = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("corner", ["XFD1048576", "ZZ1000000"])
def test_two_far_cells_are_refused(
    refused: Callable[..., str], tmp_path: Path, corner: str
) -> None:
    told = refused(sheet(CORNERS.format(corner), tmp_path / "x"), "a.xlsx")
    assert (
        told
        == "outside/a.xlsx: the file is damaged, or larger than what can be read: opening it broke off"
    )


@pytest.mark.parametrize("entity", ["&c;", "&f;"])
def test_entities_are_not_resolved(
    refused: Callable[..., str], tmp_path: Path, entity: str
) -> None:
    told = refused(sheet(INLINE.format(entity), tmp_path / "x", ENTITIES), "a.xlsx")
    assert told == "outside/a.xlsx: the workbook is cut off or damaged; copy or save it again"


def test_a_zip_bomb_is_refused_before_it_is_unpacked(
    refused: Callable[..., str], tmp_path: Path
) -> None:
    path = tmp_path / "x"
    sheet("", path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/media/big", b"")
    content = path.read_bytes()
    entry = content.rindex(b"PK\1\2")  # the size of the last part, as the list of parts has it
    big = content[: entry + 24] + (4_200_000_000).to_bytes(4, "little") + content[entry + 28 :]
    assert refused(big, "a.xlsx") == "outside/a.xlsx: larger than 4 GB unpacked"


def test_a_part_that_lies_about_its_size_is_refused(
    refused: Callable[..., str], tmp_path: Path
) -> None:
    path = tmp_path / "x"
    sheet(INLINE.format("a" * 100_000), path)
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size.to_bytes(4, "little")
    content = path.read_bytes().replace(size, (90).to_bytes(4, "little"))
    assert "the workbook is cut off or damaged" in refused(content, "a.xlsx")


def test_a_parquet_file_of_too_many_cells_is_refused(
    refused: Callable[..., str], contents: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.responses.files.columnar.MOST_CELLS", 399)  # there are 20 x 20
    assert refused(contents["parquet"]) == "outside/answers.csv: more than 399 cells"


# --------------------------------------------------------------------------- not what it says it is


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("name", ["answers.csv", "answers.sav", "answers.xlsx", "answers"])
def test_no_name_hides_what_a_file_is(
    contents: dict[str, bytes], writer: str, name: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(contents[writer])
    assert recognise_format(tmp_path / name, name) == WRITERS[writer][0]


def test_a_sav_renamed_to_csv_is_read(
    contents: dict[str, bytes], small: Callable, tmp_path: Path, psico: Callable
) -> None:
    small()
    (tmp_path / "answers.csv").write_bytes(contents["sav"])
    told = psico(tmp_path, "import", "small", "answers.csv")
    assert told.out == "small: 20 rows imported into data/raw/small\n"
    assert "format: spss" in (tmp_path / "data/raw/small/SOURCE.yaml").read_text()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--format", "csv"], "is not utf-8; it looks like "),
        (["--format", "parquet"], "the Parquet file is cut off or damaged"),
        (["--format", "excel"], "the workbook is cut off or damaged"),
        (["--format", "stata"], "the file is cut off or damaged"),
    ],
)
def test_a_sav_taken_for_something_else_is_refused(
    contents: dict[str, bytes], refused: Callable[..., str], options: list[str], told: str
) -> None:
    assert told in refused(contents["sav"], "answers.sav", *options)


def test_an_unknown_format_lists_those_there_are(
    contents: dict[str, bytes], small: Callable, tmp_path: Path, psico: Callable
) -> None:
    small()
    told = psico(tmp_path, "import", "small", "answers.csv", "--format", "spps")
    assert (told.code, told.err) == (2, "no format 'spps'; did you mean 'spss'?\n")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf", "no file of answers that psi-co knows"),
        (b"\xff\xfe", "no file of answers that psi-co knows"),
        (b"\0" * 100, "no file of answers that psi-co knows"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "no file of answers that psi-co knows"),
        (b"%PDF-1.7\n1 0 obj\n", "no file of answers that psi-co knows"),
        (b"<html><body>a,b;c</body></html>", "no file of answers that psi-co knows"),
        (b'{"a": [1, 2, 3]}', "no file of answers that psi-co knows"),
        (b"PK\3\4" + b"\0" * 99, "no file of answers that psi-co knows"),
        (b"PK\3\4" + b"\0" * 26 + b"xl/workbook.xml", "the workbook is cut off or damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 999, "an old workbook (.xls), or one with a password; save it as .xlsx without"),
        (b"id,lang\nr1,\0\n", "no file of answers that psi-co knows"),
        (b"id,lang,w\n" + "é".encode() * 4 + "é".encode("latin-1") + b",en,1\n", "row 2 is not utf-8; it looks like latin-1"),
        ("id,lang\nr1,en\n".encode("utf-16"), "row 1 is not utf-8; it looks like utf-16"),
        ("id,lang\nr1,en\n".encode("utf-16-le"), "no file of answers that psi-co knows"),
        (",".join(f"c{k}" for k in range(1_000_000)).encode() + b"\n1\n", "999,990 more columns are unknown"),
        (b"," * 1_000_000 + b"\n", "the column '' stands in the header twice"),
        (b'"' + b"a,b\n" * 100, "no file of answers that psi-co knows"),
    ],
    ids=lambda value: repr(value)[:25],
)  # fmt: skip
def test_what_is_no_file_of_answers_is_refused(
    refused: Callable[..., str], content: bytes, told: str
) -> None:
    assert told in refused(content)


def test_bytes_that_are_no_text_in_an_spss_file_are_told(
    contents: dict[str, bytes], refused: Callable[..., str]
) -> None:
    content = contents["sav"].replace("é 7".encode(), b"\xc3\xff7", 1)
    assert content != contents["sav"]
    assert "the texts are not in the encoding that the file says" in refused(content)


@pytest.mark.parametrize(
    "make", [lambda path: path.mkdir(), lambda path: path.symlink_to(path), lambda path: None]
)
def test_what_is_no_file_is_refused(
    small: Callable, tmp_path: Path, psico: Callable, make: Callable[[Path], object]
) -> None:
    small()
    make(tmp_path / "answers.csv")
    told = psico(tmp_path, "import", "small", "answers.csv")
    assert told.code == 2
    assert told.err.startswith("answers.csv: ")
    assert told.err.count("\n") == 1


def test_the_sound_files_are_sound(
    contents: dict[str, bytes], small: Callable, tmp_path: Path, study: Study, psico: Callable
) -> None:
    """Nothing above is refused because the file it starts from is faulty."""
    small()
    (tmp_path / "outside").mkdir()
    for writer, content in contents.items():
        (tmp_path / "outside" / writer.replace(" ", "-")).write_bytes(content)
    told = psico(tmp_path, "import", "small", "outside")
    assert told.err == ""
    assert "140 rows imported" in told.out
