"""Gaps of organisations on principles as a table of shades, organisations as they are listed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from pipeline.report.drawing import Drawing
from pipeline.report.style import (
    DOUBLE_COLUMN,
    INK,
    add_note,
    add_title,
    empty_figure,
    lines,
    new_figure,
    note_height,
    note_text,
    shortened,
    title_height,
    wrap,
)
from pipeline.report.wording import Wording

LEFT, RIGHT, ROW = 3.1, 0.6, 0.155


def split_heatmap(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the gaps of organisations on the principles, one figure a level of organisations."""
    mine = table[table["target"].isin(wording.names("principle")) & ~table["residual"].astype(bool)]
    for level, rows in mine.groupby("organisation_level", sort=False):
        yield f"gap-heatmap-{level}", rows


def draw_heatmap(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw the shrunken gap of each organisation on each principle: the darker, the larger.

    Parameters
    ----------
    table : rows of `organisation_gaps.csv` on principles, at one level. Hidden cells are hatched; the
        right column counts people with both ratings of the principle with the fewest.
    """
    title = wording.say("heatmap_title")
    simulated = wording.say("simulated") if wording.simulated else ""
    if not table["eb_mean"].notna().any():
        note = wording.say("all_hidden" if len(table) else "nothing", minimum=wording.minimum)
        return Drawing(empty_figure(title, note, simulated=simulated), title, note)
    order = list(dict.fromkeys(table["organisation"]))
    columns = [each for each in wording.names("principle") if each in set(table["target"])]
    values = table.pivot(index="organisation", columns="target", values="eb_mean")
    people = table.pivot(index="organisation", columns="target", values="n").astype(float)
    cells = values.loc[order, columns].to_numpy(dtype=float)
    width = (DOUBLE_COLUMN - LEFT - RIGHT) / len(columns)
    heads = [wrap(wording.label("principle", each), width - 0.08, 7) for each in columns]
    note = _note(cells, table, wording)
    figure, axes = new_figure(
        ROW * len(order),
        left=LEFT,
        right=RIGHT,
        top=title_height(title, simulated=simulated) + 0.12 * max(map(lines, heads)) + 0.1,
        bottom=0.1 + note_height(note),
    )
    _draw_cells(axes, cells, wording)
    _draw_names(axes, order, heads, people.loc[order, columns].min(axis=1, skipna=False), wording)
    add_title(figure, title, simulated=simulated)
    add_note(figure, note)
    alt = wording.say(
        "heatmap_alt",
        rows=len(order),
        columns=len(columns),
        low=wording.number(np.nanmin(cells), 2),
        high=wording.number(np.nanmax(cells), 2),
    )
    return Drawing(figure, title, alt)


def _note(cells: np.ndarray, table: pd.DataFrame, wording: Wording) -> str:
    hidden = np.isnan(cells).any()
    people = table.groupby("organisation")["n"].max().sum()
    return note_text(
        [
            f"n = {wording.number(people, 0)}.",
            wording.say("heatmap_note"),
            wording.say("heatmap_hidden", minimum=wording.minimum) if hidden else "",
        ]
    )


def _draw_cells(axes: Axes, cells: np.ndarray, wording: Wording) -> None:
    low, high = np.nanmin(cells), np.nanmax(cells)
    shown = np.ma.masked_invalid(cells)
    axes.imshow(
        shown, cmap="Blues", vmin=low - 0.05, vmax=high + 0.25 * (high - low) + 0.1, aspect="auto"
    )
    for (row, column), value in np.ndenumerate(cells):
        if np.isnan(value):
            corner = (column - 0.5, row - 0.5)
            style: dict[str, Any] = {"hatch": "////", "edgecolor": "#b8b8b8", "linewidth": 0.0}
            axes.add_patch(Rectangle(corner, 1, 1, fill=False, **style))
            continue
        dark = value > low + 0.72 * (high - low)
        text = wording.number(value, 2)
        axes.text(
            column,
            row,
            text,
            ha="center",
            va="center",
            fontsize=6.5,
            color="white" if dark else INK,
        )
    axes.set_yticks(np.arange(len(cells) + 1) - 0.5, minor=True)
    axes.set_xticks(np.arange(cells.shape[1] + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=0.8)
    axes.tick_params(which="both", length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _draw_names(
    axes: Axes, order: list[str], heads: list[str], people: pd.Series, wording: Wording
) -> None:
    names = [shortened(wording.label("organisation", code), LEFT - 0.2, 7) for code in order]
    axes.set_yticks(range(len(order)), names, fontsize=7)
    axes.set_xticks([])
    for column, head in enumerate(heads):
        axes.annotate(
            head,
            (column, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=7,
        )
    transform = axes.get_yaxis_transform()
    right = 1 + (RIGHT - 0.06) / (DOUBLE_COLUMN - LEFT - RIGHT)
    for row, n in enumerate(people):
        text = "\N{EM DASH}" if pd.isna(n) else wording.number(n, 0)
        axes.text(right, row, text, ha="right", va="center", fontsize=7, transform=transform)
    axes.annotate(
        wording.say("n"),
        (right, 1),
        xycoords="axes fraction",
        xytext=(0, 3),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=7,
    )
