"""Rows of the tables of gaps for one group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from pipeline.core.multiplicity import benjamini_hochberg
from pipeline.core.plan import Plan
from pipeline.core.predeclared import Gaps, Inference
from pipeline.core.student import two_sided_p
from pipeline.gaps.bootstrap import quantiles
from pipeline.gaps.group import Group
from pipeline.gaps.method_agreement import WORST_LAST, kendall_w, overlap, spearman, verdict
from pipeline.gaps.methods import SCORED, Estimates, Scored
from pipeline.gaps.quadrants import CROSSHAIRS, Crosshair, assigned, quadrant_probabilities
from pipeline.gaps.ranks import rank_intervals, ranks, top_probability
from pipeline.gaps.signed_rank import SignedRank
from pipeline.gaps.targets import Target, families

Row = dict[str, object]
MOST_AT_CEILING = 0.5


@dataclass(frozen=True)
class Look:
    """A group with its name, the targets, and the plan's limits for gaps."""

    name: str
    group: Group
    targets: Sequence[Target]
    limits: Gaps
    least_df: float
    confidence: float

    def key(self, at: int) -> Row:
        """Return what a row is about."""
        target = self.targets[at]
        return {"target": target.name, "level": target.level, "group": self.name}

    def p_value(self) -> np.ndarray:
        """Return p of gaps of 0, (T,); NaN below the least degrees of freedom."""
        error = self.group.error
        return np.array(
            [
                float(two_sided_p(gap / size, df)) if size > 0 and df >= self.least_df else np.nan
                for gap, size, df in zip(
                    self.group.estimates.gap, error.std_error, error.df, strict=True
                )
            ]
        )


def look(name: str, group: Group, targets: Sequence[Target], plan: Plan) -> Look:
    """Return a group as rows are made of it; limits that the plan does not declare are the defaults."""
    limits = plan.gaps or Gaps(methods=("gap",))
    least = (plan.inference or Inference()).least_df
    return Look(name, group, targets, limits, least, plan.confidence)


def gap_rows(
    seen: Look, signed: Sequence[SignedRank], findings: Sequence[str | None]
) -> Iterator[Row]:
    """Yield the rows of `gaps`: one a target."""
    group, found = seen.group, seen.group.estimates
    low, high = group.student(seen.confidence)
    p_value = seen.p_value()
    adjusted = np.full(len(p_value), np.nan)
    for places in families(seen.targets).values():
        adjusted[places] = benjamini_hochberg(p_value[places])
    for at, target in enumerate(seen.targets):
        yield {
            **seen.key(at),
            "family": target.family,
            "n": int(group.n[at]),
            "groups": int(group.error.groups[at]),
            "current": found.current[at],
            "desired": found.desired[at],
            "estimate": found.gap[at],
            "inference": "HC2" if group.people else "CR2",
            "std_error": group.error.std_error[at],
            "df": group.error.df[at],
            "conf_low": low[at],
            "conf_high": high[at],
            "conf_level": seen.confidence,
            "p_value": p_value[at],
            "p_adjusted": adjusted[at],
            "effect_size": found.effect_size[at],
            "rank_biserial": signed[at].rank_biserial,
            **_shares(found, at),
            "desired_centred": found.desired_centred[at],
            "finding": findings[at],
        }


def _shares(found: Estimates, at: int) -> Row:
    known = bool(np.isfinite(found.ceiling[at]))
    return {
        "wanting": found.wanting[at],
        "equal": found.equal[at],
        "beyond": found.beyond[at],
        "ceiling": 100 * found.ceiling[at],
        "lower_bound": bool(found.ceiling[at] > MOST_AT_CEILING) if known else None,
    }


def interval_rows(
    seen: Look, signed: Sequence[SignedRank], two_stage: np.ndarray | None
) -> Iterator[Row]:
    """Yield the rows of `gap_intervals`; `two_stage` are the gaps of its replicates (B, T), if any."""
    group, level = seen.group, seen.confidence
    gap, error = group.estimates.gap, group.error
    off = group.studentised()
    high, low = quantiles(off, [(1 + level) / 2, (1 - level) / 2])
    t = gap / error.std_error
    known = (~np.isnan(off)).sum(axis=0)
    beyond = (np.abs(off) >= np.abs(t) - 1e-10).sum(axis=0)
    p_boot = np.where((known > 0) & ~np.isnan(t), (1 + beyond) / (1 + known), np.nan)
    student, p_value = group.student(level), seen.p_value()
    percentile = group.interval(lambda each: each.gap, level)
    ends = {
        "cr2": student,
        "bootstrap_t": (gap - high * error.std_error, gap - low * error.std_error),
        "percentile": percentile,
    }
    if two_stage is not None:
        ends["two_stage"] = tuple(quantiles(two_stage, [(1 - level) / 2, (1 + level) / 2]))
    p_values = {"cr2": p_value, "bootstrap_t": p_boot}
    for at in range(len(seen.targets)):
        about = {**seen.key(at), "n": int(group.n[at]), "groups": int(error.groups[at])}
        for name, (lower, upper) in ends.items():
            by_t = name in p_values
            yield {
                **about,
                "inference": name,
                "estimate": gap[at],
                "std_error": error.std_error[at] if by_t else np.nan,
                "statistic": t[at] if by_t else np.nan,
                "df": error.df[at] if name == "cr2" else np.nan,
                "p_value": p_values[name][at] if by_t else np.nan,
                "conf_low": lower[at],
                "conf_high": upper[at],
                "conf_level": level,
            }
        yield {
            **about,
            "inference": "signed_rank",
            "statistic": signed[at].statistic,
            "p_value": signed[at].p_value,
            "conf_level": level,
        }


