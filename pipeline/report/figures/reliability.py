"""A forest of reliability: alpha and omega of every scale, with their intervals and the plan's limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pipeline.report.drawing import Drawing
from pipeline.report.figures.forest import draw_limits, in_pages, known_limits
from pipeline.report.style import (
    ACCENT,
    DOUBLE_COLUMN,
    NEGATIVE,
    add_heading,
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

LEFT, RIGHT, HEAD = 2.5, 2.3, 0.42
WIDTH = DOUBLE_COLUMN - LEFT - RIGHT
HIGHEST = 7.2
LIMITS = ("reliability.groups_only", "reliability.use")
DRAWN = {
    "alpha": ("o", "white", NEGATIVE[0], -0.045),
    "omega_total": ("s", ACCENT, ACCENT, 0.045),
    "spearman_brown": ("D", ACCENT, ACCENT, 0.045),
}
"""Of each coefficient: its marker, what fills it, its colour, by how many inches it is set lower."""
JUDGED = ["omega_total", "spearman_brown"]
COLUMNS = {"alpha": 1 + 0.38 / WIDTH, "omega": 1 + 0.7 / WIDTH, "n": 1 + 1.17 / WIDTH}
VERDICT = 1 + 1.27 / WIDTH


def split_reliability(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the coefficients of everyone, some scales at a time; scales made of scales are left out."""
    drawn = table[(table["group"] == "all") & table["statistic"].isin(DRAWN)]
    scales = drawn.loc[drawn["statistic"] == "alpha", "scale"]
    heights = {scale: _height(_name(scale, wording)) for scale in scales}
    if not heights:
        return
    for suffix, names in in_pages(heights, HIGHEST):
        yield f"reliability{suffix}", drawn[drawn["scale"].isin(names)]


