"""The exit door: full tables come in, publishable ones go out. Nothing else hides anything.

For now the minimum-n rule: the values of a row that stands for fewer people than the plan's minimum are
blanked, its n included, zero included. Where a contract says that rows add up to a published number, the
smallest ones join the hidden until these stand for enough people together. What else can be worked out
from rows that stay (by subtraction, or from percentages) is not yet protected.

And the language gate: where it is shut, what languages would be compared by stays inside.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from pipeline.core.contracts import TABLES, Contract
from pipeline.core.tables import make_table

SHUT = ("none", "untested")
"""Verdicts of the language gate, in the column `comparable`, that let no mean through."""


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
    are left. Where `comparable` says that a language's mean may not be compared, or that this is not
    known, its `compared` values are missing.
    """
    hidden: list[dict[str, object]] = []
    published = {}
    for name, table in tables.items():
        contract = TABLES[name]
        if not contract.hides:
            published[name] = table
            continue
        reasons = _reasons(table, contract, minimum)
        published[name] = _blanked(table, contract, minimum, reasons)
        hidden += _record(table, contract, reasons)
    published["disclosure"] = make_table(hidden, "disclosure")
    return published


def _is_small(people: pd.Series, minimum: int) -> pd.Series:
    """Say for each row whether there are too few people; an unknown number is too few."""
    return people.lt(minimum).fillna(True).astype(bool)


def _reasons(table: pd.DataFrame, contract: Contract, minimum: int) -> pd.Series:
    """Return why each row is hidden; missing where it is not."""
    reasons = pd.Series(None, index=table.index, dtype="object")
    reasons[_is_small(table["n"], minimum)] = "minimum"
    if contract.adds_up:
        parts = table[~table[contract.keys].isin(["all"]).any(axis=1)]
        for _, rows in parts.groupby(contract.adds_up, sort=False):
            joined = _complementary(rows["n"], reasons[rows.index].notna(), minimum)
            reasons = reasons.mask(reasons.index.isin(joined), "complementary")
    return reasons


def _complementary(people: pd.Series, hidden: pd.Series, minimum: int) -> list[int]:
    """Return the index of which of the parts of a published sum must join the hidden ones.

    Together they are to stand for `minimum` people, where that can be; each hidden for its own sake stands
    for fewer, so that they are two at least.
    """
    out = people[hidden].fillna(0)
    shown = people[~hidden].sort_values(kind="stable")
    joined: list[int] = []
    while len(out) and out.sum() < minimum and len(joined) < len(shown):
        joined.append(int(shown.index[len(joined)]))
        out = pd.concat([out, shown.iloc[[len(joined) - 1]]])
    return joined


def _is_shut(table: pd.DataFrame) -> pd.Series:
    """Say for each row whether it is of a language whose means may not be compared."""
    if "comparable" not in table:
        return pd.Series(False, index=table.index)
    return table["comparable"].isin(SHUT)


def _blanked(
    table: pd.DataFrame, contract: Contract, minimum: int, reasons: pd.Series
) -> pd.DataFrame:
    values = [column for column in contract.columns if not (column.key or column.declared)]
    shut = _is_shut(table)
    return table.assign(
        **{
            column.name: table[column.name].mask(
                reasons.notna()
                | _is_small(table[column.people], minimum)
                | (shut & column.compared)
            )
            for column in values
        }
    )


def _record(table: pd.DataFrame, contract: Contract, reasons: pd.Series) -> list[dict[str, object]]:
    reasons = reasons.mask(reasons.isna() & _is_shut(table), "language_gate")
    hidden = reasons.notna()
    keys = table.loc[hidden, contract.keys].to_dict("records")
    return [
        {
            "output": contract.name,
            "cell": ";".join(f"{column}={value}" for column, value in each.items()),
            "reason": reason,
        }
        for each, reason in zip(keys, reasons[hidden], strict=True)
    ]
