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

from gardener.model import Failure

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gardener-grouping"
MOST_TESTS = 40
SECONDS = 60


class Mutant(msgspec.Struct):
    """One cause: where and how it was made, the tests that ran, the failures that it gave.

    `executed` has the functions that each failing test executed, as places in `symbols`;
    `born` the exceptions that came up in them, with their types.
    """

    library: str
    kind: str
    place: str
    failures: tuple[Failure, ...]
    ran: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    executed: dict[str, tuple[int, ...]] = {}
    born: dict[str, tuple[tuple[int, str], ...]] = {}


class Traced(NamedTuple):
    """What gardener's own tracing tells of each test: functions, and exceptions that came up."""

    executed: dict[str, frozenset[str]]
    born: dict[str, tuple[tuple[str, str], ...]]


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
            wanted = f"{library.name}=={library.version}"
            pip = [python, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:"]
            subprocess.run([*pip, "-d", folder, wanted], check=True)
            (archive,) = Path(folder).iterdir()
            with tarfile.open(archive) as packed:
                packed.extraction_filter = getattr(tarfile, "data_filter", None)  # from 3.11.4 on
                packed.extractall(folder)
            archive.unlink()
            (unpacked,) = (p for p in Path(folder).iterdir() if p.is_dir())
            shutil.copytree(unpacked, top)
    return top, str(python)


def run(library: Library, top: Path, python: str, args: list[str], **extra: str) -> int:
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
    """Green tests by the function that they reach, from one recorded run."""
    out = CACHE / "work" / f"reach-{library.name}.json"
    if not out.exists():
        run(
            library, top, python, ["-p", "reach", "--continue-on-collection-errors", "tests"],
            plugins=str(HERE), BENCH_TOP=str(top / library.package), BENCH_OUT=str(out),
        )  # fmt: skip
    known = json.loads(out.read_text())
    red = set(known.pop("not green", ()))
    known.pop("while collecting", None)
    return {name: [t for t in tests if t not in red] for name, tests in known.items()}


def unbroken(library: Library, interpreter: str = "") -> Traced:
    """The same of every test of the library as it is; kept, because it takes long."""
    kept = CACHE / f"{library.name}-unbroken.json"
    if not kept.exists():
        top, python = prepare(library, interpreter)
        _, found = recorded(library, top, python, ["tests"])
        kept.write_bytes(msgspec.json.encode(found))
    return msgspec.json.decode(kept.read_bytes(), type=Traced)


def recorded(library: Library, top: Path, python: str, tests: list[str]) -> tuple[tuple, Traced]:
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
    files = {result.nodeid.partition("::")[0] for result in facts.results}
    return facts.failures, Traced(*traced(facts.traces, files))


def planned(library: Library, top: Path, python: str, rng: random.Random):
    """Mutations in random order, each with its file and the tests that reach it."""
    reached = reach(library, top, python)
    by_file: dict[str, set[str]] = {}
    candidates: list[tuple[str, Path, str, list[str]]] = []
    for name, tests in sorted(reached.items()):
        file, _, function = name.rpartition(":")
        by_file.setdefault(file, set()).update(tests)
        if len(tests) >= 2 and "<" not in function:
            candidates.append(("function", Path(file), function, tests))
    for file, found in sorted(by_file.items()):
        candidates += [("import", Path(file), "", sorted(found))] * 2
    test_files = sorted({t.partition("::")[0] for tests in reached.values() for t in tests})
    everything = sorted({t for tests in reached.values() for t in tests})
    for name in test_files:
        own = [t for t in everything if t.startswith(name + "::")]
        candidates += [("fixture", top / name, "", own)] * 2
    for conftest in sorted((top / "tests").rglob("conftest.py")):
        candidates += [("fixture", conftest, "", everything)] * 4
    rng.shuffle(candidates)
    for what, file, function, tests in candidates:
        if len(tests) > 600 and what == "function" and rng.random() < 0.5:
            continue  # what every test reaches would outweigh all the rest
        source = file.read_text()
        if what == "function":
            options = list(mutate(source, function, rng))
        else:
            options = list(removed_imports(source) if what == "import" else fixtures(source))
            rng.shuffle(options)
        if options:
            yield what, file, options[0], tests


def mutants(library: Library, wanted: int, interpreter: str) -> Iterator[Mutant]:
    rng = random.Random(library.name)
    top, python = prepare(library, interpreter)
    kinds: Counter[str] = Counter()
    made = 0
    for what, file, mutation, tests in planned(library, top, python, rng):
        if made >= wanted:
            break
        if kinds[mutation.kind] >= max(2, wanted // 6):
            continue
        picked = sorted(rng.sample(tests, min(len(tests), MOST_TESTS)))
        found, trace = apart(library, top, python, file, mutation, picked)
        if what == "import" and len(found) > MOST_TESTS:
            found = found[:MOST_TESTS]
        if not found:
            continue
        kinds[mutation.kind] += 1
        made += 1
        place = f"{file.relative_to(top)}:{mutation.function}"
        print(f"  {library.name}: {mutation.kind:20} {place:60} {len(found)}", file=sys.stderr)
        yield Mutant(
            library.name, mutation.kind, place, found, tuple(picked), *_numbered(found, trace)
        )


def _numbered(found: tuple, trace: Traced) -> tuple:
    """The trace of the failing tests, each symbol written once."""
    red = {failure.nodeid for failure in found}
    executed = {test: own for test, own in trace.executed.items() if test in red}
    born = {test: own for test, own in trace.born.items() if test in red}
    symbols = sorted(
        {
            *(s for own in executed.values() for s in own),
            *(s for own in born.values() for s, _ in own),
        }
    )
    number = {symbol: n for n, symbol in enumerate(symbols)}
    return (
        tuple(symbols),
        {test: tuple(sorted(number[s] for s in own)) for test, own in executed.items()},
        {test: tuple((number[s], error) for s, error in own) for test, own in born.items()},
    )


def apart(
    library: Library, top: Path, python: str, file: Path, mutation: Mutation, tests: list[str]
) -> tuple[tuple, Traced]:
    """Apply a mutation, run, and put the file back whatever happens."""
    before = file.read_text()
    try:
        file.write_text(mutation.source)
        return recorded(library, top, python, tests)
    finally:
        file.write_text(before)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=24, help="how many a library")
    parser.add_argument("--only", action="append", default=[], help="this library alone")
    parser.add_argument("--python", default=sys.executable, help="an interpreter, 3.12 or newer")
    chosen = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the file is put back
    for library in LIBRARIES:
        if chosen.only and library.name not in chosen.only:
            continue
        unbroken(library, chosen.python)
        with (CACHE / f"{library.name}.jsonl").open("wb") as out:
            for one in mutants(library, chosen.mutants, chosen.python):
                out.write(msgspec.json.encode(one) + b"\n")
                out.flush()


if __name__ == "__main__":
    main()
