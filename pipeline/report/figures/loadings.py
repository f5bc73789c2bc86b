"""What items load on their factor, with intervals: a row an item, scale by scale."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pipeline.report.drawing import Drawing
from pipeline.report.figures.coefficients import name_of
from pipeline.report.figures.forest import draw_limits, in_pages, known_limits
from pipeline.report.style import (
    ACCENT,
    NEGATIVE,
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

LEFT, RIGHT, HEAD = 3.6, 1.2, 0.3
HIGHEST = 7.4
LIMIT = "factors.least_loading"
JOINED = ("_second_order", "_correlated", "_one_factor")
"""How models of a scale made of scales are named, the fullest first."""


def split_loadings(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the items of some scales at a time; then each scale made of scales, its fullest model."""
    factors = set(table["factor"])
    models = list(dict.fromkeys(table["model"]))
    plain = [model for model in models if model in factors]
    rows = {model: table[table["model"] == model] for model in models}
    heights = {model: sum(_row_heights(rows[model], wording)) for model in plain}
    if plain:
        for suffix, names in in_pages(heights, HIGHEST):
            yield f"loadings{suffix}", pd.concat([rows[name] for name in names])
    for model in _fullest([model for model in models if model not in factors]):
        yield f"loadings-{model.replace('_', '-')}", rows[model]


def _fullest(models: list[str]) -> list[str]:
    """Return one model for each scale made of scales: second order, else correlated, else one factor."""
    chosen: dict[str, str] = {}
    for ending in JOINED:
        for model in models:
            if model.endswith(ending):
                chosen.setdefault(model.removesuffix(ending), model)
    return list(chosen.values())


