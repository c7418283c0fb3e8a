"""Reports for the tests of the page."""

from pathlib import Path

from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.diagnosis.fingerprint import evidence_of
from gardener.model import (
    Environment,
    Excerpt,
    Failure,
    Frame,
    Mode,
    Output,
    Phase,
    PriorResult,
    Report,
    Result,
    Selected,
    SelectionSummary,
    WarningCount,
)
from gardener.render.html import Extras, PatchPreview, render
from gardener.reports.history import PastRun


def page_of(report: Report, extras: Extras | None = None) -> str:
    return render(report, diagnose(report, Config(Path())), extras)


def failure(test: str, line: int, error: str, *, phase=Phase.CALL, **more) -> Failure:
    type_, _, message = error.partition(": ")
    frames = (
        Frame(test.partition("::")[0], 7, "test", "test", "assert send() == 1"),
        Frame("app/chat.py", line, "send", "project", "raise wrong"),
    )
    return Failure(
        nodeid=test, phase=phase, type=type_, message=message, frames=frames, duration=0.5, **more
    )


PRINTED = (Output("stdout call", "connected to broker\n"), Output("log call", "WARNING slow\n"))


def small() -> Report:
    """Three causes of two statuses in two folders, with evidence, ways and warnings."""
    failures = (
        failure("tests/a/test_a.py::test_one", 10, "ValueError: no room", output=PRINTED),
        failure("tests/a/test_a.py::test_two", 10, "ValueError: no room"),
        failure("tests/b/test_b.py::test_three", 30, "KeyError: 'user'", phase=Phase.SETUP),
        failure("tests/b/test_c.py::test_four", 50, "OSError: gone"),
    )
    passing = [Result(f"tests/a/test_a.py::test_ok{n}", "passed", 0.01 * n) for n in range(8)]
    failing = [Result(f.nodeid, "failed", 0.5) for f in failures]
    ways = (
        ("tests/a/test_a.py", "app/web.py:view > app/chat.py:send (app/chat.py: send changed)"),
        ("tests/b/test_b.py::test_three", "it executed what changed (app/chat.py: send changed)"),
        ("tests/b/test_c.py", "tests/b/test_c.py:t > app/io.py:read (app/io.py: read changed)"),
    )
    return Report(
        created="2026-11-29T12:00:00+00:00",
        commit="1" * 40,
        base="2" * 40,
        compared="2" * 40,
        environment=Environment(python="3.12.1", pytest="8.3.0", platform="linux"),
        command=("python", "-m", "pytest", "-q"),
        selection=SelectionSummary(
            mode=Mode.SINCE,
            everything=False,
            selected=3,
            why=tuple(Selected(*way) for way in ways),
        ),
        results=(*failing, *passing),
        failures=failures,
        before=(
            PriorResult(failures[0].nodeid, ("passed",)),
            PriorResult(failures[1].nodeid, ("passed",)),
            PriorResult(failures[2].nodeid, ("passed",)),
            PriorResult(failures[3].nodeid, ("failed",), (evidence_of(failures[3]).fingerprint,)),
        ),
        warnings=(
            WarningCount("UserWarning", "careful", "app/chat.py", 3, 4),
            WarningCount("ResourceWarning", "unclosed", "app/chat.py", 5, 2),
        ),
        excerpts=(
            Excerpt("app/chat.py", 10, 8, 10, 11, "def send():\n    x = 1\n    raise V(\n    )\n"),
        ),
    )


def large(tests: int = 10_000, failing: int = 2_000, causes: int = 400) -> Report:
    """As many tests as a large suite has, with output for each that fails."""
    names = [f"tests/area{n % 40}/test_file{n % 400}.py::TestThing::test_{n}" for n in range(tests)]
    failures = []
    for n in range(failing):
        line = n % causes
        frames = (
            Frame(names[n].partition("::")[0], n, "test", "test", "assert call() == 1"),
            Frame(f"app/module{line}.py", line, f"function{line}", "project", "raise wrong"),
        )
        output = Output("log call", f"WARNING  app:module.py:{n} something went wrong\n" * 40)
        message = f"thing{line} is not there\n" + f"+  where {line} = call()\n" * 10
        failures.append(
            Failure(
                nodeid=names[n], phase=Phase.CALL, type=f"app.Error{line}", message=message,
                frames=frames, duration=0.01, output=(output,),
            )
        )  # fmt: skip
    excerpts = [
        Excerpt(f"app/module{n}.py", n, max(n - 3, 1), n, n, "    some = line\n" * 6)
        for n in range(causes)
    ]
    return Report(
        created="2026-11-29T12:00:00+00:00",
        results=tuple(
            Result(name, "failed" if n < failing else "passed", (n % 97) / 100)
            for n, name in enumerate(names)
        ),
        failures=tuple(failures),
        excerpts=tuple(excerpts),
    )


HOSTILE = (
    "</script></style></pre><script>window.hit=1</script><img src=x onerror=window.hit=1>"
    "<svg onload=window.hit=1>\"'><a href=javascript:window.hit=1>`${window.hit=1}`</a>"
    "<!--<script>--> &lt;b&gt; \x00\x1b[31m\u202e\u2028 {{7*7}}"
)


def hostile() -> Report:
    """Every text of a report that tries to become more than text."""
    name = f"tests/{HOSTILE}.py::test_{HOSTILE}[{HOSTILE}]"
    frame = Frame(HOSTILE, 3, HOSTILE, "project", HOSTILE)
    return Report(
        created=HOSTILE,
        commit=HOSTILE,
        base=HOSTILE,
        branch=HOSTILE,
        shard=HOSTILE,
        environment=Environment(HOSTILE, HOSTILE, HOSTILE),
        command=(HOSTILE, HOSTILE),
        internal_error=HOSTILE,
        selection=SelectionSummary(
            mode=Mode.SINCE,
            focus=HOSTILE,
            everything=False,
            reason=HOSTILE,
            selected=2,
            why=(Selected(name, f"{HOSTILE} > {HOSTILE} ({HOSTILE})"), Selected(name, HOSTILE)),
        ),
        results=(Result(name, "failed", 1.5),),
        failures=(
            Failure(
                nodeid=name, phase=Phase.CALL, type=HOSTILE, message=HOSTILE, frames=(frame,),
                facts={"name": HOSTILE}, output=(Output(HOSTILE, HOSTILE),), suspect=HOSTILE,
            ),
        ),
        warnings=(
            WarningCount("DeprecationWarning", HOSTILE + " is deprecated", HOSTILE, 3),
            WarningCount(HOSTILE, HOSTILE, HOSTILE, 4),
        ),
        excerpts=(Excerpt(HOSTILE, 3, 1, 3, 3, HOSTILE),),
    )  # fmt: skip


def with_extras(report: Report) -> Extras:
    """A history and a patch for each cause."""
    findings = diagnose(report, Config(Path())).findings
    runs = (
        PastRun("2026-11-27T12:00:00", "a" * 40, "passing"),
        PastRun("2026-11-28T12:00:00", "b" * 40, "not run"),
        PastRun("2026-11-29T12:00:00", "c" * 40, "failing"),
    )
    patch = PatchPreview("--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-old\n+new", 1)
    return Extras(
        {finding.fingerprint: runs for finding in findings},
        {finding.fingerprint: patch for finding in findings},
    )
