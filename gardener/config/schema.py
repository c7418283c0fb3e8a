"""The JSON Schema of `[tool.gardener]`, made from the structs of `gardener.config.tables`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from gardener.config.tables import LEVELS, UTCNOW, Settings
from gardener.model import Priority, Status

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]

_ORDERS = {frozenset(names): list(names) for names in (LEVELS, UTCNOW, Status, Priority)}
"""msgspec sorts choices; here they stand in the order in which they are defined."""


def schema() -> Schema:
    """The schema as plain values, ready to be written as JSON."""
    root: Schema = _tidied(msgspec.json.schema(Settings))
    definitions: dict[str, Schema] = root["$defs"]
    top = definitions.pop("Settings")
    return {
        "$schema": DIALECT,
        **top,
        "title": "[tool.gardener] in pyproject.toml",
        "$defs": definitions,
    }


def resolved(part: Schema, root: Schema) -> Schema:
    """A part of the schema with its reference to a definition, if it has one, followed."""
    reference = part.get("$ref", "")
    return root["$defs"][reference.rpartition("/")[2]] if reference else part


def as_table(part: Schema, root: Schema) -> Schema:
    """Of a value that may be of several types, the table; any other part as it is."""
    choices = [resolved(choice, root) for choice in part.get("anyOf", ())]
    return next((choice for choice in choices if "properties" in choice), part)


def at(path: Sequence[str | int], root: Schema) -> Schema:
    """What the schema says of the value at a path below `[tool.gardener]`."""
    part = root
    for step in path:
        part = as_table(part, root)
        if isinstance(step, int):
            part = part.get("items", {})
        else:
            properties = part.get("properties", {})
            part = properties[step] if step in properties else part.get("additionalProperties", {})
        part = resolved(part, root)
    return part


def _tidied(part: Any) -> Any:
    """Lists for tuples, and no null: TOML has none, a key is left out instead."""
    if isinstance(part, Mapping):
        tidy = {
            key: _tidied(inner)
            for key, inner in part.items()
            if not (key == "default" and inner is None)
        }
        if "enum" in tidy:
            tidy["enum"] = [str(name) for name in _ORDERS[frozenset(tidy["enum"])]]
        choices = [c for c in tidy.pop("anyOf", ()) if c != {"type": "null"}]
        if len(choices) == 1:
            return {**choices[0], **tidy}
        return {**tidy, "anyOf": choices} if choices else tidy
    if isinstance(part, (list, tuple)):
        return [_tidied(inner) for inner in part]
    return part
