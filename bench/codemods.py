"""What `gardener fix` costs on trees of files, beside ruff, pyupgrade and bump-pydantic.

    python bench/codemods.py [RUNS] [FILES]

Makes two trees from the standard library's own sources: FILES (8,000) small files, each the
first statements of one, and as many whole ones; without and with 200 files to change. Whole processes,
interleaved, medians of CPU (user plus system, children included); ratios are those to ruff
in the same run. pyupgrade and bump-pydantic, if they can be installed, run on 300 files only:
they need long. Memory is the largest process.
"""

import ast
import functools
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import warnings
from pathlib import Path

TOP = Path(__file__).parents[1]
CHANGE = (
    "from datetime import datetime\nfrom pydantic import BaseModel\n\n\nclass M(BaseModel):\n"
    "    at: datetime = datetime.utcnow()\n\n    class Config:\n        orm_mode = True\n"
)


def cpu(command: list[str], folder: Path) -> float:
    """Seconds of CPU of a process and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        command, cwd=folder, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@functools.cache
def clean_sources() -> list[bytes]:
    """Sources of the standard library, its tests included, without what a codemod mends."""
    found = []
    for path in sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py")):
        if {"site-packages", "lib2to3"} & set(path.parts):
            continue
        data = path.read_bytes()
        if not re.search(rb"utcnow|utcfromtimestamp|class Config", data) and parses(data):
            found.append(data)
    return found


def parses(data: bytes) -> bool:
    """Whether it is Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(data)
    except (SyntaxError, ValueError):
        return False
    return True


def beginning(data: bytes, size: int) -> bytes:
    """The first statements of a module, in at most `size` bytes."""
    if len(data) <= size:
        return data
    lines = data.splitlines(keepends=True)
    kept = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        body = ast.parse(data).body
    for statement in body:
        if sum(map(len, lines[: statement.end_lineno])) > size:
            break
        kept = statement.end_lineno or 0
    return b"".join(lines[:kept])


def plant(folder: Path, count: int, size: int) -> int:
    """Write `count` files of at most `size` bytes into a new repository; returns all bytes."""
    sources = [beginning(data, size) for data in clean_sources()]
    sources = [data for data in sources if len(data) * 4 > min(size, 4000)]
    total = 0
    for number in range(count):
        data = sources[number % len(sources)]
        path = folder / f"pkg{number % 97}" / f"m{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (1_700_000_000, 1_700_000_000))
        total += len(data)
    for command in (["init", "-q", "."], ["config", "core.compression", "0"], ["add", "-A"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return total


def install(place: Path, *names: str) -> str:
    """The folder of the commands of packages in an environment of their own; '' = not possible."""
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    pip = [str(place / "bin/python"), "-m", "pip", "install", "-q", *names]
    done = subprocess.run(pip, check=False, capture_output=True)
    return str(place / "bin") if done.returncode == 0 else ""


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    files = int(sys.argv[2]) if len(sys.argv) > 2 else 8000
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        own = install(place / "gardener", str(TOP), "ruff")
        others = {tool: install(place / tool, tool) for tool in ("pyupgrade", "bump-pydantic")}
        small, big, changing, sample = (
            place / part for part in ("small", "big", "changing", "sample")
        )
        sizes = plant(small, files, 5_000), plant(big, files, 1 << 30)
        shutil.copytree(small, changing)
        plant(sample, 100, 5_000)
        for number in range(200):
            (changing / f"pkg{number % 97}" / f"change{number}.py").write_text(CHANGE)
            (sample / f"change{number}.py").write_text(CHANGE)
        for folder in (changing, sample):
            subprocess.run(["git", "add", "-A"], cwd=folder, check=True)
        gardener, ruff = f"{own}/gardener", f"{own}/ruff"
        rules = [ruff, "check", "--no-cache", "--isolated", "--select", "DTZ003,DTZ004,UP035", "."]
        print(
            f"{rounds} rounds, Python {sys.version.split()[0]}, {os.cpu_count()} cores", flush=True
        )
        for label, folder, size in (("small", small, sizes[0]), ("big", big, sizes[1])):
            record = folder / ".git" / "gardener"
            times: dict[str, list[float]] = {"ruff": [], "gardener": [], "gardener, cached": []}
            for _ in range(rounds):
                times["ruff"].append(cpu(rules, folder))
                shutil.rmtree(record, ignore_errors=True)
                times["gardener"].append(cpu([gardener, "fix", "--check"], folder))
                times["gardener, cached"].append(cpu([gardener, "fix", "--check"], folder))
            base = statistics.median(times["ruff"])
            for what, spent in times.items():
                median = statistics.median(spent)
                print(
                    f"{label} ({size >> 20} MB) {what:18} {median:6.2f} s CPU   {median / base:.2f} x ruff"
                )
        spent_changing = cpu([gardener, "fix", "--check"], changing)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
        print(f"200 files to change among {files}: {spent_changing:.2f} s CPU")
        print(f"largest process so far: {peak} MB")
        first = sample / "change0.py"
        python = f"{own}/python"
        rest = statistics.median(cpu([python, "-c", "pass"], sample) for _ in range(9))
        (sample / "clean.py").write_bytes((TOP / "gardener" / "git.py").read_bytes())
        one = statistics.median(cpu([gardener, "fix", "clean.py"], sample) for _ in range(9))
        print(f"one file without candidates: {(one - rest) * 1000:.0f} ms CPU above python -c pass")
        print(
            f"300 files: gardener {cpu([gardener, 'fix', '--check', '.'], sample):.2f} s CPU",
            end="",
        )
        if others["pyupgrade"]:
            names = [str(p.relative_to(sample)) for p in sample.rglob("*.py") if p != first]
            print(
                f", pyupgrade {cpu([others['pyupgrade'] + '/pyupgrade', *names], sample):.2f} s",
                end="",
            )
        if others["bump-pydantic"]:
            bump = ["timeout", "200", others["bump-pydantic"] + "/bump-pydantic", "--diff", "."]
            print(f", bump-pydantic {cpu(bump, sample):.2f} s", end="")
        print()


if __name__ == "__main__":
    main()
