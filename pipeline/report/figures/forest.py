"""What forests of intervals have in common: rows of text, limits of the plan, rows by the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from pipeline.report.style import MUTED
from pipeline.report.wording import Wording


def in_pages(heights: Mapping[str, float], most: float) -> Iterator[tuple[str, list[str]]]:
    """Yield a suffix and the names that fit on a page of at most so many inches, pages of like height.

    The only page has no suffix; a name that is higher than a page has one of its own.
    """
    total = sum(heights.values())
    share = total / max(1, int(np.ceil(total / most)))
    pages: list[list[str]] = [[]]
    filled = 0.0
    for name, height in heights.items():
        if pages[-1] and filled + height / 2 > share * len(pages):
            pages.append([])
        pages[-1].append(name)
        filled += height
    for number, page in enumerate(pages, 1):
        yield (f"-part{number}" if len(pages) > 1 else ""), page


def draw_limits(axes: Axes, limits: Sequence[float], wording: Wording) -> None:
    """Draw the plan's limits as dashed lines, each with its number above."""
    for limit in limits:
        axes.axvline(limit, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
        axes.annotate(
            wording.number(limit, 2),
            (limit, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=7,
            color=MUTED,
        )


def known_limits(names: Sequence[str], wording: Wording) -> list[float]:
    """Return the plan's limits of these names, as far as the run declares them."""
    return [wording.limits[name] for name in names if name in wording.limits]
