"""The story: from a study to results. The only module that knows the order."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.core.contracts import INSIDE_TABLES, STUDY_TABLES
from pipeline.core.errors import UserError, nearest
from pipeline.core.files import remove_unfinished, sha256, write_text, write_whole
from pipeline.core.findings import Findings
from pipeline.core.manifest import check_output, read_manifest, write_manifest
from pipeline.core.pieces import Workers
from pipeline.core.plan import Plan
from pipeline.core.tables import read_table, write_table
from pipeline.gaps.recommendations import recommendations_table
from pipeline.gaps.signals import signals_table
from pipeline.gaps.stage import Ratings, gap_tables
from pipeline.gaps.targets import Target
from pipeline.instruments.instrument import Instrument
from pipeline.models.imputation.stage import Imputations, hypothesis_columns
from pipeline.models.mediation_table import Completed, mediation_table
from pipeline.models.power import Design
from pipeline.models.sensitivity.choices import choices_of
from pipeline.models.sensitivity.curve import Answers, Frames
from pipeline.models.sensitivity.multiverse import Everyone
from pipeline.models.sensitivity.stage import sensitivity_tables
from pipeline.models.stage.specification import Ground
from pipeline.models.stage.stage import model_tables
from pipeline.questionnaire.asked import meet
from pipeline.questionnaire.columns import all_score_columns, score_columns
from pipeline.questionnaire.deviations import deviations_table
from pipeline.questionnaire.labels import labels_table
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.play_tables import lacks, play_links_table, plays_table
from pipeline.questionnaire.registration import register
from pipeline.questionnaire.translation.exchange import (
    Exported,
    Imported,
    check_translations,
    export_translation,
    import_translation,
)
from pipeline.report.disclosure import publish
from pipeline.responses.account import account_tables
from pipeline.responses.careless.confusion import confusion_table
from pipeline.responses.clean import Cleaned, clean_answers
from pipeline.responses.early_late import early_late_table
from pipeline.responses.frame import read_invited
from pipeline.responses.raw import RawAnswers
from pipeline.responses.source import RawSource, read_answers, read_source, write_source
from pipeline.responses.successors import follow_successors, with_moves
from pipeline.responses.weights.population_means import population_means_table
from pipeline.responses.weights.weigh import Weighted, weigh
from pipeline.scales.completion import Material, completion_of
from pipeline.scales.describe import answers_table, items_table
from pipeline.scales.percentages import percent_positive_table
from pipeline.scales.quality import correlations_table, organisation_means_table
from pipeline.scales.score_variants import Variant, freed_items, variant_scores
from pipeline.scales.scores import score_scales
from pipeline.scales.stage.comparable import mark_languages
from pipeline.scales.stage.stage import scale_tables
from pipeline.simulation.draw import RECORD_FILE, Options, simulated_files
from pipeline.simulation.record import planted_kinds
from pipeline.study import Study

if TYPE_CHECKING:
    from pipeline.report.wording import Wording


@dataclass(frozen=True)
class Results:
    """Everything one analysis makes: inside, and (published) outside."""

    source: RawSource
    raw: RawAnswers
    cleaned: Cleaned
    weighted: Weighted
    scores: pd.DataFrame
    tables: dict[str, pd.DataFrame]
    published: dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Effort:
    """Who does the work that comes in pieces, and whether all of it is done or only the quick part."""

    workers: Workers = field(default_factory=Workers)
    full: bool = False


def analyse(study: Study, effort: Effort | None = None) -> Results:
    """Go from raw answers to published tables, in memory; nothing is written but finished pieces."""
    effort = effort or Effort()
    asked, plan = study.questionnaire, study.plan
    raw, source = read_answers(study.paths.raw, study.paths.shown_raw, asked, plan)
    listed = read_invited(study.paths.raw, study.paths.shown_raw, asked, plan)
    raw, invited, moved = follow_successors(raw, listed, study.organisations, plan)
    cleaned = clean_answers(raw, asked, plan)
    cleaned = replace(cleaned, changes=with_moves(cleaned.changes, moved))
    kept = raw.places(cleaned.responses["respondent"])
    known = cleaned.responses.assign(token=raw.token[kept])
    weighted = weigh(known, invited, asked, plan, study.organisations, study.population)
    answers, scored = weighted.responses, all_score_columns(asked)
    scores = score_scales(answers, asked, plan, study.organisations)
    ratings = gap_ratings(weighted, scores, asked)
    ground = Ground(scores, plan, scored, conditions_met(answers, asked, plan))
    measured, findings = scale_tables(answers, scores, asked, plan), Findings()
    material = Material(answers, scores, asked, plan)
    filled = fill_holes(material, effort, findings)
    submitted = None if raw.submitted is None else raw.submitted[kept]
    tables = {
        **account_tables(raw, cleaned, invited, asked, plan, study.organisations),
        **weighted.tables,
        "early_late": early_late_table(scores, submitted, plan, scored),
        "answers": answers_table(answers, asked, plan),
        "percent_positive": percent_positive_table(answers, asked, plan),
        "items": items_table(answers, asked, plan),
        **measured,
        "population_means": population_means_table(scores, weighted.design, plan, scored),
        "organisation_means": organisation_means_table(scores, asked, plan),
        "correlations": correlations_table(scores, asked, plan),
        **gap_tables(ratings, measured, plan, findings),
        **model_tables(
            ground, findings, completed_grounds(ground, filled.completed, answers, asked)
        ),
        "mediation": mediation_table(filled.completed, plan, findings),
        "careless_confusion": confusion_table(
            cleaned.response_quality, planted_careless(study, source, raw)
        ),
        "labels": labels_table(asked, plan, study.organisations, study.plays),
        "deviations": deviations_table(study.registration, plan, study.paths.shown),
    }
    forms = answer_forms(study, material, filled, tables["comparability"], effort)
    others = everyone_but_tests(study, raw, cleaned, filled.completed) if effort.full else None
    tables |= sensitivity_tables(
        forms, others, tables["hypotheses"], effort.workers, full=effort.full
    )
    tables |= play_tables(study, answers, ratings.frame, tables, findings)
    tables["findings"] = pd.concat([tables["findings"], findings.table()], ignore_index=True)
    tables = mark_languages(tables, tables["comparability"], asked)
    published = publish(tables, plan.minimum_cell)
    return Results(source, raw, cleaned, weighted, scores, tables, published)


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


def conditions_met(
    answers: pd.DataFrame, asked: Questionnaire, plan: Plan
) -> dict[str, np.ndarray]:
    """Return who meets each condition that a model or hypothesis is restricted by, (rows,) bool."""
    named = [*(each.among for each in plan.models), *(each.among for each in plan.hypotheses)]
    conditions = {condition for condition in named if condition}
    return {condition: meet(condition, answers, asked) for condition in sorted(conditions)}


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


def save(study: Study, results: Results, started: datetime) -> None:
    """Write what an analysis made: each file whole or not at all, the manifest last.

    While the manifest is away, the tables are known to be unfinished; the next run starts afresh.
    """
    paths = study.paths
    for folder in (paths.processed, paths.reports):
        folder.mkdir(parents=True, exist_ok=True)
        remove_unfinished(folder)
    paths.manifest.unlink(missing_ok=True)
    _save_inside(study, results)
    for name, table in results.published.items():
        write_table(table, paths.tables / f"{name}.csv")
    outputs = [paths.tables / f"{name}.csv" for name in results.published]
    for stale in set(paths.tables.glob("*.csv")) - set(outputs):
        stale.unlink()
    write_manifest(
        paths.manifest,
        paths.root,
        inputs=[
            path
            for folder in (paths.questionnaire, paths.raw)
            for path in folder.glob("[!.]*")
            if path.is_file()
        ],
        outputs=outputs,
        facts={
            "study": study.name,
            "simulated": results.source.simulated,
            "origin": results.source.origin,
            "licence": results.source.licence,
            "seed": study.plan.seed,
            "rows_read": len(results.cleaned.responses) + len(results.cleaned.rejected),
            "rows_kept": len(results.cleaned.responses),
            "weighted": study.plan.weighted,
            "minimum_cell": study.plan.minimum_cell,
            "limits": limits_to_show(study.plan),
            "plan_not_applied": study.plan.not_applied,
            **study.registration.facts,
            "deviations": len(results.tables["deviations"]),
            "languages": list(study.questionnaire.languages),
        },
        started=started,
    )


def limits_to_show(plan: Plan) -> dict[str, float]:
    """Return the plan's limits that figures draw or name, as `<part>.<name>`."""
    return {
        "reliability.use": plan.reliability.use,
        "reliability.groups_only": plan.reliability.groups_only,
        "factors.least_loading": plan.factors.least_loading,
        "factors.htmt": plan.factors.htmt,
        "factors.latent_r": plan.factors.latent_r,
        "invariance.delta_cfi": plan.invariance.delta_cfi,
        "invariance.least_group": plan.invariance.least_group,
    }


