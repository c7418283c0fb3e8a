"""What the static graph selects for each function, against the tests that execute it.

    python bench/reach.py FOLDER --python EXE [--record FILE] [--worst N] [-- PYTEST ARGS]

FOLDER is a project with its suite; it is copied, never written to. The suite runs once under
EXE (Python 3.12 or newer, with all that the suite needs) and records which test executes
which function; with `--record` that is kept in FILE and read from there the next time. Then
each function's body counts as changed in turn, and what the graph selects for that is held
against the tests that executed it: none may be missing. Printed are the functions of the
package (not those of its tests) that some test executes, what is selected for them (mean
and median of all tests), what executed them, and each function with a missing test.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from gardener.hooks.changes import compare
from gardener.hooks.selection.graph.graph import Graph
from gardener.hooks.selection.graph.graph_cache import graph_of
from gardener.hooks.selection.graph.import_time import ImportTime
from gardener.hooks.selection.graph.reach import reach
from gardener.hooks.selection.link.linked_file import FUNCTIONS
from gardener.hooks.selection.tree import SourceTree

from gardener.model import Mode, Symbol
from gardener.nodeid import file_of, without_parameters

PLUGIN = Path(__file__).parent / "grouping"
COLLECTING = "while collecting"
LEFT_OUT = ("__pycache__", ".git", ".venv", "*.pyc", "node_modules")


class Row(NamedTuple):
    """One function: who executes it, who is selected for it, and who is missing.

    `early` says why all are selected: "early" because an error in it stops the collection of
    tests, "early?" where the recorded collection did not execute it; else empty.
    """

    symbol: Symbol
    executed: frozenset[str]
    selected: int
    missing: tuple[str, ...]
    early: str


def record(root: Path, python: str, arguments: list[str]) -> dict[str, list[str]]:
    """The tests by the functions that they execute, as `file:qualified name`."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "reach.json"
        paths = [str(PLUGIN), str(root / "src"), str(root), os.environ.get("PYTHONPATH", "")]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(p for p in paths if p),
            "BENCH_TOP": str(root),
            "BENCH_OUT": str(out),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        command = [python, "-m", "pytest", "-q", "-p", "reach", "-p", "no:cacheprovider"]
        done = subprocess.run(
            [*command, *arguments], cwd=root, env=environment, capture_output=True, text=True
        )
        print(done.stdout.strip().rpartition("\n")[2], file=sys.stderr)
        if not out.exists():
            sys.exit(done.stdout[-3000:] + done.stderr[-3000:])
        found: dict[str, list[str]] = json.loads(out.read_text())
    start = f"{root}/"
    found[COLLECTING] = [name.removeprefix(start) for name in found[COLLECTING]]
    return {name.removeprefix(start): tests for name, tests in found.items()}


def copy(folder: Path, root: Path) -> None:
    """The project in a git repository of its own."""
    shutil.copytree(folder, root, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
    git = ["git", "-c", "user.name=b", "-c", "user.email=b@example.org", "-c", "gc.auto=0"]
    for command in (["init", "-q"], ["add", "-Af"], ["commit", "-qm", "all"]):
        subprocess.run([*git, *command], cwd=root, check=True, capture_output=True)


def by_symbol(graph: Graph, recorded: dict[str, list[str]]) -> dict[Symbol, set[str]]:
    """The tests by the symbols whose bodies they execute."""
    tests_of: dict[Symbol, set[str]] = {}
    for name, tests in recorded.items():
        file, _, qualified = name.rpartition(":")
        symbol = Symbol(file, qualified.partition(".<locals>")[0])
        number = graph.id(symbol)
        if number >= 0 and graph.kind(number) in FUNCTIONS:
            tests_of.setdefault(symbol, set()).update(tests)
    return tests_of


def rows(tree: SourceTree, recorded: dict[str, list[str]], every: list[str]) -> list[Row]:
    """A row for each function that some test executes."""
    graph = graph_of(tree.with_deleted({}, {}), (), {})
    import_time = ImportTime(graph)
    collected = by_symbol(graph, {name: [] for name in recorded.pop(COLLECTING, ())})
    symbols = by_symbol(graph, recorded)
    reached = reach(graph, symbols)
    found = []
    for symbol, executed in sorted(symbols.items()):
        if import_time.runs(symbol):
            word = "early" if symbol in collected else "early?"
            found.append(Row(symbol, frozenset(executed), len(every), (), word))
            continue
        chosen = set(reached.names(reached.tests([symbol])))
        hit = [t for t in every if _holds(chosen, t)]
        if symbol in collected and len(hit) < len(every):
            print(f"MISSING {symbol.file}:{symbol.qualname} runs while tests are collected")
        found.append(
            Row(
                symbol,
                frozenset(executed),
                len(hit),
                tuple(sorted(executed.difference(hit))),
                "",
            )
        )
    return found


def _holds(chosen: set[str], nodeid: str) -> bool:
    return without_parameters(nodeid) in chosen or file_of(nodeid) in chosen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--python", required=True)
    parser.add_argument("--record", type=Path)
    parser.add_argument("--worst", type=int, default=0)
    at = [*sys.argv, "--"].index("--")
    asked = parser.parse_args(sys.argv[1:at])
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / asked.folder.resolve().name
        copy(asked.folder, root)
        if asked.record and asked.record.exists():
            recorded = json.loads(asked.record.read_text())
        else:
            recorded = record(root, asked.python, sys.argv[at + 1 :])
            if asked.record:
                asked.record.write_text(json.dumps(recorded))
        os.chdir(root)
        tree = SourceTree(root, compare(root, Mode.STAGED).files)
        green = (tests for name, tests in recorded.items() if ":" in name)
        every = sorted({t for tests in green for t in tests})
        found = rows(tree, recorded, every)
        told = [
            r for r in found if r.symbol.file not in tree.tests and "conftest" not in r.symbol.file
        ]
        tell(asked.folder.resolve().name, told, len(every), asked.worst)
        missed = [r for r in found if r.missing]
        for row in missed:
            print(
                f"MISSING {row.symbol.file}:{row.symbol.qualname} {len(row.missing)} {row.missing[:3]}"
            )


def tell(name: str, found: list[Row], every: int, worst: int) -> None:
    """Print the row of the table, and those functions that cost most."""
    shares = [r.selected / every for r in found]
    executed = statistics.mean(len(r.executed) / every for r in found)
    early = sum(bool(r.early) for r in found)
    doubtful = sum(r.early == "early?" for r in found)
    print(
        f"| {name} | {every} | {len(found)} | {statistics.mean(shares):.0%} "
        f"| {statistics.median(shares):.0%} | {executed:.0%} | {early} early, {doubtful} in doubt "
        f"| {sum(bool(r.missing) for r in found)} missing |",
        flush=True,
    )
    for row in sorted(found, key=lambda r: len(r.executed) - r.selected)[:worst]:
        print(
            f"  {row.early} {row.symbol.file}:{row.symbol.qualname} {row.selected} selected, {len(row.executed)}"
        )


if __name__ == "__main__":
    main()
