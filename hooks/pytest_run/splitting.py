"""What is run again, in processes of its own, where one pytest could not hold all of its tests.

Two conftests that register the same option, or one that cannot be imported, end a pytest before its
first test; so does a module that calls `sys.exit` when it is imported. What the failed attempt
tells parts the tests: those below the folder that it stopped at, and all others. A folder that
fails also by itself is a finding.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from gardener.model import Failure, Phase
from gardener.nodeid import NodeId

from .facts import BROKE_OFF, ENDED_BY_ITSELF
from .logs import last_lines
from .one_run import PYTEST_USAGE_ERROR
from .rootdirs import IGNORE, ConfiguredTree, Invocation, is_below, relative
from .run_report import SOME_FAILED, Ended

CONFTEST = "conftest.py"
_IN_TRACEBACK = re.compile(
    r'File "(?P<quoted>[^"\n]*conftest\.py)"|^(?P<plain>\S*conftest\.py):\d+: in ', re.MULTILINE
)


class Split(NamedTuple):
    """What follows a run: further ones, and what of it counts (None: nothing)."""

    further: tuple[Invocation, ...]
    ended: Ended | None


def split(tree: ConfiguredTree, invocation: Invocation, ended: Ended, log: Path) -> Split:
    """What to run after a run that ended, and what it tells itself."""
    failures = [failure for failure in ended.facts.failures if _ends_collection(failure, tree.root)]
    places = dict.fromkeys(_place(failure, tree.root) for failure in failures)
    ran = _went_on(ended)
    if not places and not ran:
        places = dict.fromkeys(_places_in(log, tree.root))
    halves = [(place, *_parted(tree, invocation, place)) for place in places]
    parted = [_Parted(place, a, b) for place, a, b in halves if a and b]
    if not parted:
        further = () if ran or places else _by_chain(tree, invocation, ended)
        return Split(further, None if further else _told(ended, failures))
    if ran:
        away = {part.place for part in parted}
        left = tuple(
            failure
            for failure in ended.facts.failures
            if failure not in failures or _place(failure, tree.root) not in away
        )
        kept = ended._replace(facts=ended.facts._replace(failures=left))
        return Split(tuple(part.inside for part in parted), kept)
    first = parted[0]
    if first.place.endswith(".py"):
        # A module that ends the process would end it again: what it told is all there is.
        return Split((first.rest,), _of_module(ended, first.place))
    return Split((first.inside, first.rest), None)


class _Parted(NamedTuple):
    """The two halves of a run: what lies below a place, and what does not."""

    place: str
    inside: Invocation
    rest: Invocation


def _went_on(ended: Ended) -> bool:
    """Whether pytest came to its tests, or to the end of its collection."""
    if not ended.facts.results and any(not f.nodeid.strip("./") for f in ended.facts.failures):
        return False  # pytest 7 gives all up where a conftest further down is broken
    return bool(ended.facts.results) or (ended.facts.status in ENDED_BY_ITSELF)


def _told(ended: Ended, failures: list[Failure]) -> Ended:
    """A run that ended before its first test and says why in a failure has failed, no more."""
    if not failures or ended.facts.results or ended.facts.status in ENDED_BY_ITSELF:
        return ended
    if any(not BROKE_OFF.isdisjoint(failure.facts) for failure in failures):
        return ended  # who knows what else it took along
    facts = ended.facts._replace(status=SOME_FAILED, internal_error="", collected=0)
    return Ended(facts, SOME_FAILED)


def _of_module(ended: Ended, file: str) -> Ended:
    """What is left to tell of a run that a module ended when it was imported: the next tells all else."""
    facts = ended.facts._replace(
        status=SOME_FAILED,
        failures=tuple(failure for failure in ended.facts.failures if failure.nodeid == file),
        warnings=tuple(warning for warning in ended.facts.warnings if warning.file == file),
        internal_error="",
        collected=0,
    )
    return Ended(facts, SOME_FAILED)


def _ends_collection(failure: Failure, root: Path) -> bool:
    """Whether a failure kept pytest from more than one test file, or ended it."""
    if failure.phase is not Phase.COLLECT:
        return False
    if failure.type == "SystemExit" or not BROKE_OFF.isdisjoint(failure.facts):
        return True
    if not failure.nodeid.strip("./"):
        return _conftest_of(failure, root) is not None
    return _conftest_of(failure, root) == failure.nodeid or (root / failure.nodeid).is_dir()


def _conftest_of(failure: Failure, root: Path) -> str | None:
    """The conftest that a failure is of, or was raised in."""
    for file in (failure.nodeid, *(frame.file for frame in reversed(failure.frames))):
        if PurePosixPath(file).name == CONFTEST and (root / file).is_file():
            return file
    return None


def _place(failure: Failure, root: Path) -> str:
    """The folder, or the module, that a failure is of, relative to the repository."""
    if failure.nodeid.endswith(".py") and PurePosixPath(failure.nodeid).name != CONFTEST:
        return failure.nodeid
    conftest = _conftest_of(failure, root)
    return failure.nodeid.rstrip("/") if conftest is None else _folder(conftest)


def _places_in(log: Path, root: Path) -> Iterator[str]:
    """The folder of the conftest that what pytest printed last names."""
    text = "\n".join(last_lines(log))
    for frame in reversed(list(_IN_TRACEBACK.finditer(text))):
        path = root / (frame["quoted"] or frame["plain"])
        if path.is_file() and path.is_relative_to(root):
            yield _folder(path.relative_to(root).as_posix())
            return


def _folder(file: str) -> str:
    return file.rpartition("/")[0]


def _parted(
    tree: ConfiguredTree, invocation: Invocation, place: str
) -> tuple[Invocation | None, Invocation | None]:
    """A run without what is not below a place, and without what is; None where nothing is left."""
    start = invocation.folder.relative_to(tree.root).as_posix().removeprefix(".")
    paths = [_joined(start, path) for path in invocation.paths] or [start]
    if place.endswith(".py"):
        is_in = any(is_below(place, NodeId.parse(path).file) for path in paths)
        alone = _again(invocation, start, [place])
        return alone if is_in else None, _without_module(invocation, start, place)
    inside: list[str] = []
    rest: list[str] = []
    for path in paths:
        file = NodeId.parse(path).file
        if is_below(file, place):
            inside.append(path)
        elif is_below(place, file):
            inside.append(place)
            rest += _around(tree, invocation, file, place)
        else:
            rest.append(path)
    return _again(invocation, start, inside), _again(invocation, start, rest)


def _without_module(invocation: Invocation, start: str, module: str) -> Invocation | None:
    """The same run without a module; None where that was all, or where it was left out before."""
    ignore = relative(f"{IGNORE}{module}", start)
    files = {path: NodeId.parse(_joined(start, path)).file for path in invocation.paths}
    kept = tuple(path for path, file in files.items() if file != module)
    if ignore in invocation.ignored or (files and not kept):
        return None
    is_among = not kept or any(is_below(module, files[path]) for path in kept)
    aside = (ignore,) if is_among else ()
    return invocation._replace(arguments=(*kept, *invocation.ignored, *aside))


def _again(invocation: Invocation, start: str, paths: list[str]) -> Invocation | None:
    if not paths:
        return None
    moved = tuple(dict.fromkeys(relative(path, start) for path in paths))
    return invocation._replace(arguments=(*moved, *invocation.ignored))


def _joined(start: str, path: str) -> str:
    nodeid = NodeId.parse(path)
    file = os.path.normpath(PurePosixPath(start, nodeid.file)).replace(os.sep, "/")
    return str(nodeid._replace(file="" if file == "." else file))


def _around(tree: ConfiguredTree, invocation: Invocation, top: str, place: str) -> list[str]:
    """Folders and files that hold the tests below `top` but those of `place`.

    Folders where they hold nothing else: what their conftests leave out stays out.
    """
    start = invocation.folder.relative_to(tree.root).as_posix().removeprefix(".")
    out = [_joined(start, argument[len(IGNORE) :]) for argument in invocation.ignored]
    tops = _tops(tree, top)
    widest: dict[str, None] = {}
    for test in tree.tests:
        if is_below(test, top) and not any(is_below(test, o) for o in (place, *out)):
            widest[_widest(test, place, next((t for t in tops if is_below(test, t)), test))] = None
    return list(widest)


def _tops(tree: ConfiguredTree, top: str) -> list[str]:
    """Where plain pytest starts at or below a folder."""
    part = tree.part_of(top)
    if top != part:
        return [top]
    return [path.removeprefix(".") for path in tree.testpaths(part)]


def _widest(test: str, place: str, top: str) -> str:
    """The widest folder around a test, at `top` or below, that does not hold the place."""
    parts = test.split("/")
    for length in range(len(parts)):
        folder = "/".join(parts[:length])
        if is_below(folder, top) and not is_below(place, folder):
            return folder
    return test


def _by_chain(tree: ConfiguredTree, invocation: Invocation, ended: Ended) -> tuple[Invocation, ...]:
    """The run parted by the conftests that apply, where it died and nothing says of which."""
    if ended.status == PYTEST_USAGE_ERROR or not invocation.paths:
        return ()
    start = invocation.folder.relative_to(tree.root).as_posix().removeprefix(".")
    chains: dict[tuple[str, ...], list[str]] = {}
    for argument in invocation.paths:
        path = _joined(start, argument)
        chains.setdefault(_chain(tree.root, NodeId.parse(path).file), []).append(path)
    if len(chains) < 2:
        return ()
    runs = (_again(invocation, start, paths) for paths in chains.values())
    return tuple(filter(None, runs))


def _chain(root: Path, path: str) -> tuple[str, ...]:
    """The folders with a conftest that apply to a file or folder."""
    folders = (p.as_posix() for p in (PurePosixPath(path), *PurePosixPath(path).parents))
    return tuple(folder for folder in folders if (root / folder / CONFTEST).is_file())
