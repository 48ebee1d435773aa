"""The members of a JSON Schema as flat rows, so that a reader sees a whole body at once: `patient.family`, `items[].month`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
Schemas = Mapping[str, Schema]
"""The document's named schemas, as its references name them."""

_DEEPEST = 6
"""Levels shown: a schema that holds itself has no end."""


@dataclass(frozen=True, slots=True)
class Member:
    """One row: the dotted name, its type in words, whether it must be sent, and what is said of it."""

    name: str
    type: str
    required: bool
    description: str


def members_of(schema: Schema, schemas: Schemas) -> list[Member]:
    """Every member of an object, each before its own members; of an array, those of its items. None of a plain value."""
    return list(_within("", schema, schemas, 0))


def type_of(schema: Schema, schemas: Schemas, depth: int = 0) -> str:
    """The type in words: `string (date)`, `array of integer`, `one of a, b or null`. depth: arrays it stands within."""
    choices = schema.get("anyOf", schema.get("oneOf", ()))
    if choices:
        return " or ".join(type_of(choice, schemas, depth) for choice in choices)
    plain = _plain(schema, schemas)
    if "$ref" in schema:
        return type_of(plain, schemas, depth)
    if values := plain.get("enum", [plain["const"]] if "const" in plain else []):
        return "one of " + ", ".join(map(str, values)) if len(values) > 1 else str(values[0])
    if plain.get("type") == "array" and depth < _DEEPEST:
        return f"array of {type_of(plain.get('items', {}), schemas, depth + 1)}"
    form = f" ({plain['format']})" if "format" in plain else ""
    return f"{plain.get('type', 'any value')}{form}"


def _within(prefix: str, schema: Schema, schemas: Schemas, depth: int) -> Iterator[Member]:
    plain = _plain(schema, schemas)
    if depth == _DEEPEST:
        return
    if plain.get("type") == "array":
        yield from _within(f"{prefix}[]", plain.get("items", {}), schemas, depth + 1)
    for choice in _choices(plain):
        yield from _within(prefix, choice, schemas, depth + 1)
    others = plain.get("additionalProperties")
    if isinstance(others, Mapping):
        yield from _member(_dotted(prefix, "*"), others, schemas, depth=depth)
    required = plain.get("required", ())
    for name, part in plain.get("properties", {}).items():
        yield from _member(_dotted(prefix, name), part, schemas, depth=depth, required=name in required)


def _member(
    name: str, part: Schema, schemas: Schemas, *, depth: int, required: bool = False
) -> Iterator[Member]:
    yield Member(name, type_of(part, schemas), required, _plain(part, schemas).get("description", ""))
    yield from _within(name, part, schemas, depth + 1)


def _dotted(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


def _plain(schema: Schema, schemas: Schemas) -> Schema:
    """The schema without its reference and without `or null`; what stands beside them goes before what they name."""
    if "$ref" in schema:
        named = schemas.get(schema["$ref"].rsplit("/", 1)[-1], {})
        return _plain({**named, **_without(schema, "$ref")}, schemas)
    choices = _choices(schema)
    if len(choices) == 1:
        return _plain({**choices[0], **_without(schema, "anyOf", "oneOf")}, schemas)
    return schema


def _choices(schema: Schema) -> list[Schema]:
    choices = schema.get("anyOf", schema.get("oneOf", ()))
    return [choice for choice in choices if choice.get("type") != "null"]


def _without(schema: Schema, *keys: str) -> Schema:
    return {key: value for key, value in schema.items() if key not in keys}