def draw_loadings(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw the standardised loadings of items on their factors.

    Parameters
    ----------
    table : rows of `loadings.csv`: models of one factor each, or one model of several.

    Returns
    -------
    A figure with a dot and a line an item, below the name of its factor; a loading below the plan's
    limit is a hollow dot. Of a second-order factor the rows are factors.
    """
    title = _title(table, wording)
    simulated = wording.say("simulated") if wording.simulated else ""
    shown = table[table["std_estimate"].notna()]
    if shown.empty:
        note = wording.say("all_hidden" if len(table) else "nothing", minimum=wording.minimum)
        return Drawing(empty_figure(title, note, simulated=simulated), title, note)
    heights = np.array(_row_heights(shown, wording))
    note = _note(table, wording)
    figure, axes = new_figure(
        heights.sum(),
        left=LEFT,
        right=RIGHT,
        top=title_height(title, simulated=simulated) + HEAD,
        bottom=0.32 + note_height(note),
    )
    middle = np.cumsum(heights) - heights / 2
    firsts = _is_first(shown)
    places = np.cumsum(firsts + 1) - 1  # each factor's name takes a row before its first item
    _draw_dots(axes, shown, middle[places], wording)
    _draw_texts(axes, shown, middle[places], wording)
    _draw_factors(axes, shown[firsts], middle[places[firsts] - 1], wording)
    axes.set_ylim(heights.sum(), 0)
    add_title(figure, title, simulated=simulated)
    add_note(figure, note)
    weakest = shown.iloc[int(shown["std_estimate"].argmin())]
    alt = wording.say(
        "loadings_alt",
        count=len(shown),
        factors=int(firsts.sum()),
        lowest=wording.number(weakest["std_estimate"], 2),
        item=name_of(weakest["item"], wording),
    )
    return Drawing(figure, title, alt)


def _title(table: pd.DataFrame, wording: Wording) -> str:
    general = wording.say("loadings_title")
    models = set(table["model"])
    for ending in JOINED:
        scale = next(iter(models), "").removesuffix(ending)
        if len(models) == 1 and scale not in models:
            return f"{general} \N{EN DASH} {wording.label('scale', scale)}"
    return general


def _is_first(table: pd.DataFrame) -> np.ndarray:
    """Say for each row whether another factor begins with it."""
    place = table["model"] + " " + table["factor"]
    return (place != place.shift()).to_numpy(dtype=bool)


def _row_heights(table: pd.DataFrame, wording: Wording) -> list[float]:
    """Return the height of each row: a factor's name before its items."""
    heights: list[float] = []
    for first, row in zip(_is_first(table), table.itertuples(), strict=True):
        if first:
            heights.append(0.12 + 0.125 * lines(_factor(str(row.factor), wording)))
        heights.append(0.06 + 0.115 * lines(_item(str(row.item), wording)))
    return heights


def _factor(name: str, wording: Wording) -> str:
    return wrap(wording.label("scale", name), LEFT - 0.2, 7.5, bold=True)


def _item(name: str, wording: Wording) -> str:
    """Return the text of an item; which rating it is of, the name of its factor says."""
    bare = name.removesuffix("_current").removesuffix("_desired")
    own = name_of(bare, wording)
    return wrap(own if own != bare else name_of(name, wording), LEFT - 0.2, 7)


def _draw_dots(axes: Axes, shown: pd.DataFrame, y: np.ndarray, wording: Wording) -> None:
    loading = shown["std_estimate"].to_numpy(dtype=float)
    least = wording.limits.get(LIMIT, -np.inf)
    axes.hlines(y, shown["std_low"], shown["std_high"], color=ACCENT, linewidth=1.1, zorder=2)
    for weak, face, colour in ((False, ACCENT, ACCENT), (True, "white", NEGATIVE[0])):
        at = (loading < least) == weak
        if at.any():
            axes.plot(loading[at], y[at], "o", color=colour, markerfacecolor=face, markersize=4)
    ends = shown[["std_estimate", "std_low", "std_high"]].to_numpy(dtype=float)
    axes.set_xlim(min(0, np.floor(np.nanmin(ends) * 5) / 5), max(1, np.nanmax(ends)))
    draw_limits(axes, known_limits([LIMIT], wording), wording)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    number_ticks(axes, wording)


def _draw_texts(axes: Axes, shown: pd.DataFrame, y: np.ndarray, wording: Wording) -> None:
    transform = axes.get_yaxis_transform()
    values = shown[["std_estimate", "std_low", "std_high"]].to_numpy(dtype=float)
    for place, item, numbers in zip(y, shown["item"], values, strict=True):
        axes.text(
            -0.03,
            place,
            _item(item, wording),
            ha="right",
            va="center",
            fontsize=7,
            linespacing=1.05,
            transform=transform,
        )
        told = wording.number(numbers[0], 2)
        if np.isfinite(numbers[1:]).all():
            low, high = (wording.number(each, 2) for each in numbers[1:])
            told += f"  [{low}; {high}]"
        axes.text(1.04, place, told, ha="left", va="center", fontsize=7, transform=transform)
    add_heading(axes, 1.04, wording.say("loading"), "left")


def _draw_factors(axes: Axes, firsts: pd.DataFrame, y: np.ndarray, wording: Wording) -> None:
    transform = axes.get_yaxis_transform()
    for place, factor, n in zip(y, firsts["factor"], firsts["n"], strict=True):
        name = _factor(factor, wording)
        axes.text(
            -0.03,
            place,
            name,
            ha="right",
            va="center",
            fontsize=7.5,
            fontweight="bold",
            transform=transform,
        )
        people = f"{wording.say('n')} = {wording.number(n, 0)}"
        axes.text(1.04, place, people, ha="left", va="center", fontsize=7, transform=transform)


def _note(table: pd.DataFrame, wording: Wording) -> str:
    levels = table["conf_level"].dropna()
    estimators = list(dict.fromkeys(table["estimator"].dropna()))
    level = wording.percent(float(levels.iloc[0])) if len(levels) else ""
    return note_text(
        [
            wording.say("loadings_note", level=level) if level else "",
            *(wording.say(f"estimator_{each}") for each in estimators),
            wording.say("loadings_limit", least=wording.number(wording.limits[LIMIT], 2))
            if LIMIT in wording.limits
            else "",
            wording.say("hidden_rows", minimum=wording.minimum)
            if table["std_estimate"].isna().any()
            else "",
        ]
    )
