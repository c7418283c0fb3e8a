"""Old suites beside later libraries: what is told accuses nothing that is innocent."""

import json
import subprocess
import sys

import pytest

from gardener.cli import main

pytestmark = pytest.mark.slow

FIELDS = {
    "fields/__init__.py": """
import abc, warnings

class AdviceWarning(UserWarning): pass

class Number(abc.ABC):
    @property
    @abc.abstractmethod
    def kind(self): ...

class Integer(Number):
    kind = int
    def check(self): pass

class _Hidden(Number):
    kind = None

class Store(abc.ABC):
    @abc.abstractmethod
    def fetch(self): ...

def advise():
    warnings.warn("It is recommended to use keys of one's own.", AdviceWarning)

def render(parameter): return parameter.label(context=None)
def write(parameter): return parameter.write(context=None)

class Problem(Exception): pass
class ProblemError(Problem): pass
"""
}
STRICT = {
    "pytest_asyncio/__init__.py": "",
    "pytest_asyncio/plugin.py": """
def pytest_addoption(parser):
    parser.getgroup("asyncio").addoption("--asyncio-mode", dest="asyncio_mode", default=None)
    parser.addini("asyncio_mode", help="the mode", default="strict")
""",
    "pytest_asyncio-1.4.0.dist-info/entry_points.txt": "[pytest11]\nasyncio = pytest_asyncio.plugin\n",
}
INIT = """
def __getattr__(name):
    if name in ("Reader", "Writer"):
        from lazy import parts
        return getattr(parts, name)
    raise AttributeError(f"module 'lazy' has no attribute {name!r}")
"""
PARTS = """
import fields
KIND = fields.Text
class Reader: pass
class Writer: pass
"""
OWN = """
import abc, functools
import fields

class Kept(fields.Store): pass
class Base(abc.ABC):
    @abc.abstractmethod
    def act(self): ...
class Actor(Base): pass
class Cached(functools.cached_property):
    def clear(self): self.lock
class Parameter:
    def label(self): pass
    def write(self): pass
class Answer:
    def __init__(self, *errors): self.errors = list(errors)
def ask(): return Answer(fields.ProblemError("types of this kind were removed in 3.2"))
"""
TESTS = """
import unittest, warnings
import pytest, fields, own

@pytest.mark.parametrize("kind", [fields.Number])
def test_abstract(kind): kind()
def test_abstract_base(): own.Kept()
def test_own_abstract(): own.Actor()
@pytest.mark.filterwarnings("error")
def test_advice(): fields.advise()
def test_version(): fields.__version__
def test_cached(): own.Cached(len).clear()
def test_reader():
    from lazy import Reader
def test_writer():
    from lazy import Writer
def test_no_such_name():
    from lazy import Nothing
def test_parts(): import lazy.parts
def test_holds_an_error():
    answer = own.ask()
    assert not answer.errors
def test_expects_an_error():
    assert [fields.ProblemError("one")] == [fields.ProblemError("else")]
def test_warns_none():
    with pytest.warns(None): pass
async def test_left_alone(): pass
def test_called_by_library(): fields.render(own.Parameter())
def test_called_elsewhere(): fields.write(own.Parameter())
def test_patched(monkeypatch): monkeypatch.setattr(fields, "Long", 1)
def test_mocked():
    from unittest import mock
    with mock.patch.object(fields.Integer, "width"): pass
def test_own_patched(monkeypatch): monkeypatch.setattr(own, "gone", 1)
def test_equal():
    name = "iso8859-15"
    assert name == "ISO-8859-1"
def test_both_sides():
    one, two = ['a'], ['b']
    assert one[0] == two[0]
def test_is():
    word = object()
    assert None is word
def test_in():
    words = ""
    assert "CREATE TYPE" in words
def test_not_in():
    sockets = {"123": 1}
    assert "123" not in sockets
def test_index():
    indexes = [{"name": "a", "options": {}}, {"name": "b", "options": {}, "unique": 1}]
    assert {"name": "b"} in indexes, "This index should be there"
def test_item():
    types = {"foo": 1, "bar": 2}
    assert types == {"foo": 1, "bar": 3}
def test_further_item():
    types = {"foo": 1, "bar": 2}
    assert types == {"foo": 1}
class TestCase(unittest.TestCase):
    def test_equal_in_unittest(self):
        word = "a"
        self.assertEqual(word + "b", "ac")
"""


