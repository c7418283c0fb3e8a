"""A pytest plugin that leaves out the tests that an earlier process ran. PYTEST_DONT_REWRITE

Injected beside the recorder into the *user's* interpreter: standard library only, Python 3.8+,
pytest 7+. Where a test ended pytest's process, or did not end, the tests that are left run in a
fresh one. `GARDENER_RAN` names a file with the nodeids that ran, relative to the repository, a NUL
after each.
"""

from __future__ import annotations

import os
from typing import Any, Generator, List, Set

import pytest


class Remainder:
    """What one process of pytest leaves out."""

    def __init__(self, recorder: Any, path: str) -> None:
        self._recorder = recorder
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            self._ran: Set[str] = set(file.read().split("\0"))

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: List[Any]) -> Generator[None, Any, None]:
        """Leave them out, after all other plugins made their choice."""
        yield
        nodeid_of = self._recorder.nodeid
        items[:] = [item for item in items if nodeid_of(item.nodeid) not in self._ran]


@pytest.hookimpl(trylast=True)
def pytest_configure(config: Any) -> None:
    """Begin, unless this is someone else's run."""
    path = os.environ.get("GARDENER_RAN", "")
    recorder = config.pluginmanager.get_plugin("gardener-recorder")
    if path and recorder is not None:
        config.pluginmanager.register(Remainder(recorder, path), "gardener-remainder")
