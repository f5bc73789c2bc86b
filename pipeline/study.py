"""A study: the folder `questionnaires/<study>/`, loaded and checked as one value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import ProblemsFound, UserError, nearest
from pipeline.core.plan import Plan
from pipeline.paths import StudyPaths, find_project
from pipeline.questionnaire.check_plan import load_plan
from pipeline.questionnaire.load import load_questionnaire
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.organisations import Organisation
from pipeline.questionnaire.plays import Plays, load_plays
from pipeline.questionnaire.population import Shares, read_population
from pipeline.questionnaire.registration import Registration, read_registration


@dataclass(frozen=True)
class Study:
    """What is asked, what is planned, of whom, and where it all lives."""

    paths: StudyPaths
    questionnaire: Questionnaire
    plan: Plan
    organisations: tuple[Organisation, ...]
    plays: Plays | None
    population: Shares
    registration: Registration

    @property
    def name(self) -> str:
        """The study's name: that of its folder."""
        return self.paths.study


def study_names(root: Path) -> list[str]:
    """Return the names of the studies in a project, sorted."""
    return sorted(p.parent.name for p in root.glob("questionnaires/*/questionnaire.yaml"))


def load_study(name: str, root: Path | None = None) -> Study:
    """Load the study called `name` of the project at `root` (default: the one around this folder).

    Raises
    ------
    UserError
        No project here, or no study of that name (the nearest one is named).
    ProblemsFound
        Every mistake in its questionnaire and its plan, with file and line.
    """
    paths = StudyPaths(project_root(root), name)
    if name not in study_names(paths.root):
        known = study_names(paths.root)
        raise UserError(f"the study '{name}' does not exist{nearest(name, known)}")
    loaded = load_questionnaire(paths.questionnaire, paths.shown)
    plan, plan_problems = load_plan(
        paths.questionnaire,
        paths.shown,
        loaded.questionnaire,
        loaded.left_out,
        loaded.organisations,
    )
    problems = loaded.problems + plan_problems
    plays = None
    if loaded.questionnaire is not None:
        plays, found = load_plays(paths.questionnaire, paths.shown, loaded.questionnaire)
        problems += found
    if problems or loaded.questionnaire is None or plan is None:
        raise ProblemsFound(problems)
    population = read_population(paths.questionnaire, paths.shown, loaded.questionnaire, plan)
    registration = read_registration(paths.questionnaire, paths.shown)
    return Study(
        paths, loaded.questionnaire, plan, loaded.organisations, plays, population, registration
    )


def load_wave(name: str, root: Path | None = None) -> Questionnaire:
    """Load a questionnaire alone, of a study by its name or of any folder that holds a copy of one.

    Raises
    ------
    UserError
        It is neither. ProblemsFound: every mistake in it.
    """
    folder = root or find_project(Path.cwd())
    names = study_names(folder) if folder else []
    if folder and name in names:
        loaded = load_questionnaire(
            StudyPaths(folder, name).questionnaire, f"questionnaires/{name}"
        )
    elif (Path(name) / "questionnaire.yaml").is_file():
        loaded = load_questionnaire(Path(name), name.rstrip("/"), copied=True)
    else:
        raise UserError(
            f"'{name}' is no study and no folder with a questionnaire.yaml{nearest(name, names)}"
        )
    if loaded.problems or loaded.questionnaire is None:
        raise ProblemsFound(loaded.problems)
    return loaded.questionnaire


def check_truth(study: Study) -> bool:
    """Check the study's `truth.yaml`, and what it names, as a draw would; False where it has none.

    Raises
    ------
    ProblemsFound
        Every mistake in it, with file and line.
    """
    from pipeline.simulation import draw

    folder = study.paths.questionnaire
    if not (folder / "truth.yaml").is_file():
        return False
    draw.load_ground(study.questionnaire, folder, study.paths.shown, draw.Options())
    return True


def project_root(root: Path | None) -> Path:
    """Return `root`, or the project around the current folder; without either, an error."""
    found = root or find_project(Path.cwd())
    if found is None:
        raise UserError("no folder 'questionnaires' here or above; run psico inside a project")
    return found
