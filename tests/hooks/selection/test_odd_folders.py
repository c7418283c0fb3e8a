"""Tests below folders and with parameters that hold the marks of nodeids: `[`, `]`, `::`, spaces."""

import subprocess
import sys
from pathlib import Path

import pytest

from gardener.cli import main
from gardener.reports.store import load

FOLDERS = ["pages/[id]", "pages/[id]/a b", "pages/[...slug]"]
IDS = ["[x]", "a::b", "c d", "]"]
CORE = "def add(a, b):\n    return a + b\n\n\ndef other(a):\n    return a\n"
TESTS = f"""
import pytest
from core import add, other

IDS = {IDS!r}

@pytest.mark.parametrize("text", IDS, ids=IDS)
def test_add(text):
    assert add(text, "") == text

@pytest.mark.parametrize("text", IDS, ids=IDS)
def test_other(text):
    assert other(text) == text

class TestAll:
    def test_add(self):
        assert add(1, 1) == 2

    def test_ws_other(self):
        assert other(1) == 1
"""
FILES = {
    "pytest.ini": "[pytest]\npythonpath = .\naddopts = --import-mode=importlib\n",
    ".gitignore": "__pycache__/\n.pytest_cache/\n",
    "core.py": CORE,
    **{f"{folder}/test_{n}.py": TESTS for n, folder in enumerate(FOLDERS)},
}
FILE_NAMES = [name for name in FILES if name.startswith("pages/")]


def git(root: Path, *args: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@t")
    subprocess.run(["git", *identity, *args], cwd=root, check=True)


@pytest.fixture
def project(tmp_path, monkeypatch):
    root = tmp_path / "repository"
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "start")
    monkeypatch.chdir(root)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    return root


def change_add(root: Path) -> None:
    (root / "core.py").write_text(CORE.replace("a + b", "(a + b)\n    print()"))
    git(root, "add", "-A")


def ran(*args: str) -> set[str]:
    """The tests that a run has an outcome of."""
    main(["run", "--python", sys.executable, "--report", "../report.json", *args])
    return {result.nodeid for result in load(Path("../report.json")).results}


def nodeids_of_add(file: str) -> set[str]:
    return {f"{file}::TestAll::test_add", *(f"{file}::test_add[{name}]" for name in IDS)}


EXPECTED = {nodeid for file in FILE_NAMES for nodeid in nodeids_of_add(file)}


def test_impacted_and_run_name_them(project, capsys):
    change_add(project)
    assert main(["impacted", "--staged"]) == 0
    assert set(capsys.readouterr().out.splitlines()) == {
        f"{file}::{name}" for file in FILE_NAMES for name in ("test_add", "TestAll::test_add")
    }
    # pytest refuses a path with a bracket, so the folder above runs as a whole.
    assert ran("--staged") >= EXPECTED


def test_with_a_record_only_what_executed_the_change_has_to_run(project, capsys):
    assert len(ran("--all")) == len(FILE_NAMES) * (2 * len(IDS) + 2)
    change_add(project)
    capsys.readouterr()
    assert main(["impacted", "--staged", "--format", "explain"]) == 0
    reasons = capsys.readouterr().out
    assert reasons.count("it executed what changed (core.py: add changed)") == 2 * len(FILE_NAMES)
    assert reasons.count("\n") == 2 * len(FILE_NAMES)
    assert ran("--staged") >= EXPECTED
    # They passed with what is staged now, so none has to run again.
    capsys.readouterr()
    assert main(["impacted", "--staged"]) == 0
    assert capsys.readouterr().out == ""


def test_a_focus_and_asked_for_nodeids_narrow_them(project, capsys):
    change_add(project)
    assert main(["impacted", "--staged", "--focus", "websocket"]) == 0
    assert capsys.readouterr().out == ""
    (project / "core.py").write_text(CORE.replace("return a\n", "return a or None\n"))
    git(project, "add", "-A")
    assert main(["impacted", "--staged", "--focus", "websocket"]) == 0
    assert capsys.readouterr().out.splitlines() == sorted(
        f"{file}::TestAll::test_ws_other" for file in FILE_NAMES
    )
    file = FILE_NAMES[0]
    assert f"{file}::TestAll::test_ws_other" in ran("--focus", "websocket", file)
    assert nodeids_of_add(file) <= ran("--level", "unit", f"{file}::test_add[{IDS[1]}]")
