"""The graph of small projects: its nodes, edges and classes, what is laid over it, and walks."""

import random
from array import array

import pytest
from gardener.hooks.selection.graph.docstring_readers import TextReaders
from gardener.hooks.selection.graph.facts import fact_key, name_fingerprint, name_hash
from gardener.hooks.selection.graph.frontier import frontier
from gardener.hooks.selection.graph.import_time import ImportTime
from gardener.hooks.selection.graph.reach import reach
from gardener.hooks.selection.graph.stored_graph import MAGIC, Header, Strings, encode, pack, unpack
from gardener.hooks.selection.graph.words import affixes_of, is_affix
from gardener.hooks.selection.link.facts import Aspect, Fact, name_in
from gardener.hooks.selection.link.linked_file import SymbolKind
from gardener.hooks.selection.link.nodes import (
    ANY_ATTRIBUTE,
    attribute,
    docstring,
    module_value,
    node_of_test,
    self_attribute,
    type_check,
)
from linking import graph, link

from gardener.model import Symbol

SOURCES = {
    "lib.py": (
        '"""Doc."""\n\ndef helper():\n    return 1\n\nclass Base:\n    def close(self):\n        return self.inner()\n\n'
        "    def inner(self):\n        return helper()\n"
    ),
    "child.py": "from lib import Base\n\nclass Child(Base):\n    def inner(self):\n        return 2\n",
    "test_it.py": (
        "from child import Child\nfrom lib import helper\n\ndef test_call():\n    assert helper()\n\n"
        "def test_close():\n    assert Child().close()\n\ndef test_none():\n    pass\n"
    ),
}


@pytest.fixture(scope="module")
def small():
    return graph(SOURCES)


def ends(graph, node):
    return {graph.node(n) for n in graph.out(graph.id(node))}


def test_every_node_has_its_number(small):
    nodes = [small.node(number) for number in range(len(small))]
    assert [small.id(node) for node in nodes] == [*range(len(small))]
    assert len(set(nodes)) == len(nodes)
    base = Symbol("lib.py", "Base")
    assert {
        base, module_value("lib.py"), self_attribute(base, "inner"), attribute("close"),
        node_of_test("test_it.py::test_call", "test_it.py"),
    } <= set(nodes)  # fmt: skip


@pytest.mark.parametrize(
    "node",
    [
        Symbol("lib.py", "gone"),
        Symbol("gone.py", "helper"),
        attribute("gone"),
        attribute("help*"),
        ANY_ATTRIBUTE,
        module_value("gone.py"),
        docstring(Symbol("lib.py", "")),
        node_of_test("test_it.py::gone", "test_it.py"),
    ],
)
def test_what_is_no_node(small, node):
    assert small.id(node) == -1


def test_edges_both_ways(small):
    helper, inner = Symbol("lib.py", "helper"), Symbol("lib.py", "Base.inner")
    assert helper in ends(small, inner)
    assert small.id(inner) in small.into(small.id(helper))
    for number in range(len(small)):
        for end in small.out(number):
            assert number in small.into(end)


def test_what_is_known_of_a_symbol(small):
    close = small.id(Symbol("lib.py", "Base.close"))
    assert small.kind(close) is SymbolKind.FUNCTION
    assert small.node(small.holder(close)) == Symbol("lib.py", "Base")
    assert small.node(small.attribute_of(close)) == attribute("close")
    helper = small.id(Symbol("lib.py", "helper"))
    assert small.node(small.holder(helper)) == module_value("lib.py")
    assert {small.node(n) for n in small.calls(small.id(Symbol("lib.py", "Base.inner")))} == {
        Symbol("lib.py", "helper")
    }
    for node in (
        attribute("close"),
        module_value("lib.py"),
        self_attribute(Symbol("lib.py", "Base"), "inner"),
    ):
        number = small.id(node)
        assert small.kind(number) is SymbolKind.OTHER
        assert small.holder(number) == -1
        assert small.attribute_of(number) == -1


def test_classes(small):
    hierarchy = small.hierarchy
    base, child = small.id(Symbol("lib.py", "Base")), small.id(Symbol("child.py", "Child"))
    assert hierarchy.ancestry(child) == [child, base]
    assert hierarchy.subclasses(base) == [child]
    assert hierarchy.related(base) == {base, child}
    assert {name for name, _ in hierarchy.members(base)} == {"close", "inner"}
    assert hierarchy.stored_classes("child.py")["Child"].bases == {Symbol("lib.py", "Base")}
    assert hierarchy.stored_classes("gone.py") == {}
    assert hierarchy.files_with_members(["inner"]) == ["child.py", "lib.py"]
    assert hierarchy.files_with_members(["gone"]) == []


def test_attributes_of_self(small):
    inner = small.id(attribute("inner"))
    (use,) = small.attributes.of_self(inner)
    assert small.node(use.klass) == Symbol("lib.py", "Base")
    assert small.node(use.node) == self_attribute(Symbol("lib.py", "Base"), "inner")
    assert small.attributes.patterns() == []


