"""CPU and memory of selecting, cold and warm, on generated repositories, beside other tools.

    python bench/selection.py [FILES ...]        (default: 1000 5000 20000)

One function's body is changed and staged. For each tool the CPU seconds (user and system,
with all children) of the first decision and the median of three more, and the peak memory
of its largest process. For gardener then the commits that follow: each is made after the one
before was committed, and decided on in the same way. The other tools come from PyPI into an environment of their own that
this script makes; one that cannot be installed is left out with a word. They decide less: ruff and
grimp only give the graph of imports, in which the files above the changed one are counted.
"""

import datetime
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

WARM = 3  # rounds; their median counts
PATIENCE = 600  # seconds for one command
TESTMON_AT_MOST = 1000  # files: it has to run all tests to know anything


def generate(root: Path, files: int) -> None:
    """A package of modules that import up to three of the 200 before them, and tests."""
    pick = random.Random(3)
    modules = files * 7 // 10
    for i in range(modules):
        folder = root / f"pkg/p{i // 50}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").touch()
        near = pick.sample(range(max(0, i - 200), i), min(3, i))
        lines = ["import os", *(f"from pkg.p{j // 50}.m{j} import f{j}_0, C{j}" for j in near), ""]
        for k in range(4):
            call = f" + f{near[k % len(near)]}_0(x)" if near else ""
            lines += [f"def f{i}_{k}(x):", "    total = 0", "    for a in range(x):"]
            lines += ["        total += a", f"    return total{call}", ""]
        lines += [f"class C{i}:", "    def run(self):", f"        return f{i}_1(3)", ""]
        (folder / f"m{i}.py").write_text("\n".join(lines))
    (root / "pkg/__init__.py").touch()
    for i in range(files - modules):
        folder = root / f"tests/t{i // 50}"
        folder.mkdir(parents=True, exist_ok=True)
        lines = []
        for j in pick.sample(range(modules), 2):
            lines += [f"from pkg.p{j // 50}.m{j} import f{j}_2, C{j}", f"def test_f{j}():"]
            lines += [f"    assert f{j}_2(3)", f"def test_c{j}():", f"    assert C{j}().run()"]
        (folder / f"test_m{i}.py").write_text("\n".join(lines) + "\n")


def git(root: Path, *args: str) -> None:
    """Run git with a name and an address of its own."""
    config = ["-c", "user.name=b", "-c", "user.email=b@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *config, *args], cwd=root, check=True, capture_output=True)


class Cost(NamedTuple):
    """CPU seconds, peak megabytes, and how many tests or files came out (-1: it failed)."""

    cpu: float
    memory: float
    selected: int


def measure(command: list[str], root: Path, count: Callable[[str], int]) -> Cost:
    """Run a command once."""
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, cwd=root, stdout=out, stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while True:
            done, status, used = os.wait4(process.pid, os.WNOHANG)
            if done:
                break
            if time.monotonic() > end:
                process.kill()
            time.sleep(0.01)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        found = count(out.read()) if process.returncode in (0, 5) else -1
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, found)


class Tool(NamedTuple):
    """One way to decide: its command, what it keeps, and how to count what it prints."""

    name: str
    command: list[str]
    kept: str = ""
    first: tuple[str, ...] = ()
    count: Callable[[str], int] = lambda out: len(out.splitlines())


_GRIMP = """
import grimp
graph = grimp.build_graph("pkg")
for name in sorted(graph.find_downstream_modules({changed!r})):
    print(name)
"""
_RUFF = """
import json, subprocess
graph = json.loads(subprocess.run([{ruff!r}, "analyze", "graph", "."], stdout=-1, check=True).stdout)
above = dict()
for file, ends in graph.items():
    for end in ends:
        above.setdefault(end, []).append(file)
found, todo = set(), [{changed!r}]
while todo:
    for file in above.get(todo.pop(), ()):
        if file not in found:
            found.add(file)
            todo.append(file)
print(*sorted(f for f in found if f.startswith("tests/")), sep="\\n")
"""


