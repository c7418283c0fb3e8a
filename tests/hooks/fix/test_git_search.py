"""In many files git seeks first: the outcome is the one of reading them all."""

import os
import subprocess

import pytest
from gardener.hooks.fix import find_files, git_search
from gardener.hooks.fix.find_files import find_candidates
from gardener.hooks.fix.inputs import list_inputs

from gardener.codemod.model import Codemod
from gardener.codemod.project import Project
from gardener.config import Config

CODEMOD = Codemod("renamed", "", lambda _p: (b"old_name", b"a.b("), lambda *_: True, lambda: object)
SHAPED = CODEMOD._replace(shape=lambda _p: r"\bold_\w+[(]|a\.b")
HOLDERS = {"a.py": b"old_name()\n", "b.py": b"\xff\0 old_name(\n", "c.ipynb": b'{"old_name(": 1}'}


@pytest.fixture
def repo(tmp_path, monkeypatch):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(git_search, "WORTH_FROM", 5)
    monkeypatch.setattr(find_files, "WORTH_FROM", 5)
    monkeypatch.setattr(find_files, "REMEMBERED_FROM", 5)
    for number in range(12):
        (tmp_path / f"m{number}.py").write_bytes(b"x = 1\n")
    for name, code in HOLDERS.items():
        (tmp_path / name).write_bytes(code)
    (tmp_path / "link.py").symlink_to("a.py")
    subprocess.run(["git", "add", "-A"], check=True)
    (tmp_path / "gone.py").write_bytes(b"x\n")
    subprocess.run(["git", "add", "-A"], check=True)
    (tmp_path / "gone.py").unlink()
    return tmp_path


def pending(root, codemod):
    project = Project(root, Config(root))
    outcome = find_candidates(list_inputs((), root), [codemod], project)
    return [file.path for file in outcome.pending], project.is_narrowed


@pytest.mark.parametrize("codemod", [CODEMOD, SHAPED], ids=["needles", "shape"])
def test_git_finds_the_files(repo, codemod):
    assert pending(repo, codemod) == (["a.py", "b.py", "c.ipynb", "link.py"], True)
    # What was found clean is looked at again once it is another file.
    (repo / "m3.py").write_bytes(b"a.b(1)\n")
    assert "m3.py" in pending(repo, codemod)[0]


def test_a_needle_that_is_no_part_of_a_line_is_sought_by_reading(repo):
    codemod = CODEMOD._replace(needles=lambda _p: (b"1\nold", b"old_name"))
    assert pending(repo, codemod) == (["a.py", "b.py", "c.ipynb", "link.py"], False)


def test_a_git_without_these_expressions_costs_only_time(repo, tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("bin")
    real = subprocess.run(["sh", "-c", "command -v git"], capture_output=True, text=True).stdout
    script = f'#!/bin/sh\n[ "$1" = grep ] && {{ echo "fatal: no PCRE" >&2; exit 128; }}\nexec {real.strip()} "$@"\n'
    (folder / "git").write_text(script)
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    assert pending(repo, CODEMOD) == (["a.py", "b.py", "c.ipynb", "link.py"], False)