def test_patterns():
    made = graph({"m.py": "def f(x, n):\n    getattr(x, f'on_{n}')\n    getattr(x, n)\n\nclass C:\n"
                  "    def go(self, n):\n        getattr(self, n)\n"})  # fmt: skip
    globs = {(made.node(p.node), p.glob) for p in made.attributes.patterns()}
    # Of `getattr(x, n)` nothing is known, which walks follow by words.
    assert globs == {
        (attribute("on_*"), "on_*"),
        (self_attribute(Symbol("m.py", "C"), "*"), "*"),
    }


def test_words():
    made = graph(
        {"m.py": "def f():\n    return 'Helper', 'on_', '_end'\n\ndef g():\n    return 'other'\n"}
    )
    f = [made.id(Symbol("m.py", "f"))]
    assert made.words.holding("helper") == f
    assert made.words.holding("on_it") == f
    assert made.words.holding("the_end") == f
    assert made.words.holding("help") == []


@pytest.mark.parametrize(
    ("name", "affixes"), [("visit_a", ["visit_", "_a"]), ("plain", []), ("_x", ["_", "_x"])]
)
def test_affixes(name, affixes):
    assert [*affixes_of(name)] == affixes
    assert is_affix("visit_")
    assert is_affix("_x")
    assert not is_affix("plain")


def test_facts(small):
    facts = small.facts
    assert "child.py" in facts.dependents([name_in("lib.py", "Base")])
    assert facts.dependents([name_in("lib.py", "gone")]) == []
    assert facts.dependents([Fact("gone.py", Aspect.SURFACE)]) == []
    assert "test_it.py" in facts.dependents_on_any(["child.py"])
    assert facts.importers(["child"]) == ["test_it.py"]
    assert facts.importers(["gone"]) == []
    assert facts.mentions("helper") == 2
    assert facts.mentions("gone") == 0


def test_hashes_are_the_same_in_every_process():
    assert name_hash(fact_key(Fact("a.py", Aspect.NAME, "f"))) == name_hash("a.py\0" + "3\0f")
    assert name_fingerprint("helper") == name_fingerprint("help" + "er")
    assert name_fingerprint("\ud800") != name_fingerprint("?")


# --- what is laid over it --------------------------------------------------------------------


def test_a_file_that_is_laid_over():
    made = graph(SOURCES)
    lib = (
        SOURCES["lib.py"].replace("return helper()", "return 0")
        + "\ndef fresh():\n    return helper()\n"
    )
    after = {**SOURCES, "lib.py": lib}
    made.overlay([link(after, "lib.py")], frozenset(), ["test_it.py"], ())
    helper = Symbol("lib.py", "helper")
    assert helper not in ends(made, Symbol("lib.py", "Base.inner"))
    assert ends(made, Symbol("lib.py", "fresh")) == {helper}
    assert made.kind(made.id(Symbol("lib.py", "fresh"))) is SymbolKind.FUNCTION
    # What other files depend on in it is still there.
    assert helper in ends(made, node_of_test("test_it.py::test_call", "test_it.py")) | ends(
        made, Symbol("test_it.py", "test_call")
    )


def test_a_file_that_is_removed():
    made = graph(SOURCES)
    made.overlay([], frozenset({"test_it.py"}), [], ())
    assert made.tests_in("test_it.py") == []
    assert made.roots == []
    helper = Symbol("lib.py", "helper")
    reached = reach(made, [helper])
    assert reached.names(reached.tests([helper])) == []


def test_import_edges_that_are_dropped():
    made = graph(
        {
            "m.py": "import os\nNAME = os.sep\nprint(NAME)\n",
            "test_m.py": "import m\n\ndef test_m(): ...\n",
        }
    )
    name, module = Symbol("m.py", "NAME"), Symbol("m.py", "")
    assert made.id(module) in made.into(made.id(name))
    made.drop_import_edges([name])
    assert made.id(module) not in made.into(made.id(name))


# --- walks -----------------------------------------------------------------------------------


REACHED = [
    ("lib.py", "helper", ["test_it.py::test_call", "test_it.py::test_close"]),
    ("lib.py", "Base.close", ["test_it.py::test_close"]),
    ("child.py", "Child.inner", ["test_it.py::test_close"]),
    ("test_it.py", "test_none", ["test_it.py::test_none"]),
    ("lib.py", "gone", []),
]


@pytest.mark.parametrize(("file", "name", "tests"), REACHED)
def test_reached_tests(small, file, name, tests):
    symbol = Symbol(file, name)
    reached = reach(small, [symbol])
    assert reached.names(reached.tests([symbol])) == tests
    for test in tests:
        assert reached.way(test)[-1] == symbol


def test_the_frontier(small):
    # A changed function is its own frontier, of what needs another path to it too.
    helper = Symbol("lib.py", "helper")
    assert helper in frontier(small, [helper]).functions
    around = frontier(small, [Symbol("lib.py", "Base")])
    assert Symbol("lib.py", "helper") not in around.functions
    assert Symbol("test_it.py", "test_close") in around.functions
    assert frontier(small, [Symbol("lib.py", "gone")]) == (frozenset(), frozenset())


