"""Tables written and read: checked against their contract each time, whole or not at all."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from pipeline.core.contracts import TABLES, Column, ColumnType, Contract
from pipeline.core.errors import UserError
from pipeline.core.files import write_whole
from pipeline.core.formulas import defused, restored

_DTYPES: dict[str, Any] = {"text": "str", "whole": "Int64", "number": "float64", "flag": "boolean"}


class BrokenContract(Exception):
    """A table does not keep its contract: a bug in the code that made it."""


def check_table(frame: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    """Return `frame` with the contract's columns, order and types.

    Raises
    ------
    BrokenContract
        A column is missing or too many, a key is missing or doubled, a value is not allowed.
    """
    if set(frame.columns) != set(contract.names):
        raise BrokenContract(
            f"{contract.name}: columns {sorted(frame.columns)} are not {sorted(contract.names)}"
        )
    checked = frame[contract.names].reset_index(drop=True)
    checked = checked.astype({column.name: _DTYPES[column.type] for column in contract.columns})
    for column in contract.columns:
        _check_column(checked[column.name], column, contract.name)
    if contract.keys and checked.duplicated(contract.keys).any():
        doubled = checked.loc[checked.duplicated(contract.keys), contract.keys].iloc[0].to_dict()
        raise BrokenContract(f"{contract.name}: two rows for {doubled}")
    return checked


def _check_column(values: pd.Series, column: Column, table: str) -> None:
    if column.key and values.isna().any():
        raise BrokenContract(f"{table}: the key '{column.name}' is missing in a row")
    present = values.dropna()
    if column.allowed and not present.isin(column.allowed).all():
        wrong = present[~present.isin(column.allowed)].iloc[0]
        raise BrokenContract(f"{table}: '{wrong}' in '{column.name}', allowed: {column.allowed}")
    slack = 1e-9
    too_low = column.minimum is not None and (present < column.minimum - slack).any()
    too_high = column.maximum is not None and (present > column.maximum + slack).any()
    if too_low or too_high:
        raise BrokenContract(f"{table}: a value of '{column.name}' is out of bounds")


def make_table(rows: Iterable[Mapping[Any, Any]], name: str) -> pd.DataFrame:
    """Build a table from rows (dicts of column to value) and check it against its contract."""
    contract = TABLES[name]
    return check_table(pd.DataFrame(list(rows), columns=contract.names), contract)


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV (UTF-8, full precision), named after its contract, whole or not at all.

    Text that a spreadsheet would run as a formula gets an apostrophe in front; `read_table` takes it
    away again.
    """
    checked = check_table(frame, TABLES[path.stem])
    quoting: Literal[0, 2] = csv.QUOTE_MINIMAL
    for column in TABLES[path.stem].columns:
        if column.type == "text":
            checked[column.name] = checked[column.name].map(defused, na_action="ignore")
            checked[column.name] = checked[column.name].astype("str")
            if checked[column.name].str.contains("\r", regex=False).any():
                quoting = csv.QUOTE_NONNUMERIC  # a carriage return must stand between quotes
        if column.type == "flag":
            checked[column.name] = checked[column.name].map({True: "true", False: "false"})
    write_whole(
        path,
        lambda temporary: checked.to_csv(
            temporary, index=False, encoding="utf-8", lineterminator="\n", quoting=quoting
        ),
    )


def read_table(path: Path) -> pd.DataFrame:
    """Read a table that `write_table` wrote, and check it against its contract.

    Raises
    ------
    UserError
        The file is not there, or was changed so that it does not keep its contract.
    """
    contract = TABLES[path.stem]
    if not path.is_file():
        raise UserError(f"{path}: the table is not there; run 'make analysis' first")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            frame = pd.read_csv(
                path, dtype="str", keep_default_na=False, na_values=[""], index_col=False
            )
            for column in contract.columns:
                frame[column.name] = _parsed(frame[column.name], column.type)
            return check_table(frame, contract)
    except (BrokenContract, ValueError, KeyError, TypeError, ArithmeticError, Warning) as error:
        raise UserError(f"{path}: not as the analysis wrote it ({error})") from None


def _parsed(values: pd.Series, kind: ColumnType) -> pd.Series:
    if kind == "text":
        return values.map(restored, na_action="ignore").astype("str")
    if kind == "flag":
        if not values.dropna().isin(["true", "false"]).all():
            raise ValueError(f"a flag in '{values.name}' is neither true nor false")
        return values.map({"true": True, "false": False}).astype("boolean")
    return values.astype("object").astype("float64").astype(_DTYPES[kind])
