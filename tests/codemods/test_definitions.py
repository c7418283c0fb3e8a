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
    kinds = {name: [b.kind for b in bound] for name, bound in FILE.bindings.items()}
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
        "state": ["assign", "other"],
        "work": ["def"],
        "C": ["class"],
    }
    assert [b.target for b in FILE.bindings["e"]] == ["c.d"]
    assert [b.for_types for b in FILE.bindings["only"]] == [True, False]
    assert [star.module for star in FILE.stars] == ["stars"]


@pytest.mark.parametrize(
    ("expression", "top", "inside"),
    [
        ("e.x", "c.d.x", "c.d.x"),
        ("alias", ".f.g", ".f.g"),
        ("h", ".f.g", "local.g"),
        ("a.b", "", ""),
        ("p", "", ""),
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
