"""CPU, memory and size of a selection, nothing kept and then kept, on a repository as it is.

    python bench/real_repositories.py CHECKOUT --change 'path.py:Symbol.function' ...
                                      [--commit REV ...] [--sample N [--seed N]]
                                      [--rounds N] [--limit SECONDS]

CHECKOUT is a clone of any project; it is cloned once more into a temporary folder and never
written to. For each `--change` one statement is put at the beginning of that function and staged,
for each `--commit` that commit is compared with its first parent. Cold is a selection for which
nothing is kept, warm one for which the graph of the tree before the change is: as on a commit.
A warm round never meets a tree that was there before, nor does it keep anything for the next.
What is going on is told on stderr; a cold selection of more than a minute is not made again.

With `--sample` so many functions outside of the tests are changed, one after the other, each warm:
the same ones in every run with the same seed. Told is in how many of the files of tests something
is selected for them; each of them is told on stderr.

Given are medians of the rounds: CPU seconds (user and system, of all processes), and the most
memory that all processes held at one time; pages that two of them share count twice. Beside it
stands how many of all tests are selected, and the share of those in files that import a changed
file, over any number of others. A command that takes longer than the limit gives no answer.
"""

from __future__ import annotations

import argparse
import ast
import datetime
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from gardener.hooks.changes import compare
from gardener.hooks.selection.graph.graph_cache import graph_of
from gardener.hooks.selection.link.imports import conftests, direct
from gardener.hooks.selection.parse.summary import DefinitionKind
from gardener.hooks.selection.tree import SourceTree

from gardener.model import Mode

EVERYTHING = "everything"
NO_ANSWER = "no answer"
LONG = 60.0
"""Seconds: what takes so long cold is measured once."""
HEADER = (
    "| change | cold CPU s | peak MB | warm CPU s | peak MB | selected | of | by imports |",
    "|---|---|---|---|---|---|---|---|",
)


SAMPLED = (
    "| functions | test files | selected, mean / median | nothing | everything | warm CPU s, median / most | peak MB |",
    "|---|---|---|---|---|---|---|",
)


class Cost(NamedTuple):
    """CPU seconds and megabytes of one command, and the lines that it printed; None: too long."""

    cpu: float
    memory: float
    lines: tuple[str, ...] | None


def measure(command: list[str], root: Path, limit: float) -> Cost:
    """Run a command with all that it starts, for so many seconds at most."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as talk:
        process = subprocess.Popen(
            command, cwd=root, stdout=out, stderr=talk, start_new_session=True
        )
        end, held, killed = time.monotonic() + limit, 0.0, False
        while True:
            done, status, used = os.wait4(process.pid, os.WNOHANG)
            if done:
                break
            if time.monotonic() > end and not killed:
                os.killpg(process.pid, signal.SIGKILL)
                killed = True
            held = max(held, sum(map(resident, family(process.pid))))
            time.sleep(0.02)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        lines = tuple(out.read().splitlines())
        if process.returncode and not killed:
            talk.seek(0)
            raise SystemExit(f"{' '.join(command)} failed:\n{talk.read()[-3000:]}")
    cpu, memory = used.ru_utime + used.ru_stime, max(held, used.ru_maxrss / 1024)
    return Cost(cpu, memory, None if killed else lines)


def family(process: int) -> list[int]:
    """A process and all that it started, as far as the system tells."""
    found, left = [], [process]
    while left:
        found.append(left.pop())
        for thread in Path(f"/proc/{found[-1]}/task").glob("*/children"):
            try:
                left += map(int, thread.read_text().split())
            except OSError:  # it has ended
                continue
    return found


def resident(process: int) -> float:
    """The megabytes that a process holds now."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


