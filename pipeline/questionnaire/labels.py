"""The names of things for readers, in every language: the only texts that figures see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from pipeline.core.plan import Plan
from pipeline.core.tables import make_table
from pipeline.questionnaire.columns import item_columns
from pipeline.questionnaire.model import Item, Questionnaire
from pipeline.questionnaire.organisations import Organisation
from pipeline.questionnaire.plays import Plays

Entry = tuple[str, str, str, Mapping[str, str]]


def labels_table(
    questionnaire: Questionnaire,
    plan: Plan,
    organisations: Sequence[Organisation],
    plays: Plays | None = None,
) -> pd.DataFrame:
    """Return `labels.csv`: the name of every section, item, answer, scale, organisation and group.

    So too of every principle, by its scale, of every play, below that scale, by its item, and what every
    hypothesis states.
    """
    entries = [
        ("study", "none", questionnaire.study, questionnaire.title),
        *(("section", "none", each.id, each.title) for each in questionnaire.sections),
        *_item_entries(questionnaire),
        *_scale_entries(questionnaire),
        *_organisation_entries(questionnaire, plan, organisations),
        *_group_entries(questionnaire, plan),
        *_play_entries(plays),
        *(("hypothesis", "none", each.id, each.statement) for each in plan.hypotheses),
        *(("item", "none", name, derived.name) for name, derived in plan.derived.items()),
        *(
            ("code", "organisation_type", name, text)
            for name, text in plan.organisation.types.items()
        ),
    ]
    rows = [
        {
            "kind": kind,
            "parent": parent,
            "name": name,
            "language": language,
            "label": text[language],
        }
        for kind, parent, name, text in entries
        for language in questionnaire.languages
    ]
    return make_table(rows, "labels")


def _item_entries(questionnaire: Questionnaire) -> Iterator[Entry]:
    for item in questionnaire.items.values():
        names = [item.id] if item.kind == "multiple" else [c.name for c in item_columns(item)]
        if item.ratings:
            yield "item", item.section, item.id, item.text
        for name, text in zip(names, _item_texts(item), strict=True):
            yield "item", item.section, name, text
            for option in item.choices.options if item.choices else ():
                yield "code", name, option.code, option.text


def _item_texts(item: Item) -> list[Mapping[str, str]]:
    if not item.ratings:
        return [item.text]
    return [
        {language: f"{text} ({heading[language]})" for language, text in item.text.items()}
        for heading in item.headings
    ]


def _scale_entries(questionnaire: Questionnaire) -> Iterator[Entry]:
    for name, scale in questionnaire.scales.items():
        first = questionnaire.items[questionnaire.items_of_scale(name)[0]]
        yield "scale", scale.kind, name, scale.name
        for rating, heading in zip(first.ratings, first.headings, strict=True):
            texts = {each: f"{text} ({heading[each]})" for each, text in scale.name.items()}
            yield "scale", scale.kind, f"{name}_{rating}", texts


def _organisation_entries(
    questionnaire: Questionnaire, plan: Plan, organisations: Sequence[Organisation]
) -> Iterator[Entry]:
    names = {each.code: each.names for each in organisations}
    for level in plan.organisation.levels:
        item = questionnaire.items[level]
        yield "level", "none", level, item.text
        for option in item.choices.options if item.choices else ():
            yield "organisation", level, option.code, names.get(option.code, option.text)


def _group_entries(questionnaire: Questionnaire, plan: Plan) -> Iterator[Entry]:
    for group in plan.groups:
        if group == "language":
            for code in questionnaire.languages:
                yield "group", group, f"{group}={code}", language_names(code, questionnaire)
            continue
        choices = questionnaire.items[group].choices
        for option in choices.options if choices else ():
            yield "group", group, f"{group}={option.code}", option.text


def _play_entries(plays: Plays | None) -> Iterator[Entry]:
    scales = {each.id: each.scale for each in plays.principles} if plays else {}
    for principle in plays.principles if plays else ():
        yield "principle", "none", principle.scale, principle.name
    for name, play in plays.plays.items() if plays else ():
        yield "play", scales[play.principle], name, play.title


def language_names(code: str, questionnaire: Questionnaire) -> Mapping[str, str]:
    """Return what a language is called in each language of the questionnaire; its code if unknown."""
    from babel import Locale, UnknownLocaleError

    try:
        names = Locale.parse(code)
    except UnknownLocaleError:
        return dict.fromkeys(questionnaire.languages, code)
    return {each: names.get_language_name(each) or code for each in questionnaire.languages}
