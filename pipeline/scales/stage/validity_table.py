"""The table of pairs of scales: whether they measure different things."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from pipeline.core.errors import Finding
from pipeline.core.findings import Findings
from pipeline.core.predeclared import Factors
from pipeline.core.tables import make_table
from pipeline.core.variance import varies
from pipeline.scales.complete import complete_rows
from pipeline.scales.factors.htmt import htmt_interval
from pipeline.scales.stage.models import people
from pipeline.scales.stage.subjects import Material, Subject

Row = dict[str, object]


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
    ratios = _ratios(material, findings)
    known = {
        statistic: _of(reliability, statistic)
        for statistic in ("omega_total", "spearman_brown", "ave")
    }
    omega = known["spearman_brown"] | known["omega_total"]
    rows = []
    for a, b in combinations([each.name for each in material.scales], 2):
        found = ratios.get((a, b), {"finding": None})
        row = _row(a, b, scores, omega, known["ave"]) | found
        rows.append(row | _verdict(row, material.plan.factors))
    return make_table(rows, "validity")


def _ratios(material: Material, findings: Findings) -> dict[tuple[str, str], Row]:
    """Return HTMT of every pair, or the name of what stands in its way.

    All scales are resampled together; where one pair has no ratio, each pair by itself, for the
    others' sake.
    """
    suspect = {each.name: _unfit(each, findings) for each in material.scales}
    usable = [each for each in material.scales if suspect[each.name] is None]
    pairs = list(combinations(material.scales, 2))
    named: dict[tuple[str, str], Row] = {
        (a.name, b.name): {"finding": suspect[a.name] or suspect[b.name]} for a, b in pairs
    }
    try:
        return named | _told(material, usable)
    except Finding:
        for a, b in combinations(usable, 2):
            place = ("validity", f"{a.name} {b.name}", "all")
            found, stop = findings.attempt(
                place,
                _both(a, b),
                lambda pair=[a, b]: _told(material, pair),  # type: ignore[misc]
            )
            named |= found or {(a.name, b.name): {"finding": stop}}
    return named


def _unfit(subject: Subject, findings: Findings) -> str | None:
    """Name what leaves a scale out of every pair."""
    place = ("validity", subject.name, "all")
    least = len(subject.items) + 1
    _, stop = findings.attempt(
        place, people(subject.values), lambda: complete_rows(subject.values, least), subject.items
    )
    return stop


def _both(a: Subject, b: Subject) -> int:
    answered = [~np.isnan(each.values).all(axis=1) for each in (a, b)]
    return int((answered[0] & answered[1]).sum())


def _told(material: Material, subjects: list[Subject]) -> dict[tuple[str, str], Row]:
    """Return what the table says of HTMT for every pair of some scales; a Finding as `htmt_interval`."""
    if len(subjects) < 2:
        return {}
    ends = np.cumsum([len(each.items) for each in subjects])
    inside = material.clusters >= 0
    found = htmt_interval(
        np.hstack([each.values for each in subjects])[inside],
        np.split(np.arange(ends[-1]), ends[:-1]),
        material.clusters[inside],
        draws=material.plan.factors.htmt_bootstrap,
        level=material.plan.confidence,
        generator=material.generator("validity", " ".join(each.name for each in subjects)),
    )
    return {
        (a.name, b.name): {
            "htmt": found.value[i, j],
            "htmt_low": found.low[i, j],
            "htmt_high": found.high[i, j],
            "conf_level": material.plan.confidence,
            "finding": None,
        }
        for (i, a), (j, b) in combinations(enumerate(subjects), 2)
    }


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


def _verdict(row: Row, limits: Factors) -> Row:
    """Say whether both limits hold and the interval leaves out 1; nothing where HTMT is not known."""
    htmt, high, r = (float(str(row.get(name, "nan"))) for name in ("htmt", "htmt_high", "r"))
    if np.isnan(htmt) or np.isnan(r):
        return {}
    distinct = htmt < limits.htmt and high < 1 and abs(r) < limits.latent_r
    return {"verdict": "distinct" if distinct else "overlapping"}
