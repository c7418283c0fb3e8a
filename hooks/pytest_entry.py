"""`pytest --gardener`: the selection, the record and the findings inside the user's own pytest.

PYTEST_DONT_REWRITE

Without the option nothing happens, and nothing of gardener but this file is imported. With it
two short processes do the work, so that what gardener imports never meets what the tests import:
one selects before the first conftest is loaded, one explains at the end. In between runs the same
plugin that `gardener run` injects. Beside that one this one does nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

HELPER = "gardener.hooks.run.own_pytest"
STATE = "gardener-own-pytest"
"""The name under which the state of a run is registered with pytest."""
INJECTED = "GARDENER_STREAM"
OWNER = "GARDENER_OWNER"
"""Names the process whose run this is, for workers of pytest-xdist: they are its children."""
_VARIABLES = (INJECTED, OWNER, "GARDENER_ROOT", "GARDENER_TRACE", "GARDENER_PLAN")


class OwnRun:
    """The state of one run with `--gardener`, as hooks of the same pytest."""

    def __init__(self, folder: str, plan: dict[str, Any]) -> None:
        self.folder = folder
        self.plan = plan
        self.is_told = False
        self.status = 0
        self.tests = frozenset(plan["tests"])
        self.files = frozenset(plan["files"])
        self.root = os.path.realpath(plan["root"])

    @property
    def selects(self) -> bool:
        """Whether anything is left out."""
        return not self.plan["everything"]

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_header(self) -> list[str]:
        """Say what runs, and why."""
        return [f"gardener: {line}" for line in (*self.plan["notes"], self.plan["intent"])]

    @pytest.hookimpl
    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Leave files without a selected test unread."""
        if not self.selects or collection_path.name in ("__init__.py", "conftest.py"):
            return None
        if collection_path.is_dir():
            return None
        return None if self._name(collection_path) in self.files else True

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None, None, None]:
        """Leave tests out that the change cannot affect."""
        if self.selects:
            recorder: Any = config.pluginmanager.get_plugin("gardener-recorder")
            nodeid_of = recorder.nodeid
            selected: list[pytest.Item] = []
            left_out: list[pytest.Item] = []
            for item in items:
                (selected if self._has(nodeid_of(item.nodeid)) else left_out).append(item)
            if left_out:
                items[:] = selected
                config.hook.pytest_deselected(items=left_out)
        yield

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """That no test is affected is no failure."""
        self.status = exitstatus
        if self.selects and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            session.exitstatus = pytest.ExitCode.OK

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: Any, exitstatus: int) -> None:
        """Write what gardener makes of the run."""
        writer = terminalreporter
        if getattr(writer.config, "workerinput", None) is not None:
            return
        # In a log nothing is folded; who sets COLUMNS means it.
        is_folded = writer.isatty or os.environ.get("COLUMNS")
        columns = str(writer._tw.fullwidth) if is_folded else ""
        text = self._explained(exitstatus, color=writer.hasmarkup, columns=columns)
        writer.section("gardener", sep="=")
        if self.plan["is_empty"]:
            text = self.plan["intent"]
        writer.write_line(text.rstrip("\n"))

    def pytest_unconfigure(self) -> None:
        """Keep the record where pytest wrote no summary."""
        if not self.is_told:
            self._explained(self.status)
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in _VARIABLES:
            os.environ.pop(name, None)

    def _has(self, nodeid: str) -> bool:
        """Whether a test is selected: by itself, without its parameters, by its class or file."""
        from gardener_plugin.nodeids import containers  # type: ignore[import-not-found]

        return nodeid in self.tests or not self.tests.isdisjoint(containers(nodeid))

    def _name(self, path: Path) -> str:
        real = os.path.realpath(path)
        return os.path.relpath(real, self.root).replace(os.sep, "/")

    def _explained(self, status: int, *, color: bool = False, columns: str = "") -> str:
        self.is_told = True
        environment = {**_quiet_environment(), "COLUMNS": columns}
        words = ("end", self.folder, str(int(status)), "color" if color else "plain")
        done = _helped(words, self.plan["root"], environment)
        if done.returncode:
            lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
            return f"gardener could not explain this run: {lines[-1]}"
        return done.stderr + done.stdout


class WorkerRun(OwnRun):
    """The state of a worker of pytest-xdist: it selects as all others do, and tells nothing."""

    def __init__(self, folder: str, plan: dict[str, Any]) -> None:
        super().__init__(folder, plan)
        self.is_told = True

    def pytest_unconfigure(self) -> None:
        """The folder belongs to the process that started this one."""


def _helped(
    words: tuple[str, ...], folder: str, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", HELPER, *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=False,
    )


def _quiet_environment() -> dict[str, str]:
    """The environment for gardener itself: the tests' variables are not its own."""
    hidden = {*_VARIABLES, "PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST"}
    environment = {name: text for name, text in os.environ.items() if name not in hidden}
    return {**environment, "PYTHONUTF8": "1"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--gardener`, `--gardener-since` and `--gardener-all`."""
    group = parser.getgroup("gardener", "gardener: run what a change can affect, explain failures")
    group.addoption(
        "--gardener",
        action="store_true",
        help="Run only tests that the change since HEAD can affect; record; explain failures.",
    )
    group.addoption(
        "--gardener-since",
        metavar="REF",
        default="",
        help="The same for what this branch changed since it left REF.",
    )
    group.addoption(
        "--gardener-all",
        action="store_true",
        help="Run all tests; record; explain failures.",
    )


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, Any, None]:
    """Select, and start to record with the first conftest."""
    state = _begun(early_config)
    if state is None:
        yield
        return
    entry = _injected_entry(state.plan["plugin"])
    early_config.pluginmanager.register(state, STATE)
    early_config.pluginmanager.register(entry, entry.__name__)
    yield from entry.pytest_load_initial_conftests(early_config)


def _begun(config: pytest.Config) -> OwnRun | None:
    """The run that is asked for; None where nothing is, or it is already recorded."""
    options = config.known_args_namespace
    is_asked = options.gardener or options.gardener_since or options.gardener_all
    if not is_asked or options.help or options.version or options.collectonly:
        return None
    if INJECTED in os.environ:
        return _worker()
    folder = tempfile.mkdtemp(prefix="gardener-")
    mode = "all" if options.gardener_all else "since" if options.gardener_since else "worktree"
    start = str(config.invocation_params.dir)
    done = _helped(("begin", folder, mode, options.gardener_since), start, _quiet_environment())
    if done.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise pytest.UsageError(lines[-1])
    plan_file = f"{folder}/plan.json"
    plan = _plan(plan_file)
    os.environ.update(
        {
            INJECTED: folder,
            OWNER: str(os.getpid()),
            "GARDENER_ROOT": plan["root"],
            "GARDENER_PLAN": plan_file,
            **({"GARDENER_TRACE": "1"} if plan["traces"] else {}),
        }
    )
    return OwnRun(folder, plan)


def _worker() -> OwnRun | None:
    """The run of a worker of pytest-xdist; None in `gardener run`, and below a test."""
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    if not is_worker or os.environ.get(OWNER) != str(os.getppid()):
        return None
    return WorkerRun(os.environ[INJECTED], _plan(os.environ["GARDENER_PLAN"]))


def _plan(file: str) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads(Path(file).read_bytes())
    return plan


def _injected_entry(folder: str) -> Any:
    """The plugin that `gardener run` injects, out of its folder, which the tests do not see."""
    sys.path.insert(0, folder)
    try:
        return import_module("gardener_plugin.entry")
    finally:
        sys.path.remove(folder)
