"""What the web page does with a visitor: shows and hides, refuses with reasons, keeps, forgets, saves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.version import questionnaire_version
from pipeline.study import Study, load_study

pytestmark = pytest.mark.xdist_group("chromium")
ROOT = Path(__file__).parents[2]
Open = Callable[..., Any]


@pytest.fixture
def begun(opened: Open, study: Study) -> Any:
    """Return the first page of the small study, in a browser."""
    tab = opened(study.questionnaire)
    tab.click("button.main")
    return tab


def copied(questionnaire: Questionnaire, **update: Any) -> Questionnaire:
    """Return a questionnaire with parts changed, and nothing that was worked out of the former ones."""
    copy = questionnaire.model_copy(update=update)
    copy.__dict__.pop("items", None)
    return copy


def changed(questionnaire: Questionnaire, **changes: Any) -> Questionnaire:
    """Return a questionnaire in which some questions of the first section are other than declared."""
    first, *others = questionnaire.sections
    questions = tuple(
        question.model_copy(update=changes.get(question.code, {})) for question in first.questions
    )
    section = first.model_copy(update={"questions": questions})
    return copied(questionnaire, sections=(section, *others))


def saved(tab: Any, button: str = "button.main") -> dict[str, Any]:
    with tab.expect_download() as download:
        tab.click(button)
    read = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert download.value.suggested_filename == f"small-{read['respondent']}.json"
    return read


def stopped(tab: Any) -> dict[str, Any]:
    """Return what is saved for who stops here."""
    tab.click("footer button")
    return saved(tab)


def submit(tab: Any) -> None:
    tab.click("[type=submit]")


def choose(tab: Any, column: str, code: str) -> None:
    tab.check(f'input[name="{column}"][value="{code}"]')


def is_shown(tab: Any, code: str) -> bool:
    return tab.is_visible(f"#question-{code}")


def summary(tab: Any) -> list[str]:
    return tab.locator("#summary li").all_text_contents()


def focused(tab: Any) -> str:
    return tab.evaluate("document.activeElement.id || document.activeElement.name")


def test_questions_come_and_go_with_the_answers(begun: Any) -> None:
    assert not is_shown(begun, "N")
    choose(begun, "NEW", "y")
    assert is_shown(begun, "N")
    begun.check("input[name=TOOLS_pen]")
    begun.fill("#field-N", "3")
    assert not is_shown(begun, "WHY")
    begun.fill("#field-N", "4")
    assert is_shown(begun, "WHY")
    begun.fill("#field-N", "99")  # a code for don't know is above nothing
    assert not is_shown(begun, "WHY")
    begun.fill("#field-N", "5")
    begun.fill("#field-WHY", "because")
    choose(begun, "NEW", "n")  # hides N, and so WHY, whose condition asks N
    assert not is_shown(begun, "N")
    assert not is_shown(begun, "WHY")
    submit(begun)
    answers = stopped(begun)["answers"]
    assert "N" not in answers
    assert "WHY" not in answers
    assert answers["NEW"] == "n"


def test_an_answer_that_was_hidden_comes_back_with_its_question(begun: Any) -> None:
    choose(begun, "NEW", "y")
    begun.fill("#field-N", "4")
    choose(begun, "NEW", "n")
    choose(begun, "NEW", "y")
    assert begun.input_value("#field-N") == "4"


def test_unseen_empty_and_answered_stay_apart(begun: Any) -> None:
    choose(begun, "NEW", "r")
    begun.check("input[name=TOOLS_app]")
    begun.fill("#field-WARM", "-2,5")
    submit(begun)
    choose(begun, "M1", "9")
    read = stopped(begun)
    assert read["answers"] == {
        "ORG": None,
        "NEW": "r",
        "TOOLS_pen": "0",
        "TOOLS_app": "1",
        "TOOLS_none": "0",
        "WARM": "-2.5",
    }
    assert (read["pages"], read["submitted"], read["language"]) == (1, None, "en")
    assert set(read["seconds"]) == {"facts", "views"}


@pytest.mark.parametrize("way", ["the Delete key", "the button"])
def test_an_answer_can_be_withdrawn(begun: Any, way: str) -> None:
    submit(begun)
    withdraw = begun.locator('[data-clears="M1"]')
    assert not withdraw.is_visible()
    choose(begun, "M1", "3")
    if way == "the button":
        withdraw.click()
    else:
        begun.focus('input[name="M1"][value="3"]')
        begun.keyboard.press("Delete")
    assert not begun.is_checked('input[name="M1"][value="3"]')
    assert focused(begun) == "M1"
    assert not withdraw.is_visible()
    submit(begun)
    assert stopped(begun)["answers"]["M1"] is None


def test_who_does_not_know_a_number_ticks_so_or_types_the_code(begun: Any) -> None:
    choose(begun, "NEW", "y")
    box = begun.locator('[data-answers="N"]')
    begun.fill("#field-N", "99")
    assert box.is_checked()
    begun.fill("#field-N", "9")
    assert not box.is_checked()
    box.click()
    assert begun.input_value("#field-N") == ""
    submit(begun)
    assert stopped(begun)["answers"]["N"] == "99"


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("WARM", "warm", "How warm – Enter a number, in digits."),
        ("WARM", "5,01", "How warm – Enter a number from -5 to 5."),
        ("WARM", "1e1", "How warm – Enter a number, in digits."),
        ("N", "2.5", "Number – Enter a whole number, in digits."),
        ("N", "51", "Number – Enter a number from 0 to 50."),
        ("N", "-1", "Number – Enter a number from 0 to 50."),
    ],
)
def test_a_number_that_cannot_be_is_told(begun: Any, field: str, typed: str, told: str) -> None:
    choose(begun, "NEW", "y")
    begun.fill(f"#field-{field}", typed)
    submit(begun)
    assert summary(begun) == [told]
    assert focused(begun) == f"field-{field}"
    assert begun.title().startswith("Error: Facts")
    input_ = begun.locator(f"#field-{field}")
    assert input_.get_attribute("aria-invalid") == "true"
    described = input_.get_attribute("aria-describedby").split()
    assert begun.locator(f"#{described[-1]}").text_content().endswith(told.split(" – ")[1])
    assert begun.get_attribute(".summary", "role") == "alert"
    input_.fill("1")
    assert input_.get_attribute("aria-invalid") is None
    submit(begun)
    assert begun.text_content("h1") == "Views"


def test_what_excludes_all_else_goes_with_nothing_else(begun: Any) -> None:
    begun.check("input[name=TOOLS_pen]")
    begun.check("input[name=TOOLS_none]")
    submit(begun)
    assert summary(begun) == ["Tools – “None” cannot go together with another answer."]
    assert focused(begun) == "TOOLS_pen"
    begun.uncheck("input[name=TOOLS_pen]")
    submit(begun)
    assert begun.text_content("h1") == "Views"


def test_shares_add_up_to_a_hundred_or_stay_empty(begun: Any) -> None:
    submit(begun)
    begun.fill("#field-S1", "33.3")
    assert begun.text_content(".total") == "Total: 33.3 of 100"
    submit(begun)
    assert summary(begun) == ["Shares – The numbers must add up to 100; now they add up to 33.3."]
    assert focused(begun) == "field-S1"
    begun.fill("#field-S2", "66.7")
    submit(begun)
    assert begun.text_content("h1") == "More"
    begun.click("text=Back")
    begun.fill("#field-S1", "")
    begun.fill("#field-S2", "")
    submit(begun)
    assert begun.text_content("h1") == "More"


def test_what_binary_fractions_leave_behind_is_no_mistake(opened, study: Study) -> None:
    facts, views, more = study.questionnaire.sections
    shares = views.questions[-1]
    third = shares.rows[0].model_copy(update={"id": "S3"})
    wider = shares.model_copy(update={"rows": (*shares.rows, third)})
    views = views.model_copy(update={"questions": (*views.questions[:-1], wider)})
    tab = opened(copied(study.questionnaire, sections=(facts, views, more)))
    tab.click("button.main")
    submit(tab)
    typed = {"S1": "44.3", "S2": "19.9", "S3": "35.8"}
    assert sum(map(float, typed.values())) != 100
    for row, share in typed.items():
        tab.fill(f"#field-{row}", share)
    submit(tab)
    assert tab.text_content("h1") == "More"


@pytest.mark.parametrize("spoilt", ["101", "-1", "x"])
def test_a_share_lies_between_0_and_100(begun: Any, spoilt: str) -> None:
    submit(begun)
    begun.fill("#field-S1", spoilt)
    submit(begun)
    assert len(summary(begun)) == 1
    assert focused(begun) == "field-S1"


def test_required_questions_are_answered_before_the_page_is_left(opened, study: Study) -> None:
    every = ("ORG", "NEW", "TOOLS", "N", "WARM", "WHY")
    required = {code: {"required": True} for code in every}
    tab = opened(changed(study.questionnaire, **required))
    tab.click("button.main")
    submit(tab)
    choose_ = "Choose an answer."
    assert summary(tab) == [
        f"Where – {choose_}",
        f"Anything new – {choose_}",
        f"Tools – {choose_}",
        "How warm – Fill in an answer.",
    ]
    assert focused(tab) == "ORG"
    tab.click("#summary li:nth-child(2) a")
    assert focused(tab) == "NEW"
    tab.check("input[name=TOOLS_app]")
    assert tab.locator(".message:visible").all_text_contents() == [
        f"!{choose_}",
        f"!{choose_}",
        "!Fill in an answer.",
    ]
    choose(tab, "ORG", "A1")
    choose(tab, "NEW", "n")
    tab.fill("#field-WARM", "0")
    submit(tab)
    assert tab.text_content("h1") == "Views"


def test_a_text_has_a_longest_length_in_characters(opened, study: Study) -> None:
    tab = opened(changed(study.questionnaire, WHY={"max_length": 10}))
    tab.click("button.main")
    choose(tab, "NEW", "y")
    tab.check("input[name=TOOLS_pen]")
    tab.fill("#field-N", "4")
    tab.fill("#field-WHY", "😀" * 9)
    assert tab.text_content("#left-WHY") == "Characters left: 1"
    tab.fill("#field-WHY", "😀" * 12)
    submit(tab)
    assert summary(tab) == ["Why – Your answer is too long: 12 characters, and at most 10 fit."]
    tab.fill("#field-WHY", "😀" * 10)
    submit(tab)
    assert stopped(tab)["answers"]["WHY"] == "😀" * 10


def test_half_a_character_becomes_the_sign_for_it(begun: Any) -> None:
    choose(begun, "NEW", "y")
    begun.check("input[name=TOOLS_pen]")
    begun.fill("#field-N", "4")
    begun.evaluate(
        """() => { const e = document.getElementById("field-WHY");
        e.value = "a\\ud83d"; e.dispatchEvent(new Event("input")); }"""
    )
    submit(begun)
    assert stopped(begun)["answers"]["WHY"] == "a\ufffd"


def test_a_closed_tab_can_be_gone_on_with(visit, study: Study) -> None:
    there = visit(study.questionnaire)
    tab = there.open()
    tab.click("button.main")
    choose(tab, "NEW", "y")
    submit(tab)
    choose(tab, "M1", "2")
    tab.close()
    tab = there.open()
    assert "You started on" in tab.text_content(".note")
    tab.click("text=Continue")
    assert tab.text_content("h1") == "Views"
    assert tab.is_checked('input[name="M1"][value="2"]')
    read = stopped(tab)
    assert read["answers"]["NEW"] == "y"
    assert read["pages"] == 1


def test_starting_again_forgets_everything_after_asking(begun: Any) -> None:
    tab = begun
    choose(tab, "NEW", "y")
    submit(tab)
    before = stopped(tab)["respondent"]
    tab.reload()
    tab.click("text=Start again")
    tab.click("text=Cancel")
    assert tab.is_visible(".note")
    tab.click("text=Start again")
    tab.keyboard.press("Escape")
    assert tab.is_visible(".note")
    tab.click("text=Start again")
    tab.click("text=Erase and start again")
    assert not tab.is_visible(".note")
    assert tab.evaluate("localStorage.length") == 0
    tab.click("button.main")
    assert not tab.is_checked('input[name="NEW"][value="y"]')
    submit(tab)
    assert stopped(tab)["respondent"] != before


def test_answers_to_another_version_are_not_taken_over(opened, study: Study) -> None:
    tab = opened(study.questionnaire)
    tab.click("button.main")
    kept = tab.evaluate("JSON.stringify(localStorage)")
    tab = opened(copied(study.questionnaire, title={"en": "Other"}))
    tab.evaluate("(kept) => Object.assign(localStorage, JSON.parse(kept))", kept)
    tab.reload()
    assert tab.evaluate("localStorage.length") == 1
    assert not tab.is_visible(".note")


@pytest.mark.parametrize(
    "kept",
    [
        "nonsense",
        "null",
        "[]",
        '{"at": 99}',
        '{"at": 0, "reached": 0, "language": "xx", "respondent": "0123456789abcdef0123"}',
        '{"at": 0, "reached": 0, "language": "en", "respondent": "0123456789abcdef0123"}',
        '{"at": 0, "reached": 0, "language": "en", "respondent": "<b>", "started": "2026-11-21",'
        ' "answers": [], "shown": [], "seconds": []}',
    ],
)
def test_what_others_wrote_into_the_browser_is_ignored(opened, study: Study, kept: str) -> None:
    tab = opened(study.questionnaire)
    key = f"psi-co:small:{questionnaire_version(study.questionnaire)}"
    tab.evaluate("([key, kept]) => localStorage.setItem(key, kept)", [key, kept])
    tab.reload()
    assert not tab.is_visible(".note")
    tab.click("button.main")
    assert tab.text_content("h1") == "Facts"
    assert json.loads(tab.evaluate("(key) => localStorage.getItem(key)", key))["reached"] == 0


def test_a_browser_that_keeps_nothing_is_no_obstacle(visit, study: Study) -> None:
    there = visit(study.questionnaire)
    there.context.add_init_script(
        """Object.defineProperty(window, "localStorage", { get() { throw new Error("blocked"); } })"""
    )
    tab = there.open()
    assert "keeps nothing" in tab.text_content(".warning")
    tab.click("button.main")
    assert "keeps nothing" in tab.text_content("footer .warning")
    choose(tab, "NEW", "n")
    submit(tab)
    assert stopped(tab)["answers"]["NEW"] == "n"
    assert there.was_quiet(), there.told


def test_the_language_changes_at_any_time_and_answers_stay(visit) -> None:
    tutorial = load_study("tutorial", ROOT).questionnaire
    tab = visit(tutorial, locale="fr-BE").open()
    assert tab.evaluate("document.documentElement.lang") == "fr"
    tab.click("button.main")
    assert tab.text_content("h2").endswith("organisation\u00a0?")  # no line starts with a sign
    choose(tab, "COLLAB1", "4")
    for language, title in (("nl", "Samenwerken in"), ("en", "Working together"), ("fr", "Collab")):
        tab.click(f'[data-language="{language}"]')
        assert tab.evaluate("document.documentElement.lang") == language
        assert tab.text_content("h1").startswith(title)
        assert tab.title().startswith(title)
        assert tab.is_checked('input[name="COLLAB1"][value="4"]')
        assert tab.evaluate("document.activeElement.lang") == language
    for _ in range(3):
        submit(tab)
    choose(tab, "INNOVATED", "1")
    tab.fill("#field-INNOCOUNT", "51")
    submit(tab)
    assert "Indiquez un nombre de 0 à 50." in summary(tab)[0]
    tab.click('[data-language="nl"]')
    assert "Vul een getal in van 0 tot 50." in summary(tab)[0]


def test_the_way_back_of_the_browser_turns_pages(begun: Any) -> None:
    submit(begun)
    submit(begun)
    assert begun.text_content("h1") == "More"
    begun.go_back()
    assert begun.text_content("h1") == "Views"
    begun.go_forward()
    assert begun.text_content("h1") == "More"


def test_going_back_loses_no_page(begun: Any) -> None:
    submit(begun)
    submit(begun)
    begun.click("text=Back")
    begun.click("text=Back")
    submit(begun)
    read = stopped(begun)
    assert read["pages"] == 2
    assert "M1" in read["answers"]


def test_a_page_that_was_spoilt_afterwards_is_shown_again_before_saving(begun: Any) -> None:
    submit(begun)
    submit(begun)
    begun.click("text=Back")
    begun.click("text=Back")
    begun.fill("#field-WARM", "77")
    begun.go_forward()
    begun.click("footer button")
    begun.click("button.main")
    assert begun.text_content("h1") == "Facts"
    assert summary(begun) == ["How warm – Enter a number from -5 to 5."]


def test_a_page_that_became_meant_later_is_unseen_until_it_is_read(opened, study: Study) -> None:
    shown_to_y = study.questionnaire.sections[1].model_copy(update={"show": "NEW == y"})
    facts, _, more = study.questionnaire.sections
    asked = copied(study.questionnaire, sections=(facts, shown_to_y, more))
    tab = opened(asked)
    tab.click("button.main")
    choose(tab, "NEW", "n")
    submit(tab)
    assert tab.text_content("h1") == "More"
    submit(tab)
    assert tab.text_content("h1") == "Almost done: save your answers"
    tab.click("text=Back")
    tab.click("text=Back")
    choose(tab, "NEW", "y")
    answers = stopped(tab)["answers"]
    assert "M1" not in answers
    assert answers["HAPPY"] is None


def test_nothing_can_reach_the_network(visit, study: Study) -> None:
    there = visit(study.questionnaire)
    tab = there.open()
    refused = """async () => {
      const tries = [
        () => fetch("https://example.org/"),
        () => new Promise((good, bad) => {
          const image = new Image();
          image.onload = good; image.onerror = bad; image.src = "https://example.org/a.png";
        }),
        () => import("https://example.org/a.mjs"),
      ];
      const results = await Promise.allSettled(tries.map((each) => each()));
      return results.map((each) => each.status);
    }"""
    assert tab.evaluate(refused) == ["rejected"] * 3
    assert all("Content Security Policy" in text for text in there.told)
    injected = """() => { const e = document.createElement("script");
      e.textContent = "window.ran = true"; document.body.append(e); return window.ran === undefined; }"""
    assert tab.evaluate(injected)


def test_each_statement_names_its_answers(begun: Any) -> None:
    submit(begun)
    names = begun.evaluate(
        """() => [...document.querySelectorAll("[role=radiogroup]")].map((e) =>
        e.getAttribute("aria-labelledby").split(" ").map(
            (id) => document.getElementById(id).textContent))"""
    )
    assert names == [
        ["First"],
        ["Second"],
        ["Third", "Now"],
        ["Third", "Wanted"],
        ["Fourth", "Now"],
        ["Fourth", "Wanted"],
    ]


def test_an_answer_that_is_none_cannot_be_ticked_among_others(opened, study: Study) -> None:
    tools = study.questionnaire.choices["tools"]
    unsure = tools.options[0].model_copy(update={"code": "9", "missing": "dont_know"})
    more = tools.model_copy(update={"options": (*tools.options, unsure)})
    tab = opened(
        copied(study.questionnaire, choices={**study.questionnaire.choices, "tools": more})
    )
    tab.click("button.main")
    assert tab.locator("#question-TOOLS input").count() == 3
