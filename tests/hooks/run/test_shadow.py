"""Shadow mode: everything runs, nothing blocks, and the figures say when it is safe to skip tests."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from gardener.hooks.record.audits import Audit, add, merged, read
from recording_python import lent_environment

from gardener.cli import main

FILES = {
    ".gitignore": "__pycache__/\n.pytest_cache/\n",
    "pytest.ini": "[pytest]\npythonpath = .\n",
    "pyproject.toml": "[tool.gardener.selection]\nshadow = true\n",
    "app.py": "def one():\n    return 1\n\ndef two():\n    return 2\n",
    "test_app.py": "import time, app\n\ndef test_one(): assert app.one() == 1\n\n"
    "def test_two():\n    time.sleep(0.2)\n    assert app.two() == 2\n",
    # What it reads is not in the repository: no selection sees it.
    "test_state.py": "import pathlib\n\nSTATE = pathlib.Path(__file__).parent / '.git' / 'state'\n\n"
    "def test_state(): assert not STATE.exists()\n",
}


def git(root, *args):
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@t", *args]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def project(tmp_path, monkeypatch):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "all")
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_ACTIONS", "GITHUB_REF"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / ".git" / "summary"))
    return tmp_path


def change(root, old, new):
    (root / "app.py").write_text((root / "app.py").read_text().replace(old, new))
    git(root, "commit", "-qam", new)


def run(*words):
    return main(["run", "-q", "--python", sys.executable, *words])


@pytest.mark.slow
def test_everything_runs_nothing_blocks_and_the_figures_add_up(project, capsys):
    git(project, "checkout", "-qb", "change")
    change(project, "return 1", "return 3")
    report = str(project / ".git" / "report.json")
    assert run("--since", "main", "--report", report) == 0
    told = capsys.readouterr()
    assert "shadow: the selection would have run 1 of 3 tests, saved " in told.out
    assert "and missed 0 of 1 failures that block." in told.out
    assert "gardener: shadow mode: 1 finding would block." in told.err
    # The pull request is told the same.
    assert main(["comment", report, "--dry-run"]) == 0
    comment = capsys.readouterr().out
    assert "Shadow mode, everything ran: the selection would have run 1 of 3 tests, " in comment
    assert "over 1 change so far " in comment
    change(project, "return 3", "return 1 + 0")
    (project / ".git" / "state").touch()
    assert run("--since", "main", "--report", report) == 0
    told = capsys.readouterr().out
    assert "and missed 1 of 1 failures that block." in told
    assert "shadow: over 2 changes so far 33 % of the tests, " in told
    assert "1 of 2 failures missed." in told
    summary = (project / ".git" / "summary").read_text()
    assert summary.count("### Gardener in shadow mode") == 2
    assert (
        "| failures missed | 1 of 1 | 1 of 2 |\n\n- missed: `test_state.py::test_state`\n"
        in summary
    )
    # The same change once more counts once.
    assert run("--since", "main") == 0
    assert len(read(project)) == 2
    # A hook and a developer's own run are no experiments.
    (project / ".git" / "state").unlink()
    assert "shadow:" not in capsys.readouterr().err
    assert main(["run", "-q", "--hook", "--python", sys.executable]) == 0
    assert "shadow:" not in capsys.readouterr().out


@pytest.mark.slow
def test_a_push_is_the_change_since_the_commit_before(project, monkeypatch, capsys, tmp_path):
    before = git(project, "rev-parse", "HEAD").strip()
    change(project, "return 1", "return 1 + 0")
    event = project / ".git" / "event.json"
    event.write_text(json.dumps({"before": before}))
    monkeypatch.setenv("GITHUB_EVENT_NAME", "push")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))
    python, _ = lent_environment(project / ".git" / "venv")
    assert main(["run", "-q", "--all", "--python", python]) == 0
    assert "the selection would have run 1 of 3 tests" in capsys.readouterr().out
    # The figures travel with the record.
    record = str(project / ".git" / "all.record")
    assert main(["record", "push", record, "--any-branch"]) == 0
    audits = read(project)
    (project / ".git" / "gardener" / "audits.json").unlink()
    assert main(["record", "pull", record, "--python", python]) == 0
    assert read(project) == audits != {}
    # A first push, or one of which the clone lacks the commit before, is all.
    event.write_text(json.dumps({"before": "0" * 40}))
    capsys.readouterr()
    assert main(["run", "-q", "--all", "--python", python]) == 0
    assert "shadow:" not in capsys.readouterr().out


def audits(count, **facts):
    usual = {
        "base": "b",
        "tests": 100,
        "selected": 10,
        "seconds": 50.0,
        "saved": 40.0,
        "failing": 1,
    }
    return [
        Audit(created=f"2026-11-{n % 28 + 1:02}", commit=f"c{n}", **{**usual, **facts})
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("several", "verdict", "seen"),
    [
        ([], "todo", "no change was audited yet"),
        (audits(4), "-", "good enough with 16 audited changes and 1 selected failure more"),
        (audits(20, failing=0), "-", "good enough with 5 selected failures more"),
        (audits(25), "ok", "80 % of the time saved, 0 of 25 failures missed: good enough; set"),
        (audits(25) + audits(1, missed=("t.py::a",)), "todo", "1 of 25 failures missed"),
    ],
)
def test_the_doctor_says_when_the_figures_are_good_enough(project, capsys, several, verdict, seen):
    add(project, several)
    from gardener.hooks.doctor.shadow import check_shadow

    from gardener.config import load

    [check] = check_shadow(project, load(project))
    assert check.verdict.value == verdict
    assert seen in f"{check.state} {check.remedy}"
    (project / "pyproject.toml").write_text("")
    assert len(list(check_shadow(project, load(project)))) == bool(several)


def test_the_newest_audit_of_each_change_is_kept_and_no_more_than_so_many():
    several = audits(600)
    assert len(merged(several)) == 500
    again = several[0]
    newer = Audit(
        **{name: getattr(again, name) for name in again.__struct_fields__} | {"created": "2027"}
    )
    assert merged([newer, again])[again.change] == newer


def test_what_cannot_be_read_is_nothing(project):
    path = Path(".git/gardener/audits.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    for damage in (b"", b"{}", b"[1]", b"\xff"):
        path.write_bytes(damage)
        assert read(project) == {}
    add(project, audits(1))
    assert len(read(project)) == 1
