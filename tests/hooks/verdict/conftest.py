"""Real repositories whose tests fail, and real runs of gardener in them."""

import subprocess
import sys
from pathlib import Path

import pytest

from gardener.cli import main
from gardener.config import load
from gardener.diagnosis.diagnosis import diagnose
from gardener.reports.store import load as load_report


class Repository:
    """A git repository in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.email", "gardener@example.org")
        self.git("config", "user.name", "Gardener")
        self.git("config", "commit.gpgsign", "false")

    def git(self, *args: str) -> str:
        done = subprocess.run(
            ["git", *args], cwd=self.root, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, files: dict[str, str | None]) -> None:
        for name, text in files.items():
            path = self.root / name
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def commit(self, files: dict[str, str | None] | None = None, message: str = "change") -> str:
        self.write(files or {})
        self.git("add", "-A")
        self.git("commit", "-qm", message, "--allow-empty")
        return self.git("rev-parse", "HEAD")

    def stage(self, files: dict[str, str | None]) -> None:
        self.write(files)
        self.git("add", "-A")

    def run(self, *args: str, python: str = sys.executable, base=None) -> "Ran":
        """Run gardener here, in this process."""
        report = self.root.parent / "report.json"
        report.unlink(missing_ok=True)
        code = main(["run", "--python", python, "--report", str(report), *args])
        assert report.exists(), code
        loaded = load_report(report)
        found = diagnose(loaded, load(self.root), load_report(base) if base else None).findings
        ran = Ran(
            code,
            {test: f.status for f in found for test in f.tests},
            {test: f.status_reason for f in found for test in f.tests},
            loaded,
        )
        print(ran.why)
        return ran

    def slug(self, ran: "Ran") -> str:
        (finding,) = diagnose(ran.report, load(self.root)).findings
        return finding.slug

    def worktrees(self) -> list[str]:
        return [
            line
            for line in self.git("worktree", "list", "--porcelain").splitlines()
            if line.startswith("worktree ")
        ]


class Ran:
    """What came out: the exit code, the status of each failing test, and why."""

    def __init__(self, code, status, why, report) -> None:
        self.code = code
        self.status = status
        self.why = why
        self.report = report


@pytest.fixture
def repository(tmp_path, monkeypatch):
    for name in (
        "PYTEST_ADDOPTS",
        "GITHUB_BASE_REF",
        "PYTHONPATH",
        "PYTHONDONTWRITEBYTECODE",  # the users write bytecode, and stale bytecode bites
    ):
        monkeypatch.delenv(name, raising=False)
    # Half of the time of a small run is spent on plugins that no test here needs.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    made = Repository(tmp_path / "repo")
    monkeypatch.chdir(made.root)
    return made
