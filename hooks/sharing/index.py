"""The file that names all records of a place, for web servers, which list nothing."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable

INDEX = "index.json"
"""The name of the file."""


def is_name(name: object) -> bool:
    """Whether something that a server said is the name of a record, and no path that leads away."""
    return isinstance(name, str) and bool(re.fullmatch(r"[\w.-]{1,200}\.record", name))


def names_in(index: bytes) -> list[str]:
    """The names in an index; none where it is something else."""
    with contextlib.suppress(ValueError, RecursionError):
        listed = json.loads(index)
        if isinstance(listed, dict) and isinstance(listed.get("records"), list):
            return [name for name in listed["records"] if is_name(name)]
    return []


def index_of(names: Iterable[str]) -> bytes:
    """An index of these names."""
    return json.dumps({"format": 1, "records": sorted(set(names))}, indent=1).encode() + b"\n"
