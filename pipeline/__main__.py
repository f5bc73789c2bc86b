"""The command line `psico`: the only place that prints, exits, or words an error for a user."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.core.errors import UserError
from pipeline.paths import DEFAULT_STUDY

app = typer.Typer(
    help="From a questionnaire written as text to tables, figures and reports.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
translate = typer.Typer(
    help="Strings out to translators, translations back.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(translate, name="translate")

StudyName = Annotated[str, typer.Argument(help="A folder of questionnaires/.")]


Processes = Annotated[
    int, typer.Option(min=1, help="How many work at a time on this machine.", show_default=False)
]
Scheduler = Annotated[
    str, typer.Option(help="Let the workers of this Dask scheduler do it: tcp://host:port.")
]
AT_ONCE = os.cpu_count() or 1


@app.command()
def analysis(
    study: StudyName = DEFAULT_STUDY,
    full: Annotated[
        bool, typer.Option("--full", help="All of it: hours rather than minutes, can be stopped.")
    ] = False,
    processes: Processes = AT_ONCE,
    scheduler: Scheduler = "",
) -> None:
    """Go from raw answers to full tables inside and published tables outside."""
    from pipeline.core.pieces import Workers
    from pipeline.run import Effort, run_analysis
    from pipeline.study import load_study

    loaded = load_study(study)
    workers = Workers(processes, scheduler, loaded.paths.pieces, _progress)
    results = run_analysis(loaded, Effort(workers, full))
    kept, lost = len(results.cleaned.responses), len(results.cleaned.rejected)
    print(f"{study}: {kept + lost} rows read = {kept} kept + {lost} rejected")
    if results.source.simulated:
        print("The answers are simulated: every number describes an invented world.")
    waiting = ", ".join(loaded.plan.not_applied)
    if waiting:
        print(f"declared in the plan and not yet acted on: {waiting}")
    shut = results.published["disclosure"]["reason"].eq("language_gate")
    print(f"{(~shut).sum()} rows hidden: fewer than the minimum of people")
    if shut.any():
        print(
            f"{shut.sum()} rows without their mean: the language gate is shut (comparability.csv)"
        )
    print(f"tables: {_shown(loaded.paths.tables)}   next: make figures STUDY={study}")


@app.command()
def figures(
    study: StudyName = DEFAULT_STUDY,
    figure: Annotated[str, typer.Option(help="Only the figures of this kind.")] = "",
    language: Annotated[str, typer.Option(help="Only in this language.")] = "",
) -> None:
    """Draw figures from the published tables, as SVG, PNG and PDF."""
    from pipeline.run import run_figures
    from pipeline.study import load_study

    loaded = load_study(study)
    written = run_figures(loaded, figure, language)
    print(f"{len(written)} files: {_shown(loaded.paths.figures)}")


@app.command()
def plays(
    study: StudyName = DEFAULT_STUDY,
    organisation: Annotated[
        str, typer.Option(help="The code of one; without it, everyone together.")
    ] = "",
    language: Annotated[str, typer.Option(help="Only in this language.")] = "",
) -> None:
    """Write a workshop sheet, one page a gap, from the published tables, as HTML and PDF."""
    from pipeline.run import run_plays
    from pipeline.study import load_study

    for path in run_plays(load_study(study), organisation, language):
        print(_shown(path))


@app.command()
def check(
    study: StudyName = DEFAULT_STUDY,
    report: Annotated[
        bool, typer.Option("--report", help="Also judge length and quality.")
    ] = False,
) -> None:
    """Report every problem of a study's text files, with file and line."""
    from pipeline.questionnaire.translation.exchange import check_translations
    from pipeline.study import check_truth, load_study

    loaded = load_study(study)
    asked, paths = loaded.questionnaire, loaded.paths
    check_translations(paths.questionnaire, paths.shown, asked.languages)
    truth = ", a truth to simulate from" if check_truth(loaded) else ""
    print(
        f"{study}: {len(asked.items)} items, {len(asked.scales)} scales, "
        f"{len(loaded.plan.models)} models, {len(asked.languages)} languages{truth}: no problems"
    )
    if report:
        from pipeline.questionnaire.instrument_quality import instrument_report, report_text

        print(report_text(instrument_report(asked)))


