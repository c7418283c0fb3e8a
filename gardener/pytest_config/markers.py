"""The markers that pytest's settings declare: that there is one more changes no test."""

from __future__ import annotations

import json
from typing import Any


def without_markers(table: Any) -> tuple[Any, frozenset[str]]:
    """A table of pytest's settings without the markers, and their names."""
    if not isinstance(table, dict):
        return table, frozenset()
    if "ini_options" in table:
        options, names = without_markers(table["ini_options"])
        return {**table, "ini_options": options}, names
    rest = {key: setting for key, setting in table.items() if key != "markers"}
    markers = table.get("markers", [])
    lines = markers.splitlines() if isinstance(markers, str) else markers
    if not isinstance(lines, list):
        return table, frozenset()
    declared = (str(line).partition(":")[0].partition("(")[0].strip() for line in lines)
    return rest, frozenset(filter(None, declared))


def differs_in_more_than_markers(then: str, now: str) -> bool:
    """Whether two texts of `canonical_settings` differ, but for markers that came."""
    if then == now:
        return False
    try:
        before, after = json.loads(then), json.loads(now)
        if isinstance(before, list) and isinstance(after, list):
            before, after = dict(before), dict(after)
    except (ValueError, TypeError):
        return True
    if not isinstance(before, dict) or not isinstance(after, dict):
        return True
    (old, declared), (new, known) = without_markers(before), without_markers(after)
    return bool(old != new or not declared <= known)
