"""Diverging stacked bars: how a page of questions was answered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from pipeline.report.drawing import Drawing
from pipeline.report.style import (
    DOUBLE_COLUMN,
    INK,
    LINE,
    MUTED,
    NEGATIVE,
    NEUTRAL,
    PAGE,
    POSITIVE,
    add_note,
    add_title,
    empty_figure,
    in_parts,
    lines,
    new_figure,
    note_height,
    note_text,
    title_height,
    wrap,
)
from pipeline.report.wording import Wording

LEFT, RIGHT = 3.05, 1.15
WIDTH = DOUBLE_COLUMN - LEFT - RIGHT
DONT_KNOW, COUNT = 1 + 0.42 / WIDTH, 1 + (RIGHT - 0.04) / WIDTH


def split_answers(table: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the answers of everyone by page; apart, where a page has several sets of answers."""
    rated = table[(table["group"] == "all")]
    items = rated.loc[rated["valence"].notna(), "item"].unique()
    rated = rated[rated["item"].isin(items)]
    valid = rated.loc[~rated["missing"].astype(bool), ["item", "code"]]
    of_item = valid.groupby("item", sort=False)["code"].agg(list)
    for section in wording.names("section"):
        here = [item for item in wording.names("item", section) if item in set(items)]
        sets: dict[tuple[str, ...], list[str]] = {}
        for item in here:
            names = tuple(wording.label("code", code, item) for code in of_item[item])
            sets.setdefault(names, []).append(item)
        for number, members in enumerate(sets.values(), 1):
            name = f"answers-{section}" if len(sets) == 1 else f"answers-{section}-{number}"
            for suffix, rows in in_parts(rated, members, "item"):
                yield f"{name}{suffix}", rows


def draw_answers(table: pd.DataFrame, wording: Wording) -> Drawing:
    """Draw the answers to some questions as bars that diverge around the neutral answer.

    Parameters
    ----------
    table : rows of `answers.csv` for one group, all items with the same answers.

    Returns
    -------
    A figure with a bar an item: negative answers left of zero, the neutral one across it, positive
    ones right, in % of all answers; beside it % don't know and n. An answer that was hidden is
    left out of its bar, which then ends before 100 %.
    """
    items = list(dict.fromkeys(table["item"]))
    section = _section_of(items, wording)
    simulated = wording.say("simulated") if wording.simulated else ""
    if table["percent"].notna().sum() == 0:
        phrase = "all_hidden" if len(table) else "nothing"
        note = wording.say(phrase, minimum=wording.minimum)
        return Drawing(empty_figure(section, note, simulated=simulated), section, note)
    texts = [wrap(wording.label("item", item), LEFT - 0.22, 7.5) for item in items]
    heights = [max(0.3, LINE * lines(text) + 0.12) for text in texts]
    colours = _colours(table[table["item"] == items[0]])
    legend = _legend(colours, items[0], wording)
    note = note_text(
        [
            wording.say("answers_note"),
            wording.say("weighted") if wording.weighted else "",
            wording.say("hidden_answers", minimum=wording.minimum)
            if table["percent"].isna().any()
            else "",
        ]
    )
    legend_height = 0.2 + 0.14 * max(lines(str(patch.get_label())) for patch in legend)
    figure, axes = new_figure(
        sum(heights),
        left=LEFT,
        right=RIGHT,
        top=title_height(section, simulated=simulated) + legend_height + 0.2,
        bottom=0.5 + note_height(note),
    )
    _draw_bars(axes, table, items, heights, texts, colours, wording)
    figure.legend(
        handles=legend,
        ncols=len(legend),
        loc="upper center",
        bbox_to_anchor=(
            0.5,
            1 - title_height(section, simulated=simulated) / figure.get_figheight(),
        ),
        handlelength=1,
        handleheight=0.9,
        columnspacing=1.2,
        borderpad=0,
    )
    add_title(figure, section, simulated=simulated)
    add_note(figure, note)
    return Drawing(figure, section, wording.say("answers_alt", count=len(items), section=section))


def _legend(colours: dict[str, str], item: str, wording: Wording) -> list[Patch]:
    names = [wording.label("code", code, item) for code in colours]
    each = PAGE / len(names) - 0.38
    narrow = sum(len(name) * 0.058 + 0.4 for name in names) > PAGE
    return [
        Patch(facecolor=colour, label=wrap(name, max(each, 0.7), 7.5) if narrow else name)
        for name, colour in zip(names, colours.values(), strict=True)
    ]


