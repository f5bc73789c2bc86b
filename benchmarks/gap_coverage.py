"""How often intervals of gaps, and of their ranks, hold what the truth implies.

`python benchmarks/gap_coverage.py DESIGN DRAWS [FIRST_SEED]`, DESIGN `equal` (47 organisations of 200
respondents) or `federal` (all invited, one organisation has 29 % of them). Each draw takes new
organisations, people and ratings of the thirty statements; everybody answers both. Adds a row per draw
to `gap_coverage.csv` beside this file, so that it can be stopped and continued. Without a design, it
sums up what is stored.

Aims, in 2,000 draws against the exact gaps of the truth: CR2 intervals at 95 % cover in 93-97 % over the
thirty gaps with equal organisations, none significantly outside 91-98 %; in at least 91 % with federal
sizes; bootstraps as it is. P5Q4 is first, P3Q1 and P5Q1 last, in at least 90 % of draws; the rank intervals
hold all true ranks in at least 95 %. Two-stage, which is slow, is in one of four draws.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.core.student import t_quantile
from pipeline.gaps.bootstrap import draw_units, quantiles
from pipeline.gaps.difference import cr2_error, cr2_errors_of_draws
from pipeline.gaps.methods import estimate
from pipeline.gaps.ranks import Differences, pair_differences, rank_intervals, ranks
from pipeline.gaps.sums import sum_pairs
from pipeline.gaps.targets import Pairs, Target
from pipeline.gaps.two_stage import two_stage_gaps
from pipeline.simulation.batch import Ground, Options
from pipeline.simulation.check_truth import Design
from pipeline.simulation.draw import load_ground
from pipeline.simulation.implied import implied_moments, respondent_mixture
from pipeline.simulation.items import draw_ratings
from pipeline.simulation.measurement import Measurement
from pipeline.simulation.people import draw_batch
from pipeline.study import load_study

STORED = Path(__file__).with_name("gap_coverage.csv")
SIZES = {"equal": 200, "federal": None}
REPLICATES, LEVEL = 1000, 0.95
FIRST, LAST = "P5Q4", {"P3Q1", "P5Q1"}


class Twin:
    """The thirty statements alone: their truth, and draws of ratings."""

    def __init__(self, ground: Ground, size: int | None) -> None:
        columns = ground.design.measurement.columns
        kept = tuple(each for each in columns if each.item[0] == "P" and each.item[2:3] == "Q")
        self.ground, self.size = ground, size
        share = ground.design.latents.residual_share
        places = [columns.index(each) for each in kept]
        latents = replace(ground.design.latents, residual_share=share[places])
        truth = ground.design.truth.model_copy(update={"noninvariance": ()})  # none of the thirty
        self.design = Design(truth, Measurement(kept, {}), latents)
        self.names = list(dict.fromkeys(each.item for each in kept))
        self.targets = [Target(name, "item", "playbook", 1, 5) for name in self.names]

    def true_gaps(self) -> np.ndarray:
        """Return the exact expectation of each gap."""
        ground = self.ground
        mixture = respondent_mixture(
            self.design, ground.margins, ground.cells, ground.employers, self.size is not None
        )
        moments = implied_moments(self.design, ground.margins, mixture)
        return np.array([moments.gap(name) for name in self.names])

    def draw(self, seed: int) -> tuple[Pairs, np.ndarray]:
        """Return everybody's ratings and their organisations, all drawn anew."""
        ground, seeds = self.ground, np.random.SeedSequence(seed)
        generators = [np.random.default_rng(each) for each in seeds.spawn(len(ground.employers))]
        people = draw_batch(
            self.design, ground.margins, ground.cells, ground.employers, generators, self.size
        )
        answers = draw_ratings(self.design, ground.margins, people) + 1.0
        at = {each.name: k for k, each in enumerate(self.design.measurement.columns)}
        current, desired = (
            answers[:, [at[f"{name}_{side}"] for name in self.names]]
            for side in ("current", "desired")
        )
        return Pairs(current, desired, np.ones(len(answers))), people.organisation


