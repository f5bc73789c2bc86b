"""A figure with what is said of it."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.figure import Figure


@dataclass(frozen=True)
class Drawing:
    """A figure, its title, and a text for those who cannot see it."""

    figure: Figure
    title: str
    alt: str
