"""A graph that was stored and brought up to date is the graph that would be made anew.

Random projects out of blocks that depend on one another in every way the graph knows;
after each random edit both nets are compared edge by edge, and in all that they answer.
"""

import random
from pathlib import Path
from typing import ClassVar

import pytest
from gardener.hooks.changes import Entry, blob_sha
from gardener.hooks.selection.graph import making
from gardener.hooks.selection.graph.graph import Graph
from gardener.hooks.selection.graph.graph_cache import graph_of
from gardener.hooks.selection.graph.import_time import ImportTime
from gardener.hooks.selection.graph.reach import reach
from gardener.hooks.selection.graph.source_tree import Tree
from gardener.hooks.selection.link.imports import Modules
from gardener.hooks.selection.parse.extraction import summarize
from gardener.hooks.selection.parse.summaries import Summaries

from gardener.model import Symbol
from gardener.pytest_config.settings import Layout, PytestSettings

EDITS = 40  # of each of the projects
NAMES = ("alpha", "beta", "gamma", "delta", "go", "_part", "make_")
TITLES = ("One", "Two", "Three", "Base", "TestIt")
FILES = ("pkg/__init__.py", "pkg/a.py", "pkg/b.py", "pkg/c.py", "pkg/sub/__init__.py", "pkg/sub/d.py",
         "conftest.py", "tests/conftest.py", "tests/test_a.py", "tests/test_b.py",
         "tests/deep/test_c.py", "tests/shared.py")  # fmt: skip
# These come and go.
MORE = ("pkg/new.py", "pkg/alpha.py", "pkg/sub/e.py", "pkg/sub/a.py", "tests/test_new.py", "tests/deep/test_d.py",
        "tests/deep/conftest.py", "shared.py", "new.py", "lib/__init__.py", "lib/x.py", "pkg/fresh/__init__.py",
        "pkg/fresh/new.py", "pkg/__main__.py", "pkg/new.pyi", "tests/beta/test_a.py")  # fmt: skip
MODULES = ("pkg", "pkg.a", "pkg.b", "pkg.c", "pkg.sub", "pkg.sub.d", "tests.shared", "shared", "pkg.new",
           "pkg.alpha", "pkg.sub.a", "new", "lib", "lib.x", "pkg.fresh.new", "fresh", "sub.a", "a")  # fmt: skip
