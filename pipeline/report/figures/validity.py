"""Whether scales are distinct: correlations of factors below the diagonal, HTMT above it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from pipeline.report.drawing import Drawing
from pipeline.report.figures.correlations import once_and_twice
from pipeline.report.figures.matrix import Matrix, draw_matrix, places
from pipeline.report.style import empty_figure, note_text
from pipeline.report.wording import Wording

LIMITS = ("factors.htmt", "factors.latent_r")


def split_validity(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the pairs of scales that are rated once, and of scales that are rated twice."""
    return once_and_twice(table, "validity")


def draw_validity(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw how far scales measure the same thing.

    Parameters
    ----------
    table : rows of `validity.csv`.

    Returns
    -------
    A matrix: r of the factors below the diagonal, HTMT above it; pairs that are not distinct by the
    plan's limits are framed on both sides, hidden ones hatched.
    """
    title = wording.say("validity_title")
    simulated = wording.say("simulated") if wording.simulated else ""
    if not table["htmt"].notna().any():
        note = wording.say("all_hidden" if len(table) else "nothing", minimum=wording.minimum)
        return Drawing(empty_figure(title, note, simulated=simulated), title, note)
    scales = list(dict.fromkeys([*table["scale_a"], *table["scale_b"]]))
    names = [wording.label("scale", scale) for scale in scales]
    figure = draw_matrix(
        _matrix(table, scales, names), title, _note(table, wording), wording, simulated=simulated
    )
    return Drawing(figure, title, _alt(table, len(scales), wording))


def _matrix(table: pd.DataFrame, scales: list[str], names: list[str]) -> Matrix:
    row, column = places(scales, list(table["scale_a"]), list(table["scale_b"]))
    values = np.full((len(scales), len(scales)), np.nan)
    values[row, column], values[column, row] = table["r"], table["htmt"]
    framed = np.zeros(values.shape, dtype=bool)
    framed[row, column] = framed[column, row] = table["verdict"].eq("overlapping").fillna(False)
    hatched = np.isnan(values) & ~np.eye(len(scales), dtype=bool)
    return Matrix(names, values, hatched, framed)


def _note(table: pd.DataFrame, wording: Wording) -> str:
    htmt, latent = (wording.limits.get(name) for name in LIMITS)
    known = htmt is not None and latent is not None
    return note_text(
        [
            wording.people(table["n"]),
            wording.say("validity_note"),
            wording.say(
                "validity_limits",
                htmt=wording.number(float(htmt or 0), 2),
                r=wording.number(float(latent or 0), 2),
            )
            if known
            else wording.say("validity_framed"),
            wording.say("hidden_correlations", minimum=wording.minimum)
            if table["htmt"].isna().any()
            else "",
        ]
    )


def _alt(table: pd.DataFrame, count: int, wording: Wording) -> str:
    closest = table.iloc[int(table["htmt"].argmax())]
    return wording.say(
        "validity_alt",
        count=count,
        overlapping=int(table["verdict"].eq("overlapping").sum()),
        htmt=wording.number(closest["htmt"], 2),
        a=wording.label("scale", closest["scale_a"]),
        b=wording.label("scale", closest["scale_b"]),
    )
