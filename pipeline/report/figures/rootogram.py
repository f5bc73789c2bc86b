"""The rootogram: how often each count occurs, hung from how often a model expects it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pipeline.report.drawing import Drawing
from pipeline.report.figures.coefficients import name_of
from pipeline.report.style import (
    ACCENT,
    INK,
    MUTED,
    add_note,
    add_title,
    empty_figure,
    new_figure,
    note_height,
    note_text,
    title_height,
)
from pipeline.report.wording import Wording


def split_rootogram(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the counts of each model."""
    for model, rows in table.groupby("model", sort=False):
        yield f"rootogram-{model}", rows


def draw_rootogram(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw bars of people at each count, on a root scale, hanging from the people a model expects.

    Parameters
    ----------
    table : rows of `rootogram.csv` for one model. A bar that ends above zero is of a count that occurs less
        often than expected, one that goes below it of a count that occurs more often. Counts of too few
        people stay empty.
    """
    title = wording.say("rootogram_title", outcome=name_of(table.iloc[0]["outcome"], wording))
    simulated = wording.say("simulated") if wording.simulated else ""
    if not table["n"].notna().any():
        note = wording.say("all_hidden", minimum=wording.minimum)
        return Drawing(empty_figure(title, note, simulated=simulated), title, note)
    hidden = bool(table["n"].isna().any())
    n = wording.number(table["n"].sum(), 0)
    equals = "\N{GREATER-THAN OR EQUAL TO}" if hidden else "="
    note = note_text(
        [
            wording.say("rootogram_note", n=f"n {equals} {n}"),
            wording.say("rootogram_hidden", minimum=wording.minimum) if hidden else "",
        ]
    )
    figure, axes = new_figure(
        2.5,
        left=0.75,
        right=0.25,
        top=title_height(title, simulated=simulated) + 0.1,
        bottom=0.45 + note_height(note),
    )
    _draw_bars(axes, table, wording)
    add_title(figure, title, simulated=simulated)
    add_note(figure, note)
    return Drawing(figure, title, wording.say("rootogram_alt", n=n, counts=len(table)))


def _ticks(top: float) -> list[int]:
    """Return counts whose roots are spread over an axis up to `top`, none too near to the one above."""
    kept: list[int] = []
    for count in (3200, 1600, 800, 400, 200, 100, 50, 25, 9, 4, 1, 0):
        if count**0.5 < top and (not kept or kept[-1] ** 0.5 - count**0.5 > 0.07 * top):
            kept.append(count)
    return kept[::-1]


def _draw_bars(axes: Axes, table: pd.DataFrame, wording: Wording) -> None:
    expected = np.sqrt(table["expected"].to_numpy(dtype=float))
    observed = np.sqrt(table["n"].to_numpy(dtype=float, na_value=np.nan))
    place = np.arange(len(table))
    axes.bar(
        place,
        -observed,
        bottom=expected,
        width=0.8,
        color=ACCENT,
        edgecolor="white",
        linewidth=0.5,
        label=wording.say("rootogram_observed"),
    )
    label = wording.say("rootogram_expected")
    axes.plot(place, expected, "o-", color=INK, linewidth=1, markersize=3, label=label)
    axes.axhline(0, color=MUTED, linewidth=0.8)
    axes.set_xticks(place, [f"\N{GREATER-THAN OR EQUAL TO} {c[:-1]}" if c.endswith("+") else c
                            for c in table["count"]])  # fmt: skip
    axes.tick_params(axis="x", length=0)
    low, high = axes.get_ylim()
    axes.set_ylim(low, 1.05 * high)
    ticks = _ticks(1.05 * high)
    axes.set_yticks(np.sqrt(ticks), [wording.number(t, 0) for t in ticks])
    axes.set_xlabel(wording.say("rootogram_axis"))
    axes.set_ylabel(wording.say("rootogram_people"))
    axes.legend(loc="upper right")
