"""Tables keep their contracts, and come back from CSV exactly as they were."""

from __future__ import annotations

import csv
import math
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.core.errors import UserError
from pipeline.core.tables import (
    TABLES,
    BrokenContract,
    check_table,
    make_table,
    read_table,
    write_table,
)

ANSWER = {
    "item": "A",
    "code": "1",
    "group": "all",
    "valence": "positive",
    "missing": False,
    "n": 12,
    "percent": 50.0,
}


def label(text: str) -> dict[str, object]:
    return {"kind": "item", "parent": "p", "name": "A", "language": "en", "label": text}


@pytest.mark.parametrize("name", TABLES)
def test_an_empty_table_keeps_its_contract(name: str, tmp_path: Path) -> None:
    write_table(make_table([], name), tmp_path / f"{name}.csv")
    back = read_table(tmp_path / f"{name}.csv")
    assert list(back.columns) == TABLES[name].names
    assert len(back) == 0


@pytest.mark.parametrize("name", TABLES)
def test_a_contract_declares_keys_and_a_meaning_for_every_column(name: str) -> None:
    contract = TABLES[name]
    assert contract.keys
    assert all(column.meaning for column in contract.columns)
    assert len(set(contract.names)) == len(contract.names)
    assert not contract.hides or "n" in contract.names


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"item": None}, "answers: the key 'item' is missing in a row"),
        ({"valence": "good"}, "answers: 'good' in 'valence', allowed: ('negative',"),
        ({"n": -1}, "answers: a value of 'n' is out of bounds"),
        ({"percent": 100.001}, "answers: a value of 'percent' is out of bounds"),
        ({"percent": -0.001}, "answers: a value of 'percent' is out of bounds"),
        ({"percent": math.inf}, "answers: a value of 'percent' is out of bounds"),
    ],
)
def test_a_breach_is_named(change: dict, message: str) -> None:
    with pytest.raises(BrokenContract) as broken:
        make_table([ANSWER | change], "answers")
    assert str(broken.value).startswith(message)


def test_a_doubled_key_is_named() -> None:
    with pytest.raises(BrokenContract, match=r"two rows for \{'item': 'A', 'code': '1'"):
        make_table([ANSWER, ANSWER | {"n": 13}], "answers")


@pytest.mark.parametrize("change", [{"extra": 1}, {"item": None}])
def test_columns_are_those_of_the_contract(change: dict) -> None:
    frame = pd.DataFrame([ANSWER]).drop(columns=[c for c in change if change[c] is None])
    frame = frame.assign(**{c: v for c, v in change.items() if v is not None})
    with pytest.raises(BrokenContract, match="answers: columns"):
        check_table(frame, TABLES["answers"])


def test_columns_come_in_order_and_typed() -> None:
    frame = check_table(pd.DataFrame([ANSWER])[list(reversed(ANSWER))], TABLES["answers"])
    assert list(frame.columns) == list(ANSWER)
    assert frame.dtypes.astype(str).to_dict() == {
        "item": "str",
        "code": "str",
        "group": "str",
        "valence": "str",
        "missing": "boolean",
        "n": "Int64",
        "percent": "float64",
    }


def test_everything_but_a_key_may_be_missing() -> None:
    empty = {"valence": None, "missing": None, "n": None, "percent": None}
    assert make_table([ANSWER | empty], "answers").isna().sum(axis=1).tolist() == [4]


@given(values=st.lists(st.floats(allow_infinity=False), max_size=20))
@example(values=[0.1 + 0.2, -0.0, 5e-324, 1.7976931348623157e308, math.nan])
def test_numbers_come_back_to_the_last_digit(values: list[float]) -> None:
    rows = [
        {"scale": "s", "statistic": "alpha", "group": str(i), "n": i, "estimate": value}
        for i, value in enumerate(values)
    ]
    table = make_table(rows, "reliability")
    with tempfile.TemporaryDirectory() as folder:
        write_table(table, Path(folder) / "reliability.csv")
        back = read_table(Path(folder) / "reliability.csv")
    pd.testing.assert_frame_equal(back, table, check_exact=True)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), min_size=1)


