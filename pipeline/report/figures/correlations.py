"""The matrix of correlations between scales."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle

from pipeline.report.drawing import Drawing
from pipeline.report.style import (
    DOUBLE_COLUMN,
    INK,
    add_note,
    add_title,
    empty_figure,
    new_figure,
    note_height,
    note_text,
    shortened,
    text_width,
    title_height,
)
from pipeline.report.wording import Wording

WIDEST = 3.4
MOST_WRITTEN = 16


def split_correlations(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the correlations of everyone: those of scales rated once, and of scales rated twice."""
    everyone = table[table["group"] == "all"]
    a, b = (
        everyone[side].str.contains(r"_(?:current|desired)$") for side in ("scale_a", "scale_b")
    )
    if len(everyone[~a & ~b]):
        yield "correlations", everyone[~a & ~b]
    if len(everyone[a & b]):
        yield "correlations-now-and-desired", everyone[a & b]


def draw_correlations(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw the lower triangle of a correlation matrix, with each r written in its cell.

    Parameters
    ----------
    table : rows of `correlations.csv` for one group.

    Returns
    -------
    Scales are numbered at the left, and named by those numbers below. Hidden pairs, and pairs of scales
    that share items, stay empty. More than 16 scales are coloured only.
    """
    twice = table["scale_a"].str.endswith(("_current", "_desired")).any()
    title = wording.say("correlations_twice_title" if twice else "correlations_title")
    simulated = wording.say("simulated") if wording.simulated else ""
    if not table["estimate"].notna().any():
        note = wording.say("all_hidden" if len(table) else "nothing", minimum=wording.minimum)
        return Drawing(empty_figure(title, note, simulated=simulated), title, note)
    scales = list(dict.fromkeys([*table["scale_a"], *table["scale_b"]]))
    r = _matrix(table, scales)
    note = _note(table, wording)
    names = [wording.label("scale", scale) for scale in scales]
    left = min(WIDEST, max(text_width(each, 7.5, False) for each in names) / 72 + 0.45)
    cell = min(0.5, (DOUBLE_COLUMN - left - 0.75) / len(scales))
    size = cell * len(scales)
    figure, axes = new_figure(
        size,
        left=left,
        right=DOUBLE_COLUMN - left - size,
        top=title_height(title, simulated=simulated) + 0.1,
        bottom=0.3 + note_height(note),
    )
    image = _draw_cells(axes, r, cell, wording)
    _draw_names(axes, names, cell)
    if len(scales) > MOST_WRITTEN:
        ticks = [-1, -0.5, 0, 0.5, 1]
        bar = figure.colorbar(image, ax=axes, shrink=0.5, fraction=0.04, pad=0.02, ticks=ticks)
        bar.ax.yaxis.set_major_formatter(lambda value, _: wording.number(value, 1))
        bar.outline.set_visible(False)
    add_title(figure, title, simulated=simulated)
    add_note(figure, note)
    return Drawing(figure, title, _alt(table, scales, wording))


def _matrix(table: pd.DataFrame, scales: list[str]) -> np.ndarray:
    """Return (k, k) r below the diagonal, NaN elsewhere."""
    place = {scale: k for k, scale in enumerate(scales)}
    r = np.full((len(scales), len(scales)), np.nan)
    for a, b, estimate in table[["scale_a", "scale_b", "estimate"]].itertuples(index=False):
        low, high = sorted((place[a], place[b]))
        r[high, low] = estimate
    return r


def _draw_cells(axes: Axes, r: np.ndarray, cell: float, wording: Wording) -> AxesImage:
    image = axes.imshow(np.ma.masked_invalid(r), cmap="PuOr_r", vmin=-1, vmax=1, aspect="equal")
    for row, column in zip(*np.nonzero(~np.isnan(r)), strict=True):
        value = r[row, column]
        if len(r) <= MOST_WRITTEN:
            axes.text(
                column,
                row,
                wording.number(value, 2),
                ha="center",
                va="center",
                fontsize=min(7.5, cell * 20),
                color="white" if abs(value) > 0.65 else INK,
            )
    for row, column in zip(*np.nonzero(np.tril(np.isnan(r), -1)), strict=True):
        box = (column - 0.5, row - 0.5)
        axes.add_patch(
            Rectangle(box, 1, 1, fill=False, hatch="////", edgecolor="#b8b8b8", linewidth=0)
        )
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return image


def _draw_names(axes: Axes, names: list[str], cell: float) -> None:
    """Name the scales on one line each, in letters that fit the height of a cell."""
    size = min(7.5, cell * 72 * 0.62)
    cut = [shortened(each, WIDEST - 0.4, size) for each in names]
    axes.set_yticks(
        range(len(names)), [f"{each}  {k}" for k, each in enumerate(cut, 1)], fontsize=size
    )
    numbers = [str(k) for k in range(1, len(names))]
    axes.set_xticks(range(len(numbers)), numbers, fontsize=size)


def _note(table: pd.DataFrame, wording: Wording) -> str:
    low, high = table["n"].min(), table["n"].max()
    n = wording.number(low, 0)
    shown = f"n = {n}" if low == high else f"n = {n}\N{EN DASH}{wording.number(high, 0)}"
    hidden = table["estimate"].isna().any()
    return note_text(
        [
            wording.say("correlations_note", n=shown),
            wording.say("hidden_correlations", minimum=wording.minimum) if hidden else "",
            wording.say("shared_items") if _has_gaps(table) else "",
        ]
    )


def _has_gaps(table: pd.DataFrame) -> bool:
    """Say whether some pairs of these scales have no row, because they share items."""
    scales = set(table["scale_a"]) | set(table["scale_b"])
    return len(table) < len(scales) * (len(scales) - 1) / 2


def _alt(table: pd.DataFrame, scales: list[str], wording: Wording) -> str:
    strongest = table.iloc[int(table["estimate"].abs().argmax())]
    return wording.say(
        "correlations_alt",
        count=len(scales),
        strongest=wording.number(strongest["estimate"], 2),
        a=wording.label("scale", strongest["scale_a"]),
        b=wording.label("scale", strongest["scale_b"]),
    )
