"""The first plays of every organisation: its largest gaps, in an order that other answers sharpen.

The rule is declared in `plays.yaml` and explained in docs/how-to/plays.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from pipeline.core.plan import Plan
from pipeline.core.play_contracts import NOWHERE
from pipeline.core.tables import make_table
from pipeline.gaps.whose_answers import Basis, find_bases

FIRST = 5
Row = dict[str, object]


@dataclass(frozen=True)
class Sharpening:
    """What the signals do.

    Attributes
    ----------
    links : `play_links.csv` in one language. deviations : `signals.csv`. strength, most : scale points.
    """

    links: pd.DataFrame
    deviations: pd.DataFrame
    strength: float
    most: float

    def moves(self, organisation: str) -> pd.DataFrame:
        """Return `signal`, `play` and by how much the play is moved, in an organisation."""
        own = self.deviations[self.deviations["organisation"] == organisation]
        deviation = own.set_index("signal")["deviation"]
        by = self.links["signal"].map(deviation).astype("float64") * self.links["weight"]
        moved = self.links[["signal", "play"]].assign(by=self.strength * by)
        return moved[moved["by"].notna() & (moved["by"] != 0)]


def recommendations_table(
    ratings: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    parents: Mapping[str, str],
    plan: Plan,
) -> pd.DataFrame:
    """Return `recommendations.csv`: the first five plays of everyone, and of each organisation.

    Parameters
    ----------
    ratings : one row a respondent: `<target>_current`, `<target>_desired`, outermost level,
        `organisation_type` if there are types, `weight`.
    tables : `organisation_gaps`, `gaps`, `priorities`, `signals`, `play_links`, `plays`, all full.
    parents : by organisation, the one it belongs to.

    Returns
    -------
    Gaps above 0 of items with a play and with enough people, the largest first after the signals have
    moved them; where two are as large, the order of `plays.yaml` decides. An organisation goes by its
    shrunken gaps; one with too few people by the gaps of those that share its parent, else of its type
    (`find_bases`), unmoved; else it gets none, and the row says why. Empty where there are no plays.
    """
    order = list(dict.fromkeys(tables["plays"]["play"]))
    rule = _sharpening(tables)
    rows: list[Row] = []
    for organisation, basis in find_bases(ratings, tables, parents, order, plan):
        found = _ordered(basis, order, rule) if basis.kind != NOWHERE else basis.gaps
        tops = _tops(tables.get("priorities"), organisation, basis, plan)
        rows += list(_rows(organisation, basis, found, tops, plan))
    return make_table(rows if order else [], "recommendations")


def _sharpening(tables: Mapping[str, pd.DataFrame]) -> Sharpening | None:
    links = tables["play_links"]
    if links.empty:
        return None
    one = links[links["language"] == links["language"].iloc[0]]
    strength, most = (float(one[name].iloc[0]) for name in ("strength", "most"))
    return Sharpening(one, tables["signals"], strength, most)


def _ordered(basis: Basis, order: list[str], rule: Sharpening | None) -> pd.DataFrame:
    """Return the gaps above 0, each moved, with both ranks; the first `FIRST` of them."""
    there = basis.gaps[basis.gaps["estimate"] > 0]
    found = there.assign(place=there["target"].map(order.index), adjustment=0.0, signals=None)
    if rule is not None and basis.kind == "organisation":
        moves = rule.moves(basis.name)
        total = moves.groupby("play")["by"].sum().clip(-rule.most, rule.most)
        found["adjustment"] = found["target"].map(total).astype("float64").fillna(0.0)
        found["signals"] = [_told(moves[moves["play"] == target]) for target in found["target"]]
    found = found.sort_values(["estimate", "place"], ascending=[False, True])
    found["rank_by_gap"] = range(1, len(found) + 1)
    moved = found["estimate"] + found["adjustment"]
    found = found.assign(moved=moved).sort_values(["moved", "place"], ascending=[False, True])
    found["rank"] = range(1, len(found) + 1)
    return found.head(FIRST)


def _told(moves: pd.DataFrame) -> str | None:
    """Return `signal=+0.120` of each move, the largest first; None without any."""
    by_size = moves.assign(size=-moves["by"].abs()).sort_values("size", kind="stable")
    told = [
        f"{signal}={by:+.3f}"
        for signal, by in zip(by_size["signal"], by_size["by"], strict=True)
        if round(by, 3)
    ]
    return ";".join(told) or None


def _tops(
    priorities: pd.DataFrame | None, organisation: str, basis: Basis, plan: Plan
) -> pd.Series:
    """Return the probability of being among the five largest gaps, by target, of a basis."""
    level = plan.organisation.levels[0]
    groups = {
        "all": ["all"],
        "organisation": [f"{level}={organisation}", f"organisation={organisation}"],
        "type": [f"organisation_type={basis.name}"],
    }.get(basis.kind, [])
    method = plan.gaps.ranks_by if plan.gaps else "gap"
    if priorities is None:
        return pd.Series(dtype="float64")
    own = priorities[priorities["group"].isin(groups) & (priorities["method"] == method)]
    return own.drop_duplicates("target").set_index("target")["top5_probability"]


def _rows(
    organisation: str, basis: Basis, found: pd.DataFrame, tops: pd.Series, plan: Plan
) -> Iterator[Row]:
    who: Row = {"organisation": organisation, "basis": basis.kind, "basis_name": basis.name or None}
    if found.empty:
        reason = "too_few" if basis.kind == NOWHERE else "no_gap"
        yield {**who, "target": NOWHERE, "reason": reason, "n": basis.least}
        return
    kept = ["target", "rank", "n", "current", "desired", "estimate", "conf_low", "conf_high"]
    for row in found[[*kept, "adjustment", "signals", "rank_by_gap"]].to_dict("records"):
        yield {
            **who,
            **{str(name): value for name, value in row.items()},
            "reason": _reason(row["rank"], row["rank_by_gap"]),
            "conf_level": plan.confidence,
            "top5_probability": tops.get(row["target"]),
        }


def _reason(rank: int, by_gap: int) -> str:
    if by_gap > FIRST:
        return "brought_in"
    return "gap" if rank == by_gap else "moved_up" if rank < by_gap else "moved_down"
