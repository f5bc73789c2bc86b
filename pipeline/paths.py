"""Every folder and file name of a project. Imports nothing of the package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DEFAULT_STUDY = "psi-co"


def find_project(start: Path) -> Path | None:
    """Return the closest folder at or above `start` that holds `questionnaires/`, or None."""
    return next((f for f in (start, *start.parents) if (f / "questionnaires").is_dir()), None)


@dataclass(frozen=True)
class StudyPaths:
    """Where the parts of one study live below the project's root."""

    root: Path
    study: str

    @property
    def questionnaire(self) -> Path:
        """Folder of the plain text: questionnaire, plan, plays, organisations."""
        return self.root / "questionnaires" / self.study

    @property
    def shown(self) -> str:
        """The same folder as messages show it."""
        return f"questionnaires/{self.study}"

    @property
    def raw(self) -> Path:
        """Immutable answers and their `SOURCE.yaml`."""
        return self.root / "data" / "raw" / self.study

    @property
    def shown_raw(self) -> str:
        """The same folder as messages show it."""
        return f"data/raw/{self.study}"

    @property
    def keys(self) -> Path:
        """Which random id stands for which token; apart from the answers, and never in git."""
        return self.root / "data" / "keys" / f"{self.study}.csv"

    @property
    def shown_keys(self) -> str:
        """The same file as messages show it."""
        return f"data/keys/{self.study}.csv"

    @property
    def processed(self) -> Path:
        """Inside: answers, scores and full tables; never leaves the building."""
        return self.root / "data" / "processed" / self.study

    @property
    def full_tables(self) -> Path:
        """Full tables, before the exit door."""
        return self.processed / "tables"

    @property
    def pieces(self) -> Path:
        """Results of work that comes in pieces, so that it can be taken up where it stopped."""
        return self.processed / "pieces"

    @property
    def reports(self) -> Path:
        """Outside: what passed the exit door."""
        return self.root / "reports" / self.study

    @property
    def tables(self) -> Path:
        """Published tables."""
        return self.reports / "tables"

    @property
    def figures(self) -> Path:
        """Published figures."""
        return self.reports / "figures"

    @property
    def instruments(self) -> Path:
        """The questionnaire in the form of each platform."""
        return self.reports / "instruments"

    @property
    def power(self) -> Path:
        """Power by simulation, a folder for each hypothesis."""
        return self.reports / "power"

    @property
    def translation(self) -> Path:
        """Strings on their way to translators."""
        return self.reports / "translation"

    @property
    def workshop(self) -> Path:
        """Workshop sheets: the plays of organisations, to print."""
        return self.reports / "workshop"

    @property
    def manifest(self) -> Path:
        """What the published tables were made from."""
        return self.reports / "manifest.json"
