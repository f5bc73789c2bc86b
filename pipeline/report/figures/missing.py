"""What was not answered: by page and kind, and by page and group."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from pipeline.report.drawing import Drawing
from pipeline.report.style import (
    DOUBLE_COLUMN,
    INK,
    NEGATIVE,
    NEUTRAL,
    POSITIVE,
    add_note,
    add_title,
    empty_figure,
    lines,
    new_figure,
    note_height,
    note_text,
    number_ticks,
    shortened,
    title_height,
    wrap,
)
from pipeline.report.wording import Wording

KINDS = {"empty": NEGATIVE[0], "dont_know": POSITIVE[0], "refused": NEUTRAL[0]}
NAMES = 2.35
BARS = 1.45
SPACE = 0.2
HEADING = 1.35
MOST_GROUPS = 14


def split_missing(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the rows of pages; items stay in the table."""
    pages = table[table["level"] == "page"]
    if len(pages):
        yield "missing", pages


def draw_missing(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw, page by page, which kinds of answers are missing, and how many of them in each group.

    Parameters
    ----------
    table : rows of `missing.csv` for pages.

    Returns
    -------
    At the left bars of empty, don't know and refused, in % of the answers asked for on the page; at the
    right the three together, by group, darker where more is missing. Hidden cells are hatched. Not more
    than 14 groups are drawn.
    """
    title = wording.say("missing_title")
    simulated = wording.say("simulated") if wording.simulated else ""
    everyone = table[table["group"] == "all"]
    if not everyone["missing"].notna().any():
        note = wording.say("all_hidden" if len(table) else "nothing", minimum=wording.minimum)
        return Drawing(empty_figure(title, note, simulated=simulated), title, note)
    names = [wrap(wording.label("section", each), NAMES - 0.15, 7.5) for each in everyone["target"]]
    heights = [max(0.2, 0.07 + 0.125 * lines(name)) for name in names]
    note = _note(table, everyone, wording)
    figure, bars = new_figure(
        sum(heights),
        left=NAMES,
        right=DOUBLE_COLUMN - NAMES - BARS,
        top=title_height(title, simulated=simulated) + HEADING,
        bottom=0.62 + note_height(note),
    )
    y = np.cumsum(heights) - np.array(heights) / 2
    _draw_bars(bars, everyone, y, names, wording)
    cells = _beside(figure, bars)
    _draw_cells(cells, table, list(everyone["target"]), heights, wording)
    figure.legend(
        *bars.get_legend_handles_labels(),
        ncols=len(KINDS),
        loc="lower left",
        bbox_to_anchor=(0.005, (note_height(note) + 0.02) / figure.get_figheight()),
        handlelength=1,
        handleheight=0.9,
        columnspacing=1.2,
        borderpad=0,
    )
    add_title(figure, title, simulated=simulated)
    add_note(figure, note)
    most = everyone.iloc[int(everyone["missing"].fillna(-1).argmax())]
    alt = wording.say(
        "missing_alt",
        count=len(everyone),
        page=wording.label("section", most["target"]),
        percent=wording.number(most["missing"], 0),
    )
    return Drawing(figure, title, alt)


def _note(table: pd.DataFrame, everyone: pd.DataFrame, wording: Wording) -> str:
    n = everyone["n"].dropna()
    low, high = (wording.number(each, 0) for each in (n.min(), n.max()))
    shown = f"n = {low}" if low == high else f"n = {low}\N{EN DASH}{high}"
    return note_text(
        [
            wording.say("missing_note", n=shown),
            wording.say("missing_hidden", minimum=wording.minimum)
            if table["missing"].isna().any()
            else "",
        ]
    )


def _draw_bars(
    axes: Axes, everyone: pd.DataFrame, y: np.ndarray, names: list[str], wording: Wording
) -> None:
    start = np.zeros(len(everyone))
    for kind, colour in KINDS.items():
        width = everyone[kind].fillna(0).to_numpy(dtype=float)
        if not width.any():
            continue
        axes.barh(
            y, width, left=start, height=0.11, color=colour, label=wording.say(f"missing_{kind}")
        )
        start += width
    axes.set_yticks(y, names)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(y[-1] + (y[-1] - y[-2]) / 2 if len(y) > 1 else 2 * y[-1], 0)
    axes.spines["left"].set_visible(False)
    number_ticks(axes, wording)
    axes.set_xlabel(wording.say("missing_axis"))


def _beside(figure: Figure, bars: Axes) -> Axes:
    """Return axes at the right of the bars, of the same height."""
    place = bars.get_position()
    left = (NAMES + BARS + SPACE) / DOUBLE_COLUMN
    return figure.add_axes((left, place.y0, 1 - 0.012 - left, place.height))


def _draw_cells(
    axes: Axes, table: pd.DataFrame, pages: list[str], heights: list[float], wording: Wording
) -> None:
    groups = list(dict.fromkeys(table["group"]))[:MOST_GROUPS]
    values = table.pivot(index="target", columns="group", values="missing")
    shares = values.reindex(index=pages, columns=groups).to_numpy(dtype=float, na_value=np.nan)
    edges = np.concatenate([[0.0], np.cumsum(heights)])
    most = max(float(np.nanmax(shares)), 1.0)
    sides = np.arange(len(groups) + 1)
    shown = np.ma.masked_invalid(shares)
    axes.pcolormesh(sides, edges, shown, cmap="Oranges", vmin=0, vmax=2 * most)
    for row, column in np.ndindex(shares.shape):
        place = (column, float(edges[row]), heights[row])
        _draw_cell(axes, place, float(shares[row, column]), wording)
    axes.set_ylim(edges[-1], 0)
    axes.set_yticks([])
    axes.xaxis.tick_top()
    axes.set_xticks(
        np.arange(len(groups)) + 0.5, [_group(each, wording) for each in groups], rotation=90
    )
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _draw_cell(axes: Axes, place: tuple[int, float, float], value: float, wording: Wording) -> None:
    """Write the number of a cell at (column, top, height); hatch it where the number is hidden."""
    column, top, height = place
    if np.isnan(value):
        axes.add_patch(
            Rectangle(
                (column, top), 1, height, fill=False, hatch="////", edgecolor="#b8b8b8", linewidth=0
            )
        )
        return
    axes.text(
        column + 0.5,
        top + height / 2,
        wording.number(value, 0),
        ha="center",
        va="center",
        fontsize=7,
        color=INK,
    )


def _group(name: str, wording: Wording) -> str:
    if name == "all":
        return wording.say("everyone")
    broken = wrap(wording.label("group", name), HEADING - 0.15, 7).split("\n")
    second = shortened(" ".join(broken[1:]), HEADING - 0.15, 7)
    return f"{broken[0]}\n{second}".strip()
