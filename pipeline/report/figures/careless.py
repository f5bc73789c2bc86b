"""What was found of the careless answers that were planted: a confusion matrix of signs and kinds."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from pipeline.report.drawing import Drawing
from pipeline.report.style import (
    DOUBLE_COLUMN,
    INK,
    MUTED,
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

CAREFUL, RULE = "attentive", "rule"
LEFT, RIGHT, HEAD, CELL = 2.35, 0.15, 0.62, 0.42
GAP = 0.2  # below the rule, in cells
WHITE_FROM = 62  # where white letters stand out better than dark ones
SHADES = LinearSegmentedColormap.from_list("shades", ["#f3f6fa", "#1b4674"])


def split_careless(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the one table there is; none where no answers were planted."""
    if len(table):
        yield "careless-confusion", table


def draw_careless(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw the percentage that the rule, and each of its flags, marked of each kind of respondent.

    Parameters
    ----------
    table : `careless_confusion.csv`.
    """
    title = wording.say("careless_title")
    simulated = wording.say("simulated") if wording.simulated else ""
    if not table["percent"].notna().any():
        note = wording.say("all_hidden" if len(table) else "nothing", minimum=wording.minimum)
        return Drawing(empty_figure(title, note, simulated=simulated), title, note)
    signs, kinds = (list(dict.fromkeys(table[name])) for name in ("sign", "planted"))
    cells = table.set_index(["sign", "planted"])
    height = len(signs) + GAP
    note = note_text([wording.say("careless_note")])
    figure, axes = new_figure(
        height * CELL,
        left=LEFT,
        right=RIGHT,
        top=title_height(title, simulated=simulated) + HEAD,
        bottom=0.1 + note_height(note),
    )
    axes.set(xlim=(0, len(kinds)), ylim=(height, 0), xticks=[], yticks=[], frame_on=False)
    for row, sign in enumerate(signs):
        top = row + (GAP if row else 0)
        _draw_name(axes, top, sign, wording)
        for column, kind in enumerate(kinds):
            _draw_cell(axes, (column, top), cells.loc[(sign, kind)], wording)
    _draw_heads(axes, kinds, cells, wording)
    add_title(figure, title, simulated=simulated)
    add_note(figure, note)
    return Drawing(figure, title, _alt(cells, wording))


def _draw_name(axes: Axes, top: float, sign: str, wording: Wording) -> None:
    axes.text(
        -0.03,
        top + 0.5,
        wrap(wording.say(f"careless_{sign}"), LEFT - 0.3, 7.5, bold=sign == RULE),
        ha="right",
        va="center",
        fontsize=7.5,
        fontweight="bold" if sign == RULE else "normal",
    )


def _draw_cell(axes: Axes, corner: tuple[float, float], cell: pd.Series, wording: Wording) -> None:
    """Draw one cell: the percentage, and below it how many of how many."""
    left, top = corner
    known = bool(pd.notna(cell["percent"]))
    shade = SHADES(cell["percent"] / 100) if known else "white"
    axes.add_patch(Rectangle(corner, 1, 1, facecolor=shade, edgecolor="white", linewidth=1.5))
    if not known:
        axes.text(left + 0.5, top + 0.5, "\N{EN DASH}", ha="center", va="center", color=MUTED)
        return
    ink = "white" if cell["percent"] > WHITE_FROM else INK
    whole = wording.number(cell["percent"], 1 if cell["percent"] < 10 else 0)
    counted = wording.say(
        "careless_of", marked=wording.number(cell["marked"], 0), n=wording.number(cell["n"], 0)
    )
    for place, text, size in ((0.36, f"{whole} %", 9), (0.72, counted, 6.5)):
        axes.text(left + 0.5, top + place, text, ha="center", va="center", fontsize=size, color=ink)


def _draw_heads(axes: Axes, kinds: list[str], cells: pd.DataFrame, wording: Wording) -> None:
    """Name each kind above its column, with how many people there are of it."""
    width = (DOUBLE_COLUMN - LEFT - RIGHT) / len(kinds)
    counts = cells.loc[RULE]["n"].to_numpy(dtype=float)
    for column, (kind, n) in enumerate(zip(kinds, counts, strict=True)):
        name = wrap(wording.say(f"planted_{kind}"), width - 0.1, 7.5)
        axes.annotate(
            f"{name}\nn = {wording.number(n, 0)}",
            (column + 0.5, 0),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=7.5,
            linespacing=1.15,
        )


def _alt(cells: pd.DataFrame, wording: Wording) -> str:
    found, careful = cells.loc[RULE], cells.loc[RULE].index == CAREFUL
    n, marked = (found[name].to_numpy(dtype=float) for name in ("n", "marked"))
    hits, alarms = (
        100 * marked[each].sum() / max(n[each].sum(), 1) for each in (~careful, careful)
    )
    return wording.say(
        "careless_alt", found=wording.number(hits, 0), false=wording.number(alarms, 1)
    )
