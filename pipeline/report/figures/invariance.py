"""The ladder of invariance over languages: what each step costs, what differs, what may be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from pipeline.report.drawing import Drawing
from pipeline.report.figures.coefficients import name_of
from pipeline.report.figures.forest import in_pages
from pipeline.report.style import (
    DOUBLE_COLUMN,
    INK,
    MUTED,
    add_note,
    add_title,
    empty_figure,
    lines,
    new_figure,
    note_height,
    note_text,
    title_height,
    wrap,
)
from pipeline.report.wording import Wording

LEFT, RIGHT, CELL = 2.6, 0.08, 0.62
HIGHEST = 7.4
LEVELS = ("configural", "thresholds", "metric", "scalar", "partial", "strict")
PASSED, FAILED, OTHER = "#dbe7f3", "#f2c9a6", "#f2f2f2"
ITEM = 0.115
WHY = ("not_identified", "too_few_groups")
"""Findings that say why no ladder was climbed: two items only, one language only."""


def split_invariance(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the ladders of some scales at a time; none where no ladder was climbed."""
    levels = _levels(table)
    heights = {
        str(scale): _height(_texts(str(scale), rows, levels, wording))
        for scale, rows in table.groupby("scale", sort=False)
    }
    if not heights:
        return
    for suffix, scales in in_pages(heights, HIGHEST):
        yield f"invariance{suffix}", table[table["scale"].isin(scales)]


