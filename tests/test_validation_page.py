"""The page `docs/validation.md` is made by the tests, and cannot go stale without one failing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import validation
from validation import Run, agrees, write_page

HERE = "tests/test_validation_page.py"


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty page, in a run that writes it."""
    path = tmp_path / "validation.md"
    monkeypatch.setattr(validation, "PAGE", path)
    monkeypatch.setattr(validation, "RUN", Run(writes_page=True))
    validation.named_on_page.cache_clear()
    yield path
    validation.named_on_page.cache_clear()


def rows(page: Path) -> list[str]:
    lines = page.read_text().splitlines()
    end = lines.index("## Planted in the simulated survey, and found")
    return [line for line in lines[:end] if line.startswith("| ") and line != validation.HEAD]


def test_the_page_tells_the_worst_value_and_the_loosest_tolerance(page: Path) -> None:
    agrees("alpha", [0.5, 0.25], [0.5, 0.25 + 2e-7], reference="psych::alpha", abs=1e-6)
    agrees("alpha", 0.75, 0.75, reference="psych::alpha", rel=1e-3, abs=1e-9)
    agrees("B", [np.nan, 3], [np.nan, 3], reference="by hand")
    agrees("tail", 1.001e-9, 1e-9, reference="stats::pnorm", rel=1e-2)
    write_page([HERE])
    assert rows(page) == [
        "| alpha | psych::alpha | 1e-3 relative, 1e-6 absolute | 3 | 6 |",
        "| B | by hand | equal | 1 | 15 |",
        "| tail | stats::pnorm | 1e-2 relative | 1 | 3 |",
    ]
    assert f"### `{HERE}`" in page.read_text()


def test_a_run_rewrites_its_own_files_and_drops_those_that_are_gone(page: Path) -> None:
    other = "tests/test_run.py"
    kept = "| kept | R | equal | 1 | 15 |"
    old = f"### `{HERE}`\n| old | R | equal | 1 | 9 |\n### `tests/gone.py`\n| gone | R | equal | 1 | 9 |\n"
    page.write_text(f"### `{other}`\n{validation.HEAD}\n{kept}\n{old}")
    agrees("new", 1, 1, reference="R")
    write_page([HERE])
    assert rows(page) == [kept, "| new | R | equal | 1 | 15 |"]
    again = page.read_text()
    validation.RUN.made.clear()
    write_page([])
    assert page.read_text() == again


def test_numbers_that_differ_fail_and_are_not_told(page: Path) -> None:
    for found, expected in ((1.0, 1.1), (np.nan, 1.0), (1.0, np.nan), ([1, 2], [1, 2, 3])):
        with pytest.raises(AssertionError, match="alpha: psych::alpha"):
            agrees("alpha", found, expected, reference="psych::alpha", abs=0.01)
    assert validation.RUN.made == {}


def test_a_comparison_that_the_page_does_not_name_fails(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agrees("alpha", 1, 1, reference="psych::alpha")
    write_page([HERE])
    monkeypatch.setattr(validation, "RUN", Run())
    agrees("alpha", 1, 1, reference="psych::alpha")
    with pytest.raises(AssertionError, match=f"--validation {HERE}"):
        agrees("alpha", 1, 1, reference="psych::omega")