BLOCKS = (
    "def {n}(x=1):\n    return {m}(x) + {T}().{k}\n",
    "def {n}(x=1):\n    return x + 1\n",
    "async def {n}({m}):\n    return {m}.{k}('{n}', {k}=1)\n",
    "def test_{n}({m}, {k}):\n    assert {T}\n    {m}.{n}()\n",
    "@pytest.fixture\ndef {n}({m}):\n    return {T}()\n",
    "@pytest.fixture(autouse=True)\ndef {n}():\n    return {k}()\n",
    "@pytest.fixture(name='{m}')\ndef {n}(request):\n    return request.getfixturevalue('{k}')\n",
    "@pytest.mark.usefixtures('{m}')\n@pytest.mark.parametrize('{k}', [{n}])\ndef test_{n}({k}):\n    pass\n",
    "@{m}\ndef {n}(f):\n    {k}.append(f)\n    return f\n",
    "@{m}.{k}\ndef {n}(f):\n    return f\n",
    "class {T}({U}):\n    def {n}(self):\n        return self.{m}() + {k}()\n    def {k}(self):\n        return 1\n",
    "class {T}:\n    {n} = {m}\n    def __init__(self):\n        {k}()\n    def {m}(self):\n        return getattr(self, '{k}')\n",
    "class {T}({U}):\n    def __init_subclass__(cls):\n        {k}.append(cls)\n",
    "class {T}({n}()):\n    def {k}(self):\n        return self.{m}\n",
    "class {T}({U}, unittest.TestCase):\n    def test_{n}(self):\n        self.{m}()\n",
    "class Test{T}({U}):\n    pytestmark = pytest.mark.usefixtures('{k}')\n    def test_{n}(self, {m}):\n        {k}()\n",
    "{n} = {m}\n",
    "{n} = [{m}(), {T}]\n",
    "{n} = {T}().{m}({k})\n",
    "{m}.{n}({T})\n",
    "from {M} import {n}\n",
    "from {M} import {n} as {m}, {T}\n",
    "from {M} import *\n",
    "import {M}\n",
    "from . import {n}, new, alpha\n",
    "from .. import {n}, sub\n",
    "from .new import {n}, {T}\n",
    "import pkg\n\ndef {n}():\n    return pkg.{m}.{k}, pkg.sub.a.{n}, pkg.fresh.new.{T}\n",
    "def {n}():\n    return import_module(f'pkg.{{x}}'), 'alpha.py', 'pkg/new.py', 'lib/__init__.py'\n",
    "import {M} as {n}\n",
    "if TYPE_CHECKING:\n    from {M} import {T}\n",
    "def {n}():\n    from {M} import {m} as {k}, {T}\n    return {k}({T})\n",
    "def {n}(o):\n    return getattr(o, '{m}')(getattr(o, 'make_' + o.{k}))\n",
    "def {n}(o, what):\n    return getattr(o, what), '{m}', '{k}'\n",
    "def {n}(o):\n    return o.{m}.{k}, '{M}.{T}.{m}', import_module('{M}')\n",
    "def __getattr__(name):\n    return {m}\n",
    "def pytest_runtest_setup(item):\n    {m}()\n",
    "def setup_module():\n    {m}()\n",
)
RARE = (
    "pytest_plugins = ['{M}']\n",
    "def {n}():\n    return {T}.__subclasses__()\n",
    "def {n}():\n    return get_type_hints({m})\n",
    "def {n}(:\n",
    "def {n}():\n    return globals()\n",
)


class Kept(Summaries):
    """Summaries of sources in memory, with all that were ever made."""

    made: ClassVar[dict[str, object]] = {}

    def __init__(self, sources):
        files = {p: Entry("100644", blob_sha(s.encode())) for p, s in sources.items()}
        for path, entry in files.items():
            if entry.sha not in self.made:
                self.made[entry.sha] = summarize(sources[path].encode())
        super().__init__(Path(), files, {p: self.made[e.sha] for p, e in files.items()})

    def stored(self, shas):
        return {sha: self.made[sha] for sha in shas if sha in self.made}


def block(pick):
    text = pick.choice(RARE if pick.random() < 0.01 else BLOCKS)
    n, m, k = pick.sample(NAMES, 3)
    t, u = pick.sample(TITLES, 2)
    return text.format(
        n=n, m=m, k=k, T=t, U=pick.choice((u, u, "object", "ext.Other")), M=pick.choice(MODULES)
    )


def edit(project, pick):
    """Another version of one to three files."""
    after = dict(project)
    for path in pick.sample(sorted(project), pick.choice((1, 1, 2, 3))):
        blocks = list(after[path])
        for _ in range(pick.choice((1, 1, 2))):
            at = pick.randrange(len(blocks) + 1)
            kind = pick.choice(("add", "remove", "replace", "replace"))
            if kind == "add" or at == len(blocks):
                blocks.insert(at, block(pick))
            elif kind == "remove":
                del blocks[at]
            else:
                blocks[at] = block(pick)
        after[path] = tuple(blocks)
    for path in pick.sample(MORE, pick.choice((0, 0, 1, 2))):
        if after.pop(path, None) is None:
            after[path] = tuple(block(pick) for _ in range(pick.randrange(4)))
    return after


def tree(project, layout, folder):
    sources = {p: "".join(blocks) for p, blocks in project.items()}
    return Tree(Kept(sources), Modules(list(sources)), layout, folder)


