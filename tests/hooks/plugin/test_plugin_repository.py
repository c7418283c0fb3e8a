"""Names and origins of files."""

import os

import pytest
from gardener.hooks.plugin.repository import Repository


@pytest.fixture
def repository(tmp_path):
    root = tmp_path / "repo"
    for name in ("app/core.py", "app/test_odd.py", "tests/test_a.py", "tests/helper.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (tmp_path / "link").symlink_to(root)
    made = Repository(str(root), str(root / "tests"), ["test_*.py", "checks/*.py"])
    made.test_files.add("app/odd.py")
    return made


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("{root}/app/core.py", "app/core.py"),
        ("{root}/tests/../app/core.py", "app/core.py"),
        ("../app/core.py", "app/core.py"),
        ("test_a.py", "tests/test_a.py"),
        ("{link}/app/core.py", "app/core.py"),
        ("/elsewhere/a.py", "/elsewhere/a.py"),
        ("{root}2/a.py", "{root}2/a.py"),
        ("<string>", "<string>"),
        ("<frozen importlib._bootstrap>", "<frozen importlib._bootstrap>"),
        ("", ""),
        ("{root}/app/\udc80.py", "app/\\udc80.py"),
    ],
)
def test_names(repository, tmp_path, filename, expected):
    places = {"root": repository.root, "link": tmp_path / "link"}
    assert repository.name(filename.format(**places)) == expected.format(**places)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("app/core.py", "project"),
        ("tests/helper.py", "project"),
        ("tests/test_a.py", "test"),
        ("app/test_odd.py", "test"),
        ("app/conftest.py", "test"),
        ("app/odd.py", "test"),
        ("checks/a.py", "test"),
        ("lib/site-packages/test_a.py", "library"),
        ("lib/dist-packages/a.py", "library"),
        (".git/gardener/plugin/gardener_plugin/text.py", "library"),
    ],
)
def test_origins(repository, name, expected):
    assert repository.origin(f"{repository.root}/{name}") == expected


@pytest.mark.parametrize("filename", ["", "<string>", "/elsewhere/test_a.py", os.__file__])
def test_what_is_outside_is_a_library(repository, filename):
    assert repository.origin(filename) == "library"


def test_the_environment_inside_of_the_repository_is_a_library(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.prefix", str(tmp_path / ".venv"))
    repository = Repository(str(tmp_path), str(tmp_path), ["test_*.py"])
    assert repository.origin(str(tmp_path / ".venv" / "src" / "a.py")) == "library"
    assert repository.origin(str(tmp_path / ".venv2" / "a.py")) == "project"
