"""Functions of which nothing but the body differs."""

import pytest
from gardener.hooks.record.bodies import changed_bodies, shapes


def test_shapes_part_what_a_function_is_from_its_body():
    one = shapes(
        b"def f(a, b=1):\n    return a\nclass C:\n    @property\n    def m(self): return 1\n"
    )
    two = shapes(b"def f(a, b=1):\n    'said'\n    return b\nclass C:\n    def m(self): return 2\n")
    assert one["f"].header == two["f"].header
    assert one["f"].body != two["f"].body
    assert one["C.m"].header != two["C.m"].header
    assert shapes(b"def f(:\n") == {}
    # Called but not started, a generator is in no record.
    assert shapes(b"def f(): return\n")["f"].header != shapes(b"def f(): yield\n")["f"].header


def test_shapes_of_a_function_leave_out_the_bodies_made_in_it():
    source = "def f(x):\n    if x:\n        def g(a): return {}\n    return {}\n"
    one, two, three = (shapes(source.format(*v).encode()) for v in ((1, 2), (3, 2), (1, 3)))
    assert one["f"] == two["f"]
    assert one["f"] != three["f"]
    assert one["f.<locals>.g"].body != two["f.<locals>.g"].body
    assert one["f"].inner == ("f.<locals>.g",)


def test_shapes_of_one_name_are_one():
    source = "class C:\n @property\n def p(self): return {}\n @p.setter\n def p(self, x{}): {}\n"
    cases = ((1, "", "do()"), (2, "", "do()"), (1, "", "undo()"), (1, "=1", "do()"))
    one, *others = (shapes(source.format(*values).encode())["C.p"] for values in cases)
    same_header = [one.header == other.header for other in others]
    same_body = [one.body == other.body for other in others]
    assert (same_header, same_body) == ([True, True, False], [False, False, True])


OUTER = b"""
def decorator(function):
    def wrapper(*args):
        return function(*args)
    return wrapper
"""


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (b"def f(): return 1\n", b"def f(): return 2\n", {"f": {"f"}}),
        (b"def f(): 'a'\n", b"def f(): 'b'\n", {"f": set()}),
        (b"def f(): return 1\n", b"async def f(): return 1\n", {}),
        (b"def f(a): return a\n", b"def f(a=1): return a\n", {}),
        (b"def f(): return 1\n", b"@cache\ndef f(): return 1\n", {}),
        (b"def f(): return 1\n", b"def g(): return 1\n", {}),
        (
            b"class A:\n    def m(self): a()\n",
            b"class A:\n    def m(self): b()\n",
            {"A.m": {"A.m"}},
        ),
        # Only the inner function differs: who executed the outer one alone is as before.
        (
            OUTER,
            OUTER.replace(b"function(*args)", b"function(*args) or 1"),
            {"decorator": {"decorator.<locals>.wrapper"}},
        ),
        (OUTER, OUTER.replace(b"*args):", b"*args, x=1):"), {"decorator": {"decorator"}}),
        (OUTER, OUTER.replace(b"return wrapper", b"return None"), {"decorator": {"decorator"}}),
        (b"def f(): return 1\n", b"def f(:\n", {}),
    ],
)
def test_changed_bodies(before, after, expected):
    assert changed_bodies(before, after) == expected