IMPORT_TIME = {
    "called by a test file": ("from m import f\nX = f()\n", {"f", "inner"}),
    "only in a test": ("from m import f\n\ndef test_x():\n    f()\n", set()),
    "passed on": ("from m import f\nX = [f]\n", set()),
    "a coroutine": ("from m import later\nX = later()\n", set()),
    "a constructor": ("from m import C\nX = C()\n", {"C.__init__"}),
    "a method of an instance": ("from m import C\nX = C().go()\n", {"C.__init__", "C.go", "C.other"}),
    "what a page shows": ("from m import Page\nX = Page()\n", set()),
    "a method of no instance": ("import m\nX = m.thing.go()\n", set()),
}  # fmt: skip
CALLED = (
    "def f():\n    return inner()\n\ndef inner():\n    return 1\n\nasync def later():\n    return inner()\n\n"
    "class C:\n    def __init__(self):\n        pass\n    def go(self):\n        return self.other()\n"
    "    def other(self):\n        return 1\n    def never(self):\n        return 2\n\nthing = None\n\n"
    "class Page:\n    def __html__(self):\n        return f()\n"
)


@pytest.mark.parametrize("name", IMPORT_TIME)
def test_what_runs_at_import(name):
    source, expected = IMPORT_TIME[name]
    made = graph({"m.py": CALLED, "test_m.py": source})
    running = {made.symbol(n) for n in ImportTime(made).nodes()}
    assert {s.qualname for s in running if s.file == "m.py"} - {""} == expected
    assert ImportTime(made).nodes() == ImportTime(made, anew=True).nodes()


def test_import_time_that_may_have_changed():
    sources = {"m.py": CALLED, "test_m.py": IMPORT_TIME["called by a test file"][0]}
    for old, new, same in (
        ("return 2", "return 3", True),
        ("return inner()\n\ndef inner", "return 1\n\ndef inner", False),
    ):
        made = graph(sources)
        after = {**sources, "m.py": CALLED.replace(old, new)}
        made.overlay([link(after, "m.py")], frozenset(), ["test_m.py"], ())
        assert (made.stored_import_time() is not None) is same


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ("lib.__doc__", ["test_doc.py::test_doc"]),
        ("lib.helper()", []),
    ],
)
def test_readers_of_a_docstring(read, expected):
    test = (
        f"import lib\n\ndef test_doc():\n    assert {read}\n\ndef test_other():\n    assert lib\n"
    )
    made = graph({"lib.py": SOURCES["lib.py"], "test_doc.py": test})
    module = [Symbol("lib.py", "")]
    readers = TextReaders(made, module, [], lambda symbol: False)
    found = readers.reasons(module, [])
    assert sorted(found) == expected
    assert all("the docstring of lib.py changed" in why for why in found.values())
    assert readers.reasons([], []) == {}


def test_a_class_is_reached_by_comparing_with_it():
    made = graph({
        "m.py": "class Error(Exception):\n    pass\n",
        "test_m.py": "from m import Error\n\ndef test_m():\n    try:\n        pass\n    except Error:\n        pass\n",
    })  # fmt: skip
    error = Symbol("m.py", "Error")
    reached = reach(made, [error])
    assert reached.names(reached.tests([error])) == ["test_m.py::test_m"]
    assert reached.way("test_m.py::test_m")[-1] == type_check(error)


# --- on disk ---------------------------------------------------------------------------------


HEADER = Header(["a.py"], ["0" * 40], [], [], [], [], {"a.py": "why"}, [])


def test_packed_and_unpacked():
    rows = array("i", [3, 1, 2])
    data = pack(HEADER, {"rows": rows, "rows_at": array("i", [0, 1, 3]), "text": b"abc"})
    stored = unpack(memoryview(data))
    assert stored.header == HEADER
    assert stored.arrays["rows"] == rows
    assert [*stored.row("rows", 1)] == [1, 2]
    assert bytes(stored.texts["text"]) == b"abc"
    assert pack(HEADER, {"rows": rows, "rows_at": array("i", [0, 1, 3]), "text": b"abc"}) == data


@pytest.mark.parametrize("cut", [0, 5, len(MAGIC), len(MAGIC) + 8, -1])
def test_damaged_bytes(cut):
    data = pack(HEADER, {"text": b"abc"})
    with pytest.raises(ValueError, match="graph"):
        unpack(memoryview(data[:cut]))
    with pytest.raises(ValueError, match="graph"):
        unpack(memoryview(b"gardener net 5\n" + data[len(MAGIC) :]))


def test_strings():
    pick = random.Random(7)
    texts = sorted(
        {"".join(pick.choices("ab_é\ud800", k=pick.randrange(4))) for _ in range(60)}, key=encode
    )
    starts, blob = [0], b""
    for text in texts:
        blob += encode(text)
        starts.append(len(blob))
    strings = Strings(memoryview(blob), starts)
    assert [strings[n] for n in range(len(strings))] == texts
    assert [strings.find(text) for text in texts] == [*range(len(texts))]
    assert strings.find("abcd") == -1
    # Among some of them only:
    assert strings.find(texts[3], 4, len(texts)) == -1
    assert strings.find(texts[3], 0, 3) == -1
    assert strings.find(texts[3], 3, 4) == 3