def answers(net, starts, paths):
    """All that a net says, without the numbers that it gives to nodes."""
    edges = {}
    for number in range(len(net)):
        ends = {net.node(n) for n in net.out(number)}
        if ends:
            edges[net.node(number)] = ends
        for end in net.out(number):
            assert number in net.into(end)
    found = reach(net, starts)
    tests = found.names(found.tests(starts))
    early = ImportTime(net)
    return {
        "edges": edges,
        "files": sorted(net.tests),
        "tests": {p: sorted(net.tests_in(p)) for p in paths},
        "whole": {p: net.whole(p) for p in paths},
        "broken": {p: net.broken(p) for p in paths},
        "reached": [(t, found.way(t)) for t in tests],
        "early": sorted(net.node(n) for n in early.nodes()),
        "said": {n: sorted({net.node(s) for s in net.words.holding(n)}) for n in (*NAMES, "make_it", "a_part")},
    }  # fmt: skip


def symbols_of(made):
    return [
        Symbol(p, d.name)
        for p in sorted(made.summaries.paths)
        for d in made.summaries[p].definitions
    ]


@pytest.mark.parametrize("seed", range(12))
def test_up_to_date_is_made_anew(tmp_path, monkeypatch, seed):
    pick = random.Random(seed)
    layout = Layout({"": PytestSettings("", usefixtures=("gamma",))} if seed % 3 == 0 else {})
    project = {p: tuple(block(pick) for _ in range(pick.randrange(2, 7))) for p in FILES}
    made = 0
    make = making.make

    def counted(wanted):
        nonlocal made
        made += 1
        return make(wanted)

    monkeypatch.setattr(making, "make", counted)
    reached = 0
    for step in range(EDITS):
        after = edit(project, pick)
        now = tree(after, layout, tmp_path / "nets")
        symbols = symbols_of(now)
        old = symbols_of(tree(project, layout, None))
        changed = {n for n in old if n not in symbols} | {
            *pick.sample(symbols, min(6, len(symbols)))
        }
        lost = dict.fromkeys(pick.sample(symbols, 1), "alpha") if pick.random() < 0.2 else {}
        paths = {*project, *after}
        warm = answers(graph_of(now, changed, lost), changed, paths)
        cold = answers(graph_of(tree(after, layout, None), changed, lost), changed, paths)
        for what in cold:
            assert warm[what] == cold[what], (seed, step, what)
        reached += len(cold["reached"])
        project = after
    # It means something only if tests are reached, and if nets are brought up to date.
    assert reached
    assert made < EDITS + EDITS // 2
    assert isinstance(graph_of(now, (), {}), Graph)