class Peers:
    """An environment with the other tools, as far as they can be installed."""

    def __init__(self, folder: Path) -> None:
        self.python = str(folder / "bin" / "python")
        self.versions: dict[str, str] = {}
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        for name, asked in (("ruff", ["ruff"]), ("grimp", ["grimp"]), ("pytest-impacted", ["pytest-impacted[fast]", "pytest-impacted"]), ("pytest-testmon", ["pytest-testmon"])):  # fmt: skip
            for one in asked:
                install = [
                    self.python,
                    "-m",
                    "pip",
                    "install",
                    "-q",
                    "--disable-pip-version-check",
                    one,
                ]
                done = subprocess.run(install, capture_output=True, text=True, check=False)
                if not done.returncode:
                    show = f"import importlib.metadata as m; print(m.version({name!r}))"
                    said = subprocess.run(
                        [self.python, "-c", show], capture_output=True, text=True, check=True
                    )
                    self.versions[name] = said.stdout.strip()
                    break
            else:
                last = (done.stderr.strip().splitlines() or ["no message"])[-1]
                print(f"{name} is left out: it could not be installed ({last}).")

    def tools(self, changed: str, files: int) -> list[Tool]:
        """The commands for a repository in which this file is changed."""
        place = Path(self.python).parent
        module = changed.removesuffix(".py").replace("/", ".")
        ruff = _RUFF.format(ruff=str(place / "ruff"), changed=changed)
        grimp = _GRIMP.format(changed=module)
        # Run it, or only say what would run.
        testmon = [
            self.python,
            "-m",
            "pytest",
            "-q",
            "--testmon",
            "-p",
            "no:impacted",
            "--import-mode=importlib",
        ]
        every = {
            "ruff": Tool("ruff analyze graph", [self.python, "-c", ruff], ".ruff_cache"),
            "grimp": Tool("grimp (package only)", [self.python, "-c", grimp], ".grimp_cache"),
            "pytest-impacted": Tool(
                "pytest-impacted",
                [str(place / "impacted-tests"), "--module=pkg", "--tests-dir=tests"],
                ".pytest_cache",
            ),
            "pytest-testmon": Tool(
                "pytest-testmon (first: runs all)",
                [*testmon, "--collect-only"],
                ".testmondata",
                tuple(testmon),
                lambda out: sum("::" in line for line in out.splitlines()),
            ),
        }  # fmt: skip
        if files > TESTMON_AT_MOST and "pytest-testmon" in self.versions:
            print(f"pytest-testmon is left out at {files} files: it has to run all tests first.")
        return [
            t
            for n, t in every.items()
            if n in self.versions and (n != "pytest-testmon" or files <= TESTMON_AT_MOST)
        ]


def _three(root: Path, old: str, new: str) -> None:
    """Change the modules m10, m20 and m30."""
    for number in (10, 20, 30):
        path = root / f"pkg/p0/m{number}.py"
        path.write_text(path.read_text().replace(old, new))


def _add(root: Path) -> None:
    """Add a module and its test."""
    (root / "pkg/p0/fresh.py").write_text(
        "from pkg.p0.m11 import C11\n\ndef fresh():\n    return C11().run()\n"
    )
    (root / "tests/t0/test_fresh.py").write_text(
        "from pkg.p0.fresh import fresh\n\ndef test_fresh():\n    assert fresh()\n"
    )


def _remove(root: Path) -> None:
    """Remove them again."""
    (root / "pkg/p0/fresh.py").unlink()
    (root / "tests/t0/test_fresh.py").unlink()


EVERYDAY: dict[str, Callable[[Path], None]] = {
    "three bodies": lambda root: _three(root, "total = 0", "total = len([])"),
    "three more bodies": lambda root: _three(root, "range(x)", "range(int(x))"),
    "a new function in three files": lambda root: _three(
        root, "class ", "def fresh_one():\n    return 1\n\nclass "
    ),
    "a new module and its test": _add,
    "three bodies after that": lambda root: _three(root, "int(x)", "abs(x)"),
    "both files gone": _remove,
    "three bodies after that too": lambda root: _three(root, "abs(x)", "round(x)"),
}
"""Commits in a row, by what each does."""


