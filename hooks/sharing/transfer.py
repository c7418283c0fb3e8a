"""Between the database of a repository and a shared record.

A shared record names no folder of the machine it was made on: an environment that lies below the
folder of its interpreter is written relative to that, and put below the local one when it comes in.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from gardener.errors import RecordError

from ..record import audits
from ..record.database import NewerError, connect
from ..record.environment import Environment, difference, look, look_elsewhere
from ..record.exchange import RecordedRow, Rows, RunRow, replace, rows_of
from ..record.place import path_of
from .shared_record import SharedRecord, SharedRun, SharedTest, merge, of_interpreter

_HOME = "{environment}"
"""The folder of an interpreter, whose `bin` it lies in, wherever that is."""


def exported(root: Path) -> SharedRecord:
    """What is recorded in a repository; empty where nothing is.

    Raises:
        RecordError: it is damaged, or of another version.
        GitError: there is no repository.
    """
    path = path_of(root)
    if not path.is_file():
        return SharedRecord()
    try:
        with connect(path) as base:
            return _shared(rows_of(base))._replace(audits=audits.read(root))
    except NewerError:
        raise RecordError("the record here is of a newer gardener") from None
    except sqlite3.OperationalError as error:
        if "no such" in str(error):
            return SharedRecord()  # of an older gardener, which the next run makes anew
        raise RecordError(f"the record here cannot be read ({error})") from None
    except (sqlite3.Error, ValueError, zlib.error, KeyError, TypeError):
        raise RecordError("the record here is damaged") from None


def _shared(rows: Rows) -> SharedRecord:
    symbols = tuple(sorted(rows.symbols.values()))
    positions = {symbol: position for position, symbol in enumerate(symbols)}
    moved = {number: positions[symbol] for number, symbol in rows.symbols.items()}
    parts: dict[str, bytes] = {}

    def part(value: object) -> str:
        text = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
        name = hashlib.sha256(text).hexdigest()[:32]
        parts[name] = text
        return name

    runs = {
        run.name: SharedRun(
            run.created, run.commit, interpreter_of(run.environment),
            _portable(run.environment).dumps(),
            part(run.snapshot), part(run.modules), part(run.collected),
        )
        for run in rows.runs
    }  # fmt: skip
    tests: dict[str, list[SharedTest]] = {}
    for row in rows.tests:
        symbols_of, shared = (
            type(numbers)("I", sorted(moved[number] for number in numbers))
            for numbers in (row.symbols, row.shared)
        )
        entry = SharedTest(
            row.run, row.passed, round(row.seconds, 4), symbols_of, shared, row.files, row.opaque
        )
        tests.setdefault(row.nodeid, []).append(entry)
    by_nodeid = {nodeid: tuple(of_test) for nodeid, of_test in tests.items()}
    return merge([SharedRecord(symbols, runs, parts, by_nodeid)])


def interpreter_of(environment: Environment) -> str:
    """The implementation and the language version; a record says nothing for another one."""
    kind = "PyPy" if "PyPy" in environment.installed else "CPython"
    for name in environment.installed:
        version = re.match(r"Python (?:.*?python)?(\d+\.\d+)", name)
        if version:
            return f"{kind} {version[1]}"
    for site in environment.sites:
        version = re.search(r"python(\d+\.\d+)", site)
        if version:
            return f"{kind} {version[1]}"
    return kind


def _portable(environment: Environment) -> Environment:
    home = Path(environment.python).parents[1] if environment.python.count("/") > 1 else None
    if home is None or environment.python.startswith(_HOME):
        return environment

    def moved(place: str) -> str:
        inside = Path(place).is_relative_to(home)
        return f"{_HOME}/{Path(place).relative_to(home)}" if inside else place

    python = moved(environment.python)
    sites = tuple(map(moved, environment.sites))
    return environment._replace(python=python, sites=sites, command=python)


class Imported(NamedTuple):
    """What came in: how many tests, and why it helps less than it could; empty if it does not."""

    tests: int
    reservation: str = ""


def take_in(root: Path, record: SharedRecord, python: str) -> Imported:
    """Merge a record into the one of a repository, for the interpreter `python`.

    Without an interpreter it is kept for its durations.

    Raises:
        RecordError: it is of another interpreter, or the record here cannot be read or written.
    """
    reservation = ""
    if python:
        record, reservation = _localized(root, record, python)
    else:
        reservation = "no interpreter of the project is here yet, so only its durations count"
    try:
        replace(path_of(root), lambda rows: _joined(rows, record, python))
    except NewerError:
        raise RecordError("the record here is of a newer gardener") from None
    except (sqlite3.Error, OSError, ValueError, zlib.error, KeyError, TypeError) as error:
        raise RecordError(f"the record here cannot be read or written ({error})") from None
    audits.add(root, record.audits.values())
    return Imported(len(record.tests), reservation)


def _localized(root: Path, record: SharedRecord, python: str) -> tuple[SharedRecord, str]:
    """The part of a record that is of the interpreter `python`, and how its environment differs."""
    newest = record.newest
    if newest is None:
        return record, ""
    local = _here(root, Environment.loads(newest.environment), python)
    interpreter = interpreter_of(local)
    usable = of_interpreter(record, interpreter)
    newest = usable.newest
    if newest is None:
        interpreters = sorted({run.interpreter for run in record.runs.values()})
        raise RecordError(f"it is of {' and '.join(interpreters)}, and {python} is {interpreter}")
    then = Environment.loads(newest.environment)
    if look_elsewhere(root, then, python, then.settings) is None:
        raise RecordError(f"another checkout is installed in the environment of {python}")
    differs = difference(then, _here(root, then, python))
    return usable, f"the environment is another one here ({differs})" if differs else ""


def _here(root: Path, then: Environment, python: str) -> Environment:
    """What the local interpreter has where the other one had its folders."""
    local = _local(then, python)
    return look(root, local.python, local.sites, then.settings)


def _local(then: Environment, python: str) -> Environment:
    """A portable environment below the local interpreter; what was installed then stays."""
    if not python:
        return then
    home = str(Path(python).parents[1])
    sites = tuple(site.replace(_HOME, home, 1) for site in then.sites)
    return then._replace(python=python, sites=sites, command=python)


def _joined(local: Rows, record: SharedRecord, python: str) -> Rows:
    """The rows of both; what was recorded here keeps its environment."""
    environments = {run.name: run.environment for run in local.runs}
    merged = merge([_shared(local), record])
    loaded: Mapping[str, object] = {name: json.loads(text) for name, text in merged.parts.items()}
    runs = []
    for name, run in sorted(merged.runs.items(), key=lambda pair: (pair[1].created, pair[0])):
        environment = environments.get(name) or _local(Environment.loads(run.environment), python)
        plain = (loaded[run.snapshot], loaded[run.modules], loaded[run.collected])
        runs.append(RunRow(name, run.created, run.commit, environment, *plain))
    tests = (
        RecordedRow(nodeid, entry.run, entry.passed, entry.seconds, entry.symbols, entry.shared,
                dict(entry.files), entry.opaque)
        for nodeid, of_test in merged.tests.items()
        for entry in of_test
    )  # fmt: skip
    return Rows(dict(enumerate(merged.symbols)), runs, tests)