class Clone:
    """A clone of the checkout, and what gardener keeps in it."""

    def __init__(self, checkout: Path, folder: Path) -> None:
        self.root = folder / checkout.resolve().name
        self.store = self.root / ".git" / "gardener"
        self._kept = folder / "kept"
        source = str(checkout.resolve())
        self.git("clone", "-q", "--shared", "--no-checkout", source, str(self.root), cwd=folder)
        self.go_to("HEAD")

    def git(self, *words: str, cwd: Path | None = None) -> str:
        """Run git without hooks, and without large files that lie elsewhere."""
        command = ["git", "-c", "core.hooksPath=/dev/null", *words]
        environment = {**os.environ, "GIT_LFS_SKIP_SMUDGE": "1"}
        done = subprocess.run(
            command, cwd=cwd or self.root, env=environment, capture_output=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(words)}: {os.fsdecode(done.stderr).strip()}")
        return os.fsdecode(done.stdout)

    def go_to(self, commit: str) -> None:
        """Check a commit out."""
        self.git("checkout", "-q", "--force", "--detach", commit)

    def forget(self) -> None:
        """Remove all that gardener keeps."""
        shutil.rmtree(self.store, ignore_errors=True)

    def forget_graphs(self) -> None:
        """Remove the graphs, and keep what was read of single files."""
        shutil.rmtree(self.store / "nets", ignore_errors=True)

    def put_aside(self) -> None:
        """Keep a copy of what gardener keeps now."""
        shutil.rmtree(self._kept, ignore_errors=True)
        shutil.copytree(self.store, self._kept)

    def bring_back(self) -> None:
        """Let gardener keep what it kept when that was put aside."""
        self.forget()
        shutil.copytree(self._kept, self.store)


class Change:
    """Something to select for: how it is made in a clone, and the words that ask for it."""

    def __init__(self, name: str, clone: Clone) -> None:
        self.name = name
        self.clone = clone

    words = ("--staged",)

    def make(self, variant: int) -> None:
        """Make it, each variant with other content, where that may be."""
        raise NotImplementedError

    def before(self, variant: int) -> None:
        """Make a tree that is as the one before the change, or nearly so, with something staged."""
        raise NotImplementedError

    def files(self) -> list[str]:
        """The Python files that it changes."""
        raise NotImplementedError


class Statement(Change):
    """One more statement at the beginning of a function."""

    def __init__(self, name: str, clone: Clone) -> None:
        super().__init__(name, clone)
        self._file, _, self._function = name.rpartition(":")
        self._head = clone.git("rev-parse", "HEAD").strip()

    def make(self, variant: int) -> None:
        self.clone.go_to(self._head)
        path = self.clone.root / self._file
        path.write_bytes(with_statement(path.read_bytes(), self._function, variant + 1))
        self.clone.git("add", "--", self._file)

    def before(self, variant: int) -> None:
        """Another variant of the function: one file differs, as on a commit."""
        self.make(variant)

    def files(self) -> list[str]:
        return [self._file]


class Commit(Change):
    """A commit of the project's own, against its first parent."""

    def __init__(self, name: str, clone: Clone) -> None:
        super().__init__(name, clone)
        self._commit, self._parent = clone.git("rev-parse", name, f"{name}^").split()
        self.words = ("--since", self._parent)
        names = clone.git("diff", "--name-only", "-z", self._parent, self._commit).split("\0")
        self._python = [path for path in names if path.endswith(".py")]

    def make(self, variant: int) -> None:
        self.clone.go_to(self._commit)

    def before(self, variant: int) -> None:
        self.clone.go_to(self._parent)
        path = next(p for p in self._python if (self.clone.root / p).exists())
        with (self.clone.root / path).open("a") as file:
            file.write("\nbool()\n")  # else there is nothing to select for, and no graph is made
        self.clone.git("add", "--", path)

    def files(self) -> list[str]:
        return self._python


def body_start(function: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[int, int]:
    """The line and the column, both from 0, where what follows the docstring of a function begins."""
    documented = ast.get_docstring(function, clean=False) is not None
    statement = function.body[1 if documented and len(function.body) > 1 else 0]
    decorators = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(d.lineno for d in decorators)]) - 1, statement.col_offset


