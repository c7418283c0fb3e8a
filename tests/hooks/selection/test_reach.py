"""Who reaches a node, against a plain walk per test."""

import random
from fnmatch import fnmatchcase

import pytest
from gardener.hooks.selection.graph.groups import groups_of
from gardener.hooks.selection.graph.reach import reach
from gardener.hooks.selection.link.nodes import ANY_ATTRIBUTE
from linking import graph

from gardener.model import Symbol

NAMES = ["go", "stop", "visit_a", "visit_b", "run_it"]


def plain(made, test):
    """All that one test reaches, found with no regard for time."""
    anything, live, grown = made.id(ANY_ATTRIBUTE), {test}, True
    while grown:
        before = len(live)
        live = live.union(*map(made.out, live))
        live.update(n for n in range(len(made)) if is_meant(made, n, live, anything))
        grown = len(live) > before
    return live


def is_meant(made, number, live, anything):
    holder = made.holder(number)
    if holder not in live:
        return False
    last = made.attribute_of(number)
    name = made.node(last).name
    related = made.hierarchy.related
    if last in live or any(
        n in live and holder in related(k) for n, k in made.attributes.of_self(last)
    ):
        return True
    if any(
        n in live and fnmatchcase(name, glob) and (k < 0 or holder in related(k))
        for n, k, glob in made.attributes.patterns()
    ):
        return True
    return anything in live and not live.isdisjoint(made.words.holding(name))


def project(seed):
    pick = random.Random(seed)

    def body():
        return pick.choice(
            [
                f"x.{pick.choice(NAMES)}()",
                f"self.{pick.choice(NAMES)}()",
                "getattr(x, name)()",
                "getattr(x, 'visit_' + name)()",
                "getattr(self, name)()",
                f"K{pick.randint(0, 3)}()",
                f"name = {pick.choice(NAMES)!r}",
                "f()",
            ]
        )

    sources = {}
    for k in range(4):
        base = f"(m{k - 1}.K{k - 1})" if k and pick.random() < 0.5 else ""
        lines = [f"from m{j} import K{j}\nimport m{j}" for j in range(k)]
        lines += [f"def f(x, name, self=None):\n    {body()}", f"class K{k}{base}:"]
        for name in pick.sample(NAMES, 2):
            lines.append(f"    def {name}(self, x=None, name=''):\n        {body()}")
        sources[f"m{k}.py"] = "\n".join(lines) + "\n"
    if pick.random() < 0.6:
        sources["conftest.py"] = f"from m{pick.randint(0, 3)} import *\n"
    if pick.random() < 0.4:
        sources["sub/conftest.py"] = "from m1 import K1\nk = K1()\nk.go()\n"
    for path in ("test_a.py", "sub/test_b.py"):
        lines = [f"from m{pick.randint(0, 3)} import *"]
        lines += [f"def test_{n}(x, name, self):\n    {body()}\n    {body()}" for n in range(3)]
        sources[path] = "\n".join(lines) + "\n"
    return sources


@pytest.mark.parametrize("seed", range(40))
def test_the_tests_are_those_of_a_plain_walk(seed):
    made = graph(project(seed))
    tests = made.all_tests()
    reached = {made.nodeid(t): plain(made, t) for t in tests}
    for number in [n for n, holder in enumerate(made.holders()) if holder >= 0]:
        symbol = made.node(number)
        found = reach(made, [symbol])
        names = found.names(found.tests([symbol]))
        assert names == sorted(t for t, live in reached.items() if number in live), symbol
        for test in names:
            way = found.way(test)
            assert way[-1] == symbol
            assert {made.id(n) for n in way} <= reached[test]


def test_tests_that_import_one_module_over_others_are_a_group():
    models = {
        f"app/m{k}.py": f"from app.m{k - 1} import *\nclass M{k}: pass\n" for k in range(1, 9)
    }
    sources = {
        "app/__init__.py": "",
        "app/m0.py": "class M0: pass\n",
        **models,
        "app/testing.py": "from app.m8 import *\n",
        "test_a.py": "from app.testing import M8\ndef test_a(): M8()\n",
        "test_b.py": "from app.m8 import M8\ndef test_b(): M8()\n",
        "test_c.py": "def test_c(): pass\ndef test_d(): pass\n",
    }
    made = graph(sources)
    together, alone = groups_of(made)
    assert [made.nodeid(n) for n in together.tests] == ["test_a.py::test_a", "test_b.py::test_b"]
    assert made.id(Symbol("app/m0.py", "")) in together.certain
    assert [made.nodeid(n) for n in alone.tests] == ["test_c.py::test_c", "test_c.py::test_d"]
