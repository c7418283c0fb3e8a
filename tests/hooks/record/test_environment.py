"""What differs between the environments of two runs."""

import os

import pytest
from gardener.hooks.record.environment import Environment, difference, import_path

THEN = Environment("/v/bin/python", ("/v/lib",), ("a-1", "b-1"), {"pytest.ini": "x"})


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, ""),
        ({"installed": ("a-1", "b-2")}, "b-1 became b-2"),
        ({"installed": ("a-1",)}, "b-1 is no longer installed"),
        ({"installed": ("a-1", "b-1", "c-1")}, "c-1 was installed"),
        ({"installed": tuple("abcdefg")}, "a-1, b-1 became a, b, c, ..."),
        ({"settings": {"pytest.ini": "y"}}, "pytest.ini says something else about pytest"),
        ({"settings": {}}, "pytest.ini says something else about pytest"),
        ({"path": "src"}, "PYTHONPATH was not set and is src"),
        # The name by which the interpreter was called is no difference.
        ({"command": "/shims/python"}, ""),
    ],
)
def test_difference(changed, expected):
    assert difference(THEN, THEN._replace(**changed)) == expected


@pytest.mark.parametrize(
    ("python", "expected"),
    [("/v/bin/python3", True), ("/w/bin/python", False), ("/shims/python3", True)],
)
def test_is_of(python, expected):
    assert THEN._replace(command="/shims/python").is_of(python) is expected


def test_an_environment_survives_its_text():
    assert Environment.loads(THEN.dumps()) == THEN
    with pytest.raises(ValueError, match="unpack"):
        Environment.loads("[1, 2]")


def test_pythonpath_without_what_differs_between_work_trees(tmp_path, monkeypatch):
    parts = [str(tmp_path / "src"), "", "lib", "/elsewhere", str(tmp_path)]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(parts))
    assert import_path(tmp_path) == os.pathsep.join(["src", "lib", "/elsewhere", "."])
    monkeypatch.delenv("PYTHONPATH")
    assert import_path(tmp_path) == ""