def draw_reliability(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw alpha and omega of some scales, one below the other.

    Parameters
    ----------
    table : rows of `reliability.csv` for one group: `alpha`, `omega_total`; `spearman_brown` of two items.

    Returns
    -------
    A figure with a row a scale: a hollow dot for alpha, a square for omega (a diamond for Spearman and
    Brown's coefficient of two items), lines for their intervals; beside it both numbers, n of those who
    answered the whole scale, and what the scale may be used for by the plan.
    """
    title = wording.say("reliability_title")
    simulated = wording.say("simulated") if wording.simulated else ""
    if not table["estimate"].notna().any():
        note = wording.say("all_hidden" if len(table) else "nothing", minimum=wording.minimum)
        return Drawing(empty_figure(title, note, simulated=simulated), title, note)
    scales = list(dict.fromkeys(table["scale"]))
    names = [_name(scale, wording) for scale in scales]
    heights = np.array([_height(name) for name in names])
    note = _note(table, wording)
    top = title_height(title, simulated=simulated)
    figure, axes = new_figure(
        heights.sum(), left=LEFT, right=RIGHT, top=top + HEAD, bottom=0.32 + note_height(note)
    )
    middle = dict(zip(scales, np.cumsum(heights) - heights / 2, strict=True))
    for statistic in DRAWN:
        _draw_coefficient(axes, table[table["statistic"] == statistic], statistic, middle, wording)
    draw_limits(axes, known_limits(LIMITS, wording), wording)
    _set_axes(axes, table, heights.sum(), wording)
    _draw_texts(axes, table, names, middle, wording)
    figure.legend(
        *axes.get_legend_handles_labels(),
        ncols=3,
        loc="upper left",
        bbox_to_anchor=(0, 1 - top / figure.get_figheight()),
        borderpad=0,
    )
    add_title(figure, title, simulated=simulated)
    add_note(figure, note)
    return Drawing(figure, title, _alt(table, wording))


def _name(scale: str, wording: Wording) -> str:
    return wrap(wording.label("scale", scale), LEFT - 0.2, 7.5)


def _height(name: str) -> float:
    return 0.1 + 0.125 * lines(name)


def _draw_coefficient(
    axes: Axes, rows: pd.DataFrame, statistic: str, middle: dict[str, float], wording: Wording
) -> None:
    marker, face, colour, lower = DRAWN[statistic]
    rows = rows[rows["estimate"].notna()]
    if rows.empty:
        return
    y = rows["scale"].map(middle).to_numpy(dtype=float) + lower
    axes.hlines(y, rows["conf_low"], rows["conf_high"], color=colour, linewidth=1.1, zorder=2)
    axes.plot(
        rows["estimate"],
        y,
        marker,
        color=colour,
        markerfacecolor=face,
        markersize=4,
        linestyle="none",
        label=wording.say(f"statistic_{statistic}"),
        zorder=3,
    )


def _set_axes(axes: Axes, table: pd.DataFrame, height: float, wording: Wording) -> None:
    lowest = np.nanmin(table[["estimate", "conf_low"]].to_numpy(dtype=float))
    limits = known_limits(LIMITS, wording)
    axes.set_xlim(min([0.45, np.floor(lowest * 20) / 20, *limits]), 1)
    axes.set_ylim(height, 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    number_ticks(axes, wording)


def _draw_texts(
    axes: Axes, table: pd.DataFrame, names: list[str], middle: dict[str, float], wording: Wording
) -> None:
    cells = table.set_index(["scale", "statistic"])
    transform = axes.get_yaxis_transform()
    for name, (scale, y) in zip(names, middle.items(), strict=True):
        axes.text(-0.03, y, name, ha="right", va="center", fontsize=7.5, transform=transform)
        told = cells.loc[scale]
        judged = told[told.index.isin(JUDGED)]
        verdict = judged["verdict"].iloc[0] if len(judged) else None
        shown = {
            "alpha": _number(told["estimate"].get("alpha"), 2, wording),
            "omega": _number(judged["estimate"].iloc[0] if len(judged) else None, 2, wording),
            "n": _number(told["n"].get("alpha"), 0, wording),
        }
        for column, text in shown.items():
            axes.text(
                COLUMNS[column], y, text, ha="right", va="center", fontsize=7, transform=transform
            )
        if isinstance(verdict, str):
            axes.text(
                VERDICT,
                y,
                wording.say(f"use_{verdict}"),
                ha="left",
                va="center",
                fontsize=7,
                transform=transform,
                fontweight="normal" if verdict == "score" else "bold",
            )
    add_heading(axes, COLUMNS["alpha"], "\N{GREEK SMALL LETTER ALPHA}", "right")
    add_heading(axes, COLUMNS["omega"], "\N{GREEK SMALL LETTER OMEGA}", "right")
    add_heading(axes, COLUMNS["n"], wording.say("n"), "right")
    add_heading(axes, VERDICT, wording.say("use"), "left")


def _number(value: Any, digits: int, wording: Wording) -> str:
    return "\N{EN DASH}" if pd.isna(value) else wording.number(float(value), digits)


def _note(table: pd.DataFrame, wording: Wording) -> str:
    levels = table["conf_level"].dropna()
    return note_text(
        [
            wording.say("reliability_note", level=wording.percent(float(levels.iloc[0])))
            if len(levels)
            else "",
            wording.say("reliability_n"),
            wording.say("reliability_limits", **_limits(wording)) if _limits(wording) else "",
            wording.say("hidden_rows", minimum=wording.minimum) if table["n"].isna().any() else "",
        ]
    )


def _limits(wording: Wording) -> dict[str, str]:
    named = {name.partition(".")[2]: wording.limits.get(name) for name in LIMITS}
    if None in named.values():
        return {}
    return {name: wording.number(float(value or 0), 2) for name, value in named.items()}


def _alt(table: pd.DataFrame, wording: Wording) -> str:
    judged = table[table["statistic"].isin(JUDGED) & table["estimate"].notna()]
    shown = judged if len(judged) else table[table["estimate"].notna()]
    lowest = shown.iloc[int(shown["estimate"].argmin())]
    return wording.say(
        "reliability_alt",
        count=table["scale"].nunique(),
        lowest=wording.number(lowest["estimate"], 2),
        scale=wording.label("scale", lowest["scale"]),
    )
