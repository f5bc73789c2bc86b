"""How weights are distributed: how far some people count for more than others."""

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

USED = ("final", "given")


def split_weights(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the whole table."""
    if len(table):
        yield "weights", table


def draw_weights(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw how many respondents have weights of which size, and above it as steps the design weights.

    Parameters
    ----------
    table : `weight_distribution.csv`. Intervals of too few people stay empty. The last one, which has no
        end, is drawn like the others.
    """
    title = wording.say("weights_title")
    simulated = wording.say("simulated") if wording.simulated else ""
    used = table[table["weights"].isin(USED)]
    if not used["percent"].notna().any():
        note = wording.say("all_hidden" if len(table) else "nothing", minimum=wording.minimum)
        return Drawing(empty_figure(title, note, simulated=simulated), title, note)
    n, effective = (
        wording.number(each, 0) for each in (used["n"].sum(), used["effective_n"].max())
    )
    hidden = bool(used["n"].isna().any())
    equals = "\N{GREATER-THAN OR EQUAL TO}" if hidden else "="
    note = note_text(
        [
            wording.say("weights_note", n=f"n {equals} {n}", effective=effective),
            wording.say("weights_hidden", minimum=wording.minimum) if hidden else "",
        ]
    )
    figure, axes = new_figure(
        2.4,
        left=0.75,
        right=0.25,
        top=title_height(title, simulated=simulated) + 0.1,
        bottom=0.45 + note_height(note),
    )
    _draw_bins(axes, table, used, wording)
    add_title(figure, title, simulated=simulated)
    add_note(figure, note)
    return Drawing(figure, title, wording.say("weights_alt", n=n, effective=effective))


def _draw_bins(axes: Axes, table: pd.DataFrame, used: pd.DataFrame, wording: Wording) -> None:
    width = float(used["high"].iloc[0] - used["low"].iloc[0])
    low = used["low"].to_numpy(dtype=float)
    percent = used["percent"].fillna(0).to_numpy(dtype=float)
    axes.bar(
        low,
        percent,
        width=width,
        align="edge",
        color=ACCENT,
        edgecolor="white",
        linewidth=0.5,
        label=wording.say("weights_used"),
    )
    design = table[table["weights"] == "design"]
    if len(design):
        steps = design["percent"].fillna(0).to_numpy(dtype=float)
        edges = np.append(design["low"].to_numpy(dtype=float), float(low[-1] + width))
        axes.stairs(steps, edges, color=INK, linewidth=1, label=wording.say("weights_design"))
    axes.axvline(1, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
    last = table.loc[table["percent"].fillna(0) > 0, "low"].max()
    axes.set_xlim(0, max(float(last) + width, 2))
    number_ticks(axes, wording)
    axes.yaxis.set_major_formatter(lambda value, _: wording.number(value, 0))
    axes.set_xlabel(wording.say("weights_axis"))
    axes.set_ylabel(wording.say("weights_share"))
    axes.legend(loc="upper right")
