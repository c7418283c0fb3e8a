"""Runs just the tests it is given: on the tree as it is, or on another one checked out beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from gardener.config import Config
from gardener.model import Phase, Report, Selected, Selection
from gardener.nodeid import file_of
from gardener.reports.history import RunState

from ..plugin import PICKER, site_files, write_files
from .execution import Execution, ExecutionRequest, Progress, execute
from .injection import Extra
from .missing_tests import PickedRun, missing_tests, no_file
from .temporary import temporary_folder


class ProjectUnderTest(NamedTuple):
    """Where tests run and how.

    `content` is what they run on in the user's work tree. `say` talks to the user. `python_of` is
    as for `ExecutionRequest`.
    """

    root: Path
    python: str
    config: Config
    content: RunState
    pytest_args: tuple[str, ...] = ()
    progress: Progress | None = None
    say: Callable[[str], None] = lambda _: None
    python_of: Callable[[str], str] | None = None


class Picked(NamedTuple):
    """A run of some tests. `missing` maps those without an outcome to why; empty = no such test.

    `collected` are files among the picked ones that could be collected.
    """

    report: Report
    missing: dict[str, str]
    collected: frozenset[str] = frozenset()
    interrupted: bool = False
    out_of_time: bool = False


class _Seen(msgspec.Struct):
    """What one process of pytest saw; see `hooks/plugin/picker.py`."""

    foreign: list[str]
    tests: list[str] = msgspec.field(name="there")
    file_outcomes: dict[str, str] = msgspec.field(name="files")


class _ForeignImport(msgspec.Struct):
    """What a process imported that a test started; see `hooks/plugin/foreign.py`."""

    test: str
    module: str = msgspec.field(name="foreign")


def pick(
    project: ProjectUnderTest,
    nodeids: tuple[str, ...],
    *,
    elsewhere: Path | None = None,
    serial: bool = False,
    seconds: float | None = None,
) -> Picked:
    """Run these tests, in this order, with the same interpreter and settings.

    `elsewhere` is the tree to run in, when it is not the user's: then imports of the
    project's own modules must come from there, else nothing is known of any test.
    `serial` keeps pytest-xdist out. `seconds` is the time after which pytest is stopped.
    """
    tree = elsewhere or project.root
    files = dict.fromkeys(file_of(nodeid) for nodeid in nodeids)
    existing = [file for file in files if (tree / file).is_file()]
    if not existing:
        missing = {nodeid: no_file(tree, file_of(nodeid)) for nodeid in nodeids}
        return Picked(Report(created=""), missing)
    with temporary_folder() as folder:
        exchange = folder / "seen"
        exchange.mkdir()
        (exchange / "wanted.json").write_text(json.dumps(nodeids), encoding="utf-8")
        rerooting = _rerooting(folder, project.root, elsewhere) if elsewhere else Extra()
        execution = execute(
            ExecutionRequest(
                tree,
                project.python,
                Selection(tests=tuple(Selected(file, "picked") for file in existing)),
                project.config,
                pytest_args=project.pytest_args,
                seconds=seconds,
                progress=project.progress,
                python_of=project.python_of,
                extra=rerooting._replace(
                    arguments=("-p", PICKER),
                    environment={
                        **rerooting.environment,
                        "GARDENER_PICKED": str(exchange),
                        "GARDENER_SERIAL": "1" if serial else "",
                        # What the tests cover here must not replace what the user measured.
                        "COVERAGE_FILE": str(folder / "coverage"),
                    },
                ),
            )
        )
        run = _picked_run(tree, execution, exchange, folder / "children.jsonl")
    return _judged(run, nodeids)


def _picked_run(tree: Path, execution: Execution, exchange: Path, children: Path) -> PickedRun:
    """What pytest's processes, and those that tests started, wrote down."""
    processes = [
        msgspec.json.decode(path.read_bytes(), type=_Seen) for path in exchange.glob("seen-*.json")
    ]
    return PickedRun(
        tree,
        execution,
        tests=frozenset(test for process in processes for test in process.tests),
        file_outcomes={
            file: outcome
            for process in processes
            for file, outcome in process.file_outcomes.items()
        },
        not_collected=frozenset(
            failure.nodeid
            for failure in execution.report.failures
            if failure.phase is Phase.COLLECT
        ),
        foreign_modules=tuple(sorted({m for process in processes for m in process.foreign})),
        foreign_of_children=_foreign_of_children(children),
    )


def _foreign_of_children(path: Path) -> dict[str, str]:
    """Modules of another commit that processes of tests imported, by test; empty = of any test."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return {}
    imports = [msgspec.json.decode(line, type=_ForeignImport) for line in lines]
    # Of several in one test the first counts.
    return {foreign.test: foreign.module for foreign in reversed(imports)}


def _judged(run: PickedRun, nodeids: tuple[str, ...]) -> Picked:
    """The report without what proves nothing, and why some tests have no outcome."""
    missing = missing_tests(run, nodeids)
    execution = run.execution
    report = execution.report
    return Picked(
        msgspec.structs.replace(
            report,
            results=tuple(r for r in report.results if r.nodeid not in missing),
            failures=tuple(f for f in report.failures if f.nodeid not in missing),
        ),
        missing,
        frozenset(n for n in nodeids if run.is_collected_file(n) and n not in missing),
        execution.interrupted,
        execution.out_of_time,
    )


def _rerooting(folder: Path, root: Path, elsewhere: Path) -> Extra:
    """What makes Python find another tree's own modules in that tree; `folder` takes files."""
    site = folder / "site"
    write_files(site_files(), site)
    old, new = os.path.realpath(root), os.path.realpath(elsewhere)
    users_paths = [p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p]
    source_layout = elsewhere / "src"
    return Extra(
        paths=(str(site), *((str(source_layout),) if source_layout.is_dir() else ())),
        environment={
            "GARDENER_FROM": old,
            "GARDENER_TO": new,
            "GARDENER_CHILDREN": str(folder),
            # A tree is checked out again and again, and Python tells sources apart by size
            # and second only: what it kept of the commit before would be run.
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": os.pathsep.join(rerooted(path, old, new) for path in users_paths),
        },
    )


def rerooted(path: str, old: str, new: str) -> str:
    """The same place in the tree `new` for a path in the tree `old`; any other path as it is."""
    real = os.path.realpath(path)
    return new + real[len(old) :] if real == old or real.startswith(old + os.sep) else path
