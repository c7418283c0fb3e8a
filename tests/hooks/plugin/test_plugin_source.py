"""Statements and functions of a file, looked up by line."""

import ast

import pytest
from gardener.hooks.plugin.source import Source, Sources, called_expressions, head_of

TEXT = """import app

class TestApp:
    def test_a(self):
        assert app.first(
            1,
        ) == 2

    async def test_b(self):
        if app.second() and \\
                app.third():
            app.fourth()
        def inner():
            return app.fifth()

try:
    app.sixth()
except ValueError:
    app.seventh()
"""


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "test_a.py"
    path.write_text(TEXT)
    return Source(str(path))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (1, "import app"),
        (2, ""),
        (3, "class TestApp:"),
        (5, "assert app.first(\n    1,\n) == 2"),
        (6, "assert app.first(\n    1,\n) == 2"),
        (10, "if app.second() and \\\n        app.third():"),
        (11, "if app.second() and \\\n        app.third():"),
        (12, "app.fourth()"),
        (14, "return app.fifth()"),
        (17, "app.sixth()"),
        (19, "app.seventh()"),
        (99, ""),
    ],
)
def test_the_statement_at_a_line(source, line, expected):
    assert source.text(line) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (1, None),
        (3, "TestApp"),
        (5, "TestApp.test_a"),
        (12, "TestApp.test_b"),
        (14, "TestApp.test_b.<locals>.inner"),
        (17, None),
    ],
)
def test_the_function_at_a_line(source, line, expected):
    scope = source.scope(line)
    assert (scope and scope.qualname) == expected


@pytest.mark.parametrize("text", ["def (:\n", "x = '\0'\n", ""])
def test_what_cannot_be_parsed_still_has_lines(tmp_path, text):
    path = tmp_path / "broken.py"
    path.write_text(text)
    source = Source(str(path))
    assert source.statement(1) is None
    assert source.scope(1) is None
    assert source.text(1) == text.strip()


def test_a_file_that_is_not_there_is_empty(tmp_path):
    assert Source(str(tmp_path / "gone.py")).text(1) == ""
    assert Source("<string>").text(1) == ""


def test_a_long_statement_is_cut(tmp_path):
    path = tmp_path / "long.py"
    path.write_text("x = [\n" + "    1,\n" * 100 + "]\n")
    assert len(Source(str(path)).text(1).splitlines()) == 41


def test_each_file_is_parsed_once(tmp_path):
    path = tmp_path / "a.py"
    path.write_text("x = 1\n")
    sources = Sources()
    assert sources.of(str(path)) is sources.of(str(path))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b(c())", ["a.b", "c"]),
        ("if a(): b()", ["a"]),
        ("with a() as x, b(): c()", ["a", "b"]),
        ("for x in a(): b()", ["a"]),
        ("while a(): b()", ["a"]),
        ("@a()\ndef f(x=b()): c()", ["a", "b"]),
        ("try: a()\nexcept b(): c()", []),
        ("return_ = 1", []),
    ],
)
def test_what_a_failing_statement_calls_itself(text, expected):
    [statement] = ast.parse(text).body
    called = called_expressions(head_of(statement))
    assert sorted(map(ast.unparse, called)) == sorted(expected)
