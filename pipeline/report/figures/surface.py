"""Response surfaces: an outcome over how it is and how it should be, drawn where there are people only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.report.drawing import Drawing
from pipeline.report.style import (
    DOUBLE_COLUMN,
    INK,
    add_note,
    add_title,
    empty_figure,
    lines,
    note_height,
    note_text,
    title_height,
    wrap,
)
from pipeline.report.wording import Wording

COLUMNS, FINE = 3, 41
TERMS = ("b1", "b2", "b3", "b4", "b5")
PANEL, GAP, LEFT = 1.62, 0.42, 0.45


def with_pairs(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return coefficients of `response_surface.csv`, and below them the pairs of `gap_pairs.csv`."""
    surfaces = tables["response_surface"]
    mine = surfaces[surfaces["parameter"].isin(TERMS)]
    pairs = tables["gap_pairs"].rename(columns={"n": "people"})
    columns = ["target", "outcome", "parameter", "centre", "n", "estimate"]
    return pd.concat([mine[columns], pairs], ignore_index=True)


def split_surface(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield a figure an outcome: the surfaces of all principles, or of scales where there are none."""
    surfaces, pairs = table[table["parameter"].notna()], table[table["parameter"].isna()]
    names = wording.names("principle") or wording.names("scale", "scale")
    for outcome, rows in surfaces[surfaces["target"].isin(names)].groupby("outcome", sort=False):
        with_people = pairs[pairs["target"].isin(set(rows["target"]))]
        yield f"surface-{outcome}", pd.concat([rows, with_people], ignore_index=True)


def draw_surface(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw a panel a scale: contours of the outcome, in its standard deviations, over both ratings.

    Parameters
    ----------
    table : as `with_pairs` returns it, for one outcome. A cell of a whole point on either side is drawn
        where enough people gave that pair of ratings; nothing is drawn beyond. The dashed line is
        where it is as it should be.
    """
    surfaces = table[table["parameter"].notna()]
    outcome = str(surfaces["outcome"].iloc[0]) if len(surfaces) else ""
    title = wording.say("surface_title", outcome=wording.label("scale", outcome))
    simulated = wording.say("simulated") if wording.simulated else ""
    wide = surfaces.pivot(index="target", columns="parameter", values="estimate")
    wide = wide.reindex(columns=list(TERMS)).dropna()
    targets = [each for each in dict.fromkeys(surfaces["target"]) if each in wide.index]
    panels = [_panel(each, wide.loc[each], table, surfaces) for each in targets]
    drawn = [(t, panel) for t, panel in zip(targets, panels, strict=True) if panel[2].any()]
    if not drawn:
        note = wording.say("all_hidden" if len(table) else "nothing", minimum=wording.minimum)
        return Drawing(empty_figure(title, note, simulated=simulated), title, note)
    figure = _draw_panels(drawn, title, _note(surfaces, wording), simulated, wording)
    alt = wording.say("surface_alt", count=len(drawn), outcome=wording.label("scale", outcome))
    return Drawing(figure, title, alt)


def _panel(
    target: str, b: pd.Series, table: pd.DataFrame, surfaces: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a fine grid of points, the surface on it, and where there are people."""
    cells = table[(table["target"] == target) & table["people"].notna()]
    ends = cells[["current", "desired"]].to_numpy(dtype=float)
    low, high = (ends.min(), ends.max()) if len(ends) else (1.0, 5.0)
    grid = np.linspace(low, high, FINE * 2)
    centre = float(surfaces.loc[surfaces["target"] == target, "centre"].iloc[0])
    c, d = np.meshgrid(grid - centre, grid - centre)
    z = b["b1"] * c + b["b2"] * d + b["b3"] * c**2 + b["b4"] * c * d + b["b5"] * d**2
    there = set(map(tuple, ends))
    nearest = np.floor(grid + 0.5)
    inside = np.array([[(x, y) in there for x in nearest] for y in nearest])
    return grid, np.asarray(z), inside


def _note(surfaces: pd.DataFrame, wording: Wording) -> str:
    low, high = (wording.number(each, 0) for each in (surfaces["n"].min(), surfaces["n"].max()))
    return note_text(
        [
            f"n = {low}." if low == high else f"n = {low}\N{EN DASH}{high}.",
            wording.say("surface_note", minimum=wording.minimum),
        ]
    )


def _draw_panels(
    drawn: list[tuple[str, tuple[np.ndarray, np.ndarray, np.ndarray]]],
    title: str,
    note: str,
    simulated: str,
    wording: Wording,
) -> Figure:
    names = [wrap(wording.label("scale", each), PANEL + 0.1, 7.5) for each, _ in drawn]
    rows = -(-len(drawn) // COLUMNS)
    head = 0.14 * max(map(lines, names)) + 0.08
    top = title_height(title, simulated=simulated) + 0.05
    bottom = 0.3 + note_height(note)
    height = top + rows * (PANEL + head + GAP) + bottom
    figure = Figure(figsize=(DOUBLE_COLUMN, height))
    levels = _levels([np.where(inside, z, np.nan) for _, (_, z, inside) in drawn])
    for k, ((_, panel), name) in enumerate(zip(drawn, names, strict=True)):
        x = LEFT + (k % COLUMNS) * (PANEL + GAP)
        y = height - top - (k // COLUMNS + 1) * (PANEL + head + GAP) + GAP
        place = (x / DOUBLE_COLUMN, y / height, PANEL / DOUBLE_COLUMN, PANEL / height)
        axes = figure.add_axes(place)
        shades = _draw_panel(axes, panel, levels, wording)
        axes.set_title(name, fontsize=7.5, fontweight="normal", pad=3)
        if k % COLUMNS == 0:
            axes.set_ylabel(wording.say("desired"), fontsize=7.5)
        if k + COLUMNS >= len(drawn):
            axes.set_xlabel(wording.say("current"), fontsize=7.5)
    _draw_bar(figure, shades, top + head, height, wording)
    add_title(figure, title, simulated=simulated)
    add_note(figure, note)
    return figure


def _levels(values: list[np.ndarray]) -> np.ndarray:
    """Return round levels of all panels together."""
    from matplotlib.ticker import MaxNLocator

    low = min(float(np.nanmin(each)) for each in values)
    high = max(float(np.nanmax(each)) for each in values)
    return np.asarray(MaxNLocator(nbins=10, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high + 1e-9))


def _draw_panel(
    axes: Axes,
    panel: tuple[np.ndarray, np.ndarray, np.ndarray],
    levels: np.ndarray,
    wording: Wording,
) -> Any:
    grid, z, inside = panel
    shown = np.ma.masked_where(~inside, z)
    shades = axes.contourf(grid, grid, shown, levels=levels, cmap="cividis")
    axes.contour(grid, grid, shown, levels=levels, colors="white", linewidths=0.4)
    ends = (float(grid[0]), float(grid[-1]))
    axes.plot(ends, ends, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.set_xlim(*ends)
    axes.set_ylim(*ends)
    ticks = np.arange(np.ceil(ends[0]), np.floor(ends[1]) + 0.5)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks(ticks)
        axis.set_major_formatter(lambda value, _: wording.number(value, 0))
    axes.tick_params(labelsize=7)
    axes.set_facecolor("#f1f1f1")
    return shades


def _draw_bar(figure: Figure, shades: Any, top: float, height: float, wording: Wording) -> None:
    x = LEFT + COLUMNS * PANEL + (COLUMNS - 1) * GAP + 0.25
    place = (
        x / DOUBLE_COLUMN,
        (height - top - PANEL) / height,
        0.1 / DOUBLE_COLUMN,
        PANEL / height,
    )
    bar = figure.colorbar(shades, cax=figure.add_axes(place))
    bar.ax.yaxis.set_major_formatter(lambda value, _: wording.number(value, 1))
    bar.ax.tick_params(labelsize=7, length=2)
    bar.outline.set_visible(False)
    bar.ax.set_title("SD", fontsize=7.5, fontweight="normal", pad=3, loc="left")
