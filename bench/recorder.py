"""CPU that the recorder adds to 1,000 trivial tests; interleaved runs, medians.

    python bench/recorder.py [ROUNDS] [LABEL=FOLDER]...

Each round runs the same suite without and with the recorder, in an order that alternates.
The CPU is that of the whole process (user and system). The target is below 5 %. A FOLDER that
holds another version's plugin (what `plugin_files()` gives there) is measured too; its
`-p` is the module `entry` in it, or of older ones the one whose name ends in `recorder`.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from gardener.hooks.plugin import plugin_files, write_files

TESTS = 1_000


class Variant(NamedTuple):
    """A command whose CPU is measured, in its environment."""

    command: list[str]
    environment: dict[str, str]


def cpu_seconds(variant: Variant, folder: Path) -> float:
    """Seconds of CPU of a process and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        variant.command,
        cwd=folder,
        env=variant.environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def write_suite(suite: Path) -> None:
    """Write the trivial tests, in ten files."""
    suite.mkdir()
    for file in range(10):
        tests = [f"def test_{n}():\n    assert {n} + 1 == {n + 1}\n" for n in range(TESTS // 10)]
        (suite / f"test_{file}.py").write_text("\n".join(tests))


def variants(plugins: dict[str, Path], suite: Path, stream: Path) -> dict[str, Variant]:
    """A plain run, and one with each of the plugins."""
    base = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "GARDENER_"))}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    runs = {"plain": Variant(command, base)}
    for label, folder in plugins.items():
        [entry] = [*folder.rglob("entry.py")] or [*folder.rglob("*recorder.py")]
        module = ".".join(entry.relative_to(folder).with_suffix("").parts)
        environment = {
            "PYTHONPATH": str(folder),
            "GARDENER_STREAM": str(stream),
            "GARDENER_ROOT": str(suite),
        }
        runs[label] = Variant([*command, "-p", module], base | environment)
    return runs


def measure(runs: dict[str, Variant], suite: Path, rounds: int) -> dict[str, list[float]]:
    """Seconds of CPU of each variant, by round."""
    seconds: dict[str, list[float]] = {label: [] for label in runs}
    for number in range(-1, rounds):  # round -1 warms the byte code up
        for label in list(runs)[:: 1 if number % 2 else -1]:
            spent = cpu_seconds(runs[label], suite)
            if number >= 0:
                seconds[label].append(spent)
    return seconds


def main() -> None:
    """Print the medians."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    versions = [argument.partition("=") for argument in sys.argv[2:]]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_suite(folder / "suite")
        write_files(plugin_files(), folder / "plugin")
        plugins = {label: Path(path).absolute() for label, _, path in versions}
        plugins["recorded"] = folder / "plugin"
        runs = variants(plugins, folder / "suite", folder / "stream")
        seconds = measure(runs, folder / "suite", rounds)
    print(f"{TESTS} trivial tests, {rounds} rounds, Python {sys.version.split()[0]}")
    for label, spent in seconds.items():
        ratios = [b / a for a, b in zip(seconds["plain"], spent, strict=True)]
        print(
            f"{label:9} {statistics.median(spent):.3f} s CPU (median), "
            f"{statistics.median(ratios):.3f} x plain (median of the rounds' ratios)"
        )


if __name__ == "__main__":
    main()
