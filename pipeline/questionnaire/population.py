"""What is known of the whole population: its shares by one variable at a time, read from a file."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import Problem, ProblemsFound, nearest
from pipeline.core.plan import Plan
from pipeline.questionnaire.model import Questionnaire

ROUNDING = 1e-6


@dataclass(frozen=True)
class Share:
    """A code's share of the population, 0 to 1, and the line it stands on."""

    value: float
    line: int


Shares = Mapping[str, Mapping[str, Share]]


def read_shares(
    path: Path,
    shown_as: str,
    known: Mapping[str, Sequence[str]],
    needed: Collection[str] = (),
) -> Shares:
    """Read population shares (`variable`, `level`, `share`), one row a code.

    Parameters
    ----------
    known : the variables that may stand in the file, each with the codes that it may have; any code for a
        variable without codes. needed : those that must.

    Raises
    ------
    ProblemsFound
        The file is absent, a variable or code is unknown or stands there twice, a share is outside 0-1,
        a needed variable is missing, or one does not add up to 1.
    """
    shares: dict[str, dict[str, Share]] = {name: {} for name in known}
    problems = []
    for line, row in _rows(path, shown_as):
        variable, code = row.get("variable") or "", row.get("level") or ""
        share = _share(row.get("share") or "")
        fault = _fault(variable, code, share, known, shares)
        if fault or share is None:
            problems.append(Problem(shown_as, line, fault))
        else:
            shares[variable][code] = Share(share, line)
    for variable, found in shares.items():
        total = sum(share.value for share in found.values())
        if (found or variable in needed) and not problems and abs(total - 1) > ROUNDING:
            message = f"{variable}: the shares add up to {total:.4f}, not to 1"
            problems.append(Problem(shown_as, 1, message))
    if problems:
        raise ProblemsFound(problems)
    return {variable: found for variable, found in shares.items() if found}


def read_population(
    folder: Path, shown_as: str, questionnaire: Questionnaire, plan: Plan
) -> Shares:
    """Read the shares of the population that a plan's weights name; none where it names no file.

    Raises
    ------
    ProblemsFound
        As `read_shares`.
    """
    if plan.weighting is None or not plan.weighting.population:
        return {}
    file = plan.weighting.population
    choices = {name: questionnaire.items[name].choices for name in plan.responses.in_frame}
    known = {name: each.valid_codes if each else () for name, each in choices.items()}
    return read_shares(folder / file, f"{shown_as}/{file}", known)


def _fault(
    variable: str,
    code: str,
    share: float | None,
    known: Mapping[str, Sequence[str]],
    shares: Shares,
) -> str:
    """Return what is wrong with a row; empty where nothing is."""
    if variable not in known:
        return f"unknown variable '{variable}'{nearest(variable, known)}"
    if share is None:
        return f"{variable} {code}: 'share' is no number between 0 and 1"
    if known[variable] and code not in known[variable]:
        return f"{variable}: unknown code '{code}'{nearest(code, known[variable])}"
    return f"{variable} {code}: stands in the file twice" if code in shares[variable] else ""


def _rows(path: Path, shown: str) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of a table in CSV by column, each with its line."""
    if not path.is_file():
        raise ProblemsFound([Problem(shown, 1, "the file does not exist")])
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        return [(reader.line_num, row) for row in reader]


def _share(text: str) -> float | None:
    try:
        share = float(text)
    except ValueError:
        return None
    return share if 0 <= share <= 1 else None
