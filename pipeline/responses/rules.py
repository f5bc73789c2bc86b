"""The cleaning rules, in the order in which they are applied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pipeline.core.codes import is_one_of
from pipeline.responses.bounds import find_implausible, find_out_of_bounds
from pipeline.responses.careless.rule import find_careless
from pipeline.responses.contradictions import find_contradictions, find_not_asked
from pipeline.responses.duplicates import find_duplicates
from pipeline.responses.field import find_outside_field, find_tests
from pipeline.responses.organisation import find_without_organisation
from pipeline.responses.rows import Findings, Rows, nothing, rejecting


@dataclass(frozen=True)
class Rule:
    """A cleaning rule: its reason in one line, and a function that says what is wrong with the rows.

    `find(rows)` looks at the rows that the rules before it left, and changes nothing.
    """

    description: str
    find: Callable[[Rows], Findings]


def find_without_consent(rows: Rows) -> Findings:
    """Find rows whose consent is not given in so many words, or was withdrawn."""
    consent = rows.plan.cleaning.consent
    if consent is None:
        return nothing(rows)
    given = is_one_of(rows.codes[consent.question], {consent.code})
    return rejecting(~given, f"{consent.question} is not answered with {consent.code}")


def find_incomplete(rows: Rows) -> Findings:
    """Find rows with too few of the core ratings answered."""
    least = rows.plan.cleaning.partial
    rejected = rows.share < least
    reasons = [
        f"{100 * each:.0f} % answered, {100 * least:.0f} % needed" for each in rows.share[rejected]
    ]
    return replace(nothing(rows), rejected=rejected, reasons=reasons)


RULES: dict[str, Rule] = {
    "consent": Rule("consent is given", find_without_consent),
    "tests": Rule("the token is none of a test", find_tests),
    "field": Rule("started while the field was open", find_outside_field),
    "duplicates": Rule("each person once: the most complete row, then the first", find_duplicates),
    "organisation": Rule("an organisation is named at every level", find_without_organisation),
    "completeness": Rule("enough of the core ratings asked are answered", find_incomplete),
    "bounds": Rule("numbers outside their declared bounds are set to missing", find_out_of_bounds),
    "implausible": Rule("counts too high to be true are set to missing", find_implausible),
    "contradictions": Rule("answers that contradict each other are flagged", find_contradictions),
    "not_asked": Rule("answers to what was not asked are set to missing", find_not_asked),
    "careless": Rule("answered with care, by several signs together", find_careless),
}
