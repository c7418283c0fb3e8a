"""CPU of recording what each test executes, beside coverage and pytest-testmon.

    python bench/recording.py PROJECT PYTHON... [--rounds N] [--suite NAME]... [-- PYTEST ARGS]

PROJECT is a git repository with a pytest suite, each PYTHON the interpreter of an environment
in which it runs. Coverage and pytest-testmon are measured where that environment has them and
they can run the suite. `run` is the whole of `gardener run --all` with an empty record, its own
process included. Beside the project two suites are written and measured: `one`, a single test,
of which the second `run` counts (the plugin is in place by then), and `failing`, 2,000 failing
tests of 5,000. `--suite` takes only `project`, `one` or `failing`.
Rounds are interleaved; the figure is the median of the rounds' ratios to the plain
run, in CPU of the whole process tree (user and system).
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from gardener.hooks.plugin import RECORDER, plugin_files, write_files

PEERS = ("coverage", "testmon")
SUITES = ("project", "one", "failing")
FILES, TESTS, FAILING = 50, 100, 40
"""Of the failing suite: its files, and the tests of each with how many of them fail."""


class Variant(NamedTuple):
    """A command whose CPU is measured, and what its environment has beyond the plain one."""

    arguments: list[str]
    environment: dict[str, str]
    data: Path | None = None  # what it would reuse from the round before
    python: str = ""  # where it is not the project's


def cpu_seconds(command: list[str], folder: Path, environment: dict[str, str]) -> float:
    """Seconds of CPU of a process and its children; the suite may fail, but must run.

    Raises:
        RuntimeError: it did not run to its end.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def has(python: str, module: str) -> bool:
    """Whether an interpreter can import a module."""
    return not subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode


def variants(python: str, project: Path, extra: list[str], folder: Path) -> dict[str, Variant]:
    """What is measured, by name; `plain` is first."""
    plugin = folder / "plugin"
    write_files(plugin_files(), plugin)
    run = ["-m", "pytest", "-q", "-p", "no:cacheprovider", *extra]
    recorder = [*run, "-p", RECORDER]
    report = {
        "PYTHONPATH": str(plugin),
        "GARDENER_STREAM": str(folder / "stream"),
        "GARDENER_ROOT": str(project),
    }
    runs = {
        "plain": Variant(run, {}),
        "report": Variant(recorder, report),
        "recording": Variant(recorder, report | {"GARDENER_TRACE": "1"}),
    }
    if not extra:
        whole = ["-m", "gardener", "run", "--all", "-q", "--python", python]
        record = project / ".git/gardener/record.sqlite"
        runs["run"] = Variant(whole, {}, record, sys.executable)
    if has(python, "coverage"):
        environment = {"COVERAGE_FILE": str(folder / "coverage")}
        runs["coverage"] = Variant(["-m", "coverage", "run", *run], environment)
    if has(python, "testmon"):
        data = folder / "testmon"
        environment = {"TESTMON_DATAFILE": str(data)}
        runs["testmon"] = Variant([*run, "--testmon-noselect"], environment, data)
    return runs


def measure(
    runs: dict[str, Variant], python: str, project: Path, rounds: int
) -> dict[str, list[float]]:
    """Seconds of CPU of each variant, by round; a peer that cannot run the suite is left out.

    Raises:
        RuntimeError: the suite does not run to its end with gardener or without.
    """
    base = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "GARDENER_"))}
    seconds: dict[str, list[float]] = {label: [] for label in runs}
    for number in range(-1, rounds):  # round -1 warms the byte code up
        for label in list(seconds)[:: 1 if number % 2 else -1]:
            variant = runs[label]
            if variant.data is not None:
                variant.data.unlink(missing_ok=True)
            command = [variant.python or python, *variant.arguments]
            try:
                spent = cpu_seconds(command, project, base | variant.environment)
            except RuntimeError as wrong:
                if label not in PEERS:
                    raise
                print(f"{label:9} left out: {wrong}")
                del seconds[label]
                continue
            if number >= 0:
                seconds[label].append(spent)
    return seconds


def write_suite(folder: Path, modules: dict[str, str]) -> Path:
    """A repository with a module of its own and these files of tests."""
    app = "def total(numbers):\n    return checked(sum(numbers))\n\n\ndef checked(number):\n"
    app += (
        "    if number < 0:\n        raise ValueError(f'{number} is negative')\n    return number\n"
    )
    settings = "[tool.pytest.ini_options]\npythonpath = ['.']\n"
    files = {"app.py": app, "pyproject.toml": settings, ".gitignore": "__pycache__/\n", **modules}
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"]):
        identity = ["-c", "user.name=B", "-c", "user.email=b@example.org"]
        subprocess.run(["git", *identity, *command], cwd=folder, check=True)
    return folder


def one_test() -> dict[str, str]:
    """A file with a single test."""
    text = "from app import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n"
    return {"test_one.py": text}


def failing_tests() -> dict[str, str]:
    """Files in which tests fail in the test, or below it, each with a message of its own."""
    bodies = ("assert total([{n}, 1]) == {n}", "total([-{n}, -1])")
    modules = {}
    for file in range(FILES):
        tests = ["from app import total\n"]
        for n in range(TESTS):
            fails = bodies[n % 2].format(n=n)
            body = fails if n < FAILING else f"assert total([{n}, 1]) == {n + 1}"
            tests.append(f"\n\ndef test_{n}():\n    {body}\n")
        modules[f"test_{file}.py"] = "".join(tests)
    return modules


def compare(project: Path, python: str, rounds: int, extra: list[str], label: str) -> None:
    """Measure one suite under one interpreter, and print the medians.

    Raises:
        RuntimeError: the suite does not run to its end with gardener or without.
    """
    with tempfile.TemporaryDirectory() as name:
        runs = variants(python, project, extra, Path(name))
        if label != "project":
            runs = {"plain": runs["plain"], "run": runs["run"]}
        seconds = measure(runs, python, project, rounds)
    version = subprocess.check_output([python, "-V"], text=True).strip()
    print(f"{project.name}, {version}, {rounds} rounds")
    for variant, spent in seconds.items():
        pairs = list(zip(seconds["plain"], spent, strict=True))
        print(
            f"{variant:9} {statistics.median(spent):7.2f} s CPU (median)"
            f"  {statistics.median(b / a for a, b in pairs):5.2f} x plain"
            f"  {statistics.median(b - a for a, b in pairs):+6.2f} s",
            flush=True,
        )


def main() -> None:
    """Print the medians of each suite under each interpreter."""
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("python", type=Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--suite", choices=SUITES, action="append")
    given = sys.argv[1:]
    end = given.index("--") if "--" in given else len(given)
    options, extra = parser.parse_args(given[:end]), given[end + 1 :]
    suites = options.suite or SUITES
    with tempfile.TemporaryDirectory() as name:
        projects = {"project": options.project.resolve()}
        if "one" in suites:
            projects["one"] = write_suite(Path(name, "one"), one_test())
        if "failing" in suites:
            projects["failing"] = write_suite(Path(name, "failing"), failing_tests())
        for python in options.python:
            for label in suites:
                own = extra if label == "project" else []
                try:
                    compare(projects[label], str(python.absolute()), options.rounds, own, label)
                except RuntimeError as wrong:
                    raise SystemExit(str(wrong)) from None


if __name__ == "__main__":
    main()