def switched(root: Path, own: Tool, files: int) -> Iterator[str]:
    """The rows of another branch, on which a tenth of the files differ, and of the way back."""
    git(root, "branch", "-f", "here")
    git(root, "checkout", "-qb", "there")
    for path in [*root.glob("pkg/**/m*.py")][: files // 10]:
        text = path.read_text().replace("total = 0", "total = min(0, x)")
        path.write_text(text.replace("class ", "def one_more():\n    return 1\n\nclass "))
    git(root, "commit", "-qam", "there")
    for branch, told in (("there", "another branch"), ("here", "back again")):
        git(root, "checkout", "-q", branch)
        path = root / "pkg/p0/m7.py"
        path.write_text(path.read_text().replace("range(x)", "range(int(x))"))
        git(root, "add", "-A", "pkg")
        cost = measure(own.command, root, own.count)
        yield f"| {files} | gardener, {told} | {cost.cpu:.2f} | | {cost.memory:.0f} | {cost.selected} |"
        git(root, "reset", "-q", "--hard")


def forget(root: Path, kept: str) -> None:
    """Remove what a tool keeps between runs."""
    for path in [root / kept, *root.glob(kept + "*")] if kept else ():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.exists():
            path.unlink()


def compare(size: int, peers: Peers) -> None:
    """Print the rows of one size."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        generate(root, size)
        git(root, "init", "-q")
        git(root, "add", "-A")
        git(root, "commit", "-qm", "base")
        changed = f"pkg/p{size // 100}/m{size // 2}.py"
        text = (root / changed).read_text()
        own = Tool(
            "gardener", [sys.executable, "-m", "gardener", "impacted", "--staged"], ".git/gardener"
        )
        for tool in (own, *peers.tools(changed, size)):
            forget(root, tool.kept)
            if tool.first:
                # What it learns, it learns from the tree before the change.
                (root / changed).write_text(text)
                cold = measure([*tool.first], root, tool.count)
            (root / changed).write_text(text.replace("total = 0", "total = 1"))
            git(root, "add", "-A", "pkg")
            if not tool.first:
                cold = measure(tool.command, root, tool.count)
            rounds = [measure(tool.command, root, tool.count) for _ in range(WARM)]
            warm = statistics.median(one.cpu for one in rounds)
            memory = max(one.memory for one in (cold, *rounds))
            said = "failed" if rounds[-1].selected < 0 else rounds[-1].selected
            print(
                f"| {size} | {tool.name} | {cold.cpu:.2f} | {warm:.2f} | {memory:.0f} | {said} |",
                flush=True,
            )
        git(root, "reset", "-q", "--hard")
        forget(root, own.kept)
        (root / changed).write_text(text.replace("total = 0", "total = 1"))
        git(root, "add", "-A", "pkg")
        measure(own.command, root, own.count)
        git(root, "commit", "-qm", "with a net")
        for name, edit in EVERYDAY.items():
            edit(root)
            git(root, "add", "-A", "pkg", "tests")
            first, *rounds = [measure(own.command, root, own.count) for _ in range(WARM + 1)]
            again = statistics.median(one.cpu for one in rounds)
            memory = max(one.memory for one in (first, *rounds))
            print(
                f"| {size} | gardener, {name} | {first.cpu:.2f} | {again:.2f} | {memory:.0f} | {first.selected} |",
                flush=True,
            )
            git(root, "commit", "-qm", name)
        for row in switched(root, own, size):
            print(row, flush=True)
        bare = [measure([sys.executable, "-c", "pass"], root, len).cpu for _ in range(WARM)]
        print(f"| {size} | python -c pass | | {statistics.median(bare):.3f} | | |", flush=True)


def main(sizes: list[int]) -> None:
    """Make the environment, then compare at each size."""
    # Otherwise every run would compile what an installed tool has compiled long ago.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as name:
        peers = Peers(Path(name))
        found = {"gardener": version("test-gardener"), **peers.versions}
        print(f"{datetime.date.today()}, Python {sys.version.split()[0]}, {os.cpu_count()} cores:",
              ", ".join(f"{n} {v}" for n, v in found.items()))  # fmt: skip
        print("| files | tool | cold CPU s | warm CPU s | peak MB | tests or files |")
        print("|---|---|---|---|---|---|", flush=True)
        for size in sizes:
            compare(size, peers)


if __name__ == "__main__":
    main([int(a) for a in sys.argv[1:]] or [1000, 5000, 20000])
