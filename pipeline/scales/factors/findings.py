"""What can be wrong with a factor model or its answers, by name: never hidden, never a traceback."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FindingName = Literal[
    "all_missing",
    "too_few_people",
    "constant_item",
    "collinear_items",
    "empty_category",
    "items_never_together",
    "not_identified",
    "not_converged",
    "negative_variance",
    "loading_above_one",
    "latent_covariance_not_positive",
    "too_few_clusters",
]
"""Why a model could not be fitted, or what is suspect in one that was."""


@dataclass(frozen=True)
class Finding:
    """One thing found: its name, what it is about (items, factors, groups), and a sentence."""

    name: FindingName
    about: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        return self.text


class Unfit(Exception):
    """A model that cannot be fitted to these answers; `finding` says why. Other scales go on."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(finding.text)


def refuse(name: FindingName, about: tuple[str, ...], text: str) -> Unfit:
    """Return the exception for a finding, to be raised."""
    return Unfit(Finding(name, about, text))
