"""How reliably a difference of two ratings tells people apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from pipeline.core.errors import Finding
from pipeline.core.findings import Findings
from pipeline.core.plan import Plan
from pipeline.core.predeclared import Gaps
from pipeline.core.tables import make_table
from pipeline.core.variance import varies

Row = dict[str, object]
SIDES = ("current", "desired")


def difference_reliability(
    sds: tuple[float, float],
    reliabilities: tuple[float, float],
    r: float,
    error_covariance: float = 0.0,
) -> float:
    """Return the reliability of the difference of two measures.

    Parameters
    ----------
    sds, reliabilities : of the two measures. r : their correlation. error_covariance : of their errors;
        0 takes these as unrelated.

    Returns
    -------
    (s1^2 r11 + s2^2 r22 - 2 (s1 s2 r12 - c)) / (s1^2 + s2^2 - 2 s1 s2 r12), at most 1 if the inputs go
    together, below 0 where the measures correlate more than they are reliable; NaN where the difference
    does not vary. Rogosa & Willett (1983), Edwards (2001); c: Williams & Zimmerman (1977).

    >>> difference_reliability((1, 1), (0.75, 0.75), 0.5)
    0.5
    """
    shared = sds[0] * sds[1] * r
    spread = sds[0] ** 2 + sds[1] ** 2 - 2 * shared
    if not spread > 1e-12 * max(sds) ** 2:
        return np.nan
    true = sum(s**2 * own for s, own in zip(sds, reliabilities, strict=True))
    return float((true - 2 * (shared - error_covariance)) / spread)


def gap_reliability_table(
    ratings: pd.DataFrame,
    items: Sequence[str],
    scales: Sequence[str],
    measured: Mapping[str, pd.DataFrame],
    plan: Plan,
    findings: Findings,
) -> pd.DataFrame:
    """Return `gap_reliability.csv`: of every target that is rated twice, unweighted, complete pairs.

    Parameters
    ----------
    ratings : `<target>_current`, `<target>_desired`. measured : the tables `reliability`, `loadings` and
        `error_covariances`. A scale's rating is as reliable as its omega (of two items: Spearman and
        Brown's), a single item as its squared standardised loading.
    """
    limit = (plan.gaps or Gaps(methods=())).group_level_below
    known = {
        "item": squared_loadings(measured["loadings"]),
        "scale": omegas(measured["reliability"]),
    }
    errors = error_covariances(measured["error_covariances"])
    rows: list[Row] = []
    for target in (*items, *scales):
        level = "item" if target in items else "scale"
        pair = ratings[[f"{target}_{side}" for side in SIDES]].astype(float).dropna().to_numpy()
        row: Row = {
            "target": target,
            "level": level,
            "n": len(pair),
            "source": "omega" if level == "scale" else "squared_loading",
        }
        found, name = findings.attempt(
            ("gap_reliability", target, "all"),
            len(pair),
            partial(_of_pairs, pair, target, known[level], errors.get(target, np.nan)),
            [f"{target}_{side}" for side in SIDES],
        )
        usable = None
        if found:
            usable = "person" if float(str(found["reliability"])) >= limit else "group_only"
        rows.append({**row, **(found or {}), "usable": usable, "finding": name})
    return make_table(rows, "gap_reliability")


def with_reliability(gaps: pd.DataFrame, reliability: pd.DataFrame) -> pd.DataFrame:
    """Return `gaps` with `reliability` and `usable` of each target filled in, in every group."""
    known = reliability.set_index(["target", "level"])[["reliability", "usable"]]
    places = pd.MultiIndex.from_frame(gaps[["target", "level"]])
    found = known.reindex(places).reset_index(drop=True)
    return gaps.assign(reliability=found["reliability"], usable=found["usable"])


def _of_pairs(
    pair: np.ndarray, target: str, known: Mapping[str, float], error_covariance: float
) -> Row:
    """Return the row of a target with (n, 2) complete pairs.

    Raises
    ------
    Finding : too_few_people, constant_item, heywood_case, no_reliability.
    """
    if len(pair) < 3:
        raise Finding("too_few_people", f"{len(pair)} people gave both ratings")
    constant = np.flatnonzero(~varies(pair))
    if len(constant):
        raise Finding("constant_item", "everyone gave the same rating", constant)
    if not varies(pair[:, 1] - pair[:, 0]):
        raise Finding("constant_item", "everyone has the same gap")
    own = tuple(known.get(f"{target}_{side}", np.nan) for side in SIDES)
    if np.isnan(own).any():
        raise Finding("no_reliability", "no reliability of a rating is known", _missing(own))
    if max(own) > 1:
        raise Finding("heywood_case", "a loading above 1 is no reliability", _above(own))
    sds = tuple(float(sd) for sd in pair.std(axis=0, ddof=1))
    r = float(np.corrcoef(pair.T)[0, 1])
    return {
        "sd_current": sds[0],
        "sd_desired": sds[1],
        "r": r,
        "reliability_current": own[0],
        "reliability_desired": own[1],
        "reliability": difference_reliability((sds[0], sds[1]), (own[0], own[1]), r),
        "error_covariance": error_covariance,
        "reliability_correlated": difference_reliability(
            (sds[0], sds[1]), (own[0], own[1]), r, error_covariance
        ),
    }


def _missing(values: Sequence[float]) -> list[int]:
    return [k for k, value in enumerate(values) if np.isnan(value)]


def _above(values: Sequence[float]) -> list[int]:
    return [k for k, value in enumerate(values) if value > 1]


def squared_loadings(loadings: pd.DataFrame) -> dict[str, float]:
    """Return the squared standardised loading of each item on its own scale's only factor."""
    own = loadings[loadings["factor"] == loadings["model"]].drop_duplicates("item")
    return dict(zip(own["item"], own["std_estimate"].astype(float) ** 2, strict=True))


def omegas(reliability: pd.DataFrame) -> dict[str, float]:
    """Return omega of each scale's score, everyone; Spearman and Brown's coefficient of two items."""
    every = reliability[reliability["group"] == "all"]
    found: dict[str, float] = {}
    for statistic in ("spearman_brown", "omega_total"):
        rows = every[every["statistic"] == statistic].dropna(subset="estimate")
        found |= dict(zip(rows["scale"], rows["estimate"].astype(float), strict=True))
    return found


def error_covariances(table: pd.DataFrame) -> dict[str, float]:
    """Return the covariance of errors of each item, and of each scale's mean: their sum by k squared.

    That of a scale is of complete answers: who misses an item has one that differs a little.
    """
    of_items = dict(zip(table["item"], table["estimate"].astype(float), strict=True))
    of_scales = {
        str(scale): float(rows.sum(skipna=False)) / len(rows) ** 2
        for scale, rows in table.groupby("scale", sort=False)["estimate"]
    }
    return of_items | of_scales
