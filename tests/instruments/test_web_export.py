"""The web page: it asks whom it should, holds every text as text, and lets nothing in or out."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_studies import HOSTILE, assert_same_answers, questionnaires, sheets
from web_page import content_of, elements, saved

from pipeline.core.errors import UserError
from pipeline.core.plan import Organisations, Plan, Responses
from pipeline.instruments import EXPORTERS
from pipeline.instruments.web import to_web
from pipeline.instruments.web.page import json_in_html
from pipeline.instruments.wording import words
from pipeline.questionnaire.columns import answer_columns
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.version import questionnaire_version
from pipeline.responses.decode import decode_answers
from pipeline.responses.readers.web import read_web
from pipeline.study import Study, load_study

ROOT = Path(__file__).parents[2]


def page_of(questionnaire: Questionnaire) -> str:
    (content,) = to_web(questionnaire).files.values()
    return content.decode("utf-8")


def plan_of(questionnaire: Questionnaire) -> Plan:
    """Return a plan for answers that need none; any column stands for the organisation."""
    first = answer_columns(questionnaire)[0].name if answer_columns(questionnaire) else "x"
    return Plan(
        seed=1, responses=Responses(file="x.json"), organisation=Organisations(levels=(first,))
    )


@pytest.fixture(scope="module", params=["psi-co", "tutorial", "fevs-2018"])
def declared(request: pytest.FixtureRequest) -> Questionnaire:
    return load_study(request.param, ROOT).questionnaire


@given(st.data())
def test_what_is_saved_reads_back_equal(tmp_path_factory, data) -> None:
    questionnaire = data.draw(questionnaires().filter(answer_columns))
    people = data.draw(sheets(questionnaire))
    content = content_of(page_of(questionnaire))
    folder = tmp_path_factory.mktemp("web")
    for sheet in people:
        text = json.dumps(saved(content, sheet), ensure_ascii=data.draw(st.booleans()))
        (folder / f"{sheet.respondent}.json").write_text(text, encoding="utf-8")
    plan = plan_of(questionnaire)
    raw = read_web(folder, "folder", questionnaire, plan.responses)
    table = decode_answers(raw, questionnaire, plan)
    assert_same_answers(table, questionnaire, people)
    assert raw.pages.tolist() == [
        sheet.pages for sheet in sorted(people, key=lambda s: s.respondent)
    ]


def test_every_text_of_every_language_is_there(declared: Questionnaire) -> None:
    content = content_of(page_of(declared))
    texts = json.dumps(content, ensure_ascii=False)
    for section in declared.sections:
        for question in section.questions:
            for part in (question, *getattr(question, "rows", ())):
                for text in part.text.values():
                    assert json.dumps(text, ensure_ascii=False)[1:-1] in texts
    for name, choices in declared.choices.items():
        shown = {option["code"]: option["text"] for option in content["choices"][name]}
        assert shown == {
            option.code: dict(option.text)
            for option in choices.options
            if option.missing != "not_asked"
        }
    assert content["version"] == questionnaire_version(declared)


def test_the_same_questionnaire_gives_the_same_bytes(declared: Questionnaire) -> None:
    assert to_web(declared) == to_web(declared)


def test_the_policy_lets_nothing_in_or_out_but_this_style_and_script(
    declared: Questionnaire,
) -> None:
    found = elements(page_of(declared))
    (policy,) = (
        attributes["content"]
        for _, attributes, _ in found
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.split(" ", 1) for rule in str(policy).split("; "))
    (style,) = (text for tag, _, text in found if tag == "style")
    (script,) = (text for tag, a, text in found if tag == "script" and "type" not in a)
    assert rules == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest(style)}'",
        "script-src": f"'sha256-{digest(script)}'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def test_nothing_in_the_page_points_outside(declared: Questionnaire) -> None:
    for tag, attributes, _ in elements(page_of(declared)):
        for name in ("src", "href", "action", "srcset", "data", "poster"):
            assert attributes.get(name, "data:,") == "data:,", tag
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag


@pytest.mark.parametrize(
    "text",
    ["</script><script>alert(1)</script>", "<!--<script>", "]]>", "\u2028", "&lt;", *HOSTILE],
)
def test_no_text_breaks_out_of_its_element(text: str) -> None:
    embedded = json_in_html({"text": text})
    assert json.loads(embedded) == {"text": text}
    assert not re.search("[<>&\u2028\u2029]", embedded)


def test_a_hostile_title_stays_a_title(study: Study) -> None:
    title = {"en": "</title><script>alert(1)</script>\"'&"}
    found = elements(page_of(study.questionnaire.model_copy(update={"title": title})))
    assert [text for tag, _, text in found if tag == "title"] == [title["en"]]
    assert len([tag for tag, _, _ in found if tag == "script"]) == 2


def test_codes_that_mean_not_asked_are_not_offered(study: Study) -> None:
    content = content_of(page_of(study.questionnaire))
    assert [option["code"] for option in content["choices"]["yesno"]] == ["y", "n", "r"]
    assert any("those of yesno" in sentence for sentence in to_web(study.questionnaire).not_carried)


def test_what_is_not_carried_is_said(study: Study) -> None:
    with_texts = study.questionnaire.model_copy(
        update={"texts": {"welcome": {"en": "Hi"}, "legal": {"en": "x"}}}
    )
    told = " ".join(to_web(with_texts).not_carried)
    assert "not shown: legal." in told
    assert "welcome" not in told
    assert "The page sends nothing" in told


def test_a_language_without_words_is_refused(study: Study) -> None:
    german = study.questionnaire.model_copy(update={"languages": ("de",)})
    with pytest.raises(UserError, match="no words in 'de'"):
        to_web(german)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_words_are_the_same_and_name_the_same_values_in_each_language(language: str) -> None:
    base, other = words("nl"), words(language)
    assert list(base) == list(other)
    named = {key: sorted(re.findall(r"\{\w+\}", text)) for key, text in base.items()}
    assert named == {key: sorted(re.findall(r"\{\w+\}", text)) for key, text in other.items()}


def test_every_word_is_used_and_every_used_word_is_there() -> None:
    folder = ROOT / "pipeline" / "instruments" / "web"
    script = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.js"))
    script += (
        (folder / "page.html.jinja")
        .read_text(encoding="utf-8")
        .replace("].no_script", '"no_script"')
    )
    there = {key.removeprefix("web_") for key in words("en") if key.startswith("web_")}
    assert {key for key in there if f'"{key}"' not in script} == set()
    assert set(re.findall(r'say\(\s*"(\w+)"', script)) <= there


def test_it_is_registered() -> None:
    assert EXPORTERS["web"] is to_web