BASE = "class Base:\n    def step(self):\n        return self.inner()\n    def unsaid(self):\n        return 2\n"
CONFTEST = (
    "import pytest\n\n@pytest.fixture\ndef one():\n    return 1\n\n@pytest.fixture\ndef two():\n    return 2\n\n"
    "@pytest.fixture\ndef asked(request):\n    return request.getfixturevalue('one')\n"
)
KEEPER = "KNOWN = []\nSECOND = []\n\ndef keep(f):\n    KNOWN.append(f)\n    return f\n"
REPLACED = {
    "core.py": "class Thing:\n    def go(self):\n        return 1\n",
    "use.py": "import core\n\ndef use():\n    return core.Thing.go(1)\n",
    "hint.py": "import core\n\ndef hint(x: 'core.Thing.go', y: core.Thing.go = 1):\n    return core.Thing\n",
    "text.py": "GO = 'core.Thing.go'\nMORE = 'core:Thing.go'\n",
    "other.py": "class Other:\n    def go(self):\n        return 2\n",
}
REPLACING = "def test_a(monkeypatch):\n    monkeypatch.setattr('core.Thing', 1)\n"
TELLING = {
    "a subclass that only run time knows": (
        {"base.py": BASE, "child.py": "from base import Base\n\nclass Child:\n    pass\n"},
        {"child.py": "from base import Base\n\nclass Child(Base, object()):\n    pass\n"},
    ),
    "a name that is said now": (
        {"base.py": BASE, "core.py": "def run(x):\n    return x\n"},
        {"core.py": "def run(x):\n    return x.unsaid()\n"},
    ),
    "a fixture that asks for another": (
        {"conftest.py": CONFTEST, "test_a.py": "def test_a(asked):\n    pass\n"},
        {"conftest.py": CONFTEST.replace("'one'", "'two'")},
    ),
    "a helper that asks for another fixture": (
        {
            "conftest.py": CONFTEST,
            "ask.py": "def ask(request):\n    return request.getfixturevalue('one')\n",
            "test_a.py": "from ask import ask\n\ndef test_a(request):\n    ask(request)\n",
        },
        {"ask.py": "def ask(request):\n    return request.getfixturevalue('two')\n"},
    ),
    "a helper that asks for a fixture now": (
        {
            "conftest.py": CONFTEST,
            "ask.py": "def ask(request):\n    return request, 'one'\n",
            "test_a.py": "from ask import ask\n\ndef test_a(request):\n    ask(request)\n",
        },
        {"ask.py": "def ask(request):\n    return request.getfixturevalue('one')\n"},
    ),
    "a decorator that keeps elsewhere": (
        {
            "keeper.py": KEEPER,
            "kept.py": "from keeper import keep\n\n@keep\ndef kept():\n    pass\n",
        },
        {"keeper.py": KEEPER.replace("    KNOWN", "    SECOND")},
    ),
    "something is put in the place of a name": (
        {**REPLACED, "test_a.py": "def test_a():\n    pass\n"},
        {"test_a.py": REPLACING},
    ),
    "nothing is put in the place of a name any more": (
        {**REPLACED, "test_a.py": REPLACING},
        {"test_a.py": "def test_a():\n    pass\n"},
    ),
}


@pytest.mark.parametrize("name", TELLING)
def test_what_a_file_tells_others(tmp_path, monkeypatch, name):
    before, edits = TELLING[name]
    after = {**before, **edits}
    earlier = graph_of(tree(before, Layout({}), tmp_path), (), {})
    cold = answers(graph_of(tree(after, Layout({}), None), (), {}), (), after)
    monkeypatch.setattr(making, "make", None)  # it has to do without
    warm = answers(graph_of(tree(after, Layout({}), tmp_path), (), {}), (), after)
    assert warm == cold
    assert cold["edges"] != answers(earlier, (), before)["edges"]


HUB = {
    "hub.py": "def helper():\n    return 1\n\nclass Base:\n    def close(self):\n        return helper()\n",
    "calls.py": "from hub import helper\n\ndef call():\n    return helper()\n",
    "child.py": "from hub import Base\n\nclass Child(Base):\n    pass\n",
    "plain.py": "import hub\n\ndef plain():\n    return hub.other\n",
    "test_it.py": "from hub import helper\n\ndef test_it():\n    assert helper()\n",
    "test_far.py": "from calls import call\n\ndef test_far():\n    assert call()\n",
}
AGAIN = {
    "a number": (("return 1", "return 2"), set()),
    "a body": (("return 1", "return len([])"), {"hub.py"}),
    "a new function": (("class", "def more():\n    return 3\n\nclass"), {"hub.py"}),
    "a new import": (("def helper", "import sys\n\ndef helper"), {"hub.py"}),
    "a name that one file asks for": (
        ("class", "def other():\n    return 3\n\nclass"),
        {"hub.py", "plain.py"},
    ),
    "a function that is gone": (
        ("def helper", "def helped"),
        {"hub.py", "calls.py", "test_it.py"},
    ),
    "a method": (
        ("    def close", "    def open(self): ...\n    def close"),
        {"hub.py", "child.py"},
    ),
    "a star import": (
        ("def helper", "from calls import *\n\ndef helper"),
        {*HUB} - {"test_far.py"},
    ),
}


