"""How innovation is spread over its kinds: shares now and as they should be, as bars from zero."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pipeline.report.drawing import Drawing
from pipeline.report.style import (
    ACCENT,
    INK,
    NEGATIVE,
    add_note,
    add_title,
    empty_figure,
    lines,
    new_figure,
    note_height,
    note_text,
    number_ticks,
    title_height,
    wrap,
)
from pipeline.report.wording import Wording

RATINGS = ("current", "desired")


def split_portfolio(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the shares of everyone, one figure a question."""
    everyone = table[table["group"] == "all"]
    for question, rows in everyone.groupby("question", sort=False):
        yield f"portfolio-{question}", rows


def draw_portfolio(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw two bars a share, now and desired, each with its interval; they add up to 100 %.

    Parameters
    ----------
    table : rows of `portfolio.csv` of one question, for everyone.
    """
    title = wording.say("portfolio_title")
    simulated = wording.say("simulated") if wording.simulated else ""
    if not table["estimate"].notna().any():
        note = wording.say("all_hidden" if len(table) else "nothing", minimum=wording.minimum)
        return Drawing(empty_figure(title, note, simulated=simulated), title, note)
    items = list(dict.fromkeys(table["item"]))
    names = [wrap(wording.label("item", item), 2.6, 7.5) for item in items]
    heights = [max(0.5, 0.125 * lines(name) + 0.16) for name in names]
    note = _note(table, wording)
    figure, axes = new_figure(
        sum(heights),
        left=2.8,
        right=0.5,
        top=title_height(title, simulated=simulated) + 0.32,
        bottom=0.45 + note_height(note),
    )
    y = np.cumsum(heights) - np.array(heights) / 2
    for rating, shift in zip(RATINGS, (-0.1, 0.1), strict=True):
        rows = table[table["rating"] == rating].set_index("item").loc[items]
        _draw_bars(axes, rows, y + shift, rating, wording)
    _finish(axes, y, names, sum(heights), wording)
    figure.legend(
        *axes.get_legend_handles_labels(),
        ncols=2,
        loc="upper center",
        bbox_to_anchor=(0.5, 1 - title_height(title, simulated=simulated) / figure.get_figheight()),
    )
    add_title(figure, title, simulated=simulated)
    add_note(figure, note)
    return Drawing(figure, title, _alt(table, wording))


def _note(table: pd.DataFrame, wording: Wording) -> str:
    n = wording.number(table["n"].max(), 0)
    level = wording.percent(float(table["conf_level"].dropna().iloc[0]))
    return note_text(
        [
            f"n = {n}.",
            wording.say("portfolio_note", level=level),
            wording.say("weighted") if wording.weighted else "",
        ]
    )


def _alt(table: pd.DataFrame, wording: Wording) -> str:
    wide = table.pivot(index="item", columns="rating", values="estimate").astype(float)
    change = wide["desired"] - wide["current"]
    grows = str(change.index[int(change.argmax())])
    return wording.say(
        "portfolio_alt",
        count=len(wide),
        item=wording.label("item", grows),
        now=wording.number(float(wide["current"][grows]), 0),
        wanted=wording.number(float(wide["desired"][grows]), 0),
    )


def _draw_bars(
    axes: Axes, rows: pd.DataFrame, y: np.ndarray, rating: str, wording: Wording
) -> None:
    now = rating == "current"
    value = rows["estimate"].to_numpy(dtype=float)
    style: dict[str, Any] = (
        {"facecolor": "white", "hatch": "/////"} if now else {"facecolor": ACCENT}
    )
    colour = NEGATIVE[0] if now else ACCENT
    axes.barh(
        y, value, height=0.17, edgecolor=colour, linewidth=0.8, label=wording.say(rating), **style
    )
    low, high = (rows[name].to_numpy(dtype=float) for name in ("conf_low", "conf_high"))
    axes.hlines(y, low, high, color=INK, linewidth=1.1, zorder=3)
    ends = np.fmax(value, high)
    for place, end, share in zip(y, ends, value, strict=True):
        if np.isfinite(share):
            text = f"{wording.number(share, 0)}\N{NO-BREAK SPACE}%"
            axes.text(end + 0.6, place, text, ha="left", va="center", fontsize=7.5)


def _finish(axes: Axes, y: np.ndarray, names: list[str], height: float, wording: Wording) -> None:
    axes.set_ylim(height, 0)
    axes.set_xlim(0, axes.get_xlim()[1] * 1.04)
    axes.set_yticks(y, names)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    number_ticks(axes, wording)
    axes.set_xlabel(wording.say("portfolio_axis"))
