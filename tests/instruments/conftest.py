"""What the tests of instruments share: the studies that are written, and a Chromium where there is one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pipeline.instruments.web import to_web
from pipeline.questionnaire.model import Questionnaire
from pipeline.study import load_study

ROOT = Path(__file__).parents[2]
SMALL_WINDOW = {"width": 900, "height": 500}  # wide enough for columns, and quick to draw
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def psi_co() -> Questionnaire:
    """Return the questionnaire of PSI-CO."""
    return load_study("psi-co", ROOT).questionnaire


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Return a running Chromium; skip where there is none."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Visit:
    """A visit to a page: its tab, and what a page without a network must not do."""

    context: Any
    url: str
    requests: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def open(self) -> Any:
        """Open the page in a new tab; what it asks the network for and tells the console is noted."""
        tab = self.context.new_page()
        tab.on("request", lambda request: self.requests.append(request.url))
        tab.on("console", lambda message: self.told.append(message.text))
        tab.on("pageerror", lambda error: self.told.append(str(error)))
        tab.goto(self.url)
        return tab

    def was_quiet(self) -> bool:
        """Say whether nothing was asked for but the file itself and what was saved, and nothing told."""
        outside = [
            u for u in self.requests if u != self.url and not u.startswith(("blob:", "data:"))
        ]
        return not outside and not self.told


@pytest.fixture(scope="module")
def one_tab(chromium: Any) -> Iterator[Any]:
    """Return a tab that many tests use in turn: opening a new one costs more than most of them."""
    context = chromium.new_context(locale="en-GB", reduced_motion="reduce", viewport=SMALL_WINDOW)
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def opened(one_tab: Any, tmp_path: Path) -> Iterator[Callable[[Questionnaire], Any]]:
    """Return a function that opens a questionnaire's page as if for the first time."""
    told: list[str] = []

    def note(message: Any) -> None:
        told.append(message.text if hasattr(message, "text") else str(message))

    def start(questionnaire: Questionnaire) -> Any:
        one_tab.goto("about:blank")
        everything = {"origin": "file://", "storageTypes": "local_storage"}
        one_tab.context.new_cdp_session(one_tab).send("Storage.clearDataForOrigin", everything)
        ((name, content),) = to_web(questionnaire).files.items()
        (tmp_path / name).write_bytes(content)
        one_tab.goto((tmp_path / name).as_uri())
        return one_tab

    one_tab.on("console", note)
    one_tab.on("pageerror", note)
    yield start
    one_tab.remove_listener("console", note)
    one_tab.remove_listener("pageerror", note)
    assert not told


@pytest.fixture
def visit(chromium: Any, tmp_path: Path) -> Iterator[Callable[..., Visit]]:
    """Return a function that puts a questionnaire's page on disk, ready to be opened from there."""
    contexts = []

    def start(questionnaire: Questionnaire, **options: Any) -> Visit:
        ((name, content),) = to_web(questionnaire).files.items()
        (tmp_path / name).write_bytes(content)
        usual = {"locale": "en-GB", "reduced_motion": "reduce", "viewport": SMALL_WINDOW}
        context = chromium.new_context(**usual | options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        return Visit(context, (tmp_path / name).as_uri())

    yield start
    for context in contexts:
        context.close()
