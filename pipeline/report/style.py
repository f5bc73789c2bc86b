"""How figures look: sizes of a journal page, colours safe for colour-blind readers, one font."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from pipeline.report.wording import Wording

MM = 1 / 25.4
DOUBLE_COLUMN = 180 * MM
LINE = 0.14
NEGATIVE = ("#b5561c", "#e8ad7c")
NEUTRAL = ("#c9c9c9",)
POSITIVE = ("#86b0d8", "#23598f")
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
PAGE = DOUBLE_COLUMN - 0.2
MOST_ROWS = 16
INK = "#222222"
MUTED = "#5c5c5c"
ACCENT = "#23598f"

RC: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "text.parse_math": False,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 8,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "hatch.linewidth": 0.6,
    "pdf.fonttype": 42,
    "svg.hashsalt": "psi-co",
    "savefig.dpi": 300,
}


def journal_style() -> AbstractContextManager[None]:
    """Return a context in which figures are drawn and saved in the house style."""
    return rc_context(RC)


def new_figure(
    height: float, *, left: float, right: float, top: float, bottom: float
) -> tuple[Figure, Axes]:
    """Return a figure of a journal page's width and its axes; margins and height in inches.

    `height` is that of the axes; the figure is as much higher as its margins.
    """
    total = height + top + bottom
    figure = Figure(figsize=(DOUBLE_COLUMN, total))
    width = DOUBLE_COLUMN - left - right
    axes = figure.add_axes(
        (left / DOUBLE_COLUMN, bottom / total, width / DOUBLE_COLUMN, height / total)
    )
    return figure, axes


def wrap(text: str, inches: float, size: float, *, bold: bool = False) -> str:
    """Break a text between words into lines that are at most so wide in letters of so many points.

    A non-breaking space is no place to break; a word wider than a line stands on its own.
    """
    room, space = inches * 72, text_width(" ", size, bold)
    broken: list[str] = []
    left = 0.0
    for word in text.split(" "):
        width = text_width(word, size, bold)
        if broken and width + space <= left:
            broken[-1] += f" {word}"
            left -= width + space
        else:
            broken.append(word)
            left = room - width
    return "\n".join(broken)


@lru_cache(maxsize=20_000)
def text_width(text: str, size: float, bold: bool) -> float:
    """Return the width of a text in points."""
    font = FontProperties(family=RC["font.family"], size=size, weight="bold" if bold else "normal")
    return float(text_to_path.get_text_width_height_descent(text, font, False)[0])


def shortened(text: str, inches: float, size: float) -> str:
    """Cut a text to one line of at most so many inches, with an ellipsis where it was cut."""
    if text_width(text, size, False) <= inches * 72:
        return text
    fits = (
        k
        for k in range(len(text), 0, -1)
        if text_width(text[:k] + ELLIPSIS, size, False) <= inches * 72
    )
    return text[: next(fits, 1)].rstrip() + ELLIPSIS


def lines(text: str) -> int:
    """Return how many lines a wrapped text has."""
    return text.count("\n") + 1


def _title_lines(title: str) -> str:
    return wrap(title, PAGE, 9.5, bold=True)


def add_title(figure: Figure, title: str, *, simulated: str = "") -> None:
    """Put a title at the top left, and below it the mark of simulated answers, where there is one."""
    height = figure.get_figheight()
    figure.text(
        0.012,
        1 - 0.08 / height,
        _title_lines(title),
        ha="left",
        va="top",
        fontsize=9.5,
        fontweight="bold",
    )
    if simulated:
        below = 0.12 + 0.17 * lines(_title_lines(title))
        figure.text(
            0.012, 1 - below / height, simulated, ha="left", va="top", fontsize=8, color="#a0260f"
        )


def title_height(title: str, *, simulated: str = "") -> float:
    """Return the inches that `add_title` takes."""
    return 0.16 + 0.17 * lines(_title_lines(title)) + (0.18 if simulated else 0)


def note_text(parts: Sequence[str]) -> str:
    """Join the sentences of a note and break them into lines."""
    return wrap(" ".join(part for part in parts if part), PAGE, 7)


def add_note(figure: Figure, note: str) -> None:
    """Put a note at the bottom left."""
    figure.text(
        0.012, 0.06 / figure.get_figheight(), note, ha="left", va="bottom", fontsize=7, color=MUTED
    )


def note_height(note: str) -> float:
    """Return the inches that `add_note` takes."""
    return 0.1 + 0.125 * lines(note)


def add_heading(axes: Axes, x: float, text: str, align: str) -> None:
    """Put a small heading above the axes, over a column of texts at `x` (a share of its width)."""
    axes.annotate(
        text,
        (x, 1),
        xycoords="axes fraction",
        xytext=(0, 5),
        textcoords="offset points",
        ha=align,
        va="bottom",
        fontsize=7.5,
        color=MUTED,
    )


def number_ticks(axes: Axes, wording: Wording, side: Literal["x", "y"] = "x") -> None:
    """Write the numbers of an axis as the language does, with as many decimals as they need."""
    axis = axes.xaxis if side == "x" else axes.yaxis
    ticks = axis.get_majorticklocs()
    digits = next(
        d for d in range(7) if d == 6 or np.allclose(ticks, np.round(ticks, d), atol=1e-9)
    )
    axis.set_major_formatter(lambda value, _: wording.number(value, digits))


def whole_axis(axes: Axes, values: np.ndarray, wording: Wording) -> None:
    """Let the x axis end at whole points of the scale, so that small differences do not look large."""
    low, high = np.floor(np.nanmin(values)), np.ceil(np.nanmax(values))
    axes.set_xlim(low - 0.04 * (high - low + 1), high + 0.04 * (high - low + 1))
    axes.set_xticks(np.arange(low, high + 0.5))
    number_ticks(axes, wording)


def in_parts(
    rows: pd.DataFrame, names: Sequence[str], column: str
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield a suffix and the rows of some `names` at a time, so that a figure fits on a page.

    Parts are of like size; the only part has no suffix.
    """
    count = -(-len(names) // MOST_ROWS) or 1
    size = -(-len(names) // count) or 1
    size += size % 2  # two ratings of one item stay together
    for part in range(count):
        chosen = set(names[part * size : (part + 1) * size])
        yield (f"-part{part + 1}" if count > 1 else ""), rows[rows[column].isin(chosen)]


def empty_figure(title: str, note: str, *, simulated: str = "") -> Figure:
    """Return a figure that says why there is nothing to draw."""
    figure = Figure(figsize=(DOUBLE_COLUMN, 1.2 + title_height(title, simulated=simulated)))
    add_title(figure, title, simulated=simulated)
    figure.text(0.5, 0.35, note, ha="center", va="center", color=MUTED)
    return figure
