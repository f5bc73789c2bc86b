"""Ranks of gaps with their uncertainty: how far up or down each could stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pipeline.report.drawing import Drawing
from pipeline.report.style import (
    ACCENT,
    add_heading,
    add_note,
    add_title,
    empty_figure,
    lines,
    new_figure,
    note_height,
    note_text,
    title_height,
    wrap,
)
from pipeline.report.wording import Wording

LEFT, RIGHT, ROW, FEWEST = 3.3, 0.85, 0.19, 3


def with_agreement(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return `priorities.csv` with what the other methods say of each family's order."""
    agreement = tables["method_agreement"]
    together = agreement[agreement["method_a"] == "all"]
    said = together[["level", "family", "group", "kendall_w", "verdict"]]
    keys = ["level", "family", "group"]
    return tables["priorities"].merge(said, on=keys, how="left", validate="many_to_one")


def split_ranks(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the ranks of everyone's raw gaps, items page by page; where three or more are ranked."""
    mine = table[(table["group"] == "all") & (table["method"] == "gap")]
    for section in wording.names("section"):
        here = set(wording.names("item", section))
        rows = mine[mine["target"].isin(here)]
        if len(rows) >= FEWEST:
            yield f"ranks-{section}", rows


def draw_ranks(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw each gap's rank with its interval, the largest gap first.

    Parameters
    ----------
    table : rows of `priorities.csv` of the method `gap` for one group, items ranked among each other,
        with `kendall_w` and `verdict` of all methods together.
    """
    title = wording.say("ranks_title")
    simulated = wording.say("simulated") if wording.simulated else ""
    shown = table[table["rank"].notna()].sort_values("rank", kind="stable")
    if shown.empty:
        note = wording.say("all_hidden" if len(table) else "nothing", minimum=wording.minimum)
        return Drawing(empty_figure(title, note, simulated=simulated), title, note)
    note = _note(table, shown, wording)
    names = [wrap(_name(each, wording), LEFT - 0.2, 7.5) for each in shown["target"]]
    heights = [ROW + 0.12 * (lines(name) - 1) for name in names]
    y = np.cumsum(heights) - np.array(heights) / 2
    figure, axes = new_figure(
        sum(heights),
        left=LEFT,
        right=RIGHT,
        top=title_height(title, simulated=simulated) + 0.45,
        bottom=0.45 + note_height(note),
    )
    axes.set_ylim(sum(heights), 0)
    _draw_ranks(axes, shown, y, wording)
    _draw_texts(axes, shown, y, names, wording)
    add_title(figure, title, simulated=simulated)
    add_note(figure, note)
    first = shown.iloc[0]
    alt = wording.say(
        "ranks_alt",
        count=len(shown),
        first=_name(first["target"], wording),
        low=wording.number(first["rank_low"], 0),
        high=wording.number(first["rank_high"], 0),
    )
    return Drawing(figure, title, alt)


def _name(target: str, wording: Wording) -> str:
    """Return a statement's short name: that of its play, where it has one."""
    play = wording.label("play", target)
    return play if play != target else wording.label("item", target)


def _note(table: pd.DataFrame, shown: pd.DataFrame, wording: Wording) -> str:
    low, high = (wording.number(each, 0) for each in (shown["n"].min(), shown["n"].max()))
    level = wording.percent(float(shown["conf_level"].iloc[0]))
    return note_text(
        [
            f"n = {low}." if low == high else f"n = {low}\N{EN DASH}{high}.",
            wording.say("ranks_note", level=level),
            _methods(shown.iloc[0], wording),
            wording.say("weighted") if wording.weighted else "",
            wording.say("hidden_rows", minimum=wording.minimum) if len(shown) < len(table) else "",
        ]
    )


def _methods(row: pd.Series, wording: Wording) -> str:
    """Return the sentence that says whether the order depends on the method."""
    if pd.isna(row["verdict"]) or pd.isna(row["kendall_w"]):
        return ""
    return wording.say(f"ranks_{row['verdict']}", w=wording.number(float(row["kendall_w"]), 2))


def _draw_ranks(axes: Axes, shown: pd.DataFrame, y: np.ndarray, wording: Wording) -> None:
    axes.hlines(y, shown["rank_low"], shown["rank_high"], color=ACCENT, linewidth=1.6)
    axes.plot(shown["rank"], y, "o", color=ACCENT, markersize=4)
    axes.set_xlim(0.4, max(float(shown["rank_high"].max()), len(shown)) + 0.6)
    if len(shown) > 5:
        axes.axvline(5.5, color="#777777", linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
    axes.set_xticks(_ticks(len(shown)))
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", linewidth=0.3, color="#e4e4e4")
    axes.set_axisbelow(True)
    axes.set_xlabel(wording.say("ranks_axis"))


def _ticks(count: int) -> list[int]:
    return list(range(1, count + 1)) if count <= 12 else [1, *range(5, count + 1, 5)]


def _draw_texts(
    axes: Axes, shown: pd.DataFrame, y: np.ndarray, names: list[str], wording: Wording
) -> None:
    axes.set_yticks(y, names, linespacing=1.1)
    axes.tick_params(axis="y", length=0)
    transform = axes.get_yaxis_transform()
    for place, share in zip(y, shown["top5_probability"], strict=True):
        text = "\N{EM DASH}" if pd.isna(share) else _percent(float(share), wording)
        axes.text(1.2, place, text, ha="right", va="center", fontsize=7.5, transform=transform)
    add_heading(axes, 1.2, wording.say("ranks_top5"), "right")


def _percent(share: float, wording: Wording) -> str:
    """Return a probability that is never said to be nothing or certain, unless it was in every draw."""
    if 0 < share < 0.01:
        return f"<\N{NO-BREAK SPACE}{wording.percent(0.01)}"
    if 0.99 < share < 1:
        return f">\N{NO-BREAK SPACE}{wording.percent(0.99)}"
    return wording.percent(share)
