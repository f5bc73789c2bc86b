"""The power curve: how often an effect is found, by people and organisations."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pipeline.report.drawing import Drawing
from pipeline.report.style import (
    ACCENT,
    INK,
    MUTED,
    NEGATIVE,
    add_note,
    add_title,
    empty_figure,
    new_figure,
    note_height,
    note_text,
    number_ticks,
    title_height,
)
from pipeline.report.wording import Wording

USUAL = 80
LINES = ((ACCENT, "-", "o"), (NEGATIVE[0], "--", "s"), (INK, ":", "^"), (MUTED, "-.", "D"))


def split_power(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the rows of each hypothesis."""
    for hypothesis, rows in table.groupby("hypothesis", sort=False):
        yield f"power-{hypothesis}", rows


def draw_power(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw power over the people in the model, a line for each number of organisations.

    Parameters
    ----------
    table : `power.csv` of one hypothesis. Bars are 95 % intervals of the simulation.
    """
    known = table[table["power"].notna() & table["n"].notna()]
    name = str(table["hypothesis"].iloc[0]) if len(table) else ""
    simulated = wording.say("simulated") if wording.simulated else ""
    title = wording.say("power_title", hypothesis=name)
    if known.empty:
        note = wording.say("nothing")
        return Drawing(empty_figure(title, note, simulated=simulated), title, note)
    draws = wording.number(known["draws"].min(), 0)
    people = wording.people(known["n"].round())
    note = note_text([people, wording.say("power_note", draws=draws, usual=USUAL)])
    figure, axes = new_figure(
        2.4,
        left=0.65,
        right=1.45,
        top=title_height(title, simulated=simulated) + 0.1,
        bottom=0.5 + note_height(note),
    )
    _draw_lines(axes, known, wording)
    add_title(figure, title, simulated=simulated)
    add_note(figure, note)
    low, high = (
        wording.number(100 * each, 0) for each in (known["power"].min(), known["power"].max())
    )
    return Drawing(figure, title, wording.say("power_alt", hypothesis=name, low=low, high=high))


def _draw_lines(axes: Axes, table: pd.DataFrame, wording: Wording) -> None:
    axes.axhline(USUAL, color=MUTED, linewidth=0.8, linestyle=(0, (1, 2)))
    ends = []
    for k, (organisations, rows) in enumerate(table.groupby("organisations")):
        ordered = rows.sort_values("n")
        x, y = ordered["n"].to_numpy(float), 100 * ordered["power"].to_numpy(float)
        bar = 196 * ordered["monte_carlo_error"].to_numpy(float)
        color, line, marker = LINES[k % len(LINES)]
        limits = np.array([np.minimum(bar, y), np.minimum(bar, 100 - y)])
        axes.errorbar(
            x,
            y,
            yerr=limits,
            color=color,
            linestyle=line,
            marker=marker,
            markersize=3.5,
            linewidth=1.2,
            elinewidth=0.8,
        )
        ends.append((y[-1], x[-1], wording.say("power_line", count=organisations), color))
    axes.set_ylim(0, 103)
    axes.set_xlim(0, 1.04 * float(table["n"].max()))
    _name_lines(axes, ends)
    axes.grid(axis="y", linewidth=0.4, color="#dddddd")
    axes.set_axisbelow(True)
    number_ticks(axes, wording)
    axes.set_xlabel(wording.say("power_respondents"))
    axes.set_ylabel(wording.say("power_axis"))


def _name_lines(axes: Axes, ends: list[tuple[float, float, str, str]]) -> None:
    """Write each line's name beside its end, far enough apart to be read."""
    apart, above = 7.0, 200.0
    for y, x, text, color in sorted(ends, reverse=True):
        place = min(y, above - apart)
        above = place
        axes.annotate(
            text,
            (x, y),
            (1.02, place),
            xycoords="data",
            textcoords=axes.get_yaxis_transform(),
            fontsize=7.5,
            color=color,
            va="center",
        )
