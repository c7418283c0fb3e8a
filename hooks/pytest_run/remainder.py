"""What is left of a pytest in which a test ended the process, or did not end: a fresh one runs it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from gardener.model import Phase, WarningCount
from gardener.nodeid import NodeId

from .facts import ENDED_BY_ITSELF, Facts
from .process import Ending
from .rootdirs import Invocation
from .run_report import SOME_FAILED, Ended

MOST_FRESH_STARTS = 50
"""After so many processes that broke off gardener starts no further one for what they left."""
_LIMITS = ("-x", "--exitfirst", "--maxfail", "--sw", "--stepwise")
_NO_LIMITS = ("--maxfail=0",)


class Remainder(NamedTuple):
    """What follows a pytest that broke off: what of it counts, and the run of the rest, if any."""

    ended: Ended
    rest: Invocation | None = None


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
    rest = None if has_run_all else _rest(invocation, facts, root)
    if rest:
        facts = _without_collection(facts)
    facts = facts._replace(status=SOME_FAILED, collected=len(facts.ran), interrupted=False)
    return Remainder(Ended(facts, SOME_FAILED), rest)


def _without_collection(facts: Facts) -> Facts:
    """What it told of its tests; the next process tells the same of the collection."""
    warnings: tuple[WarningCount, ...] = tuple(w for w in facts.warnings if w.when == "runtest")
    return facts._replace(
        failures=tuple(f for f in facts.failures if f.phase is not Phase.COLLECT),
        warnings=warnings,
        deselected=0,
        unfound=(),
    )


def _rest(invocation: Invocation, facts: Facts, root: Path) -> Invocation | None:
    """The same run without the tests that ran, and without files of which all did."""
    ran = {**dict.fromkeys(invocation.ran), **dict.fromkeys(sorted(facts.ran))}
    rest = invocation._replace(ran=tuple(ran))
    if not invocation.paths or facts.unfound:
        return rest
    counts: dict[str, int] = {}
    for nodeid in facts.ran:
        file = NodeId.parse(nodeid).file
        counts[file] = counts.get(file, 0) + 1
    finished = {file for file, count in facts.files.items() if counts.get(file, 0) >= count}
    start = invocation.folder
    paths = [
        path
        for path in invocation.paths
        if _relative(start / NodeId.parse(path).file, root) not in finished
    ]
    return rest._replace(arguments=(*paths, *invocation.ignored)) if paths else None


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
