"""A record is of content, not of a path: work trees and environments of equal content share it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from gardener.hooks.selection.selection import Request, select
from recording_python import lent_environment

from gardener.cli import main
from gardener.config import Config
from gardener.model import Mode

FILES = {
    ".gitignore": ".venv/\n__pycache__/\n.pytest_cache/\n",
    "pytest.ini": "[pytest]\npythonpath = .\n",
    "app.py": "def one():\n    return 1\n\ndef two():\n    return 2\n",
    "test_app.py": "import app\n\ndef test_one(): assert app.one()\n\ndef test_two(): assert app.two()\n",
}


def git(root, *args):
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@t", *args]
    subprocess.run(command, cwd=root, check=True, capture_output=True)


@pytest.fixture
def trees(tmp_path, monkeypatch):
    """A repository with an environment in which its tests were recorded, and a work tree of it."""
    first, second = tmp_path / "first", tmp_path / "second"
    for name, text in FILES.items():
        first.mkdir(exist_ok=True)
        (first / name).write_text(text)
    git(first, "init", "-q", "-b", "main")
    git(first, "add", "-A")
    git(first, "commit", "-qm", "all")
    git(first, "worktree", "add", "-q", str(second), "-b", "other")
    monkeypatch.chdir(first)
    python, _ = lent_environment(first / ".venv")
    assert main(["run", "--all", "--python", python]) == 0
    monkeypatch.chdir(second)
    (second / "app.py").write_text(FILES["app.py"].replace("return 1", "return 11"))
    return first, second


def selected(root, python):
    found = select(Request(root, Mode.WORKTREE, python=python), Config(root))
    return found.reason if found.everything else [one.test for one in found.tests]


@pytest.mark.slow
def test_a_work_tree_with_an_environment_of_its_own_shares_the_record(trees):
    first, second = trees
    python, site = lent_environment(second / ".venv")
    assert selected(second, python) == ["test_app.py::test_one"]
    # Also when the environment that recorded is gone, with its work tree.
    shutil.rmtree(first / ".venv")
    assert selected(second, python) == ["test_app.py::test_one"]
    # One more distribution is another environment: the record of the one that is gone says nothing.
    (site / "more-1.0.dist-info").mkdir()
    assert selected(second, python) == ["test_app.py::test_one"]


@pytest.mark.slow
def test_an_environment_of_other_content_runs_everything(trees):
    first, second = trees
    python, site = lent_environment(second / ".venv")
    (site / "more-1.0.dist-info").mkdir()
    assert "more-1.0 was installed" in selected(second, python)
    (site / "more-1.0.dist-info").rmdir()
    # What is installed there is the other checkout: whose code runs is not what was changed.
    elsewhere = site / "app.pth"
    elsewhere.write_text(f"{second}\n")
    shutil.copy(elsewhere, first / ".venv" / site.relative_to(second / ".venv"))
    assert "app" in selected(second, python)  # then it was not there
    elsewhere.unlink()
    assert selected(second, python) == ["test_app.py::test_one"]
    assert "ran them" in selected(second, str(Path(sys.base_prefix, "nowhere", "python")))
