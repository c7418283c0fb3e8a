"""Fields of foreign JSON: each read as the type that it should have, or as empty."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

from msgspec import structs

from gardener.model import WarningCount

Json = dict[str, Any]
"""A JSON object of a tool that may have written anything into it."""


def text(field: object) -> str:
    """A text, or an empty one."""
    return field if isinstance(field, str) else ""


def function_of(message: str) -> str:
    """The function in what pytest says of a traceback's entry: `in f`, or an error."""
    return message[3:] if message.startswith("in ") else ""


def number(field: object) -> float:
    """A number that can be a duration or a time in seconds, or 0."""
    if isinstance(field, bool) or not isinstance(field, (int, float)):
        return 0.0
    return float(field) if 0 <= field < 1e12 else 0.0  # false for NaN too


def whole_number(field: object) -> int:
    """A whole number from 0 on, or 0."""
    is_whole = isinstance(field, int) and not isinstance(field, bool)
    return field if is_whole and field >= 0 else 0  # type: ignore[operator,return-value]


def mapping(field: object) -> Json:
    """A JSON object, or an empty one."""
    return field if isinstance(field, dict) else {}


def mappings(field: object) -> list[Json]:
    """The JSON objects of a list, or none."""
    if not isinstance(field, list):
        return []
    return [element for element in field if isinstance(element, dict)]


def elements(field: object) -> list[object]:
    """The elements of a list, or none."""
    return field if isinstance(field, list) else []


def utc_time(seconds: float) -> str:
    """A time since the epoch in ISO 8601; empty for one that no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="seconds")
    except (OverflowError, OSError, ValueError):
        return ""


def sum_warnings(warnings: Iterable[WarningCount]) -> tuple[WarningCount, ...]:
    """Each warning once, with the sum of its counts."""
    counts: dict[WarningCount, int] = {}
    for warning in warnings:
        uncounted = structs.replace(warning, count=1)
        counts[uncounted] = counts.get(uncounted, 0) + warning.count
    return tuple(structs.replace(warning, count=count) for warning, count in counts.items())
