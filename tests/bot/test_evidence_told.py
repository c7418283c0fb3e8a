"""What a test printed, and the lines where it failed, in the comment and in the issue."""

from gardener.bot import plan_issues
from gardener.bot.content import comment
from msgspec.structs import replace

from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.model import Excerpt, Failure, Frame, Output, Phase, Report, Result

REPORT = Report(
    created="2026-11-01T10:00:00Z",
    commit="1" * 40,
    results=(Result("t.py::a", "failed"),),
    failures=(
        Failure(
            nodeid="t.py::a",
            phase=Phase.CALL,
            type="ValueError",
            message="no room",
            frames=(Frame("app/a.py", 5, "f", "project", "raise ValueError"),),
            output=(
                Output("stdout call", "\n".join(f"line {n}" for n in range(900))),
                Output("log call", "/close\n@everyone ``` ::set-output::"),
            ),
        ),
    ),
    excerpts=(Excerpt("app/a.py", 5, 4, 5, 5, "def f():\n    raise ValueError('no room')"),),
)


def texts(report):
    from pathlib import Path

    config = Config(Path())
    diagnosis = diagnose(report, config)
    (action,) = plan_issues.plan(report, diagnosis, (), "", config).actions
    return comment.render(report, diagnosis), action.body


def test_source_and_output_are_told_and_no_line_is_a_command():
    for body in texts(REPORT):
        assert "`app/a.py:5`:" in body
        assert "| > 5      raise ValueError('no room')" in body
        assert "line 899" in body and "line 100\n" not in body, "the end of it"
        assert "| /close" in body
        assert not any(line.startswith(("/close", "@", "::")) for line in body.split("\n"))


def test_a_report_without_evidence_tells_none():
    failure = replace(REPORT.failures[0], output=())
    for body in texts(replace(REPORT, failures=(failure,), excerpts=())):
        assert "Captured" not in body and "`app/a.py:5`:" not in body
