"""Real git repositories to select tests in."""

import subprocess
from pathlib import Path

import pytest
from gardener.hooks.selection.selection import Request, select

from gardener import config as settings
from gardener.model import Mode, Selection


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
        return done.stdout

    def write(self, files: dict[str, str | None]) -> None:
        """Write files; None deletes one."""
        for name, text in files.items():
            path = self.root / name
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def commit(self, files: dict[str, str | None] | None = None) -> None:
        self.write(files or {})
        self.git("add", "-A")
        self.git("commit", "-qm", "change", "--allow-empty")

    def stage(self, files: dict[str, str | None]) -> None:
        self.write(files)
        self.git("add", "-A")

    def select(self, mode="staged", ref="", focus="", level="any", paths=()) -> Selection:
        config = settings.load(self.root)
        chosen = config.focus(focus) if focus else None
        return select(Request(self.root, Mode(mode), ref, chosen, level, tuple(paths)), config)

    def tests_of(
        self, files: dict[str, str | None], path: str, old: str, new: str
    ) -> list[str] | str:
        """What is selected when in these files one text in one of them is replaced."""
        self.commit(files)
        text = files[path]
        assert text and old in text
        self.stage({path: text.replace(old, new, 1)})
        return self.tests()

    def tests(self, *args, **kwargs) -> list[str] | str:
        """Names of the selected tests, or `ALL`."""
        found = self.select(*args, **kwargs)
        return "ALL" if found.everything else [item.test for item in found.tests]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")
