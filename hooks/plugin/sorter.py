"""A pytest plugin that runs the likeliest failures first, where time is short. PYTEST_DONT_REWRITE

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
    """Sort after all other plugins: failed tests, then new and changed ones, then the quick.

    Tests of the same rank stay in pytest's order.
    """
    yield
    with open(os.environ["GARDENER_SORTED"], encoding="utf-8") as file:
        history = json.load(file)
    failed, changed = set(history["failed"]), set(history["changed"])
    seconds = history["seconds"]
    recorder = config.pluginmanager.get_plugin("gardener-recorder")

    def rank(test: Any) -> tuple[int, float]:
        nodeid = recorder.nodeid(test.nodeid)
        is_new = nodeid not in seconds or recorder.repository.name(str(test.path)) in changed
        return (0 if nodeid in failed else 1 if is_new else 2, seconds.get(nodeid, 0.0))

    items.sort(key=rank)
