"""CPU of recording what each test executes, beside coverage and pytest-testmon.

    python bench/recording.py PROJECT PYTHON [ROUNDS] [-- PYTEST ARGS]

PROJECT is a git repository with a pytest suite, PYTHON the interpreter of its environment
(3.12 or later to record). Coverage and pytest-testmon are measured where that environment
has them and they can run the suite. Rounds are interleaved; the figure is the median of the rounds' ratios to the plain
run, in CPU of the whole process tree (user and system).
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from gardener.hooks.plugin import plugin_files

PEERS = ("coverage", "testmon")


def cpu(command: list[str], folder: Path, environment: dict[str, str]) -> float:
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
    return not subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode


def main() -> None:
    own = sys.argv[1:]
    extra = own[own.index("--") + 1 :] if "--" in own else []
    own = own[: own.index("--")] if "--" in own else own
    if len(own) < 2:
        raise SystemExit(__doc__)
    project, python = Path(own[0]).resolve(), str(Path(own[1]).absolute())
    rounds = int(own[2]) if len(own) > 2 else 5
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        plugin, stream = place / "plugin", place / "stream"
        plugin.mkdir()
        for file, text in plugin_files().items():
            (plugin / file).write_bytes(text)
        base = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "GARDENER_"))}
        run = ["-m", "pytest", "-q", "-p", "no:cacheprovider", *extra]
        recorded = base | {
            "PYTHONPATH": str(plugin),
            "GARDENER_STREAM": str(stream),
            "GARDENER_ROOT": str(project),
        }
        rows: dict[str, tuple[list[str], dict[str, str]]] = {
            "plain": ([python, *run], base),
            "report": ([python, *run, "-p", "gardener_recorder"], recorded),
            "recording": (
                [python, *run, "-p", "gardener_recorder"],
                recorded | {"GARDENER_TRACE": "1"},
            ),
        }
        if has(python, "coverage"):
            data = {"COVERAGE_FILE": str(place / "coverage")}
            rows["coverage"] = ([python, "-m", "coverage", "run", *run], base | data)
        if has(python, "testmon"):
            data = {"TESTMON_DATAFILE": str(place / "testmon")}
            rows["testmon"] = ([python, *run, "--testmon-noselect"], base | data)
        spent: dict[str, list[float]] = {label: [] for label in rows}
        for number in range(-1, rounds):  # round -1 warms the byte code up
            order = list(rows)[:: 1 if number % 2 else -1]
            for label in order:
                if label == "testmon":
                    (place / "testmon").unlink(missing_ok=True)
                try:
                    seconds = cpu(*_arguments(rows[label], project))
                except RuntimeError as wrong:
                    if label not in PEERS:
                        raise SystemExit(str(wrong)) from None
                    print(f"{label:9} left out: {wrong}")
                    del rows[label], spent[label]
                    continue
                if number >= 0:
                    spent[label].append(seconds)
        version = subprocess.check_output([python, "-V"], text=True).strip()
        print(f"{project.name}, {version}, {rounds} rounds")
        for label, seconds_ in spent.items():
            ratios = [b / a for a, b in zip(spent["plain"], seconds_, strict=True)]
            print(
                f"{label:9} {statistics.median(seconds_):7.2f} s CPU (median)"
                f"  {statistics.median(ratios):5.2f} x plain"
            )


def _arguments(
    row: tuple[list[str], dict[str, str]], project: Path
) -> tuple[list[str], Path, dict[str, str]]:
    command, environment = row
    return command, project, environment


if __name__ == "__main__":
    main()
