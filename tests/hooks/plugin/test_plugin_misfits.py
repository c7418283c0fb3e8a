"""The expression that has a value of the wrong type: told where it is certain, and nowhere else."""

import linecache
import sys

import pytest
from gardener.hooks.plugin.frames import trace_of
from gardener.hooks.plugin.misfits import misfit_facts
from gardener.hooks.plugin.source import Sources

MODULE = """
import functools
import itertools
import operator
import re

class Inner:
    none = None
    def text(self): return "a"
    @property
    def lazy(self): return None
    @property
    def fine(self): return Inner()

class Client:
    def __init__(self):
        self.get = None
        self.inner = Inner()
        self.handlers = {"a": None}
        self.rows = [None]

class Slotted:
    __slots__ = ("stream",)
    def __init__(self): self.stream = None

def find(*_): return None
def answers(): yield 1

client, slotted, nothing = Client(), Slotted(), None

def test():
"""
TOLD = {
    "client.get('/')": "client.get",
    "nothing()": "nothing",
    "client.handlers['a']()": "client.handlers['a']",
    "key = 'a'\nclient.handlers[key]()": "client.handlers[key]",
    "client.get.status": "client.get",
    "client.inner.none['x']": "client.inner.none",
    "client.inner.text()[nothing.x]": "nothing",
    "client.rows[0]['x']": "client.rows[0]",
    "client.rows[0]['x'] = 1": "client.rows[0]",
    "slotted.stream.read": "slotted.stream",
    "find('a').group(1)": "find('a')",
    "client.inner.lazy.x": "client.inner.lazy",
    "client.inner.fine.none.x": "client.inner.fine.none",
    "re.match('a', 'b').group(1) + find(2)": "re.match('a', 'b')",
    "len(nothing)": "nothing",
    "for row in nothing:\n    pass": "nothing",
    "[row for row in nothing]": "nothing",
    "'a' in nothing": "nothing",
    "nothing + 1": "nothing",
    "1 + nothing": "nothing",
    "nothing < 1": "nothing",
    "one, two = nothing": "nothing",
    "client.get.value = 1": "client.get",
    "'a'.x": "'a'",
}
BY_INSTRUCTION = {
    "answers()['x']": "answers()",
    "client.inner.text['x']": "client.inner.text",
    "find(1).x + find(2).y": "find(1)",
    "find(1)['x'] + find(2)['y']": "find(1)",
    "(lambda: find(1).x)()": "find(1)",
    "[find(row).x for row in [1]]": "find(row)",
    "(client\n    .inner.fine\n    .lazy\n    .x.y)": "client .inner.fine .lazy",
    "for row in find(1):\n    pass": "find(1)",
    "one, two = find(1)": "find(1)",
    "'a' in find(1)": "find(1)",
}
"""What only the columns of Python 3.11 tell."""
UNKNOWN = {
    "code in C that calls what it is given": "list(map(None, [1]))",
    "the same in a method": "functools.partial(map, None)([1]).__next__()",
    "an item that is compared": "(None, 1) < (2, 1)",
    "items that are added up": "sum([1, None])",
    "an item that is taken by code in C": "operator.itemgetter(0)(nothing)",
    "an attribute that is taken by code in C": "operator.attrgetter('x.y')(client.inner)",
    "what is called has a result that nobody kept": "find(1)()",
    "two that may be meant": "sorted([find(1), find(2)])",
    "raised by hand": "raise TypeError(\"'NoneType' object is not callable\")",
    "a text of its own": "raise AttributeError('no x here')",
    "another error": "{}['x']",
    "what a class of its own lacks": "client.gone",
}


@pytest.fixture
def misfit(tmp_path):
    """Gives the facts of the error with which a body of a function ends."""

    def facts(body: str) -> dict[str, str]:
        path = tmp_path / "module.py"
        text = MODULE + "".join(f"    {line}\n" for line in body.splitlines())
        path.write_text(text)
        linecache.checkcache(str(path))
        module: dict = {}
        exec(compile(text, str(path), "exec"), module)
        with pytest.raises((AttributeError, TypeError, KeyError)) as raised:
            module["test"]()
        return dict(misfit_facts(raised.value, trace_of(raised.value), Sources()))

    return facts


@pytest.mark.parametrize("body", TOLD)
def test_an_expression_that_is_certain_is_told(misfit, body):
    assert misfit(body)["misfit"] == TOLD[body]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="tracebacks have no columns before")
@pytest.mark.parametrize("body", BY_INSTRUCTION)
def test_columns_tell_which_of_several_is_meant(misfit, body):
    assert misfit(body)["misfit"] == BY_INSTRUCTION[body]


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_is_not_certain_is_not_told(misfit, case):
    assert misfit(UNKNOWN[case]) == {}


def test_its_type_is_told(misfit):
    assert misfit("client.rows()") == {"misfit": "client.rows", "misfit_type": "list"}


def test_a_long_expression_is_not_told(misfit):
    assert misfit(f"find({'1, ' * 40}).x") == {}
