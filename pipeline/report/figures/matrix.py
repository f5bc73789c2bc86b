"""A matrix of scales by scales as a table of shades: names at the left, numbers in cells where they fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle

from pipeline.report.style import (
    DOUBLE_COLUMN,
    INK,
    add_note,
    add_title,
    new_figure,
    note_height,
    shortened,
    text_width,
    title_height,
)
from pipeline.report.wording import Wording

WIDEST = 3.4
MOST_WRITTEN = 16


@dataclass(frozen=True)
class Matrix:
    """What is drawn of k scales.

    Attributes
    ----------
    names : k names. values : (k, k), NaN where there is nothing. hatched : (k, k) whether an empty cell
        is hatched. framed : (k, k) whether a cell is framed.
    """

    names: Sequence[str]
    values: np.ndarray
    hatched: np.ndarray
    framed: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), dtype=bool))


def draw_matrix(
    matrix: Matrix, title: str, note: str, wording: Wording, *, simulated: str
) -> Figure:
    """Draw a matrix of numbers from -1 to 1; larger ones are as dark as 1.

    Scales are numbered at the left, and named by those numbers below. More than 16 scales are coloured
    only, with a bar that tells the shades.
    """
    count = len(matrix.names)
    left = min(WIDEST, max(text_width(each, 7.5, False) for each in matrix.names) / 72 + 0.45)
    cell = min(0.5, (DOUBLE_COLUMN - left - 0.75) / count)
    size = cell * count
    figure, axes = new_figure(
        size,
        left=left,
        right=DOUBLE_COLUMN - left - size,
        top=title_height(title, simulated=simulated) + 0.1,
        bottom=0.3 + note_height(note),
    )
    image = _draw_cells(axes, matrix, cell, wording)
    _draw_names(axes, matrix.names, cell)
    if count > MOST_WRITTEN:
        ticks = [-1, -0.5, 0, 0.5, 1]
        bar = figure.colorbar(image, ax=axes, shrink=0.5, fraction=0.04, pad=0.02, ticks=ticks)
        bar.ax.yaxis.set_major_formatter(lambda value, _: wording.number(value, 1))
        bar.outline.set_visible(False)
    add_title(figure, title, simulated=simulated)
    add_note(figure, note)
    return figure


def places(scales: Sequence[str], a: Sequence[str], b: Sequence[str]) -> tuple[np.ndarray, ...]:
    """Return the row and the column of each pair of scales below the diagonal."""
    at = {scale: k for k, scale in enumerate(scales)}
    pairs = np.array([sorted((at[x], at[y])) for x, y in zip(a, b, strict=True)]).reshape(-1, 2)
    return pairs[:, 1], pairs[:, 0]


def _draw_cells(axes: Axes, matrix: Matrix, cell: float, wording: Wording) -> AxesImage:
    shown = np.ma.masked_invalid(matrix.values)
    image = axes.imshow(shown, cmap="PuOr_r", vmin=-1, vmax=1, aspect="equal")
    if len(matrix.names) <= MOST_WRITTEN:
        for row, column in zip(*np.nonzero(~shown.mask), strict=True):
            value = matrix.values[row, column]
            axes.text(
                column,
                row,
                wording.number(value, 2),
                ha="center",
                va="center",
                fontsize=min(7.5, cell * 20),
                color="white" if abs(value) > 0.65 else INK,
            )
    frames: dict[str, Any] = {"edgecolor": INK, "linewidth": 0.9}
    hatches: dict[str, Any] = {"hatch": "////", "edgecolor": "#b8b8b8", "linewidth": 0}
    for cells, style in ((matrix.hatched, hatches), (matrix.framed, frames)):
        for row, column in zip(*np.nonzero(cells), strict=True):
            axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, **style))
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return image


def _draw_names(axes: Axes, names: Sequence[str], cell: float) -> None:
    """Name the scales on one line each, in letters that fit the height of a cell."""
    size = min(7.5, cell * 72 * 0.62)
    cut = [shortened(each, WIDEST - 0.4, size) for each in names]
    axes.set_yticks(
        range(len(names)), [f"{each}  {k}" for k, each in enumerate(cut, 1)], fontsize=size
    )
    numbers = [str(k) for k in range(1, len(names) + 1)]
    axes.set_xticks(range(len(numbers)), numbers, fontsize=size)
