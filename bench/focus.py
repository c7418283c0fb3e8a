"""Which tests belong to a focus, against the tests that execute its API when they run.

    python bench/focus.py FOLDER --python EXE [--focus NAME] [--api IMPORT]... [--truth FILE]
        [--record] [-v] [-- PYTEST ARGS]

FOLDER is a project with its suite; it is copied, never written to. The suite runs once under
EXE (Python 3.11 or newer, with all that the suite needs), which notes for each test what it
executes of the API that the focus names, and of the project's own functions that name this API
and call it in most of the tests that execute them. `--api` adds an import to those of the focus, for what
stands behind a proxy. With `--truth` that is kept in FILE and read from there the next
time. Against it `gardener focus NAME` is held, without a record and with `--record` also behind a
`gardener run --all` that records. Recall is the share of the tests that executed the API which are
listed ("users": of those that executed at least such a function of the project); precision is the
share of the listed tests that executed either ("or named": or that are called so by name, path or
marker, which makes them belong). With `-v` each test that is missing or too much.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from reach import PLUGIN, copy

from gardener import config
from gardener.nodeid import file_of, without_parameters

NAMED = ("its name", "its path", "its marker", "its pytestmark", "it is in the list")
"""How the reasons begin of tests that are called so."""


class Truth(NamedTuple):
    """The tests that ran, without parameters; what of the API, and of its users, each executed."""

    api: dict[str, list[str]]
    users: dict[str, list[str]]

    @property
    def tests(self) -> set[str]:
        return set(self.api)

    @property
    def strict(self) -> set[str]:
        """The tests that executed the API."""
        return {test for test, executed in self.api.items() if executed}

    @property
    def wide(self) -> set[str]:
        """These, and the tests that executed a function which uses it."""
        return self.strict | {test for test, executed in self.users.items() if executed}


def environment(root: Path, **more: str) -> dict[str, str]:
    """Where the copy is found before an installed one."""
    paths = [*more.pop("first", "").split(), f"{root}/src", f"{root}", os.environ.get("PYTHONPATH")]
    path = os.pathsep.join(filter(None, paths))
    return {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", **more}


def traced(root: Path, python: str, imports: tuple[str, ...], arguments: list[str]) -> str:
    """What each test executed, as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "focus.json"
        api = json.dumps(imports)
        variables = environment(
            root, first=str(PLUGIN), FOCUS_TOP=str(root), FOCUS_API=api, FOCUS_OUT=str(out)
        )
        command = [python, "-m", "pytest", "-q", "-p", "focus", "-p", "no:cacheprovider"]
        done = subprocess.run(
            [*command, *arguments], cwd=root, env=variables, capture_output=True, text=True
        )
        print(done.stdout.strip().rpartition("\n")[2], file=sys.stderr)
        if not out.exists() or out.read_text() == "{}":
            sys.exit(done.stdout[-3000:] + done.stderr[-3000:])
        return out.read_text()


def read(text: str) -> Truth:
    """The truth of all variants of each test together."""
    api: dict[str, list[str]] = {}
    users: dict[str, list[str]] = {}
    for nodeid, executed in json.loads(text).items():
        test = without_parameters(nodeid)
        api.setdefault(test, []).extend(executed["api"])
        users.setdefault(test, []).extend(executed["users"])
    return Truth(api, users)


def listed(root: Path, focus: str) -> dict[str, str]:
    """What `gardener focus` lists, each with its reason."""
    command = [sys.executable, "-m", "gardener", "focus", focus, "--format", "explain"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    lines = (line.partition(": ") for line in done.stdout.splitlines())
    return {name: reason for name, _, reason in lines}


def run_recorded(root: Path, python: str, arguments: list[str]) -> None:
    """Run all tests once, so that there is a record of them."""
    command = [sys.executable, "-m", "gardener", "run", "--all", "-q", "--python", python]
    done = subprocess.run(
        [*command, "--", *arguments],
        cwd=root,
        env=environment(root),
        capture_output=True,
        text=True,
    )
    print((done.stdout + done.stderr).strip().rpartition("\n")[2], file=sys.stderr)


def tell(label: str, truth: Truth, found: dict[str, str], is_verbose: bool) -> None:
    """Print one row, and the tests that make the difference."""
    reasons = {test: _reason(found, test) for test in truth.tests}
    chosen = {test for test, reason in reasons.items() if reason is not None}
    named = {test for test in chosen if (reasons[test] or "").startswith(NAMED)}
    strict, wide = truth.strict, truth.wide
    print(
        f"| {label} | {len(truth.tests)} in {_files(truth.tests)} "
        f"| {len(strict)} in {_files(strict)} | {len(wide)} in {_files(wide)} "
        f"| {len(chosen)} in {_files(chosen)} | {_share(chosen & strict, strict)} "
        f"| {_share(chosen & wide, wide)} | {_share(chosen & wide, chosen)} "
        f"| {_share(chosen & (wide | named), chosen)} |",
        flush=True,
    )
    if is_verbose:
        for test in sorted(wide - chosen):
            print(f"  MISSING {test}: {(truth.api[test] + truth.users[test])[0]}")
        for test in sorted(chosen - wide):
            print(f"  too much {test}: {reasons[test]}")


def _reason(found: dict[str, str], test: str) -> str | None:
    """Why a test is listed: itself, a class around it, its file; None if it is not."""
    file, *names = test.split("::")
    for end in range(len(names), -1, -1):
        name = "::".join([file, *names[:end]])
        if name in found:
            return found[name]
    return None


def _files(tests: set[str]) -> int:
    return len({file_of(test) for test in tests})


def _share(part: set[str], whole: set[str]) -> str:
    return f"{len(part) / len(whole):.3f}" if whole else "-"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--python", required=True)
    parser.add_argument("--focus", default="websocket")
    parser.add_argument("--api", action="append", default=[])
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("-v", "--verbose", action="store_true")
    at = [*sys.argv, "--"].index("--")
    asked = parser.parse_args(sys.argv[1:at])
    arguments = sys.argv[at + 1 :]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve() / asked.folder.resolve().name
        copy(asked.folder, root)
        if asked.truth and asked.truth.exists():
            text = asked.truth.read_text()
        else:
            imports = config.load(root).focus(asked.focus).imports
            text = traced(root, asked.python, (*imports, *asked.api), arguments)
            if asked.truth:
                asked.truth.write_text(text)
        truth = read(text)
        name = root.name
        print(
            "| suite | tests | executed | with users | listed | recall | users | precision | or named |"
        )
        print("|---|---|---|---|---|---|---|---|---|")
        tell(name, truth, listed(root, asked.focus), asked.verbose)
        if asked.record:
            run_recorded(root, asked.python, arguments)
            tell(f"{name}, recorded", truth, listed(root, asked.focus), asked.verbose)


if __name__ == "__main__":
    main()
