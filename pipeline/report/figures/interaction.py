"""An interaction: what a model predicts over one predictor, where another is low and where it is high."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from matplotlib.axes import Axes

from pipeline.report.drawing import Drawing
from pipeline.report.figures.coefficients import name_of
from pipeline.report.style import (
    ACCENT,
    NEGATIVE,
    add_note,
    add_title,
    empty_figure,
    new_figure,
    note_height,
    note_text,
    number_ticks,
    title_height,
    wrap,
)
from pipeline.report.wording import Wording

LOOKS = {-1.0: (NEGATIVE[0], "--", "interaction_low"), 1.0: (ACCENT, "-", "interaction_high")}


def split_interaction(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the predictions over each product of two predictors."""
    predictions = table[table["effect"] == "prediction"]
    for (model, term), rows in predictions.groupby(["model", "term"], sort=False):
        yield f"interaction-{model}-{str(term).replace('*', '-')}", rows


def draw_interaction(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw the average prediction over the second predictor, for the first at -1 and +1 deviation.

    Parameters
    ----------
    table : the rows of `effects.csv` that predict over one product of a model. Bands are confidence
        intervals; there are none where degrees of freedom were too few.
    """
    first, second = str(table["term"].iloc[0]).split("*")
    names = {name: name_of(name, wording) for name in (first, second, table["outcome"].iloc[0])}
    outcome = names[table["outcome"].iloc[0]]
    title = wording.say("interaction_title", outcome=outcome, second=names[second])
    simulated = wording.say("simulated") if wording.simulated else ""
    if not table["estimate"].notna().any():
        note = wording.say("all_hidden", minimum=wording.minimum)
        return Drawing(empty_figure(title, note, simulated=simulated), title, note)
    level = wording.percent(float(table["conf_level"].dropna().iloc[0]))
    bands = bool(table["conf_low"].notna().any())
    note = note_text(
        [
            wording.people(table["n"]),
            wording.say("interaction_note"),
            wording.say("interaction_bands" if bands else "interaction_no_bands", level=level),
        ]
    )
    figure, axes = new_figure(
        2.7,
        left=0.75,
        right=2.3,
        top=title_height(title, simulated=simulated) + 0.1,
        bottom=0.45 + note_height(note),
    )
    _draw_lines(axes, table, names[first], wording)
    axes.set_xlabel(wording.say("interaction_axis", name=names[second]))
    axes.set_ylabel(wording.say("interaction_predicted"))
    add_title(figure, title, simulated=simulated)
    add_note(figure, note)
    alt = wording.say("interaction_alt", outcome=outcome, first=names[first], second=names[second])
    return Drawing(figure, title, alt)


def _draw_lines(axes: Axes, table: pd.DataFrame, first: str, wording: Wording) -> None:
    places = table["at"].str.extract(r"=(?P<first>-?[\d.]+);.*=(?P<second>-?[\d.]+)$").astype(float)
    for at, (colour, style, key) in LOOKS.items():
        rows = table[places["first"] == at]
        x = places.loc[rows.index, "second"].to_numpy()
        low, high, y = (
            rows[name].to_numpy(dtype=float) for name in ("conf_low", "conf_high", "estimate")
        )
        axes.fill_between(x, low, high, color=colour, alpha=0.18, linewidth=0)
        label = wrap(wording.say(key, name=first), 1.75, 7.5)
        axes.plot(x, y, style, color=colour, linewidth=1.4, label=label)
    number_ticks(axes, wording)
    axes.yaxis.set_major_formatter(lambda value, _: wording.number(value, 2))
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], loc="center left", bbox_to_anchor=(1.02, 0.5))
