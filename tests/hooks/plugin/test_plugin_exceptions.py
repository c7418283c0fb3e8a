"""Exceptions described: type, message, frames, facts, causes and symbols."""

import linecache
import sys

import pytest
from gardener.hooks.plugin.exceptions import CAUSE_LIMIT, Describer, chained_exceptions
from gardener.hooks.plugin.frames import FRAME_LIMIT
from gardener.hooks.plugin.repository import Repository

APP = """
import functools
from unittest import mock

class Info:
    def __init__(self, size=1):
        self.size = size
    def go(self):
        raise ValueError("bad")
    async def wait(self):
        raise ValueError("late")

class Small(Info):
    pass

def add(a, b):
    return a + b

def decorated(function):
    @functools.wraps(function)
    def inner(*args):
        return function(*args)
    return inner

@decorated
def twice(a):
    return 2 * a

half = functools.partial(add, 1)
"""


@pytest.fixture
def fails(tmp_path, monkeypatch):
    """Gives what is described of a test with a body of these lines, in a repository with an app."""
    root = tmp_path / "repo"
    root.mkdir()
    (root / "app.py").write_text(APP)
    monkeypatch.syspath_prepend(str(root))
    monkeypatch.delitem(sys.modules, "app", raising=False)

    def describe(body: str) -> dict:
        lines = "".join(f"    {line}\n" for line in body.splitlines())
        path = root / "test_app.py"
        text = f"from unittest import mock\nimport app\nimport pytest\n\ndef test():\n{lines}"
        path.write_text(text)
        linecache.checkcache(str(path))
        module: dict = {}
        exec(compile(text, str(path), "exec"), module)
        describer = Describer(Repository(str(root), str(root), ["test_*.py"]))
        try:
            module["test"]()
        except BaseException as error:
            return describer.describe(error, module["test"])
        raise AssertionError("it does not fail")

    yield describe
    sys.modules.pop("app", None)


# body of a test: (type, facts)
FACTS = {
    "app.Info(1, 2)": ("TypeError", {"name": "Info.__init__", "callable": "app.py:Info.__init__"}),
    "app.Small(1, 2)": ("TypeError", {"name": "Info.__init__", "callable": "app.py:Info.__init__"}),
    "app.add(1)": ("TypeError", {"name": "add", "callable": "app.py:add"}),
    "app.half(1, 2)": ("TypeError", {"name": "add", "callable": "app.py:add"}),
    "app.add(1, '')": ("TypeError", {}),
    "len('', '')": ("TypeError", {"name": "len"}),
    "from app import gone": ("ImportError", {"name": "gone", "owner": "app", "file": "app.py"}),
    "import app.gone": ("ModuleNotFoundError", {"name": "app.gone"}),
    "app.gone": ("AttributeError", {"name": "gone", "owner": "app"}),
    "app.Info.gone": ("AttributeError", {"name": "gone", "owner": "app.Info"}),
    "app.Info().gone": ("AttributeError", {"name": "gone", "owner": "app.Info"}),
    "mock.Mock(spec=app.Info).gone": (
        "AttributeError",
        {"name": "gone", "owner": "unittest.mock.Mock", "spec": "app.py:Info"},
    ),
    "mock.MagicMock(spec_set=app.Info).gone = 1": (
        "AttributeError",
        {"name": "gone", "owner": "unittest.mock.MagicMock", "spec": "app.py:Info"},
    ),
    "raise AttributeError('no such word')": ("AttributeError", {}),
    "gone": ("NameError", {"name": "gone"}),
    "print(late); late = 1": ("UnboundLocalError", {"name": "late"}),
    "compile('1 +', 'app.py', 'exec')": ("SyntaxError", {"file": "app.py", "line": "1"}),
    "pytest.fail('no')": ("Failed", {"explicit": "pytest.fail"}),
    "with pytest.raises(ValueError): pass": ("Failed", {}),
    "raise TimeoutError('slow')": ("TimeoutError", {"timeout": "TimeoutError"}),
    "assert app.add(1, 2) == 4": ("AssertionError", {}),
    "@app.decorated(lost=1)\ndef inner():\n    pass": (
        "TypeError",
        {"name": "decorated", "callable": "app.py:decorated"},
    ),
    "import socket\nwith socket.socket() as one:\n    one.bind(('no-such-host.invalid', 1))": (
        "socket.gaierror",
        {"unresolved": "no-such-host.invalid"},
    ),
}


@pytest.mark.parametrize("body", FACTS)
def test_facts(fails, body):
    kind, facts = FACTS[body]
    described = fails(body)
    assert (described["type"], described["facts"]) == (kind, facts)


