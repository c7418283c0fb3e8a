"""Makes labelled failures: one mutation of a real library at a time, its tests run, recorded.

    python bench/grouping/generate.py [--mutants 24] [--only NAME]...

Writes `~/.cache/gardener-grouping/NAME.jsonl`, one mutant a line, with the version
of the library and the seed. Needs Python 3.12 or newer and a package index.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
from libraries import LIBRARIES, Library
from mutations import Mutation, fixtures, mutate, removed_imports

from gardener.diagnosis.suspects import RaisedAt
from gardener.model import Failure
from gardener.nodeid import file_of

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gardener-grouping"
MOST_TESTS = 40
SECONDS = 60


class Mutant(msgspec.Struct):
    """One cause: where and how it was made, the tests that ran, the failures that it gave.

    `executed` has the functions that each failing test executed, as indexes of `symbols`;
    `raised` the exceptions that were raised in them, with their types.
    """

    library: str
    kind: str
    place: str
    failures: tuple[Failure, ...]
    ran: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    executed: dict[str, tuple[int, ...]] = {}
    raised: dict[str, tuple[tuple[int, str], ...]] = msgspec.field(
        name="born", default_factory=dict
    )


class Traced(NamedTuple):
    """What gardener's own tracing tells of each test: functions, and exceptions raised in them."""

    executed: dict[str, frozenset[str]]
    raised: dict[str, tuple[RaisedAt, ...]]


