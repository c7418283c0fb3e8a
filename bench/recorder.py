"""CPU that the recorder adds to 1,000 trivial tests; interleaved runs, medians.

    python bench/recorder.py [RUNS]

Each round runs the same suite without and with the recorder, in an order that alternates.
The CPU is that of the whole process (user and system). The target is below 5 %.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = 1_000


def cpu(command: list[str], folder: Path, environment: dict[str, str]) -> float:
    """Seconds of CPU of a process and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    recorder = Path(__file__).parents[1] / "hooks" / "plugin" / "recorder.py"
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        suite, plugin, stream = place / "suite", place / "plugin", place / "stream"
        for folder in (suite, plugin, stream):
            folder.mkdir()
        (plugin / "gardener_recorder.py").write_bytes(recorder.read_bytes())
        for file in range(10):
            tests = [
                f"def test_{n}():\n    assert {n} + 1 == {n + 1}\n" for n in range(TESTS // 10)
            ]
            (suite / f"test_{file}.py").write_text("\n".join(tests))
        base = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "GARDENER_"))}
        plain = ([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], base)
        recorded = (
            [*plain[0], "-p", "gardener_recorder"],
            base
            | {
                "PYTHONPATH": str(plugin),
                "GARDENER_STREAM": str(stream),
                "GARDENER_ROOT": str(suite),
            },
        )
        spent: dict[str, list[float]] = {"plain": [], "recorded": []}
        for number in range(-1, rounds):  # round -1 warms the byte code up
            pairs = [("plain", plain), ("recorded", recorded)]
            for label, (command, environment) in pairs[:: 1 if number % 2 else -1]:
                seconds = cpu(command, suite, environment)
                if number >= 0:
                    spent[label].append(seconds)
        ratios = [b / a for a, b in zip(spent["plain"], spent["recorded"], strict=True)]
        print(f"{TESTS} trivial tests, {rounds} rounds, Python {sys.version.split()[0]}")
        for label, seconds_ in spent.items():
            print(f"{label:9} {statistics.median(seconds_):.3f} s CPU (median)")
        print(f"ratio     {statistics.median(ratios):.3f} (median of the rounds' ratios)")


if __name__ == "__main__":
    main()
