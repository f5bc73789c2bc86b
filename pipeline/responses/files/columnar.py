"""Parquet files, their cells as text."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.responses.files.as_text import text_column
from pipeline.responses.files.opened import Opened, Unreadable

MOST_CELLS = 1_000_000_000
DAMAGED = "the Parquet file is cut off or damaged; copy or write it again"


def open_parquet(path: Path, wanted: Collection[str]) -> Opened:
    """Open those columns of a Parquet file that are `wanted`.

    Raises
    ------
    Unreadable
        It is damaged, would unpack to more than can be read, or a column holds no plain values.
    """
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            header = tuple(file.schema_arrow.names)
            chosen = [name for name in dict.fromkeys(header) if name in wanted]
            if file.metadata.num_rows * max(len(chosen), 1) > MOST_CELLS:
                raise Unreadable(f"more than {MOST_CELLS:,} cells")
            table = file.read(columns=chosen)
            table.validate(full=True)  # a damaged file may point to words that it does not have
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        raise Unreadable(DAMAGED) from None
    dates = frozenset(f.name for f in table.schema if pa.types.is_temporal(f.type))
    for field in table.schema:
        if pa.types.is_nested(field.type):
            raise Unreadable(
                f"the column '{field.name}' holds lists or records; an answer is one value"
            )
        if "binary" in str(field.type):
            raise Unreadable(f"the column '{field.name}' holds bytes; write them as text")
    columns = {name: text_column(table.column(name)) for name in table.column_names}
    return Opened(header, columns, np.arange(1, table.num_rows + 1), dates=dates)
