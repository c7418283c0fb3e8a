"""`gardener run --watch` on a terminal of its own: saves, keys, and its end."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from gardener.hooks.run.failed_before import failed_before
from gardener.hooks.run.watching import WatchRequest, _Saves

from gardener.cli import main
from gardener.errors import CLEAN, INTERRUPTED, USAGE
from gardener.git import store
from gardener.reports.history import History, Row, RunState
from gardener.reports.store import load

APP = "def value():\n    return 1\n"
TEST = (
    "import app\n\ndef test_value():\n    assert app.value() == 1\n\ndef test_other():\n    pass\n"
)
WAITS = "waiting for a save"


@pytest.fixture
def repo(tmp_path, monkeypatch):
    root = tmp_path / "repo"
    root.mkdir()
    (root / "app.py").write_text(APP)
    (root / "test_app.py").write_text(TEST)
    (root / ".gitignore").write_text("*.out\n__pycache__/\n.pytest_cache/\n")
    (root / "pyproject.toml").write_text("[tool.pytest.ini_options]\npythonpath = ['.']\n")
    for command in (
        ["init", "-q", "-b", "main"],
        ["add", "-A"],
        ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "start"],
    ):
        subprocess.run(["git", *command], cwd=root, check=True)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.chdir(root)
    return root


class Watching:
    """A `gardener run --watch` on a pseudo-terminal."""

    def __init__(self, *words: str) -> None:
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            command = [sys.executable, "-m", "gardener", "run", "--watch", *words]
            os.execv(sys.executable, [*command, "--python", sys.executable])
        self.text = ""

    def until(self, words: str, seconds: float = 90) -> str:
        """What it says until it says these words; they count once."""
        deadline = time.monotonic() + seconds
        while words not in self.text:
            assert time.monotonic() < deadline, self.text
            if select.select([self.terminal], [], [], 0.2)[0]:
                try:
                    self.text += os.read(self.terminal, 65536).decode(errors="replace")
                except OSError:
                    break
        before, _, self.text = self.text.partition(words)
        return before

    def press(self, key: str) -> None:
        os.write(self.terminal, key.encode())

    def code(self) -> int:
        self.until("\0", 30) if select.select([self.terminal], [], [], 0)[0] else None
        return os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])


@pytest.mark.slow
def test_saves_and_keys(repo):
    watching = Watching()
    watching.until(WAITS)
    (repo / "app.py").write_text(APP.replace("1", "2"))
    first = watching.until(WAITS)
    assert "saved: app.py" in first and "1 failing" in first and "test_value" in first
    watching.press("a")
    assert "1 failing, 1 passed" in watching.until(WAITS)
    watching.press("f")
    again = watching.until(WAITS)
    assert "1 failing" in again and "passed" not in again
    (repo / "app.py").write_text(APP + "# as it was\n")
    assert "1 passed" in watching.until(WAITS)
    watching.press("f")
    watching.until("nothing failed when it last ran.")
    watching.press("q")
    assert watching.code() == CLEAN


@pytest.mark.slow
def test_what_failed_runs_again_whatever_its_parameters_hold(repo):
    (repo / "test_url.py").write_text(
        "import pytest\n\n@pytest.mark.parametrize('url', ['http://x/./y', ''])\n"
        "def test_url(url):\n    assert not url\n"
    )
    watching = Watching()
    assert "1 failing, 1 passed" in watching.until(WAITS)
    watching.press("f")
    again = watching.until(WAITS)
    assert "1 failing" in again and "found no test" not in again
    watching.press("q")
    assert watching.code() == CLEAN


@pytest.mark.slow
def test_ctrl_c_ends_it(repo):
    watching = Watching("-q")
    watching.until(WAITS)
    os.kill(watching.child, signal.SIGINT)
    assert watching.code() == INTERRUPTED


def test_what_failed_runs_again_beside_what_is_affected(repo, capsys):
    report = ["--python", sys.executable, "--report", "../r.json"]
    (repo / "app.py").write_text(APP.replace("1", "2") + "# longer\n")  # no stale bytecode
    assert main(["run", "--worktree", *report]) == 1
    (repo / "app.py").write_text(APP)
    assert main(["run", "--worktree", *report]) == 0
    assert "No tests to run" in capsys.readouterr().err
    assert main(["run", "--worktree", "--also-failed", *report]) == 0
    results = load(Path("../r.json")).results
    assert [(r.nodeid, r.outcome) for r in results] == [("test_app.py::test_value", "passed")]
    assert failed_before(repo) == []


@pytest.mark.parametrize(
    ("paths", "is_there"),
    [
        ((), True),
        ((".",), True),
        (("test_app.py",), True),
        (("test_app.py::test_value",), True),
        (("test",), False),
        (("test_app.py::test_val",), False),
    ],
    ids=str,
)
def test_paths_narrow_what_failed(repo, paths, is_there):
    state = RunState("tree", "", "env", "commit", "main")
    row = Row("test_app.py::test_value", ("passed", "failed"), 0.1, ())
    gone = Row("test_gone.py::test_x", ("failed",), 0.1, ())
    good = Row("test_app.py::test_other", ("failed", "passed"), 0.1, ())
    History(store(repo)).add(
        state, "run", "2026-01-01T00:00:00+00:00", [row, gone, good], complete=True
    )
    assert failed_before(repo, paths) == (["test_app.py::test_value"] if is_there else [])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--staged"], "--watch and --staged exclude each other"),
        (["--all"], "--watch and --all exclude each other"),
        (["--budget", "3s"], "--watch and --budget exclude each other"),
        (["--pdb"], "leave --pdb and -s out"),
    ],
    ids=str,
)
def test_what_does_not_go_together(repo, capsys, words, sentence):
    assert main(["run", "--watch", *words]) == USAGE
    assert sentence in capsys.readouterr().err


def test_without_watchfiles_it_says_what_to_install(repo, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    assert main(["run", "--watch"]) == USAGE
    assert "pip install 'test-gardener[watch]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "text", "during", "counts"),
    [
        ("app.py", "x = 1\n", False, True),
        ("app.py", "x = 1\n", True, True),
        ("new.py", "", True, True),
        ("data.json", "{}", False, True),
        ("data.json", "{}", True, False),
        ("log.out", "{}", False, False),
        ("r.json", "{}", False, False),
        ("gone.txt", None, False, False),
        ("test_app.py", None, False, True),
    ],
    ids=str,
)
def test_which_saves_count(repo, name, text, during, counts):
    saves = _Saves(WatchRequest(repo, (), ignored=(Path("r.json"),)))
    path = repo / name
    path.unlink(missing_ok=True) if text is None else path.write_text(text)
    saves.add([str(path)], during_a_run=during)
    assert saves.names == ({name} if counts else set())
    saves.names.clear()
    saves.add([str(path)], during_a_run=during)  # nothing in it is new
    assert saves.names == set()