def _section_of(items: list[str], wording: Wording) -> str:
    for section in wording.names("section"):
        if items and items[0] in wording.names("item", section):
            return wording.label("section", section)
    return ""


def _colours(rows: pd.DataFrame) -> dict[str, str]:
    """Return a colour for each answer: darker the further from neutral."""
    codes = {
        v: list(rows.loc[rows["valence"] == v, "code"]) for v in ("negative", "neutral", "positive")
    }
    return {
        **dict(zip(codes["negative"], _shades(NEGATIVE, len(codes["negative"])), strict=True)),
        **dict(zip(codes["neutral"], _shades(NEUTRAL, len(codes["neutral"])), strict=True)),
        **dict(zip(codes["positive"], _shades(POSITIVE, len(codes["positive"])), strict=True)),
    }


def _shades(colours: tuple[str, ...], count: int) -> list[str]:
    from matplotlib.colors import LinearSegmentedColormap, to_hex

    if count <= 1:
        return [colours[len(colours) // 2]] * count
    blend = LinearSegmentedColormap.from_list("", list(colours) * (1 if len(colours) > 1 else 2))
    return [to_hex(blend(k / (count - 1))) for k in range(count)]


def _draw_bars(
    axes: Axes,
    table: pd.DataFrame,
    items: list[str],
    heights: list[float],
    texts: list[str],
    colours: dict[str, str],
    wording: Wording,
) -> None:
    bottom = 0.0
    for item, height, text in zip(items, heights, texts, strict=True):
        y = bottom + height / 2
        rows = table[table["item"] == item].set_index("code")
        _draw_bar(axes, y, rows, colours, wording)
        _draw_margins(axes, y, text, rows, wording)
        bottom += height
    axes.set_ylim(bottom, 0)
    axes.set_xlim(-105, 105)
    axes.set_xticks(range(-100, 101, 50), ["100", "50", "0", "50", "100"])
    axes.set_xlabel(wording.say("answers_axis"))
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.axvline(0, color=INK, linewidth=0.6, zorder=1)
    header: dict[str, Any] = {"ha": "right", "va": "bottom", "fontsize": 7.5, "color": MUTED}
    transform = axes.get_yaxis_transform()
    axes.text(
        DONT_KNOW, -0.05, wrap(wording.say("dont_know"), 0.42, 7.5), transform=transform, **header
    )
    axes.text(COUNT, -0.05, wording.say("n"), transform=transform, **header)


def _draw_bar(
    axes: Axes, y: float, rows: pd.DataFrame, colours: dict[str, str], wording: Wording
) -> None:
    percent = rows["percent"].fillna(0)
    of = {
        v: [c for c in colours if rows["valence"].get(c) == v]
        for v in ("negative", "neutral", "positive")
    }
    start = -(percent[of["negative"]].sum() + percent[of["neutral"]].sum() / 2)
    for code in [*of["negative"], *of["neutral"], *of["positive"]]:
        axes.barh(y, percent[code], left=start, height=0.2, color=colours[code], zorder=2)
        if percent[code] >= 12:
            axes.text(
                start + percent[code] / 2,
                y,
                wording.number(percent[code], 0),
                ha="center",
                va="center",
                fontsize=6.5,
                color=_readable_on(colours[code]),
                zorder=4,
            )
        start += percent[code]


def _draw_margins(axes: Axes, y: float, text: str, rows: pd.DataFrame, wording: Wording) -> None:
    transform = axes.get_yaxis_transform()
    axes.text(-0.03, y, text, ha="right", va="center", fontsize=7.5, transform=transform)
    missing = rows[rows["missing"].astype(bool)]
    if len(missing):
        known = missing["percent"].notna().all()
        shown = f"{wording.number(missing['percent'].sum(), 0)} %" if known else "\N{EM DASH}"
        axes.text(DONT_KNOW, y, shown, ha="right", va="center", fontsize=7.5, transform=transform)
    n = wording.number(rows["n"].sum(), 0)
    shown_n = n if rows["n"].notna().all() else f"\N{GREATER-THAN OR EQUAL TO} {n}"
    axes.text(COUNT, y, shown_n, ha="right", va="center", fontsize=7.5, transform=transform)


def _readable_on(colour: str) -> str:
    from matplotlib.colors import to_rgb

    red, green, blue = to_rgb(colour)
    return "white" if 0.299 * red + 0.587 * green + 0.114 * blue < 0.55 else INK
