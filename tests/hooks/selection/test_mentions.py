"""What the summary of a Python file says that its definitions mention."""

import pytest
from gardener.hooks.selection.parse.extraction import summarize, summarize_text
from gardener.hooks.selection.parse.summary import DefinitionKind, Import, ImportedName


def definitions(source):
    summary = summarize(source.encode())
    assert not summary.broken
    return {definition.name: definition for definition in summary.definitions}


def body(source, *, head="", parameters=""):
    """The definition of a function with this body."""
    lines = "".join(f"    {line}\n" for line in source.splitlines())
    return definitions(f"{head}\ndef f({parameters}):\n{lines}")["f"]


NAMES = {
    "a": ("a", {"a"}),
    "a chain": ("a.b.c", {"a.b.c"}),
    "what is called": ("a.b(c)", {"a.b", "c"}),
    "a local name": ("a = b\nreturn a.c", {"b"}),
    "a parameter": ("return p.a", set()),
    "a name in a nested function": ("def g(x):\n    return x, a\nreturn g", {"a"}),
    "the target of a comprehension": ("return [x for x in a]", {"x", "a"}),
    "a global one": ("global a\na = 1", {"a"}),
    "one that a walrus binds": ("if (a := b):\n    return a.c", {"b"}),
    "an attribute by its name": ("getattr(a, 'b')", {"getattr", "a", "a.b"}),
    "an attribute by the beginning of its name": (
        "getattr(a, f'visit_{p}')",
        {"getattr", "a", "a.visit_*"},
    ),
    "an attribute by any name": ("getattr(a, p)", {"getattr", "a", "a.*"}),
    "all attributes": ("vars(a)", {"vars", "a", "a.*"}),
    "what a value is only compared with": ("isinstance(p, a.B)", {"isinstance"}),
    "what is imported there": ("from m import a\nreturn a.b", {"a@f.b"}),
}


@pytest.mark.parametrize("case", NAMES)
def test_names_are_those_that_are_global(case):
    source, names = NAMES[case]
    assert set(body(source, parameters="p").names) == names


ATTRIBUTES = {
    "of a parameter": ("p.a.b", {"a", "b"}),
    "of what is called": ("a().b", {"b"}),
    "of a constant, but for formats": ("'x'.join(p)", set()),
    "of a constant that is a format": ("'{}'.format(p)", {"format"}),
    "by its name": ("getattr(p, 'a')", {"a"}),
    "by names with dots": ("attrgetter('a.b', 'c')", {"a", "b", "c"}),
    "that is called by its name": ("methodcaller('a', 'b')", {"a"}),
    "by any name": ("getattr(p, q)", {"*"}),
    "set by any name": ("setattr(p, q, 1)", {"__delattr__"}),
    "an operator": ("p + q", {"__add__", "__radd__", "__iadd__"}),
    "an order": ("p < q", {"__lt__", "__le__", "__gt__", "__ge__"}),
    "an equality": ("p == q", set()),
    "a context manager": ("with p:\n    pass", {"__enter__", "__exit__"}),
    "an item that is read": ("p[q]", set()),
    "an item that is set": ("p[q] = 1", {"__setitem__"}),
    "an item that is removed": ("del p[q]", {"__delitem__"}),
    "a call that sorts": ("sorted(p)", {"__lt__", "__le__", "__gt__", "__ge__"}),
    "a call that enters": ("p.enter_context(q)", {"enter_context", "__enter__", "__exit__", "__aenter__", "__aexit__"}),
    "code in a text": ("p = 'x.run()'", {"run"}),
    "a template": ("p = '{{ user.name }}, {0.size}'", {"name", "size"}),
}  # fmt: skip


@pytest.mark.parametrize("case", ATTRIBUTES)
def test_attributes_are_those_of_unknown_values(case):
    source, attributes = ATTRIBUTES[case]
    assert set(body(source, parameters="p, q").attributes.names) == attributes


STORES = {
    "a read": ("p.a, p[0]", (set(), False)),
    "an attribute": ("p.a = 1", ({"a"}, True)),
    "an attribute that is removed": ("del p.a", ({"a"}, False)),
    "an item": ("p[0] = 1", (set(), True)),
    "a global": ("global a\na = 1", (set(), True)),
    "a local name": ("a = 1", (set(), False)),
    "by its name": ("setattr(p, 'a', 1)", ({"a"}, True)),
    "a patch": ("patch('m.a')", ({"a"}, False)),
    "a patch of an object": ("patch.object(p, 'a')", ({"a"}, True)),
    "a patch of several": ("patch.multiple(p, a=1, b=2)", ({"a", "b"}, False)),
    "an item that is popped": ("p.pop()", (set(), True)),
}