def with_statement(source: bytes, function: str, times: int) -> bytes:
    """The source with a statement at the beginning of a function, after its docstring.

    Raises:
        SystemExit: there is no such function, or no place for a statement in it.
    """
    try:
        node: ast.AST = ast.parse(source)
    except SyntaxError as error:
        version = sys.version.split()[0]
        raise SystemExit(
            f"Python {version} cannot read the file of {function!r}: {error}"
        ) from None
    for name in function.split("."):
        inside = (n for n in ast.walk(node) if getattr(n, "name", "") == name)
        found = next(inside, None)
        if found is None:
            raise SystemExit(f"There is no {function!r}.")
        node = found
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        raise SystemExit(f"{function!r} is no function.")
    lines = source.splitlines(keepends=True)
    line, column = body_start(node)
    indent = lines[line][:column]
    if indent.strip():
        raise SystemExit(f"{function!r} stands in one line.")
    lines[line:line] = [indent + b"bool()\n"] * times
    return b"".join(lines)


class FileGraph:
    """A plain graph of files: who imports whom, and the conftests and packages around a file."""

    def __init__(self, tree: SourceTree) -> None:
        self._importers: dict[str, set[str]] = defaultdict(set)
        paths, modules = frozenset(tree.python), tree.modules
        for path, summary in tree.summaries.items():
            ends = {*direct(path, summary, modules), *modules.ancestors(path)}
            if path in tree.tests:
                ends.update(conftests(path, paths))
            for end in ends:
                self._importers[end].add(path)

    def reaching(self, files: Iterable[str]) -> set[str]:
        """All files that import one of these, over any number of others, and these themselves."""
        found, left = set(files), list(files)
        while left:
            new = self._importers[left.pop()] - found
            found |= new
            left += new
        return found


class Tests(NamedTuple):
    """How many tests there are in each file, and in which files those are that imports select."""

    of_file: dict[str, int]
    importing: set[str]

    def share(self) -> float:
        """The share of all tests that imports select."""
        return sum(self.of_file.get(path, 0) for path in self.importing) / self.all()

    def all(self) -> int:
        """How many tests there are."""
        return sum(self.of_file.values()) or 1

    def selected(self, lines: tuple[str, ...] | None) -> str:
        """How many tests the lines of a selection are; a file counts with all its tests."""
        if lines is None:
            return NO_ANSWER
        if lines == ("ALL",):
            return EVERYTHING
        return str(sum(1 if "::" in line else self.of_file.get(line, 1) for line in lines))


def tests_of(root: Path, files: list[str]) -> Tests:
    """The tests of the tree that lies at `root` now, for a change of these files."""
    os.chdir(root)
    tree = SourceTree(root, compare(root, Mode.STAGED).files)
    graph = graph_of(tree.with_deleted({}, {}), (), {})
    of_file = {path: len(graph.tests_in(path)) for path in tree.tests}
    return Tests(of_file, FileGraph(tree).reaching(files))


def row(change: Change, rounds: int, limit: float) -> str:
    """The row of one change."""
    clone = change.clone
    command = [sys.executable, "-m", "gardener", "impacted", *change.words]

    def once(what: str, variant: int) -> Cost:
        change.make(variant)
        cost = measure(command, clone.root, limit)
        say(f"{change.name}: {what} {cost.cpu:.1f} s")
        return cost

    cold = []
    for number in range(rounds):
        clone.forget()
        cold.append(once("cold", number))
        if cold[-1].lines is None or cold[-1].cpu > LONG:
            break
    clone.forget_graphs()
    change.before(rounds)
    say(f"{change.name}: making the graph of the tree before")
    measure([*command[: -len(change.words)], "--staged"], clone.root, max(limit * 10, 600))
    clone.put_aside()
    warm = []
    for number in range(rounds):
        clone.bring_back()
        warm.append(once("warm", rounds + 1 + number))
        if warm[-1].lines is None:
            break
    say(f"{change.name}: counting tests")
    # In a process of its own: this one stays small.
    with ProcessPoolExecutor(1) as pool:
        tests = pool.submit(tests_of, clone.root, change.files()).result()
    selected = tests.selected(warm[-1].lines)
    cells = [change.name, *told(cold), *told(warm), selected, tests.all(), f"{tests.share():.0%}"]
    return f"| {' | '.join(map(str, cells))} |"


class Found(NamedTuple):
    """How many files of tests there are, and functions outside of them in an order by chance."""

    test_files: int
    functions: list[str]


