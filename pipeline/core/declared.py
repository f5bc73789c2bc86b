"""Things declared as text: frozen models whose mistakes carry the line they stand on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Generic, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
)

from pipeline.core.errors import Problem, nearest
from pipeline.core.yaml_text import Location, YamlText


class Declared(BaseModel):
    """A frozen, strict model: unknown keys and wrong types are mistakes, never guesses."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


def _as_text(value: Any) -> Any:
    whole_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if whole_number else value


def _frozen(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(value))


def _plain(value: Any) -> Any:
    return (
        {key: _plain(each) for key, each in value.items()} if isinstance(value, Mapping) else value
    )


_frozen_mapping = (AfterValidator(_frozen), PlainSerializer(_plain))
Code = Annotated[
    str,
    BeforeValidator(_as_text),
    WithJsonSchema({"type": ["string", "integer"], "pattern": "^[A-Za-z0-9]{1,5}$"}),
]
RawValue = Annotated[
    str, BeforeValidator(_as_text), WithJsonSchema({"type": ["string", "integer"]})
]
T = TypeVar("T")
M = TypeVar("M", bound=Declared)
Named = Annotated[Mapping[str, T], *_frozen_mapping]
Text = Named[str]


@dataclass(frozen=True)
class Partly(Generic[M]):
    """What could be built of a declared text.

    Attributes
    ----------
    value : the model without the faulty things; None where the fault has no part of its own.
    text : the YAML that `value` was built from, with the lines of the original file.
    problems : every mistake found.
    left_out : names that the faulty things declare; references to them are not called unknown.
    """

    value: M | None
    text: YamlText
    problems: list[Problem]
    left_out: set[str]


def validate(
    model: type[M], text: YamlText, part_of: Callable[[Location], Location | None]
) -> Partly[M]:
    """Build `model` from YAML values, leaving out faulty parts so that the rest can be checked.

    `part_of` maps the location of a mistake to the thing to leave out (a question, a scale), or
    to None where nothing can be left out.
    """
    value, errors = _build(model, text)
    problems = [_problem(model, text, error) for error in errors]
    parts = {part_of(_real_location(text, error["loc"])) for error in errors}
    if value is not None or None in parts:
        return Partly(value, text, problems, set())
    names = {name for part in parts if part for name in _names(part[-1], _at(text.data, part))}
    rest = YamlText(text.path, _without(text.data, parts), _moved_lines(text, parts))
    value, errors = _build(model, rest)
    problems += [_problem(model, rest, error) for error in errors]
    return Partly(value, rest, problems, names)


def _build(model: type[M], text: YamlText) -> tuple[M | None, list[Any]]:
    try:
        return model.model_validate_json(json.dumps(text.data), strict=True), []
    except ValidationError as error:
        return None, list(error.errors(include_url=False))


def _real_location(text: YamlText, location: Location) -> Location:
    """Drop the parts of a pydantic location that name a kind instead of a key in the file."""
    real: Location = ()
    for part in location:
        if (*real, part) in text.lines:
            real = (*real, part)
    return real


def _at(data: Any, location: Location) -> Any:
    for part in location:
        data = data[part]
    return data


def _names(key: str | int, data: Any) -> set[str]:
    """Return every name that the thing called `key` declares: itself, and codes and ids in it."""
    names = {key} if isinstance(key, str) else set()
    if isinstance(data, dict):
        names |= {str(data[each]) for each in ("id", "code") if each in data}
    inside = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return names.union(*(_names(0, each) for each in inside))


def _without(data: Any, units: set[Location | None], here: Location = ()) -> Any:
    if isinstance(data, dict):
        kept = {k: v for k, v in data.items() if (*here, k) not in units}
        return {k: _without(v, units, (*here, k)) for k, v in kept.items()}
    if isinstance(data, list):
        return [
            _without(v, units, (*here, i)) for i, v in enumerate(data) if (*here, i) not in units
        ]
    return data


def _moved_lines(text: YamlText, units: set[Location | None]) -> dict[Location, int]:
    """Return the lines under the positions that lists have once `units` are left out."""
    result: dict[Location, int] = {}

    def visit(data: Any, old: Location, new: Location) -> None:
        result[new] = text.line(old)
        if isinstance(data, dict):
            for key, value in data.items():
                if (*old, key) not in units:
                    visit(value, (*old, key), (*new, key))
        if isinstance(data, list):
            kept = [i for i in range(len(data)) if (*old, i) not in units]
            for position, i in enumerate(kept):
                visit(data[i], (*old, i), (*new, position))

    visit(text.data, (), ())
    return result


def _problem(model: type[Declared], text: YamlText, error: Any) -> Problem:
    location = _real_location(text, error["loc"])
    return text.problem(location, f"{_named(text, location)}{_explain(model, text, error)}")


def _named(text: YamlText, location: Location) -> str:
    """Return `COLGOAL2: ` for a location inside a thing that has a name, an id or a code."""
    if len(location) > 1 and isinstance(location[1], str):
        return f"{location[1]}: "
    for end in range(len(location), 0, -1):
        thing = _at(text.data, location[:end])
        if isinstance(thing, dict) and isinstance(thing.get("id", thing.get("code")), str | int):
            return f"{thing.get('id', thing.get('code'))}: "
    return ""


def _explain(model: type[Declared], text: YamlText, error: Any) -> str:
    last, kind = str(error["loc"][-1]) if error["loc"] else "", error["type"]
    if kind == "missing":
        return f"'{last}' is missing"
    if kind == "extra_forbidden":
        allowed = _fields_at(model, error["loc"][:-1])
        return f"unknown key '{last}'{nearest(last, allowed)}"
    if kind == "union_tag_not_found":
        return "'kind' is missing"
    if kind == "union_tag_invalid":
        tags = [each.strip(" '") for each in error["ctx"]["expected_tags"].split(",")]
        return f"unknown kind '{error['ctx']['tag']}'{nearest(error['ctx']['tag'], tags)}"
    found = error.get("input")
    if found is None:
        return f"'{last}' is empty"
    shown = f" (found: {str(found)[:40]!r})" if isinstance(found, str | int | float) else ""
    message = error["msg"].removeprefix("Value error, ")
    named = f"'{last}': " if isinstance(error["loc"][-1] if error["loc"] else 0, str) else ""
    return f"{named}{message[0].lower()}{message[1:]}{shown}"


def _models_in(annotation: Any) -> list[type[Declared]]:
    if isinstance(annotation, type) and issubclass(annotation, Declared):
        return [annotation]
    return [model for each in get_args(annotation) for model in _models_in(each)]


def _fields_at(model: type[Declared], location: Location) -> list[str]:
    """Return the field names of the model that stands at a pydantic location."""
    candidates = [model]
    for part in location:
        if isinstance(part, int):
            continue
        by_kind = [m for m in candidates if part in get_args(_kind_annotation(m))]
        if by_kind:
            candidates = by_kind
            continue
        fields = [m.model_fields[part] for m in candidates if part in m.model_fields]
        inner = [each for field in fields for each in _models_in(field.annotation)]
        candidates = inner or candidates
    return sorted({name for m in candidates for name in m.model_fields})


def _kind_annotation(model: type[Declared]) -> Any:
    return model.model_fields["kind"].annotation if "kind" in model.model_fields else None