@app.command("register")
def register_(study: StudyName = DEFAULT_STUDY) -> None:
    """Register the analysis plan, once: its hash, date and text; later changes are deviations."""
    from datetime import date

    from pipeline.run import run_register
    from pipeline.study import load_study

    loaded = load_study(study)
    file = _shown(loaded.paths.questionnaire / "registration.yaml")
    if run_register(loaded, date.today()):
        print(f"{study}: the plan is registered in {file}; commit it")
    else:
        print(f"{study}: this plan is registered already, in {file}")


@app.command()
def instruments(
    study: StudyName = DEFAULT_STUDY,
    to: Annotated[str, typer.Option(help="Only for this platform or form.")] = "",
) -> None:
    """Write the questionnaire for survey platforms, as a web page, on paper and as a codebook."""
    from pipeline.run import run_instruments
    from pipeline.study import load_study

    loaded = load_study(study)
    for name, instrument in run_instruments(loaded, to).items():
        print(f"{name}: {len(instrument.files)} files")
        for sentence in instrument.not_carried:
            print(f"  not carried: {sentence}")
    print(f"instruments: {_shown(loaded.paths.instruments)}")


@translate.command("export")
def translate_export(
    study: StudyName,
    language: Annotated[str, typer.Argument(help="The language to translate into, such as fr.")],
) -> None:
    """Write every string with its context, translation and status, as XLIFF 1.2, 2.0 and PO."""
    from pipeline.run import run_export_translation
    from pipeline.study import load_study

    loaded = load_study(study)
    exported = run_export_translation(loaded, language)
    for name in exported.files:
        print(_shown(loaded.paths.translation / name))
    print(f"{language}: " + ", ".join(f"{n} {step}" for step, n in sorted(exported.steps.items())))


@translate.command("import")
def translate_import(
    study: StudyName,
    path: Annotated[Path, typer.Argument(help="An .xlf, .xliff or .po file from translators.")],
) -> None:
    """Put translations into questionnaire.yaml, and their status into translations.csv."""
    from pipeline.run import run_import_translation
    from pipeline.study import load_study

    done = run_import_translation(load_study(study), path)
    print(
        f"{done.changed} translations changed, {done.confirmed} as they were, {done.empty} without"
    )
    for names, what in (
        (done.gone, "are no longer in the questionnaire, and were left out"),
        (
            done.stale,
            "have another source by now: stale, 'psico check' fails until they are redone",
        ),
    ):
        if names:
            print(f"{len(names)} strings {what}: {', '.join(names[:10])}")


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="A study, or the folder of an older copy of one.")],
    new: Annotated[str, typer.Argument(help="A study, or the folder of a copy of one.")],
    csv: Annotated[
        Path | None, typer.Option(help="Also write every item and scale as CSV.")
    ] = None,
) -> None:
    """Say what changed between two questionnaires, and which answers may be compared."""
    from pipeline.core.files import write_text
    from pipeline.questionnaire.wave_report import waves_csv, waves_text
    from pipeline.questionnaire.waves import compare_waves
    from pipeline.study import load_wave

    compared = compare_waves(load_wave(old), load_wave(new))
    print(waves_text(compared))
    if csv:
        write_text(csv, waves_csv(compared))
        print(f"table: {_shown(csv.resolve())}")