def prepare(library: Library, interpreter: str) -> tuple[Path, str]:
    """Unpack a source distribution and make an interpreter that can run its tests."""
    top = CACHE / "work" / library.name
    python = CACHE / "work" / "venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([interpreter, "-m", "venv", python.parents[1]], check=True)
    if not top.exists():
        quiet = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*quiet, "pytest", *library.needs], check=True)
        with tempfile.TemporaryDirectory() as folder:
            requirement = f"{library.name}=={library.version}"
            pip = [python, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:"]
            subprocess.run([*pip, "-d", folder, requirement], check=True)
            (archive,) = Path(folder).iterdir()
            with tarfile.open(archive) as packed:
                packed.extraction_filter = getattr(tarfile, "data_filter", None)  # from 3.11.4 on
                packed.extractall(folder)
            archive.unlink()
            (unpacked,) = (p for p in Path(folder).iterdir() if p.is_dir())
            shutil.copytree(unpacked, top)
    return top, str(python)


def run(library: Library, top: Path, python: str, args: list[str], **extra: str) -> int:
    """Run pytest in a library with further environment variables; `plugins` is a folder."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([extra.pop("plugins"), str(top / library.source)]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        **extra,
    }
    command = [
        python,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir=.",
        *library.args,
        *args,
    ]
    child = subprocess.Popen(
        command, cwd=top, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    )
    try:
        return child.wait(SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        return -9


def reach(library: Library, top: Path, python: str) -> dict[str, list[str]]:
    """Passing tests by the function that they reach, from one recorded run."""
    out = CACHE / "work" / f"reach-{library.name}.json"
    if not out.exists():
        run(
            library, top, python, ["-p", "reach", "--continue-on-collection-errors", "tests"],
            plugins=str(HERE), BENCH_TOP=str(top / library.package), BENCH_OUT=str(out),
        )  # fmt: skip
    reached = json.loads(out.read_text())
    failing = set(reached.pop("not green", ()))
    reached.pop("while collecting", None)
    return {name: [t for t in tests if t not in failing] for name, tests in reached.items()}


def unbroken(library: Library, interpreter: str = "") -> Traced:
    """The trace of every test of the library as it is; cached, because it takes long."""
    cache = CACHE / f"{library.name}-unbroken.json"
    if not cache.exists():
        top, python = prepare(library, interpreter)
        _, trace = recorded(library, top, python, ["tests"])
        cache.write_bytes(msgspec.json.encode(trace))
    return msgspec.json.decode(cache.read_bytes(), type=Traced)


def recorded(
    library: Library, top: Path, python: str, tests: list[str]
) -> tuple[tuple[Failure, ...], Traced]:
    """What gardener's own recorder says of a run of these tests."""
    from gardener.hooks.plugin import RECORDER, plugin_files, write_files
    from gardener.hooks.pytest_run.events import read
    from gardener.hooks.record.suspicion import traced

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        write_files(plugin_files(), place / "plugin")
        (place / "stream").mkdir()
        run(
            library, top, python,
            ["-p", RECORDER, "--continue-on-collection-errors", *tests],
            plugins=str(place / "plugin"),
            GARDENER_STREAM=str(place / "stream"), GARDENER_ROOT=str(top), GARDENER_TRACE="1",
        )  # fmt: skip
        facts = read(place / "stream")
    files = {file_of(result.nodeid) for result in facts.results}
    return facts.failures, Traced(*traced(facts.traces, files))


class Candidate(NamedTuple):
    """Something to mutate: a function, an import or a fixture, and the tests that reach it."""

    kind: str
    file: Path
    function: str
    tests: list[str]


def candidates(library: Library, top: Path, python: str) -> Iterator[Candidate]:
    """All that can be mutated; what there is little of comes several times."""
    reached = reach(library, top, python)
    by_file: dict[str, set[str]] = {}
    for name, tests in sorted(reached.items()):
        file, _, function = name.rpartition(":")
        by_file.setdefault(file, set()).update(tests)
        if len(tests) >= 2 and "<" not in function:
            yield Candidate("function", Path(file), function, tests)
    for file, tests_of_file in sorted(by_file.items()):
        yield from [Candidate("import", Path(file), "", sorted(tests_of_file))] * 2
    every_test = sorted({test for tests in reached.values() for test in tests})
    by_test_file: dict[str, list[str]] = {}
    for test in every_test:
        by_test_file.setdefault(file_of(test), []).append(test)
    for file, tests in sorted(by_test_file.items()):
        yield from [Candidate("fixture", top / file, "", tests)] * 2
    for conftest in sorted((top / "tests").rglob("conftest.py")):
        yield from [Candidate("fixture", conftest, "", every_test)] * 4


def planned(
    library: Library, top: Path, python: str, rng: random.Random
) -> Iterator[tuple[Candidate, Mutation]]:
    """Mutations in random order."""
    shuffled = list(candidates(library, top, python))
    rng.shuffle(shuffled)
    for candidate in shuffled:
        if len(candidate.tests) > 600 and candidate.kind == "function" and rng.random() < 0.5:
            continue  # what every test reaches would outweigh all the rest
        source = candidate.file.read_text()
        if candidate.kind == "function":
            options = list(mutate(source, candidate.function, rng))
        else:
            is_import = candidate.kind == "import"
            options = list(removed_imports(source) if is_import else fixtures(source))
            rng.shuffle(options)
        if options:
            yield candidate, options[0]


def mutants(library: Library, limit: int, interpreter: str) -> Iterator[Mutant]:
    """Mutants of a library that make tests fail, at most `limit`."""
    rng = random.Random(library.name)
    top, python = prepare(library, interpreter)
    kinds: Counter[str] = Counter()
    for candidate, mutation in planned(library, top, python, rng):
        if kinds.total() >= limit:
            break
        if kinds[mutation.kind] >= max(2, limit // 6):
            continue
        sample_size = min(len(candidate.tests), MOST_TESTS)
        sample = sorted(rng.sample(candidate.tests, sample_size))
        failures, trace = mutated(library, top, python, candidate.file, mutation, sample)
        if candidate.kind == "import":
            failures = failures[:MOST_TESTS]
        if not failures:
            continue
        kinds[mutation.kind] += 1
        place = f"{candidate.file.relative_to(top)}:{mutation.function}"
        print(f"  {library.name}: {mutation.kind:20} {place:60} {len(failures)}", file=sys.stderr)
        yield mutant(library, mutation, place, failures, sample, trace)


def mutant(
    library: Library,
    mutation: Mutation,
    place: str,
    failures: tuple[Failure, ...],
    sample: list[str],
    trace: Traced,
) -> Mutant:
    """A mutant with the trace of its failing tests, each symbol written once."""
    failing = {failure.nodeid for failure in failures}
    executed = {test: symbols for test, symbols in trace.executed.items() if test in failing}
    raised = {test: errors for test, errors in trace.raised.items() if test in failing}
    symbols = sorted(
        {
            *(symbol for of_test in executed.values() for symbol in of_test),
            *(error.symbol for errors in raised.values() for error in errors),
        }
    )
    index = {symbol: n for n, symbol in enumerate(symbols)}
    return Mutant(
        library=library.name,
        kind=mutation.kind,
        place=place,
        failures=failures,
        ran=tuple(sample),
        symbols=tuple(symbols),
        executed={test: tuple(sorted(index[s] for s in ran)) for test, ran in executed.items()},
        raised={
            test: tuple((index[error.symbol], error.type) for error in errors)
            for test, errors in raised.items()
        },
    )


def mutated(
    library: Library, top: Path, python: str, file: Path, mutation: Mutation, tests: list[str]
) -> tuple[tuple[Failure, ...], Traced]:
    """Apply a mutation, run, and put the file back whatever happens."""
    original = file.read_text()
    try:
        file.write_text(mutation.source)
        return recorded(library, top, python, tests)
    finally:
        file.write_text(original)


def main() -> None:
    """Make the mutants of each library."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=24, help="how many a library")
    parser.add_argument("--only", action="append", default=[], help="this library alone")
    parser.add_argument("--python", default=sys.executable, help="an interpreter, 3.12 or newer")
    options = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the file is put back
    for library in LIBRARIES:
        if options.only and library.name not in options.only:
            continue
        unbroken(library, options.python)
        with (CACHE / f"{library.name}.jsonl").open("wb") as out:
            for broken in mutants(library, options.mutants, options.python):
                out.write(msgspec.json.encode(broken) + b"\n")
                out.flush()


if __name__ == "__main__":
    main()
