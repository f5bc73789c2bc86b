"""The plan as it was registered, and what was changed in it since.

`psico register` keeps the hash, the date and the text of `analysis.yaml`. Whatever the plan declares
otherwise later is a deviation; `deviations.yaml` says when and why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from pipeline.core.declared import Declared, validate
from pipeline.core.errors import Problem, ProblemsFound, UserError
from pipeline.core.files import write_text
from pipeline.core.yaml_text import Location, read_yaml

FILE, LOG = "registration.yaml", "deviations.yaml"


class Registered(Declared):
    """What `registration.yaml` holds: when, which text, and whether answers were there already."""

    date: date
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    answers_were_there: bool = False
    plan: str


class Deviation(Declared):
    """One entry of the log: what was changed (a part of the plan, or one within it), when and why."""

    date: date
    part: str
    reason: Annotated[str, Field(min_length=10)]


class Deviations(Declared):
    """The log of deviations, in `deviations.yaml`."""

    deviations: tuple[Deviation, ...] = ()


@dataclass(frozen=True)
class Registration:
    """The registered plan, the log, and the hash of the plan now; `registered` None before."""

    registered: Registered | None
    log: tuple[Deviation, ...]
    now: str

    @property
    def facts(self) -> dict[str, object]:
        """What the manifest tells: both hashes, the date, and whether they are the same."""
        known = self.registered
        return {
            "registered": None if known is None else known.date.isoformat(),
            "registered_after_answers": None if known is None else known.answers_were_there,
            "plan_at_registration": None if known is None else known.sha256,
            "plan_now": self.now,
        }


def read_registration(folder: Path, shown_as: str) -> Registration:
    """Read `registration.yaml` and `deviations.yaml` of a study; neither need be there.

    Raises
    ------
    ProblemsFound
        A file is not as it should be, or the registered text is not the one that was hashed.
    """
    registered = _read(Registered, folder / FILE, f"{shown_as}/{FILE}")
    log = _read(Deviations, folder / LOG, f"{shown_as}/{LOG}")
    if registered is not None and _hash(registered.plan) != registered.sha256:
        text = "the registered plan is not the one that the hash is of; restore the file from git"
        raise ProblemsFound([Problem(f"{shown_as}/{FILE}", 1, text)])
    now = _hash((folder / "analysis.yaml").read_text(encoding="utf-8"))
    return Registration(registered, log.deviations if log else (), now)


def register(folder: Path, shown_as: str, today: date, *, answers_are_there: bool) -> bool:
    """Keep the plan as it is now in `registration.yaml`; False where this very plan is there already.

    Raises
    ------
    UserError
        Another plan is registered: it is never replaced.
    """
    before = read_registration(folder, shown_as)
    text = (folder / "analysis.yaml").read_text(encoding="utf-8")
    if before.registered is not None:
        if before.registered.sha256 == before.now:
            return False
        raise UserError(
            f"{shown_as}/{FILE}: another plan was registered on {before.registered.date}; a plan is "
            f"registered once. What changed is a deviation: say when and why in {shown_as}/{LOG}"
        )
    body = "".join(f"  {line}\n" if line else "\n" for line in text.splitlines())
    write_text(
        folder / FILE,
        "# Written by `psico register`, once. The plan as it was then; what differs later is a deviation.\n"
        f"date: {today.isoformat()}\n"
        f"sha256: {before.now}\n"
        f"answers_were_there: {'true' if answers_are_there else 'false'}\n"
        f"plan: |2{'+' if text.endswith(chr(10)) else '-'}\n{body}",
    )
    return True


def _read(model: type[Any], path: Path, shown: str) -> Any:
    if not path.is_file():
        return None
    partly = validate(model, read_yaml(path, shown), _nothing)
    if partly.value is None or partly.problems:
        raise ProblemsFound(partly.problems)
    return partly.value


def _nothing(location: Location) -> None:
    return None


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
