"""Exceptions and frames out of the text of tracebacks."""

import pytest

from gardener.reports.tracebacks import (
    chain_of,
    error_lines,
    frames_of,
    origin_of,
    relative,
    split_message,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ValueError: no", ("ValueError", "no")),
        ("app.errors.Lost: a: b\nc", ("app.errors.Lost", "a: b\nc")),
        ("KeyError", ("KeyError", "")),
        ("assert 1 == 2", ("AssertionError", "assert 1 == 2")),
        ("no: such type", ("", "no: such type")),
        ("", ("", "")),
    ],
)
def test_split_message(text, expected):
    assert split_message(text) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("app/core.py", "project"),
        ("tests/helper.py", "test"),
        ("app/test_core.py", "test"),
        ("app/core_test.py", "test"),
        ("app/conftest.py", "test"),
        ("app/contest.py", "project"),
        ("/usr/lib/python3.12/json/decoder.py", "library"),
        (".venv/lib/python3.12/site-packages/x.py", "library"),
        ("<frozen importlib>", "library"),
        ("venv\\Lib\\site-packages\\x.py", "library"),
    ],
)
def test_origin_of(path, expected):
    assert origin_of(path) == expected


@pytest.mark.parametrize(
    ("path", "root", "expected"),
    [
        ("/srv/app/a.py", "/srv/app", "a.py"),
        ("/srv/application/a.py", "/srv/app", "/srv/application/a.py"),
        ("C:\\app\\a.py", "C:\\app\\", "a.py"),
        ("a.py", "", "a.py"),
    ],
)
def test_relative(path, root, expected):
    assert relative(path, root) == expected


PYTHON = """Traceback (most recent call last):
  File "/srv/app/tests/test_a.py", line 4, in test_a
    load("x")
  File "/srv/app/app/core.py", line 7, in load
    return TABLE[name]
KeyError: 'x'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/app/app/core.py", line 9, in load
    raise RuntimeError("no config") from wrong
RuntimeError: no config
"""
PYTEST = """
    def test_a():
>       load("x")

tests/test_a.py:4:
_ _ _ _ _

    def load(name):
>       return TABLE[name]
E       KeyError: 'x'

app/core.py:7: KeyError
""".replace(":4:\n", ":4: \n")  # as pytest writes it


def test_the_chain_of_python_begins_with_what_was_raised_last():
    outer, root = chain_of(PYTHON, "tests/test_a.py")
    assert (outer.type, outer.message, outer.link) == ("RuntimeError", "no config", "cause")
    assert (root.type, root.message, root.link) == ("KeyError", "'x'", "cause")
    assert [(f.file, f.line, f.function, f.origin, f.source) for f in root.frames] == [
        ("tests/test_a.py", 4, "test_a", "test", 'load("x")'),
        ("app/core.py", 7, "load", "project", "return TABLE[name]"),
    ]


def test_without_a_known_test_file_paths_stay_as_they_are():
    assert chain_of(PYTHON)[0].frames[0].file == "/srv/app/app/core.py"


def test_pytest_shows_the_code_above_the_place():
    (raised,) = chain_of(PYTEST)
    assert (raised.type, raised.message) == ("KeyError", "'x'")
    frames = frames_of(PYTEST)
    assert raised.frames == frames
    assert [(f.file, f.line, f.function, f.source) for f in frames[-1:]] == [
        ("app/core.py", 7, "load", "return TABLE[name]")
    ]


def test_an_exception_that_came_while_another_was_handled_is_no_cause():
    handled = "During handling of the above exception, another exception occurred:"
    direct = "The above exception was the direct cause of the following exception:"
    assert [c.link for c in chain_of(PYTHON.replace(direct, handled))] == ["cause", "context"]


@pytest.mark.parametrize("text", ["", "no traceback", "E", "Traceback (most recent call last):\n"])
def test_no_traceback_holds_no_exception(text):
    assert [raised for raised in chain_of(text) if raised.type] == []
    assert frames_of(text) == ()


def test_error_lines_are_those_that_pytest_marks():
    assert error_lines("x\nE   assert 1 == 2\nE    +  where\nEven so") == "assert 1 == 2\n+  where"
    assert error_lines("  plain ") == "plain"
