"""`gardener comment --dry-run` and `gardener issues --dry-run`: no network, no token, exit 0."""

import json
import os
import subprocess
import sys

import pytest
from botcases import make_finding, make_report

from gardener.reports import store as reports


def gardener(*args, cwd):
    env = {k: v for k, v in os.environ.items() if not k.startswith("GITHUB_")}
    # A proxy that refuses everything: a request that left the process would fail loudly.
    env |= {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    return subprocess.run(
        [sys.executable, "-m", "gardener", *args], cwd=cwd, env=env, capture_output=True, text=True
    )


@pytest.fixture
def folder(tmp_path):
    report = make_report(make_finding(tests=("tests/t.py::a", "tests/t.py::b")))
    reports.save(report, tmp_path / "report.json")
    return tmp_path


def test_the_comment_is_printed_as_markdown(folder):
    done = gardener("comment", "report.json", "--pr", "3", "--dry-run", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1] == "### 1 cause of unknown origin"
    assert "| 2 |" in done.stdout


def test_a_base_report_tells_regressions(folder):
    base = make_report(passed=("tests/t.py::a", "tests/t.py::b"), commit="b" * 40)
    reports.save(base, folder / "base.json")
    done = gardener("comment", "report.json", "--base-report", "base.json", "--dry-run", cwd=folder)
    assert "### 1 regression\n" in done.stdout


def test_the_planned_issues_are_a_readable_list_or_json(folder):
    done = gardener("issues", "report.json", "--dry-run", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = done.stdout.splitlines()
    assert line.startswith("create  [BUG] failing-test-unknown-")
    done = gardener("issues", "report.json", "--dry-run", "--format", "json", cwd=folder)
    (action,) = json.loads(done.stdout)["actions"]
    assert action["type"] == "create-issue"
    assert "### Next step" in action["body"]


def test_a_dry_run_says_that_it_writes_no_ledger(folder):
    options = ("--dry-run", "--ledger", "issues.json")
    done = gardener("issues", "report.json", *options, cwd=folder)
    assert done.returncode == 0
    assert "no ledger is written" in done.stderr
    assert not (folder / "issues.json").exists()


def test_shards_are_merged_first(folder):
    other = make_report(make_finding("other", ("tests/u.py::c",), message="other words"))
    reports.save(other, folder / "other.json")
    done = gardener("comment", "report.json", "other.json", "--dry-run", cwd=folder)
    assert "3 failing tests" in done.stdout


@pytest.mark.parametrize("command", ["comment", "issues"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b'{"schema": 99, "created": "x", "results": []}', "schema 99"),
        (b'{"schema": 1, "created": "x", "resu', "cut off"),
        (b"hello", "not"),
        (b"[" * 100_000, "not"),
        (b'{"schema": 1, "created": NaN}', "not"),
        (b'{"schema": 1, "created": 7}', "not a valid report"),
        (b'{"schema": 1, "schema": 2, "created": "x"}', "schema 2"),
    ],
)
def test_a_bad_report_is_one_sentence(folder, command, content, said):
    (folder / "bad.json").write_bytes(content)
    done = gardener(command, "bad.json", "--dry-run", cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.startswith("gardener: bad.json")
    assert done.stderr.count("\n") == 1


def in_job(folder, *args, **env):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("GITHUB_")}
    command = [sys.executable, "-m", "gardener", "comment", *args]
    done = subprocess.run(
        command, cwd=folder, env=clean | env, capture_output=True, text=True, check=False
    )
    print(done.stderr)
    return done


def test_the_job_that_runs_the_tests_tells_the_causes_itself(folder):
    summary = folder / "summary.md"
    done = in_job(folder, "report.json", "--summary", GITHUB_STEP_SUMMARY=str(summary))
    assert (done.returncode, done.stderr) == (0, "")
    (mark,) = done.stdout.splitlines()
    assert mark.startswith("::warning file=app/ws.py,line=12,title=failing-test-unknown-")
    assert "### 1 cause of unknown origin" in summary.read_text()
    assert "E   AssertionError: 'AGENT' != 'agent'" in summary.read_text()


def test_a_summary_that_cannot_be_written_is_said(folder):
    done = in_job(folder, "report.json", "--summary", GITHUB_STEP_SUMMARY=str(folder))
    assert "the job summary cannot be written" in done.stderr
    assert done.returncode == 1
