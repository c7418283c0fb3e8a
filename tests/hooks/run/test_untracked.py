"""What ran on a file before git knew it needs no second run when it is committed unchanged."""

import subprocess
import sys

import pytest

from gardener.cli import main

TEST = "import app\n\n\ndef test_{}():\n    assert app.value() == 1\n"


@pytest.fixture
def repo(tmp_path, monkeypatch):
    root = tmp_path / "repo"
    root.mkdir()
    (root / "app.py").write_text("def value():\n    return 1\n")
    (root / "test_old.py").write_text(TEST.format("old"))
    (root / "pyproject.toml").write_text(
        "[tool.pytest.ini_options]\npythonpath = ['.']\naddopts = '-p no:cacheprovider'\n"
        "[tool.gardener.hook]\nfocus = ''\nlevel = 'any'\n"
    )
    (root / ".gitignore").write_text("__pycache__/\n")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.chdir(root)
    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "one")
    return root


def git(*words: str) -> None:
    subprocess.run(["git", *words], check=True)


def test_a_new_file_that_passed_runs_no_more_at_its_commit(repo, capsys):
    python = ("--python", sys.executable)
    assert main(["run", *python]) == 0
    (repo / "test_new.py").write_text(TEST.format("new"))
    assert main(["run", "--worktree", *python]) == 0
    assert "1 passed." in capsys.readouterr().out
    git("add", "test_new.py")
    assert main(["run", "--hook", *python]) == 0
    assert "No tests to run" in capsys.readouterr().err
    (repo / "test_new.py").write_text(TEST.format("new").replace("== 1", "== 2"))
    git("add", "test_new.py")
    assert main(["run", "--hook", *python]) == 1
