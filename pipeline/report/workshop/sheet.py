"""What stands on a workshop sheet, in one language, before any thought of a file format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.core.errors import UserError
from pipeline.core.play_contracts import NOWHERE
from pipeline.report.wording import Wording

LEAST_TOLD = 0.02
MOST_TOLD = 2


@dataclass(frozen=True)
class GapPage:
    """One gap and its play.

    Attributes
    ----------
    statement : what was rated. current, desired, gap, low, high, everyone : numbers as they are read.
    from_, to : where current and desired lie on the axis, 0 to 1. ends : what both ends of it mean.
    why : sentences on its place in the order. The rest are the play's texts.
    """

    principle: str
    title: str
    statement: str
    current: str
    desired: str
    gap: str
    drawn: str
    from_: float
    to: float
    ends: tuple[str, str]
    people: str
    why: tuple[str, ...]
    questions: tuple[str, ...]
    actions: tuple[str, ...]
    case: str
    case_url: str
    toolkit: str
    toolkit_url: str


@dataclass(frozen=True)
class Sheet:
    """The sheet of an organisation, or of everyone, in one language."""

    language: str
    study: str
    organisation: str
    simulated: str
    basis: str
    note: str
    pages: tuple[GapPage, ...]
    words: Mapping[str, str]


WORDS = {
    word: f"sheet_{word}"
    for word in ("why", "talk", "start", "look", "case", "toolkit", "page", "agree")
}
WORDS |= {"now": "current", "desired": "desired", "gap": "gap"}


def workshop_sheet(
    organisation: str, tables: Mapping[str, pd.DataFrame], wording: Wording
) -> Sheet:
    """Lay out the sheet of an organisation (`all`: of everyone) from published tables.

    Parameters
    ----------
    tables : `recommendations`, `gaps`, `answers`, `plays`, `play_links`.

    Raises
    ------
    UserError
        There is no play for it: too few people, or no gap.
    """
    every = tables["recommendations"]
    rows = every[every["organisation"] == organisation].sort_values("rank")
    shown = rows[rows["target"] != NOWHERE]
    if shown.empty:
        raise UserError(_without(organisation, rows))
    texts = tables["plays"]
    mine = texts[texts["language"] == wording.language].set_index(["play", "part"])["text"]
    pages = tuple(
        _page(row, mine, tables, wording)
        for row in shown.astype("object").where(shown.notna(), None).to_dict("records")
    )
    everyone = organisation == "all"
    return Sheet(
        wording.language,
        wording.label("study", wording.names("study")[0]),
        wording.say("everyone") if everyone else wording.label("organisation", organisation),
        wording.say("simulated") if wording.simulated else "",
        _basis(shown.iloc[0], wording),
        _note(shown, wording),
        pages,
        {word: _spaced(wording.say(key), wording) for word, key in WORDS.items()},
    )


def _without(organisation: str, rows: pd.DataFrame) -> str:
    if len(rows) and rows["reason"].iloc[0] == "no_gap":
        return f"{organisation}: nothing is desired above how it is, so there is no play to give"
    return (
        f"{organisation}: too few people answered for plays, and its parent or type cannot stand in; "
        "without --organisation there is a sheet of everyone"
    )


def _spaced(text: str, wording: Wording) -> str:
    """Return a text whose French signs do not start a line."""
    if wording.language != "fr":
        return text
    for sign in "?!:;»":
        text = text.replace(f" {sign}", f"\N{NO-BREAK SPACE}{sign}")
    return text.replace("« ", "«\N{NO-BREAK SPACE}")


def _page(
    row: Mapping[Any, Any],
    texts: pd.Series,
    tables: Mapping[str, pd.DataFrame],
    wording: Wording,
) -> GapPage:
    target = str(row["target"])

    def part(name: str) -> str:
        return _spaced(str(texts[target, name]), wording)

    low, high, ends = _axis(target, tables["answers"], wording)
    now, wanted = (_float(row[name]) for name in ("current", "desired"))
    return GapPage(
        principle=part("principle"),
        title=part("title"),
        statement=_spaced(wording.label("item", target), wording),
        current=wording.number(now, 1),
        desired=wording.number(wanted, 1),
        gap=wording.number(wanted - now, 1),
        drawn=_spaced(_drawn(row, target, tables["gaps"], wording), wording),
        from_=(now - low) / (high - low),
        to=(wanted - low) / (high - low),
        ends=ends,
        people=wording.say("sheet_people", n=wording.number(_float(row["n"]), 0)),
        why=tuple(_spaced(each, wording) for each in _why(row, tables["play_links"], wording)),
        questions=tuple(part(f"question{k}") for k in (1, 2, 3)),
        actions=tuple(part(f"action{k}") for k in (1, 2, 3)),
        case=f"{part('case')} ({part('case_country')})",
        case_url=str(texts[target, "case_url"]),
        toolkit=part("toolkit"),
        toolkit_url=str(texts[target, "toolkit_url"]),
    )


def _float(value: object) -> float:
    return float(str(value))


def _axis(
    target: str, answers: pd.DataFrame, wording: Wording
) -> tuple[float, float, tuple[str, str]]:
    """Return the lowest and highest answer, and what they mean."""
    item = f"{target}_current"
    mine = answers[(answers["item"] == item) & ~answers["missing"].astype(bool)]
    codes = sorted(mine["code"].unique(), key=float)
    low, high = codes[0], codes[-1]
    ends = (wording.label("code", low, item), wording.label("code", high, item))
    return float(low), float(high), ends


def _drawn(row: Mapping[Any, Any], target: str, gaps: pd.DataFrame, wording: Wording) -> str:
    """Say how sure the gap is, and how large it is for everyone."""
    gap, low, high = (
        wording.number(_float(row[name]), 1) for name in ("estimate", "conf_low", "conf_high")
    )
    key = {"organisation": "sheet_drawn", "all": "sheet_sure"}.get(str(row["basis"]), "sheet_sure")
    said = wording.say(key, gap=gap, low=low, high=high)
    if row["basis"] == "all":
        return said
    everyone = gaps[(gaps["target"] == target) & (gaps["group"] == "all")]["estimate"].dropna()
    if everyone.empty:
        return said
    return f"{said} {wording.say('sheet_everyone', gap=wording.number(everyone.iloc[0], 1))}"


def _why(row: Mapping[Any, Any], links: pd.DataFrame, wording: Wording) -> list[str]:
    """Return the sentences on a gap's place: by its size, its probability, and what moved it."""
    said = [wording.say("sheet_place", place=row["rank_by_gap"])]
    if row["top5_probability"] is not None:
        said.append(
            wording.say("sheet_top5", percent=wording.percent(_float(row["top5_probability"])))
        )
    mine = links[(links["language"] == wording.language) & (links["play"] == row["target"])]
    by_signal = mine.set_index("signal")
    moves = [each.split("=") for each in str(row["signals"] or "").split(";") if each]
    told = [(name, float(by)) for name, by in moves if abs(float(by)) >= LEAST_TOLD]
    for name, by in told[:MOST_TOLD]:
        link = by_signal.loc[name]
        what = wording.say(f"sheet_{link['kind']}_{'more' if by > 0 else 'less'}")
        label = _label(name, wording)
        moved = wording.say("sheet_up" if by > 0 else "sheet_down", by=wording.number(abs(by), 2))
        reason = f" {link['reason']}" if by > 0 else ""
        said.append(
            f"{what} \N{EN DASH} {label}{'' if label.endswith('.') else '.'} {moved}{reason}"
        )
    return said


def _label(name: str, wording: Wording) -> str:
    scale = wording.label("scale", name)
    return scale if scale != name else wording.label("item", name)


def _basis(row: pd.Series, wording: Wording) -> str:
    match row["basis"]:
        case "parent":
            name = wording.label("organisation", str(row["basis_name"]))
            said = wording.say("sheet_parent", name=name, minimum=wording.minimum)
        case "type":
            name = wording.label("code", str(row["basis_name"]), "organisation_type")
            said = wording.say("sheet_type", name=name, minimum=wording.minimum)
        case _:
            return ""
    return _spaced(said, wording)


def _note(rows: pd.DataFrame, wording: Wording) -> str:
    level = wording.percent(float(rows["conf_level"].iloc[0]))
    parts = [
        wording.say("sheet_note", level=level),
        wording.say("weighted") if wording.weighted else "",
    ]
    return _spaced(" ".join(part for part in parts if part), wording)