def _save_inside(study: Study, results: Results) -> None:
    """Write what never leaves: answers, scores, the account of rows, full tables."""
    folder, cleaned = study.paths.processed, results.cleaned
    for name, frame in {"responses": results.weighted.responses, "scores": results.scores}.items():
        write_whole(folder / f"{name}.parquet", frame.to_parquet)
    inside = {**vars(cleaned), "weights": results.weighted.weights}
    for name in INSIDE_TABLES:
        write_table(inside[name], folder / f"{name}.csv")
    for name, table in results.tables.items():
        write_table(table, study.paths.full_tables / f"{name}.csv")


def run_analysis(study: Study, effort: Effort | None = None) -> Results:
    """Analyse a study and write the results: `make analysis`."""
    started = datetime.now(UTC)
    effort = effort or Effort(Workers(folder=study.paths.pieces))
    results = analyse(study, effort)
    save(study, results, started)
    return results


def load_tables(study: Study, names: Sequence[str] = STUDY_TABLES) -> dict[str, pd.DataFrame]:
    """Return published tables of the last complete analysis, by name: all, or those asked for.

    Raises
    ------
    UserError
        No analysis ran to its end, or a table is not the one that it wrote.
    """
    manifest = read_manifest(study.paths.manifest)
    tables = {}
    for name in names:
        path = study.paths.tables / f"{name}.csv"
        check_output(manifest, path, study.paths.root)
        tables[name] = read_table(path)
    return tables


