"""What linking a file gives: tables of sources, and of edges that must be there or must not."""

import pytest
from gardener.hooks.selection.link.facts import Aspect, Fact, members_of, name_in
from gardener.hooks.selection.link.linked_file import SymbolKind
from gardener.hooks.selection.link.mentions import assigned_name, assignment, mentions, module_words
from gardener.hooks.selection.parse.extraction import summarize
from linking import edges, link

from gardener.model import Symbol

LIBRARY = (
    "import os\n\nLIMIT = 3\n\ndef helper():\n    return LIMIT\n\n"
    "class Base:\n    def close(self):\n        return self.inner()\n\n    def inner(self):\n        return 1\n"
)
# Source of `m.py` beside `lib.py`, a symbol in it, what it depends on, and what it does not.
EDGES = {
    "a name": ("from lib import helper\n\ndef f():\n    return helper()\n", "f", {"lib.py:helper"}, {"lib.py:Base"}),
    "through a module": ("import lib\n\ndef f():\n    return lib.helper()\n", "f", {"lib.py:helper"}, {"lib.py:Base"}),
    "a module as a value": ("import lib\n\ndef f():\n    return use(lib)\n", "f", {"value of lib.py"}, {"lib.py:helper"}),
    "outside the project": ("import os\n\ndef f():\n    return os.path\n", "f", set(), {".path"}),
    "of a value": ("def f(x):\n    return x.close()\n", "f", {".close"}, {"lib.py:Base.close"}),
    "in part": ("def f(x, n):\n    return getattr(x, f'visit_{n}')\n", "f", {".visit_*"}, {".*"}),
    "at run time": ("def f(x, n):\n    return getattr(x, n)\n", "f", {".*"}, {".n"}),
    "only compared": (
        "from lib import Base\n\ndef f(x):\n    return isinstance(x, Base)\n", "f", {"is Base"}, {"lib.py:Base"},
    ),
    "importing": ("from lib import helper\n", "m.py", {"import of lib.py"}, {"lib.py:helper"}),
    "in a function": ("def f():\n    from lib import helper\n    return helper\n", "f", {"import of lib.py", "lib.py:helper"}, set()),
    "only for types": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import lib\n\ndef f(x: 'lib.Base'):\n    pass\n",
        "m.py", set(), {"import of lib.py"},
    ),
    "a base": ("from lib import Base\n\nclass C(Base):\n    pass\n", "C", {"lib.py:Base"}, {"lib.py:helper"}),
    "a name of a module": ("def f():\n    return import_module('lib')\n", "f", {"import of lib.py", "value of lib.py"}, {"lib.py:helper"}),
    "a dotted name": ("HANDLER = 'lib.helper'\n", "HANDLER", {"import of lib.py", "lib.py:helper"}, {"lib.py:Base"}),
    "a script": ("def f(run):\n    run('./lib.py')\n", "f", {"import of lib.py", "value of lib.py"}, set()),
    "its own docstring": ('"""Doc."""\n\ndef f():\n    return __doc__\n', "f", {".__doc__ of m.py:"}, {".__doc__"}),
    "any docstring": ("import inspect\n\ndef f(x):\n    return inspect.getdoc(x)\n", "f", {".__doc__"}, {".__doc__ of m.py:"}),
    "a property of the class": (
        "class C:\n    def get(self):\n        return 1\n    x = property(get)\n", "C.x", {"m.py:C.get"}, {"lib.py:helper"},
    ),
    "all names": ("A = 1\n\ndef f():\n    return globals()\n", "f", {"m.py:A"}, {"lib.py:helper"}),
}  # fmt: skip


@pytest.mark.parametrize("name", EDGES)
def test_edges(name):
    source, symbol, some, none = EDGES[name]
    dependencies = edges(link({"lib.py": LIBRARY, "m.py": source}, "m.py")).get(symbol, set())
    assert some <= dependencies
    assert not none & dependencies


DECORATORS = {
    "that keeps": ("def keep(f):\n    KEPT.append(f)\n    return f\nKEPT = []\n", {"KEPT"}),
    "that stores": ("def keep(f):\n    KEPT[f.__name__] = f\n    return f\nKEPT = {}\n", {"keep", "KEPT"}),
    "that passes on": ("def keep(f):\n    return register(f)\n\ndef register(f):\n    KEPT.append(f)\nKEPT = []\n",
                       {"KEPT"}),
    "that keeps nothing": ("def keep(f):\n    return f\n", set()),
    "that is a class": ("class keep:\n    def __init__(self, f):\n        pass\n", {"keep"}),
    "of unknown origin": ("from elsewhere import keep\n", {"m.py"}),
    "of a library that keeps nothing": ("from tenacity import keep\n", set()),
    "of the standard library": ("from functools import keep\n", set()),
    "that runs later": ("from atexit import keep\n", {"m.py"}),
}  # fmt: skip


