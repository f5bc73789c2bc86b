"""What a questionnaire declares and LimeSurvey has no place for, as sentences for its users."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pipeline.questionnaire.model import Questionnaire


def losses(questionnaire: Questionnaire) -> tuple[str, ...]:
    """Return one sentence for each thing that is not carried."""
    return tuple(_sentences(questionnaire))


def _sentences(questionnaire: Questionnaire) -> Iterator[str]:
    yield (
        "Sources, scales, and which answers count as positive or negative stay in "
        "questionnaire.yaml."
    )
    yield "Invited people and the texts of e-mails are set up in LimeSurvey itself."
    items = questionnaire.items.values()
    if any(item.choices and item.choices.missing_codes for item in items):
        yield (
            "Answers such as 'don't know' are answers like any other to LimeSurvey; what they mean is "
            "told by their codes when they are read back."
        )
    checks = [item.id for item in items if item.attention]
    if checks:
        yield f"Attention checks ({_listed(checks)}) are rows like any other; psi-co judges them."
    optional = [section.id for section in questionnaire.sections if section.optional]
    if optional:
        yield f"All optional sections are in it ({_listed(optional)})."
    shares = list(dict.fromkeys(item.question for item in items if item.kind == "shares"))
    if shares:
        yield f"Shares ({_listed(shares)}) take whole numbers only."
    for item in items:
        left_out = item.choices.missing_codes if item.choices else {}
        if item.kind == "multiple" and left_out:
            yield f"{item.question}: {_listed(left_out)} cannot be ticked and is left out."


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
