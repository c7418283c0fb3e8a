"""What the user can mend: one clear sentence on stderr, nothing on stdout, exit code 2."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gardener.model import SCHEMA

GOOD = {"schema": SCHEMA, "created": "2025-09-11T20:19:20+00:00"}


def gardener(root: Path, *args: str, **extra: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "CONDA_PREFIX")}
    return subprocess.run(
        [sys.executable, "-m", "gardener", *args],
        cwd=root,
        capture_output=True,
        text=True,
        env={**env, **extra},
    )


def said(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence of a refusal."""
    assert (done.returncode, done.stdout) == (2, ""), done.stdout + done.stderr
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("gardener: ")
    return line


@pytest.fixture
def repo(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "test_ws.py").write_text("def test_a():\n    pass\n")
    return tmp_path


@pytest.mark.parametrize(
    "args",
    [
        ["run", "--all"],
        ["run", "--hook"],
        ["impacted", "--staged"],
        ["init"],
        ["init", "--dry-run"],
    ],
    ids=" ".join,
)
def test_no_repository(tmp_path, args):
    done = gardener(tmp_path, *args, GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    assert "is not inside a git repository" in said(done)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("args", [["run", "--all"], ["run", "--hook"]], ids=" ".join)
def test_no_pytest_in_the_interpreter(repo, args):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(repo / ".venv")], check=True)
    subprocess.run(["git", "add", "test_ws.py"], cwd=repo, check=True)
    text = said(gardener(repo, *args))
    assert "can import pytest" in text
    assert ".venv" in text


def test_an_interpreter_that_does_not_exist(repo):
    assert "no/such/python" in said(gardener(repo, "run", "--all", "--python", "no/such/python"))


@pytest.mark.parametrize("command", ["report", "merge", "comment", "issues"])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "cannot be read"),
        (b"", "empty"),
        (json.dumps(GOOD).encode()[:-9], "truncated"),
        (b"nonsense", "not JSON"),
        (b"\xff\xfe\x00", "not"),
        (b"[]", "not a report"),
        (b"{}", "not a report"),
        (b'{"schema": 1, "findings": [], "summary": {}}', "name the report that `gardener run"),
        (json.dumps({**GOOD, "schema": SCHEMA + 1}).encode(), "upgrade gardener"),
        (json.dumps({**GOOD, "results": 3}).encode(), "not a valid report"),
        (b'{"schema": 1, "created": "x", "results": ' + b"[" * 200_000, "not JSON"),
    ],
    ids=[
        "missing",
        "empty",
        "cut",
        "text",
        "binary",
        "list",
        "object",
        "shown",
        "newer",
        "wrong",
        "deep",
    ],
)
def test_a_report_that_is_none(repo, command, content, expected):
    if content is not None:
        (repo / "r.json").write_bytes(content)
    options = {"merge": ["-o", "out.json"], "comment": ["--dry-run"], "issues": ["--dry-run"]}
    done = gardener(repo, command, "r.json", *options.get(command, []))
    text = said(done)
    assert expected in text
    assert "r.json" in text
    assert not (repo / "out.json").exists()


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("[tool.gardener]\nfail-onn = []\n", "did you mean `fail-on`?"),
        ("[tool.gardener.hook]\nfokus = 'x'\n", "did you mean `focus`?"),
        ("[tool.gardener.codemods]\nprefer_utc = true\n", "did you mean `prefer-utc`?"),
        ("[tool.gardener]\nfail-on = ['regresion']\n", "regression"),
        ("[tool.gardener\n", "not valid TOML"),
        ("tool = 1 # gardener\n", "`tool` must be a table, not 1"),
        ("[tool.gardener.hook]\nfocus = 'websockt'\n", "did you mean `websocket`?"),
    ],
)
def test_a_setting_that_is_not_understood(repo, setting, expected):
    (repo / "pyproject.toml").write_text(setting)
    text = said(gardener(repo, "run", "--hook"))
    assert "pyproject.toml" in text
    assert expected in text


def test_an_unknown_focus(repo):
    assert "did you mean `websocket`?" in said(gardener(repo, "run", "--focus", "websockets"))


def test_a_revision_that_does_not_exist(repo):
    said(gardener(repo, "impacted", "--since", "no-such-branch"))


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["rnu"], "did you mean 'run'?"),
        (["run", "--stagged"], "--staged"),
        (["run", "--staged", "--all"], "exclude each other"),
        (["report"], "FILE"),
        (["fix", "--only", "utcnou"], "utcnow"),
    ],
)
def test_wrong_usage(repo, args, expected):
    done = gardener(repo, *args)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


BROKEN = "from datetime import datetime\n\ndef f(:\n    return datetime.utcnow()\n"


def test_an_unparsable_file_does_not_stop_the_others(repo):
    (repo / "broken.py").write_text(BROKEN)
    (repo / "old.py").write_text("from datetime import datetime\n\nnow = datetime.utcnow()\n")
    done = gardener(repo, "fix", "broken.py", "old.py")
    assert "utcnow" not in (repo / "old.py").read_text()
    assert (repo / "broken.py").read_text() == BROKEN
    assert done.stdout.splitlines() == ["old.py"]
    assert sum("broken.py" in line for line in done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert done.returncode == 2


def test_an_unparsable_test_file_is_a_finding(repo):
    (repo / "test_b.py").write_text("def f(:\n")
    done = gardener(repo, "run", "--all", "--python", sys.executable)
    assert done.returncode == 1
    assert "uncollectable-test" in done.stdout
    assert "test_b.py" in done.stdout


def test_a_report_that_cannot_be_written_is_told_before_the_run(repo):
    (repo / "taken").write_text("")
    text = said(gardener(repo, "run", "--python", sys.executable, "--report", "taken/r.json"))
    assert text.startswith("gardener: taken/r.json cannot be written: ")
    assert not (repo / ".git" / "gardener").exists()  # nothing ran


def test_a_report_that_could_not_be_written_takes_no_finding_away(repo):
    (repo / "test_ws.py").write_text(
        "import pathlib\n\ndef test_a():\n    pathlib.Path('r.json').mkdir()\n    assert 1 == 2\n"
    )
    done = gardener(repo, "run", "--python", sys.executable, "--report", "r.json")
    assert done.returncode == 2
    assert "failing-test-" in done.stdout and "r.json cannot be written" in done.stderr


def test_a_damaged_module_of_gardener_is_not_taken_for_ctrl_c(repo, tmp_path):
    env = {**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path / "cache")}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    words = [sys.executable, "-m", "gardener", "init", "--dry-run"]
    words += ["--repo", "https://github.com/o/g", "--rev", "v1"]
    assert subprocess.run(words, cwd=repo, env=env, capture_output=True, check=False).returncode < 2
    [compiled] = (tmp_path / "cache").rglob("gardener/setup/init.*.pyc")
    compiled.write_bytes(compiled.read_bytes()[:100])
    done = subprocess.run(words, cwd=repo, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "interrupted" not in done.stderr
    log = re.search(r"\S+gardener-bug-\w+\.log", done.stderr)
    assert log and "marshal data too short" in Path(log[0]).read_text()
    Path(log[0]).unlink()
