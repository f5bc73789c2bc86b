"""What forms that are filled in on a screen leave out of a questionnaire, as sentences for its users."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.questionnaire.model import Questionnaire

SHOWN_TEXTS = {"welcome", "thanks"}


def left_out(questionnaire: Questionnaire) -> Iterator[str]:
    """Yield one sentence for each thing of this questionnaire that a form does not show or cannot take."""
    texts = [name for name in questionnaire.texts if name not in SHOWN_TEXTS]
    if texts:
        yield f"Texts that stand in no question are not shown: {', '.join(texts)}."
    sets = questionnaire.choices.items()
    skipped = [name for name, each in sets if "not_asked" in each.missing_codes.values()]
    if skipped:
        yield (
            f"Codes that mean 'not asked' are no answers to choose from: those of {', '.join(skipped)}."
        )
    for item in questionnaire.items.values():
        missing = item.choices.missing_codes if item.choices else {}
        if item.kind == "multiple" and missing:
            yield f"{item.question}: {', '.join(missing)} cannot be ticked and is left out."
