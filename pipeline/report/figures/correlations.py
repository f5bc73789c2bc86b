"""The matrix of correlations between scales."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from pipeline.report.drawing import Drawing
from pipeline.report.figures.matrix import Matrix, draw_matrix, places
from pipeline.report.style import empty_figure, note_text
from pipeline.report.wording import Wording


def split_correlations(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the correlations of everyone: those of scales rated once, and of scales rated twice."""
    return once_and_twice(table[table["group"] == "all"], "correlations")


def once_and_twice(table: pd.DataFrame, name: str) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the pairs of scales that are rated once, and those of scales that are rated twice."""
    a, b = (table[side].str.contains(r"_(?:current|desired)$") for side in ("scale_a", "scale_b"))
    if len(table[~a & ~b]):
        yield name, table[~a & ~b]
    if len(table[a & b]):
        yield f"{name}-now-and-desired", table[a & b]


def draw_correlations(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw the lower triangle of a correlation matrix, with each r written in its cell.

    Parameters
    ----------
    table : rows of `correlations.csv` for one group.

    Returns
    -------
    A matrix of shades; hidden pairs, and pairs of scales that share items, are hatched.
    """
    twice = table["scale_a"].str.endswith(("_current", "_desired")).any()
    title = wording.say("correlations_twice_title" if twice else "correlations_title")
    simulated = wording.say("simulated") if wording.simulated else ""
    if not table["estimate"].notna().any():
        note = wording.say("all_hidden" if len(table) else "nothing", minimum=wording.minimum)
        return Drawing(empty_figure(title, note, simulated=simulated), title, note)
    scales = list(dict.fromkeys([*table["scale_a"], *table["scale_b"]]))
    names = [wording.label("scale", scale) for scale in scales]
    r = np.full((len(scales), len(scales)), np.nan)
    r[places(scales, list(table["scale_a"]), list(table["scale_b"]))] = table["estimate"]
    matrix = Matrix(names, r, np.tril(np.isnan(r), -1))
    figure = draw_matrix(matrix, title, _note(table, wording), wording, simulated=simulated)
    return Drawing(figure, title, _alt(table, scales, wording))


def _note(table: pd.DataFrame, wording: Wording) -> str:
    low, high = table["n"].min(), table["n"].max()
    n = wording.number(low, 0)
    shown = f"n = {n}" if low == high else f"n = {n}\N{EN DASH}{wording.number(high, 0)}"
    hidden = table["estimate"].isna().any()
    return note_text(
        [
            wording.say("correlations_note", n=shown),
            wording.say("hidden_correlations", minimum=wording.minimum) if hidden else "",
            wording.say("shared_items") if _has_gaps(table) else "",
        ]
    )


def _has_gaps(table: pd.DataFrame) -> bool:
    """Say whether some pairs of these scales have no row, because they share items."""
    scales = set(table["scale_a"]) | set(table["scale_b"])
    return len(table) < len(scales) * (len(scales) - 1) / 2


def _alt(table: pd.DataFrame, scales: list[str], wording: Wording) -> str:
    strongest = table.iloc[int(table["estimate"].abs().argmax())]
    return wording.say(
        "correlations_alt",
        count=len(scales),
        strongest=wording.number(strongest["estimate"], 2),
        a=wording.label("scale", strongest["scale_a"]),
        b=wording.label("scale", strongest["scale_b"]),
    )
