"""CPU and memory of the bot on 10,000 failing tests, as whole processes; medians.

    python bench/bot.py [RUNS]

Four shapes of one report: few causes with many tests, a cause for every test, tests with
nodeids and messages of 2,000 characters, and hostile text. Told for each: the process
that reads findings and renders the comment, the same for all issues, and a process that
only reads them. The target is below 2 s CPU and 300 MB for the rendering.
"""

import os
import pickle
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

MANY = 10_000
HOSTILE = "a|b ``` </details><h1> @org/team #1 \x1b[31m ghp_" + "a1B2" * 9 + " -->"

WORK = {
    "read": "",
    "comment": "from gardener.bot.content import comment; comment.render(report, diagnosis)",
    "issues": "from pathlib import Path; from gardener.bot import plan_issues\n"
    "from gardener.config import Config\n"
    "plan_issues.plan(report, diagnosis, (), 'me', Config(Path()))",
}
CHILD = """
import pickle, resource, sys
report, diagnosis = pickle.load(open(sys.argv[1], 'rb'))
{work}
use = resource.getrusage(resource.RUSAGE_SELF)
print(use.ru_utime + use.ru_stime, use.ru_maxrss / 1024)
"""


def build(causes: int, words: str, name: str):
    from gardener.model import (
        Diagnosis,
        Failure,
        Finding,
        Frame,
        Kind,
        Phase,
        Report,
        Result,
        Status,
    )

    frame = Frame("app/ws.py", 12, "Bridge.send", "project")
    nodeids = [f"tests/unit/test_{n % 97}.py::TestA::test_{name}_{n}" for n in range(MANY)]
    failures = [
        Failure(nodeid=t, phase=Phase.CALL, type="AssertionError", message=words, frames=(frame,))
        for t in nodeids
    ]
    findings = tuple(
        Finding(
            fingerprint=f"1:{n:016x}",
            kind=Kind.FAILING,
            category="other",
            slug=f"cause-{n}",
            title=words[:200],
            cause=words[:200],
            status=Status.REGRESSION,
            failures=tuple(failures[n::causes]),
        )
        for n in range(causes)
    )
    results = tuple(Result(t, "failed") for t in nodeids)
    report = Report(created="2026-01-01T00:00:00Z", commit="a" * 40, results=results)
    return report, Diagnosis(findings)


SHAPES = {
    "200 causes": (200, "'AGENT' != 'agent'", "plain"),
    "10,000 causes": (MANY, "'AGENT' != 'agent'", "plain"),
    "long text": (2_000, "word " * 400, "x" * 2_000),
    "hostile text": (MANY, HOSTILE * 4, "hostile|`@org"),
}


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        for shape, (causes, words, name) in SHAPES.items():
            path = Path(folder) / "case.pickle"
            path.write_bytes(pickle.dumps(build(causes, words, name)))
            said = []
            for what, work in WORK.items():
                code = CHILD.format(work=work)
                told = [measure(code, path) for _ in range(runs)]
                cpu = statistics.median(t[0] for t in told)
                memory = statistics.median(t[1] for t in told)
                said.append(f"{what} {cpu:.2f} s {memory:.0f} MB")
            print(f"{shape:14} {' | '.join(said)}")


def measure(code: str, path: Path) -> tuple[float, float]:
    """Seconds of CPU and the peak of memory in MB of one process."""
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ)
    cpu, memory = done.stdout.split()
    return float(cpu), float(memory)


if __name__ == "__main__":
    main()
