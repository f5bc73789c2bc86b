"""Values of any type as the text that a CSV file would hold: 3.0 is `3`, true is `1`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

EXACT = 1e15
Moment = (date, datetime, time, timedelta)


def text_of(value: Any) -> str | None:
    """Return one value as text; None for an empty one.

    A whole number has no decimal point, whatever its type, so that a code read from a column with
    gaps (3.0) is the code that was declared (3); a truth value is 1 or 0, as in a plain CSV.
    """
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bool | np.bool_):
        return str(int(value))
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value.is_finite() else None
    if isinstance(value, float | np.floating):
        return _number(float(value))
    return str(value)


def _number(value: float) -> str | None:
    if math.isnan(value):
        return None
    if value.is_integer() and abs(value) < EXACT:
        return str(int(value))
    return repr(value)


def text_column(values: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Return a column as text; NaN is null.

    What is no text yet comes dictionary encoded: each different value is turned into text once, so
    that a million codes cost as much as five.
    """
    array = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        return array.cast(pa.string())
    had_words = pa.types.is_dictionary(array.type)
    encoded = array if had_words else array.dictionary_encode()
    places = encoded.indices.cast(pa.int32()).fill_null(-1).to_numpy(zero_copy_only=False)
    words = _words(encoded.dictionary)
    return encoded_texts(places, _used(places, words) if had_words else words)


def _used(places: np.ndarray, words: list[str | None]) -> list[str | None]:
    """Leave out the words that no cell has, such as categories without a row."""
    used = np.zeros(len(words) + 1, dtype=bool)
    used[places] = True
    return [word if here else None for word, here in zip(words, used, strict=False)]


def _words(values: pa.Array) -> list[str | None]:
    if pa.types.is_float32(values.type) or pa.types.is_float16(values.type):
        shortest = values.cast(pa.float32()).cast(pa.string()).to_pylist()
        return [None if each is None else _number(float(each)) for each in shortest]
    return [text_of(each) for each in values.to_pylist()]


def encoded_texts(places: np.ndarray, words: Sequence[str | None]) -> pa.DictionaryArray:
    """Return (n,) texts by their position in `words`; null where it is -1 or the word is None."""
    kept = list(dict.fromkeys(word for word in words if word is not None))
    position = {word: at for at, word in enumerate(kept)}
    moved = np.array([*(position.get(word or "", -1) for word in words), -1], dtype=np.int32)
    indices = pa.array(moved[places], mask=(moved < 0)[places])
    return pa.DictionaryArray.from_arrays(indices, pa.array(kept, pa.string()))