def test_a_missing_fixture_is_described_by_its_name(fails):
    described = fails(
        "class FixtureLookupError(LookupError):\n"
        "    argname, msg = 'nope', None\n"
        "error = FixtureLookupError()\nerror.argname = 'nope'\nraise error"
    )
    assert (described["facts"], described["message"]) == (
        {"name": "nope"},
        "fixture 'nope' not found",
    )


def test_a_reader_that_fails_loses_only_its_own_fact(fails):
    described = fails(
        "class Timeout(AttributeError):\n"
        "    @property\n    def obj(self): raise RuntimeError\n"
        "raise Timeout"
    )
    assert list(described["facts"]) == ["timeout"]


def test_frames_begin_at_the_first_that_is_not_of_a_library(fails):
    described = fails("assert app.twice(\n    1) == app.Info().go()")
    rows = [(file, function, origin) for file, _, function, origin, _ in described["frames"]]
    assert rows == [
        ("test_app.py", "test", "test"),
        ("app.py", "Info.go", "project"),
    ]
    assert [row[4] for row in described["frames"]] == [
        "assert app.twice(\n    1) == app.Info().go()",
        'raise ValueError("bad")',
    ]


def test_frames_of_an_endless_recursion_are_cut_in_the_middle(fails):
    described = fails("def again(n): again(n + 1)\nagain(0)")
    assert described["type"] == "RecursionError"
    assert len(described["frames"]) == FRAME_LIMIT
    assert described["frames"][0][2] == "test"


@pytest.mark.parametrize(
    ("body", "statement", "whole"),
    [
        ("assert app.add(1, 2) == 4", ["app.py:add"], ["app.py:add"]),
        (
            "x = app.add(1, 2)\nassert x == app.twice(2) - 2\n",
            ["app.py:twice"],
            ["app.py:add", "app.py:twice"],
        ),
        ("i = app.Info()\nassert i.go()", ["app.py:Info.go"], ["app.py:Info", "app.py:Info.go"]),
        (
            "app.twice(1); app.add(1, 1)\napp.add(2, 2)\nassert 0",
            [],
            ["app.py:add", "app.py:twice"],
        ),
        ("if app.add(1, 2) == 3:\n    assert 0", [], ["app.py:add"]),
        ("assert len('') == print", [], []),
    ],
)
def test_symbols_of_the_statement_and_the_body(fails, body, statement, whole):
    described = fails(body)
    assert described["statement_symbols"] == statement
    assert described["body_symbols"] == whole


CHAIN = """
try:
    app.Info().go()
except ValueError as error:
    raise {}
"""


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        ("KeyError('k') from error", [("cause", "ValueError")]),
        ("KeyError('k')", [("context", "ValueError")]),
        ("KeyError('k') from None", []),
        ("error", []),
    ],
)
def test_chained_exceptions(fails, raised, expected):
    causes = fails(CHAIN.format(raised))["causes"]
    assert [(cause["link"], cause["type"]) for cause in causes] == expected
    assert all(cause["frames"][-1][2] == "Info.go" for cause in causes)


class Group(Exception):
    """Shaped as an exception group (PEP 654), which Python 3.10 lacks."""

    def __init__(self, exceptions):
        super().__init__("group")
        self.exceptions = exceptions

    def derive(self, exceptions):
        return Group(exceptions)


def test_members_of_groups_follow_depth_first():
    inner = Group([KeyError(1), ValueError(2)])
    outer = Group([inner, "no exception", OSError(3)])
    assert list(chained_exceptions(outer)) == [
        ("group", inner),
        ("group", inner.exceptions[0]),
        ("group", inner.exceptions[1]),
        ("group", outer.exceptions[2]),
    ]


def test_a_circle_of_causes_ends():
    first, second = ValueError(1), ValueError(2)
    first.__cause__, second.__cause__ = second, first
    assert list(chained_exceptions(first)) == [("cause", second)]


def test_a_long_chain_is_cut(tmp_path):
    error = None
    for number in range(2 * CAUSE_LIMIT):
        following = ValueError(number)
        following.__cause__ = error
        error = following
    described = Describer(Repository(str(tmp_path), str(tmp_path), [])).describe(error)
    assert len(described["causes"]) == CAUSE_LIMIT


def test_what_is_behind_an_error_of_collection(tmp_path):
    class ConftestImportFailure(Exception):
        """Shaped as pytest's own, which is not public."""

        cause: Exception | None
        excinfo: tuple

    failure = ConftestImportFailure("conftest.py")
    failure.cause = KeyError("inner")
    describer = Describer(Repository(str(tmp_path), str(tmp_path), []))
    assert describer.describe(failure)["type"] == "KeyError"
    failure.cause = None
    failure.excinfo = (KeyError, ValueError("of pytest 7"), None)
    assert describer.describe(failure)["type"] == "ValueError"
