"""A pytest plugin that runs the likeliest failures first, for a run that may not reach the end.

Injected beside the recorder into the *user's* interpreter: standard library only, Python
3.8+, pytest 7+. `GARDENER_SORTED` names a JSON file with `failed` (nodeids), `changed`
(test files) and `seconds` (by nodeid), all relative to the repository.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: Any, items: list[Any]) -> Iterator[None]:
    """Sort after all others had their say; what is alike stays in pytest's order."""
    yield
    with open(os.environ["GARDENER_SORTED"], encoding="utf-8") as file:
        known = json.load(file)
    failed, changed, seconds = set(known["failed"]), set(known["changed"]), known["seconds"]
    name = config.pluginmanager.get_plugin("gardener-recorder").nodeid

    def place(item: Any) -> tuple[int, float]:
        nodeid = name(item.nodeid)
        new = nodeid not in seconds or nodeid.partition("::")[0] in changed
        return (0 if nodeid in failed else 1 if new else 2, seconds.get(nodeid, 0.0))

    items.sort(key=place)
