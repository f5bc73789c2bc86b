"""Scree plots with parallel analysis: a small panel a scale."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pipeline.report.drawing import Drawing
from pipeline.report.style import (
    ACCENT,
    DOUBLE_COLUMN,
    NEGATIVE,
    add_note,
    add_title,
    empty_figure,
    note_height,
    note_text,
    title_height,
    wrap,
)
from pipeline.report.wording import Wording

ACROSS, MOST = 4, 16
LEFT, BETWEEN, RIGHT = 0.4, 0.3, 0.1
PANEL, BELOW, LEGEND = 0.95, 0.22, 0.24
WIDTH = (DOUBLE_COLUMN - LEFT - RIGHT - (ACROSS - 1) * BETWEEN) / ACROSS
SIZE = 6.8
MOST_NUMBERED = 8


def split_scree(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the components of some scales at a time, pages of like size in whole rows of panels."""
    scales = list(dict.fromkeys(table["scale"]))
    pages = ceil(len(scales) / MOST)
    size = ceil(ceil(len(scales) / max(pages, 1)) / ACROSS) * ACROSS
    for page in range(pages):
        names = scales[page * size : (page + 1) * size]
        if names:
            suffix = f"-part{page + 1}" if pages > 1 else ""
            yield f"scree{suffix}", table[table["scale"].isin(names)]


def draw_scree(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw the eigenvalues of each scale's correlations, and what chance makes of them.

    Parameters
    ----------
    table : rows of `scree.csv`.

    Returns
    -------
    A panel a scale: filled dots are components that exceed chance (the dashed line), hollow ones do not.
    All panels have the same height of one.
    """
    title = wording.say("scree_title")
    simulated = wording.say("simulated") if wording.simulated else ""
    if not table["component"].notna().any():
        note = wording.say("all_hidden" if len(table) else "nothing", minimum=wording.minimum)
        return Drawing(empty_figure(title, note, simulated=simulated), title, note)
    scales = {str(name): rows for name, rows in table.groupby("scale", sort=False)}
    titles = [_panel_title(name, rows, wording) for name, rows in scales.items()]
    note = _note(table, wording)
    head = 0.06 + 0.12 * max(text.count("\n") + 1 for text in titles)
    rows_of_panels = ceil(len(scales) / ACROSS)
    top = title_height(title, simulated=simulated) + LEGEND
    bottom = 0.2 + note_height(note)
    height = top + rows_of_panels * (head + PANEL + BELOW) + bottom
    figure = Figure(figsize=(DOUBLE_COLUMN, height))
    highest = float(np.nanmax(table[["component", "component_chance"]].to_numpy(dtype=float)))
    for place, (rows, text) in enumerate(zip(scales.values(), titles, strict=True)):
        row, column = divmod(place, ACROSS)
        low = height - top - row * (head + PANEL + BELOW) - head - PANEL
        left = LEFT + column * (WIDTH + BETWEEN)
        box = (left / DOUBLE_COLUMN, low / height, WIDTH / DOUBLE_COLUMN, PANEL / height)
        axes = figure.add_axes(box)
        axes.set_ylim(0, highest * 1.08)
        _draw_panel(axes, rows, wording)
        figure.text(
            left / DOUBLE_COLUMN,
            (low + PANEL + head - 0.03) / height,
            text,
            ha="left",
            va="top",
            fontsize=SIZE,
            linespacing=1.1,
        )
    figure.text(
        0.5, bottom / height - 0.14 / height, wording.say("scree_axis"), ha="center", va="center"
    )
    figure.legend(
        handles=_legend(wording),
        ncols=3,
        loc="upper left",
        bbox_to_anchor=(0, 1 - title_height(title, simulated=simulated) / height),
        borderpad=0,
    )
    add_title(figure, title, simulated=simulated)
    add_note(figure, note)
    return Drawing(figure, title, _alt(table, wording))


def _panel_title(name: str, rows: pd.DataFrame, wording: Wording) -> str:
    """Return the scale's name and n, in lines as wide as a panel."""
    known = rows["n"].dropna()
    n = wording.number(known.iloc[0], 0) if len(known) else f"< {wording.minimum}"
    people = f"{wording.say('n')} = {n}".replace(" ", "\N{NO-BREAK SPACE}")
    return wrap(f"{wording.label('scale', name)}, {people}", WIDTH + RIGHT / 2, SIZE)


def _draw_panel(axes: Axes, rows: pd.DataFrame, wording: Wording) -> None:
    number = rows["number"].to_numpy(dtype=int)
    component = rows["component"].to_numpy(dtype=float)
    above = rows["suggested"].fillna(False).to_numpy(dtype=bool)
    axes.plot(number, component, color=ACCENT, linewidth=1, zorder=2)
    axes.plot(
        number,
        rows["component_chance"],
        color=NEGATIVE[0],
        linewidth=1,
        linestyle=(0, (3, 2)),
        zorder=2,
    )
    for at, face in ((above, ACCENT), (~above, "white")):
        axes.plot(
            number[at],
            component[at],
            "o",
            color=ACCENT,
            markerfacecolor=face,
            markersize=3.6,
            markeredgewidth=0.9,
            zorder=3,
        )
    axes.set_xlim(0.5, number.max() + 0.5)
    step = ceil(number.max() / MOST_NUMBERED)
    axes.set_xticks(range(1, number.max() + 1, step))
    ticks = np.arange(0, axes.get_ylim()[1], ceil(axes.get_ylim()[1] / 4))
    axes.set_yticks(ticks, [wording.number(each, 0) for each in ticks])
    axes.tick_params(labelsize=6.5, length=2, pad=1.5)


def _legend(wording: Wording) -> list[Line2D]:
    dot: dict[str, Any] = {"marker": "o", "color": ACCENT, "markersize": 3.6, "linewidth": 1}
    return [
        Line2D([], [], label=wording.say("scree_above"), **dot),
        Line2D([], [], label=wording.say("scree_below"), markerfacecolor="white", **dot),
        Line2D(
            [],
            [],
            label=wording.say("scree_chance"),
            color=NEGATIVE[0],
            linewidth=1,
            linestyle=(0, (3, 2)),
        ),
    ]


def _note(table: pd.DataFrame, wording: Wording) -> str:
    hidden = table["component"].isna().any()
    return note_text(
        [
            wording.say("scree_note"),
            wording.say("hidden_rows", minimum=wording.minimum) if hidden else "",
        ]
    )


def _alt(table: pd.DataFrame, wording: Wording) -> str:
    above = table["suggested"].fillna(False).astype(bool)
    factors = above.groupby(table["scale"], sort=False).sum()
    return wording.say("scree_alt", count=len(factors), one=int((factors == 1).sum()))
