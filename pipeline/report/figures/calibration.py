"""Calibration: whether what a model predicts comes true."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pipeline.report.drawing import Drawing
from pipeline.report.figures.coefficients import name_of
from pipeline.report.style import (
    ACCENT,
    MUTED,
    add_note,
    add_title,
    empty_figure,
    new_figure,
    note_height,
    note_text,
    number_ticks,
    title_height,
)
from pipeline.report.wording import Wording


def split_calibration(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the groups of each model's outcome; of an ordered one, of each category passed."""
    for (model, at), rows in table.groupby(["model", "at"], sort=False):
        yield f"calibration-{model}{'' if at == 'all' else '-above-' + str(at)[1:]}", rows


def draw_calibration(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw the mean answer of people with like predictions against the mean prediction.

    Parameters
    ----------
    table : rows of `calibration.csv` for one outcome of a model. Bars show where means of so many people
        would be, were the predictions right. Groups of too few people are left out.
    """
    first = table.iloc[0]
    outcome = name_of(first["outcome"], wording)
    if first["at"] != "all":
        outcome = f"{outcome} > {str(first['at'])[1:]}"
    title = wording.say("calibration_title", outcome=outcome)
    simulated = wording.say("simulated") if wording.simulated else ""
    shown = table[table["observed"].notna()]
    if shown.empty:
        note = wording.say("all_hidden", minimum=wording.minimum)
        return Drawing(empty_figure(title, note, simulated=simulated), title, note)
    level = wording.percent(float(shown["conf_level"].iloc[0]))
    n = wording.number(shown["n"].sum(), 0)
    note = note_text(
        [
            wording.say("calibration_note", n=n, level=level),
            wording.say("hidden_rows", minimum=wording.minimum) if len(shown) < len(table) else "",
        ]
    )
    figure, axes = new_figure(
        3.2,
        left=1.9,
        right=1.9,
        top=title_height(title, simulated=simulated) + 0.1,
        bottom=0.45 + note_height(note),
    )
    _draw_points(axes, shown, wording)
    add_title(figure, title, simulated=simulated)
    add_note(figure, note)
    alt = wording.say("calibration_alt", groups=len(shown), n=n, outcome=outcome)
    return Drawing(figure, title, alt)


def _draw_points(axes: Axes, shown: pd.DataFrame, wording: Wording) -> None:
    predicted, low, high = (
        shown[name].to_numpy(dtype=float) for name in ("predicted", "conf_low", "conf_high")
    )
    observed = shown["observed"].to_numpy(dtype=float)
    most = 1.06 * max(float(np.nanmax(high)), float(np.nanmax(observed)))
    axes.plot([0, most], [0, most], color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.vlines(predicted, low, high, color=MUTED, linewidth=3, alpha=0.4)
    axes.plot(predicted, observed, "o", color=ACCENT, markersize=4)
    axes.set_xlim(0, most)
    axes.set_ylim(0, most)
    number_ticks(axes, wording)
    axes.set_yticks(axes.get_xticks())
    axes.set_ylim(0, most)
    axes.set_xlim(0, most)
    axes.yaxis.set_major_formatter(axes.xaxis.get_major_formatter())
    axes.set_xlabel(wording.say("calibration_predicted"))
    axes.set_ylabel(wording.say("calibration_observed"))