@given(texts=st.lists(TEXT, max_size=5))
@example(texts=["=1+1", "'=x", "''=x", "-", "+1", "@a", "\tx", "'x", '"', 'a"b', "a,b"])
@example(texts=["a\nb", "\n", "😀", "NA", "nan", "None", "null", " x ", "\x00", "\ufeff", "1.0"])
def test_text_comes_back_to_the_last_character(texts: list[str]) -> None:
    table = make_table([label(text) | {"name": f"n{i}"} for i, text in enumerate(texts)], "labels")
    with tempfile.TemporaryDirectory() as folder:
        write_table(table, Path(folder) / "labels.csv")
        back = read_table(Path(folder) / "labels.csv")
    assert back["label"].tolist() == texts


@pytest.mark.parametrize("text", ["a\rb", "\r"])
def test_text_with_a_carriage_return_comes_back_too(text: str, tmp_path: Path) -> None:
    write_table(make_table([label(text)], "labels"), tmp_path / "labels.csv")
    assert read_table(tmp_path / "labels.csv")["label"].tolist() == [text]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1", "''-"])
def test_no_cell_can_run_in_a_spreadsheet(text: str, tmp_path: Path) -> None:
    write_table(make_table([label(text)], "labels"), tmp_path / "labels.csv")
    with (tmp_path / "labels.csv").open(encoding="utf-8", newline="") as file:
        cells = list(csv.reader(file))[1]
    assert cells[-1] == f"'{text}"


def test_negative_numbers_stay_numbers(tmp_path: Path) -> None:
    row = {"scale": "s", "statistic": "alpha", "group": "all", "estimate": -0.5}
    write_table(make_table([row], "reliability"), tmp_path / "reliability.csv")
    assert ",-0.5," in (tmp_path / "reliability.csv").read_text()


HEADER = "rule,description,rows_before,rejected,flagged,rows_after\n"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "No columns"),
        ("rule,x\n1,2\n", "not as the analysis wrote it"),
        (HEADER + "a,b,x,0,0,1\n", "could not convert string to float: 'x'"),
        (HEADER + ",b,1,0,0,1\n", "the key 'rule' is missing in a row"),
        (HEADER + "a,b,1,0,0,1\na,b,1,0,0,1\n", "two rows for {'rule': 'a'}"),
        (HEADER + 'a,b,1,0,0,"1\n', "not as the analysis wrote it"),
        (HEADER + "a,b\xff", "can't decode"),
    ],
)
def test_a_changed_file_is_refused(content: str, what: str, tmp_path: Path) -> None:
    path = tmp_path / "attrition.csv"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(UserError) as refused:
        read_table(path)
    assert str(refused.value).startswith(f"{path}: not as the analysis wrote it")
    assert what in str(refused.value)


@pytest.mark.parametrize(
    "row", ["a,b,1.5,0,0,1", "a,b,inf,0,0,1", "a,b,1,0,0,1,9", "a,b,1e30,0,0,1"]
)
def test_a_changed_row_is_refused_too(row: str, tmp_path: Path) -> None:
    (tmp_path / "attrition.csv").write_text(HEADER + row + "\n")
    with pytest.raises(UserError, match="not as the analysis wrote it"):
        read_table(tmp_path / "attrition.csv")


def test_a_flag_is_true_or_false(tmp_path: Path) -> None:
    (tmp_path / "answers.csv").write_text(f"{','.join(ANSWER)}\nA,1,all,,maybe,3,5\n")
    with pytest.raises(UserError, match="not as the analysis wrote it"):
        read_table(tmp_path / "answers.csv")


def test_an_absent_table_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="the table is not there; run 'make analysis' first"):
        read_table(tmp_path / "items.csv")