@pytest.mark.parametrize("case", STORES)
def test_what_is_stored_is_known(case):
    source, (assigned, stores) = STORES[case]
    attributes = body(source, parameters="p").attributes
    assert (set(attributes.assigned), attributes.stores) == (assigned, stores)


def test_attributes_of_self_are_told_apart():
    source = """
class A:
    def f(self, p):
        self.a.b = p.c
        super().d()
        def g(self):
            return self.e
        return getattr(self, "h")

    @staticmethod
    def s(p):
        return p.a
"""
    method = definitions(source)["A.f"]
    assert set(method.attributes.on_self) == {"a", "d", "h"}
    assert set(method.attributes.names) == {"b", "c", "e"}
    assert set(method.direct.on_self) == {"a", "d"}
    static = definitions(source)["A.s"]
    assert (static.attributes.on_self, static.attributes.names) == ((), ("a",))


STRINGS = {
    "an identifier": ("'abc'", {"identifiers": {"abc"}}),
    "a dotted name": ("'a.b:c'", {"dotted": {"a.b:c"}}),
    "a path": ("'a/b.txt'", {"texts": {"a/b.txt"}}),
    "several names": ("'a, b'", {"texts": {"a, b"}, "identifiers": {"a", "b"}}),
    "a call": ("'app:make(1)'", {"texts": {"app:make(1)"}, "identifiers": {"app", "make"}}),
    "a keyword argument": ("g(a=1)", {"identifiers": {"a"}}),
    "a command": (
        "run('tool --fast')",
        {"commands": {"tool"}, "texts": {"tool --fast"}, "identifiers": {"tool"}},
    ),
    "a command in a list": (
        "['bin/tool', '-v']",
        {"commands": {"bin/tool"}, "texts": {"bin/tool", "-v"}},
    ),
    "the beginning of a command": (
        "'bin/tool ' + p",
        {"commands": {"tool"}, "texts": {"bin/tool "}},
    ),
    "a docstring": ("'''abc'''\npass", {}),
    "a long text": (f"x = 'a b{'.' * 400}'", {}),
    "bytes": ("x = b'abc'", {}),
}


@pytest.mark.parametrize("case", STRINGS)
def test_strings_are_kept_by_their_form(case):
    source, expected = STRINGS[case]
    if "docstring" not in case and source[0] in "'[":
        source = f"return {source}"
    strings = body(source, parameters="p").strings
    kinds = ("identifiers", "dotted", "commands", "texts")
    assert {k: set(getattr(strings, k)) for k in kinds if getattr(strings, k)} == expected


MODULES = {
    "import_module('a.b')": ({"a.b"}, set()),
    "import_module('.b', 'a')": ({"a.b"}, set()),
    "import_module('.b', __package__)": ({".b"}, set()),
    "import_module(f'a.{p}')": ({"a.*"}, set()),
    "import_module(p)": ({"*"}, set()),
    "pytest.importorskip('a')": ({"a"}, set()),
    "find_spec('a')": (set(), {"a"}),
    "walk_packages(p)": ({"*"}, set()),
    "['python', '-m', 'a.b']": ({"a.b"}, set()),
    "['python', 'a.b']": (set(), set()),
}


@pytest.mark.parametrize("source", MODULES)
def test_modules_that_are_asked_for_by_name(source):
    function = body(source, parameters="p")
    imports, lookups = set(function.dynamic_imports), set(function.spec_lookups)
    if ", __package__" in source:
        imports = {name.rstrip("*") for name in imports}
    assert (imports, lookups) == MODULES[source]


DIRECT = {
    "a call": ("a.b()", {"calls": {"a.b"}, "attributes": {"b"}}),
    "a call of a local name": ("p()", {}),
    "a call in a function inside": ("def g():\n    a.b()", {}),
    "a call in a lambda": ("g = lambda: a.b()", {}),
    "an attribute of an import": ("lib.x.y", {"imported": {"lib.x.y"}}),
    "an attribute of the standard library": ("json.x", {}),
    "a comprehension": ("[x for x in p]", {"attributes": {"__iter__", "__next__"}}),
    "an equality": ("p == q", {"attributes": {"__eq__"}}),
    "an equality with a constant": ("p == 1", {}),
    "an equality with the standard library": ("p == json.x", {}),
}


