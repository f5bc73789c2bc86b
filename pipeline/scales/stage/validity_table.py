"""The table of pairs of scales: whether they measure different things."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from pipeline.core.errors import Finding
from pipeline.core.predeclared import Factors
from pipeline.core.tables import make_table
from pipeline.scales.factors.htmt import Ratio, htmt_interval
from pipeline.scales.stage.findings import Findings
from pipeline.scales.stage.subjects import Material, Subject
from pipeline.scales.variance import varies

Row = dict[str, object]
DRAWS = 500
"""Draws for the interval of every pair: its ends move by about .005 beside those of 2000."""


def validity_table(
    material: Material, scores: pd.DataFrame, reliability: pd.DataFrame, findings: Findings
) -> pd.DataFrame:
    """Return `validity.csv`: HTMT, the correlation of the factors, and Fornell and Larcker's criterion.

    Parameters
    ----------
    scores : (n,) of every scale, by its name. reliability : `reliability.csv`, for omega and average
        variance of everyone.

    The factors correlate as the scores do, over the root of both omegas (Spearman 1904). Unweighted.
    """
    usable = [each for each in material.scales if varies(each.values).all()]
    for each in material.scales:
        if each not in usable:
            found = Finding("constant_item", "an item has one answer only, or none")
            findings.note(("validity", each.name, "all"), 0, found)
    named = {each.name: at for at, each in enumerate(usable)}
    ratio, stop = findings.attempt(
        ("validity", "all", "all"), len(scores), lambda: _ratio(material, usable)
    )
    known = {
        statistic: _of(reliability, statistic)
        for statistic in ("omega_total", "spearman_brown", "ave")
    }
    omega = known["spearman_brown"] | known["omega_total"]
    rows = []
    for a, b in combinations([each.name for each in material.scales], 2):
        row = _row(a, b, scores, omega, known["ave"])
        at = (named[a], named[b]) if a in named and b in named else None
        ends = _ends(ratio, at, material.plan.confidence)
        rows.append(row | ends | _verdict(row | ends, material.plan.factors) | _name(at, stop))
    return make_table(rows, "validity")


def _name(at: tuple[int, int] | None, stop: str | None) -> Row:
    return {"finding": stop if at else "constant_item"}


def _ratio(material: Material, usable: list[Subject]) -> Ratio:
    ends = np.cumsum([len(each.items) for each in usable])
    inside = material.clusters >= 0
    return htmt_interval(
        np.hstack([each.values for each in usable])[inside] if usable else np.empty((0, 0)),
        np.split(np.arange(ends[-1]), ends[:-1]) if usable else [np.empty(0, dtype=int)],
        material.clusters[inside],
        draws=DRAWS,
        level=material.plan.confidence,
        generator=material.generator("validity", "htmt"),
    )


def _of(reliability: pd.DataFrame, statistic: str) -> dict[str, float]:
    rows = reliability[reliability["statistic"].eq(statistic) & reliability["group"].eq("all")]
    return {
        scale: value
        for scale, value in zip(rows["scale"], rows["estimate"], strict=True)
        if not np.isnan(value)
    }


def _row(
    a: str, b: str, scores: pd.DataFrame, omega: dict[str, float], ave: dict[str, float]
) -> Row:
    x, y = (scores[name].to_numpy(dtype=float) for name in (a, b))
    both = ~(np.isnan(x) | np.isnan(y))
    r = np.nan
    if both.sum() > 2 and varies(x[both]) and varies(y[both]) and a in omega and b in omega:
        r = float(np.corrcoef(x[both], y[both])[0, 1]) / np.sqrt(omega[a] * omega[b])
    least = min(ave.get(a, np.nan), ave.get(b, np.nan)) if a in ave and b in ave else np.nan
    larcker = None if np.isnan(r) or np.isnan(least) else least > r * r
    return {
        "scale_a": a,
        "scale_b": b,
        "n": int(both.sum()),
        "r": r,
        "least_ave": least,
        "fornell_larcker": larcker,
    }


def _ends(ratio: Ratio | None, at: tuple[int, int] | None, level: float) -> Row:
    if ratio is None or at is None:
        return {}
    return {
        "htmt": ratio.value[at],
        "htmt_low": ratio.low[at],
        "htmt_high": ratio.high[at],
        "conf_level": level,
    }


def _verdict(row: Row, limits: Factors) -> Row:
    """Say whether both limits hold and the interval leaves out 1; nothing where HTMT is not known."""
    htmt, high, r = (float(str(row.get(name, "nan"))) for name in ("htmt", "htmt_high", "r"))
    if np.isnan(htmt) or np.isnan(r):
        return {}
    distinct = htmt < limits.htmt and high < 1 and abs(r) < limits.latent_r
    return {"verdict": "distinct" if distinct else "overlapping"}
