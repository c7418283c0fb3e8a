"""Runs just the tests it is given: on the tree as it is, or on another one checked out beside it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from gardener.config import Config
from gardener.model import Report, Selected, Selection
from gardener.reports.history import Where

from ..plugin import PICKER, site_files, write_files
from .events import Tail
from .process import Execution, Extra, execute


class Picked(NamedTuple):
    """A run of some tests. `missing` maps those without an outcome to why; empty = no such test.

    `collected` are files without tests among the wanted ones that could be collected.
    """

    report: Report
    missing: dict[str, str]
    collected: frozenset[str] = frozenset()
    interrupted: bool = False
    out_of_time: bool = False


class _Seen(msgspec.Struct):
    """What one process of pytest saw; see `hooks/plugin/picker.py`."""

    there: list[str]
    files: dict[str, str]
    foreign: list[str]


class _Child(msgspec.Struct):
    """What a process that a test started imported; see `hooks/plugin/foreign.py`."""

    test: str
    foreign: str


class Setting(NamedTuple):
    """Where tests run and how; `here` is the content that they run on, `say` talks to the user."""

    root: Path
    python: str
    config: Config
    here: Where
    pytest_args: tuple[str, ...] = ()
    progress: Callable[[Tail], None] | None = None
    say: Callable[[str], None] = lambda _: None


def pick(
    setting: Setting,
    nodeids: tuple[str, ...],
    *,
    elsewhere: Path | None = None,
    serial: bool = False,
    seconds: float | None = None,
) -> Picked:
    """Run these tests, in this order, with the same interpreter and settings.

    `elsewhere` is the tree to run in, when it is not the user's: then imports of the
    project's own modules must come from there, else nothing is known of any test.
    `serial` keeps pytest-xdist out.
    """
    root = setting.root
    tree = elsewhere or root
    files = tuple(dict.fromkeys(nodeid.partition("::")[0] for nodeid in nodeids))
    there = tuple(file for file in files if (tree / file).is_file())
    if not there:
        return Picked(Report(created=""), {n: _no_file(tree, n) for n in nodeids})
    with tempfile.TemporaryDirectory(prefix="gardener-", ignore_cleanup_errors=True) as name:
        place = Path(name).resolve()
        seen = place / "seen"
        seen.mkdir()
        (seen / "wanted.json").write_text(json.dumps(nodeids), encoding="utf-8")
        with _rerooted(place, root, elsewhere) as extra:
            done = execute(
                tree,
                setting.python,
                Selection(tests=tuple(Selected(file, "picked") for file in there)),
                setting.config,
                pytest_args=setting.pytest_args,
                seconds=seconds,
                progress=setting.progress,
                extra=extra._replace(
                    arguments=("-p", PICKER),
                    environment={
                        **extra.environment,
                        "GARDENER_PICKED": str(seen),
                        "GARDENER_SERIAL": "1" if serial else "",
                        # What the tests cover here must not replace what the user measured.
                        "COVERAGE_FILE": str(place / "coverage"),
                    },
                ),
            )
        saw = [
            msgspec.json.decode(path.read_bytes(), type=_Seen) for path in seen.glob("seen-*.json")
        ]
        children = _children(place / "children.jsonl")
    return _told(done, nodeids, saw, tree, children)


def _children(noted: Path) -> dict[str, str]:
    """Modules of another commit that processes of tests imported, by test; empty = of any test."""
    try:
        found = [msgspec.json.decode(line, type=_Child) for line in noted.read_bytes().splitlines()]
    except OSError:
        return {}
    return {one.test: one.foreign for one in reversed(found)}


@contextlib.contextmanager
def _rerooted(place: Path, root: Path, elsewhere: Path | None) -> Iterator[Extra]:
    """What lets Python find, in another tree, that tree's own modules first."""
    if elsewhere is None:
        yield Extra()
        return
    site = place / "site"
    write_files(site_files(), site)
    old, new = os.path.realpath(root), os.path.realpath(elsewhere)
    theirs = [p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p]
    layout = elsewhere / "src"
    yield Extra(
        paths=(str(site), *((str(layout),) if layout.is_dir() else ())),
        environment={
            "GARDENER_FROM": old,
            "GARDENER_TO": new,
            "GARDENER_CHILDREN": str(place),
            # A tree is checked out again and again, and Python tells sources apart by size
            # and second only: what it kept of the commit before would be run.
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": os.pathsep.join(_moved(p, old, new) for p in theirs),
        },
    )


