"""A real run that prints, raises and is named after a secret: no command shows it."""

import os
import subprocess
import sys

import pytest

PASSWORD = "hunter2" + "hunter2"
TOKEN = "gh" + "p_" + "a1B2c3D4e5" * 3 + "f6G7h8"
VALUE = "correct-horse-battery"
SUITE = f"""
import os, pytest
@pytest.mark.parametrize("url", ["postgresql://app:{PASSWORD}@db/x"])
def test_connects(url):
    print("token is {TOKEN}")
    raise OSError(f"cannot connect to {{url}} with {{os.environ['DB_PASSWORD']}}")
"""


@pytest.fixture
def gardener(tmp_path):
    def run(*command):
        return subprocess.run(
            [*command],
            cwd=tmp_path,
            env={**os.environ, "DB_PASSWORD": VALUE, "GIT_CONFIG_GLOBAL": os.devnull},
            capture_output=True,
            text=True,
            check=False,
        )

    def git(*args):
        done = run("git", "-c", "user.name=a", "-c", "user.email=a@b", *args)
        assert done.returncode == 0, done.stderr

    git("init", "-q", "-b", f"fix-{TOKEN}")
    (tmp_path / "test_suite.py").write_text(SUITE)
    git("add", ".")
    git("commit", "-q", "-m", f"use {TOKEN}")
    return lambda *args: run(sys.executable, "-m", "gardener", *args)


def test_no_command_shows_what_a_run_had_in_its_hands(gardener, tmp_path):
    done = gardener("run", "--all", "-v", "--report", "report.json", "--python", sys.executable)
    assert done.returncode == 1, done.stderr
    nodeid, *_ = (word for word in done.stdout.split() if "test_connects[" in word)
    shown = [
        done,
        gardener("report", "report.json", "--format", "worklog"),
        gardener("history", f"test_suite.py::test_connects[postgresql://app:{PASSWORD}@db/x]"),
        gardener("merge", f"{TOKEN}.json", "-o", "all.json"),
    ]
    assert "[redacted]" in nodeid
    assert [done.returncode for done in shown] == [1, 0, 0, 2]
    told = "".join(done.stdout + done.stderr for done in shown)
    told += (tmp_path / "report.json").read_text()
    assert told.count("[redacted]") > 10
    for secret in (PASSWORD, TOKEN, VALUE):
        assert secret not in told
