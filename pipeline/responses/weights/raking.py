"""Weights made to agree with known margins: raking, post-stratification, trimming."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import UserError

TOLERANCE = 1e-11
MOST_CYCLES = 1000
SAME_TOTAL = 1e-6
MOST_OF_ALL = 0.5
SHOWN = 5


@dataclass(frozen=True)
class Margin:
    """What is known of a population, by cell.

    Attributes
    ----------
    name : of the margin, in messages. labels : names of its k cells.
    cells : (n,) int, the cell of each respondent; -1 where it is unknown.
    targets : (k,) people of the population in each cell, of those whose cell is known; only their
        proportions count where cells of respondents are unknown.
    """

    name: str
    labels: tuple[str, ...]
    cells: np.ndarray
    targets: np.ndarray


@dataclass(frozen=True)
class Raked:
    """Weights (n,) that agree with margins, the cycles it took, and the largest error that is left.

    The error is the difference between a cell's share of all weights and its share in the population.
    """

    weights: np.ndarray
    cycles: int
    error: float


def rake(
    base: np.ndarray,
    margins: Sequence[Margin],
    total: float,
    *,
    allowed: float,
    cycles: int = MOST_CYCLES,
) -> Raked:
    """Scale weights margin by margin until all agree with the population (Deming & Stephan 1940).

    Parameters
    ----------
    base : (n,) positive weights to start from; they may have any sum. total : people in the population, N.
    allowed : largest error that may be left after `cycles` cycles.

    Returns
    -------
    The weights nearest to `base` in entropy, adding up to N. Who has no cell in a margin keeps the weight
    in that step, and the margin's targets make up the rest: N minus the weight of these people. One margin
    is post-stratification.

    Raises
    ------
    UserError
        The margins' totals differ, a cell of the population has no respondent or one of respondents no
        population, `allowed` is not reached, or one respondent holds more than half of all the weight.

    Notes
    -----
    All people with the same cells get the same factor, so the work is done on their sums. R:
    `survey::rake(design, margins, population, control = list(epsilon = 1e-10))`, `postStratify`.
    """
    _check(margins, total)
    joint, place = _joint_cells(margins, len(base))
    sums = np.bincount(place, base, len(joint[0]) if joint else 1)
    table = sums * (total / sums.sum())
    done, error = 0, _largest_error(table, joint, margins)
    while error > TOLERANCE and done < cycles:
        for cells, margin in zip(joint, margins, strict=True):
            table = table * _factors(table, cells, margin)
        done, error = done + 1, _largest_error(table, joint, margins)
    if error > allowed:
        raise UserError(_not_converged(table, joint, margins, done, error, allowed))
    weights = base * (table / sums)[place]
    _check_one_holds_all(weights)
    return Raked(weights, done, error)


def post_stratify(base: np.ndarray, margin: Margin) -> np.ndarray:
    """Return weights (n,) scaled within each cell to its target. R: `survey::postStratify`.

    Raises
    ------
    UserError
        As `rake`.
    """
    return rake(base, [margin], float(margin.targets.sum()), allowed=TOLERANCE).weights


def trim_factors(
    weights: np.ndarray, base: np.ndarray, low: float, high: float
) -> tuple[np.ndarray, np.ndarray]:
    """Bring what raking did to each weight back between two bounds.

    Parameters
    ----------
    weights, base : (n,) weights after and before raking. low, high : bounds of the raking factor w/d, with
        both adding up to the same: 1 is a weight that raking left in proportion.

    Returns
    -------
    The weights (n,), with the sum that they had, and (n,) whether each was trimmed.
    """
    scale = weights.sum() / base.sum()
    factor = weights / (base * scale)
    kept = np.clip(factor, low, high)
    trimmed = base * kept
    return trimmed * (weights.sum() / trimmed.sum()), (factor < low) | (factor > high)


def margin_error(weights: np.ndarray, margins: Sequence[Margin]) -> float:
    """Return the largest difference between a cell's share of all weights and of the population.

    The weights (n,) may add up to anything.
    """
    joint, place = _joint_cells(margins, len(weights))
    table = np.bincount(place, weights)
    total = float(margins[0].targets.sum()) if margins else 1.0
    return _largest_error(table * (total / table.sum()), joint, margins)


def _check(margins: Sequence[Margin], total: float) -> None:
    for margin in margins:
        found = float(margin.targets.sum())
        if not abs(found - total) <= SAME_TOTAL * total:
            raise UserError(
                f"weights: the margin {margin.name} adds up to {found:,.1f} people, the population has "
                f"{total:,.1f}; margins must speak of the same people"
            )
        people = np.bincount(margin.cells[margin.cells >= 0], minlength=len(margin.targets))
        _refuse(
            margin,
            (margin.targets > 0) & (people == 0),
            "hold people of the population and no respondent: merge them with others",
        )
        _refuse(
            margin,
            ~(margin.targets > 0) & (people > 0),
            "stand in the answers, and the list of invited people has nobody there",
        )


def _refuse(margin: Margin, wrong: np.ndarray, why: str) -> None:
    if wrong.any():
        names = [margin.labels[k] for k in np.flatnonzero(wrong)]
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        raise UserError(
            f"weights: cells of the margin {margin.name} {why}: {', '.join(names[:SHOWN])}{more}"
        )


def _check_one_holds_all(weights: np.ndarray) -> None:
    share = float(weights.max() / weights.sum())
    if share > MOST_OF_ALL:
        raise UserError(
            f"weights: one respondent of {len(weights)} holds {100 * share:.0f} % of all the weight; "
            "no statement about the population rests on one person"
        )


def _joint_cells(margins: Sequence[Margin], n: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Return the cells, by margin, of each combination that occurs, and (n,) everybody's combination."""
    code = np.zeros(n, dtype=np.int64)
    for margin in margins:
        code = code * (len(margin.targets) + 1) + margin.cells + 1
    found, place = np.unique(code, return_inverse=True)
    joint: list[np.ndarray] = []
    for margin in reversed(margins):
        found, cells = np.divmod(found, len(margin.targets) + 1)
        joint.insert(0, cells - 1)
    return joint, place


