"""The map of importance and performance, with how probable each quadrant is (Martilla & James 1977)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pipeline.report.drawing import Drawing
from pipeline.report.figures.label_places import label_places
from pipeline.report.style import (
    ACCENT,
    DOUBLE_COLUMN,
    INK,
    MUTED,
    NEGATIVE,
    add_note,
    add_title,
    empty_figure,
    lines,
    new_figure,
    note_height,
    note_text,
    number_ticks,
    title_height,
    wrap,
)
from pipeline.report.wording import Wording

SIDE, LEFT, LIST, LINE_HEIGHT = 3.4, 0.63, 2.95, 0.155
NAME = LIST - 0.97
BORDER = "#8c8c8c"
QUADRANTS = ("concentrate", "keep_up", "low_priority", "overkill")
COLOURS = dict(zip(QUADRANTS, (NEGATIVE[0], ACCENT, "#6a6a6a", "#7a5c9e"), strict=True))
MARKS = dict(zip(QUADRANTS, ("^", "o", "v", "s"), strict=True))


def with_ratings(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the quadrants of `priorities.csv` with both means of each target, from `gaps.csv`."""
    priorities, gaps = tables["priorities"], tables["gaps"]
    quadrants = priorities[priorities["method"] == "ipa"]
    keys = ["target", "level", "group"]
    means = gaps[[*keys, "current", "desired"]]
    return quadrants.merge(means, on=keys, how="left", validate="many_to_one")


