"""What is selected when real commits are taken back, against the tests that then fail.

    python bench/reverts.py FOLDER --python EXE [--commits N] [--path DIR] [-- PYTEST ARGS]

FOLDER is a clone of a project with its history; it is cloned again, never written to. The suite
runs twice at its HEAD under EXE (which has all that the suite needs; `--path`, such as src, is put
on its path): what passes both times is the suite. Then what each of the last commits did to the
code, but not to the tests, is taken back, if it still can be, and staged. What `gardener impacted
--staged` says of that, with the record of the first run and without any, is held against what
fails when everything runs. Tests that fail and were not selected run once more alone, with the
change and without it: what does not fail again, or fails without it too, was chance.
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
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import NamedTuple

GARDENER = str(Path(sys.executable).with_name("gardener"))
LEFT = ("test*/**", "test_*", "*_test.py", "doc*/**", "example*/**")
"""Globs of what is not taken back: the tests, and what no test runs."""
RECENT = 40
"""Commits that are looked at for each that is asked for: many cannot be taken back any more."""
HIDDEN = "[redacted]"
"""What a report has in the place of what looks like a secret, in names of tests too."""
PATIENCE = 600
"""Seconds that a suite may take; without a commit it may wait for ever."""


class Row(NamedTuple):
    """One change: how many tests fail with it, how many are selected, and who is missing."""

    change: str
    failing: int
    recorded: int
    static: int
    missing: tuple[str, ...]
    missing_static: tuple[str, ...]


class Suite(NamedTuple):
    """A clone, and how its tests are run."""

    root: Path
    python: str
    arguments: list[str]
    environment: dict[str, str]

    def git(self, *arguments: str, feed: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["git", "-c", "core.hooksPath=/dev/null", *arguments],
            cwd=self.root, input=feed, capture_output=True, check=False,
        )  # fmt: skip

    def run(self, chosen: Collection[str] = ()) -> dict[str, str]:
        """The outcomes by nodeid of all tests, or of those chosen; written into the record.

        Raises:
            subprocess.TimeoutExpired: they did not end in time, or not by themselves.
        """
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.json"
            command = [GARDENER, "run", "-q", "--python", self.python, "--report", str(report)]
            command += [*chosen, "--"] if chosen else ["--all", "--"]
            done = subprocess.run(
                [*command, *self.arguments], cwd=self.root, env=self.environment,
                capture_output=True, text=True, check=False, timeout=PATIENCE,
            )  # fmt: skip
            if not report.exists():
                raise SystemExit(done.stdout[-2000:] + done.stderr[-2000:])
            found = json.loads(report.read_text())
        if not found.get("complete", True):
            raise subprocess.TimeoutExpired(command, PATIENCE)
        return {one["nodeid"]: one["outcome"] for one in found["results"]}

    def selected(self, every: Collection[str]) -> set[str]:
        done = subprocess.run(
            [GARDENER, "impacted", "--staged", "--format", "nodeids"],
            cwd=self.root, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(done.stderr)
        lines = set(done.stdout.splitlines())
        return set(every) if "ALL" in lines else {t for t in every if _holds(lines, t)}

    def without_record(self) -> None:
        for name in ("record.sqlite", "record.sqlite-wal", "record.sqlite-shm"):
            (self.root / ".git" / "gardener" / name).unlink(missing_ok=True)


def _holds(lines: set[str], nodeid: str) -> bool:
    parts = nodeid.partition("[")[0].split("::")
    above = ("::".join(parts[:n]) for n in range(1, len(parts) + 1))
    return nodeid in lines or any(one in lines for one in above)


def clone(folder: Path, root: Path, asked: argparse.Namespace, arguments: list[str]) -> Suite:
    subprocess.run(["git", "clone", "-q", str(folder), str(root)], check=True, capture_output=True)
    paths = [str(root / asked.path), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(p for p in paths if p),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return Suite(root, asked.python, ["-p", "no:cacheprovider", *arguments], environment)


def taken_back(suite: Suite, number: int) -> Iterator[str]:
    """The commits whose code can be taken back, each staged, then told."""
    listed = suite.git("log", "--no-merges", "--format=%H", f"-{number * RECENT}", "--", "*.py")
    for commit in listed.stdout.decode().split():
        patch = suite.git(
            "diff",
            "--binary",
            f"{commit}^",
            commit,
            "--",
            "*.py",
            *(f":(exclude,glob)**/{one}" for one in LEFT),
        ).stdout
        if patch and not suite.git("apply", "-R", "--index", feed=patch).returncode:
            yield suite.git("log", "-1", "--format=%h %s", commit).stdout.decode().strip()
            number -= 1
        suite.git("reset", "-q", "--hard")
        if not number:
            return


def again(suite: Suite, missing: set[str]) -> tuple[str, ...]:
    """Of the tests that fail and were not selected, those that fail alone, and only so."""
    if not missing:
        return ()
    failing = {t for t, o in suite.run(sorted(missing)).items() if o not in ("passed", "skipped")}
    suite.git("stash", "-q")
    fine = {t for t, o in suite.run(sorted(missing)).items() if o == "passed"}
    suite.git("stash", "pop", "-q", "--index")
    return tuple(sorted(failing & fine))


def measure(
    asked: argparse.Namespace,
    arguments: list[str],
    place: Path,
    changes: Callable[[Suite], Iterator[str]],
) -> list[Row]:
    """Hold what is selected for each change against what fails with it.

    `changes` stages one after the other in the clone that it is given, and tells each.
    """
    recorded = clone(asked.folder.resolve(), place / "recorded", asked, arguments)
    plain = clone(asked.folder.resolve(), place / "plain", asked, arguments)
    runs = (recorded.run(), plain.run())
    every = {
        t
        for t, outcome in runs[0].items()
        if outcome == runs[1].get(t) == "passed" and HIDDEN not in t
    }
    if not every:
        raise SystemExit("no test passes at HEAD: has the environment what the suite needs?")
    print(f"{len(every)} tests pass", file=sys.stderr)
    rows = []
    for change in changes(plain):
        recorded.git("reset", "-q", "--hard")
        staged = plain.git("diff", "--cached", "--binary").stdout
        if recorded.git("apply", "--index", feed=staged).returncode:
            raise SystemExit(f"{change} can be staged in one clone only")
        with_record = recorded.selected(every)
        plain.without_record()
        static = plain.selected(every)
        try:
            outcomes = plain.run()
        except subprocess.TimeoutExpired:
            print(f"      {change[:60]} left out: the suite does not end with it", flush=True)
            continue
        failing = {t for t in every if outcomes.get(t, "missing") not in ("passed", "skipped")}
        really = set(again(plain, failing - (with_record & static)))
        row = Row(
            change,
            len(failing),
            len(with_record),
            len(static),
            tuple(sorted(really - with_record)),
            tuple(sorted(really - static)),
        )
        rows.append(row)
        tell(row, len(every))
        shutil.rmtree(plain.root / ".pytest_cache", ignore_errors=True)
    summary(asked.folder.resolve().name, rows, len(every))
    return rows


def tell(row: Row, every: int) -> None:
    shares = f"{row.recorded / every:4.0%} recorded {row.static / every:4.0%} static"
    print(f"{row.failing:5} fail {shares}  {row.change[:60]}", flush=True)
    for word, missing in (("recorded", row.missing), ("static", row.missing_static)):
        for test in missing[:5]:
            print(f"      MISSED ({word}) {test}")


def summary(name: str, rows: list[Row], every: int) -> None:
    """The row of the table in docs/selection.md."""
    if not rows:
        raise SystemExit("there is no such change")
    found = [name, str(every), str(len(rows))]
    for counts in ([r.failing for r in rows], [r.recorded for r in rows], [r.static for r in rows]):
        shares = [count / every for count in counts]
        found.append(f"{statistics.mean(shares):.1%} / {statistics.median(shares):.1%}")
    found += [str(sum(len(r.missing) for r in rows)), str(sum(len(r.missing_static) for r in rows))]
    print(f"| {' | '.join(found)} |")


def arguments_of(description: str | None) -> argparse.ArgumentParser:
    """What every such script is asked with."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--python", required=True)
    parser.add_argument("--path", default=".")
    return parser


def split(parser: argparse.ArgumentParser) -> tuple[argparse.Namespace, list[str]]:
    """What was asked, and the arguments for pytest."""
    at = [*sys.argv, "--"].index("--")
    return parser.parse_args(sys.argv[1:at]), sys.argv[at + 1 :]


def main() -> None:
    parser = arguments_of(__doc__)
    parser.add_argument("--commits", type=int, default=20)
    asked, arguments = split(parser)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        measure(asked, arguments, place, lambda suite: taken_back(suite, asked.commits))


if __name__ == "__main__":
    main()
