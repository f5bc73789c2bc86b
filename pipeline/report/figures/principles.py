"""Principles as aligned dots: how it is and how it should be, of each and of its statements.

Aligned dots are read more exactly than the areas and angles of a radar (Cleveland & McGill 1984).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pipeline.report.drawing import Drawing
from pipeline.report.style import (
    ACCENT,
    NEGATIVE,
    add_heading,
    add_note,
    add_title,
    empty_figure,
    lines,
    new_figure,
    note_height,
    note_text,
    title_height,
    whole_axis,
    wrap,
)
from pipeline.report.wording import Wording


def split_principles(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the gaps of everyone on all principles and their statements; nothing where there are none."""
    names = wording.names("principle")
    items = [item for name in names for item in wording.names("play", name)]
    mine = table[(table["group"] == "all") & table["target"].isin([*names, *items])]
    if len(mine):
        yield "principles", mine


def draw_principles(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw a row a principle: large dots for its score, small ones for its statements.

    Parameters
    ----------
    table : rows of `gaps.csv` for everyone, principles (scales) and their items.
    """
    title = wording.say("principles_title")
    simulated = wording.say("simulated") if wording.simulated else ""
    scales = table[table["target"].isin(wording.names("principle")) & table["estimate"].notna()]
    if scales.empty:
        note = wording.say("all_hidden" if len(table) else "nothing", minimum=wording.minimum)
        return Drawing(empty_figure(title, note, simulated=simulated), title, note)
    names = [wrap(wording.label("principle", each), 2.3, 8) for each in scales["target"]]
    heights = [max(0.46, 0.14 * lines(name) + 0.18) for name in names]
    note = _note(scales, table, wording)
    figure, axes = new_figure(
        sum(heights),
        left=2.55,
        right=0.85,
        top=title_height(title, simulated=simulated) + 0.5,
        bottom=0.45 + note_height(note),
    )
    y = np.cumsum(heights) - np.array(heights) / 2
    for place, name, row in zip(y, names, scales.to_dict("records"), strict=True):
        items = table[table["target"].isin(wording.names("play", str(row["target"])))]
        _draw_row(axes, float(place), row, items.dropna(subset=["estimate"]))
        transform = axes.get_yaxis_transform()
        axes.text(-0.03, place, name, ha="right", va="center", fontsize=8, transform=transform)
        gap = wording.number(row["estimate"], 2)
        axes.text(1.16, place, gap, ha="right", va="center", fontsize=8, transform=transform)
    add_heading(axes, 1.16, wording.say("gap"), "right")
    _finish(axes, table, sum(heights), wording)
    top = title_height(title, simulated=simulated) / figure.get_figheight()
    figure.legend(
        handles=_legend(wording), ncols=3, loc="upper center", bbox_to_anchor=(0.5, 1 - top)
    )
    add_title(figure, title, simulated=simulated)
    add_note(figure, note)
    widest = scales.iloc[int(scales["estimate"].argmax())]
    alt = wording.say(
        "principles_alt",
        count=len(scales),
        largest=wording.label("principle", widest["target"]),
        gap=wording.number(widest["estimate"], 2),
    )
    return Drawing(figure, title, alt)


def _note(scales: pd.DataFrame, table: pd.DataFrame, wording: Wording) -> str:
    low, high = (wording.number(each, 0) for each in (scales["n"].min(), scales["n"].max()))
    return note_text(
        [
            f"n = {low}." if low == high else f"n = {low}\N{EN DASH}{high}.",
            wording.say("principles_note"),
            wording.say("weighted") if wording.weighted else "",
            wording.say("hidden_rows", minimum=wording.minimum)
            if table["estimate"].isna().any()
            else "",
        ]
    )


def _draw_row(axes: Axes, y: float, row: dict[Any, Any], items: pd.DataFrame) -> None:
    below = y + 0.13
    axes.plot([row["current"], row["desired"]], [y, y], color="#a9a9a9", linewidth=2, zorder=1)
    axes.plot(items["current"], [below] * len(items), "|", color=NEGATIVE[0], markersize=5)
    axes.plot(items["desired"], [below] * len(items), "|", color=ACCENT, markersize=5)
    axes.plot(row["current"], y, "o", **_dot(False, 7))
    axes.plot(row["desired"], y, "o", **_dot(True, 7))


def _dot(desired: bool, size: float) -> dict[str, Any]:
    colour = ACCENT if desired else NEGATIVE[0]
    face = colour if desired else "white"
    return {"color": colour, "markerfacecolor": face, "markersize": size, "markeredgewidth": 1.4}


def _finish(axes: Axes, table: pd.DataFrame, height: float, wording: Wording) -> None:
    axes.set_ylim(height, 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", linewidth=0.4, color="#dddddd")
    axes.set_axisbelow(True)
    whole_axis(axes, table[["current", "desired"]].to_numpy(dtype=float), wording)
    axes.set_xlabel(wording.say("gaps_axis"))


def _legend(wording: Wording) -> list[Any]:
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], linestyle="", marker="o", label=wording.say("current"), **_dot(False, 6)),
        Line2D([], [], linestyle="", marker="o", label=wording.say("desired"), **_dot(True, 6)),
        Line2D([], [], linestyle="", marker="|", color="#777777", label=wording.say("statements")),
    ]