def one_draw(twin: Twin, truth: np.ndarray, seed: int) -> dict[str, object]:
    """Return what holds in one draw: for each interval, a digit by item."""
    pairs, units = twin.draw(seed)
    count = len(twin.ground.employers)
    sums = sum_pairs(pairs, twin.targets, units, count)
    found, error = estimate(sums.total()), cr2_error(sums)
    rng = np.random.default_rng(np.random.SeedSequence([seed, 1]))
    counts = draw_units(rng, REPLICATES, count)
    drawn = sums.drawn(counts)
    again = estimate(drawn).gap
    student = (again - found.gap) / cr2_errors_of_draws(sums, counts, drawn)
    high, low = quantiles(student, [(1 + LEVEL) / 2, (1 - LEVEL) / 2])
    half = np.array([t_quantile(each, LEVEL) for each in error.df]) * error.std_error
    ends = {
        "cr2": (found.gap - half, found.gap + half),
        "bootstrap_t": (found.gap - high * error.std_error, found.gap - low * error.std_error),
        "percentile": tuple(quantiles(again, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])),
    }
    if seed % 4 == 0:
        twice = two_stage_gaps(pairs, units, count, 400, rng)
        ends["two_stage"] = tuple(quantiles(twice, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]))
    once = np.ones((1, count), dtype=int)
    total = sums.drawn(once)
    value, deviation = pair_differences(sums, once, total, estimate(total))
    values, deviations = pair_differences(sums, counts, drawn, estimate(drawn))
    differences = Differences(len(truth), value[0], deviation[0], (values - value) / deviations)
    first, last = rank_intervals(differences, LEVEL)
    best = ranks(truth)
    worst = len(truth) + 1 - ranks(-truth)
    own = ranks(found.gap)
    names = np.array(twin.names)
    return {
        **{name: _digits((a <= truth) & (truth <= b)) for name, (a, b) in ends.items()},
        "first": names[own.argmin()] == FIRST,
        "last": set(names[own >= len(own) - 1]) == LAST,
        "ranks": bool(((first <= best) & (worst <= last)).all()),
        "rank_width": float((last - first).mean()),
        "df": float(error.df.mean()),
        "n": len(units),
    }


def _digits(holds: np.ndarray) -> str:
    return "x" + "".join(str(int(each)) for each in holds)


def main() -> None:
    if len(sys.argv) > 2:
        design, draws = sys.argv[1], int(sys.argv[2])
        first = int(sys.argv[3]) if len(sys.argv) > 3 else 1
        study = load_study("psi-co", Path(__file__).parents[1])
        paths = study.paths
        options = Options(size=SIZES[design], clean=True)
        ground = load_ground(study.questionnaire, paths.questionnaire, paths.shown, options)
        twin = Twin(ground, SIZES[design])
        truth = twin.true_gaps()
        for seed in range(first, first + draws):
            row = pd.DataFrame([{"design": design, "seed": seed, **one_draw(twin, truth, seed)}])
            row = row.reindex(columns=COLUMNS)
            row.to_csv(
                STORED, mode="a", header=not STORED.is_file(), index=False, float_format="%.4f"
            )
    summary(pd.read_csv(STORED))


COLUMNS = ["design", "seed", "n", "df", "cr2", "bootstrap_t", "percentile", "two_stage"]
COLUMNS += ["first", "last", "ranks", "rank_width"]


def summary(stored: pd.DataFrame) -> None:
    """Print coverage by design: the mean over the thirty gaps, the least and the most."""
    for design, rows in stored.groupby("design"):
        print(
            f"{design}: {len(rows)} draws, n about {rows['n'].mean():.0f}, df {rows['df'].mean():.1f}"
        )
        for name in ("cr2", "bootstrap_t", "percentile", "two_stage"):
            texts = rows[name].dropna()
            if len(texts):
                held = np.array([[int(digit) for digit in text[1:]] for text in texts])
                each = 100 * held.mean(axis=0)
                print(
                    f"  {name:<12} {each.mean():5.1f} %  (of a gap {each.min():.1f}-{each.max():.1f} %)"
                    f"  in {len(held)} draws"
                )
        print(
            f"  {FIRST} first {100 * rows['first'].mean():.1f} %, {' and '.join(sorted(LAST))} last"
            f" {100 * rows['last'].mean():.1f} %, rank intervals hold {100 * rows['ranks'].mean():.1f} %"
            f" (mean width {rows['rank_width'].mean():.1f})"
        )


if __name__ == "__main__":
    main()
