"""A pytest plugin that goes on where a test is not found. PYTEST_DONT_REWRITE

Injected beside the recorder into the *user's* interpreter: standard library only, Python 3.8+,
pytest 7+. pytest itself imports all files that it is asked for, and then refuses to run anything
because of one test that is gone. With this plugin it runs the others.

What was not found is written as an event `unfound`. `GARDENER_UNFOUND` says what becomes of the
other tests of such a file: `whole` leaves them out, because the file runs as a whole after that.
Of a test in a file that cannot be collected, the failure of that file tells.
"""

from __future__ import annotations

import os
from typing import Any, Generator, List, Set

import pytest

from .nodeids import split_file
from .text import clean


class Unfound:
    """What one process of pytest did not find."""

    def __init__(self, recorder: Any) -> None:
        self._recorder = recorder
        self._session: Any = None
        self._leaves_out = os.environ.get("GARDENER_UNFOUND") == "whole"
        self._files: Set[str] = set()
        """Real paths of the files in which a test was not found."""

    def pytest_sessionstart(self, session: Any) -> None:
        """Remember who collects."""
        self._session = session

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report: Any) -> None:
        """Take away what was not found, before the session refuses to go on because of it."""
        # Private, but alike in pytest 7, 8 and 9. Without it pytest refuses, as it does by itself.
        unfound = getattr(self._session, "_notfound", None)
        if report.nodeid or not unfound or not all(split_file(a)[1] for a, _ in unfound):
            return
        in_collected_files = [argument for argument, collectors in unfound if collectors]
        self._files |= {os.path.realpath(split_file(a)[0]) for a in in_collected_files}
        if in_collected_files:
            names = [clean(argument) for argument in in_collected_files]
            self._recorder.stream.write({"k": "unfound", "ids": names})
        unfound.clear()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_collection_modifyitems(self, items: List[Any]) -> Generator[None, Any, None]:
        """Leave out the other tests of these files, where they run whole after this."""
        if self._files and self._leaves_out:
            items[:] = [i for i in items if os.path.realpath(str(i.path)) not in self._files]
        yield


@pytest.hookimpl(trylast=True)
def pytest_configure(config: Any) -> None:
    """Begin, unless this is someone else's run."""
    recorder = config.pluginmanager.get_plugin("gardener-recorder")
    if recorder is not None:
        config.pluginmanager.register(Unfound(recorder), "gardener-unfound")