@dataclass(frozen=True)
class Ranked:
    """A method's scores on the targets of a family (T,), and the ranks each may have.

    The latter are NaN without replicates, and for `centred`, which is a check of another's order.
    """

    score: np.ndarray
    low: np.ndarray
    high: np.ndarray


def priority_rows(seen: Look) -> tuple[list[Row], list[Row]]:
    """Return the rows of `priorities`, and of `method_agreement`, family by family."""
    rows: list[Row] = []
    agreement: list[Row] = []
    for (level, family), places in families(seen.targets).items():
        ranked = {method: _ranked(seen, places, method) for method in SCORED}
        for method, each in ranked.items():
            rows += _scored_rows(seen, places, method, each)
        quadrants = {crosshair: _quadrants(seen, places, crosshair) for crosshair in CROSSHAIRS}
        for crosshair, probabilities in quadrants.items():
            rows += _quadrant_rows(seen, places, crosshair, probabilities)
        scores: dict[str, np.ndarray] = {name: each.score for name, each in ranked.items()}
        scores["ipa"] = quadrants["grand_means"][1]
        main = seen.limits.ranks_by
        against = ranked["gap" if main == "ipa" else main]
        n = int(seen.group.n[places].min())
        about: Row = {"level": level, "family": family, "group": seen.name, "n": n}
        agreement += _agreement_rows(about, scores, main, against)
    return rows, agreement


def _ranked(seen: Look, places: np.ndarray, method: Scored) -> Ranked:
    group = seen.group
    score = group.estimates.score(method)[places]
    low = high = np.full(len(places), np.nan)
    if group.parts and method != "centred":
        known = np.flatnonzero(~np.isnan(score))
        found = rank_intervals(group.differences(places[known], method), seen.confidence)
        low, high = (_put(each, known, len(places)) for each in found)
    return Ranked(score, low, high)


def _put(values: np.ndarray, places: np.ndarray, count: int) -> np.ndarray:
    """Return (count,) with values at some places, NaN at the others."""
    found = np.full(count, np.nan)
    found[places] = values
    return found


def _scored_rows(seen: Look, places: np.ndarray, method: Scored, ranked: Ranked) -> Iterator[Row]:
    draws = seen.group.draws(lambda each: each.score(method))[:, places]
    level = seen.confidence
    low, high = quantiles(draws, [(1 - level) / 2, (1 + level) / 2])
    top, rank = top_probability(draws), ranks(ranked.score)
    for k, at in enumerate(places):
        yield {
            **_about(seen, at),
            "method": method,
            "crosshair": "none",
            "score": ranked.score[k],
            "conf_low": low[k],
            "conf_high": high[k],
            "conf_level": level,
            "rank": rank[k],
            "rank_low": ranked.low[k],
            "rank_high": ranked.high[k],
            "top5_probability": top[k],
        }


def _about(seen: Look, at: int) -> Row:
    return {
        **seen.key(at),
        "family": seen.targets[at].family,
        "n": int(seen.group.n[at]),
        "units": "people" if seen.group.people else "organisations",
    }


def _quadrants(seen: Look, places: np.ndarray, crosshair: Crosshair) -> np.ndarray:
    current = seen.group.draws(lambda each: each.current)[:, places]
    desired = seen.group.draws(lambda each: each.desired)[:, places]
    ends = [(seen.targets[at].lowest, seen.targets[at].highest) for at in places]
    midpoints = np.array([(low + high) / 2 for low, high in ends])
    return quadrant_probabilities(current, desired, midpoints, crosshair)


def _quadrant_rows(
    seen: Look, places: np.ndarray, crosshair: Crosshair, probabilities: np.ndarray
) -> Iterator[Row]:
    rank = ranks(probabilities[1])
    names = assigned(probabilities, seen.limits.quadrant_probability)
    for k, at in enumerate(places):
        keep_up, concentrate, low_priority, overkill = probabilities[:, k]
        yield {
            **_about(seen, at),
            "method": "ipa",
            "crosshair": crosshair,
            "score": concentrate,
            "rank": rank[k],
            "quadrant": names[k],
            "p_keep_up": keep_up,
            "p_concentrate": concentrate,
            "p_low_priority": low_priority,
            "p_overkill": overkill,
        }


def _agreement_rows(
    about: Row, scores: dict[str, np.ndarray], main: str, ranked: Ranked
) -> Iterator[Row]:
    """Yield how methods agree on targets that all of them score; nothing for fewer than two."""
    known = ~np.isnan(np.array(list(scores.values()))).any(axis=0)
    if known.sum() < 2:
        return
    own = {name: score[known] for name, score in scores.items()}
    low, high = ranked.low[known], ranked.high[known]
    about = {**about, "targets": int(known.sum())}
    for a, b in combinations(own, 2):
        first, second = (b, a) if b == main else (a, b)
        compared = verdict(own[first], own[second], low, high) if first == main else None
        yield {
            **about,
            "method_a": first,
            "method_b": second,
            "spearman": spearman(own[a], own[b]),
            "top5_overlap": overlap(own[a], own[b]),
            "verdict": compared,
        }
    others = [verdict(own[main], score, low, high) for name, score in own.items() if name != main]
    yield {
        **about,
        "method_a": "all",
        "method_b": "all",
        "kendall_w": kendall_w(np.array(list(own.values()))),
        "verdict": max(others, key=WORST_LAST.index),
    }
