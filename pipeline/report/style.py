"""How figures look: sizes of a journal page, colours safe for colour-blind readers, one font."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.report.wording import Wording

MM = 1 / 25.4
DOUBLE_COLUMN = 180 * MM
LINE = 0.14
NEGATIVE = ("#b5561c", "#e8ad7c")
NEUTRAL = ("#c9c9c9",)
POSITIVE = ("#86b0d8", "#23598f")
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


def wrap(text: str, width: int) -> str:
    """Break a text into lines of at most `width` characters; long words are not broken."""
    return "\n".join(textwrap.wrap(text, width, break_long_words=False)) or text


def lines(text: str) -> int:
    """Return how many lines a wrapped text has."""
    return text.count("\n") + 1


def add_title(figure: Figure, title: str, *, simulated: str = "") -> None:
    """Put a title at the top left, and below it the mark of simulated answers, where there is one."""
    height = figure.get_figheight()
    figure.text(
        0.012,
        1 - 0.08 / height,
        wrap(title, 95),
        ha="left",
        va="top",
        fontsize=9.5,
        fontweight="bold",
    )
    if simulated:
        below = 0.12 + 0.17 * lines(wrap(title, 95))
        figure.text(
            0.012, 1 - below / height, simulated, ha="left", va="top", fontsize=8, color="#a0260f"
        )


def title_height(title: str, *, simulated: str = "") -> float:
    """Return the inches that `add_title` takes."""
    return 0.16 + 0.17 * lines(wrap(title, 95)) + (0.18 if simulated else 0)


def note_text(parts: Sequence[str]) -> str:
    """Join the sentences of a note and break them into lines."""
    return wrap(" ".join(part for part in parts if part), 125)


def add_note(figure: Figure, note: str) -> None:
    """Put a note at the bottom left."""
    figure.text(
        0.012, 0.06 / figure.get_figheight(), note, ha="left", va="bottom", fontsize=7, color=MUTED
    )


def note_height(note: str) -> float:
    """Return the inches that `add_note` takes."""
    return 0.1 + 0.125 * lines(note)


def number_ticks(axes: Axes, wording: Wording) -> None:
    """Write the numbers of the x axis as the language does, with as many decimals as they need."""
    ticks = axes.get_xticks()
    digits = next(
        d for d in range(7) if d == 6 or np.allclose(ticks, np.round(ticks, d), atol=1e-9)
    )
    axes.xaxis.set_major_formatter(lambda value, _: wording.number(value, digits))


def empty_figure(title: str, note: str, *, simulated: str = "") -> Figure:
    """Return a figure that says why there is nothing to draw."""
    figure = Figure(figsize=(DOUBLE_COLUMN, 1.2 + title_height(title, simulated=simulated)))
    add_title(figure, title, simulated=simulated)
    figure.text(0.5, 0.35, note, ha="center", va="center", color=MUTED)
    return figure