@app.command("import")
def import_(
    study: StudyName,
    path: Annotated[list[Path], typer.Argument(help="Files with answers, or folders of them.")],
    format: Annotated[
        str, typer.Option(help="Take the files as this format; else their content tells it.")
    ] = "",
) -> None:
    """Check answers from outside and copy them to data/raw/STUDY, tokens replaced, with SOURCE.yaml."""
    from datetime import date

    from pipeline.responses.bring_in import Into, import_answers
    from pipeline.responses.recognise import known_format
    from pipeline.study import load_study

    loaded = load_study(study)
    into = Into(loaded.paths, loaded.questionnaire, loaded.plan)
    done = import_answers(path, into, today=date.today(), format=known_format(format))
    print(f"{study}: {done.rows} rows imported into {_shown(loaded.paths.raw)}")
    if done.files_of_study > 1:
        print(f"the study now has {done.rows_of_study} rows in {done.files_of_study} files")
    for note in done.notes:
        print(note)
    if done.has_key:
        print(f"tokens are random ids now; the key, to keep apart: {_shown(loaded.paths.keys)}")


@app.command()
def simulate(
    study: StudyName,
    starts: Annotated[
        int | None,
        typer.Option(min=1, help="Aim for this many interviews; response rates are drawn."),
    ] = None,
    organisations: Annotated[
        int | None, typer.Option(min=1, help="How many organisations.")
    ] = None,
    size: Annotated[int | None, typer.Option(min=1, help="Interviews in each of them.")] = None,
    clean: Annotated[
        bool, typer.Option("--clean", help="Nobody careless, nothing missing.")
    ] = False,
    seed: Annotated[int | None, typer.Option(min=0, help="Another seed than the declared.")] = None,
    processes: Annotated[int, typer.Option(min=1, help="How many work at a time.")] = 1,
) -> None:
    """Draw answers from the study's truth.yaml, or plain defaults, into data/raw/STUDY."""
    from pipeline.run import run_simulation
    from pipeline.simulation.draw import Options
    from pipeline.study import load_study

    loaded = load_study(study)
    options = Options(starts, organisations, size, clean=clean, processes=processes)
    for path in run_simulation(loaded, options, seed):
        print(_shown(path))


@app.command()
def power(
    study: StudyName,
    hypothesis: Annotated[str, typer.Option(help="Which one, such as H1.")],
    organisations: Annotated[
        list[int], typer.Option(min=2, help="How many organisations; may be given again.")
    ] = [20, 47],  # noqa: B006
    respondents: Annotated[
        list[int], typer.Option(min=50, help="How many respondents in all; may be given again.")
    ] = [500, 1000, 2500],  # noqa: B006
    draws: Annotated[int, typer.Option(min=2, help="Simulated studies of each size.")] = 200,
    processes: Processes = AT_ONCE,
    scheduler: Scheduler = "",
) -> None:
    """Simulate how often a hypothesis' effect is found, and how precisely, by the size of the study."""
    from itertools import product

    from pipeline.core.pieces import Workers
    from pipeline.models.power import Design
    from pipeline.run import run_power
    from pipeline.study import load_study

    loaded = load_study(study)
    workers = Workers(processes, scheduler, loaded.paths.pieces, _progress)
    sizes = product(sorted(set(organisations)), sorted(set(respondents)))
    designs = [Design(*each) for each in sizes]
    table, written = run_power(loaded, hypothesis, designs, draws, workers)
    for row in table.to_dict("records"):
        print(
            f"{row['organisations']} organisations, {row['respondents']} respondents: power"
            f" {100 * row['power']:.0f} % (+-{196 * row['monte_carlo_error']:.0f}), interval"
            f" +-{row['half_width']:.3f}"
        )
    print(f"{len(written)} files: {_shown(written[0].parent)}")


@app.command()
def reference() -> None:
    """Write the generated files: JSON Schemas for editors, and the manual's table reference."""
    from pipeline.reference import write_reference

    for path in write_reference():
        print(_shown(path))


def _progress(what: str, done: int, total: int) -> None:
    """Say on one line how far a piece of work is, where somebody looks on."""
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        print(f"\r{what}: {done} of {total}", end=end, file=sys.stderr, flush=True)


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def main() -> None:
    """Run `psico`; a user's mistake is printed without traceback, with exit code 2."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        app()
    except UserError as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
