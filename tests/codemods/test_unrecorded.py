"""What binds names without libcst's scopes knowing it: a name is unknown then where Python sees that."""

import libcst as cst
import pytest

from gardener.codemod.meaning import Names, scopes_of
from gardener.codemod.tree import ParsedFile

IN_MODULE = "from m import n\n{binding}\nn.here\ndef f(): return n.inside\n"
IN_FUNCTION = "from m import n\ndef f(x):\n    {binding}\n    return n.inside\nn.here\n"
GLOBAL = "from m import n\ndef f(x):\n    global n\n    {binding}\n    return n.inside\nn.here\n"
BINDINGS = [
    "match x:\n        case {**n}: pass",
    "match x:\n        case [_, *n]: pass",
    "match x:\n        case C(a=n): pass",
    "match x:\n        case C() as n: pass",
    "del n",
    "del (a, [b, n])",
    "[(n := y) for y in x]",
    "print(any((n := y) for y in x))",
    "[[(n := y) for y in z] for z in x]",
]


def meanings(code):
    """What the names before `.here` and `.inside` mean by scopes."""
    file = ParsedFile(code.encode())
    names = Names(scopes_of(file.wrapper), file.index)
    named = {a.attr.value: a.value for a in file.index.find(cst.Attribute)}
    return tuple(names.meaning(named[each]) for each in ("here", "inside")), names


@pytest.mark.parametrize("binding", BINDINGS)
def test_of_the_module(binding):
    told, names = meanings(IN_MODULE.format(binding=binding.replace("\n    ", "\n")))
    assert told == ("", "")
    kinds = [bound.kind for bound in names.own(names.scope(names.index.module))["n"]]
    assert kinds == ["import", "other"]


@pytest.mark.parametrize("binding", BINDINGS)
def test_of_a_function(binding):
    told, names = meanings(IN_FUNCTION.format(binding=binding))
    assert told == ("m.n", "")
    assert {bound.kind for bound in names.bound_anywhere("n")} == {"import", "other"}


@pytest.mark.parametrize("binding", BINDINGS)
def test_of_a_function_that_says_global(binding):
    assert meanings(GLOBAL.format(binding=binding))[0] == ("", "")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        # A function, a class or a lambda of its own.
        ("from m import n\ndef g():\n    del n\nn.here\ndef f(): return n.inside\n", "m.n"),
        ("from m import n\nclass C:\n    n = 1\n    del n\nn.here\ndef f(): return n.inside\n", "m.n"),
        ("from m import n\ng = lambda: (n := 1)\nn.here\ndef f(): return n.inside\n", "m.n"),
        # Nobody tells where it is, as the interpreter cannot read the file.
        ("from m import n\ndef g(a, a):\n    del n\nn.here\ndef f(): return n.inside\n", ""),
    ],
)  # fmt: skip
def test_of_another_scope(code, expected):
    assert meanings(code)[0] == (expected, expected)


def test_a_built_in_name_that_a_pattern_captures():
    code = "def f(x):\n    match x:\n        case [list]: list.inside\nlist.here\n"
    _, names = meanings(code)
    named = {a.attr.value: a.value for a in names.index.find(cst.Attribute)}
    assert [bound.scope is None for bound in names.bound(named["here"])] == [True]
    assert [bound.scope is None for bound in names.bound(named["inside"])] == [False]
