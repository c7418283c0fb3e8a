"""What is on the way of every commit stays free of heavy imports."""

import subprocess
import sys

import pytest

HEAVY = {
    "asyncio",
    "defusedxml",
    "github",
    "libcst",
    "logging",
    "msgspec",
    "pytest",
    "requests",
    "rich",
    "sqlite3",
    "yaml",
}

UNCHANGED = '''"""A module with nothing to mend."""

from datetime import datetime, timezone


def now() -> datetime:
    """The time; utcnow would be old."""
    return datetime.now(timezone.utc)
'''


def imported(*args: str, cwd) -> set[str]:
    """Every module that a command of gardener imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "gardener", *args],
        cwd=cwd,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return {
        line.rpartition("|")[2].strip()
        for line in done.stderr.splitlines()
        if line.startswith("import time:")
    }


@pytest.fixture
def repo(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "a.py").write_text(UNCHANGED)
    (tmp_path / "pyproject.toml").write_text("[tool.gardener.codemods]\nskip = []\n")
    return tmp_path


@pytest.mark.untraced
@pytest.mark.parametrize("args", [["--help"], ["--version"], ["fix", "a.py"]], ids=" ".join)
def test_quick_commands_import_nothing_heavy(repo, args):
    names = imported(*args, cwd=repo)
    # What has nothing to do is told at a glance, without the command.
    assert names & {"gardener.cli", "gardener.hooks.fix.find_files"}
    site = imported("--version", cwd=repo) if args != ["--version"] else set()
    assert {name.partition(".")[0] for name in names - site} & HEAVY == set()


def test_the_check_sees_a_heavy_import(repo):
    (repo / "r.json").write_text('{"schema": 1, "created": "2025-09-11T20:19:20+00:00"}')
    assert "msgspec" in imported("report", "r.json", "--format", "json", cwd=repo)


@pytest.mark.parametrize(("argument", "code"), [("--version", 0), ("--wrong", 2)])
def test_the_quick_end_loses_nothing(argument, code):
    script = (
        "import atexit, sys\n"
        "atexit.register(print, 'tidied', end='')\n"
        f"sys.argv = ['gardener', {argument!r}]\n"
        "from gardener.__main__ import start\n"
        "print('before', end=' ')\n"
        "start()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    assert done.stdout.startswith("before ") and done.stdout.endswith("tidied")
    assert ("No such option" in done.stderr) is bool(code)


def test_a_thread_that_works_on_is_waited_for():
    script = (
        "import sys, threading, time\n"
        "main = threading.main_thread()\n"
        "threading.Thread(target=lambda: (main.join(), time.sleep(0.1), print('done'))).start()\n"
        "sys.argv = ['gardener', '--version']\n"
        "from gardener.__main__ import start\n"
        "start()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "done")
