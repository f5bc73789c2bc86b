"""The exit door: full tables come in, publishable ones go out. Nothing else hides anything.

For now the minimum-n rule alone: the values of a row that stands for fewer people than the plan's
minimum are blanked, its n included, zero included. What can be worked out from rows that stay (by
subtraction, or from percentages) is not yet protected.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from pipeline.core.contracts import TABLES, Contract
from pipeline.core.tables import make_table


def publish(tables: Mapping[str, pd.DataFrame], minimum: int) -> dict[str, pd.DataFrame]:
    """Return the tables as they may leave the building, and `disclosure` with what was hidden.

    Parameters
    ----------
    tables : full tables by name, each keeping its contract.
    minimum : smallest number of people a value may stand for.

    Returns
    -------
    The same rows in the same order. A value is missing where the column that counts its people (`n`,
    for most) is below the minimum or unknown; keys, and what the plan or the questionnaire declares,
    are left.
    """
    hidden: list[dict[str, object]] = []
    published = {}
    for name, table in tables.items():
        contract = TABLES[name]
        published[name] = _blanked(table, contract, minimum)
        if contract.hides:
            hidden += _record(table[_is_small(table["n"], minimum)], contract)
    published["disclosure"] = make_table(hidden, "disclosure")
    return published


def _is_small(people: pd.Series, minimum: int) -> pd.Series:
    """Say for each row whether there are too few people; an unknown number is too few."""
    return people.lt(minimum).fillna(True).astype(bool)


def _blanked(table: pd.DataFrame, contract: Contract, minimum: int) -> pd.DataFrame:
    if not contract.hides:
        return table
    values = [column for column in contract.columns if not (column.key or column.declared)]
    return table.assign(
        **{
            column.name: table[column.name].mask(
                _is_small(table["n"], minimum) | _is_small(table[column.people], minimum)
            )
            for column in values
        }
    )


def _record(rows: pd.DataFrame, contract: Contract) -> list[dict[str, object]]:
    keys = rows[contract.keys].to_dict("records")
    return [
        {
            "output": contract.name,
            "cell": ";".join(f"{column}={value}" for column, value in each.items()),
            "reason": "minimum",
        }
        for each in keys
    ]
