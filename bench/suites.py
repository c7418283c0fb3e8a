"""Whether a project's own suite says the same, test by test, before and after `gardener fix`.

    python bench/suites.py CHECKOUT --python PYTHON [--only CODEMOD]... [-- PYTEST_ARGUMENTS...]

CHECKOUT is a folder with a project and its tests; it is copied and never written to. PYTHON is an
interpreter with the versions that the project declared then, and with pytest; the project itself is
read from the copy (`--source src` for a layout with `src/`), so that what was changed is what runs.
Both runs are whole processes. Printed are the codemods with the number of files that they changed,
and every test whose outcome differs: none is the goal. Tests that differ already between two runs
before the change are told as unsteady, and do not count.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

CLOCK = re.compile(r"\d{4}-\d\d-\d\d|\d\d-\d\d-\d{4}|\d\d:\d\d:\d\d")
"""A date or time in a test's name: that of the run."""
GIT = ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.org"]


def copied(checkout: Path, folder: Path) -> Path:
    """A repository of its own with the files of a checkout."""
    copy = folder / checkout.name
    ignored = shutil.ignore_patterns(".git", ".venv", "__pycache__", "*.egg-info")
    shutil.copytree(checkout, copy, symlinks=True, ignore=ignored)
    for command in (["init", "-q"], ["add", "-f", "-A"], ["commit", "-q", "-m", "before"]):
        subprocess.run([*GIT, *command], cwd=copy, check=True)
    return copy


def outcomes(copy: Path, python: str, source: str, limit: float, more: list[str]) -> dict[str, str]:
    """The outcome of each test: passed, failed, error or skipped."""
    report = copy.parent / "report.xml"
    report.unlink(missing_ok=True)
    path = os.pathsep.join(filter(None, [str(copy / source), os.environ.get("PYTHONPATH", "")]))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [
        python,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        f"--junitxml={report}",
        *more,
    ]
    subprocess.run(
        command, cwd=copy, env=environment, timeout=limit, stdout=subprocess.DEVNULL, check=False
    )
    by_test: dict[str, str] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        kinds = {child.tag for child in case} & {"failure", "error", "skipped"}
        name = CLOCK.sub("<time>", f"{case.get('classname')}::{case.get('name')}")
        while name in by_test:  # parameters that differ in the time of the run alone
            name += "'"
        by_test[name] = " ".join(sorted(kinds)) or "passed"
    return by_test


def fixed(copy: Path, only: list[str]) -> str:
    """Run gardener over the copy; the last line that it says."""
    chosen = [part for name in only for part in ("--only", name)]
    command = [sys.executable, "-m", "gardener", "fix", *chosen]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    told = done.stderr.strip().splitlines() or ["nothing to do"]
    return told[-1]


def differing(before: dict[str, str], after: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Tests whose outcome is another one."""
    names = sorted({*before, *after})
    pairs = {name: (before.get(name, "absent"), after.get(name, "absent")) for name in names}
    return {name: (a, b) for name, (a, b) in pairs.items() if a != b}


def main() -> int:
    """Run twice before, once after, and print what differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--python", type=os.path.abspath, default=sys.executable)
    parser.add_argument("--source", default="")
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--limit", type=float, default=900)
    options, more = parser.parse_known_args()
    more = [argument for argument in more if argument != "--"]
    with tempfile.TemporaryDirectory() as folder:
        copy = copied(options.checkout.resolve(), Path(folder))
        run = (options.python, options.source, options.limit, more)
        before, again = outcomes(copy, *run), outcomes(copy, *run)
        print(f"before: {dict(Counter(before.values()))}")
        if "passed" not in before.values():
            parser.exit(2, "No test passes before: what changes says nothing about the edits.\n")
        print(f"fix: {fixed(copy, options.only)}")
        changed = subprocess.run(
            ["git", "diff", "--stat"], cwd=copy, capture_output=True, text=True, check=True
        )
        print(changed.stdout.rstrip())
        after = outcomes(copy, *run)
    print(f"after: {dict(Counter(after.values()))}")
    unsteady = differing(before, again)
    changes = {n: pair for n, pair in differing(before, after).items() if n not in unsteady}
    for name, (old, new) in changes.items():
        print(f"  {name}: {old} -> {new}")
    print(f"{len(changes)} of {len(before)} tests differ, {len(unsteady)} are unsteady")
    return bool(changes)


if __name__ == "__main__":
    sys.exit(main())
