"""The way from invitations to answers that are analysed: a flow chart as CONSORT draws them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from pipeline.report.drawing import Drawing
from pipeline.report.style import (
    DOUBLE_COLUMN,
    INK,
    MUTED,
    add_note,
    add_title,
    empty_figure,
    lines,
    new_figure,
    note_height,
    note_text,
    title_height,
    wrap,
)
from pipeline.report.wording import Wording

SIZE = 8.0
LINE_HEIGHT = 0.148
PADDING = 0.1
GAP = 0.24
WAY = (0.1, 3.0)
ASIDE = (3.45, 3.45)
DASH = "\N{EN DASH} "


@dataclass(frozen=True)
class Box:
    """A box of text: its left end and width in inches, its lines."""

    left: float
    width: float
    text: str

    @property
    def height(self) -> float:
        """Inches, padding included."""
        return 2 * PADDING + LINE_HEIGHT * lines(self.text)


def split_flow(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the whole table."""
    if len(table):
        yield "flow", table


def draw_flow(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw a box for every number on the way, and beside it one for those who left there.

    Parameters
    ----------
    table : `flow.csv`. Rules whose numbers are hidden are named together, with the number they have
        together: by the exit door's doing, that is no number of too few people.
    """
    title = wording.say("flow_title")
    simulated = wording.say("simulated") if wording.simulated else ""
    n = {(block, step): count for block, step, count in table.itertuples(index=False, name=None)}
    if pd.isna(n.get(("kept", "all"))):
        note = wording.say("all_hidden" if len(table) else "nothing", minimum=wording.minimum)
        return Drawing(empty_figure(title, note, simulated=simulated), title, note)
    steps = _steps(n, wording)
    ends = _ends(n, wording)
    note = note_text([wording.say("flow_note")])
    heights = [max(way.height, aside.height if aside else 0) for way, aside in steps]
    end = max((each.height for each in ends), default=0.0)
    total = sum(heights) + GAP * (len(steps) - (not ends)) + end
    figure, axes = new_figure(
        total,
        left=0,
        right=0,
        top=title_height(title, simulated=simulated) + 0.05,
        bottom=0.1 + note_height(note),
    )
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.set_xlim(0, DOUBLE_COLUMN)
    axes.set_ylim(total, 0)
    _draw_steps(axes, steps, heights, ends)
    add_title(figure, title, simulated=simulated)
    add_note(figure, note)
    alt = wording.say(
        "flow_alt",
        read=wording.number(n["read", "all"], 0),
        kept=wording.number(n["kept", "all"], 0),
    )
    return Drawing(figure, title, alt)


def _steps(n: dict[tuple[str, str], float], wording: Wording) -> list[tuple[Box, Box | None]]:
    """Return the boxes of the way, each with the one aside."""
    steps: list[tuple[Box, Box | None]] = []
    if ("invited", "all") in n:
        silent = _counted("flow_silent", n["invited", "silent"], wording)
        invited = _counted("flow_invited", n["invited", "all"], wording)
        steps.append((_box(WAY, invited), _box(ASIDE, silent)))
    started = [_counted("flow_read", n["read", "all"], wording)]
    if ("invited", "started") in n:
        started.insert(0, _counted("flow_started", n["invited", "started"], wording))
    steps.append((_box(WAY, *started), _box(ASIDE, *_rejected(n, wording))))
    steps.append((_box(WAY, _counted("flow_kept", n["kept", "all"], wording)), None))
    return steps


def _rejected(n: dict[tuple[str, str], float], wording: Wording) -> list[str]:
    """Return the lines on what was left out, rule by rule; hidden rules in one line."""
    total = n["read", "all"] - n["kept", "all"]
    rules = {step: count for (block, step), count in n.items() if block == "rejected"}
    told = [_counted("flow_rejected", total if total >= wording.minimum else None, wording)]
    shown = {rule: count for rule, count in rules.items() if pd.notna(count)}
    told += [f"{DASH}{_counted(f'rule_{rule}', count, wording)}" for rule, count in shown.items()]
    hidden = [wording.say(f"rule_{rule}") for rule in rules if rule not in shown]
    if hidden and shown:
        together = total - sum(shown.values())
        told.append(DASH + _number("; ".join(hidden), together, wording))
    return told


def _ends(n: dict[tuple[str, str], float], wording: Wording) -> list[Box]:
    """Return the boxes that those who are analysed divide into, side by side under the way.

    None where their numbers are hidden.
    """
    if any(pd.isna(n["kept", step]) for step in ("complete", "partial")):
        return []
    half = (WAY[1] - 0.1) / 2
    return [
        _box((WAY[0] + k * (half + 0.1), half), _counted(f"flow_{step}", n["kept", step], wording))
        for k, step in enumerate(("complete", "partial"))
    ]


def _counted(key: str, n: float | None, wording: Wording) -> str:
    return _number(wording.say(key), n, wording)


def _number(name: str, n: float | None, wording: Wording) -> str:
    """Return a line such as `Invited: n = 100`, which can be broken before n only.

    None stands for too few people to tell, NaN for a number that is hidden for another's sake.
    """
    if n is None:
        shown = f"<\N{NO-BREAK SPACE}{wording.minimum}"
    elif pd.isna(n):
        shown = "\N{EM DASH}"
    else:
        shown = f"=\N{NO-BREAK SPACE}{wording.number(float(n), 0)}"
    return wording.say("flow_number", name=name, n=shown)


def _box(place: tuple[float, float], *texts: str) -> Box:
    left, width = place
    return Box(left, width, "\n".join(wrap(text, width - 2 * PADDING, SIZE) for text in texts))


def _draw_steps(
    axes: Axes, steps: list[tuple[Box, Box | None]], heights: list[float], ends: list[Box]
) -> None:
    tops = np.cumsum([0.0, *(height + GAP for height in heights)])
    middles = [top + height / 2 for top, height in zip(tops[:-1], heights, strict=True)]
    placed = [(way, middle) for (way, _), middle in zip(steps, middles, strict=True)]
    for (way, aside), middle in zip(steps, middles, strict=True):
        _draw_box(axes, way, middle)
        if aside:
            _draw_box(axes, aside, middle)
            _draw_arrow(axes, (way.left + way.width, middle), (aside.left, middle))
    for (above, high), (below, low) in pairwise(placed):
        x = above.left + above.width / 2
        _draw_arrow(axes, (x, high + above.height / 2), (x, low - below.height / 2))
    last, middle = placed[-1]
    for each in ends:
        x = each.left + each.width / 2
        _draw_arrow(axes, (x, middle + last.height / 2), (x, float(tops[-1])))
        _draw_box(axes, each, float(tops[-1]) + each.height / 2)


def _draw_box(axes: Axes, box: Box, middle: float) -> None:
    axes.add_patch(
        Rectangle(
            (box.left, middle - box.height / 2),
            box.width,
            box.height,
            fill=False,
            edgecolor=MUTED,
            linewidth=0.8,
            clip_on=False,
        )
    )
    axes.text(
        box.left + PADDING,
        middle,
        box.text,
        ha="left",
        va="center",
        fontsize=SIZE,
        color=INK,
        linespacing=1.3,
    )


def _draw_arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate(
        "",
        xy=end,
        xytext=start,
        arrowprops={
            "arrowstyle": "-|>",
            "color": MUTED,
            "linewidth": 0.9,
            "shrinkA": 0,
            "shrinkB": 0,
        },
    )
