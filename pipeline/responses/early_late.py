"""Early against late respondents: what the late ones say may be nearer to what the silent ones think."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.grouping import group_by
from pipeline.core.plan import Plan
from pipeline.core.student import t_quantile
from pipeline.core.tables import make_table


@dataclass(frozen=True)
class Difference:
    """The difference of two groups' means, second minus first; NaN where it cannot be told.

    `n` and `means` are those of the first and of the second group.
    """

    n: tuple[int, int]
    means: tuple[float, float]
    estimate: float
    std_error: float = np.nan
    df: float = np.nan
    low: float = np.nan
    high: float = np.nan
    effect_size: float = np.nan


def compare_means(first: np.ndarray, second: np.ndarray, level: float) -> Difference:
    """Compare two groups' means without taking their variances as equal (Welch 1947).

    Parameters
    ----------
    first, second : values; NaN is left out. Unweighted. level : confidence level.

    Returns
    -------
    The difference second - first with its interval. The effect size divides it by the pooled standard
    deviation (Cohen's d). R: `t.test(second, first)`, `effsize::cohen.d`.
    """
    a, b = first[~np.isnan(first)], second[~np.isnan(second)]
    n = (len(a), len(b))
    means = tuple(float(each.mean()) if len(each) else np.nan for each in (a, b))
    difference = means[1] - means[0]
    if min(n) < 2 or max(np.ptp(a), np.ptp(b)) == 0:
        return Difference(n, (means[0], means[1]), difference)
    variances = (float(a.var(ddof=1)), float(b.var(ddof=1)))
    parts = [variance / size for variance, size in zip(variances, n, strict=True)]
    error = float(np.sqrt(sum(parts)))
    df = sum(parts) ** 2 / sum(p**2 / (size - 1) for p, size in zip(parts, n, strict=True))
    half = t_quantile(df, level) * error
    pooled = sum((size - 1) * v for size, v in zip(n, variances, strict=True)) / (sum(n) - 2)
    return Difference(
        n,
        (means[0], means[1]),
        difference,
        error,
        df,
        difference - half,
        difference + half,
        difference / float(np.sqrt(pooled)),
    )


def thirds(submitted: np.ndarray | None, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions of the first and the last third of n people, by the time of sending off.

    Who has no time is in neither; of equal times the earlier row is earlier. Both are empty where no file
    told the times.
    """
    if submitted is None:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    known = np.flatnonzero(~np.isnat(submitted))
    order = known[np.argsort(submitted[known], kind="stable")]
    third = len(order) // 3
    return order[:third], order[len(order) - third :]


def early_late_table(
    scores: pd.DataFrame, submitted: np.ndarray | None, plan: Plan, targets: Sequence[str]
) -> pd.DataFrame:
    """Return `early_late.csv`: scores and shares of the first and the last third of respondents.

    Parameters
    ----------
    scores : (n, columns) of the kept respondents, with the plan's groups. submitted : (n,) moments, None
        where the file does not tell them; the table then has no rows. targets : columns of scores.
    """
    early, late = thirds(submitted, len(scores))
    if not len(early):
        return make_table([], "early_late")
    rows: list[dict[str, object]] = []
    for target in targets:
        values = scores[target].to_numpy(dtype=float)
        rows.append(_row(target, "score", values[early], values[late], plan.confidence))
    for name in plan.groups:
        rows += _share_rows(scores[name], name, early, late, plan.confidence)
    return make_table(rows, "early_late")


def _share_rows(
    answers: pd.Series, name: str, early: np.ndarray, late: np.ndarray, level: float
) -> Iterator[dict[str, object]]:
    grouping = group_by(answers, name)
    for k, label in enumerate(grouping.labels):
        has = np.where(grouping.codes >= 0, 100.0 * (grouping.codes == k), np.nan)
        row = _row(label, "share", has[early], has[late], level)
        fewest = min(int((has[each] == 100).sum()) for each in (early, late))
        yield row | {"n_share": fewest, "effect_size": np.nan}


def _row(
    target: str, kind: str, early: np.ndarray, late: np.ndarray, level: float
) -> dict[str, object]:
    found = compare_means(early, late, level)
    fewer = min(found.n)
    return {
        "target": target,
        "level": kind,
        "n": fewer,
        "n_early": found.n[0],
        "n_late": found.n[1],
        "n_share": fewer,
        "early": found.means[0],
        "late": found.means[1],
        "estimate": found.estimate,
        "std_error": found.std_error,
        "df": found.df,
        "conf_low": found.low,
        "conf_high": found.high,
        "conf_level": level,
        "effect_size": found.effect_size,
    }
