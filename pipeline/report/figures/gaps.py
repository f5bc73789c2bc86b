"""Dumbbells: how it is and how it should be, and the gap between."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pipeline.report.drawing import Drawing
from pipeline.report.style import (
    ACCENT,
    NEGATIVE,
    add_heading,
    add_note,
    add_title,
    empty_figure,
    in_parts,
    lines,
    new_figure,
    note_height,
    note_text,
    title_height,
    whole_axis,
    wrap,
)
from pipeline.report.wording import Wording


def split_gaps(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the gaps of everyone: those of scales together, then items page by page."""
    everyone = table[table["group"] == "all"]
    scales = everyone[everyone["level"] == "scale"]
    if len(scales):
        yield "gaps-scales", scales
    items = everyone[everyone["level"] == "item"]
    for section in wording.names("section"):
        here = set(wording.names("item", section))
        rows = items[[f"{target}_current" in here for target in items["target"]]]
        if len(rows):
            for suffix, part in in_parts(rows, list(rows["target"]), "target"):
                yield f"gaps-{section}{suffix}", part


def draw_gaps(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw current and desired means joined by a line, with the gap and its interval beside it.

    Parameters
    ----------
    table : rows of `gaps.csv` for one group, all items or all scales.
    """
    title = _title(table, wording)
    simulated = wording.say("simulated") if wording.simulated else ""
    shown = table[table["estimate"].notna()]
    if shown.empty:
        note = wording.say("all_hidden" if len(table) else "nothing", minimum=wording.minimum)
        return Drawing(empty_figure(title, note, simulated=simulated), title, note)
    texts = [
        wrap(_name(target, level, wording), 2.83, 7.5)
        for target, level in zip(shown["target"], shown["level"], strict=True)
    ]
    heights = [0.12 + 0.125 * lines(text) for text in texts]
    level = wording.percent(float(shown["conf_level"].iloc[0]))
    note = _note(table, level, wording)
    figure, axes = new_figure(
        sum(heights),
        left=3.05,
        right=1.4,
        top=title_height(title, simulated=simulated) + 0.45,
        bottom=0.45 + note_height(note),
    )
    middle = np.cumsum(heights) - np.array(heights) / 2
    _draw_dumbbells(axes, shown, middle, sum(heights), wording)
    _draw_texts(axes, shown, middle, texts, wording)
    figure.legend(
        *axes.get_legend_handles_labels(),
        ncols=2,
        loc="upper center",
        bbox_to_anchor=(
            0.58,
            1 - title_height(title, simulated=simulated) / figure.get_figheight(),
        ),
        borderpad=0,
    )
    add_title(figure, title, simulated=simulated)
    add_note(figure, note)
    widest = shown.iloc[int(shown["estimate"].argmax())]
    alt = wording.say(
        "gaps_alt",
        count=len(shown),
        largest=_name(widest["target"], widest["level"], wording),
        gap=wording.number(widest["estimate"], 2),
    )
    return Drawing(figure, title, alt)


def _title(table: pd.DataFrame, wording: Wording) -> str:
    general = wording.say("gaps_title")
    if table.empty or table["level"].iloc[0] == "scale":
        return general
    item = f"{table['target'].iloc[0]}_current"
    for section in wording.names("section"):
        if item in wording.names("item", section):
            return f"{general} \N{EN DASH} {wording.label('section', section)}"
    return general


def _name(target: str, level: str, wording: Wording) -> str:
    """Return the label of what is rated, without the heading of either rating."""
    kind = "scale" if level == "scale" else "item"
    own = wording.label(kind, target)
    return own if own != target else wording.label(kind, f"{target}_current")


def _note(table: pd.DataFrame, level: str, wording: Wording) -> str:
    n = table["n"].dropna()
    low, high = (wording.number(each, 0) for each in (n.min(), n.max()))
    return note_text(
        [
            f"n = {low}." if low == high else f"n = {low}\N{EN DASH}{high}.",
            wording.say("gaps_note", level=level),
            wording.say("weighted") if wording.weighted else "",
            wording.say("hidden_rows", minimum=wording.minimum) if len(n) < len(table) else "",
        ]
    )


def _draw_dumbbells(
    axes: Axes, shown: pd.DataFrame, y: np.ndarray, height: float, wording: Wording
) -> None:
    axes.hlines(y, shown["current"], shown["desired"], color="#a9a9a9", linewidth=2, zorder=1)
    axes.plot(
        shown["current"],
        y,
        "o",
        markerfacecolor="white",
        color=NEGATIVE[0],
        markersize=5.5,
        markeredgewidth=1.4,
        linestyle="none",
        label=wording.say("current"),
    )
    axes.plot(
        shown["desired"],
        y,
        "o",
        color=ACCENT,
        markersize=5.5,
        linestyle="none",
        label=wording.say("desired"),
    )
    axes.set_ylim(height, 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    whole_axis(axes, shown[["current", "desired"]].to_numpy(dtype=float), wording)
    axes.set_xlabel(wording.say("gaps_axis"))


def _draw_texts(
    axes: Axes, shown: pd.DataFrame, y: np.ndarray, texts: list[str], wording: Wording
) -> None:
    transform = axes.get_yaxis_transform()
    values = shown[["estimate", "conf_low", "conf_high"]].to_numpy()
    for place, text, numbers in zip(y, texts, values, strict=True):
        axes.text(-0.03, place, text, ha="right", va="center", fontsize=7.5, transform=transform)
        gap, low, high = (wording.number(each, 2) for each in numbers)
        if np.isfinite(numbers[1]):
            gap += f"  [{low}; {high}]"
        axes.text(1.04, place, gap, ha="left", va="center", fontsize=7.5, transform=transform)
    add_heading(axes, 1.04, wording.say("gap"), "left")