def _moved(path: str, old: str, new: str) -> str:
    full = os.path.realpath(path)
    return new + full[len(old) :] if full == old or full.startswith(old + os.sep) else path


def _no_file(tree: Path, nodeid: str) -> str:
    """Why a test without a file in this tree is missing; empty: it does not exist there."""
    file = nodeid.partition("::")[0]
    for folder in (tree / file).parents:
        if folder == tree:
            break
        # git leaves the place of a submodule empty.
        if folder.is_dir() and not any(folder.iterdir()):
            return f"{folder.relative_to(tree)} is a submodule, which was not checked out."
    return ""


def _told(
    done: Execution,
    nodeids: tuple[str, ...],
    saw: list[_Seen],
    tree: Path,
    children: dict[str, str],
) -> Picked:
    report = done.report
    foreign = sorted({name for one in saw for name in one.foreign})
    missing: dict[str, str] = {}
    # What such a run says is about some mixture of two commits.
    if foreign:
        more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        why = f"Its modules were not imported from that commit: {foreign[0]}{more}."
        missing = dict.fromkeys(nodeids, why)
    elif children:
        why = "A process that it starts does not import from that commit: {}."
        mixed = nodeids if "" in children else children
        missing = {n: why.format(children.get(n) or children[""]) for n in mixed}
    report = msgspec.structs.replace(
        report,
        results=tuple(r for r in report.results if r.nodeid not in missing),
        failures=tuple(f for f in report.failures if f.nodeid not in missing),
    )
    known = {result.nodeid for result in report.results}
    broken = {failure.nodeid for failure in report.failures if failure.phase == "collect"}
    files = {name: outcome for one in saw for name, outcome in one.files.items()}
    there = {name for one in saw for name in one.there}
    collected = frozenset(
        n for n in nodeids if "::" not in n and files.get(n) == "passed" and n not in missing
    )
    for nodeid in nodeids:
        file = nodeid.partition("::")[0]
        if nodeid in known or nodeid in broken or nodeid in collected or nodeid in missing:
            continue
        if not (tree / file).is_file():
            missing[nodeid] = _no_file(tree, nodeid)
        elif nodeid in there:
            missing[nodeid] = _unended(done)
        elif file in broken:
            missing[nodeid] = f"{file} could not be collected there."
        elif files.get(file) == "skipped":
            missing[nodeid] = f"{file} is skipped there."
        elif files.get(file) != "passed":
            missing[nodeid] = _unstarted(done)
        elif re.search(r"0x[0-9a-fA-F]{6,}", nodeid):
            missing[nodeid] = "Its name holds an address, which is another one in each run."
        else:
            missing[nodeid] = ""
    return Picked(report, missing, collected, done.interrupted, done.out_of_time)


def _unended(done: Execution) -> str:
    if done.out_of_time:
        return "There was no time left to run it there."
    return "It did not run to its end there."


def _unstarted(done: Execution) -> str:
    """Why pytest did not get to collect a file."""
    if done.interrupted:
        return "The run was interrupted."
    if done.out_of_time:
        return "There was no time left to run it there."
    report = done.report
    if report.internal_error:
        last = report.internal_error.strip().splitlines()[-1]
        return f"pytest died there of an internal error: {last[:200]}."
    said = _last_words(done)
    return f"pytest could not run there (exit status {report.exit_status}{said})."


def _last_words(done: Execution) -> str:
    from .process import log_text

    for log in done.logs[-1:]:
        said = [line.strip() for line in log_text(log, 60).splitlines() if line.strip()]
        for word in ("error: ", "Error: ", "ERROR"):
            for line in said:
                if word in line and "usage:" not in line:
                    return f": {line[:160].rstrip('.')}"
    return ""