def tables_of(study: Study) -> dict[str, pd.DataFrame]:
    """Return the published tables of the last complete analysis; where there is none, analyse first."""
    try:
        return load_tables(study)
    except UserError:
        run_analysis(study)
        return load_tables(study)


def load_scores(study: Study) -> pd.DataFrame:
    """Return the scores of the last complete analysis: one row a respondent; never to be published."""
    read_manifest(study.paths.manifest)
    return pd.read_parquet(study.paths.processed / "scores.parquet")


def run_figures(study: Study, only: str = "", language: str = "") -> list[Path]:
    """Draw figures from the published tables: `make figures`.

    Raises
    ------
    UserError
        No complete analysis, an unknown kind of figure, or a language the study does not have.
    """
    from pipeline.report.save_figures import save_figures

    languages_of(study, language)
    tables = load_tables(study)
    wordings = wordings_of(study, tables["labels"], language)
    remove_unfinished(study.paths.reports)
    return save_figures(tables, study.paths.figures, wordings, only)


def languages_of(study: Study, language: str = "") -> Sequence[str]:
    """Return one language of a study, or all.

    Raises
    ------
    UserError
        The study does not have it.
    """
    languages = study.questionnaire.languages
    if language and language not in languages:
        raise UserError(f"{study.name} has no language '{language}'{nearest(language, languages)}")
    return [language] if language else languages


def wordings_of(study: Study, labels: pd.DataFrame, language: str = "") -> list[Wording]:
    """Return the words of a report in every language of a study, or in one, with the facts of the run.

    Raises
    ------
    UserError
        No complete analysis, or a language the study does not have.
    """
    from pipeline.report.wording import Wording

    languages = languages_of(study, language)
    manifest = read_manifest(study.paths.manifest)
    return [
        Wording(
            labels,
            each,
            simulated=manifest["simulated"],
            weighted=manifest["weighted"],
            minimum=manifest["minimum_cell"],
            limits=manifest["limits"],
        )
        for each in languages
    ]


def run_plays(study: Study, organisation: str = "", language: str = "") -> list[Path]:
    """Write the workshop sheet of an organisation, or of everyone, as HTML and PDF: `psico plays`.

    Everything is made before anything is written.

    Raises
    ------
    UserError
        A study without plays, no complete analysis, an unknown organisation or language, or an
        organisation of which too few answered.
    """
    from pipeline.report.workshop.sheet import workshop_sheet
    from pipeline.report.workshop.sheet_files import sheet_html, sheet_pdf

    if study.plays is None:
        raise UserError(f"{study.name} has no plays: {study.paths.shown}/plays.yaml is not there")
    known = [each.code for each in study.organisations]
    if organisation and organisation not in known:
        raise UserError(
            f"{study.name} has no organisation '{organisation}'{nearest(organisation, known)}"
        )
    names = ("recommendations", "gaps", "answers", "plays", "play_links", "labels")
    tables = load_tables(study, names)
    code = organisation or "all"
    files: dict[str, bytes] = {}
    for wording in wordings_of(study, tables["labels"], language):
        sheet = workshop_sheet(code, tables, wording)
        files[f"{code}.{wording.language}.html"] = sheet_html(sheet)
        files[f"{code}.{wording.language}.pdf"] = sheet_pdf(sheet)
    for name, content in files.items():
        write_whole(study.paths.workshop / name, partial(_write_bytes, content))
    return [study.paths.workshop / name for name in files]


def run_register(study: Study, today: date) -> bool:
    """Register the plan as it is: `psico register`; False where this very plan is registered already."""
    paths = study.paths
    has_source = (paths.raw / "SOURCE.yaml").is_file()
    real = has_source and not read_source(paths.raw, paths.shown_raw).simulated
    return register(paths.questionnaire, paths.shown, today, answers_are_there=real)


