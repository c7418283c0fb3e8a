"""Objects are looked at without running any of their code."""

import ast
import functools
import sys
from unittest import mock

import pytest
from gardener.hooks.plugin.objects import (
    MISSING,
    bare_dict,
    mro_of,
    resolve,
    resolve_callable,
    static_attribute,
    underlying,
)

RAN: list[str] = []


def plain():
    pass


@functools.wraps(plain)
def wrapping():
    pass


class Owner:
    shared = 1

    def __init__(self):
        self.stored = 2

    def method(self):
        pass

    @staticmethod
    def static():
        pass

    @classmethod
    def of_class(cls):
        pass

    @property
    def computed(self):
        RAN.append("property")

    def __getattr__(self, name):
        RAN.append(name)
        raise AttributeError(name)

    def __call__(self):
        RAN.append("call")


class Inherits(Owner):
    pass


class Wrapper:
    def __init__(self):
        self.__wrapped__ = plain


OWNER = Owner()


@pytest.fixture(autouse=True)
def nothing_runs():
    RAN.clear()
    yield
    assert RAN == []


@pytest.mark.parametrize(
    ("owner", "name", "expected"),
    [
        (OWNER, "stored", 2),
        (OWNER, "shared", 1),
        (OWNER, "computed", vars(Owner)["computed"]),
        (OWNER, "gone", MISSING),
        (Inherits, "method", vars(Owner)["method"]),
        (Inherits, "mro", vars(type)["mro"]),
        (sys, "path", sys.path),
        (sys, "gone", MISSING),
        (3, "real", vars(int)["real"]),
    ],
)
def test_static_attribute(owner, name, expected):
    assert static_attribute(owner, name) is expected


@pytest.mark.parametrize(
    ("wrapper", "expected"),
    [
        (plain, plain),
        (wrapping, plain),
        (functools.partial(functools.partial(plain)), plain),
        (OWNER.method, vars(Owner)["method"]),
        (vars(Owner)["static"], vars(Owner)["static"].__func__),
        (vars(Owner)["of_class"], vars(Owner)["of_class"].__func__),
        (vars(Owner)["computed"], vars(Owner)["computed"].fget),
        (property(), None),
        (Owner, Owner),
        (OWNER, vars(Owner)["__call__"]),
        (Wrapper(), plain),
        (len, None),
        (3, None),
        (None, None),
    ],
)
def test_underlying(wrapper, expected):
    assert underlying(wrapper) is expected


def test_wrappers_in_a_circle_end():
    def first():
        pass

    def second():
        pass

    vars(first)["__wrapped__"], vars(second)["__wrapped__"] = second, first
    assert underlying(first) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", plain),
        ("local", 4),
        ("OWNER.stored", 2),
        ("OWNER.method", vars(Owner)["method"]),
        ("Owner().method", vars(Owner)["method"]),
        ("Owner().computed.real", MISSING),
        ("plain()", MISSING),
        ("gone", MISSING),
        ("gone.stored", MISSING),
        ("OWNER.gone", MISSING),
        ("[plain][0]", MISSING),
    ],
)
def test_resolve(text, expected):
    node = ast.parse(text, mode="eval").body
    assert resolve(node, {"local": 4}, globals()) is expected


def test_what_is_awaited_is_resolved():
    module = ast.parse("async def f(): (await Owner()).method")
    [attribute] = [node for node in ast.walk(module) if isinstance(node, ast.Attribute)]
    assert resolve(attribute, {}, globals()) is vars(Owner)["method"]


def test_a_callable_of_a_frame():
    def local():
        pass

    frame = sys._getframe()
    node = ast.parse("local", mode="eval").body
    assert resolve_callable(node, frame) is local
    assert resolve_callable(ast.parse("gone", mode="eval").body, frame) is None


def test_namespaces_and_bases():
    assert bare_dict(OWNER) == {"stored": 2}
    assert bare_dict(3) == {}
    assert mro_of(Inherits) == (Inherits, Owner, object)
    assert mro_of(OWNER) == ()


def test_a_mock_is_asked_for_nothing():
    asked = mock.Mock(spec=Owner)
    assert static_attribute(asked, "method") is MISSING
    assert underlying(asked) is not None
    assert asked.mock_calls == []
