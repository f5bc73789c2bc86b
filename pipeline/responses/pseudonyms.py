"""Answers and the list of invited people as they are kept: with random ids in the place of tokens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.core.errors import UserError
from pipeline.core.plan import FormatName, Plan, Responses
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.frame import read_frame
from pipeline.responses.keys import TOKEN, Key
from pipeline.responses.raw import RawAnswers
from pipeline.responses.rewrite import rewritten
from pipeline.responses.source import read_file


@dataclass(frozen=True)
class Incoming:
    """A file of answers as it will be kept, and what is read from that."""

    path: Path
    format: FormatName
    raw: RawAnswers


def strip_answers(
    name: str, original: Incoming, folder: Path, key: Key, questionnaire: Questionnaire, plan: Plan
) -> Incoming:
    """Return a file of answers without tokens, written to `folder` where it had some.

    Where a file has tokens, they and the platform's row ids (which tell who came when, and stand beside
    the tokens in the platform's own tables) become random ids. The new file is read again, and held
    against the old one.
    """
    tokens = _given(original.raw.token)
    if not tokens:
        return original
    ids = {
        "token": _ids(key, tokens, plan.responses),
        "id": key.ids_of(name, original.raw.respondent),
    }
    shown, encoding = str(original.path), plan.responses.encoding
    content = rewritten(original.path.read_bytes(), original.format, encoding, ids, shown)
    path = folder / name
    path.write_bytes(content)
    again = read_file(path, shown, original.format, questionnaire, plan)
    _check_same(original.raw, again, ids)
    return Incoming(path, original.format, again)


def strip_frame(
    original: Path, folder: Path, key: Key, questionnaire: Questionnaire, layout: Responses
) -> Path:
    """Write the list of invited people to `folder` without tokens; return its path there.

    Its rows come in the order of the random ids, so that their order tells nothing either.
    """
    frame = read_frame(original, str(original), questionnaire)
    ids = _ids(key, frame["token"], layout)
    kept = frame.assign(token=frame["token"].map(ids)).sort_values("token")
    kept.to_csv(folder / original.name, index=False, lineterminator="\n")
    return folder / original.name


def _ids(key: Key, tokens: Iterable[str], layout: Responses) -> dict[str, str]:
    """Return the id of each token; that of a test stands for nobody, and stays as it is."""
    tests = {each: each for each in tokens if layout.is_test(each)}
    return key.ids_of(TOKEN, (each for each in tokens if each not in tests)) | tests


def check_grows(old: Path, new: Path, shown_as: str, questionnaire: Questionnaire) -> None:
    """Refuse a list of participants that lacks people of the one that is there, or changes their rows."""
    before, after = (_rows(read_frame(path, shown_as, questionnaire)) for path in (old, new))
    lost = len(before - after)
    if lost:
        raise UserError(
            f"{shown_as}: {lost} people of the list that is there already are not in the new one, or with "
            "other facts; a list may grow and not change (was the key in data/keys lost?)"
        )


def _rows(frame: pd.DataFrame) -> set[tuple[str, ...]]:
    texts = frame.astype("object").where(frame.notna(), "")
    return set(texts.itertuples(index=False, name=None))


def _given(tokens: np.ndarray) -> list[str]:
    return list(dict.fromkeys(each for each in tokens if isinstance(each, str) and each))


def _check_same(old: RawAnswers, new: RawAnswers, ids: Mapping[str, Mapping[str, str]]) -> None:
    """A bug stops here, and not in a report: only ids may differ."""
    is_same = (
        [ids["id"][each] for each in old.respondent] == new.respondent.tolist()
        and [ids["token"].get(each, each) for each in old.token] == new.token.tolist()
        and old.codes.equals(new.codes)
        and np.array_equal(old.source_row, new.source_row)
        and np.array_equal(old.pages, new.pages)
        and pd.DataFrame(old.unseen).equals(pd.DataFrame(new.unseen))
    )
    if not is_same:
        raise RuntimeError("answers changed while tokens were replaced: a bug in rewrite.py")
