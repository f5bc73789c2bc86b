"""The exit door: full tables come in, publishable ones go out. Nothing else hides anything.

For now the minimum-n rule alone: the values of a row that stands for fewer people than the plan's
minimum are blanked, its n included, zero included. What can be worked out from rows that stay (by
subtraction, or from percentages) is not yet protected.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from pipeline.core.tables import TABLES, Contract, make_table


def publish(tables: Mapping[str, pd.DataFrame], minimum: int) -> dict[str, pd.DataFrame]:
    """Return the tables as they may leave the building, and `disclosure` with what was hidden.

    Parameters
    ----------
    tables : full tables by name, each keeping its contract.
    minimum : smallest number of people a row may stand for.

    Returns
    -------
    The same rows in the same order. In a hidden row only the keys and what the plan or the
    questionnaire declares are left; every other value is missing.
    """
    hidden: list[dict[str, object]] = []
    published = {}
    for name, table in tables.items():
        contract = TABLES[name]
        small = _is_small(table, contract, minimum)
        published[name] = _blanked(table, small, contract)
        hidden += _record(table[small], contract)
    published["disclosure"] = make_table(hidden, "disclosure")
    return published


def _is_small(table: pd.DataFrame, contract: Contract, minimum: int) -> pd.Series:
    """Say for each row whether it stands for too few people; an unknown number is too few."""
    if not contract.hides:
        return pd.Series(False, index=table.index)
    return table["n"].lt(minimum).fillna(True).astype(bool)


def _blanked(table: pd.DataFrame, rows: pd.Series, contract: Contract) -> pd.DataFrame:
    values = [each.name for each in contract.columns if not (each.key or each.declared)]
    return table.assign(**{name: table[name].mask(rows) for name in values})


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