@pytest.mark.parametrize("case", DIRECT)
def test_what_a_body_does_itself(case):
    source, expected = DIRECT[case]
    head = "import json, lib"
    direct = body(source, head=head, parameters="p, q").direct
    kinds = ("calls", "attributes", "on_self", "imported")
    assert {k: set(getattr(direct, k)) for k in kinds if getattr(direct, k)} == expected


def test_a_coroutine_function_does_nothing_when_it_is_called():
    function = definitions("async def f():\n    a.b()\n")["f"]
    assert function.is_coroutine
    assert (function.direct.calls, function.names) == ((), ("a.b",))


def test_functions_that_are_handed_local_values():
    function = body("keep(p)\nleave(1)\nkeep_inside([p])\np.add(p)", parameters="p")
    assert set(function.passed_to) == {"keep", "keep_inside"}


def test_classes_that_values_are_compared_with():
    function = body("try:\n    pass\nexcept (A, b.C):\n    pass\nisinstance(p, D)", parameters="p")
    assert set(function.compared) == {"A", "b.C", "D"}
    assert set(function.names) == {"isinstance"}


HEADERS = {
    "parameters": ("def f(a, /, b, *c, d, **e): ...", "parameters", ("a", "b", "d", "c", "e")),
    "annotations": ("def f(a: A, b: 'B') -> c.C: ...", "annotations", ("A", "c.C", "B")),
    "decorators": ("@a.b\n@c(1)\ndef f(): ...", "decorators", ("a.b", "c")),
    "a computed decorator": ("@a[0]\ndef f(): ...", "computed_decorator", True),
    "bases": ("class f(A, b.C[int]): ...", "bases", ("A", "b.C")),
    "a computed base": ("class f(make()): ...", "computed_base", True),
    "an abstract class": ("class f(metaclass=abc.ABCMeta): ...", "bases", ("abc.ABCMeta",)),
    "a metaclass": ("class f(metaclass=Meta): ...", "class_arguments", True),
    "no metaclass": ("class f(A): ...", "class_arguments", False),
}


@pytest.mark.parametrize("case", HEADERS)
def test_what_a_header_says(case):
    source, field, expected = HEADERS[case]
    assert getattr(definitions(source)["f"].header, field) == expected


FIXTURES = {
    "@pytest.fixture\ndef f(): ...": ("f", False),
    "@pytest.fixture(autouse=True)\ndef f(): ...": ("f", True),
    "@pytest.fixture(autouse=False)\ndef f(): ...": ("f", False),
    "@pytest.fixture(name='g')\ndef f(): ...": ("g", False),
    "@fixture\ndef f(): ...": ("f", False),
    "@pytest.mark.fixtures\ndef f(): ...": ("", False),
}


@pytest.mark.parametrize("source", FIXTURES)
def test_fixtures(source):
    definition = definitions(source)["f"]
    assert (definition.fixture, definition.autouse) == FIXTURES[source]


KINDS = {
    "x = 1": {"x": DefinitionKind.BINDING},
    "x: int": {"x": DefinitionKind.BINDING},
    "a, (b, *c) = 1, (2, 3)": dict.fromkeys("abc", DefinitionKind.BINDING),
    "for x in a: ...": {"x": DefinitionKind.BINDING},
    "with a as x: ...": {"x": DefinitionKind.BINDING},
    "x = None\ndef x(): ...": {"x": DefinitionKind.FUNCTION},
    "if a:\n    def f(): ...\nelse:\n    f = None": {"f": DefinitionKind.FUNCTION},
    "class C:\n    x = 1\n    def f(self): ...": {
        "C": DefinitionKind.CLASS,
        "C.x": DefinitionKind.BINDING,
        "C.f": DefinitionKind.FUNCTION,
    },
    "def f():\n    class C: ...": {"f": DefinitionKind.FUNCTION},
    "x.y = 1": {},
}


@pytest.mark.parametrize("source", KINDS)
def test_kinds_of_definitions(source):
    found = definitions(source)
    assert found.pop("").kind is DefinitionKind.MODULE
    assert {name: d.kind for name, d in found.items()} == KINDS[source]


RUN = {
    "a constant": ("x = 1", set()),
    "a call": ("x = a.b()", {"a.b"}),
    "a name": ("x = a", set()),
    "a default": ("def f(x=a()): ...", {"a"}),
    "a body": ("def f(): a()", set()),
    "a decorator": ("@a\ndef f(): ...", {"a"}),
    "a marker": ("@pytest.mark.parametrize('x', [a()])\ndef f(x): ...", {"pytest.mark.parametrize", "a"}),
    "the body of a class": ("class C:\n    x = a()", {"a"}),
    "a condition": ("if a():\n    x = 1", {"a"}),
    "the program": ("if __name__ == '__main__':\n    a()", set()),
    "for type checkers": ("if TYPE_CHECKING:\n    x = 1", set()),
}  # fmt: skip


