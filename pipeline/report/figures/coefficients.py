"""The coefficients of a model, with their intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from pipeline.report.drawing import Drawing
from pipeline.report.style import (
    ACCENT,
    MUTED,
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


def split_coefficients(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the terms of each model."""
    for model, rows in table.groupby("model", sort=False):
        yield f"coefficients-{model}", rows


def draw_coefficients(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw the coefficients of one model but its intercept, around zero.

    Parameters
    ----------
    table : rows of `coefficients.csv` for one model.
    """
    first = table.iloc[0]
    title = wording.say("coefficients_title", outcome=name_of(first["outcome"], wording))
    simulated = wording.say("simulated") if wording.simulated else ""
    terms = table[(table["term"] != "intercept") & table["estimate"].notna()]
    if terms.empty:
        note = wording.say("all_hidden", minimum=wording.minimum)
        return Drawing(empty_figure(title, note, simulated=simulated), title, note)
    level = wording.percent(float(first["conf_level"]))
    names = [wrap(_term(row, wording), 2.95, 7.5) for row in terms.to_dict("records")]
    heights = [0.14 + 0.13 * lines(name) for name in names]
    note = note_text(
        [
            wording.say(str(first["status"])),
            _method(first, wording),
            wording.say("per_sd") if terms["unit"].eq("sd").any() else "",
            wording.say("hidden_rows", minimum=wording.minimum)
            if table["estimate"].isna().any()
            else "",
        ]
    )
    figure, axes = new_figure(
        sum(heights),
        left=3.2,
        right=0.3,
        top=title_height(title, simulated=simulated) + 0.1,
        bottom=0.45 + note_height(note),
    )
    y = np.cumsum(heights) - np.array(heights) / 2
    axes.axvline(0, color=MUTED, linewidth=0.8, zorder=1)
    axes.hlines(y, terms["conf_low"], terms["conf_high"], color=ACCENT, linewidth=1.2, zorder=2)
    axes.plot(terms["estimate"], y, "o", color=ACCENT, markersize=4, zorder=3)
    axes.set_ylim(sum(heights), 0)
    axes.set_yticks(y, names)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    number_ticks(axes, wording)
    axes.set_xlabel(wording.say("coefficients_axis", level=level))
    add_title(figure, title, simulated=simulated)
    add_note(figure, note)
    alt = wording.say(
        "coefficients_alt",
        level=level,
        count=len(terms),
        outcome=name_of(first["outcome"], wording),
    )
    return Drawing(figure, title, alt)


def name_of(name: str, wording: Wording) -> str:
    """Return the label of a score or of an item."""
    as_scale = wording.label("scale", name)
    return as_scale if as_scale != name else wording.label("item", name)


def _term(row: Mapping[Any, Any], wording: Wording) -> str:
    item, _, code = str(row["term"]).partition("=")
    if not code:
        return _number_term(item, wording)
    return wording.say(
        "compared_with",
        name=wording.label("code", code, item),
        reference=wording.label("code", str(row["reference"]), item),
    )


def _number_term(term: str, wording: Wording) -> str:
    """Return the label of a score, a product of two, a square or an organisation's mean."""
    if term.endswith("@mean"):
        return wording.say("organisation_mean", name=name_of(term.removesuffix("@mean"), wording))
    if term.endswith("^2"):
        return f"{name_of(term.removesuffix('^2'), wording)}²"
    return " × ".join(name_of(name, wording) for name in term.split("*"))


def _method(row: pd.Series, wording: Wording) -> str:
    return wording.say(
        "coefficients_note",
        method=wording.say(f"method_{row['estimator']}"),
        n=wording.number(row["n"], 0),
        groups=wording.number(row["groups"], 0),
    )
