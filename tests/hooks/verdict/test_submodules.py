"""Submodules on the base: their files are there as the base has them, and nothing is left behind."""

import pytest

ADD = ("-c", "protocol.file.allow=always", "submodule", "--quiet")
TEST = """
import sys
sys.path += ["vendor", "vendor/inner"]
import inner, outer

def test_inner():
    assert inner.V == 1

def test_outer():
    assert outer.V == 1

def test_red():
    assert outer.V == 3
"""
OUTER, RED = "tests/test_vendor.py::test_outer", "tests/test_vendor.py::test_red"


@pytest.fixture
def project(repository, tmp_path):
    """A repository with a submodule that has one itself."""
    made = type(repository)
    inner, outer = made(tmp_path / "inner"), made(tmp_path / "outer")
    inner.commit({"inner.py": "V = 1\n", ".gitignore": "__pycache__\n"})
    outer.commit({"outer.py": "V = 1\n", ".gitignore": "__pycache__\n"})
    outer.git(*ADD, "add", str(inner.root), "inner")
    outer.commit()
    repository.git(*ADD, "add", str(outer.root), "vendor")
    repository.git(*ADD, "update", "--init", "--recursive")
    repository.commit({"tests/test_vendor.py": TEST, ".gitignore": "__pycache__\n"})
    return repository


@pytest.fixture
def vendor(project):
    """The submodule in the work tree."""
    return type(project)(project.root / "vendor")


def test_another_commit_of_the_submodule(project, vendor):
    vendor.commit({"outer.py": "V = 2\n"})
    project.git("add", "-A")
    ran = project.run("--staged", "--verify-base")
    assert ran.status == {OUTER: "regression", RED: "pre-existing"}
    assert len(project.worktrees()) == len(vendor.worktrees()) == 1
    assert (project.git("status", "-s"), vendor.git("status", "-s")) == ("M  vendor", "")


def test_bisect_moves_the_submodule_too(project, vendor, capsys):
    from gardener.cli import main

    vendor.commit({"outer.py": "V = 2\n"})
    guilty = project.commit(message="Newer vendor")
    project.commit({"notes.txt": "x"})
    assert main(["bisect", OUTER, "-q"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(guilty[:7]) and "Newer vendor is the first bad commit" in said


def test_changed_files_in_a_submodule_prove_nothing_of_a_commit(project, vendor):
    # Of different lengths: Python tells sources of one second apart by nothing else.
    vendor.write({"outer.py": "V = 22\n"})
    assert project.run("--all", "--verify-base").status[OUTER] == "regression"
    vendor.write({"outer.py": "V = 1\n"})
    assert OUTER not in project.run("--all").status
    vendor.write({"outer.py": "V = 2222\n"})
    assert project.run("--all", "--verify-base").status[OUTER] == "regression"


def test_a_submodule_that_is_not_there_is_named(project, vendor):
    vendor.commit({"outer.py": "V = 2\n"})
    project.commit()
    project.git("submodule", "--quiet", "deinit", "-f", "vendor")
    project.write({"vendor/test_inside.py": "def test_in():\n    assert 1 == 2\n"})
    ran = project.run("vendor/test_inside.py", "--verify-base")
    assert ran.status == {"vendor/test_inside.py::test_in": "unknown"}
    assert "submodule, which was not checked out" in ran.why["vendor/test_inside.py::test_in"]
