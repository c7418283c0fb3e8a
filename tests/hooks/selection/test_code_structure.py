"""Parts of the comparison of two versions of a file."""

import ast

import pytest
from gardener.hooks.selection.parse.conditional_bindings import only_binds
from gardener.hooks.selection.parse.names_read import names_read
from gardener.hooks.selection.parse.structure import structure_of


def statement(source):
    [node] = ast.parse(source).body
    return node


SAME = {
    "layout": ("f(a,b)", "f(\n    a,\n    b,  # both\n)"),
    "quotes": ("x = 'a'", 'x = "a"'),
    "a docstring": ("def f():\n    '''Old.'''\n    return 1", "def f():\n    return 1"),
    "the docstring of a class": ("class C:\n    'Old.'\n    x = 1", "class C:\n    'New.'\n    x = 1"),
}  # fmt: skip
OTHER = {
    "a value": ("x = 1", "x = 2"),
    "the type of a value": ("x = 1", "x = 1.0"),
    "a name": ("f(a)", "f(b)"),
    "order": ("f(a, b)", "f(b, a)"),
    "a default": ("def f(x=1): ...", "def f(x=2): ..."),
    "a decorator": ("def f(): ...", "@d\ndef f(): ..."),
    "a coroutine": ("def f(): ...", "async def f(): ..."),
}


@pytest.mark.parametrize("case", SAME)
def test_what_only_readers_see_is_no_structure(case):
    one, two = map(statement, SAME[case])
    assert structure_of(one) == structure_of(two)


@pytest.mark.parametrize("case", OTHER)
def test_what_runs_is_structure(case):
    one, two = map(statement, OTHER[case])
    assert structure_of(one) != structure_of(two)


NESTED = "def f():\n    def g():\n        def h(x={}):\n            return {}\n        return h\n    return g"


@pytest.mark.parametrize(
    ("levels", "default", "body", "same"),
    [
        (2, 1, 2, True),  # the body of h lies below two functions
        (2, 2, 1, False),  # a default of h belongs to g
        (3, 1, 2, False),
    ],
)
def test_functions_below_some_levels_are_left_out(levels, default, body, same):
    one = structure_of(statement(NESTED.format(1, 1)), levels)
    two = structure_of(statement(NESTED.format(default, body)), levels)
    assert (one == two) is same


READ = {
    "a + b.c": {"a", "b"},
    "x = a": {"a"},
    "[x for x in a]": {"a"},
    "(x + b for x in a)": {"a"},
    "lambda x=a: b": {"a"},
    "def f(x=a): return b": set(),
    "@a\ndef f(): return b": {"a"},
    "@a\nclass C: x = b": {"a"},
    "x = f(x)": {"f"},
}


@pytest.mark.parametrize("source", READ)
def test_names_are_read_when_code_runs(source):
    assert names_read(statement(source)) == READ[source]


ONLY_BINDS = (
    "try:\n    import a\nexcept ImportError:\n    a = None",
    "try:\n    from a import b\nexcept Exception:\n    b = object\nelse:\n    C = True",
    "try:\n    import a\nexcept:\n    pass",
    "if sys.platform == 'win32':\n    A = 1\nelse:\n    A = 2",
    "if sys.version_info[:2] >= (3, 11):\n    A = ['a']",
)
DOES_MORE = (
    "try:\n    import a\nexcept KeyError:\n    a = None",
    "try:\n    import a\nfinally:\n    pass",
    "try:\n    import a\n    a.start()\nexcept ImportError:\n    pass",
    "try:\n    from a import *\nexcept ImportError:\n    pass",
    "try:\n    import a\nexcept ImportError:\n    a = make()",
    "try:\n    import a\nexcept ImportError:\n    __all__ = []",
    "if DEBUG:\n    A = 1",
    "if sys.platform == name():\n    A = 1",
    "while sys.platform:\n    A = 1",
)


@pytest.mark.parametrize("source", [*ONLY_BINDS, *DOES_MORE])
def test_statements_that_only_bind_names(source):
    assert only_binds(statement(source)) is (source in ONLY_BINDS)
