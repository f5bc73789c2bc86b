"""The light cut of the font: the same letters at the same width, the whole font for what it lacks."""

from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, fontManager
from matplotlib.textpath import text_to_path
from pypdf import PdfReader

from pipeline.report.fonts import FAMILY, LETTERS, light_fonts, make_light_fonts
from pipeline.report.style import RC, journal_style

TEXT = "AVATAR To Té «œuvre» 1 234,5 \N{MINUS SIGN}0.3 \N{GREATER-THAN OR EQUAL TO} 10 \N{EM DASH}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("fonts")
    make_light_fonts(made)
    return made


def width(family: str, weight: str) -> float:
    font = FontProperties(family=family, size=8, weight=weight)
    return text_to_path.get_text_width_height_descent(TEXT, font, False)[0]


@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_letters_are_as_wide_as_in_the_whole_font(folder: Path, weight: str) -> None:
    whole = width(RC["font.family"], weight)
    with light_fonts(folder):
        assert Path(findfont(FontProperties(family=FAMILY, weight=weight))).parent == folder
        assert width(FAMILY, weight) == whole


@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_every_letter_that_the_whole_font_has_is_kept(folder: Path, weight: str) -> None:
    wanted = {each for letters in LETTERS for each in letters}
    whole = findfont(FontProperties(family=RC["font.family"], weight=weight))
    with TTFont(folder / f"{weight}.ttf") as light, TTFont(whole) as full:
        assert set(light.getBestCmap()) == wanted & set(full.getBestCmap())
        assert not {"GSUB", "MATH"} & set(light.keys())


def test_the_same_again(folder: Path, tmp_path: Path) -> None:
    make_light_fonts(tmp_path)
    for name in ("normal.ttf", "bold.ttf"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_letters_of_other_scripts_come_from_the_whole_font(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "figure.pdf"
    with journal_style(), light_fonts(folder):
        figure = Figure()
        figure.text(0.1, 0.5, "Слово and word")
        figure.savefig(path)
    assert PdfReader(path).pages[0].extract_text().split() == ["Слово", "and", "word"]


def test_the_font_is_forgotten_afterwards(folder: Path) -> None:
    before = list(fontManager.ttflist)
    with light_fonts(folder):
        assert len(fontManager.ttflist) == len(before) + 2
    assert fontManager.ttflist == before