MOVED: dict[str, tuple[dict[str, str | None], set[str]]] = {
    "a new file": ({"new.py": "from hub import helper\n"}, {"new.py"}),
    "a new test": ({"test_new.py": "from hub import helper\n\ndef test_new():\n    helper()\n"}, {"test_new.py"}),
    "a module that one file asks for": (
        {"calls.py": "from new import helper\n", "new.py": "def helper(): ...\n"},
        {"calls.py", "new.py", "test_far.py"},
    ),
    "a file that is gone": ({"child.py": None}, {"hub.py"}),
    "a test that is gone": ({"test_far.py": None}, set()),
    "a module that is gone": ({"calls.py": None}, {"test_far.py"}),
}  # fmt: skip


SEEN = {
    "conftest.py": "import pytest\nfrom lent import lent, plain\n\n@pytest.fixture\ndef one():\n    return 1\n\n"
    "@pytest.fixture\ndef two(one):\n    return 2\n",
    "lent.py": "import pytest\n\ndef plain():\n    return 1\n\n@pytest.fixture\ndef lent():\n    return 1\n",
    "test_one.py": "def test_one(one):\n    assert one\n",
    "test_two.py": "def test_two(two):\n    assert two\n",
    "test_lent.py": "def test_lent(lent):\n    assert lent\n",
    "test_new.py": "def test_new(new):\n    assert new\n",
    "test_plain.py": "def test_plain(plain):\n    assert plain\n",
    "test_any.py": "def test_any(request, x):\n    request.getfixturevalue(f'n{x}')\n",
    "test_none.py": "def test_none():\n    pass\n",
}
NEW = "@pytest.fixture\ndef new():\n    return 3\n"
FIXTURES = {
    "a fixture that one file asks for": (
        {"conftest.py": SEEN["conftest.py"] + NEW},
        {"conftest.py", "test_new.py", "test_any.py"},
    ),
    "a fixture that nobody asks for": (
        {"conftest.py": SEEN["conftest.py"] + NEW.replace("new", "other")},
        {"conftest.py", "test_any.py"},
    ),
    "a fixture of another name": (
        {"conftest.py": SEEN["conftest.py"].replace("one():", "new():")},
        {"conftest.py", "test_one.py", "test_two.py", "test_new.py", "test_any.py"},
    ),
    "what a fixture asks for": (
        {"conftest.py": SEEN["conftest.py"].replace("two(one)", "two(lent)")},
        {"conftest.py", "test_two.py"},
    ),
    "a fixture that a conftest imports": (
        {"conftest.py": SEEN["conftest.py"].replace("lent, plain", "lent, new"), "lent.py": SEEN["lent.py"] + NEW},
        {"conftest.py", "lent.py", "test_new.py", "test_any.py", "test_plain.py"},
    ),
    "an imported function that is a fixture now": (
        {"lent.py": SEEN["lent.py"].replace("def plain", "@pytest.fixture\ndef plain")},
        {"lent.py", "conftest.py", "test_plain.py", "test_any.py"},
    ),
    "a fixture for all": (
        {"conftest.py": SEEN["conftest.py"] + NEW.replace("fixture", "fixture(autouse=True)")},
        {"conftest.py", *(path for path in SEEN if path.startswith("test"))},
    ),
    "a star import in a conftest": (
        {"conftest.py": SEEN["conftest.py"].replace("import lent, plain", "import *")},
        {"conftest.py", *(path for path in SEEN if path.startswith("test"))},
    ),
}  # fmt: skip