@pytest.mark.parametrize("case", RUN)
def test_what_is_called_by_the_import(case):
    source, calls = RUN[case]
    assert set(definitions(source)[""].direct.calls) == calls


IMPORTS = {
    "import a.b": ([Import("a.b", 0)], {"a": [ImportedName(0, "a")]}),
    "import a.b as c": ([Import("a.b", 0)], {"c": [ImportedName(0, "a.b")]}),
    "from .a import b as c, d": (
        [Import("a", 1, ("b", "d"))],
        {"c": [ImportedName(1, "a", "b")], "d": [ImportedName(1, "a", "d")]},
    ),
    "try:\n    import a\nexcept ImportError:\n    import b as a": (
        [Import("a", 0), Import("b", 0)],
        {"a": [ImportedName(0, "a"), ImportedName(0, "b")]},
    ),
    "if TYPE_CHECKING:\n    import a\nelse:\n    import b": (
        [Import("a", 0, (), False), Import("b", 0)],
        {"a": [ImportedName(0, "a")], "b": [ImportedName(0, "b")]},
    ),
    "class C:\n    def f(self):\n        import a": (
        [Import("a", 0, (), False)],
        {"a@C:f": [ImportedName(0, "a")]},
    ),
}


@pytest.mark.parametrize("source", IMPORTS)
def test_imports_and_the_names_that_they_bind(source):
    summary = summarize(source.encode())
    imports, aliases = IMPORTS[source]
    assert list(summary.imports) == imports
    assert {name: list(origins) for name, origins in summary.aliases.items()} == aliases


def test_a_file_that_does_not_parse_mentions_all_its_words():
    source = b"from .a import (b as c,\n    d)\nimport e.f, g as h\ndef broken(:\n    'text'\n"
    summary = summarize(source)
    assert summary.broken.startswith("does not parse: ")
    assert summary.broken.endswith("(line 3)") or summary.broken.endswith("(line 4)")
    assert list(summary.imports) == [Import("a", 1, ("b", "d")), Import("e.f", 0), Import("g", 0)]
    assert summary.aliases == {
        "c": (ImportedName(1, "a", "b"),),
        "d": (ImportedName(1, "a", "d"),),
        "e": (ImportedName(0, "e"),),
        "h": (ImportedName(0, "g"),),
    }
    (module,) = summary.definitions
    assert {"broken", "text", "d"} <= set(module.names)
    assert module.names == module.attributes.names == module.strings.identifiers


def test_a_text_is_read_for_its_examples():
    summary = summarize_text(b"Title\n\n>>> import a\n>>> a.b(\n...     1)\n2\n\nSee c.d.\n")
    module, doctests = summary.definitions
    assert (doctests.name, doctests.kind) == (">>>", DefinitionKind.FUNCTION)
    assert set(doctests.names) == {"a@>>>.b"}
    assert {"Title", "See"} <= set(module.strings.identifiers)
    assert "c.d" in module.strings.dotted


OUTLINES = {
    "def test_a(): ...": [(("test_a",), False, ())],
    "@pytest.mark.slow\n@pytest.mark.xfail(reason='x')\nasync def test_a(): ...": [
        (("test_a",), False, ("slow", "xfail"))
    ],
    "class TestA:\n    pytestmark = pytest.mark.db\n    def test_b(self): ...": [
        (("TestA",), True, ("db",)),
        (("TestA", "pytestmark"), False, ()),
        (("TestA", "test_b"), False, ()),
    ],
    "if a:\n    from m import test_b as test_c, test_d": [
        (("test_c",), False, ()),
        (("test_d",), False, ()),
    ],
    "test_a = make()": [(("test_a",), False, ())],
    "def f():\n    def test_a(): ...": [(("f",), False, ())],
}


@pytest.mark.parametrize("source", OUTLINES)
def test_what_could_be_a_test(source):
    outline = summarize(source.encode()).outline
    assert [(o.names, o.is_class, o.markers) for o in outline] == OUTLINES[source]


def test_plugins_and_markers_of_a_module():
    source = b"pytest_plugins = ['a.b', 'c']\npytestmark = [pytest.mark.slow, mark.db('x')]\n"
    summary = summarize(source)
    assert (summary.plugins, summary.markers) == (("a.b", "c"), ("slow", "db"))
