"""Plays as tables: their texts, what leads to them, and the answers that this is read from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from pipeline.core.codes import is_one_of
from pipeline.core.tables import make_table
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.plays import Play, Plays, Signal


def plays_table(plays: Plays | None, languages: Sequence[str]) -> pd.DataFrame:
    """Return `plays.csv`: every text of every play, in every language; empty without plays."""
    declared = plays.plays if plays else {}
    names = {each.id: each.name for each in plays.principles} if plays else {}
    rows = [
        {"play": name, "part": part, "language": language, "text": text}
        for name, play in declared.items()
        for part, texts in _parts(play, names[play.principle], languages)
        for language, text in texts.items()
    ]
    return make_table(rows, "plays")


def _parts(
    play: Play, principle: Mapping[str, str], languages: Sequence[str]
) -> Iterator[tuple[str, Mapping[str, str]]]:
    yield "principle", principle
    yield "title", play.title
    for name, texts in (("action", play.actions), ("question", play.questions)):
        for number, text in enumerate(texts, 1):
            yield f"{name}{number}", text
    notes = {
        "case": play.case.name,
        "case_country": play.case.country,
        "case_url": play.case.url,
        "toolkit": play.toolkit.name,
        "toolkit_url": play.toolkit.url,
    }
    for part, note in notes.items():
        yield part, dict.fromkeys(languages, note)


def play_links_table(plays: Plays | None) -> pd.DataFrame:
    """Return `play_links.csv`: which signal leads to which play, how strongly and why."""
    rule = plays.sharpening if plays else None
    rows = [
        {
            "signal": name,
            "play": play,
            "language": language,
            "kind": signal.kind,
            "weight": link.weight,
            "strength": rule.strength,
            "most": rule.most,
            "reason": reason,
        }
        for name, signal in (rule.signals.items() if rule else ())
        for play, link in signal.plays.items()
        for language, reason in link.reason.items()
        if rule
    ]
    return make_table(rows, "play_links")


def lacks(
    plays: Plays | None, answers: pd.DataFrame, scores: pd.DataFrame, asked: Questionnaire
) -> pd.DataFrame:
    """Return what each respondent says is lacking: a column a signal, in the order of `plays.yaml`.

    An obstacle's score; 1 for an instrument that is not in use (any answer but a positive one), else 0;
    desired less current of what is rated twice. NaN without a valid answer, or without both ratings.
    """
    signals = plays.sharpening.signals if plays and plays.sharpening else {}
    return pd.DataFrame(
        {name: _lack(name, signal, answers, scores, asked) for name, signal in signals.items()},
        index=answers.index,
        dtype="float64",
    )


def _lack(
    name: str, signal: Signal, answers: pd.DataFrame, scores: pd.DataFrame, asked: Questionnaire
) -> np.ndarray:
    if signal.kind == "obstacle":
        return _numbers(scores[name])
    if signal.kind == "instrument":
        choices = asked.items[name].choices
        used = is_one_of(
            answers[name].astype("string"), frozenset(choices.positive if choices else ())
        )
        return np.where(answers[name].isna(), np.nan, np.where(used, 0.0, 1.0))
    frame = scores if name in asked.scales else answers
    return _numbers(frame[f"{name}_desired"]) - _numbers(frame[f"{name}_current"])


def _numbers(values: pd.Series) -> np.ndarray:
    return values.to_numpy(dtype=float, na_value=np.nan)
