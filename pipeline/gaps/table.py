"""The tables of gaps: every item and scale rated twice, for everyone and by group, by every method."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.errors import Finding
from pipeline.core.findings import Findings
from pipeline.core.grouping import group_by, groupings
from pipeline.core.plan import Plan
from pipeline.core.tables import make_table
from pipeline.gaps.group import Group, look_at_group
from pipeline.gaps.group_rows import Row, gap_rows, interval_rows, look, priority_rows
from pipeline.gaps.signed_rank import SignedRank, signed_rank
from pipeline.gaps.sums import sum_pairs, sums_of_people
from pipeline.gaps.targets import Pairs, Target, pairs_of
from pipeline.gaps.two_stage import two_stage_gaps

TASK = 5
TYPE = "organisation_type"


@dataclass(frozen=True)
class Material:
    """Completed ratings of the same n people, one or several times, and their organisations (n,)."""

    completed: tuple[Pairs, ...]
    organisations: np.ndarray
    targets: Sequence[Target]
    plan: Plan

    def of(self, people: np.ndarray) -> Material:
        """Return the material of some people, their organisations numbered anew from 0."""
        codes = np.unique(self.organisations[people], return_inverse=True)[1]
        return Material(
            tuple(each.of(people) for each in self.completed), codes, self.targets, self.plan
        )


def method_tables(
    completed: Sequence[pd.DataFrame], targets: Sequence[Target], plan: Plan, findings: Findings
) -> dict[str, pd.DataFrame]:
    """Return `gaps`, `gap_intervals`, `priorities` and `method_agreement`.

    Parameters
    ----------
    completed : one frame of ratings, where pairs with a missing rating are left out; or several, in
        each of which missing ratings are imputed, pooled by Rubin's rules. One row a respondent, the same
        in all: `<target>_current`, `<target>_desired`, the outermost organisation level, `weight`, the
        plan's groups and, where there are types, `organisation_type`.
    targets : what is rated twice.
    findings : takes what the answers do not allow; that row stays without a value, the others stand.

    Notes
    -----
    Errors and replicates are by organisation; in a group of one organisation by person, who then stand for
    people like them in that organisation alone. People without an organisation are in no group.
    """
    frame, level = completed[0], plan.organisation.levels[0]
    organisations = group_by(frame[level], level).codes
    pairs = tuple(pairs_of(each, targets) for each in completed)
    material = Material(pairs, organisations, targets, plan)
    names = [*plan.groups, *([TYPE] if TYPE in frame else []), level]
    splits = groupings(frame, names) if targets else []
    groups = [
        (name, members[organisations[members] >= 0])
        for split in splits
        for name, members in split.members()
    ]
    rows: dict[str, list[Row]] = {name: [] for name in TABLES}
    seeds = np.random.SeedSequence([plan.seed, TASK]).spawn(len(groups))
    for (name, members), seed in zip(groups, seeds, strict=True):
        single = name.startswith(f"{level}=")
        for table, found in _of_group(name, material.of(members), single, seed, findings):
            rows[table] += found
    place = {(each.name, str(each.level)): at for at, each in enumerate(targets)}
    for table in TABLES[:3]:
        rows[table].sort(key=lambda row: place[str(row["target"]), str(row["level"])])
    return {name: make_table(each, name) for name, each in rows.items()}


TABLES = ("gaps", "gap_intervals", "priorities", "method_agreement")


def _of_group(
    name: str,
    material: Material,
    single: bool,
    seed: np.random.SeedSequence,
    findings: Findings,
) -> Iterator[tuple[str, list[Row]]]:
    """Yield the rows of each table for one group; `single` where the group is an organisation."""
    plan, targets = material.plan, material.targets
    count = int(material.organisations.max(initial=-1)) + 1
    people = count == 1
    sums = [
        sums_of_people(each, targets)
        if people
        else sum_pairs(each, targets, material.organisations, count)
        for each in material.completed
    ]
    drawn, twice = seed.spawn(2)
    replicates = plan.gaps.bootstrap if plan.gaps else 0
    group = look_at_group(sums, people, replicates, drawn)
    signed = _signed(material, people)
    seen = look(name, group, targets, plan)
    yield (
        "gaps",
        list(gap_rows(seen, signed, list(_found(name, group, material, single, findings)))),
    )
    if not plan.gaps:
        return
    if not people:
        again = _two_stage(material, count, twice) if name == "all" and count > 1 else None
        yield "gap_intervals", list(interval_rows(seen, signed, again))
    priorities, agreement = priority_rows(seen)
    yield "priorities", priorities
    yield "method_agreement", agreement


def _signed(material: Material, people: bool) -> list[SignedRank]:
    """Return the signed-rank tests, of the first completed data set: ranks are not pooled."""
    pairs = material.completed[0]
    used = np.flatnonzero(pairs.weights > 0)
    clusters = np.arange(len(used)) if people else material.organisations[used]
    gaps = (pairs.desired - pairs.current)[used]
    return [signed_rank(gaps[:, at], clusters) for at in range(gaps.shape[1])]


def _two_stage(material: Material, count: int, seed: np.random.SeedSequence) -> np.ndarray:
    """Return the gaps of two-stage replicates (B, T), divided over the completed data sets."""
    replicates = material.plan.gaps.bootstrap if material.plan.gaps else 0
    shares = np.diff(np.linspace(0, replicates, len(material.completed) + 1).astype(int))
    rng = np.random.default_rng(seed)
    return np.concatenate(
        [
            two_stage_gaps(pairs, material.organisations, count, int(share), rng)
            for pairs, share in zip(material.completed, shares, strict=True)
        ]
    )


def _found(
    name: str, group: Group, material: Material, single: bool, findings: Findings
) -> Iterator[str | None]:
    """Yield what stands in the way of each target's gap, if anything; all of it is noted."""
    paired = ~np.isnan(material.completed[0].desired - material.completed[0].current)
    for at, target in enumerate(material.targets):
        n, there = int(group.n[at]), int(paired[:, at].sum())
        place = ("gaps", target.name, name)
        named = [*_of_people(group, at, there, single)]
        if (
            n >= material.plan.minimum_cell
        ):  # in a smaller group it would tell what each one answered
            named += _of_answers(group, at)
        names = [findings.note(place, n, each) for each in named]
        yield names[0] if names else None


def _of_people(group: Group, at: int, there: int, single: bool) -> Iterator[Finding]:
    """Yield what is odd about who answered; `there` gave both ratings, whatever their weight."""
    n = int(group.n[at])
    if there == 0:
        yield Finding("no_answers", "nobody gave both ratings")
        return
    if n == 1:
        yield Finding("too_few_people", "one person gave both ratings: a gap without an error")
    elif group.people and n and not single:
        yield Finding("too_few_groups", "one organisation: the error is that of people in it")
    elif n and group.error.groups[at] < 2:
        yield Finding("too_few_groups", "one organisation has both ratings: a gap without an error")
    if there > n:
        text = f"{there - n} of {there} people with both ratings have weight 0: left out"
        yield Finding("no_weight", text)


def _of_answers(group: Group, at: int) -> Iterator[Finding]:
    """Yield what is odd about the answers."""
    if np.isnan(group.estimates.effect_size[at]):
        yield Finding("constant_item", "everybody's difference is the same: a gap without an error")
    if group.estimates.ceiling[at] > 1 - 1e-9:
        yield Finding("all_at_ceiling", "everybody wants the most there is: a lower bound")