def split_priorities(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the quadrants of everyone by the plan's main lines, items page by page, three or more."""
    mine = table[(table["group"] == "all") & (table["crosshair"] == "grand_means")]
    for section in wording.names("section"):
        rows = mine[mine["target"].isin(set(wording.names("item", section)))]
        if len(rows) > 2:
            yield f"priorities-{section}", rows


def draw_priorities(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw targets by how it is (across) and how it should be (up), in four quadrants.

    Parameters
    ----------
    table : rows of one crosshair and group as `with_ratings` returns them. A target without a quadrant is
        on the border: grey. Beside the map stand names and the probability of the likeliest quadrant.
    """
    title = wording.say("priorities_title")
    simulated = wording.say("simulated") if wording.simulated else ""
    shown = table[table["current"].notna() & table["p_keep_up"].notna()].reset_index(drop=True)
    if shown.empty:
        note = wording.say("all_hidden" if len(table) else "nothing", minimum=wording.minimum)
        return Drawing(empty_figure(title, note, simulated=simulated), title, note)
    note = _note(table, shown, wording)
    names = [wrap(_name(str(each), wording), NAME, 7) for each in shown["target"]]
    height = max(SIDE, sum(map(_row_height, names)) + 0.1)
    figure, axes = new_figure(
        height,
        left=LEFT,
        right=DOUBLE_COLUMN - LEFT - SIDE,
        top=title_height(title, simulated=simulated) + 0.1,
        bottom=0.78 + note_height(note),
    )
    _draw_map(axes, shown, height, wording)
    _draw_list(axes, shown, names, height, wording)
    figure.legend(
        handles=_legend(wording),
        ncols=5,
        loc="lower center",
        bbox_to_anchor=(0.5, (note_height(note) + 0.04) / figure.get_figheight()),
        columnspacing=1.0,
        handletextpad=0.2,
    )
    add_title(figure, title, simulated=simulated)
    add_note(figure, note)
    sure = [
        wording.say(f"quadrant_{each}") for each in QUADRANTS if (shown["quadrant"] == each).any()
    ]
    alt = wording.say(
        "priorities_alt",
        count=len(shown),
        border=int((~shown["quadrant"].isin(QUADRANTS)).sum()),
        quadrants=", ".join(sure) or "\N{EM DASH}",
    )
    return Drawing(figure, title, alt)


def _note(table: pd.DataFrame, shown: pd.DataFrame, wording: Wording) -> str:
    low, high = (wording.number(each, 0) for each in (shown["n"].min(), shown["n"].max()))
    return note_text(
        [
            f"n = {low}." if low == high else f"n = {low}\N{EN DASH}{high}.",
            wording.say("priorities_note"),
            wording.say("weighted") if wording.weighted else "",
            wording.say("hidden_rows", minimum=wording.minimum) if len(shown) < len(table) else "",
        ]
    )


def _look(quadrant: object) -> tuple[str, str]:
    """Return colour and mark of a quadrant; those on the border are grey diamonds."""
    name = str(quadrant)
    return COLOURS.get(name, BORDER), MARKS.get(name, "D")


def _draw_map(axes: Axes, shown: pd.DataFrame, height: float, wording: Wording) -> None:
    x, y = (shown[name].to_numpy(dtype=float) for name in ("current", "desired"))
    middle = (x.mean(), y.mean())
    for values, limit in ((x, axes.set_xlim), (y, axes.set_ylim)):
        room = 0.12 * max(float(np.ptp(values)), 0.2)
        limit(values.min() - room, values.max() + room)
    for place, draw in zip(middle, (axes.axvline, axes.axhline), strict=True):
        draw(place, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    for number, (across, up, quadrant) in enumerate(zip(x, y, shown["quadrant"], strict=True), 1):
        colour, mark = _look(quadrant)
        hollow = quadrant not in COLOURS
        axes.plot(
            across,
            up,
            mark,
            color=colour,
            markerfacecolor="white" if hollow else colour,
            markersize=5,
            zorder=3,
            gid=f"point{number}",
        )
    _draw_numbers(axes, x, y, height)
    number_ticks(axes, wording)
    number_ticks(axes, wording, "y")
    axes.set_xlabel(wording.say("current"))
    axes.set_ylabel(wording.say("desired"))


def _draw_numbers(axes: Axes, x: np.ndarray, y: np.ndarray, height: float) -> None:
    """Number the points, each beside its own."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    across, up = SIDE / (right - left), height / (top - bottom)
    places = label_places((x - left) * across, (y - bottom) * up, 0.15, 0.115)
    places = np.clip(places, [0.09, 0.08], [SIDE - 0.09, height - 0.08])
    for number, (place, point) in enumerate(zip(places, zip(x, y, strict=True), strict=True), 1):
        at = (left + place[0] / across, bottom + place[1] / up)
        far = np.hypot(*(place - [(point[0] - left) * across, (point[1] - bottom) * up])) > 0.17
        if far:
            axes.plot(*zip(at, point, strict=True), color="#bbbbbb", linewidth=0.5, zorder=0)
        axes.text(*at, str(number), ha="center", va="center", fontsize=6.5, color=INK, zorder=4)


def _name(target: str, wording: Wording) -> str:
    """Return a statement's short name: that of its play, where it has one."""
    play = wording.label("play", target)
    return play if play != target else wording.label("item", target)


def _row_height(name: str) -> float:
    return LINE_HEIGHT + 0.115 * (lines(name) - 1)


def _draw_list(
    axes: Axes, shown: pd.DataFrame, names: list[str], height: float, wording: Wording
) -> None:
    right, top = 1 + (LIST + 0.04) / SIDE, height
    for k, (row, name) in enumerate(zip(shown.to_dict("records"), names, strict=True), 1):
        y = (top - _row_height(name) / 2) / height
        top -= _row_height(name)
        best = max(float(row[f"p_{each}"]) for each in QUADRANTS)
        colour, mark = _look(row["quadrant"])
        axes.plot(
            1.06,
            y,
            mark,
            color=colour,
            markerfacecolor=colour if row["quadrant"] in COLOURS else "white",
            markersize=4,
            transform=axes.transAxes,
            clip_on=False,
        )
        style: dict[str, Any] = {"va": "center", "fontsize": 7, "transform": axes.transAxes}
        axes.text(1.155, y, str(k), ha="right", **style)
        axes.text(1.175, y, name, ha="left", linespacing=1.1, **style)
        axes.text(right, y, wording.percent(best), ha="right", **style)


def _legend(wording: Wording) -> list[Any]:
    from matplotlib.lines import Line2D

    entries: list[Any] = []
    for name in (*QUADRANTS, "border"):
        colour, mark = _look(name)
        face = "white" if name == "border" else colour
        label = wording.say(f"quadrant_{name}")
        entries.append(
            Line2D(
                [], [], linestyle="", marker=mark, color=colour, markerfacecolor=face, label=label
            )
        )
    return entries
