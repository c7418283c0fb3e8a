"""What `gardener fix` costs and does on real trees, beside ruff: whole processes, one table.

    python bench/codemods_real.py TREE [TREE...] [--rounds N] [--limit SECONDS] [--apply]

A TREE is a git repository or a folder of sources; it is copied into a temporary folder and never
written to. Measured are CPU seconds (user and system) of each command with all that it starts,
the median of the rounds, and the most memory that one process held:

- `ruff`: ruff's own rules of the same kind (DTZ003, DTZ004, UP) without its cache, and with it;
- `cold`: `gardener fix --check` for which nothing is kept; `warm`: the same once more;
- `one file`: `gardener fix --check FILE` of a new file of five lines that has to be changed.

Beside it stand the files that would change, the notes, and files that could not be read. With
`--apply` the changes are made in the copy, and changed files that do not parse are counted: 0.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

GARDENER = [sys.executable, "-m", "gardener", "fix"]
RUFF = [
    shutil.which("ruff", path=str(Path(sys.executable).parent)) or "ruff",
    "check",
    "--isolated",
    "--exit-zero",
    "--quiet",
    "--select",
    "DTZ003,DTZ004,UP",
]
DIRTY = "from datetime import datetime\n\n\ndef now():\n    return datetime.utcnow()\n"
HEADER = (
    "| tree | files | ruff cold / warm | cold | warm | one file | MB | change | notes | errors |",
    "|---|---|---|---|---|---|---|---|---|---|",
)


class Cost(NamedTuple):
    """CPU seconds and megabytes of one command, and what it printed."""

    cpu: float
    memory: float
    output: bytes


def measure(command: Sequence[str], folder: Path, limit: float) -> Cost:
    """Run a command to its end, or for so many seconds."""
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(
            command, cwd=folder, stdout=out, stderr=subprocess.DEVNULL, start_new_session=True
        )
        timer = subprocess.Popen(["sleep", str(limit)])
        while True:
            pid, status, used = os.wait4(-1, 0)
            if pid == timer.pid:
                os.killpg(process.pid, 9)
            elif pid == process.pid:
                break
        process.returncode = os.waitstatus_to_exitcode(status)
        if timer.poll() is None:
            timer.kill()
            timer.wait()
        out.seek(0)
        return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, out.read())


def copied(tree: Path, folder: Path) -> Path:
    """A repository of its own with the files of a tree."""
    copy = folder / tree.name
    if (tree / ".git").exists():
        subprocess.run(["git", "clone", "-q", "--shared", str(tree), str(copy)], check=True)
    else:
        shutil.copytree(tree, copy, symlinks=True)
        git = ["git", "-C", str(copy)]
        subprocess.run([*git, "init", "-q"], check=True)
        subprocess.run([*git, "add", "-f", "-A"], check=True)
    for store in copy.glob(".git/gardener"):
        shutil.rmtree(store)
    # What was changed a moment ago is not trusted by a cache.
    subprocess.run(
        f"find {copy} -name '*.py' -exec touch -d '1 hour ago' {{}} +", shell=True, check=True
    )
    return copy


def row(tree: Path, rounds: int, limit: float, apply: bool) -> str:
    """One line of the table."""
    with tempfile.TemporaryDirectory() as temporary:
        copy = copied(tree, Path(temporary))
        files = subprocess.run(
            ["git", "-C", str(copy), "ls-files", "*.py"], capture_output=True, check=True
        ).stdout.count(b"\n")
        costs: dict[str, list[Cost]] = {}
        check = [*GARDENER, "--check", "--format", "json"]
        for _ in range(rounds):
            shutil.rmtree(copy / ".git" / "gardener", ignore_errors=True)
            shutil.rmtree(copy / ".ruff_cache", ignore_errors=True)
            for name, command in (
                ("ruff cold", [*RUFF, "."]),
                ("ruff warm", [*RUFF, "."]),
                ("cold", check),
                ("warm", check),
            ):
                costs.setdefault(name, []).append(measure(command, copy, limit))
            (copy / "dirty_example.py").write_text(DIRTY)
            costs.setdefault("one", []).append(
                measure([*GARDENER, "--check", "dirty_example.py"], copy, limit)
            )
            (copy / "dirty_example.py").unlink()
        report = document(costs["cold"][-1].output)
        broken = f", {unreadable(copy, limit)} do not parse" if apply else ""
    cpu = {name: statistics.median(cost.cpu for cost in costs[name]) for name in costs}
    memory = max(cost.memory for cost in costs["cold"])
    return (
        f"| {tree.name} | {files} | {cpu['ruff cold']:.2f} / {cpu['ruff warm']:.2f} | {cpu['cold']:.2f} "
        f"| {cpu['warm']:.2f} | {cpu['one']:.2f} | {memory:.0f} | {report['changed']}{broken} "
        f"| {report['notes']} | {len(report['errors'])} |\n" + by_codemod(report)
    )


def document(output: bytes) -> dict[str, Any]:
    """What gardener printed; nothing, if it was stopped."""
    try:
        report: dict[str, Any] = json.loads(output)
    except ValueError:
        return {"changed": "no answer", "notes": "-", "errors": (), "files": ()}
    return report


def by_codemod(report: dict[str, Any]) -> str:
    """How many files and notes each codemod stands for."""
    changes = Counter(name for file in report["files"] for name in file["codemods"])
    notes = Counter(note["codemod"] for file in report["files"] for note in file["notes"])
    names = sorted({*changes, *notes})
    return "".join(
        f"|   {name} | | | | | | | {changes[name]} | {notes[name]} | |\n" for name in names
    )


def unreadable(copy: Path, limit: float) -> int:
    """Make the changes, and count the changed files that libcst cannot read."""
    import libcst

    measure(GARDENER, copy, limit)
    git = ["git", "-C", str(copy), "diff", "--name-only", "-z"]
    names = subprocess.run(git, capture_output=True, check=True).stdout.decode().split("\0")
    count = 0
    for name in filter(None, names):
        if name.endswith(".py"):
            try:
                libcst.parse_module((copy / name).read_bytes())
            except Exception:
                count += 1
    return count


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trees", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--limit", type=float, default=300)
    parser.add_argument("--apply", action="store_true")
    options = parser.parse_args()
    print("\n".join(HEADER))
    for tree in options.trees:
        print(row(tree.resolve(), options.rounds, options.limit, options.apply), end="", flush=True)


if __name__ == "__main__":
    main()