def draw_invariance(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw the ladders of some scales as a table of shades.

    Parameters
    ----------
    table : rows of `invariance.csv`.

    Returns
    -------
    A row a scale: CFI of the configural model, then by how much each step changes it, dark with bold
    numbers where the step fails the plan's limits; then what may be compared. Items that differ are named
    below their scale.
    """
    title = wording.say("invariance_title")
    simulated = wording.say("simulated") if wording.simulated else ""
    if not table["verdict"].notna().any():
        note = wording.say("all_hidden" if len(table) else "nothing", minimum=wording.minimum)
        return Drawing(empty_figure(title, note, simulated=simulated), title, note)
    levels = _levels(table)
    ladders = {str(scale): rows for scale, rows in table.groupby("scale", sort=False)}
    texts = {scale: _texts(scale, rows, levels, wording) for scale, rows in ladders.items()}
    heights = [_height(each) for each in texts.values()]
    note = _note(table, wording)
    heads = [wrap(wording.say(f"level_{level}"), CELL - 0.04, 7) for level in levels]
    figure, axes = new_figure(
        sum(heights),
        left=LEFT,
        right=RIGHT,
        top=title_height(title, simulated=simulated) + 0.1 + 0.125 * max(map(lines, heads)),
        bottom=0.05 + note_height(note),
    )
    width = DOUBLE_COLUMN - LEFT - RIGHT
    axes.set(xlim=(0, width), ylim=(sum(heights), 0), xticks=[], yticks=[], frame_on=False)
    for column, head in enumerate([*heads, wording.say("invariance_verdict")]):
        at, align = ((column + 0.5) * CELL, "center")
        if column == len(levels):
            at, align = column * CELL + 0.1, "left"
        axes.annotate(
            head,
            (at, 0),
            xytext=(0, 4),
            textcoords="offset points",
            ha=align,
            va="bottom",
            fontsize=7,
            color=MUTED,
        )
    top = 0.0
    for (scale, rows), height in zip(ladders.items(), heights, strict=True):
        _draw_ladder(axes, top, rows.set_index("level"), levels, wording)
        _draw_names(axes, top, height, texts[scale], len(levels) * CELL + 0.1)
        top += height
    add_title(figure, title, simulated=simulated)
    add_note(figure, note)
    return Drawing(figure, title, _alt(ladders, wording))


def _levels(table: pd.DataFrame) -> list[str]:
    known = set(table["level"])
    return [level for level in LEVELS if level in known]


def _verdict(rows: pd.DataFrame) -> str:
    """Return what the ladder of a scale lets be compared; `untested` where it is hidden."""
    return next(iter(rows["verdict"].dropna()), "untested")


def _said(rows: pd.DataFrame, wording: Wording) -> str:
    """Return the verdict in words; why there is none, where the reason is a plain one."""
    verdict, finding = _verdict(rows), next(iter(rows["finding"].dropna()), "")
    if verdict == "untested" and finding in WHY:
        return wording.say(f"gate_{finding}")
    return wording.say(f"gate_{verdict}")


def _texts(scale: str, rows: pd.DataFrame, levels: list[str], wording: Wording) -> dict[str, str]:
    """Return the scale's name, the items that differ, and the verdict, each in lines."""
    freed = rows["freed_items"].dropna()
    items = str(freed.iloc[0]).split(";") if len(freed) else []
    named = [f"{item}: {name_of(item, wording)}" for item in items]
    room = DOUBLE_COLUMN - LEFT - RIGHT - len(levels) * CELL - 0.12
    return {
        "name": wrap(wording.label("scale", scale), LEFT - 0.2, 7.5),
        "items": "\n".join(
            wrap(wording.say("invariance_freed", item=each), DOUBLE_COLUMN - LEFT - 0.2, 6.8)
            for each in named
        ),
        "verdict": wrap(_said(rows, wording), room, 7),
    }


def _height(texts: Mapping[str, str]) -> float:
    above = max(0.09 + 0.125 * lines(texts["name"]), 0.09 + 0.12 * lines(texts["verdict"]))
    return above + (0.05 + ITEM * lines(texts["items"]) if texts["items"] else 0)


def _draw_ladder(
    axes: Axes, top: float, rows: pd.DataFrame, levels: list[str], wording: Wording
) -> None:
    for column, level in enumerate(levels):
        if level not in rows.index:
            continue
        row = rows.loc[[level]].iloc[0]
        first = level == levels[0]
        value = row["cfi"] if first else row["delta_cfi"]
        failed = pd.notna(row["passes"]) and not row["passes"]
        shade = OTHER if pd.isna(row["passes"]) else FAILED if failed else PASSED
        corner = (column * CELL + 0.02, top + 0.025)
        box = Rectangle(corner, CELL - 0.04, 0.175, facecolor=shade, edgecolor="none")
        axes.add_patch(box)
        if failed:
            box.set(edgecolor=INK, linewidth=0.9)
        axes.text(
            (column + 0.5) * CELL,
            top + 0.113,
            "\N{EN DASH}" if pd.isna(value) else _signed(value, signed=not first, wording=wording),
            ha="center",
            va="center",
            fontsize=7,
            fontweight="bold" if failed else "normal",
        )


def _signed(value: float, *, signed: bool, wording: Wording) -> str:
    text = wording.number(value, 3)
    plus = signed and value > 0 and text != wording.number(0, 3)
    return (
        f"+{text}"
        if plus
        else text.removeprefix("\N{MINUS SIGN}")
        if np.isclose(round(value, 3), 0)
        else text
    )


def _draw_names(
    axes: Axes, top: float, height: float, texts: Mapping[str, str], verdict_at: float
) -> None:
    style: dict[str, Any] = {"va": "top", "linespacing": 1.1}
    axes.text(-0.08, top + 0.05, texts["name"], ha="right", fontsize=7.5, **style)
    axes.text(verdict_at, top + 0.055, texts["verdict"], ha="left", fontsize=7, **style)
    if texts["items"]:
        low = top + height - 0.05
        axes.text(0.02, low, texts["items"], ha="left", va="bottom", fontsize=6.8, linespacing=1.1)


def _note(table: pd.DataFrame, wording: Wording) -> str:
    climbed = table[table["cfi"].notna()]
    languages = list(dict.fromkeys(climbed["languages"].str.replace(";", ", ")))
    limits = wording.limits
    return note_text(
        [
            wording.people(table["n"]),
            wording.say("invariance_note", languages=" / ".join(languages)) if languages else "",
            wording.say("invariance_limit", limit=wording.number(limits["invariance.delta_cfi"], 3))
            if "invariance.delta_cfi" in limits
            else "",
            wording.say(
                "invariance_least", least=wording.number(limits["invariance.least_group"], 0)
            )
            if "invariance.least_group" in limits
            else "",
            wording.say("hidden_rows", minimum=wording.minimum) if table["n"].isna().any() else "",
        ]
    )


def _alt(ladders: Mapping[str, pd.DataFrame], wording: Wording) -> str:
    verdicts = [_verdict(rows) for rows in ladders.values()]
    counts = {each: verdicts.count(each) for each in ("full", "partial", "none")}
    return wording.say("invariance_alt", count=len(verdicts), **counts)
