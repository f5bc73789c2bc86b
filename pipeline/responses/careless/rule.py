"""The plan's rule on careless answers: indices become flags, several flags a verdict.

Both read the indices of `response_quality.csv` alone, so that other thresholds and other combinations
can be tried on the same table.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.core.contracts import FLAGS
from pipeline.core.predeclared import Careless
from pipeline.responses.careless.indices import careless_indices
from pipeline.responses.rows import Findings, Rows, nothing

KEPT, CARELESS = "kept", "careless"


def careless_flags(indices: pd.DataFrame, careless: Careless) -> pd.DataFrame:
    """Return which of `FLAGS` each respondent raises, (n, 5) bool; an index that is missing raises none.

    `attention`: a check was not answered as asked. `speed`: too few seconds an item, or too small a share
    of the language's median time. `identical`: too long a run of one answer across a reversed question,
    or too many uniform pages of mixed direction. `even_odd`: halves of scales agree too little.
    `mahalanobis`: too unusual a combination of answers.
    """
    return pd.DataFrame(
        {
            "attention": indices["attention_errors"] > 0,
            "speed": (indices["seconds_per_item"] < careless.seconds)
            | (indices["time_share"] < careless.share_of_median_time),
            "identical": (indices["longest_mixed_run"] >= careless.identical_run)
            | (indices["uniform_pages"] >= careless.uniform_pages),
            "even_odd": indices["even_odd"] < careless.even_odd,
            "mahalanobis": indices["mahalanobis_p"] < careless.mahalanobis_p,
        }
    )


def is_careless(flags: pd.DataFrame, indices: pd.DataFrame, careless: Careless) -> pd.Series:
    """Say who is careless, (n,) bool: attention and one other, several others, or an impossible pace."""
    others = flags.drop(columns="attention").sum(axis=1)
    impossible = indices["seconds_per_item"] < careless.impossible_seconds
    return (flags["attention"] & (others >= 1)) | (others >= careless.several) | impossible


def find_careless(rows: Rows) -> Findings:
    """Find careless respondents by the plan's rule; flagged are those whom flags do not condemn."""
    careless = rows.plan.careless
    if careless is None or not len(rows):
        return nothing(rows)
    indices = careless_indices(rows, careless)
    flags = careless_flags(indices, careless)
    verdict = is_careless(flags, indices, careless).to_numpy()
    named = _named(flags)
    reasons = [
        f"{flag.replace(';', ', ')}" + (f" ({pace:.2f} seconds an item)" if pace > 0 else "")
        for flag, pace in zip(named[verdict], indices["seconds_per_item"][verdict], strict=True)
    ]
    quality = indices.assign(
        flags=pd.Series(named, dtype="str").replace("", np.nan),
        verdict=np.where(verdict, CARELESS, KEPT),
    )
    flagged = flags.any(axis=1).to_numpy() & ~verdict
    return replace(
        nothing(rows), rejected=verdict, reasons=reasons, flagged=flagged, quality=quality
    )


def _named(flags: pd.DataFrame) -> np.ndarray:
    """Return (n,) the names of the flags raised, joined by `;`."""
    number = flags.to_numpy() @ (1 << np.arange(len(FLAGS)))
    texts = [
        ";".join(name for k, name in enumerate(FLAGS) if each >> k & 1)
        for each in range(1 << len(FLAGS))
    ]
    return np.array(texts, dtype=object)[number]