REFUSED = {
    "test_returns": """
import pytest
pytestmark = pytest.mark.filterwarnings("error")
def test_returns(): return 5
""",
    "test_returns_too": """
import pytest
@pytest.mark.filterwarnings("error")
def test_returns_too(): return "more"
""",
    "test_yields": "def test_yields(): yield 1\n",
    "test_yields_too": "def test_yields_too(): yield 1\n",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The findings by the tests that are in them."""
    from test_library_breaks import install

    tmp_path = tmp_path_factory.mktemp("rotten")
    install(tmp_path / "site-packages", "fields", "4.0", FIELDS)
    install(tmp_path / "site-packages", "pytest_asyncio", "1.4.0", STRICT)
    root = tmp_path / "repo"
    (root / "lazy").mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    (root / "pytest.ini").write_text(
        "[pytest]\npythonpath = .\nfilterwarnings = error::pytest.PytestUnknownMarkWarning\n"
    )
    (root / "test_mark.py").write_text("import pytest\n@pytest.mark.trio\ndef test_a(): pass\n")
    for name, text in REFUSED.items():
        (root / f"{name}.py").write_text(text)
    for name, text in (("lazy/__init__", INIT), ("lazy/parts", PARTS), ("own", OWN)):
        (root / f"{name}.py").write_text(text)
    (root / "test_it.py").write_text(TESTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.setenv("PYTHONPATH", str(tmp_path / "site-packages"))
        main(["run", "--all", "--python", sys.executable, "--report", "r.json"])
        assert main(["report", "r.json", "--format", "json", "-o", "found.json"]) == 0
    findings = json.loads((root / "found.json").read_text())["findings"]
    return {
        test.rpartition("::")[2].partition("[")[0]: finding
        for finding in findings
        for test in finding["tests"]
    }


NAMED = {
    "test_abstract": (
        "`fields.Number` is abstract in fields 4.0; `test_it.py:test_abstract` makes an instance of it.",
        "Adapt `test_it.py:test_abstract` to fields 4.0: use a class that is not abstract. Made of it, and usable: `Integer`.",
    ),
    "test_abstract_base": (
        "fields 4.0 demands `Store.fetch`, which `Kept` does not have.",
        "Implement it in `Kept`, as the release notes of fields 4.0 tell; or use a version that does without.",
    ),
    "test_own_abstract": (
        "`Actor` lacks an abstract method of its base.",
        "Implement the abstract methods in `Actor`.",
    ),
    "test_advice": (
        "fields 4.0 warns of what `test_it.py:test_advice` uses, and warnings are errors.",
        'It says: "It is recommended to use keys of one\'s own."',
    ),
    "test_version": (
        "fields 4.0 has no `fields.__version__`",
        'Use `importlib.metadata.version("fields")`.',
    ),
    "test_holds_an_error": (
        "What the test checks holds the error `ProblemError: types of this kind were removed in 3.2`.",
        "Mend that error first.",
    ),
    "test_called_by_library": (
        "fields 4.0 passes `context` to `own.py:Parameter.",
        "take what it is given. If fields was updated lately, its release notes tell",
    ),
    "test_patched": (
        "fields 4.0 has no `fields.Long`; `test_it.py:test_patched` asks for it.",
        "Adapt `test_it.py:test_patched` to fields 4.0",
    ),
    "test_mocked": ("fields 4.0 has no `Integer.width`", "Adapt `test_it.py:test_mocked`"),
    "test_own_patched": ("A test patches `own.gone`, which does not exist.", "Point the patch at"),
    "test_mark.py": (
        "Neither a plugin nor the settings know `pytest.mark.trio`, and that is an error here.",
        "Install pytest-trio, which brings it, where the tests run; or register it",
    ),
    "test_equal": ("`name` is `'iso8859-15'`, not `'ISO-8859-1'`.", "Compare both values"),
    "test_both_sides": ("`one[0]` is `'a'`, and `two[0]` is `'b'`.", "Compare both values"),
    "test_is": ("`word` is `<object object>`, not `None`.", "Compare both values"),
    "test_in": ("`words` is empty: `'CREATE TYPE'` is not in it.", "Compare both values"),
    "test_not_in": ("`sockets` holds `'123'`, which it should not.", "Look at the first item"),
    "test_index": (
        "`indexes` does not hold `{'name': 'b'}`: the item that is like it also has `options`, `unique`.",
        "Look at the first item",
    ),
    "test_item": ("`types` is `2` at `['bar']`, not `3`.", "Look at the first item"),
    "test_further_item": ("Only `types` has `2` at `['bar']`.", "Look at the first item"),
    "test_equal_in_unittest": ("`word + 'b'` is `'ab'`, not `'ac'`.", "Compare both values"),
    "test_reader": ("fields 4.0 has no `fields.Text`; `lazy/parts.py` asks for it.", "Adapt"),
}


@pytest.mark.parametrize("test", NAMED)
def test_what_is_wrong_is_named(told, test):
    cause, next_step = told[test]["cause"], told[test]["next_step"]
    assert NAMED[test][0] in cause
    assert NAMED[test][1] in next_step


def test_a_lazy_module_that_fails_is_one_cause(told):
    assert told["test_reader"] == told["test_writer"] == told["test_parts"]
    assert told["test_no_such_name"] != told["test_reader"]


def test_one_keyword_of_a_library_is_one_cause(told):
    assert told["test_called_by_library"] == told["test_called_elsewhere"]


def test_what_pytest_no_longer_takes_is_one_cause(told):
    assert told["test_returns"] == told["test_returns_too"]
    assert told["test_returns"]["next_step"].startswith("Check with `assert` what they return")
    if "test_yields.py" in told:  # pytest 9 refuses it
        assert told["test_yields.py"] == told["test_yields_too.py"]
        assert "`yield`, which pytest takes only in fixtures" in told["test_yields.py"]["cause"]


def test_an_error_that_the_test_expects_is_not_the_cause(told):
    assert "holds the error" not in told["test_expects_an_error"]["cause"]


def test_what_python_took_from_a_base(told):
    if sys.version_info < (3, 12):
        assert "test_cached" not in told
    else:
        assert "has no `cached_property.lock`" in told["test_cached"]["cause"]


def test_warns_of_nothing(told):
    if "test_warns_none" in told:  # pytest 8 and later
        assert "`pytest.warns(None)` is gone" in told["test_warns_none"]["next_step"]


def test_an_async_test_that_a_strict_plugin_leaves_alone(told):
    assert "pytest-asyncio 1.4.0 is in strict mode" in told["test_left_alone"]["cause"]
    assert 'asyncio_mode = "auto"' in told["test_left_alone"]["next_step"]
