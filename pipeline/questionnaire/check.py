"""What must hold between the parts of a questionnaire; every breach is reported, with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from pipeline.core.errors import Problem, nearest
from pipeline.core.yaml_text import Location, YamlText
from pipeline.questionnaire.check_scales import check_columns, check_scales
from pipeline.questionnaire.conditions import (
    ORDER,
    Compare,
    ConditionError,
    Contains,
    In,
    leaves,
    parse_condition,
)
from pipeline.questionnaire.draft import Draft
from pipeline.questionnaire.model import ChoiceSet, Item, Questionnaire
from pipeline.questionnaire.version import VERSION_COLUMN

QUESTION_CODE = re.compile(r"[A-Za-z][A-Za-z0-9]{0,19}")
CHOICE_CODE = re.compile(r"[A-Za-z0-9]{1,5}")
LANGUAGE = re.compile(r"[a-z]{2,3}")
NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
OWN_WORDS = {VERSION_COLUMN.lower()}
PLATFORM_WORDS = {"lang", "sid", "savedid", "token", "qid", "gid", "sgq", "self", "that", "this"}
RESERVED = {
    "all",
    "respondent",
    "organisation",
    "language",
    "status",
    "weight",
    "source_file",
    "source_row",
}


def check_questionnaire(
    questionnaire: Questionnaire, text: YamlText, left_out: set[str]
) -> list[Problem]:
    """Run every check in `CHECKS`; return all problems found."""
    draft = Draft(questionnaire, text, left_out)
    return [problem for check in CHECKS.values() for problem in check(draft)]


def check_names(draft: Draft) -> Iterator[Problem]:
    """Names and codes that a survey platform or a statistics package would lose or mix up."""
    seen: dict[str, Location] = {}
    for location, name, pattern, rule in _declared_names(draft):
        if not pattern.fullmatch(name):
            yield draft.problem(location, f"'{name}': {rule}")
        if location[-1] == "code" and name.lower() in PLATFORM_WORDS:
            yield draft.problem(
                location,
                f"'{name}' is a word of LimeSurvey's own, which renames such questions; give the "
                f"question another code, and 'id: {name}' to keep the name of the variable",
            )
        if name.lower() in RESERVED | OWN_WORDS:
            yield draft.problem(location, f"'{name}' is a column of every study; choose another")
        first = seen.setdefault(name.lower(), location)
        if first != location:
            line = draft.text.line(first)
            rule = (
                ""
                if _same(draft, first, name)
                else ", in other capitals, which SPSS takes for the same"
            )
            yield draft.problem(location, f"'{name}' stands here twice; first on line {line}{rule}")


def _same(draft: Draft, location: Location, name: str) -> bool:
    """Say whether the name declared at a location is this one to the letter."""
    value: Any = draft.text.data
    for part in location:
        value = value[part]
    return name in (value, location[-1])


def _declared_names(draft: Draft) -> Iterator[tuple[Location, str, re.Pattern[str], str]]:
    question_rule = "a question's code is a letter, then letters and digits, 20 at most"
    scale_rule = "lower-case letters, digits, - and _, starting with a letter, 40 at most"
    for location, _, question in draft.questions():
        yield (*location, "code"), question.code, QUESTION_CODE, question_rule
        if question.id:
            yield (*location, "id"), question.id, QUESTION_CODE, question_rule
        for k, row in enumerate(getattr(question, "rows", ())):
            yield (*location, "rows", k, "id"), row.id, QUESTION_CODE, question_rule
    for name in draft.questionnaire.scales:
        yield ("scales", name), name, NAME, scale_rule


def check_sections(draft: Draft) -> Iterator[Problem]:
    """Languages, sections and questions: there are some; section ids have their form, each once."""
    for key in ("languages", "sections"):
        if not getattr(draft.questionnaire, key):
            yield draft.problem((key,), f"'{key}' is empty")
    languages = draft.questionnaire.languages
    for k, language in enumerate(languages):
        if language in languages[:k]:
            yield draft.problem(("languages", k), f"languages: '{language}' stands here twice")
        if not LANGUAGE.fullmatch(language):
            yield draft.problem(("languages", k), f"languages: '{language}' is no code such as nl")
    for location, _, question in draft.questions():
        fewest = {"matrix": 1, "dual": 1, "shares": 2}.get(question.kind, 0)
        if question.kind == "display" and question.required:
            message = f"{question.code}: a display is not answered, and cannot be required"
            yield draft.problem((*location, "required"), message)
        if len(getattr(question, "rows", ())) < fewest:
            yield draft.problem((*location, "rows"), f"{question.code}: fewer than {fewest} rows")
    seen: set[str] = set()
    for i, section in enumerate(draft.questionnaire.sections):
        location = ("sections", i, "id")
        if not section.questions and not draft.left_out:
            yield draft.problem(location, f"section '{section.id}' has no questions")
        if not NAME.fullmatch(section.id):
            yield draft.problem(location, f"section '{section.id}': lower-case letters and digits")
        if section.id in seen:
            yield draft.problem(location, f"section '{section.id}' stands here twice")
        seen.add(section.id)


def check_choices(draft: Draft) -> Iterator[Problem]:
    """Codes of a choice set: their form, each once, raw values each once, valences known."""
    for name, choices in draft.questionnaire.choices.items():
        location: Location = ("choices", name)
        if choices.organisations and not choices.valid_codes:
            yield draft.problem(location, f"choices {name}: organisations.csv lists none for it")
        if not (choices.organisations and not choices.valid_codes):
            yield from _option_problems(draft, location, name, choices)
        for valence in ("positive", "neutral", "negative"):
            for code in getattr(choices, valence):
                if code not in choices.valid_codes:
                    yield draft.problem(
                        (*location, valence),
                        f"choices {name}: {valence} code '{code}' is no valid answer"
                        f"{nearest(code, choices.valid_codes)}",
                    )


def _option_problems(
    draft: Draft, location: Location, name: str, choices: ChoiceSet
) -> Iterator[Problem]:
    codes: set[str] = set()
    raws: set[str] = set()
    for k, option in enumerate(choices.options):
        here = (*location, "options", k)
        if not CHOICE_CODE.fullmatch(option.code):
            yield draft.problem(
                here,
                f"choices {name}: code '{option.code}' is lost by survey platforms; allowed: 1 to 5"
                " letters and digits (a file from elsewhere may hold another value: raw)",
            )
        raw = option.raw if option.raw is not None else option.code
        if option.code in codes:
            yield draft.problem(here, f"choices {name}: code '{option.code}' stands here twice")
        elif raw in raws:
            yield draft.problem(here, f"choices {name}: raw value '{raw}' stands here twice")
        codes.add(option.code)
        raws.add(raw)


def check_texts(draft: Draft) -> Iterator[Problem]:
    """Every text stands in every language of the questionnaire, and in no other."""
    named: set[Location] = {("texts",), ("choices",), ("scales",)}
    languages = draft.questionnaire.languages
    yield from missing_languages(draft.questionnaire, draft.text, languages, named)


def missing_languages(
    declared: BaseModel, text: YamlText, languages: Sequence[str], named: set[Location]
) -> Iterator[Problem]:
    """Yield a problem for each text of a declared thing that lacks a language, or has another.

    `named` are the locations of mappings from names, which are no texts themselves.
    """
    for location, words in _texts(declared, (), named):
        owner = _owner(text, location, named)
        for language in languages:
            if not words.get(language, "").strip():
                state = "is empty" if language in words else "is missing"
                here = (*location, language) if language in words else location
                yield text.problem(here, f"{owner}the text in '{language}' {state}")
        for language in words:
            if language not in languages:
                yield text.problem(
                    (*location, language),
                    f"{owner}unknown language '{language}'{nearest(language, languages)}",
                )


def _texts(
    value: Any, location: Location, named: set[Location]
) -> Iterator[tuple[Location, Mapping[str, str]]]:
    if isinstance(value, ChoiceSet) and value.organisations:  # named in organisations.csv
        declared = tuple(option for option in value.options if option.missing)
        yield from _texts(declared, (*location, "options"), named)
        return
    if isinstance(value, BaseModel):
        for field in type(value).model_fields:
            yield from _texts(getattr(value, field), (*location, field), named)
    elif isinstance(value, Mapping) and location not in named:
        if all(isinstance(each, str) for each in value.values()):
            yield location, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, (*location, key), named)
    elif isinstance(value, tuple):
        for position, inner in enumerate(value):
            yield from _texts(inner, (*location, position), named)


def _owner(text: YamlText, location: Location, named: set[Location]) -> str:
    """Return `COLGOAL2: `, the name of the thing that a text belongs to."""
    value: Any = text.data
    name = ""
    for part in location:
        value = value[part]
        if isinstance(value, dict):
            name = str(value.get("id", value.get("code", "")) or name)
    if location[:1] in named:
        name = str(location[1])
    return f"{name}: " if name else ""


def check_references(draft: Draft) -> Iterator[Problem]:
    """Choice sets that questions name."""
    choices = draft.questionnaire.choices
    for location, _, question in draft.questions():
        name = getattr(question, "choices", "")
        if name and draft.unknown(name, choices):
            yield draft.problem(
                (*location, "choices"),
                f"item {question.code}: choices '{name}' do not exist{nearest(name, choices)}",
            )
        elif question.kind in {"single", "multiple", "matrix"} and name in choices:
            if not choices[name].valid_codes and name not in draft.left_out:
                yield draft.problem(
                    (*location, "choices"),
                    f"item {question.code}: choices '{name}' hold no valid answer",
                )
        elif question.kind in {"count", "number"} and name in choices:
            if choices[name].valid_codes:
                yield draft.problem(
                    (*location, "choices"),
                    f"item {question.code}: a {question.kind} takes missing codes only, and "
                    f"choices '{name}' hold valid answers",
                )
        elif question.kind == "dual" and name in choices and not choices[name].is_rating:
            yield draft.problem(
                (*location, "choices"),
                f"item {question.code}: a dual rating needs whole numbers as codes",
            )


def check_conditions(draft: Draft) -> Iterator[Problem]:
    """Show conditions: readable, about earlier questions, with answers those can have."""
    before: dict[str, Item] = {}
    items = draft.questionnaire.items
    for i, section in enumerate(draft.questionnaire.sections):
        here: Location = ("sections", i)
        yield from _condition_problems(draft, (*here, "show"), section.show, before)
        for j, question in enumerate(section.questions):
            place = (*here, "questions", j)
            rows = getattr(question, "rows", ())
            yield from _condition_problems(draft, (*place, "show"), question.show, before)
            for k, row in enumerate(rows):
                yield from _condition_problems(draft, (*place, "rows", k, "show"), row.show, before)
            ids = [row.id for row in rows] or [question.id or question.code]
            before |= {name: items[name] for name in ids if name in items}


def _condition_problems(
    draft: Draft, location: Location, show: str, before: Mapping[str, Item]
) -> Iterator[Problem]:
    for fault in condition_faults(show, draft.questionnaire, before, draft.left_out):
        yield draft.problem(location, fault)


def condition_faults(
    show: str, questionnaire: Questionnaire, before: Mapping[str, Item], left_out: set[str]
) -> Iterator[str]:
    """Yield what is wrong with a condition that may ask about the items in `before`."""
    if not show:
        return
    try:
        condition = parse_condition(show)
    except ConditionError as error:
        yield f"condition '{show}': {error}"
        return
    for leaf in leaves(condition):
        message = _leaf_fault(leaf, questionnaire.items, before, left_out)
        if message:
            yield f"condition '{show}': {message}"


def _leaf_fault(
    leaf: Compare | In | Contains,
    items: Mapping[str, Item],
    before: Mapping[str, Item],
    left_out: set[str],
) -> str | None:
    if leaf.item in left_out and leaf.item not in items:
        return None
    if leaf.item not in items:
        return f"the question '{leaf.item}' does not exist{nearest(leaf.item, items)}"
    if leaf.item not in before:
        return f"the question '{leaf.item}' comes later, or in the same question"
    item = items[leaf.item]
    if isinstance(leaf, Contains) != (item.kind == "multiple"):
        return f"'code in {item.id}' is for multiple choice, and {item.id} is {item.kind}"
    if item.ratings or item.kind in {"short_text", "long_text", "shares"}:
        return f"the question '{item.id}' ({item.kind}) cannot be compared with"
    if isinstance(leaf, Compare) and leaf.operator in ORDER:
        is_number = item.is_rating or item.kind in {"count", "number"}
        return None if is_number else f"the answers to '{item.id}' have no order"
    return _code_problem(item, _codes_of(leaf))


def _codes_of(leaf: Compare | In | Contains) -> tuple[str, ...]:
    match leaf:
        case Compare(_, _, value):
            return (value,)
        case In(_, values):
            return values
        case Contains(_, code):
            return (code,)


def _code_problem(item: Item, codes: tuple[str, ...]) -> str | None:
    if item.choices is None:
        return None
    ticked = item.kind == "multiple"  # a missing option is none that can be ticked
    allowed = [option.code for option in item.choices.options if not (ticked and option.missing)]
    if item.kind in {"count", "number"}:
        wrong = [c for c in codes if c not in allowed and not re.fullmatch(r"-?\d+(\.\d+)?", c)]
    else:
        wrong = [code for code in codes if code not in allowed]
    return (
        f"'{wrong[0]}' is no answer to '{item.id}'{nearest(wrong[0], allowed)}" if wrong else None
    )


def check_bounds(draft: Draft) -> Iterator[Problem]:
    """Missing codes of counts and numbers: none is also a possible answer."""
    for location, _, question in draft.questions():
        choices = draft.questionnaire.choices.get(getattr(question, "choices", ""))
        if question.kind not in {"count", "number"} or choices is None:
            continue
        high = question.maximum if question.maximum is not None else float("inf")
        for code in choices.missing_codes:
            if code.isdecimal() and question.minimum <= int(code) <= high:
                yield draft.problem(
                    (*location, "choices"),
                    f"item {question.code}: {code} is a missing code and also a possible answer",
                )


CHECKS: dict[str, Callable[[Draft], Iterator[Problem]]] = {
    "names": check_names,
    "sections": check_sections,
    "choices": check_choices,
    "texts": check_texts,
    "references": check_references,
    "conditions": check_conditions,
    "scales": check_scales,
    "columns": check_columns,
    "bounds": check_bounds,
}
