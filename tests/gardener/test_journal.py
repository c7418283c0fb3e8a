"""The worklog in the repository: written once, then brought up to date."""

import re
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from msgspec.structs import replace

from gardener.cli import main
from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.model import Diagnosis, Failure, Output, Phase, Report, Result, SelectionSummary
from gardener.render.journal import record, update
from gardener.reports.issue_ledger import IssueLedger, KeptIssue, save
from gardener.reports.store import load

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
MESSAGES = {"t.py::a": "no room", "t.py::b": "no user", "t.py::c": "no event"}


def run(focus="", **outcomes):
    results = tuple(Result(f"t.py::{name}", outcome) for name, outcome in outcomes.items())
    return Report(
        created="2026-01-02",
        selection=SelectionSummary(focus=focus),
        results=results,
        failures=tuple(
            Failure(
                nodeid=r.nodeid, phase=Phase.CALL, type="ValueError", message=MESSAGES[r.nodeid]
            )
            for r in results
            if r.outcome == "failed"
        ),
    )


def recorded(root, report, days=0, ledger=None):
    at = START + timedelta(days=days)
    report = replace(report, created=at.isoformat())
    diagnosis = diagnose(report, Config(Path()))
    path = record(root, report, diagnosis, at, ledger)
    return path, path.read_text()


def test_its_name_holds_focus_and_time(tmp_path):
    path, _ = recorded(tmp_path, run("websocket", a="failed"))
    assert str(path.relative_to(tmp_path)) == (
        "FAILING-TEST/gardener/FAILING-TEST-GARDENER-WORKLOG-websocket-2026-01-02-030405.md"
    )


def test_a_later_run_says_what_became_of_the_findings(tmp_path):
    first, _ = recorded(tmp_path, run(a="failed", b="failed"))
    path, text = recorded(tmp_path, run(a="passed", b="failed", c="failed"), days=1)
    assert path == first
    a, b, c = (text.index(MESSAGES[f"t.py::{name}"]) for name in "abc")
    assert max(a, b, c) == c, "new findings are added at the end"
    assert text.count("- Now: `fixed` (2026-01-03 03:04 UTC)") == 1
    assert text.count("- Now: `still failing` (2026-01-03 03:04 UTC)") == 1
    assert "# Found later: 2026-01-03 03:04 UTC" in text
    assert text.count("no user") == recorded(tmp_path, run(b="failed", c="failed"), 2)[1].count(
        "no user"
    )


def test_the_head_tells_the_latest_run_once(tmp_path):
    recorded(tmp_path, run(a="failed", b="failed"))
    for days, outcome in ((1, "failed"), (2, "passed")):
        _, text = recorded(tmp_path, run(a="passed", b=outcome), days)
    assert text.count("**Now**") == 1
    now, first = (
        text.index("**Now** (2026-01-04 03:04 UTC): 2 passed. 2 of 2"),
        text.index("2 failing"),
    )
    assert text.index("## Executive summary") < now < first


def test_a_test_that_did_not_run_is_not_fixed(tmp_path):
    recorded(tmp_path, run(a="failed", b="failed"))
    for outcome in ({"b": "failed"}, {"a": "skipped", "b": "failed"}):
        _, text = recorded(tmp_path, run(**outcome), days=1)
        assert "`fixed`" not in text


def test_once_all_is_fixed_the_next_red_run_starts_a_new_one(tmp_path):
    first, _ = recorded(tmp_path, run(a="failed"))
    again, text = recorded(tmp_path, run(a="passed"), days=1)
    assert again == first
    assert text.count("- Now:") == 1
    other, _ = recorded(tmp_path, run(b="failed"), days=2)
    assert other != first


def test_a_finding_that_comes_back_says_so(tmp_path):
    recorded(tmp_path, run(a="failed", b="failed"))
    recorded(tmp_path, run(a="passed", b="failed"), days=1)
    _, text = recorded(tmp_path, run(a="failed", b="failed"), days=2)
    assert "`fixed`" not in text
    assert text.count("- Now: `still failing`") == 2


