"""The matrix of correlations between scales."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

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
    title_height,
    wrap,
)
from pipeline.report.wording import Wording

LEFT = 2.3


def split_correlations(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the correlations of everyone."""
    yield "correlations", table[table["group"] == "all"]


def draw_correlations(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw the lower triangle of a correlation matrix, with each r written in its cell.

    Parameters
    ----------
    table : rows of `correlations.csv` for one group.

    Returns
    -------
    Scales are numbered at the left, and named by those numbers below. Hidden pairs stay empty.
    """
    title = wording.say("correlations_title")
    simulated = wording.say("simulated") if wording.simulated else ""
    if not table["estimate"].notna().any():
        note = wording.say("all_hidden" if len(table) else "nothing", minimum=wording.minimum)
        return Drawing(empty_figure(title, note, simulated=simulated), title, note)
    scales = list(dict.fromkeys([*table["scale_a"], *table["scale_b"]]))
    r = _matrix(table, scales)
    note = _note(table, wording)
    cell = min(0.5, (DOUBLE_COLUMN - LEFT - 0.3) / len(scales))
    size = cell * len(scales)
    figure, axes = new_figure(
        size,
        left=LEFT,
        right=DOUBLE_COLUMN - LEFT - size,
        top=title_height(title, simulated=simulated) + 0.1,
        bottom=0.3 + note_height(note),
    )
    _draw_cells(axes, r, cell, wording)
    names = [wrap(wording.label("scale", scale), 36) for scale in scales]
    numbers = [str(k) for k in range(1, len(scales) + 1)]
    axes.set_yticks(
        range(len(scales)), [f"{name}  {k}" for name, k in zip(names, numbers, strict=True)]
    )
    axes.set_xticks(range(len(scales) - 1), numbers[:-1])
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


def _draw_cells(axes: Axes, r: np.ndarray, cell: float, wording: Wording) -> None:
    axes.imshow(np.ma.masked_invalid(r), cmap="PuOr_r", vmin=-1, vmax=1, aspect="equal")
    for row, column in zip(*np.nonzero(~np.isnan(r)), strict=True):
        value = r[row, column]
        axes.text(
            column,
            row,
            wording.number(value, 2),
            ha="center",
            va="center",
            fontsize=min(7.5, cell * 20),
            color="white" if abs(value) > 0.65 else INK,
        )
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _note(table: pd.DataFrame, wording: Wording) -> str:
    low, high = table["n"].min(), table["n"].max()
    n = wording.number(low, 0)
    shown = f"n = {n}" if low == high else f"n = {n}\N{EN DASH}{wording.number(high, 0)}"
    hidden = table["estimate"].isna().any()
    return note_text(
        [
            wording.say("correlations_note", n=shown),
            wording.say("hidden_correlations", minimum=wording.minimum) if hidden else "",
        ]
    )


def _alt(table: pd.DataFrame, scales: list[str], wording: Wording) -> str:
    strongest = table.iloc[int(table["estimate"].abs().argmax())]
    return wording.say(
        "correlations_alt",
        count=len(scales),
        strongest=wording.number(strongest["estimate"], 2),
        a=wording.label("scale", strongest["scale_a"]),
        b=wording.label("scale", strongest["scale_b"]),
    )
