"""A light cut of the font: the same letters, without the tables that make saving a PDF slow.

A PDF embeds the letters that it uses. To cut them out, matplotlib reads all of DejaVu Sans, ligatures of
scripts that no study here is written in included: most of the time that a figure takes. Letters that the
light font lacks come from the whole one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from matplotlib import rc_context
from matplotlib.font_manager import FontProperties, findfont, fontManager

from pipeline.report.style import RC

FAMILY = "psi-co Sans"
LETTERS = (
    range(0x20, 0x250),  # Latin
    range(0x2000, 0x2070),  # dashes, quotes, spaces
    range(0x20A0, 0x20C0),  # currencies
    range(0x2190, 0x2300),  # arrows, signs of mathematics
)
FAMILY_NAME = 1
"""The number of a font's family in its table of names."""


def make_light_fonts(folder: Path) -> None:
    """Write the light cuts, regular and bold, into a folder."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    options = Options(layout_features=["kern"])
    options.drop_tables += ["FFTM", "GDEF", "GSUB", "MATH"]
    for weight in ("normal", "bold"):
        whole = findfont(FontProperties(family=RC["font.family"], weight=weight))
        with TTFont(whole, recalcTimestamp=False) as font:
            cutter = Subsetter(options)
            cutter.populate(unicodes=[each for letters in LETTERS for each in letters])
            cutter.subset(font)
            for record in font["name"].names:
                if record.nameID == FAMILY_NAME:
                    record.string = FAMILY
            font.save(folder / f"{weight}.ttf")


@contextmanager
def light_fonts(folder: Path) -> Iterator[None]:
    """Use the light cuts of a folder in figures that are drawn and saved within."""
    known = list(fontManager.ttflist)
    for path in sorted(folder.glob("*.ttf")):
        fontManager.addfont(path)
    try:
        with rc_context({"font.family": [FAMILY, RC["font.family"]]}):
            yield
    finally:
        fontManager.ttflist = known
