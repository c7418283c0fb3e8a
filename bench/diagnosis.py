"""CPU time and memory of grouping many failures, and how the time grows.

    python bench/diagnosis.py

Each size runs in a process of its own, three times; the median is printed. The failures
have 8 forms of message for each of their causes, frames, symbols and 12 files a cause.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gardener.model import Failure


def failures(count: int) -> Iterator[Failure]:
    """Failures of `count / 100` causes."""
    from gardener.model import Failure, Frame, Phase

    causes = max(count // 100, 1)
    for n in range(count):
        cause, form = n % causes, n // causes % 8
        file = f"tests/unit/area_{cause % 12}/test_module_{n % 997}.py"
        place = f"app/part_{cause % 400}.py"
        yield Failure(
            nodeid=f"{file}::TestThing::test_case_{n}[{form}-value]",
            phase=Phase.CALL,
            type=("ValueError", "AssertionError", "KeyError", "TypeError")[cause % 4],
            message=f"cannot handle message {cause} of room '{form}' at 0x7f{n:010x}\nassert {n} == {form}",
            frames=(
                Frame(file, n % 500, f"TestThing.test_case_{n}", "test", "handle(message)"),
                *(Frame(place, m, f"Part.step_{cause}_{m}", "project") for m in range(form % 5)),
                Frame("/usr/lib/python3.12/json/decoder.py", 337, "JSONDecoder.decode", "library"),
            ),
            statement_symbols=(f"{place}:Part.handle_{cause}",),
            body_symbols=tuple(f"{place}:Part.step_{m}" for m in range(cause % 7)),
        )


def measure(count: int) -> None:
    """Print CPU seconds, MB of memory, and the number of findings."""
    from gardener.config import Config
    from gardener.diagnosis.diagnosis import diagnose
    from gardener.model import Report, Result

    failing = tuple(failures(count))
    report = Report(
        created="",
        results=tuple(Result(failure.nodeid, "failed") for failure in failing),
        failures=failing,
    )
    start = time.process_time()
    diagnosis = diagnose(report, Config(Path()))
    seconds = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(seconds, memory, len(diagnosis.findings))


def main() -> None:
    """Measure each size in processes of their own."""
    if len(sys.argv) > 1:
        measure(int(sys.argv[1]))
        return
    print(f"{'failures':>10}{'findings':>10}{'CPU s':>8}{'us each':>9}{'MB':>7}")
    for count in (1_000, 10_000, 100_000):
        runs = []
        for _ in range(3):
            process = subprocess.run(
                [sys.executable, __file__, str(count)], capture_output=True, text=True, check=True
            )
            runs.append([float(word) for word in process.stdout.split()])
        seconds, memory, findings = map(statistics.median, zip(*runs, strict=True))
        microseconds = seconds / count * 1e6
        print(f"{count:>10,}{findings:>10,.0f}{seconds:>8.2f}{microseconds:>9.0f}{memory:>7.0f}")


if __name__ == "__main__":
    main()
