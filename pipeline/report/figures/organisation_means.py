"""Means of organisations on a scale, with their intervals."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pipeline.report.drawing import Drawing
from pipeline.report.style import (
    ACCENT,
    MUTED,
    add_heading,
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

MOST_NAMED = 60
RAW, LOWER, LEGEND = "#8a8a8a", 0.055, 0.2


def split_means(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the means of each scale at each organisation level; indices stay in the table."""
    scales = set(wording.names("scale", "scale"))
    for (scale, level), rows in table.groupby(["scale", "organisation_level"], sort=False):
        if scale in scales:
            yield f"organisation-means-{scale}-{level}", rows


def draw_organisation_means(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw the mean and interval of every organisation on one scale at one level.

    Parameters
    ----------
    table : rows of `organisation_means.csv` for one scale and level.

    Returns
    -------
    Two marks and lines an organisation, in the order of the list of organisations (this is no league
    table): its own mean, and the one that is drawn towards the whole (empirical Bayes). Above 60
    organisations, unnamed and in order of the mean. Residual and hidden ones are left out. The dashed line
    is the median of the organisations' own means.
    """
    scale, level = (table[key].iloc[0] for key in ("scale", "organisation_level"))
    title = _title(scale, level, wording)
    simulated = wording.say("simulated") if wording.simulated else ""
    listed = table[~table["residual"].astype(bool)]
    shown = listed[listed["estimate"].notna() & listed["conf_low"].notna()]
    if shown.empty:
        phrase = "all_hidden" if len(listed) else "nothing"
        note = wording.say(phrase, minimum=wording.minimum)
        return Drawing(empty_figure(title, note, simulated=simulated), title, note)
    named = len(shown) <= MOST_NAMED
    shown = shown if named else shown.sort_values("estimate", kind="stable")
    names = [wrap(wording.label("organisation", code), 2.8, 7) for code in shown["organisation"]]
    heights = [0.06 + 0.125 * lines(name) if named else 0.034 for name in names]
    note = _note(listed, shown, named, wording)
    figure, axes = new_figure(
        sum(heights),
        left=3.0 if named else 0.4,
        right=0.75,
        top=title_height(title, simulated=simulated) + 0.28 + LEGEND,
        bottom=0.45 + note_height(note),
    )
    middle = np.cumsum(heights) - np.array(heights) / 2
    _draw_means(axes, shown, middle, sum(heights), wording)
    if named:
        _draw_names(axes, shown, middle, names, wording)
    figure.legend(
        *axes.get_legend_handles_labels(),
        ncols=2,
        loc="upper left",
        bbox_to_anchor=(
            0,
            1 - title_height(title, simulated=simulated) / figure.get_figheight(),
        ),
        borderpad=0,
    )
    add_title(figure, title, simulated=simulated)
    add_note(figure, note)
    alt = wording.say(
        "means_alt",
        scale=wording.label("scale", scale),
        level=_level(shown, wording),
        count=len(shown),
        median=wording.number(shown["estimate"].median(), 2),
    )
    return Drawing(figure, title, alt)


def _title(scale: str, level: str, wording: Wording) -> str:
    name = wording.label("scale", scale)
    if len(wording.names("level", "none")) < 2:
        return name
    return f"{name} \N{EN DASH} {wording.label('level', level)}"


def _level(table: pd.DataFrame, wording: Wording) -> str:
    return wording.percent(float(table["conf_level"].iloc[0]))


def _note(listed: pd.DataFrame, shown: pd.DataFrame, named: bool, wording: Wording) -> str:
    hidden = len(listed) - len(shown)
    people = wording.number(shown["n"].sum(), 0)
    return note_text(
        [
            f"n = {people}.",
            wording.say("means_order_name" if named else "means_order_value"),
            wording.say("means_note"),
            wording.say("weighted") if wording.weighted else "",
            wording.say("hidden_organisations", count=hidden, minimum=wording.minimum)
            if hidden
            else "",
        ]
    )


def _draw_means(
    axes: Axes, shown: pd.DataFrame, y: np.ndarray, height: float, wording: Wording
) -> None:
    size = 3 if len(y) <= MOST_NAMED else 1.6
    axes.hlines(y, shown["conf_low"], shown["conf_high"], color=RAW, linewidth=0.9, zorder=2)
    axes.plot(
        shown["estimate"],
        y,
        "o",
        color=RAW,
        markerfacecolor="white",
        markersize=size,
        markeredgewidth=0.8,
        linestyle="none",
        label=wording.say("means_raw"),
    )
    _draw_shrunken(axes, shown, y, wording)
    median = float(shown["estimate"].median())
    axes.axvline(median, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    axes.annotate(
        wording.say("median", median=wording.number(median, 2)),
        (median, 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, 5),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=7,
        color=MUTED,
    )
    axes.set_ylim(height, 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    number_ticks(axes, wording)
    axes.set_xlabel(wording.say("means_axis", level=_level(shown, wording)))


def _draw_shrunken(axes: Axes, shown: pd.DataFrame, y: np.ndarray, wording: Wording) -> None:
    """Draw the means that are drawn towards the whole, a little below the raw ones."""
    size, lower = (3, LOWER) if len(y) <= MOST_NAMED else (1.6, 0.007)
    axes.hlines(
        y + lower, shown["eb_low"], shown["eb_high"], color=ACCENT, linewidth=1.4, zorder=2.1
    )
    axes.plot(
        shown["eb_mean"],
        y + lower,
        "s",
        color=ACCENT,
        markersize=size,
        linestyle="none",
        label=wording.say("means_shrunken"),
        zorder=2.2,
    )


def _draw_names(
    axes: Axes, shown: pd.DataFrame, y: np.ndarray, names: list[str], wording: Wording
) -> None:
    transform = axes.get_yaxis_transform()
    for place, name, n in zip(y, names, shown["n"], strict=True):
        axes.text(-0.02, place, name, ha="right", va="center", fontsize=7, transform=transform)
        n_text = wording.number(n, 0)
        axes.text(1.15, place, n_text, ha="right", va="center", fontsize=7, transform=transform)
    add_heading(axes, 1.15, wording.say("n"), "right")
