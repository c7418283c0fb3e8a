"""CPU of recording what each test executes, beside coverage and pytest-testmon.

    python bench/recording.py PROJECT PYTHON [ROUNDS] [-- PYTEST ARGS]

PROJECT is a git repository with a pytest suite, PYTHON the interpreter of its environment.
Coverage and pytest-testmon are measured where that environment has them and they can run the
suite. `run` is the whole of `gardener run --all` with an empty record, its own process included.
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


def main() -> None:
    """Print the medians."""
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("python", type=Path)
    parser.add_argument("rounds", type=int, nargs="?", default=5)
    parser.add_argument("pytest_arguments", nargs="*")
    options = parser.parse_args()
    project, python = options.project.resolve(), str(options.python.absolute())
    with tempfile.TemporaryDirectory() as name:
        runs = variants(python, project, options.pytest_arguments, Path(name))
        try:
            seconds = measure(runs, python, project, options.rounds)
        except RuntimeError as wrong:
            raise SystemExit(str(wrong)) from None
    version = subprocess.check_output([python, "-V"], text=True).strip()
    print(f"{project.name}, {version}, {options.rounds} rounds")
    for label, spent in seconds.items():
        ratios = [b / a for a, b in zip(seconds["plain"], spent, strict=True)]
        print(
            f"{label:9} {statistics.median(spent):7.2f} s CPU (median)"
            f"  {statistics.median(ratios):5.2f} x plain"
        )


if __name__ == "__main__":
    main()
