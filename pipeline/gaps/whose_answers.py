"""Whose answers stand for an organisation: its own, or where they are too few those of a larger whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.means import weighted_means
from pipeline.core.plan import Plan
from pipeline.core.play_contracts import NOWHERE

FEWEST_TARGETS = 5
MOST_OF_ONE = 0.8
COLUMNS = ("target", "n", "current", "desired", "estimate", "conf_low", "conf_high")


@dataclass(frozen=True)
class Basis:
    """The gaps that stand for an organisation.

    Attributes
    ----------
    kind : `organisation`, `parent`, `type`, `all` or `none`. name : code of the organisation or parent,
        name of the type. gaps : `COLUMNS` of each target with enough people. least : people behind it,
        None where they are too few to be told.
    """

    kind: str
    name: str
    gaps: pd.DataFrame
    least: int | None


@dataclass(frozen=True)
class _Wholes:
    """What the answers of several organisations together may stand for."""

    ratings: pd.DataFrame
    level: str
    targets: list[str]
    counts: pd.DataFrame
    published: set[str]
    plan: Plan


def find_bases(
    ratings: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    parents: Mapping[str, str],
    targets: list[str],
    plan: Plan,
) -> Iterator[tuple[str, Basis]]:
    """Yield everyone (`all`), then each organisation of the outermost level, with its basis.

    An organisation stands for itself where at least five of its targets (or all, of fewer) have the plan's
    least number of people with both ratings. Else the organisations that share its parent, parent
    included, stand for it, or those of its type: where together they are enough people, no one is more
    than 80 % of them, and those among them that stand for themselves do not leave a rest of fewer than
    enough, which could be worked out by subtraction. Residual units get none.
    """
    own, everyone = tables["organisation_gaps"], tables["gaps"]
    level, least = plan.organisation.levels[0], plan.minimum_cell
    yield "all", _of_everyone(everyone, targets, least)
    own = own[(own["organisation_level"] == level) & own["target"].isin(targets)]
    own = own[~own["residual"].astype(bool)]
    bases = {code: _own(rows, least) for code, rows in own.groupby("organisation", sort=False)}
    published = {str(code) for code, basis in bases.items() if basis is not None}
    counts = own.pivot(index="organisation", columns="target", values="n").astype(float)
    wholes = _Wholes(ratings, level, list(counts.columns), counts, published, plan)
    types = own.drop_duplicates("organisation").set_index("organisation")["organisation_type"]
    for code, basis in bases.items():
        yield str(code), basis or _larger(str(code), wholes, parents, types)


def _of_everyone(gaps: pd.DataFrame, targets: list[str], least: int) -> Basis:
    rows = gaps[(gaps["group"] == "all") & gaps["target"].isin(targets) & (gaps["n"] >= least)]
    shown = rows.reindex(columns=list(COLUMNS))
    if shown.empty:
        return Basis(NOWHERE, "", shown, None)
    return Basis("all", "", shown, int(shown["n"].min()))


def _own(rows: pd.DataFrame, least: int) -> Basis | None:
    """Return an organisation's shrunken gaps, its own where there are no such; None of too few people."""
    shown = rows[rows["n"] >= least]
    if len(shown) < min(FEWEST_TARGETS, len(rows)) or shown.empty:
        return None
    drawn = shown["eb_mean"].notna()
    pairs = {"estimate": "eb_mean", "conf_low": "eb_low", "conf_high": "eb_high"}
    used = {name: shown[other].where(drawn, shown[name]) for name, other in pairs.items()}
    gaps = shown.assign(**used)[list(COLUMNS)]
    return Basis("organisation", str(rows["organisation"].iloc[0]), gaps, int(shown["n"].min()))


def _larger(code: str, wholes: _Wholes, parents: Mapping[str, str], types: pd.Series) -> Basis:
    listed = list(wholes.counts.index)
    parent = parents.get(code) or code
    family = [each for each in listed if each == parent or parents.get(each) == parent]
    kind = types.get(code)
    kin = [] if pd.isna(kind) else [each for each in listed if types.get(each) == kind]
    for name, label, members in (("parent", parent, family), ("type", kind, kin)):
        shown = [t for t in wholes.targets if _may_be_told(wholes.counts[t], members, wholes)]
        if len(shown) >= min(FEWEST_TARGETS, len(wholes.targets)) and shown:
            gaps = _pooled(members, shown, wholes)
            return Basis(name, str(label), gaps, int(gaps["n"].min()))
    return Basis(NOWHERE, "", pd.DataFrame(columns=list(COLUMNS)), None)


def _may_be_told(counts: pd.Series, members: list[str], wholes: _Wholes) -> bool:
    people = counts.reindex(members).fillna(0)
    least, total = wholes.plan.minimum_cell, people.sum()
    rest = people[~people.index.isin(wholes.published)].sum()
    return bool(
        len(members) > 1
        and total >= least
        and people.max() <= MOST_OF_ONE * total
        and (rest >= least or rest == 0)
    )


def _pooled(members: list[str], targets: list[str], wholes: _Wholes) -> pd.DataFrame:
    """Return the gaps of several organisations taken as one, with the interval of their people."""
    mine = wholes.ratings[wholes.ratings[wholes.level].astype("str").isin(members)]
    weights = mine["weight"].to_numpy(dtype=float)
    nobody_apart = np.zeros(len(mine), dtype=np.int64)
    rows = []
    for target in targets:
        now, wanted = (
            mine[f"{target}_{side}"].to_numpy(dtype=float, na_value=np.nan)
            for side in ("current", "desired")
        )
        pair = np.isnan(wanted - now)
        found = [
            weighted_means(
                np.where(pair, np.nan, values), weights, nobody_apart, 1, wholes.plan.confidence
            )
            for values in (now, wanted, wanted - now)
        ]
        gap = found[2]
        means = [each.mean[0] for each in found]
        rows.append((target, gap.n[0], *means, gap.low[0], gap.high[0]))
    return pd.DataFrame(rows, columns=list(COLUMNS))
