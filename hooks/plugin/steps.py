"""Writes how far pytest is besides its tests: which file it imports, what it collected, its end.

PYTEST_DONT_REWRITE

From these events gardener knows where a pytest stands that does not go on, and what is left of one
that died: `importing`, `imported`, `collected` (with the number of tests in each file, and the limits
in time that pytest-timeout was given), `ending`.
"""

from __future__ import annotations

from typing import Any, Dict, Generator

import pytest

from .nodeids import split_file
from .text import Json

INTERRUPTS = (KeyboardInterrupt, SystemExit)


class Steps:
    """The hooks; they write into the stream of the recorder."""

    def __init__(self, recorder: Any) -> None:
        self._recorder = recorder

    def _write(self, make: Any) -> None:
        try:
            self._recorder.stream.write(make())
        except Exception:
            self._recorder.trouble()

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_make_collect_report(self, collector: Any) -> Generator[None, Any, None]:
        """Write which file is imported, before its code can end or stop the process."""
        # The packages of pytest 7 are modules, too.
        is_file = isinstance(collector, pytest.File) and not isinstance(collector, pytest.Package)
        if not is_file:
            yield
            return
        nodeid = self._recorder.nodeid
        self._write(lambda: {"k": "importing", "id": nodeid(collector.nodeid)})
        outcome = yield
        if not (outcome.excinfo and isinstance(outcome.excinfo[1], INTERRUPTS)):
            self._write(lambda: {"k": "imported"})

    def pytest_collection_finish(self, session: Any) -> None:
        """Write how many tests will run."""
        if not self._recorder.is_xdist_controller:
            self._write(lambda: self._collected(session))

    def _collected(self, session: Any) -> Json:
        nodeid = self._recorder.nodeid
        counts: Dict[str, int] = {}
        for item in session.items:
            file = split_file(item.nodeid)[0]
            counts[file] = counts.get(file, 0) + 1
        event: Json = {"k": "collected", "n": len(session.items)}
        event["files"] = {nodeid(file): count for file, count in counts.items()}
        limits = self._limits(session)
        if limits:
            event["limits"] = limits
        return event

    def _limits(self, session: Any) -> Dict[str, float]:
        """The seconds that pytest-timeout gives to tests, by nodeid; to all others by no name."""
        config = session.config
        if not config.pluginmanager.hasplugin("timeout"):
            return {}
        limits: Dict[str, float] = {}
        general = getattr(config, "_env_timeout", None)
        if isinstance(general, (int, float)) and general > 0:
            limits[""] = float(general)
        for item in session.items:
            mark = item.get_closest_marker("timeout")
            if mark is not None:
                seconds = mark.args[0] if mark.args else mark.kwargs.get("timeout")
                if isinstance(seconds, (int, float)):
                    limits[self._recorder.nodeid(item.nodeid)] = float(seconds)
        return limits

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Write that the last test ended, before anything that may hang in here."""
        self._write(lambda: {"k": "ending"})
