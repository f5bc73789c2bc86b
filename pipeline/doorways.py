"""Doorways: what crosses from one room to the next where it takes more than one room to make it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd

from pipeline.core.errors import UserError
from pipeline.core.files import sha256
from pipeline.core.findings import Findings
from pipeline.core.pieces import Workers
from pipeline.core.plan import Plan
from pipeline.gaps.recommendations import recommendations_table
from pipeline.gaps.signals import signals_table
from pipeline.gaps.stage import Ratings
from pipeline.gaps.targets import Target
from pipeline.models.imputation.stage import Imputations, hypothesis_columns
from pipeline.models.mediation_table import Completed
from pipeline.models.sensitivity.choices import choices_of
from pipeline.models.sensitivity.curve import Answers, Frames
from pipeline.models.sensitivity.multiverse import Everyone
from pipeline.models.stage.specification import Ground
from pipeline.questionnaire.asked import meet
from pipeline.questionnaire.columns import all_score_columns, score_columns
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.play_tables import lacks, play_links_table, plays_table
from pipeline.responses.clean import Cleaned, clean_answers
from pipeline.responses.raw import RawAnswers
from pipeline.responses.source import RawSource
from pipeline.responses.weights.weigh import Weighted
from pipeline.scales.completion import Material, completion_of
from pipeline.scales.score_variants import Variant, freed_items, variant_scores
from pipeline.scales.scores import score_scales
from pipeline.simulation.draw import RECORD_FILE
from pipeline.simulation.record import planted_kinds
from pipeline.study import Study


@dataclass(frozen=True)
class Effort:
    """Who does the work that comes in pieces, and whether all of it is done or only the quick part."""

    workers: Workers = field(default_factory=Workers)
    full: bool = False


@dataclass(frozen=True)
class Filled:
    """Answers with the holes of all that hypotheses take filled; none where the plan has no such thing."""

    completed: Completed
    answers: list[pd.DataFrame]


def fill_holes(material: Material, effort: Effort, findings: Findings) -> Filled:
    """Fill the holes of what the hypotheses take, as often as the plan has it.

    Without such a plan, or where an answer was given by nobody, the scores as they are stand alone.
    """
    plan, scores = material.plan, material.scores
    scored = all_score_columns(material.questionnaire)
    if plan.missing is None or not plan.hypotheses:
        return Filled(Completed(scores, [scores], scored), [])
    completion = completion_of(material, *hypothesis_columns(plan))
    made = Imputations(completion.data, plan, effort.workers, "imputations")
    values, _ = findings.attempt(
        ("mediation", "imputations", "all"),
        len(scores),
        partial(made.first, plan.missing.imputations),
        completion.data.names,
    )
    frames = [scores.assign(**completion.scores(each)) for each in values or []]
    answers = [material.responses.assign(**completion.answers(each)) for each in values or []]
    return Filled(Completed(scores, frames or [scores], scored), answers)


def gap_ratings(weighted: Weighted, scores: pd.DataFrame, asked: Questionnaire) -> Ratings:
    """Return all that was rated twice in one frame, and the items, scales and shares it is of."""
    twice = [item for item in asked.items.values() if item.ratings]
    targets = [
        Target(item.id, "item", item.section, *item.choices.bounds)
        for item in twice
        if item.is_rating and item.choices
    ]
    known = {each.name: each for each in targets}
    for name in asked.scales:
        if len(score_columns(asked, name)) == 2:
            first = known[asked.scales[name].items[0]]
            targets.append(Target(name, "scale", first.family, first.lowest, first.highest))
    items = [each.name for each in targets if each.level == "item"]
    shares: dict[str, list[str]] = {}
    for item in twice:
        if item.kind == "shares":
            shares.setdefault(item.question, []).append(item.id)
    rated = [*items, *(item for each in shares.values() for item in each)]
    columns = [f"{item}_{side}" for item in rated for side in ("current", "desired")]
    design = weighted.weights["design_weight"].rename("design_weight")
    frame = pd.concat([scores, weighted.responses[columns], design], axis=1)
    return Ratings(frame, targets, shares)


def conditions_met(
    answers: pd.DataFrame, asked: Questionnaire, plan: Plan
) -> dict[str, np.ndarray]:
    """Return who meets each condition that a model or hypothesis is restricted by, (rows,) bool."""
    named = [*(each.among for each in plan.models), *(each.among for each in plan.hypotheses)]
    conditions = {condition for condition in named if condition}
    return {condition: meet(condition, answers, asked) for condition in sorted(conditions)}


def completed_grounds(
    ground: Ground, completed: Completed, answers: pd.DataFrame, asked: Questionnaire
) -> list[Ground]:
    """Return what models are fitted to, once for each completed set of scores.

    Who is in a model restricted by a condition follows from the answers as they are filled in.
    """
    items = [name for name in asked.items if name in ground.scores and name in answers]
    numbers = [name for name in items if pd.api.types.is_numeric_dtype(ground.scores[name])]
    return [
        ground.completed(
            frame,
            conditions_met(
                answers.assign(**{name: frame[name].astype("Int64") for name in numbers}),
                asked,
                ground.plan,
            ),
        )
        for frame in completed.frames
    ]


def answer_forms(
    study: Study, material: Material, filled: Filled, comparability: pd.DataFrame, effort: Effort
) -> Answers:
    """Return the answers that specifications are fitted to: complete cases, and with `full` all forms."""
    plan, asked, completed = study.plan, study.questionnaire, filled.completed
    if plan.sensitivity is None or not plan.hypotheses:
        return Answers({}, plan)
    among = conditions_met(material.responses, asked, plan)
    wanted = (*hypothesis_columns(plan)[0], *plan.organisation.levels, "weight")
    needed = list(dict.fromkeys(wanted))
    z = completed.z_scores(material.scores[needed], completed.scored)
    frames: dict[tuple[str, str, str], Frames] = {("complete", "mean", "core"): [(z, among)]}
    if not effort.full:
        return Answers(frames, plan)
    without, modules = freed_items(comparability), dict(plan.sensitivity.modules)
    sources = {"complete": [material.responses], "imputed": filled.answers}
    for source, score, module in sorted({each.answers for each in choices_of(plan)}):
        parts = modules if module == "all" else {}
        items = without if score == "invariant" else frozenset()
        variant = Variant(items, parts, latent=score == "latent")
        own = variant_scores(material.responses, asked, plan, study.organisations, variant)
        same = Completed(own, [own], completed.scored)
        frames[source, score, module] = [
            (
                same.z_scores(
                    variant_scores(each, asked, plan, study.organisations, variant)[needed],
                    completed.scored,
                ),
                conditions_met(each, asked, plan),
            )
            for each in sources[source]
        ]
    return Answers({key: each for key, each in frames.items() if each}, plan)


def everyone_but_tests(
    study: Study, raw: RawAnswers, cleaned: Cleaned, completed: Completed
) -> Everyone | None:
    """Return all who would be respondents if nobody were careless, with how careless they were."""
    asked, plan = study.questionnaire, study.plan
    if plan.careless is None or plan.sensitivity is None or not plan.hypotheses:
        return None
    kept = clean_answers(raw, asked, plan.model_copy(update={"careless": None})).responses
    quality = cleaned.response_quality.set_index("respondent").reindex(kept["respondent"])
    scores = score_scales(kept.assign(weight=1.0), asked, plan, study.organisations)
    needed = list(dict.fromkeys((*hypothesis_columns(plan)[0], *plan.organisation.levels)))
    z = completed.z_scores(scores[needed], completed.scored)
    return Everyone(z, conditions_met(kept, asked, plan), quality.reset_index(), plan)


def play_tables(
    study: Study,
    answers: pd.DataFrame,
    ratings: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    findings: Findings,
) -> dict[str, pd.DataFrame]:
    """Return the study's plays, what leads to them, and which every organisation gets first."""
    asked, plan, plays = study.questionnaire, study.plan, study.plays
    links = play_links_table(plays)
    lacking = lacks(plays, answers, ratings, asked)
    kinds = dict(zip(links["signal"], links["kind"], strict=True))
    found = {
        "plays": plays_table(plays, asked.languages),
        "play_links": links,
        "signals": signals_table(lacking, ratings, kinds, plan, findings),
    }
    parents = {each.code: each.parent for each in study.organisations if each.parent}
    given = {**tables, **found}
    return {**found, "recommendations": recommendations_table(ratings, given, parents, plan)}


def planted_careless(study: Study, source: RawSource, raw: RawAnswers) -> dict[str, str]:
    """Return how each respondent was made to answer; empty where that is not on record.

    Raises
    ------
    UserError
        The record of the draw changed since.
    """
    path = study.paths.raw / RECORD_FILE
    if not source.simulated or RECORD_FILE not in source.sha256:
        return {}
    if not path.is_file() or source.sha256[RECORD_FILE] != sha256(path):
        raise UserError(
            f"{study.paths.shown_raw}/{RECORD_FILE}: changed since it was drawn; restore it, or draw again"
        )
    kinds = planted_kinds(json.loads(path.read_text(encoding="utf-8")))
    return dict(zip(raw.respondent, kinds, strict=True))