@pytest.mark.parametrize("focus", ["other", ""])
def test_each_focus_has_its_own(tmp_path, focus):
    first, _ = recorded(tmp_path, run("websocket", a="failed"))
    second, _ = recorded(tmp_path, run(focus, a="failed"), days=1)
    assert first != second


def test_the_command_writes_it(tmp_path, monkeypatch, capsys):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "test_it.py").write_text("def test_it():\n    assert [] == [1]\n")
    monkeypatch.chdir(tmp_path)
    main(["run", "--all", "--worklog", "--python", sys.executable])
    assert "the worklog is FAILING-TEST/gardener/" in capsys.readouterr().err
    (path,) = tmp_path.glob("FAILING-TEST/gardener/*.md")
    assert "test_it.py::test_it" in path.read_text()


BEFORE = """\
# FAILING-TEST-GARDENER worklog: all tests

- Date: `2025-12-31T00:00:00+00:00`

## Executive summary

1 red, 1 passed: 1 cause.
- `failing-test-unknown-P2-old`: 1 test. It failed.

## 1. failing-test-unknown-P2-old

- Fingerprint: `1:0123456789ab`

**Affected tests:**

- `tests/test_ws.py::test_old`

**Reproduce:**

```sh
pytest tests/test_ws.py::test_old
```

**Mend:**

```sh
gardener fix --only utcnow
```

## Summary statistics

| what | count |
|---|---:|
| Red tests | 1 |

## Next steps

1. Nothing to mend.
"""


def test_a_worklog_in_the_words_of_an_earlier_version_is_brought_up_to_date():
    passed = Report(created="", results=(Result("tests/test_ws.py::test_old", "passed"),))
    text = update(BEFORE, passed, Diagnosis(), datetime(2026, 1, 4, 3, 4, tzinfo=timezone.utc))
    assert "- Fingerprint: `1:0123456789ab`\n- Now: `fixed` (2026-01-04 03:04 UTC)\n" in text
    assert "**Now** (2026-01-04 03:04 UTC): 1 passed. 1 of 1 finding here fixed.\n" in text
    before_resolution = text.partition("\n## Resolution")[0]
    assert before_resolution.replace("\n- Now: `fixed` (2026-01-04 03:04 UTC)", "").count("\n") == (
        BEFORE.count("\n") + 2
    )


def test_the_resolution_says_since_when_each_finding_has_its_state(tmp_path):
    _, text = recorded(tmp_path, run(a="failed", b="failed"))
    assert text.endswith("0 of 2 findings fixed.\n")
    assert (
        len(re.findall(r"^\| \d\. .* \| open \| 2026-01-02 03:04 UTC \|$", text, re.MULTILINE)) == 2
    )
    recorded(tmp_path, run(a="passed", b="failed"), days=1)
    _, text = recorded(tmp_path, run(a="passed", b="failed", c="failed"), days=2)
    assert text.count("## Resolution") == 1
    rows = re.findall(r"^\| (\d)\. .* \| ([\w ]+) \| (.*) UTC \|$", text, re.MULTILINE)
    assert sorted(state for _, state, _ in rows) == ["fixed", "open", "still failing"]
    assert {state: since for _, state, since in rows} == {
        "fixed": "2026-01-03 03:04",
        "still failing": "2026-01-03 03:04",
        "open": "2026-01-04 03:04",
    }
    assert text.endswith("1 of 3 findings fixed.\n")
    assert text.index("# Found later") < text.index("## Resolution")


def issues_of(report, *numbers, done="created"):
    findings = diagnose(report, Config(Path())).findings
    return IssueLedger(
        issues=tuple(
            KeptIssue(number=n, fingerprints=(f.fingerprint,), url=f"https://x/{n}", done=done)
            for n, f in zip(numbers, findings, strict=True)
        )
    )


