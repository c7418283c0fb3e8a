"""What is left of a pytest in which a test ended the process, or did not end: a fresh one runs it."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from gardener.model import Failure, Phase
from gardener.nodeid import NodeId

from .facts import BROKE_OFF, ENDED_BY_ITSELF, Facts
from .process import Ending
from .rootdirs import IGNORE, Invocation
from .run_report import SOME_FAILED, Ended

MOST_BREAKS = 50
"""After so many processes that broke off gardener starts no further one for what they left."""
_LIMITS = ("-x", "--exitfirst", "--maxfail", "--sw", "--stepwise")
_NO_LIMITS = ("--maxfail=0",)


class Remainder(NamedTuple):
    """What follows a pytest that broke off: what of it counts, and the runs of the rest, if any."""

    ended: Ended
    rest: tuple[Invocation, ...] = ()


def stops_early(options: tuple[str, ...]) -> bool:
    """Whether the user wants no test after so many failures."""
    return any(
        option.partition("=")[0] in _LIMITS and option not in _NO_LIMITS for option in options
    )


def remainder(invocation: Invocation, ended: Ended, ending: Ending, root: Path) -> Remainder:
    """What to count of a pytest, and what is left to run where a test ended its process.

    One that ended by itself counts as it is. So does one that broke off where no test is to blame.
    """
    facts = ended.facts
    if ending.gave_up and ending.stuck[-1].is_over and facts.status is not None:
        return Remainder(Ended(facts, facts.status))
    broke_off = facts.broke_off
    has_run_all = facts.collected <= len(facts.ran)
    if not broke_off or facts.internal_error:
        return Remainder(ended)
    if facts.status in ENDED_BY_ITSELF and has_run_all:
        return Remainder(ended)
    if facts.interrupted and not ending.gave_up:  # by a test or a plugin: nothing more is wanted
        return Remainder(ended)
    rest: tuple[Invocation, ...] = ()
    if not has_run_all:
        left = _Left(invocation, facts, root)
        rest = left.runs()
        facts = left.told_by_the_first() if rest else facts
    facts = facts._replace(status=SOME_FAILED, collected=len(facts.ran), interrupted=False)
    return Remainder(Ended(facts, SOME_FAILED), rest)


class _Left:
    """What is left of a pytest that broke off.

    Files that are done are not collected again: all their tests ran, or they cannot be collected.
    """

    def __init__(self, invocation: Invocation, facts: Facts, root: Path) -> None:
        self._facts = facts
        self._root = root
        self._start = invocation.folder
        ran = {**dict.fromkeys(invocation.ran), **dict.fromkeys(sorted(facts.ran))}
        self._invocation = invocation._replace(ran=tuple(ran))
        counts: dict[str, int] = {}
        for nodeid in facts.ran:
            file = NodeId.parse(nodeid).file
            counts[file] = counts.get(file, 0) + 1
        finished = {file for file, count in facts.files.items() if counts.get(file, 0) >= count}
        broken = {failure.nodeid for failure in facts.failures if _is_of_a_module(failure)}
        # What pytest did not find in a file is looked for, and told, by the process that follows.
        unfound = {os.path.realpath(self._start / NodeId.parse(n).file) for n in facts.unfound}
        asked_for = {self._file_of(path) for path in invocation.paths}
        done = (finished | broken) & asked_for
        self._done = {file for file in done if os.path.realpath(root / file) not in unfound}
        blamed = {NodeId.parse(nodeid).file for nodeid in facts.broke_off}
        self._unfinished = sorted(blamed - finished)

    def runs(self) -> tuple[Invocation, ...]:
        """What to run: what else is in the file of the test that broke off, then all others.

        Where one test of a file hangs or crashes, the next one often does: by itself that
        costs the collection of one file, and not of all.
        """
        paths = [p for p in self._invocation.paths if self._file_of(p) not in self._done]
        if self._invocation.paths and not paths:
            return ()
        rest = self._with(paths)
        if len(self._unfinished) != 1 or "[" in self._unfinished[0]:
            return (rest,)
        file = self._unfinished[0]
        of_file = [path for path in paths if self._file_of(path) == file]
        others = [path for path in paths if path not in of_file]
        if of_file and not others:
            return (rest,)
        own = os.path.relpath(self._root / file, self._start).replace(os.sep, "/")
        if of_file:
            return self._with(of_file), self._with(others)
        if own.startswith(("-", "..")):
            return (rest,)
        return self._with([own]), self._with(others, f"{IGNORE}{own}")

    def told_by_the_first(self) -> Facts:
        """What it told of its tests, and of files that are done; what follows tells the rest."""
        return self._facts._replace(
            failures=tuple(
                failure
                for failure in self._facts.failures
                if failure.phase is not Phase.COLLECT or failure.nodeid in self._done
            ),
            warnings=tuple(
                warning
                for warning in self._facts.warnings
                if warning.when == "runtest" or warning.file in self._done
            ),
            deselected=0,
            unfound=(),
        )

    def _with(self, paths: list[str], *aside: str) -> Invocation:
        arguments = (*paths, *self._invocation.ignored, *aside)
        return self._invocation._replace(arguments=arguments)

    def _file_of(self, argument: str) -> str:
        """The file of an argument, relative to the repository."""
        path = Path(os.path.normpath(self._start / NodeId.parse(argument).file))
        return (
            path.relative_to(self._root).as_posix()
            if path.is_relative_to(self._root)
            else str(path)
        )


def _is_of_a_module(failure: Failure) -> bool:
    """Whether one test module cannot be imported, and nothing else is concerned."""
    if failure.phase is not Phase.COLLECT or failure.type == "SystemExit":
        return False
    is_module = (
        failure.nodeid.endswith(".py") and PurePosixPath(failure.nodeid).name != "conftest.py"
    )
    return is_module and BROKE_OFF.isdisjoint(failure.facts)
