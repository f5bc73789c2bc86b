"""Show conditions in words, for people who read a questionnaire on paper or in a codebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.instruments.wording import words
from pipeline.questionnaire.conditions import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Contains,
    In,
    Not,
    parse_condition,
)
from pipeline.questionnaire.model import Questionnaire

SIGNS = {"==": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}


def routing(shows: Sequence[str], questionnaire: Questionnaire, language: str) -> str:
    """Return to whom something is put, in words; empty where it is put to everyone.

    Questions are named by their code, answers by their text: `Only if INNOV = Yes`.
    """
    conditions = tuple(parse_condition(show) for show in shows if show)
    if not conditions:
        return ""
    whole = conditions[0] if len(conditions) == 1 else AllOf(conditions)
    return words(language)["only_if"].format(condition=_in_words(whole, questionnaire, language))


def _in_words(condition: Condition, questionnaire: Questionnaire, language: str) -> str:
    say = words(language)
    match condition:
        case Not(inner):
            return f"{say['not']} ({_in_words(inner, questionnaire, language)})"
        case AllOf(parts) | AnyOf(parts):
            joint = say["and"] if isinstance(condition, AllOf) else say["or"]
            return f" {joint} ".join(_part(part, questionnaire, language) for part in parts)
        case Compare(item, operator, value):
            return f"{item} {SIGNS[operator]} {_answer(item, value, questionnaire, language)}"
        case In(item, values):
            answers = [_answer(item, value, questionnaire, language) for value in values]
            return f"{item} = " + f" {say['or']} ".join(answers)
        case Contains(item, code):
            return f"{item} = {_answer(item, code, questionnaire, language)}"


def _part(condition: Condition, questionnaire: Questionnaire, language: str) -> str:
    """Return a part of a joint condition, in brackets where it is joint itself."""
    text = _in_words(condition, questionnaire, language)
    return f"({text})" if isinstance(condition, AllOf | AnyOf | In) else text


def _answer(item: str, code: str, questionnaire: Questionnaire, language: str) -> str:
    choices = questionnaire.items[item].choices
    texts: Mapping[str, Mapping[str, str]] = (
        {option.code: option.text for option in choices.options} if choices else {}
    )
    return f"“{texts[code][language]}”" if code in texts else code