LOADS = {
    "load.py": "import runpy\n\ndef load(name):\n    return runpy.run_path('jobs/' + name)\n",
    "jobs/first.py": "def work():\n    return 1\n",
    "test_load.py": "from load import load\n\ndef test_load():\n    assert load('first.py')\n",
    "test_says.py": "def test_says():\n    assert 'jobs'\n",
}
SCRIPTS: dict[str, tuple[dict[str, str | None], set[str]]] = {
    "the body of a script": (
        {"jobs/first.py": LOADS["jobs/first.py"].replace("return 1", "return len([])")},
        {"jobs/first.py"},
    ),
    "who says a folder and loads from it": (
        {"test_says.py": LOADS["test_load.py"].replace("load()", "says()") + "\nJOBS = 'jobs'\n"},
        {"test_says.py"},
    ),
    "who says a folder no more": (
        {"test_says.py": LOADS["test_says.py"].replace("jobs", "work")},
        {"test_says.py"},
    ),
    "a new script": (
        {"jobs/second.py": LOADS["jobs/first.py"], "test_says.py": "JOBS = 'jobs', 'second'\n"},
        {"jobs/second.py", "load.py", "test_load.py", "test_says.py"},
    ),
    "a script that is gone": (
        {"jobs/first.py": None, "test_says.py": None},
        {"load.py", "test_load.py"},
    ),
}


@pytest.mark.parametrize("name", [*AGAIN, *MOVED, *FIXTURES, *SCRIPTS])
def test_what_is_linked_again(tmp_path, monkeypatch, name):
    before = SEEN if name in FIXTURES else LOADS if name in SCRIPTS else HUB
    if name in AGAIN:
        edit, expected = AGAIN[name]
        after = {**HUB, "hub.py": HUB["hub.py"].replace(*edit)}
    else:
        edits, expected = (FIXTURES if name in FIXTURES else {**MOVED, **SCRIPTS})[name]
        after = {p: s for p, s in {**before, **edits}.items() if s is not None}
    graph_of(tree(before, Layout({}), tmp_path), (), {})
    linked: list[str] = []
    link = making.Linker.link

    def watched(linker, path):
        linked.append(path)
        return link(linker, path)

    monkeypatch.setattr(making.Linker, "link", watched)
    warm = answers(graph_of(tree(after, Layout({}), tmp_path), (), {}), (), {*before, *after})
    assert {*linked} == expected
    assert warm == answers(graph_of(tree(after, Layout({}), None), (), {}), (), {*before, *after})


PLAIN = "TIME_ZONE = 'UTC'\n"
APPS = "INSTALLED_APPS = ['shop']\n"
SAYING = "import os\n\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'plain')\n"
DJANGO = {
    "base/settings.py": PLAIN,
    "own/settings.py": "from base.settings import *\n",
    "shop/models.py": "",
    "conftest.py": "",
    "test_a.py": "def test_a():\n    pass\n",
}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"base/settings.py": PLAIN}, {"base/settings.py": APPS}),
        ({"base/settings.py": APPS}, {"base/settings.py": PLAIN}),
        ({"base/settings.py": PLAIN}, {"more/config.py": APPS}),
        ({"base/settings.py": APPS}, {"own/settings.py": PLAIN}),
        ({"base/settings.py": APPS}, {"conftest.py": SAYING}),
    ],
    ids=["now", "no more", "a new file", "no star import", "a conftest says which"],
)
def test_what_may_be_settings_of_django(tmp_path, before, after):
    before = {**DJANGO, **before}
    after = {**before, **after}
    earlier = graph_of(tree(before, Layout({}), tmp_path), (), {})
    warm = answers(graph_of(tree(after, Layout({}), tmp_path), (), {}), (), after)
    assert warm == answers(graph_of(tree(after, Layout({}), None), (), {}), (), after)
    assert warm["edges"] != answers(earlier, (), before)["edges"]


def test_a_base_that_is_new(tmp_path):
    before = {
        "base.py": "class Base:\n    def inner(self):\n        return 1\n",
        "child.py": "from base import Base\n\nclass Child:\n    def go(self):\n        return self.inner()\n",
        "test_it.py": "from child import Child\n\ndef test_it():\n    assert Child().go()\n",
    }
    after = {**before, "child.py": before["child.py"].replace("Child:", "Child(Base):")}
    inner = Symbol("base.py", "Base.inner")
    graph_of(tree(before, Layout({}), tmp_path), (inner,), {})
    warm = reach(graph_of(tree(after, Layout({}), tmp_path), (inner,), {}), [inner])
    assert warm.names(warm.tests([inner])) == ["test_it.py::test_it"]