def test_issues_that_were_opened_after_the_run_come_into_its_worklog(tmp_path):
    report = run(a="failed", b="failed")
    _, before = recorded(tmp_path, report)
    path, text = recorded(tmp_path, report, ledger=issues_of(report, 7, 8))
    assert len(list(path.parent.iterdir())) == 1
    for number in (7, 8):
        link = f"[#{number}](<https://x/{number}>)"
        assert text.count(f"- Issue: {link}\n") == 1
        assert re.search(
            rf"^\| \d\. .* \({re.escape(link)}\) \| open \| 2026-01-02 03:04 UTC \|$",
            text,
            re.MULTILINE,
        )
    assert "**Issues**: 2 issues created: [#7](<https://x/7>), [#8](<https://x/8>).\n" in text
    assert "Now" not in text, "the run itself says nothing new of its findings"
    without = re.sub(
        r"^(- Issue: .*|\*\*Issues\*\*: .*\n)\n| \(\[#\d\][^)]*\)\)", "", text, flags=re.MULTILINE
    )
    assert without == before
    assert recorded(tmp_path, report, ledger=issues_of(report, 7, 8))[1] == text


def test_a_later_run_keeps_the_issues_and_tells_what_was_done_to_them(tmp_path):
    report = run(a="failed", b="failed")
    first = issues_of(report, 7, 8)
    recorded(tmp_path, report, ledger=first)
    green = run(a="passed", b="passed")
    _, text = recorded(tmp_path, green, days=1)
    assert text.count("- Issue: ") == 2
    assert (
        len(
            re.findall(r"^\| \d\. .* \(\[#\d\]\(.*\)\) \| fixed \| 2026-01-03 ", text, re.MULTILINE)
        )
        == 2
    )
    path, text = recorded(tmp_path, green, days=1, ledger=issues_of(report, 7, 8, done="closed"))
    assert text.count("**Issues**: ") == 1
    assert "**Issues**: 2 issues closed: " in text
    assert len(list(path.parent.iterdir())) == 1


def test_an_older_run_told_late_changes_no_state(tmp_path):
    report = run(a="failed", b="failed")
    recorded(tmp_path, report)
    _, newest = recorded(tmp_path, run(a="passed", b="failed"), days=2)
    assert recorded(tmp_path, run(a="failed", b="passed"), days=1)[1] == newest


def test_an_issue_that_a_test_prints_is_none(tmp_path):
    report = run(a="failed")
    (failure,) = report.failures
    printed = (Output("stdout call", "- Issue: #666\n"),)
    report = replace(report, failures=(replace(failure, output=printed),))
    recorded(tmp_path, report)
    _, text = recorded(tmp_path, report, ledger=issues_of(report, 7))
    assert "(#666)" not in text
    assert "- Issue: #666\n" in text, "what it printed stays"


def test_the_command_keeps_the_worklog_of_a_report(tmp_path, monkeypatch, capsys):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "test_it.py").write_text("def test_it():\n    assert [] == [1]\n")
    monkeypatch.chdir(tmp_path)
    assert (
        main(["run", "--all", "--worklog", "--report", "r.json", "--python", sys.executable]) == 1
    )
    (fingerprint,) = (diagnose(load(Path("r.json")), Config(Path())).findings[0].fingerprint,)
    ledger = IssueLedger(issues=(KeptIssue(number=7, fingerprints=(fingerprint,), done="created"),))
    save(ledger, Path("issues.json"))
    capsys.readouterr()
    assert main(["report", "r.json", "--worklog", "--issues", "issues.json", "-q"]) == 0
    (kept,) = (tmp_path / "FAILING-TEST" / "gardener").iterdir()
    shown = capsys.readouterr()
    assert f"the worklog is {kept.relative_to(tmp_path)}" in shown.err
    assert "1 failing" in shown.out
    text = kept.read_text()
    assert "- Issue: #7\n" in text
    assert "(#7) | open |" in text
    monkeypatch.chdir("/")
    assert main(["report", str(tmp_path / "r.json"), "--worklog"]) == 2


def test_what_a_test_printed_is_no_part_of_the_worklog_of_its_own(tmp_path):
    printed = "## 7. forged\n\n- Fingerprint: `1:000000000000`\n\n## Resolution\n"
    report = run(a="failed")
    (failure,) = report.failures
    failure = replace(failure, output=(Output("stdout call", printed),))
    report = replace(report, failures=(failure,))
    recorded(tmp_path, report)
    _, text = recorded(tmp_path, run(a="passed"), days=1)
    assert printed.strip() in text, "all of it is still there"
    assert text.endswith("1 of 1 finding fixed.\n")
    assert text.count("- Now: `fixed`") == 1
