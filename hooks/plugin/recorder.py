"""A pytest plugin that writes what really happened as JSON lines. PYTEST_DONT_REWRITE

It is injected into the *user's* interpreter, where gardener is not installed: with the files
beside it, standard library only, Python 3.8+, pytest 7+. It must never change an outcome:
whatever fails in here becomes an event `trouble`.

Events (`k` is the kind): `session`, `start`, `passed`, `phase`, `collect`, `deselected`, `warning`,
`crash`, `internal`, `interrupted`, `trouble`, `finish`; those of `steps.py`, and `unfound` by `unfound.py`.
`hooks/pytest_run/events.py` reads them.
"""

from __future__ import annotations

import functools
import inspect
import os
import sys
import traceback
from typing import Any, Dict, Generator, List, Set, Tuple

import pytest

# All at the start: once tests run, a test may have replaced `open` or the file system.
from .async_mode import unawaited_facts
from .captured import captured
from .exceptions import Describer
from .installed import Installed, installed
from .nodeids import NodeIds
from .repository import Repository
from .setup_methods import testcase_facts
from .stream import Stream, quoted
from .text import FACT_LIMIT, Json, clean
from .warning_counts import WarningCounts

VERSION = 1
TROUBLE_LIMIT = 5
PHASES = ("setup", "call", "teardown")


def guarded(function: Any) -> Any:
    """A hook whose own failure becomes an event instead of a changed outcome."""

    @functools.wraps(function)
    def hook(self: Recorder, *args: Any, **kwargs: Any) -> Any:
        try:
            return function(self, *args, **kwargs)
        except Exception:
            self.trouble()
            return None

    # pluggy reads the names of the arguments from the signature.
    setattr(hook, "__signature__", inspect.signature(function))
    return hook


