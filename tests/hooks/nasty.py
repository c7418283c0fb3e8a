"""A small project whose suite does every odd thing that a suite can do."""

FILES = {
    "pkg/__init__.py": r"""

""",
    "pkg/core.py": r"""
class Info:
    def __init__(self, a, b):
        self.a = a
    def go(self):
        raise ValueError("bad \udc80")
def helper():
    return Info(1)
""",
    "tests/test_nasty.py": r"""
import unittest, warnings, pytest
from unittest.mock import Mock
from pkg.core import Info, helper

class Evil(Exception):
    def __str__(self): raise RuntimeError("no")

@pytest.fixture
def bad_setup(): raise OSError("setup")
@pytest.fixture
def bad_teardown():
    yield
    raise OSError("teardown")
@pytest.fixture(scope="class")
def cls(): raise KeyError("cls")

def test_ok(): pass
def test_ctor(): Info(1)
def test_helper(): helper()
def test_evil(): raise Evil()
def test_mock():
    m = Mock(spec=Info)
    m.is_healthy()
def test_attr():
    Info(1,2).nothing
def test_go():
    i = Info(1, 2)
    assert i.go() == 1
def test_setup(bad_setup): pass
def test_teardown(bad_teardown): pass
def test_both(bad_teardown): assert helper.__name__ == "x"
def test_chain():
    try:
        Info(1,2).go()
    except ValueError as e:
        raise RuntimeError("x") from e
def test_pfail():
    try:
        Info(1,2).go()
    except ValueError as e:
        pytest.fail(str(e))
def test_fixture_missing(nope): pass
@pytest.mark.xfail
def test_xf(): assert 0
@pytest.mark.xfail
def test_xp(): pass
@pytest.mark.xfail(strict=True)
def test_xps(): pass
@pytest.mark.skip
def test_skip(): pass
def test_skip2(): pytest.skip("x")
class TestC:
    def test_a(self, cls): pass
    def test_b(self, cls): pass
class TestU(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise ValueError("suc")
    def test_a(self): pass
class TestU2(unittest.TestCase):
    def test_sub(self):
        for i in range(4):
            with self.subTest(i=i):
                self.assertEqual(i % 2, 0)
    def test_subok(self):
        with self.subTest(i=1): pass
    @unittest.expectedFailure
    def test_ef(self): assert 0
    @unittest.expectedFailure
    def test_eu(self): pass
    def test_skip(self): self.skipTest("x")
def test_warn():
    for i in range(3): warnings.warn("old", DeprecationWarning)
@pytest.mark.parametrize("x", ["a::b", "é", "\udc80", "[", "a/b", " "])
def test_param(x): assert x == "é"
def test_raises():
    with pytest.raises(ValueError): pass
def test_cyc():
    a = ValueError("a"); b = ValueError("b"); a.__cause__ = b; b.__cause__ = a
    raise a
def test_recursion():
    def f(): f()
    f()
def test_huge(): raise ValueError("x"*1000000)
def test_name(): undefined_thing
""",
    "tests/test_bad_import.py": r"""
from pkg.core import Nope
""",
    "tests/test_bad_syntax.py": r"""
def x(:
""",
    "tests/test_doc.txt": r"""
>>> 1 + 1
3
""",
}
