"""Checks of a truth file: every name in it, and every number that others must fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from pipeline.core.errors import Problem, nearest
from pipeline.core.yaml_text import Location, YamlText
from pipeline.questionnaire.model import Item, Questionnaire
from pipeline.simulation.measurement import WISH, principles
from pipeline.simulation.truth import Truth

OWN_TERMS = ("barriers", "breadth_z", "breadth_z_sq", "log_unitsize_c")


@dataclass(frozen=True)
class Draft:
    """A truth before it is known to hold together, the text it was read from, the questionnaire."""

    truth: Truth
    text: YamlText
    questionnaire: Questionnaire

    @property
    def latents(self) -> list[str]:
        """The factors, then the latents that depend on them."""
        truth = self.truth
        return [*truth.factor_correlations.order, *truth.structural_latent.paths]

    def unknown(
        self, location: Location, name: str, kind: str, allowed: Iterable[str]
    ) -> Iterator[Problem]:
        """Yield a problem where `name` is not one of `allowed`."""
        names = list(allowed)
        if name not in names:
            message = f"unknown {kind} '{name}'{nearest(name, names)}"
            yield self.text.problem(location, message)


def check_scales(draft: Draft) -> Iterator[Problem]:
    """Scales: known to the questionnaire, as long as there, each on a known factor."""
    for name, scale in draft.truth.scales.named.items():
        location: Location = ("scales", name)
        declared = draft.questionnaire.scales
        yield from draft.unknown(location, name, "scale", declared)
        yield from _known_factor(draft, (*location, "factor"), scale.factor)
        if name in declared and len(declared[name].items) != scale.n_items:
            found = len(declared[name].items)
            yield draft.text.problem(
                (*location, "n_items"),
                f"{name}: 'n_items' is {scale.n_items}, the questionnaire has {found}",
            )


def _known_factor(draft: Draft, location: Location, factor: str) -> Iterator[Problem]:
    yield from draft.unknown(location, factor, "factor", draft.latents)


def check_correlations(draft: Draft) -> Iterator[Problem]:
    """Factor correlations: a row for each factor, as long as its number, ending in 1."""
    declared = draft.truth.factor_correlations
    location: Location = ("factor_correlations", "rows")
    if len(declared.rows) != len(declared.order):
        found = f"{len(declared.rows)} rows for {len(declared.order)} factors"
        yield draft.text.problem(location, f"factor_correlations: {found}")
    for k, (name, row) in enumerate(zip(declared.order, declared.rows, strict=False)):
        if len(row) != k + 1 or row[-1] != 1:
            message = f"{name}: the row has {k + 1} numbers, the last of them 1"
            yield draft.text.problem((*location, k), message)


def check_structure(draft: Draft) -> Iterator[Problem]:
    """Paths between latents: from known latents, in causal order; each with its share."""
    structural = draft.truth.structural_latent
    before = list(draft.truth.factor_correlations.order)
    for name, coefficients in structural.paths.items():
        for term in coefficients:
            location: Location = ("structural_latent", name, term)
            yield from draft.unknown(location, term, "latent", before)
        if name not in structural.icc_endogenous:
            message = f"{name}: 'icc_endogenous' does not name it"
            yield draft.text.problem(("structural_latent", name), message)
        before.append(name)
    for key in ("control_shifts", "icc_endogenous"):
        for name in getattr(structural, key):
            location = ("structural_latent", key, name)
            yield from draft.unknown(location, name, "latent", structural.paths)
    for name, shifts in structural.control_shifts.items():
        for term in shifts:
            location = ("structural_latent", "control_shifts", name, term)
            yield from draft.unknown(location, term, "control", _controls(draft))
    for kind, shifts in draft.truth.org_type_latent_means.items():
        for name in shifts:
            yield from _known_factor(draft, ("org_type_latent_means", kind, name), name)


def _controls(draft: Draft) -> list[str]:
    return [*(f"LEVEL_{code}" for code in draft.truth.nonresponse.LEVEL), "ROLE_manager"]


def check_outcomes(draft: Draft) -> Iterator[Problem]:
    """Outcomes: items of the questionnaire, explained by known terms."""
    outcomes = draft.truth.outcomes
    terms = [*draft.latents, *_controls(draft), *OWN_TERMS]
    places: dict[str, Location] = {item: ("outcomes", item) for item in outcomes.single}
    places |= {item: ("outcomes", group, item) for item, (group, _) in outcomes.ticks.items()}
    predictors = {**outcomes.single, **{item: p for item, (_, p) in outcomes.ticks.items()}}
    for item, predictor in predictors.items():
        yield from draft.unknown(places[item], item, "item", draft.questionnaire.items)
        for term in predictor.beta:
            for factor in term.split("*"):
                yield from draft.unknown((*places[item], "beta", term), factor, "term", terms)
    for item, outcome in outcomes.single.items():
        found = draft.questionnaire.items.get(item)
        codes = len(found.choices.valid_codes) if found and found.choices else 0
        if outcome.cuts and codes and len(outcome.cuts) != codes - 1:
            message = f"{item}: {len(outcome.cuts)} cuts for {codes} answers"
            yield draft.text.problem((*places[item], "cuts"), message)


def check_items(draft: Draft) -> Iterator[Problem]:
    """Single items, dual ratings and shifted items: known, and with the right number of values."""
    truth, items = draft.truth, draft.questionnaire.items
    for item, single in truth.gov_mode.items():
        yield from draft.unknown(("gov_mode", item), item, "item", items)
        yield from _known_factor(draft, ("gov_mode", item, "factor"), single.factor)
    for prefix, many in truth.instruments.items():
        for k in range(len(many.mean)):
            location: Location = ("instruments", prefix, "mean", k)
            yield from draft.unknown(location, f"{prefix}{k + 1}", "item", items)
        yield from _known_factor(draft, ("instruments", prefix, "factor"), many.factor)
    yield from _partner_problems(draft)
    for key, shares in {
        "portfolio": truth.portfolio.alpha if truth.portfolio else {},
        "optional_dual": truth.optional_dual.portfolio_desired_alpha if truth.optional_dual else {},
    }.items():
        inside = "alpha" if key == "portfolio" else "portfolio_desired_alpha"
        for item in shares:
            yield from draft.unknown((key, inside, item), item, "item", items)
    for k, shifted in enumerate(truth.noninvariance):
        yield from _shifted_problems(draft, k, shifted.item, shifted.position, shifted.group)


def _partner_problems(draft: Draft) -> Iterator[Problem]:
    partners, scale = draft.truth.partners, draft.questionnaire.scales.get("partners")
    if partners is None:
        return
    yield from draft.unknown(("partners",), "partners", "scale", draft.questionnaire.scales)
    yield from _known_factor(draft, ("partners", "factor"), partners.factor)
    columns = {key: getattr(partners, key) for key in ("load", "p_ge2", "p_ge3", "p_ge4", "p_ge5")}
    for key, values in columns.items():
        if scale and len(values) != len(scale.items):
            message = f"partners: '{key}' has {len(values)} numbers for {len(scale.items)} items"
            yield draft.text.problem(("partners", key), message)
    shares = {key: values for key, values in columns.items() if key != "load"}
    for (_, above), (key, below) in pairwise(shares.items()):
        for k, (high, low) in enumerate(zip(above, below, strict=False)):
            if not 0 < low <= high < 1:
                message = (
                    f"partners: the share {low} of item {k + 1} is not below the {high} before"
                )
                yield draft.text.problem(("partners", key, k), message)


def _shifted_problems(
    draft: Draft, k: int, item: str, position: str, group: str
) -> Iterator[Problem]:
    location: Location = ("noninvariance", k)
    scale, _, place = position.partition(":")
    yield from draft.unknown((*location, "item"), item, "item", draft.questionnaire.items)
    yield from draft.unknown((*location, "position"), scale, "scale", draft.truth.scales.named)
    languages = draft.questionnaire.languages
    yield from draft.unknown((*location, "group"), group, "language", languages)
    declared = draft.questionnaire.scales.get(scale)
    if declared and declared.items[int(place) - 1 : int(place)] != (item,):
        message = f"{item}: does not stand at '{position}'"
        yield draft.text.problem((*location, "position"), message)


def check_dual(draft: Draft) -> Iterator[Problem]:
    """Dual ratings: every item of the playbook's scales, and scales of optional modules."""
    truth, questionnaire = draft.truth, draft.questionnaire
    if truth.playbook is not None:
        location: Location = ("playbook", "second_order")
        factor = str(truth.playbook.second_order.get("factor", ""))
        yield from _known_factor(draft, (*location, "factor"), factor)
        for scale, loading in principles(truth).items():
            key = (*location, scale.removeprefix("playbook_"))
            yield from draft.unknown(key, scale, "scale", questionnaire.scales)
            if not -1 <= loading <= 1:
                yield draft.text.problem(key, f"{scale}: the loading {loading} is over 1")
        yield from _playbook_items(draft)
    for scale in truth.optional_dual.named if truth.optional_dual else ():
        yield from draft.unknown(("optional_dual", scale), scale, "scale", truth.scales.named)
        if truth.playbook is None:
            message = f"{scale}: follows the rules of 'playbook', which is missing"
            yield draft.text.problem(("optional_dual", scale), message)