@pytest.mark.parametrize("name", DECORATORS)
def test_who_may_run_what_is_decorated(name):
    source, holders = DECORATORS[name]
    linked = edges(link({"m.py": source + "\n\n@keep\ndef decorated():\n    pass\n"}, "m.py"))
    assert {node for node, ends in linked.items() if "m.py:decorated" in ends} == holders


MEMBERS = {
    "a method that is called by name": ("class C:\n    def go(self): ...\n\nC().go()\n", False),
    "a method that nothing names": ("class C:\n    def go(self): ...\n", True),
    "a constructor": ("class C:\n    def __init__(self): ...\n", True),
    "a binding": ("class C:\n    go = 1\n\nC().go\n", True),
    "of a class with a base of a framework": (
        "from framework import Base\n\nclass C(Base):\n    def go(self): ...\n\nC().go()\n", True,
    ),
    "that is called on what is like a file": (
        "class C:\n    def read(self): ...\n    def flush(self): ...\n\nC().flush()\n", True,
    ),
    "an operator that the operator names": ("class C:\n    def __add__(self, o): ...\n\nC() + C()\n", False),
}  # fmt: skip


@pytest.mark.parametrize("name", MEMBERS)
def test_members_that_run_unnamed(name):
    source, expected = MEMBERS[name]
    linked = link({"m.py": source}, "m.py")
    member = next(n for n in reversed(linked.kinds) if n.startswith("C."))
    assert (f"m.py:{member}" in edges(linked).get("C", set())) is expected


def test_subclasses_are_kept_where_the_base_may_keep_them():
    base = "class Base:\n    {}\n\nclass Child(Base):\n    pass\n"
    plain = edges(link({"m.py": base.format("pass")}, "m.py"))
    assert "Base" not in plain
    hook = "def __init_subclass__(cls):\n        pass"
    keeping = edges(link({"m.py": base.format(hook)}, "m.py"))
    assert "m.py:Child" in keeping["Base"]
    assert {"m.py:Base", "m.py:Base.__init_subclass__"} <= keeping["m.py"]


def test_attributes_of_self():
    source = "class C:\n    def go(self):\n        return self.value\n"
    assert edges(link({"m.py": source}, "m.py"))["C.go"] == {".value"}
    linked = link({"m.py": source}, "m.py")
    (node,) = linked.edges[Symbol("m.py", "C.go")]
    assert (node.file, node.owner, node.name) == ("m.py", "C", "value")
    # With a base that only run time knows, it may be one of any value.
    unknown = link({"m.py": source.replace("C:", "C(make()):")}, "m.py")
    assert len(unknown.edges[Symbol("m.py", "C.go")]) == 2
    assert unknown.uncertain == {"C"}


def test_what_else_a_linked_file_says():
    source = (
        LIBRARY
        + "\nasync def later():\n    text = 'helper'\n\ndef now():\n    helper()\n    later()\n"
    )
    linked = link({"lib.py": source}, "lib.py")
    assert linked.kinds == {
        "": SymbolKind.MODULE,
        "LIMIT": SymbolKind.OTHER,
        "helper": SymbolKind.FUNCTION,
        "Base": SymbolKind.CLASS,
        "Base.close": SymbolKind.FUNCTION,
        "Base.inner": SymbolKind.FUNCTION,
        "later": SymbolKind.COROUTINE,
        "now": SymbolKind.FUNCTION,
    }
    assert linked.calls["now"] == (Symbol("lib.py", "helper"), Symbol("lib.py", "later"))
    assert linked.words == {"later": ("helper",)}
    assert linked.bases == {"Base": []}
    assert not linked.tests
    assert not linked.broken


