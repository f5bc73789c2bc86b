"""Times the replicates of gaps: processor and wall seconds of one process, beside their aims.

`python benchmarks/gaps.py`. Ratings are drawn; a twentieth of each is missing. R's boot took 2.1 s for
10,000 replicates of one difference of means (99 groups, shared reference): the like is timed here too.
Aims: 25,000 respondents in 47 organisations, 10,000 replicates of all 60 ratings, 30 gaps and ranks, 2 s;
2,000 two-stage replicates, 6 s; a million respondents, 10,000 replicates, 5 s.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from pipeline.gaps.bootstrap import draw_units
from pipeline.gaps.difference import cr2_error, cr2_errors_of_draws
from pipeline.gaps.methods import estimate
from pipeline.gaps.ranks import ranks
from pipeline.gaps.sums import sum_pairs
from pipeline.gaps.targets import Pairs, Target
from pipeline.gaps.two_stage import two_stage_gaps

ITEMS, ORGANISATIONS = 30, 47
TARGETS = [Target(f"Q{k}", "item", "all", 1, 5) for k in range(ITEMS)]


def seconds(work: Callable[[], object], times: int = 3) -> tuple[float, float]:
    """Return the least processor seconds, and the least wall seconds, of several runs."""
    found = []
    for _ in range(times):
        start = time.process_time(), time.perf_counter()
        work()
        found.append((time.process_time() - start[0], time.perf_counter() - start[1]))
    cpu, wall = zip(*found, strict=True)
    return min(cpu), min(wall)


def draw_pairs(people: int) -> tuple[Pairs, np.ndarray]:
    """Return ratings, weights and organisations, one of which holds 29 %."""
    rng = np.random.default_rng(1)
    share = np.r_[0.29, np.full(ORGANISATIONS - 1, 0.71 / (ORGANISATIONS - 1))]
    current = rng.integers(1, 6, (people, ITEMS)).astype(float)
    desired = np.minimum(current + rng.integers(0, 3, (people, ITEMS)), 5)
    for each in (current, desired):
        each[rng.random((people, ITEMS)) < 0.05] = np.nan
    units = rng.choice(ORGANISATIONS, people, p=share)
    return Pairs(current, desired, rng.uniform(0.3, 3, people)), units


def replicates(pairs: Pairs, units: np.ndarray, count: int) -> None:
    """Draw organisations: means of all ratings, gaps, and the ranks of gaps, in every replicate."""
    sums = sum_pairs(pairs, TARGETS, units, ORGANISATIONS)
    drawn = sums.drawn(draw_units(np.random.default_rng(2), count, ORGANISATIONS))
    found = estimate(drawn)
    assert ranks(found.gap).shape == found.current.shape == (count, ITEMS)


def studentised(pairs: Pairs, units: np.ndarray, count: int) -> None:
    """Draw organisations, each replicate with its own CR2 errors."""
    sums = sum_pairs(pairs, TARGETS, units, ORGANISATIONS)
    cr2_error(sums)
    counts = draw_units(np.random.default_rng(2), count, ORGANISATIONS)
    cr2_errors_of_draws(sums, counts, sums.drawn(counts))


def one_difference(count: int) -> None:
    """Do what R's boot was timed for: one difference of two means, 99 groups."""
    rng = np.random.default_rng(3)
    sums = rng.uniform(10, 20, (99, 4))
    total = draw_units(rng, count, 99) @ sums
    assert (total[:, 0] / total[:, 1] - total[:, 2] / total[:, 3]).shape == (count,)


def show(what: str, took: tuple[float, float], against: str) -> None:
    print(f"{what:<64} {took[0]:6.2f} s cpu {took[1]:6.2f} s wall   {against}")


def main() -> None:
    pairs, units = draw_pairs(25_000)
    rng = np.random.default_rng(4)
    show("one difference of means, 10,000", seconds(lambda: one_difference(10_000)), "R 2.1 s")
    show(
        "25,000: 60 ratings, 30 gaps, ranks, 10,000 replicates",
        seconds(lambda: replicates(pairs, units, 10_000)),
        "aim 2 s",
    )
    show(
        "25,000: the same with CR2 errors of 30 gaps, 2,000 replicates",
        seconds(lambda: studentised(pairs, units, 2_000)),
        "",
    )
    show(
        "25,000: two-stage, 2,000 replicates",
        seconds(lambda: two_stage_gaps(pairs, units, ORGANISATIONS, 2_000, rng), 1),
        "aim 6 s",
    )
    pairs, units = draw_pairs(1_000_000)
    show(
        "1,000,000: 60 ratings, 30 gaps, ranks, 10,000 replicates",
        seconds(lambda: replicates(pairs, units, 10_000), 1),
        "aim 5 s",
    )


if __name__ == "__main__":
    main()
