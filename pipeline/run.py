"""The story: from a study to results. The only module that knows the order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.core.contracts import INSIDE_TABLES, STUDY_TABLES
from pipeline.core.errors import UserError, nearest
from pipeline.core.files import remove_unfinished, sha256, write_text, write_whole
from pipeline.core.findings import Findings
from pipeline.core.manifest import check_output, read_manifest, write_manifest
from pipeline.core.pieces import Workers
from pipeline.core.plan import Plan
from pipeline.core.tables import read_table, write_table
from pipeline.doorways import (
    Effort,
    answer_forms,
    completed_grounds,
    conditions_met,
    everyone_but_tests,
    fill_holes,
    gap_ratings,
    planted_careless,
    play_tables,
)
from pipeline.gaps.stage import gap_tables
from pipeline.instruments.instrument import Instrument
from pipeline.models.mediation_table import mediation_table
from pipeline.models.power import Design
from pipeline.models.sensitivity.stage import sensitivity_tables
from pipeline.models.stage.specification import Ground
from pipeline.models.stage.stage import model_tables
from pipeline.questionnaire.columns import all_score_columns
from pipeline.questionnaire.deviations import deviations_table
from pipeline.questionnaire.labels import labels_table
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
from pipeline.scales.completion import Material
from pipeline.scales.describe import answers_table, items_table
from pipeline.scales.percentages import percent_positive_table
from pipeline.scales.quality import correlations_table, organisation_means_table
from pipeline.scales.scores import score_scales
from pipeline.scales.stage.comparable import mark_languages
from pipeline.scales.stage.stage import scale_tables
from pipeline.simulation.draw import Options, simulated_files
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
