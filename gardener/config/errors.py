"""Says in one sentence which setting is wrong, with its whole path, and what it must be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec import ValidationError, convert

from gardener.config.schema import Schema, as_table, at, resolved, schema
from gardener.config.tables import BadPatternError, Settings
from gardener.config.templates import BadTemplateError
from gardener.errors import ConfigError

TOP = "tool.gardener"

Path = tuple[str | int, ...]

_PLACE = re.compile(r" - at `(?:key in )?\$(.*)`$")
_STEP = re.compile(r"\[(\d+|\.\.\.)\]|\.([\w-]+)")
_FIELD = re.compile(r"Object (contains unknown|missing required) field `(.*?)`")


def explained(error: ValidationError, table: Any) -> ConfigError:
    """The error of the settings for what msgspec says of `table`."""
    place = _PLACE.search(str(error))
    path = _path(place[1] if place else "", table)
    root = schema()
    field = _FIELD.match(str(error))
    if field and field[1] == "contains unknown":
        keys = list(as_table(at(path, root), root).get("properties", {}))
        hint = nearest(field[2], keys)
        end = "" if hint.endswith("?") else "."
        return ConfigError(f"pyproject.toml: unknown key `{named(path)}.{field[2]}`{hint}{end}")
    if field:
        return ConfigError(f"pyproject.toml: `{named(path)}` needs the key `{field[2]}`.")
    cause = error.__cause__
    if isinstance(cause, BadPatternError):
        key = f"{named(path)}.{cause.key}"
        return ConfigError(f"pyproject.toml: `{key}` is not a regular expression: {cause}.")
    if isinstance(cause, BadTemplateError):
        return ConfigError(f"pyproject.toml: `{named(path)}.{cause.key}` {cause}.")
    wording = _must_be(at(path, root), root, named(path))
    return ConfigError(
        f"pyproject.toml: `{named(path)}` must be {wording}, not {_value(path, table)!r}."
    )


def named(path: Path) -> str:
    """A path as the user would write it: `tool.gardener.priority[0].paths`."""
    text = TOP
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if re.fullmatch(r"[\w-]+", step) else f".{step!r}"
    return text


def _path(text: str, table: Any) -> Path:
    """The steps of a path of msgspec, which writes `[...]` for any key of a table of names."""
    path: list[str | int] = []
    for match in _STEP.finditer(text):
        if match[1] == "...":
            path.append(_wrong_key(tuple(path), table))
        else:
            path.append(int(match[1]) if match[1] else match[2])
    return tuple(path)


def _wrong_key(path: Path, table: Any) -> str:
    """The first key of the table at `path` with which alone the settings are not valid."""
    for key, alone in _with_one_key(path, table):
        try:
            convert(alone, Settings)
        except ValidationError:
            return key
    return "..."


def _with_one_key(path: Path, table: Any) -> Iterator[tuple[str, Any]]:
    """Settings that hold nothing but one key of the table at `path`, for each of them."""
    for key, inner in _value(path, table).items():
        alone: Any = {key: inner}
        for step in reversed(path):
            alone = [alone] if isinstance(step, int) else {step: alone}
        yield key, alone


def _value(path: Path, table: Any) -> Any:
    for step in path:
        table = table[step]
    return table


def _must_be(part: Schema, root: Schema, place: str) -> str:
    """What a value must be, in words."""
    if "enum" in part:
        return "one of " + ", ".join(part["enum"])
    if "anyOf" in part:
        return ", or ".join(
            _must_be(resolved(choice, root), root, place) for choice in part["anyOf"]
        )
    kind = part.get("type")
    if kind == "array":
        return _list(part, resolved(part.get("items", {}), root), place)
    if kind == "object":
        return "a table"
    if kind == "integer":
        return f"a whole number of at least {part['minimum']}"
    if kind == "number":
        return f"a number of at least {part['minimum']} and below {part['exclusiveMaximum']}"
    return {"string": "a string", "boolean": "true or false"}.get(str(kind), "something else")


def _list(part: Schema, inner: Schema, place: str) -> str:
    number = f"{part['minItems']} " if "minItems" in part else ""
    if inner.get("type") == "object":
        return f"a list of tables ([[{place}]])"
    if "enum" in inner:
        return "a list with any of " + ", ".join(inner["enum"])
    return f"a list of {number}strings"


def nearest(name: str, choices: list[str]) -> str:
    """The end of a sentence about an unknown name: the nearest choice, or all of them."""
    from difflib import get_close_matches

    close = get_close_matches(name, choices, n=1, cutoff=0.5)
    return f"; did you mean `{close[0]}`?" if close else f" (known: {', '.join(sorted(choices))})"
