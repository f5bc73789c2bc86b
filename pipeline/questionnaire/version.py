"""The version of a questionnaire: a short hash of everything that respondents see."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pipeline.questionnaire.model import Questionnaire

VERSION_COLUMN = "QVERSION"
_SHOWN = {"study", "languages", "title", "texts", "choices", "sections"}
_NOT_SHOWN = {"source", "raw", "nominal", "positive", "neutral", "negative"}


def questionnaire_version(questionnaire: Questionnaire) -> str:
    """Return 12 hexadecimal digits that change with every word, code, order and condition.

    Sources, scales and what codes count as in percentages are not shown and do not matter. Every
    instrument carries the version, in a column `QVERSION` of the answers where the platform can hold one.
    """
    shown = _without(questionnaire.model_dump(mode="json", include=_SHOWN))
    text = json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without(each) for key, each in value.items() if key not in _NOT_SHOWN}
    return [_without(each) for each in value] if isinstance(value, list) else value
