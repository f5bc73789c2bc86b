"""The web page in a real browser: filled in by keyboard alone, left and come back to, and read back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from random_studies import Sheet, assert_same_answers, random_questionnaire, random_sheets
from web_page import content_of, saved

from pipeline.core.plan import Organisations, Plan, Responses
from pipeline.questionnaire.columns import answer_columns
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.decode import decode_answers
from pipeline.responses.readers.web import read_web

pytestmark = pytest.mark.xdist_group("chromium")
ROOT = Path(__file__).parents[2]
START = {"nl": "Beginnen", "fr": "Commencer", "en": "Start"}
NOT_TYPED = ("\n", "\t")  # a key of its own for the browser

# What holds the focus: the column it answers, and where the arrow keys would go from it.
FOCUSED = """() => {
  const e = document.activeElement;
  const group = e.type === "radio" ? [...document.getElementsByName(e.name)] : [];
  const options = e.tagName === "SELECT" ? [...e.options] : group;
  return {
    tag: e.tagName,
    type: e.type ?? "",
    column: e.name || (e.id ?? "").replace("field-", "") || e.dataset?.answers || "",
    codes: options.map((option) => option.value),
    isSubmit: e.type === "submit",
    section: document.querySelector("main").dataset.section ?? "",
    words: e.textContent,
  };
}"""


def respondent(questionnaire: Questionnaire, language: str, innovated: str) -> Sheet:
    """Return someone who takes part in psi-co to the end, and answers the filter question so."""
    for seed in range(5000):
        (sheet,) = random_sheets(questionnaire, 1, seed)
        answers = sheet.answers
        if sheet.submitted and answers["CONSENT"] == "1" and answers.get("INNOV") == innovated:
            break
    sheet.language = language
    for column in ("INNIDEA", "INNNUM"):
        if answers.get(column) == "999":
            answers[column] = "99"
    answers["COMMENT"] = 'Tea & <b>"cake"</b> {x} 😀 é; =1+1'
    return sheet


class Typist:
    """Someone who fills in a page with the keyboard alone, and finds only what the sheet has answers to."""

    def __init__(self, tab: Any, sheet: Sheet) -> None:
        self.tab = tab
        self.sheet = sheet
        self.met: set[str] = set()

    def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            self.tab.keyboard.press(key)

    def next(self) -> dict[str, Any]:
        self.press("Tab")
        return self.tab.evaluate(FOCUSED)

    def press_button(self, words: str) -> None:
        """Go to the button with these words and press it."""
        for _ in range(400):
            focused = self.next()
            if focused["tag"] == "BUTTON" and focused["words"] == words:
                self.press("Enter")
                return
        raise AssertionError(f"the Tab key never came to the button {words!r}")

    def fill_section(self) -> None:
        """Fill in the section on the screen and submit it."""
        for _ in range(400):
            focused = self.next()
            if focused["isSubmit"]:
                self.press("Enter")
                return
            if focused["column"]:
                self.fill(focused)
        raise AssertionError("the Tab key never came to the end of the section")

    def fill(self, focused: dict[str, Any]) -> None:
        column, kind = focused["column"], focused["type"]
        assert column in self.sheet.answers, f"{column} is asked and should not be"
        code = self.sheet.answers[column]
        is_box_beside_number = kind == "checkbox" and column in self.met
        self.met.add(column)
        if code is None or is_box_beside_number:
            return
        if kind == "radio":
            self.press("Space")
            self.press("ArrowDown", focused["codes"].index(code))
        elif kind == "checkbox":
            self.press("Space", int(code))
        elif kind == "select-one":
            self.press("ArrowDown", focused["codes"].index(code))
        else:
            self.tab.keyboard.type(code)


def save(tab: Any, act: Callable[[], None], path: Path) -> dict[str, Any]:
    """Return what is saved when `act` presses the button, and keep it at `path`."""
    with tab.expect_download() as download:
        act()
    download.value.save_as(path)
    return json.loads(path.read_text(encoding="utf-8"))


def assert_reads_back(path: Path, questionnaire: Questionnaire, people: list[Sheet]) -> None:
    levels = (answer_columns(questionnaire)[0].name,)
    plan = Plan(
        seed=1, responses=Responses(file="x.json"), organisation=Organisations(levels=levels)
    )
    raw = read_web(path, path.name, questionnaire, plan.responses)
    assert_same_answers(decode_answers(raw, questionnaire, plan), questionnaire, people)


@pytest.mark.parametrize(("language", "innovated"), [("nl", "1"), ("fr", "0"), ("en", "99")])
def test_psi_co_is_filled_in_by_keyboard_alone(
    visit, psi_co, tmp_path, language: str, innovated: str
) -> None:
    sheet = respondent(psi_co, language, innovated)
    there = visit(psi_co)
    tab = there.open()
    typist = Typist(tab, sheet)
    typist.press_button({"nl": "Nederlands", "fr": "Français", "en": "English"}[language])
    assert tab.evaluate("document.documentElement.lang") == language
    typist.press_button(START[language])
    words = content_of(Path(there.url.removeprefix("file://")).read_text(encoding="utf-8"))["words"]
    while tab.query_selector("form"):
        heading = tab.text_content("h1")
        assert tab.evaluate("document.activeElement.tagName") == "H1"
        assert tab.title().startswith(heading)
        typist.fill_section()
        assert tab.text_content("h1") != heading, tab.text_content("#summary")
    assert typist.met == set(sheet.answers)
    path = tmp_path / "saved.json"
    read = save(tab, lambda: typist.press_button(words[language]["save_button"]), path)
    sheet.respondent = read["respondent"]
    assert read["submitted"] > read["started"]
    assert read["pages"] == len(psi_co.sections)
    assert_reads_back(path, psi_co, [sheet])
    assert there.was_quiet(), (there.requests, there.told)


# Fills in the section on the screen from a sheet's answers; every event is the browser's own.
FILL = """(answers) => {
  const visible = (e) => e.offsetParent !== null;
  const met = new Set();
  for (let before = -1; before !== met.size; ) {
    before = met.size;
    const all = [...document.querySelectorAll("main input, main select, main textarea")];
    for (const e of all.filter(visible)) {
      const column = e.name || e.id.replace("field-", "") || e.dataset.answers;
      if (e.dataset.answers || (met.has(column) && e.type !== "radio")) continue;
      met.add(column);
      const code = answers[column] ?? null;
      if (e.type === "checkbox") { if (e.checked !== (code === "1")) e.click(); }
      else if (e.type === "radio") { if (e.value === code && !e.checked) e.click(); }
      else {
        const before = e.value;
        e.value = code ?? "";
        if (e.value === before) continue;
        e.dispatchEvent(new Event(e.tagName === "SELECT" ? "change" : "input", { bubbles: true }));
      }
    }
  }
  return [...met];
}"""


def fill_section(tab: Any, sheet: Sheet) -> None:
    """Fill in the section on the screen, which asks what the sheet answers and nothing else."""
    section = tab.get_attribute("main", "data-section")
    asked = tab.evaluate(FILL, sheet.answers)
    assert set(asked) <= set(sheet.answers), section
    tab.click("[type=submit]")
    assert tab.get_attribute("main", "data-section") != section, tab.text_content("#summary")


def typed_sheets(questionnaire: Questionnaire, seed: int) -> Iterator[Sheet]:
    """Yield people whose answers a browser can take: texts on one line, at least a page done."""
    columns = {column.name: column.item for column in answer_columns(questionnaire)}
    for sheet in random_sheets(questionnaire, 3, seed):
        for column, code in sheet.answers.items():
            if columns[column].kind in {"short_text", "long_text"} and code:
                sheet.answers[column] = code.translate(dict.fromkeys(map(ord, NOT_TYPED), " "))
        if sheet.pages:
            yield sheet


@pytest.mark.parametrize("seed", range(6))
def test_any_questionnaire_reads_back_what_was_filled_in(visit, tmp_path, seed: int) -> None:
    questionnaire = random_questionnaire(seed)
    there = visit(questionnaire)
    content = content_of(Path(there.url.removeprefix("file://")).read_text(encoding="utf-8"))
    tab = there.open()
    for sheet in typed_sheets(questionnaire, seed):
        path = tmp_path / "saved.json"
        read = walk_through(tab, questionnaire, sheet, path)
        sheet.respondent = read["respondent"]
        assert read["answers"] == saved(content, sheet)["answers"]
        assert_reads_back(path, questionnaire, [sheet])
    assert there.was_quiet(), (there.requests, there.told)


def walk_through(
    tab: Any, questionnaire: Questionnaire, sheet: Sheet, path: Path
) -> dict[str, Any]:
    """Do what the sheet says, as far as it goes, and return what is saved; then erase it all."""
    dialogs: list[str] = []
    tab.on("dialog", lambda dialog: dialogs.append(dialog.message))
    if len(questionnaire.languages) > 1:
        tab.click(f'[data-language="{sheet.language}"]')
    tab.click("button.main")
    ids = [section.id for section in questionnaire.sections]
    while (now := tab.get_attribute("main", "data-section")) in ids[: sheet.pages]:
        fill_section(tab, sheet)
    if now:
        tab.click("footer button")
    read = save(tab, lambda: tab.click("button.main"), path)
    tab.click("footer button")
    tab.click("button.danger")
    assert not dialogs, "a text was run"
    return read


AXE = """async () => {
  const found = await axe.run({
    resultTypes: ["violations"],
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  });
  return found.violations.map((each) =>
    `${each.id}: ${each.nodes.map((node) => node.html.slice(0, 120)).slice(0, 3).join(" | ")}`);
}"""
# Too wide for the screen, or too small to hit: what axe does not see.
UNFIT = """() => {
  const small = [...document.querySelectorAll("button, input, select, textarea, a")].filter((e) => {
    const hit = (e.closest("label") ?? e).getBoundingClientRect();
    const inText = e.tagName === "A";
    return e.offsetParent !== null && !inText && (hit.width < 24 || hit.height < 24);
  });
  const wide = document.documentElement.scrollWidth > window.innerWidth ? ["page too wide"] : [];
  return [...wide, ...small.map((e) => e.outerHTML.slice(0, 100))];
}"""


def inspector(tab: Any) -> Callable[[], list[str]]:
    """Return a function that tells what of the page on the screen does not fit people or screens."""
    import axe_playwright_python

    script = Path(axe_playwright_python.__file__).with_name("axe.min.js")
    tab.evaluate(script.read_text(encoding="utf-8"))

    def inspect() -> list[str]:
        return tab.evaluate(AXE) + tab.evaluate(UNFIT)

    return inspect


@pytest.mark.parametrize(
    ("language", "options"),
    [
        ("nl", {}),
        ("fr", {"viewport": {"width": 320, "height": 640}}),
        ("en", {"color_scheme": "dark"}),
    ],
    ids=["nl", "fr on a small phone", "en in the dark"],
)
def test_every_page_is_accessible(visit, psi_co, language: str, options: dict[str, Any]) -> None:
    sheet = respondent(psi_co, language, "1")
    there = visit(psi_co, **options)
    tab = there.open()
    inspect = inspector(tab)
    tab.click(f'[data-language="{language}"]')
    assert inspect() == []
    tab.click("button.main")
    while section := tab.get_attribute("main", "data-section"):
        tab.evaluate(FILL, sheet.answers)
        assert inspect() == [], section
        tab.click("[type=submit]")
    assert inspect() == []
    with tab.expect_download():
        tab.click("button.main")
    assert inspect() == []
    tab.click("footer button")
    assert inspect() == []
    assert there.was_quiet(), (there.requests, there.told)