def _factors(table: np.ndarray, cells: np.ndarray, margin: Margin) -> np.ndarray:
    """Return by how much each combination is scaled so that the margin agrees; 1 where it is unknown."""
    sums, targets = _sums_and_targets(table, cells, margin)
    factor = np.divide(targets, sums, out=np.ones(len(sums)), where=sums > 0)
    return np.where(cells >= 0, factor[cells], 1.0)


def _sums_and_targets(
    table: np.ndarray, cells: np.ndarray, margin: Margin
) -> tuple[np.ndarray, np.ndarray]:
    """Return the weight in each cell, and what it should be: targets reduced by who has no cell."""
    known = cells >= 0
    sums = np.bincount(cells[known], table[known], len(margin.targets))
    unknown = float(table[~known].sum())
    share = 1 - unknown / float(margin.targets.sum())
    return sums, margin.targets * share


def _largest_error(
    table: np.ndarray, joint: Sequence[np.ndarray], margins: Sequence[Margin]
) -> float:
    errors = [0.0]
    for cells, margin in zip(joint, margins, strict=True):
        sums, targets = _sums_and_targets(table, cells, margin)
        errors.append(float(np.abs(sums - targets).max(initial=0)) / float(table.sum()))
    return max(errors)


def _not_converged(
    table: np.ndarray,
    joint: Sequence[np.ndarray],
    margins: Sequence[Margin],
    cycles: int,
    error: float,
    allowed: float,
) -> str:
    worst = max(
        (
            (float(np.abs(sums - targets).max()), margin, int(np.abs(sums - targets).argmax()))
            for cells, margin in zip(joint, margins, strict=True)
            for sums, targets in [_sums_and_targets(table, cells, margin)]
        ),
        key=lambda each: each[0],
    )
    return (
        f"weights: raking did not converge: after {cycles} cycles a margin is {100 * error:.3f} "
        f"points off, {100 * allowed:.3f} are allowed; furthest off is {worst[1].labels[worst[2]]} in the "
        f"margin {worst[1].name}. Do the margins contradict each other, or is 'least_cell' too low?"
    )
