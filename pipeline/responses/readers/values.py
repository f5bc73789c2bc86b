"""Cells of a file turned into declared codes; every value that has none is noted, none guessed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.core.errors import UserError, nearest
from pipeline.core.plan import Responses
from pipeline.questionnaire.columns import AnswerColumn
from pipeline.questionnaire.model import Item, Questionnaire
from pipeline.questionnaire.version import VERSION_COLUMN, questionnaire_version

WHOLE = re.compile(r"[+-]?[0-9]{1,15}")
NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?")
SHOWN_ROWS = 5
SHOWN_VALUES = 5
SHOWN_LENGTH = 20


class Faults:
    """Collects what is wrong with the cells of one file, to be reported in one error.

    `lines` (n,) says where each row stands, and `unit` what such a place is called.
    """

    def __init__(self, shown_as: str, lines: np.ndarray, unit: str = "row") -> None:
        self.shown_as = shown_as
        self.lines = lines
        self.unit = unit
        self.messages: list[str] = []

    def note(
        self, column: str, wrong: np.ndarray, values: pa.ChunkedArray, what: str, hint: str = ""
    ) -> None:
        """Note that the cells of `column` where `wrong` (n,) holds are not as they should be."""
        rows = np.flatnonzero(wrong)
        if not len(rows):
            return
        found = list(dict.fromkeys(_shown(values[int(row)].as_py()) for row in rows[:200]))
        listed = ", ".join(found[:SHOWN_VALUES]) + (", ..." if len(found) > SHOWN_VALUES else "")
        self.messages.append(
            f"{self.shown_as}: column '{column}': {listed} {what} "
            f"({_count(rows, self.unit)}: {self.unit} {_listed(self.lines[rows])}){hint}"
        )

    def raise_any(self) -> None:
        """Raise one error with everything noted, if anything was."""
        if self.messages:
            raise UserError("\n".join(self.messages))


def known_codes(
    values: pa.ChunkedArray, codes: Mapping[str, str] | None, column: str, faults: Faults
) -> pd.Categorical:
    """Return the code of each cell; missing where the cell is empty.

    `codes` maps what the file holds to the declared code; None takes any text as it stands.
    """
    indices, found = _encoded(values)
    if codes is None:
        return pd.Categorical.from_codes(indices, categories=pd.Index(found, dtype="str"))
    categories = list(dict.fromkeys(codes.values()))
    place = {raw: categories.index(code) for raw, code in codes.items()}
    places = np.array([place.get(text, -1) for text in found] + [-1], dtype=np.int32)
    unknown = np.array([text not in place for text in found] + [False])
    faults.note(
        column, unknown[indices], values, "stands for no declared answer", _allowed(found, place)
    )
    return pd.Categorical.from_codes(places[indices], categories=pd.Index(categories, dtype="str"))


def ticked_codes(
    values: pa.ChunkedArray, options: Sequence[str], column: str, faults: Faults
) -> dict[str, pd.Categorical]:
    """Return for each option whether it is among the codes in a cell, which blanks keep apart.

    Returns
    -------
    (n,) by option: `"1"` or `"0"`; missing where the cell is empty.
    """
    indices, found = _encoded(values)
    ticked = [set(text.split()) for text in found]
    unknown = np.array([bool(codes - set(options)) for codes in ticked] + [False])
    strange = next((sorted(codes - set(options)) for codes in ticked if codes - set(options)), [""])
    faults.note(
        column,
        unknown[indices],
        values,
        "holds a code that stands for no declared answer",
        nearest(strange[0], options) if strange[0] else "",
    )
    flags = {
        option: np.array([*(option in codes for codes in ticked), -1], dtype=np.int8)[indices]
        for option in options
    }
    categories = pd.Index(["0", "1"], dtype="str")
    return {
        option: pd.Categorical.from_codes(at, categories=categories) for option, at in flags.items()
    }


def column_codes(
    values: pa.ChunkedArray, column: AnswerColumn, heading: str, faults: Faults, *, raw: bool
) -> pd.Categorical:
    """Return the codes of an answer column that is no option of a multiple choice.

    With `raw`, the file holds an option's `raw` value where it declares one.
    """
    item = column.item
    if item.kind in {"count", "number", "shares"}:
        missing = item.choices.missing_codes if item.choices else {}
        return whole_or_number(values, item, missing, heading, faults)
    if item.choices is None:
        return known_codes(values, None, heading, faults)
    codes = {o.raw if raw and o.raw is not None else o.code: o.code for o in item.choices.options}
    return known_codes(values, codes, heading, faults)


def known_languages(
    values: pa.ChunkedArray, column: str, languages: Sequence[str], faults: Faults
) -> np.ndarray:
    """Return the language of each row, (n,) text; an empty or unknown one is a fault."""
    found = known_codes(values, {each: each for each in languages}, column, faults)
    empty = values.to_pandas().fillna("").eq("").to_numpy()
    faults.note(column, empty, values, "is no language of the study")
    return np.asarray(found, dtype=object)


def check_version(
    values: pa.ChunkedArray, questionnaire: Questionnaire, layout: Responses, faults: Faults
) -> None:
    """Note the rows that were answered on another version of the questionnaire; none may be told.

    The plan lists under `versions` those of which the answers are comparable.
    """
    own = questionnaire_version(questionnaire)
    given = values.to_pandas()
    wrong = given.notna() & ~given.isin(["", own, *layout.versions])
    faults.note(
        VERSION_COLUMN,
        wrong.to_numpy(dtype=bool),
        values,
        f"is another version of the questionnaire than '{own}'",
        "; take the questionnaire that was fielded, or list the version under 'versions' in "
        "analysis.yaml if its answers are comparable",
    )


def whole_or_number(
    values: pa.ChunkedArray, item: Item, missing: Iterable[str], column: str, faults: Faults
) -> pd.Categorical:
    """Return the cells of a count, number or share as text; its bounds are for the cleaning rules."""
    indices, found = _encoded(values)
    wrong = np.array([not _is_number(text, item, set(missing)) for text in found] + [False])
    kind = "whole number" if item.kind == "count" else "number"
    faults.note(column, wrong[indices], values, f"is no {kind}")
    return pd.Categorical.from_codes(indices, categories=pd.Index(found, dtype="str"))


def unique_texts(values: pa.ChunkedArray, column: str, faults: Faults) -> np.ndarray:
    """Return the row ids; an empty or doubled one is a fault."""
    texts = values.to_pandas()
    faults.note(column, (texts.isna() | texts.eq("")).to_numpy(), values, "is no row id")
    faults.note(column, texts.duplicated(keep=False).to_numpy(), values, "is a row id used twice")
    return texts.to_numpy(dtype=object)


def _encoded(values: pa.ChunkedArray) -> tuple[np.ndarray, list[str]]:
    """Return (n,) positions of each cell's text in a list of different texts; -1 for an empty cell."""
    encoded = values.combine_chunks().dictionary_encode()
    indices = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    texts = encoded.dictionary.to_pylist()
    if "" not in texts:
        return indices, texts
    empty = texts.index("")
    indices = np.where(indices == empty, -1, indices - (indices > empty))
    return indices, texts[:empty] + texts[empty + 1 :]


def _is_number(text: str, item: Item, missing: set[str]) -> bool:
    if text in missing:
        return True
    pattern = WHOLE if item.kind == "count" else NUMBER
    return bool(pattern.fullmatch(text)) and math.isfinite(float(text))


def _allowed(found: list[str], place: Mapping[str, int]) -> str:
    wrong = next((text for text in found if text not in place), None)
    return "" if wrong is None else nearest(wrong, place)


def _shown(value: str | None) -> str:
    if value is None or value == "":
        return "an empty cell"
    return repr(value if len(value) <= SHOWN_LENGTH else value[:SHOWN_LENGTH] + "...")


def _count(rows: np.ndarray, unit: str) -> str:
    return f"1 {unit}" if len(rows) == 1 else f"{len(rows)} {unit}s"


def _listed(lines: np.ndarray) -> str:
    listed = ", ".join(str(line) for line in lines[:SHOWN_ROWS])
    return listed + (", ..." if len(lines) > SHOWN_ROWS else "")
