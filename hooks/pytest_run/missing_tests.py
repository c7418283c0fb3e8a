"""Why picked tests have no outcome on the tree where they ran."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from gardener.nodeid import file_of
from gardener.text import last_exception

from .crash import status_in_words
from .execution import Execution
from .logs import last_lines

NO_SUCH_TEST = ""
"""The reason of a test that does not exist there."""
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")


class PickedRun(NamedTuple):
    """A run of picked tests, and what its processes saw.

    `tests` are the picked ones that pytest collected, `file_outcomes` what came of
    collecting each file (`passed`, `failed`, `skipped`), `not_collected` the files and
    classes for which that failed. `foreign_modules` are modules of the project that were
    imported from elsewhere than `tree`; `foreign_of_children` those that processes of tests
    imported, by test, or under an empty name where any test may have started the process.
    """

    tree: Path
    execution: Execution
    tests: frozenset[str] = frozenset()
    file_outcomes: Mapping[str, str] = MappingProxyType({})
    not_collected: frozenset[str] = frozenset()
    foreign_modules: tuple[str, ...] = ()
    foreign_of_children: Mapping[str, str] = MappingProxyType({})

    def is_collected_file(self, nodeid: str) -> bool:
        """Whether a nodeid is that of a file that pytest could collect."""
        return file_of(nodeid) == nodeid and self.file_outcomes.get(nodeid) == "passed"


def missing_tests(run: PickedRun, nodeids: tuple[str, ...]) -> dict[str, str]:
    """The tests without an outcome that counts, each with the reason; empty = no such test."""
    missing = mixed_tests(run, nodeids)
    answered = run.not_collected.union(
        (result.nodeid for result in run.execution.report.results),
        (nodeid for nodeid in nodeids if run.is_collected_file(nodeid)),
    )
    for nodeid in nodeids:
        if nodeid not in answered and nodeid not in missing:
            missing[nodeid] = why_missing(run, nodeid)
    return missing


def mixed_tests(run: PickedRun, nodeids: tuple[str, ...]) -> dict[str, str]:
    """Tests that ran on some mixture of two commits: what they did says nothing of either."""
    if run.foreign_modules:
        first, *further = run.foreign_modules
        names = f"{first} and {len(further)} more" if further else first
        return dict.fromkeys(nodeids, f"Its modules were not imported from that commit: {names}.")
    modules = run.foreign_of_children
    # Without a name it may be of any test.
    mixed = nodeids if "" in modules else tuple(modules)
    reason = "A process that it starts does not import from that commit: {}."
    return {nodeid: reason.format(modules.get(nodeid) or modules[""]) for nodeid in mixed}


def why_missing(run: PickedRun, nodeid: str) -> str:
    """Why a test has no outcome: what the first rule that knows it says."""
    for rule in _RULES:
        reason = rule(run, nodeid)
        if reason is not None:
            return reason
    return NO_SUCH_TEST


def _no_file(run: PickedRun, nodeid: str) -> str | None:
    file = file_of(nodeid)
    return None if (run.tree / file).is_file() else no_file(run.tree, file)


def no_file(tree: Path, file: str) -> str:
    """Why a test without a file in this tree is missing; empty: it does not exist there."""
    for folder in (tree / file).parents:
        if folder == tree:
            break
        # git leaves the place of a submodule empty.
        if folder.is_dir() and not any(folder.iterdir()):
            return f"{folder.relative_to(tree)} is a submodule, which was not checked out."
    return NO_SUCH_TEST


def _did_not_end(run: PickedRun, nodeid: str) -> str | None:
    if nodeid not in run.tests:
        return None
    if run.execution.out_of_time:
        return "There was no time left to run it there."
    return "It did not run to its end there."


def _file_not_collected(run: PickedRun, nodeid: str) -> str | None:
    file = file_of(nodeid)
    if file in run.not_collected:
        return f"{file} could not be collected there."
    outcome = run.file_outcomes.get(file)
    if outcome == "passed":
        return None
    return f"{file} is skipped there." if outcome == "skipped" else why_not_started(run.execution)


def _name_changes(_run: PickedRun, nodeid: str) -> str | None:
    if _ADDRESS.search(nodeid):
        return "Its name holds an address, which is another one in each run."
    return None


_RULES: tuple[Callable[[PickedRun, str], str | None], ...] = (
    _no_file,
    _did_not_end,
    _file_not_collected,
    _name_changes,
)


def why_not_started(execution: Execution) -> str:
    """Why pytest did not get to collect a file."""
    if execution.interrupted:
        return "The run was interrupted."
    if execution.out_of_time:
        return "There was no time left to run it there."
    report = execution.report
    if report.internal_error:
        last = last_exception(report.internal_error)
        return f"pytest died there of an internal error: {last[:200]}."
    error = _last_error(execution)
    return f"pytest could not run there ({status_in_words(report.exit_status)}{error})."


def _last_error(execution: Execution) -> str:
    """The line of pytest's output that looks most like its reason, behind a colon; else empty."""
    for log in execution.logs[-1:]:
        lines = [line.strip() for line in last_lines(log, 60)]
        for word in ("error: ", "Error: ", "ERROR"):
            for line in lines:
                if word in line and "usage:" not in line:
                    return f": {line[:160].rstrip('.')}"
    return ""
