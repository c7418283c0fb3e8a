"""What a file binds at its top level and in its functions, as evidence for codemods."""

import ast

import pytest

from gardener.codemod.definitions import Definitions

TEXT = b"""\
from typing import TYPE_CHECKING
import a.b, c.d as e
from .f import g as h
from stars import *

if TYPE_CHECKING:
    import only
else:
    only = None
try:
    x = a.b.made()
except ImportError as wrong:
    x = None
for i in range(3):
    [y := i for j in range(i)]
alias = h
state = None


def work(p, *rest, q=1):
    from local import g as h
    global state
    state = h
    def inner(): ...


class C:
    m = e
"""
FILE = Definitions(TEXT, "a.py")


def test_the_names_of_the_top_level():
    kinds = {name: [b.kind for b in FILE.bound(name)] for name in FILE.names}
    assert kinds == {
        "TYPE_CHECKING": ["import"],
        "a": ["import"],
        "e": ["import"],
        "h": ["import"],
        "only": ["import", "assign"],
        "x": ["assign", "assign"],
        "wrong": ["other"],
        "i": ["other"],
        "y": ["other"],
        "alias": ["assign"],
        "state": ["assign", "assign"],
        "work": ["def"],
        "C": ["class"],
    }
    assert [b.target for b in FILE.bound("e")] == ["c.d"]
    assert [b.for_types for b in FILE.bound("only")] == [True, False]
    assert [star.module for star in FILE.stars] == ["stars"]


@pytest.mark.parametrize(
    ("expression", "top", "inside"),
    [
        ("e.x", "c.d.x", "c.d.x"),
        ("alias", ".f.g", ".f.g"),
        ("h", ".f.g", "local.g"),
        ("a.b", "", ""),
        ("p", "", ""),
        ("state", "", ""),  # the function gives the module's another value
        ("x", "", ""),
    ],
)
def test_what_a_name_means(expression, top, inside):
    """`h` is bound anew in the function; a star import behind `import a.b` may bind `a` anew."""
    text = TEXT.replace(b"from stars import *\n", b"") + (
        b"from stars import *\n" * (expression == "a.b")
    )
    file = Definitions(text, "a.py")
    node = ast.parse(expression, mode="eval").body
    assert file.meaning(node) == top
    assert file.meaning(node, next(file.find(ast.FunctionDef))) == inside


def test_all_that_a_name_may_mean_anywhere():
    node = ast.parse("h.z", mode="eval").body
    assert FILE.meanings(node) == {".f.g.z", "local.g.z"}


F = "def f(x=1):\n"
SCOPES = [
    ("import", "from m import n\n", F + "    ...\n", "m.n", "m.n"),
    ("parameter", "from m import n\n", "def f(*, n): ...\n", "m.n", ""),
    ("global", "import n\n", F + "    global n\n    import o as n\n", "", ""),
    ("global that is read", "import n\n", F + "    return n\n", "n", "n"),
    ("global that only a function binds", "", F + "    global n\n    import n\n", "n", "n"),
    ("names of a class", "from m import n\n", F + "    class C:\n        n = 1\n", "m.n", "m.n"),
    ("names of a comprehension", "from m import n\n", F + "    return [n for n in x]\n", "m.n", "m.n"),
    ("`:=` in a comprehension", "from m import n\n", F + "    [(n := y) for y in x]\n", "m.n", ""),
    ("`:=` in one of the module", "from m import n\n[(n := y) for y in z]\n", F + "    ...\n", "", ""),
    ("`:=` in a default", "from m import n\n", "def f(x=(n := 1)): ...\n", "", ""),
    ("`:=` in a decorator", "from m import n\n", "@(n := g)\ndef f(): ...\n", "", ""),
    ("`:=` in the head of a class", "from m import n\nclass C((n := g)): ...\n", F + "    ...\n", "", ""),
    ("`:=` in a lambda", "from m import n\n", F + "    return lambda: (n := 1)\n", "m.n", "m.n"),
    ("pattern", "from m import n\n", F + "    match x:\n        case {**n}: ...\n", "m.n", ""),
    ("deleted", "from m import n\n", F + "    import n\n    del n\n", "m.n", ""),
    ("nonlocal", "", F + "    from m import n\n    def g():\n        nonlocal n\n        n = 1\n", "", ""),
    ("alias of the module's", "from m import o\nn = o\n", F + "    o = 1\n", "m.o", "m.o"),
    ("no program", "import n\n", "def f(x, x): ...\n", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("title", "above", "function", "top", "inside"), SCOPES, ids=[c[0] for c in SCOPES]
)
def test_names_belong_to_the_scopes_that_python_has(title, above, function, top, inside):
    file = Definitions((above + function).encode(), "a.py")
    node = ast.parse("n", mode="eval").body
    assert file.meaning(node) == top
    assert file.meaning(node, next(file.find(ast.FunctionDef))) == inside


def test_an_inner_function_sees_the_names_of_those_around_it():
    text = b"""\
from m import n
def f(o):
    from k import n
    class C:
        n = 1
        def g(self): return n, o
"""
    file = Definitions(text, "a.py")
    outer, inner = file.find(ast.FunctionDef)
    node = ast.parse("n", mode="eval").body
    assert [file.meaning(node, function) for function in (None, outer, inner)] == [
        "m.n",
        "k.n",
        "k.n",
    ]
    assert file.is_of_module("f", inner)
    assert not file.is_of_module("o", inner)
    assert not file.is_of_module("never", inner)


def test_functions_of_each_part_of_a_try():
    """The interpreter visits `else` before the handlers."""
    text = b"""\
try:
    def f(): from a import n
except E:
    def f(): from b import n
else:
    def f(): from c import n
"""
    file = Definitions(text, "a.py")
    node = ast.parse("n", mode="eval").body
    functions = sorted(file.find(ast.FunctionDef), key=lambda function: function.lineno)
    assert [file.meaning(node, f) for f in functions] == ["a.n", "b.n", "c.n"]


def test_what_runs_is_not_for_type_checkers():
    text = b"import typing\nif not typing.TYPE_CHECKING:\n    import a\n"
    assert [b.for_types for b in Definitions(text, "a.py").bound("a")] == [False]