class Recorder:
    """The hooks; they write into a file in `folder`."""

    def __init__(self, config: Any, folder: str, repository: Repository) -> None:
        worker = getattr(config, "workerinput", {}).get("workerid", "")
        self.is_xdist_controller = not worker and _distributes(config)
        """Whether workers run the tests, which write of them; this process hears of all again."""
        self.stream = Stream(folder, worker)
        self.repository = repository
        self.nodeid = NodeIds(config, repository).relative
        self.describer = Describer(repository)
        self._warnings = WarningCounts(repository, self.stream)
        self._collected_paths: Set[Any] = set()
        self._calls: Dict[str, Tuple[Any, Any]] = {}
        self._durations: Dict[str, float] = {}
        self._with_phases: Set[str] = set()
        """Tests that already wrote an event `phase`, and so do not become a mere `passed`."""
        self._rerun = ""
        """The test of which a phase is going to be run again, as pytest-rerunfailures says."""
        self._started = ""
        self._started_quoted = ""
        self._troubles = 0
        self._write_session(config, worker)

    def _write_session(self, config: Any, worker: str) -> None:
        distributions = Installed({}, []) if worker else installed(sys.path, self.repository.root)
        self.stream.write(
            {
                "k": "session",
                "v": VERSION,
                "pid": os.getpid(),
                "worker": worker,
                "controls": self.is_xdist_controller,
                "python": "%d.%d.%d" % sys.version_info[:3],
                "implementation": sys.implementation.name,
                "pytest": pytest.__version__,
                "platform": sys.platform,
                "rootdir": clean(str(config.rootpath)),
                "installed": distributions.versions,
                "own": distributions.own,
            }
        )

    def trouble(self) -> None:
        """Write the exception of the recorder itself that is handled now; a few at most."""
        try:
            self._troubles += 1
            if self._troubles <= TROUBLE_LIMIT:
                self.stream.write({"k": "trouble", "text": clean(traceback.format_exc())})
        except Exception:
            pass

    # --- collection ---

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_make_collect_report(self, collector: Any) -> Generator[None, Any, None]:
        """Write why a file or class could not be collected."""
        outcome = yield
        if outcome.excinfo and isinstance(outcome.excinfo[1], SystemExit):
            self._write_exit(collector, outcome.excinfo[1])
        try:
            report = outcome.get_result()
        except BaseException:
            return
        if report.outcome != "failed":
            return
        try:
            excinfo = getattr(getattr(report, "call", None), "excinfo", None)
            if excinfo is not None and type(excinfo.value) is pytest.Session.Failed:
                return  # `--maxfail` is reached: no failure of its own
            if excinfo is None:
                failure = _undescribed(report)
            else:
                failure = self.describer.describe(excinfo.value)
            failure["output"] = self._captured(report)
            self.write_collect(self.nodeid(report.nodeid), failure)
        except Exception:
            self.trouble()

    @guarded
    def _write_exit(self, collector: Any, error: SystemExit) -> None:
        """Write which file ends the process when it is imported, and with it all that pytest does."""
        self.write_collect(self.nodeid(collector.nodeid), self.describer.describe(error))

    def write_collect(self, nodeid: str, failure: Json) -> None:
        """Write that a file or class could not be collected."""
        self.stream.write({"k": "collect", "id": nodeid, "failure": failure})

    @guarded
    def pytest_itemcollected(self, item: Any) -> None:
        """Learn which files hold tests, however they are called."""
        path = getattr(item, "path", None)
        if path is not None and path not in self._collected_paths:
            self._collected_paths.add(path)
            self.repository.test_files.add(self.repository.name(str(path)))

    @guarded
    def pytest_deselected(self, items: Any) -> None:
        """Write how many tests were deselected."""
        self.stream.write({"k": "deselected", "n": len(items)})

    # --- tests ---

    def pytest_runtest_logstart(self, nodeid: str, location: Any) -> None:
        """Write that a test starts, so that one that ends the process is known."""
        if self.is_xdist_controller:
            return
        try:
            self._started_quoted = quoted(self.nodeid(nodeid))
            self._started = nodeid
            self.stream.write_line('{"k":"start","id":%s}' % self._started_quoted)
        except Exception:
            self.trouble()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> None:
        """Remember the exception of a phase for the report that follows."""
        # Only remembered: the report may yet become a skip or an expected failure, and
        # a wrapper here would cost as much as all the rest of a passing test's recording.
        self._calls[call.when] = (item, call)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Write what one phase of a test became."""
        try:
            if self.is_xdist_controller:
                self._log_crash(report)
            else:
                self._log(report)
        except Exception:
            self.trouble()

    def _log_crash(self, report: Any) -> None:
        """Write that a worker died in a test; what workers say themselves they write themselves."""
        if report.when not in PHASES:
            text = clean(str(report.longrepr))
            self.stream.write({"k": "crash", "id": self.nodeid(report.nodeid), "text": text})

    def _log(self, report: Any) -> None:
        """Write a phase, but of a test that passes only one line at its end."""
        nodeid = report.nodeid
        attributes = report.__dict__
        is_subtest = "context" in attributes
        if report.outcome != "passed" or is_subtest or "wasxfail" in attributes:
            self._write_phase(report, is_subtest)
        elif report.when != "teardown":
            self._durations[nodeid] = self._durations.get(nodeid, 0.0) + report.duration
        elif nodeid in self._with_phases or nodeid != self._started:
            self._write_phase(report, is_subtest)
        else:
            seconds = self._durations.pop(nodeid, 0.0) + report.duration
            line = '{"k":"passed","id":%s,"d":%.6f}' % (self._started_quoted, seconds)
            self.stream.delay_line(line)
            self._warnings.flush()

    def _write_phase(self, report: Any, is_subtest: bool) -> None:
        nodeid = report.nodeid
        # Newer versions of pytest-rerunfailures tell of the teardown between two attempts.
        is_between = (
            report.when == "teardown" and nodeid == self._rerun and nodeid not in self._durations
        )
        self._rerun = nodeid if is_between or report.outcome == "rerun" else ""
        event = {
            "k": "phase",
            "id": self.nodeid(nodeid),
            "when": report.when,
            "outcome": report.outcome,
            "d": round(report.duration + self._durations.pop(nodeid, 0.0), 6),
        }
        if report.outcome in ("failed", "rerun"):
            event["failure"] = dict(self._failure(report), output=self._captured(report))
        if hasattr(report, "wasxfail"):
            event["xfail"] = True
        if is_subtest:
            event["sub"] = True
        if is_between:
            event["between"] = True
        self.stream.write(event)
        if report.when == "teardown" and not is_subtest and not is_between:
            self._with_phases.discard(nodeid)
            self._warnings.flush()
        else:
            self._with_phases.add(nodeid)

    def _failure(self, report: Any) -> Json:
        """The exception that made a phase fail."""
        item, call = self._calls.pop(report.when, (None, None))
        if item is None or item.nodeid != report.nodeid or call.excinfo is None:
            return _undescribed(report)
        try:
            error = call.excinfo.value
            failure = self.describer.describe(error, getattr(item, "obj", None))
            instance = getattr(item, "instance", None)
            of_item = [
                *testcase_facts(instance, error, self.describer.symbols),
                *unawaited_facts(item, self.describer.libraries),
            ]
            failure["facts"].update(
                (name, clean(text, FACT_LIMIT)) for name, text in of_item if text
            )
            failure["markers"] = sorted({clean(str(mark.name)) for mark in item.iter_markers()})
            return failure
        except Exception:
            self.trouble()
            return _undescribed(report)

    def _captured(self, report: Any) -> List[List[str]]:
        try:
            return captured(report)
        except Exception:
            self.trouble()
            return []

    # --- warnings ---

    @guarded
    def pytest_warning_recorded(
        self, warning_message: Any, when: str, nodeid: str, location: Any
    ) -> None:
        """Count a warning; those of tests are the workers' to count."""
        if not self.is_xdist_controller or when == "config":
            self._warnings.add(warning_message, when)

    # --- the end ---

    @guarded
    def pytest_internalerror(self, excrepr: Any, excinfo: Any) -> None:
        """Write pytest's own crash."""
        failure = self.describer.describe(excinfo.value)
        self.stream.write({"k": "internal", "text": clean(str(excrepr)), "failure": failure})

    @guarded
    def pytest_keyboard_interrupt(self, excinfo: Any) -> None:
        """Write where the run was interrupted."""
        failure = self.describer.describe(excinfo.value)
        self.stream.write({"k": "interrupted", "failure": failure})

    @pytest.hookimpl(trylast=True)
    @guarded
    def pytest_sessionfinish(self, session: Any, exitstatus: int) -> None:
        """Write pytest's exit status, and why it stopped early if it did."""
        self._warnings.flush(now=True)
        stopped = clean(str(session.shouldfail or session.shouldstop or ""))
        self.stream.write({"k": "finish", "status": int(exitstatus), "stopped": stopped})


def _undescribed(report: Any) -> Json:
    """A failure of which there is only the text that pytest prints."""
    return {"type": "", "message": clean(str(report.longrepr))}


def _distributes(config: Any) -> bool:
    """Whether this process hands its tests to workers of pytest-xdist."""
    if not config.pluginmanager.hasplugin("xdist"):
        return False
    return config.getoption("dist", "no") != "no" or bool(config.getoption("tx", None))