def _playbook_items(draft: Draft) -> Iterator[Problem]:
    assert draft.truth.playbook is not None
    scales = draft.questionnaire.scales
    wanted = [
        i for scale in principles(draft.truth) if scale in scales for i in scales[scale].items
    ]
    declared = draft.truth.playbook.items
    for item in declared:
        yield from draft.unknown(("playbook", "items", item), item, "item", wanted)
    for item in wanted:
        if item not in declared:
            yield draft.text.problem(("playbook", "items"), f"{item}: has no means")
    items = draft.truth.playbook.items
    for key, best in (("largest_gap", max), ("smallest_gap", min)):
        for k, item in enumerate(getattr(draft.truth.playbook, key)):
            location = ("playbook", key, k)
            yield from draft.unknown(location, item, "item", items)
            named = getattr(draft.truth.playbook, key)
            rest = [each.gap for name, each in items.items() if name not in named]
            if (
                item in items
                and rest
                and best(rest) not in {items[item].gap}
                and best(items[item].gap, best(rest)) != items[item].gap
            ):
                yield draft.text.problem(location, f"{item}: others have a gap beyond its own")


def check_people(draft: Draft) -> Iterator[Problem]:
    """Controls, missing and careless answers: known codes and scales; shares that add up."""
    truth = draft.truth
    for key in ("LEVEL", "GENDER", "AGE", "LANG"):
        item = draft.questionnaire.items.get(key)
        for code in getattr(truth.nonresponse, key):
            location = ("nonresponse", key, code)
            yield from draft.unknown(location, code, f"code of {key}", _codes(item))
    for key in ("role_manager_by_level", "role_proj_by_level", "teledays_by_level"):
        for code in getattr(truth.controls, key):
            location = ("controls", key, code)
            yield from draft.unknown(location, code, "level", truth.nonresponse.LEVEL)
    for scale in truth.missingness.dont_know_multiplier:
        location = ("missingness", "dont_know_multiplier", scale)
        yield from draft.unknown(location, scale, "scale", draft.questionnaire.scales)
    mix = truth.careless.mix
    if abs(mix.straightline + mix.random + mix.speeder - 1) > 1e-9:
        yield draft.text.problem(("careless", "mix"), "careless: the shares do not add up to 1")
    if not any(item.attention for item in draft.questionnaire.items.values()):
        message = "careless: no row of the questionnaire is marked 'attention' with its right code"
        yield draft.text.problem(("careless", "attention_pass"), message)
    for language, mean in truth.true_language_latent_means.items():
        here: Location = ("true_language_latent_means", language)
        yield from draft.unknown(here, language, "language", draft.questionnaire.languages)
        if mean != 0:
            message = f"{language}: languages have no latent means of their own; only 0 is allowed"
            yield draft.text.problem(here, message)
    sections = len(draft.questionnaire.sections)
    if truth.field.pages != sections:
        message = (
            f"field: 'pages' is {truth.field.pages}, the questionnaire has {sections} sections"
        )
        yield draft.text.problem(("field", "pages"), message)
    rate = truth.organisations.response_rate
    if rate.min > rate.max:
        location = ("organisations", "response_rate", "max")
        yield draft.text.problem(location, "organisations: 'max' is below 'min'")


def _codes(item: Item | None) -> tuple[str, ...]:
    return item.choices.valid_codes if item and item.choices else ()


def check_names(draft: Draft) -> Iterator[Problem]:
    """Latents: no two share a name."""
    scales = [name for name, scale in draft.truth.scales.named.items() if scale.so is not None]
    names = [*draft.latents, *scales, *principles(draft.truth), WISH]
    for name in sorted({each for each in names if names.count(each) > 1}):
        where: Location = ("scales", name) if name in scales else ("factor_correlations", "order")
        yield draft.text.problem(where, f"{name}: two latents have this name")


CHECKS: dict[str, Callable[[Draft], Iterator[Problem]]] = {
    "scales": check_scales,
    "correlations": check_correlations,
    "structure": check_structure,
    "names": check_names,
    "items": check_items,
    "dual": check_dual,
    "outcomes": check_outcomes,
    "people": check_people,
}
