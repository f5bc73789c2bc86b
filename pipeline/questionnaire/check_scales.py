"""What must hold for scales: their items can be scored together, and no two columns share a name."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.core.errors import Problem, nearest
from pipeline.core.yaml_text import Location
from pipeline.questionnaire.columns import answer_columns, score_columns
from pipeline.questionnaire.draft import Draft
from pipeline.questionnaire.model import Item, Questionnaire, Scale


def check_scales(draft: Draft) -> Iterator[Problem]:
    """Items and parts of scales: they exist, can be scored together, and are reversed rightly."""
    items = draft.questionnaire.items
    for name, scale in draft.questionnaire.scales.items():
        location: Location = ("scales", name)
        yield from _member_problems(draft, location, name, scale)
        for reversed_item in scale.reversed:
            if reversed_item not in (scale.items or scale.parts):
                yield draft.problem(
                    (*location, "reversed"),
                    f"scale {name}: reversed item '{reversed_item}' is not in the scale"
                    f"{nearest(reversed_item, scale.items)}",
                )
            elif scale.parts:
                yield draft.problem(
                    (*location, "reversed"), f"scale {name}: a part is reversed in its own items"
                )
            elif reversed_item in items and not items[reversed_item].is_rating:
                yield draft.problem(
                    (*location, "reversed"),
                    f"scale {name}: reversed item '{reversed_item}' has no lowest and highest answer",
                )


def _member_problems(
    draft: Draft, location: Location, name: str, scale: Scale
) -> Iterator[Problem]:
    items, scales = draft.questionnaire.items, draft.questionnaire.scales
    for k, item in enumerate(scale.items):
        if draft.unknown(item, items):
            yield draft.problem(
                (*location, "items", k),
                f"scale {name}: item '{item}' does not exist{nearest(item, items)}",
            )
    for k, part in enumerate(scale.parts):
        if draft.unknown(part, scales):
            yield draft.problem(
                (*location, "parts", k),
                f"scale {name}: part '{part}' does not exist{nearest(part, scales)}",
            )
        elif part in scales and scales[part].kind == "block":
            yield draft.problem((*location, "parts", k), f"scale {name}: '{part}' has no score")
    if name in _below(draft.questionnaire, scale, set()):
        yield draft.problem((*location, "parts"), f"scale {name}: it is a part of itself")
    members = [items[item] for item in scale.items if item in items]
    if scale.kind != "block":
        yield from _score_problems(draft, location, name, members)


def _below(questionnaire: Questionnaire, scale: Scale, seen: set[str]) -> set[str]:
    for part in scale.parts:
        if part in questionnaire.scales and part not in seen:
            seen.add(part)
            _below(questionnaire, questionnaire.scales[part], seen)
    return seen


def _score_problems(
    draft: Draft, location: Location, name: str, members: list[Item]
) -> Iterator[Problem]:
    for k, item in enumerate(members):
        faulty_choices = item.kind in {"single", "matrix", "dual"} and item.choices is None
        if not (item.is_rating or item.kind in {"count", "number"} or faulty_choices):
            yield draft.problem(
                (*location, "items", k),
                f"scale {name}: item '{item.id}' ({item.kind}) cannot be averaged",
            )
    if len({item.ratings for item in members}) > 1:
        yield draft.problem(
            (*location, "items"), f"scale {name}: items rated twice and once cannot be mixed"
        )
    if len({item.kind in {"count", "number"} for item in members}) > 1:
        yield draft.problem(
            (*location, "items"), f"scale {name}: counts or numbers and ratings cannot be mixed"
        )
    bounds = {i.choices.bounds for i in members if i.choices is not None and i.is_rating}
    if len(bounds) > 1:
        shown = ", ".join(f"{low}-{high}" for low, high in sorted(bounds))
        yield draft.problem(
            (*location, "items"), f"scale {name}: items have different answer ranges ({shown})"
        )


def check_columns(draft: Draft) -> Iterator[Problem]:
    """Columns of answers and scores: no two things share one, in the tables or in a raw file."""
    places = _item_places(draft)
    in_tables: dict[str, str] = {}
    in_files: dict[str, str] = {}
    for column in answer_columns(draft.questionnaire):
        item = column.item.id
        if in_files.setdefault(column.in_csv.lower(), item) != item:
            other = in_files[column.in_csv.lower()]
            yield draft.problem(
                places[item],
                f"item {item}: its raw column '{column.in_csv}' is that of {other} too",
            )
        in_tables.setdefault(column.name.lower(), item)
    for name in draft.questionnaire.scales:
        for score in score_columns(draft.questionnaire, name):
            other = in_tables.setdefault(score.lower(), name)
            if other != name:
                yield draft.problem(
                    ("scales", name),
                    f"scale {name}: its score '{score}' is a column of {other} too",
                )


def _item_places(draft: Draft) -> dict[str, Location]:
    places: dict[str, Location] = {}
    for location, _, question in draft.questions():
        places[question.id or question.code] = location
        for k, row in enumerate(getattr(question, "rows", ())):
            places[row.id] = (*location, "rows", k)
    return places