def functions_of(root: Path, seed: int) -> Found:
    """All functions of the tree that lies at `root` now but those of tests and what is for tests."""
    os.chdir(root)
    tree = SourceTree(root, compare(root, Mode.STAGED).files)
    tests = frozenset(tree.tests)
    functions = [
        f"{path}:{definition.name}"
        for path, summary in sorted(tree.summaries.items())
        if path not in tests and not is_for_tests(path)
        for definition in summary.definitions
        if definition.kind is DefinitionKind.FUNCTION
    ]
    random.Random(seed).shuffle(functions)
    return Found(len(tests), functions)


def is_for_tests(path: str) -> bool:
    """Whether a file only serves tests, as its path tells."""
    parts = path.lower().split("/")
    return any(p.startswith(("test", "conftest")) or p.endswith("_test.py") for p in parts)


def sample_row(clone: Clone, number: int, seed: int, limit: float) -> str:
    """The row of so many functions."""
    with ProcessPoolExecutor(1) as pool:
        every = pool.submit(functions_of, clone.root, seed).result()
    command = [sys.executable, "-m", "gardener", "impacted", "--staged", "--format", "nodeids"]
    costs: list[Cost] = []
    shares: list[float] = []
    for name in every.functions:
        change = Statement(name, clone)
        try:
            change.make(0)
        except (SystemExit, SyntaxError) as error:  # there is no place for a statement in it
            say(f"{name}: {error}")
            continue
        if not costs:
            say("making the graph of the tree before")
            measure(command, clone.root, max(limit * 10, 600))
            change.make(1)
        costs.append(measure(command, clone.root, limit))
        lines = costs[-1].lines
        files = {line.partition("::")[0] for line in lines or ()}
        share = 1.0 if lines is None or lines == ("ALL",) else len(files) / every.test_files
        shares.append(share)
        said = NO_ANSWER if lines is None else EVERYTHING if share == 1 else str(len(files))
        say(f"{name}: {said}, {costs[-1].cpu:.1f} s")
        if len(costs) == number:
            break
    if not costs:
        raise SystemExit(f"{clone.root.name} has no function outside of tests to change.")
    cpu = [cost.cpu for cost in costs]
    cells = (
        len(costs),
        every.test_files,
        f"{statistics.mean(shares):.1%} / {statistics.median(shares):.1%}",
        sum(not share for share in shares),
        sum(share == 1 for share in shares),
        f"{statistics.median(cpu):.2f} / {max(cpu):.2f}",
        f"{max(cost.memory for cost in costs):.0f}",
    )
    return f"| {' | '.join(map(str, cells))} |"


def say(text: str) -> None:
    """Tell on stderr what is going on."""
    print(f"{datetime.datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)


def told(costs: list[Cost]) -> tuple[str, str]:
    """The medians of CPU and memory."""
    memory = f"{statistics.median(c.memory for c in costs):.0f}"
    if costs[-1].lines is None:
        return f"{NO_ANSWER} after {costs[-1].cpu:.0f}", memory
    return f"{statistics.median(c.cpu for c in costs):.2f}", memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--change", action="append", default=[], metavar="FILE:FUNCTION")
    parser.add_argument("--commit", action="append", default=[], metavar="REV")
    parser.add_argument("--sample", type=int, default=0, metavar="N")
    parser.add_argument("--seed", type=int, default=3, metavar="N")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=600, metavar="SECONDS")
    asked = parser.parse_args()
    # Otherwise every run would compile what an installed tool has compiled long ago.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as name:
        clone = Clone(asked.checkout, Path(name))
        changes = [
            *(Statement(change, clone) for change in asked.change),
            *(Commit(commit, clone) for commit in asked.commit),
        ]
        version = sys.version.split()[0]
        print(
            f"{datetime.date.today()}, Python {version}, {os.cpu_count()} cores:", clone.root.name
        )
        if changes:
            print(*HEADER, sep="\n", flush=True)
        for change in changes:
            print(row(change, asked.rounds, asked.limit), flush=True)
        if asked.sample:
            print(*SAMPLED, sep="\n", flush=True)
            print(sample_row(clone, asked.sample, asked.seed, asked.limit), flush=True)


if __name__ == "__main__":
    main()
