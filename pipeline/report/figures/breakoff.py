"""The break-off curve: how many of those who started are still there after each page."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pipeline.report.drawing import Drawing
from pipeline.report.style import (
    ACCENT,
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


def split_breakoff(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the whole table."""
    if len(table):
        yield "break-off", table


def draw_breakoff(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw the share of those who started that submitted each page, page by page downwards.

    Parameters
    ----------
    table : `breakoff.csv`. The axis does not start at zero. Beside each page stands how many left there.
    """
    title = wording.say("breakoff_title")
    simulated = wording.say("simulated") if wording.simulated else ""
    if not table["still_there"].notna().any():
        note = wording.say("all_hidden" if len(table) else "nothing", minimum=wording.minimum)
        return Drawing(empty_figure(title, note, simulated=simulated), title, note)
    names = [
        wrap(f"{page}. {wording.label('section', section)}", 2.7, 7.5)
        for page, section in zip(table["page"], table["section"], strict=True)
    ]
    heights = [0.06 + 0.125 * lines(name) for name in names]
    people = wording.number(table["n"].iloc[0], 0)
    few = table["left"].isna().any()
    note = note_text(
        [
            wording.say("breakoff_note", n=people),
            wording.say("breakoff_few", minimum=wording.minimum) if few else "",
        ]
    )
    figure, axes = new_figure(
        sum(heights),
        left=2.95,
        right=0.9,
        top=title_height(title, simulated=simulated) + 0.25,
        bottom=0.45 + note_height(note),
    )
    _draw_curve(axes, table, names, heights, wording)
    add_title(figure, title, simulated=simulated)
    add_note(figure, note)
    last = float(table["still_there"].iloc[-1])
    alt = wording.say("breakoff_alt", n=people, pages=len(table), share=wording.number(last, 0))
    return Drawing(figure, title, alt)


def _draw_curve(
    axes: Axes, table: pd.DataFrame, names: list[str], heights: list[float], wording: Wording
) -> None:
    y = np.cumsum(heights) - np.array(heights) / 2
    share = table["still_there"].to_numpy(dtype=float)
    axes.plot(share, y, "-o", color=ACCENT, linewidth=1.2, markersize=3)
    low = 10 * np.floor((np.nanmin(share) - 2) / 10)
    axes.set_xlim(max(low, 0), 100.5)
    axes.set_ylim(sum(heights), 0)
    axes.set_yticks(y, names)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", linewidth=0.4, color="#dddddd")
    axes.set_axisbelow(True)
    number_ticks(axes, wording)
    axes.set_xlabel(wording.say("breakoff_axis"))
    transform = axes.get_yaxis_transform()
    for place, left in zip(y, table["left"], strict=True):
        text = "\N{EM DASH}" if pd.isna(left) else wording.number(left, 0)
        axes.text(1.16, place, text, ha="right", va="center", fontsize=7.5, transform=transform)
    add_heading(axes, 1.16, wording.say("breakoff_left"), "right")
