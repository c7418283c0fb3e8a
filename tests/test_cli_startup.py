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