def run_power(
    study: Study, hypothesis: str, designs: Sequence[Design], draws: int, workers: Workers
) -> tuple[pd.DataFrame, list[Path]]:
    """Simulate the power of a hypothesis at several sizes of the study, and draw it: `psico power`.

    The table and its figures stand in a folder of their own below the study's reports.

    Raises
    ------
    UserError
        See `power_table`.
    """
    from pipeline.power import power_table
    from pipeline.report.save_figures import save_figures
    from pipeline.report.wording import Wording

    paths = study.paths
    table = power_table(study, hypothesis, designs, draws, workers)
    folder = paths.power / hypothesis
    write_table(table, folder / "power.csv")
    labels = labels_table(study.questionnaire, study.plan, study.organisations, study.plays)
    languages = study.questionnaire.languages
    wordings = [Wording(labels, language, simulated=True) for language in languages]
    return table, [folder / "power.csv", *save_figures({"power": table}, folder, wordings, "power")]


def run_instruments(study: Study, only: str = "") -> dict[str, Instrument]:
    """Write the questionnaire as each target takes it, in all its languages: `psico instruments`.

    Everything is made before anything is written. What a target cannot carry is written beside it.

    Raises
    ------
    UserError
        An unknown target, a stale translation, or a questionnaire that a target would spoil without
        a word.
    """
    from pipeline.instruments import EXPORTERS

    if only and only not in EXPORTERS:
        raise UserError(f"no instrument '{only}'{nearest(only, EXPORTERS)}")
    paths = study.paths
    check_translations(paths.questionnaire, paths.shown, study.questionnaire.languages)
    chosen = {name: make for name, make in EXPORTERS.items() if only in ("", name)}
    made = {name: make(study.questionnaire) for name, make in chosen.items()}
    for name, instrument in made.items():
        folder = study.paths.instruments / name
        lines = "".join(f"{sentence}\n" for sentence in instrument.not_carried)
        for file, content in {**instrument.files, "not-carried.txt": lines.encode()}.items():
            write_whole(folder / file, partial(_write_bytes, content))
        for stale in {path for path in folder.rglob("*") if path.is_file()} - {
            folder / file for file in (*instrument.files, "not-carried.txt")
        }:
            stale.unlink()
    return made


def run_export_translation(study: Study, language: str) -> Exported:
    """Write the strings of a study for translators: `psico translate export`."""
    paths = study.paths
    exported = export_translation(paths.questionnaire, paths.shown, study.questionnaire, language)
    for name, content in exported.files.items():
        write_whole(paths.translation / name, partial(_write_bytes, content))
    return exported


def run_import_translation(study: Study, path: Path) -> Imported:
    """Put translations into a study's text files: `psico translate import`."""
    paths = study.paths
    imported = import_translation(path, paths.questionnaire, paths.shown, study.questionnaire)
    for name, text in imported.files.items():
        write_text(paths.questionnaire / name, text)
    return imported


def run_simulation(study: Study, options: Options, seed: int | None = None) -> list[Path]:
    """Draw what the field would deliver into the study's raw folder: `psico simulate`.

    Raises
    ------
    UserError
        The folder holds real answers.
    """
    paths = study.paths
    has_source = (paths.raw / "SOURCE.yaml").is_file()
    has_answers = (paths.raw / study.plan.responses.drawn_file).is_file()
    drawn = has_source and read_source(paths.raw, paths.shown_raw).simulated
    if (has_answers or has_source) and not drawn:
        raise UserError(f"{paths.shown_raw} holds real answers; simulated ones never replace them")
    remove_unfinished(paths.raw)
    files = simulated_files(
        study.questionnaire, study.plan, paths.questionnaire, paths.shown, options, seed
    )
    written = [paths.raw / name for name in files]
    for path, content in zip(written, files.values(), strict=True):
        write_whole(path, partial(_write_bytes, content))
    write_source(
        paths.raw,
        origin=f"psico simulate {study.name}: {_described(options, seed)}",
        licence="CC0-1.0",
        day=None,
        simulated=True,
        answers=[(study.plan.responses.drawn_file, study.plan.responses.drawn_as)],
        files={path.name: sha256(path) for path in written},
    )
    return written


def _described(options: Options, seed: int | None) -> str:
    """Return the options that shaped the draw, as text; how many worked at it did not."""
    chosen = {
        "starts": options.starts,
        "organisations": options.organisations,
        "size": options.size,
        "clean": options.clean or None,
        "seed": seed,
    }
    named = [f"{name} {value}" for name, value in chosen.items() if value is not None]
    return ", ".join(named) or "as declared"


def _write_bytes(content: bytes, path: Path) -> None:
    path.write_bytes(content)