TESTS = {
    "functions": ("def test_a(): ...\n\ndef helper(): ...\n", ["test_m.py::test_a"], False),
    "a class": ("class TestIt:\n    def test_a(self): ...\n    def other(self): ...\n", ["test_m.py::TestIt::test_a"], False),
    "a class that is constructed": ("class TestIt:\n    def __init__(self): ...\n    def test_a(self): ...\n", [], False),
    "a class in a class": (
        "class TestIt:\n    class TestIn:\n        def test_a(self): ...\n    def test_b(self): ...\n",
        ["test_m.py::TestIt::TestIn::test_a", "test_m.py::TestIt::test_b"], False,
    ),
    "a TestCase": (
        "import unittest\n\nclass Any(unittest.TestCase):\n    def test_a(self): ...\n    def runTest(self): ...\n"
        "    def runTests(self): ...\n",
        ["test_m.py::Any::test_a", "test_m.py::Any::runTest"], False,
    ),
    "an inherited test": (
        "class Base:\n    def test_a(self): ...\n\nclass TestIt(Base):\n    def test_b(self): ...\n",
        ["test_m.py::TestIt::test_a", "test_m.py::TestIt::test_b"], False,
    ),
    "an imported test": ("from lib import test_far\n", ["test_m.py::test_far"], False),
    "made at run time": ("test_a = make()\n", ["test_m.py"], True),
    "by a star": ("from lib import *\n", ["test_m.py"], True),
    "a file that does not parse": ("def test_a(:\n", ["test_m.py"], True),
    "a fixture": ("import pytest\n\n@pytest.fixture\ndef test_data(): ...\n", [], False),
}  # fmt: skip


@pytest.mark.parametrize("name", TESTS)
def test_tests_of_a_file(name):
    source, tests, whole = TESTS[name]
    linked = link({"test_m.py": source, "lib.py": "def test_far(): ...\n"}, "test_m.py")
    assert sorted(linked.tests) == sorted(tests)
    assert bool(linked.whole) is whole


CONFTEST = (
    "import pytest\n\n@pytest.fixture\ndef one():\n    return 1\n\n@pytest.fixture\ndef two(one):\n    return 2\n\n"
    "@pytest.fixture(autouse=True)\ndef always():\n    return 3\n\n@pytest.fixture(name='named')\ndef _named():\n    return 4\n"
    "\ndef pytest_runtest_setup(item):\n    pass\n"
)
AROUND = {
    "nothing": ("def test_a(): ...", set()),
    "a parameter": ("def test_a(one): ...", {"one"}),
    "with what it requests": ("def test_a(two): ...", {"one", "two"}),
    "by another name": ("def test_a(named): ...", {"_named"}),
    "by its name in the code": ("def test_a(_named): ...", set()),
    "by a marker": ("@pytest.mark.usefixtures('one')\ndef test_a(): ...", {"one"}),
    "by a marker of names in a list": ("NAMES = ['one']\n@pytest.mark.usefixtures(*NAMES)\ndef test_a(): ...", {"one"}),
    "by a marker of the module of names in a list": ("NAMES = ['one']\npytestmark = [pytest.mark.usefixtures(*NAMES)]\ndef test_a(): ...", {"one", "pytestmark"}),
    "by a marker of the module": ("pytestmark = pytest.mark.usefixtures('one')\ndef test_a(): ...", {"one", "pytestmark"}),
    "by name at run time": ("def test_a(request):\n    request.getfixturevalue('one')", {"one"}),
    "an xunit function": ("def setup_module(): ...\ndef test_a(): ...", {"setup_module"}),
}  # fmt: skip


@pytest.mark.parametrize("name", AROUND)
def test_what_runs_around_a_test(name):
    source, expected = AROUND[name]
    sources = {"conftest.py": CONFTEST, "test_m.py": f"import pytest\n\n{source}\n"}
    dependencies = edges(link(sources, "test_m.py"))["TEST test_m.py::test_a"]
    always = {"conftest.py:always", "conftest.py:pytest_runtest_setup", "import of conftest.py"}
    assert always <= dependencies
    names = {d.partition(":")[2] for d in dependencies if ":" in d and d not in always}
    assert names - {"test_a"} == expected


def test_facts():
    linked = link({"lib.py": LIBRARY, "m.py": "from lib import helper\n\nhelper()\n"}, "m.py")
    assert name_in("lib.py", "helper") in linked.facts
    assert name_in("lib.py", "Base") not in linked.facts
    assert Fact("lib.py", Aspect.SURFACE) not in linked.facts
    child = link(
        {"lib.py": LIBRARY, "m.py": "from lib import Base\n\nclass C(Base): ...\n"}, "m.py"
    )
    assert members_of(Symbol("lib.py", "Base")) in child.facts
    keeping = link(
        {"lib.py": LIBRARY, "m.py": "from lib import helper\n\n@helper\ndef f(): ...\n"}, "m.py"
    )
    assert Fact("lib.py", Aspect.REGISTRIES) in keeping.facts


def test_mentions():
    summary = summarize(
        b"import a.b\n\ndef f(x):\n    x.go = g.h\n    return isinstance(x, K), 'word'\n"
    )
    assert {"g", "h", "K", "word", assignment("go")} <= mentions(summary)
    assert {"a", "b"} <= module_words(summary)
    assert assigned_name(assignment("go")) == "go"
    assert assigned_name("go") == ""
