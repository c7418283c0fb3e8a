"""To whom belongs what runs: the same for `sys.monitoring` and for the profiler below 3.12."""

import subprocess
import sys

import pytest
from gardener.hooks.record.store import recorded
from recording_python import INTERPRETERS, MONITORING, PROFILING, lend_pytest

from gardener.cli import main

HEAD = "from app import *\n"
PIPE = """
class App:
    def __init__(self, routes): self.routes, self.stack = routes, None
    def __call__(self, path):
        if self.stack is None:
            self.stack = self.build()
        return self.stack(path)
    def build(self): return Layer(self.route)
    def route(self, path): return self.routes[path]()
class Layer:
    def __init__(self, inner): self.inner = inner
    def __call__(self, path): return self.inner(path)
def one(): return 1
def two(): return 2
APP = App({'one': one, 'two': two})
"""
BUILT = {
    "App.__init__",
    "App.__call__",
    "App.build",
    "Layer.__init__",
    "Layer.__call__",
    "App.route",
}

# name: (app.py, conftest.py, test_m.py, {test: functions of app.py})
CASES = {
    "lazily built, then kept: who builds and who uses it": (
        PIPE,
        "",
        "def test_one(): assert APP('one') == 1\ndef test_two(): assert APP('two') == 2\n",
        {"test_one": BUILT | {"one"}, "test_two": BUILT | {"two"}},
    ),
    "session, class and module fixtures with their ends": (
        "".join(f"def {n}(): pass\n" for n in ("s1", "s2", "c1", "c2", "m1", "m2", "f1", "f2")),
        "import pytest\nfrom app import *\n"
        "@pytest.fixture(scope='session')\ndef s(): s1(); yield; s2()\n"
        "@pytest.fixture(scope='module')\ndef m(): m1(); yield; m2()\n"
        "@pytest.fixture(scope='class')\ndef c(m): c1(); yield; c2()\n"
        "@pytest.fixture\ndef f(): f1(); yield; f2()\n",
        "class TestC:\n def test_a(self, c): pass\n def test_b(self, c): pass\n"
        "def test_s(s, f): pass\ndef test_plain(): pass\ndef test_last(m, f): pass\n",
        {
            "test_a": {"c1", "c2", "m1", "m2"},
            "test_b": {"c1", "c2", "m1", "m2"},
            "test_s": {"s1", "s2", "f1", "f2"},
            "test_plain": set(),
            # The session ends in its teardown, and an error there would be its own.
            "test_last": {"m1", "m2", "f1", "f2", "s2"},
        },
    ),
    "a session fixture that is set up beside one of a class": (
        "def s1(): pass\ndef c1(): pass\n",
        "import pytest\nfrom app import *\n"
        "@pytest.fixture(scope='session')\ndef s(request): s1()\n"
        "@pytest.fixture(scope='class')\ndef c(): c1()\n",
        "import pytest\n@pytest.mark.usefixtures('c')\n"
        "class TestA:\n def test_a(self, request): request.getfixturevalue('s')\n"
        "def test_plain(s): pass\n",
        {"test_a": {"s1", "c1"}, "test_plain": {"s1"}},
    ),
    "a class fixture that asks for one that its test asked for before": (
        "def s1(): pass\ndef c1(): pass\n",
        "import pytest\nfrom app import *\n"
        "@pytest.fixture(scope='session')\ndef s(): s1()\n"
        "@pytest.fixture(scope='class')\ndef c(request): request.getfixturevalue('s'); c1()\n",
        "class TestA:\n def test_a(self, s, c): pass\n def test_b(self, c): pass\n",
        {"test_a": {"s1", "c1"}, "test_b": {"s1", "c1"}},
    ),
    "a class fixture that asks for one of the session by its name": (
        "def s1(): pass\ndef c1(): pass\n",
        "import pytest\nfrom app import *\n"
        "@pytest.fixture(scope='session')\ndef s(): s1()\n"
        "def ask(request): return request.getfixturevalue('s')\n"
        "@pytest.fixture(scope='class')\ndef c(request): ask(request); c1()\n",
        "import pytest\n@pytest.mark.usefixtures('c')\n"
        "class TestA:\n def test_a(self): pass\n def test_b(self): pass\n"
        "@pytest.mark.usefixtures('s', 'c')\n"
        "class TestB:\n def test_c(self): pass\n def test_d(self): pass\n"
        "@pytest.mark.usefixtures('c')\n"
        "class TestC:\n def test_e(self): pass\n def test_f(self): pass\n"
        "def test_plain(): pass\n",
        {
            **{f"test_{one}": {"s1", "c1"} for one in "abcdef"},
            "test_plain": set(),
        },
    ),
    "a module fixture made anew for each parameter": (
        "def begin(n): pass\ndef end_1(): pass\ndef end_2(): pass\n",
        "import pytest\nfrom app import *\n"
        "@pytest.fixture(scope='module', params=[1, 2])\n"
        "def p(request):\n    begin(request.param)\n    yield\n"
        "    end_1() if request.param == 1 else end_2()\n",
        "def test_a(p): pass\ndef test_b(p): pass\n",
        # The first ends while the second is made, for which it is not told apart.
        {
            "test_a[1]": {"begin", "end_1"},
            "test_b[1]": {"begin", "end_1"},
            "test_a[2]": {"begin", "end_1", "end_2"},
            "test_b[2]": {"begin", "end_2"},
        },
    ),
    "setup_module, setup_class and setUpClass": (
        "def mod(): pass\ndef cls(): pass\ndef unit(): pass\n",
        "",
        "import unittest\ndef setup_module(): mod()\n"
        "class TestA:\n @classmethod\n def setup_class(cls_): cls()\n"
        " def test_a(self): pass\n def test_b(self): pass\n"
        "class TestU(unittest.TestCase):\n @classmethod\n def setUpClass(cls_): unit()\n"
        " def test_u(self): pass\n def test_v(self): pass\n",
        {
            "test_a": {"mod", "cls"},
            "test_b": {"mod", "cls"},
            "test_u": {"mod", "unit"},
            "test_v": {"mod", "unit"},
        },
    ),
    "a pool of threads that outlives tests": (
        "from concurrent.futures import ThreadPoolExecutor\nPOOL = ThreadPoolExecutor(1)\n"
        "def one(): return 1\ndef two(): return 2\ndef run(f): return POOL.submit(f).result()\n",
        "",
        "def test_one(): assert run(one) == 1\ndef test_two(): assert run(two) == 2\n"
        "def test_again(): assert run(one) == 1\ndef test_none(): pass\n",
        {
            "test_one": {"run", "one"},
            "test_two": {"run", "two"},
            "test_again": {"run", "one"},
            "test_none": set(),
        },
    ),
    "a thread's own run, and one that is in the middle of something": (
        "import threading\nclass Own(threading.Thread):\n    def run(self): inner()\n"
        "def inner(): pass\nGO = threading.Event()\n"
        "def waits(): GO.wait(); after()\ndef after(): pass\n",
        "",
        "def test_own(): t = Own(); t.start(); t.join()\n"
        "def test_start():\n    global T\n    T = threading.Thread(target=waits); T.start()\n"
        "def test_between(): pass\ndef test_end(): GO.set(); T.join()\n",
        {
            "test_own": {"Own.run", "inner"},
            "test_start": {"waits"},
            "test_between": {"waits"},
            "test_end": {"waits", "after"},
        },
    ),
    "asyncio: tasks, a generator, a coroutine that an earlier test began": (
        "import asyncio\nLOOP = asyncio.new_event_loop()\n"
        "async def task(): await asyncio.sleep(0); deep()\ndef deep(): pass\n"
        "async def gen():\n    yield first()\n    yield second()\n"
        "def first(): return 1\ndef second(): return 2\nGEN = gen()\n",
        "def pytest_sessionfinish():\n    from app import LOOP\n    LOOP.close()\n",
        "async def both(): await asyncio.gather(task(), task())\n"
        "def test_task(): LOOP.run_until_complete(both())\n"
        "def test_first(): assert LOOP.run_until_complete(GEN.__anext__()) == 1\n"
        "def test_second(): assert LOOP.run_until_complete(GEN.__anext__()) == 2\n",
        {"test_task": {"task", "deep"}, "test_first": {"gen", "first"}, "test_second": {"gen", "second"}},
    ),
    "imports inside of tests, and of the conftest": (
        "def deco(f): note(); return f\ndef note(): pass\n@deco\ndef used(): pass\n",
        "import app\n",
        "def test_late(): import late; late.go()\ndef test_not(): pass\n"
        "def test_deco(): deco(1)\n",
        {"test_late": {"note", "deco"}, "test_not": set(), "test_deco": {"deco", "note"}},
    ),
    "exceptions, recursion, comprehensions, lambdas, operators": (
        "def fails(): raise KeyError\ndef down(n): return n and down(n - 1)\n"
        "def many(): return [one(x) for x in map(lambda v: two(v), [1])]\n"
        "def one(x): return x\ndef two(x): return x\n"
        "class N:\n def __add__(self, o): return self\n @property\n def p(self): return 1\n",
        "",
        "import pytest\n"
        "def test_fails():\n    with pytest.raises(KeyError): fails()\n"
        "def test_down(): down(50)\ndef test_many(): many()\n"
        "def test_add(): N() + 1\ndef test_p(): N().p\n",
        {
            "test_fails": {"fails"},
            "test_down": {"down"},
            "test_many": {"many", "one", "two"},
            "test_add": {"N.__add__"},
            "test_p": {"N.p"},
        },
    ),
}  # fmt: skip


@pytest.fixture
def repo(tmp_path, monkeypatch):
    """Makes a repository of its files, runs its tests, and gives the functions of app.py."""

    def made(python, app, conftest, tests, *args):
        files = {"app.py": app, "conftest.py": conftest, "test_m.py": HEAD + tests}
        files["late.py"] = (
            "from app import deco\n@deco\ndef go(): pass\n" if "late" in tests else ""
        )
        root = tmp_path / "repo"
        root.mkdir()
        for name, text in files.items():
            (root / name).write_text(text, encoding="utf-8")
        (root / "pytest.ini").write_text("[pytest]\n")
        subprocess.run(["git", "init", "-q", "-b", "main"], cwd=root, check=True)
        monkeypatch.chdir(root)
        lend_pytest(python, tmp_path, monkeypatch)
        assert main(["run", "--python", python, "--", *args]) == 0
        record = recorded(root)
        names = {number: node for node, number in record.symbols.items()}
        own = {"", *(names[n][1] for n in names if names[n][1] in ("App", "Layer", "Own", "N"))}
        return {
            nodeid.rpartition("::")[2]: (
                {names[n][1] for n in test.symbols if names[n][0] == "app.py"} - own,
                test.opaque,
            )
            for nodeid, test in record.tests.items()
        }

    return made


@pytest.mark.parametrize("python", INTERPRETERS)
@pytest.mark.parametrize("case", CASES)
def test_what_runs_belongs_to_whom_it_should(repo, python, case):
    *files, expected = CASES[case]
    found = repo(python, *files)
    assert {name: ran for name, (ran, _) in found.items()} == expected
    assert {opaque for _, opaque in found.values()} == {""}


KEEPS = """import asyncio
class Own:
    def __init__(self, make): self.make, self.kept, self.by_name = make, None, {}
    def get(self):
        if self.kept is None:
            self.kept = self.make()
        return self.kept
    def named(self, name):
        if name not in self.by_name:
            self.by_name[name] = self.make()
        return self.by_name[name]
class Late(Own):
    async def get(self):
        if self.kept is None:
            await asyncio.sleep(0)
            self.kept = self.make()
        return self.kept
def one(): return 1
def two(): return 2
SHARED = {}
class Same(Own):
    def __init__(self, make): self.make, self.by_name = make, SHARED
class Odd(Own):
    @property
    def kept(self): return SHARED.get('kept')
    @kept.setter
    def kept(self, value): SHARED['kept'] = value or SHARED.get('kept')
class Borg(Own):
    state = {}
    def __init__(self, make): self.__dict__ = self.state; self.make = make; self.state.setdefault('kept')
class Slots:
    __slots__ = ('make', 'kept')
    def __init__(self, make): self.make, self.kept = make, None
    get = Own.get
"""

# name: (test_m.py, {test: functions of app.py but those of classes}) with what app.py keeps
KEPT = {
    "each its own instance": (
        "def test_a(): assert Own(one).get() == 1\ndef test_b(): assert Own(two).get() == 2\n"
        "def test_both(): assert Own(one).get() + Own(two).get() == 3\n"
        "def test_last(): assert Own(two).get() == 2\n",
        {"test_a": {"one"}, "test_b": {"two"}, "test_both": {"one", "two"}, "test_last": {"two"}},
    ),
    "each its own container": (
        "def test_a(): assert Own(one).named('x') == 1\ndef test_b(): assert Own(two).named('x') == 2\n",
        {"test_a": {"one"}, "test_b": {"two"}},
    ),
    "one instance of all": (
        "IT = Own(one)\ndef test_a(): assert IT.get() == 1\ndef test_b(): assert IT.get() == 1\n"
        "def test_c(): pass\n",
        {"test_a": {"one"}, "test_b": {"one"}, "test_c": set()},
    ),
    "an instance that lives on for one test more": (
        "IT = []\ndef test_a(): IT.append(Own(one)); IT[0].get()\n"
        "def test_b(): IT.pop().get()\ndef test_c(): assert Own(two).get() == 2\n",
        {"test_a": {"one"}, "test_b": {"one"}, "test_c": {"two"}},
    ),
    "one that lives on, and one that does not for long": (
        "KEPT, GONE = Own(one), [Own(two)]\ndef test_a(): KEPT.get(); GONE[0].get()\n"
        "def test_b(): GONE.pop().get()\ndef test_c(): KEPT.get()\n",
        {"test_a": {"one", "two"}, "test_b": {"one", "two"}, "test_c": {"one"}},
    ),
    "of two instances in one test the second lives on": (
        "IT = []\ndef test_a():\n    Own(one).get()\n    IT.append(Own(one)); IT[0].get()\n"
        "def test_b(): IT.pop().get()\n",
        {"test_a": {"one"}, "test_b": {"one"}},
    ),
    "a fixture of the module": (
        "import pytest\n@pytest.fixture(scope='module')\ndef it(): return Own(one)\n"
        "def test_a(it): it.get()\ndef test_b(it): it.get()\ndef test_c(): Own(two).get()\n",
        # The fixture's instance is alive until the last test has ended.
        {"test_a": {"one"}, "test_b": {"one"}, "test_c": {"one", "two"}},
    ),
    "a container that others hold too": (
        "def test_a(): assert Same(one).named('x') == 1\ndef test_b(): assert Same(two).named('x') == 1\n",
        {"test_a": {"one"}, "test_b": {"one"}},
    ),
    "a property that keeps it elsewhere": (
        "def test_a(): assert Odd(one).get() == 1\ndef test_b(): assert Odd(two).get() == 1\n",
        {"test_a": {"one"}, "test_b": {"one"}},
    ),
    "instances that share their attributes": (
        "def test_a(): assert Borg(one).get() == 1\ndef test_b(): assert Borg(two).get() == 1\n",
        {"test_a": {"one"}, "test_b": {"one"}},
    ),
    "two that are made ready at once": (
        "IT = [Late(one), Late(two)]\n"
        "async def both(): return await asyncio.gather(*(o.get() for o in IT))\n"
        "def test_a(): assert asyncio.run(both()) == [1, 2]\n"
        "def test_b(): IT.pop(0); assert asyncio.run(IT.pop().get()) == 2\n"
        "def test_c(): assert Own(one).get() == 1\n",
        {"test_a": {"one", "two"}, "test_b": {"one", "two"}, "test_c": {"one"}},
    ),
    "an instance whose end nobody hears of": (
        "def test_a(): assert Slots(one).get() == 1\ndef test_b(): assert Slots(two).get() == 2\n",
        {"test_a": {"one", "two"}, "test_b": {"one", "two"}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("python", MONITORING)
@pytest.mark.parametrize("case", KEPT)
def test_what_an_instance_keeps_matters_while_it_lives(repo, python, case):
    tests, expected = KEPT[case]
    found = repo(python, KEEPS, "", tests)
    assert {name: ran & {"one", "two"} for name, (ran, _) in found.items()} == expected


DISTURBED = {
    "cProfile": "import cProfile\ndef test_it():\n    with cProfile.Profile(): f()\n",
    "a profile function": "import sys\ndef test_it():\n"
    "    sys.setprofile(lambda *a: None); f(); sys.setprofile(None)\n",
    "profiling switched off, then on as it was": "import sys\ndef test_it():\n"
    "    before = sys.getprofile(); sys.setprofile(None); f(); sys.setprofile(before); f()\n",
    "greenlets": "import pytest\ngreenlet = pytest.importorskip('greenlet')\n"
    "def test_it(): greenlet.greenlet(f).switch()\n",
}


@pytest.mark.parametrize("python", PROFILING)
@pytest.mark.parametrize("case", DISTURBED)
def test_a_test_that_disturbs_the_profiler_is_not_judged_by_its_record(repo, python, case):
    if case == "greenlets":
        pytest.importorskip("greenlet")
    after = "def test_next(): f()\ndef test_none(): pass\n"
    found = repo(python, "def f(): pass\n", "", DISTURBED[case] + after)
    assert found["test_it"][1]
    assert found["test_next"] == ({"f"}, "")
    assert found["test_none"] == (set(), "")


@pytest.mark.parametrize("python", PROFILING)
def test_a_thread_that_threading_does_not_know_is_noticed_while_it_runs(repo, python):
    tests = (
        "import _thread, time\nGO = _thread.allocate_lock(); GO.acquire(); SEEN = []\n"
        "def waits(): SEEN.append(f()); GO.acquire()\n"
        "def test_it():\n    _thread.start_new_thread(waits, ())\n"
        "    while not SEEN: time.sleep(0.001)\n"
        "def test_last(): GO.release()\n"
    )
    assert "threading" in repo(python, "def f(): pass\n", "", tests)["test_it"][1]


def test_a_profiler_of_all_tests_makes_all_of_them_opaque(repo):
    if sys.version_info >= (3, 12):
        pytest.skip("sys.monitoring has room for both")
    conftest = "import cProfile\nONE = cProfile.Profile()\ndef pytest_configure(): ONE.enable()\n"
    found = repo(
        sys.executable, "def f(): pass\n", conftest, "def test_a(): f()\ndef test_b(): f()\n"
    )
    assert {why for _, why in found.values()} == {"another profiler"}


@pytest.mark.untraced
def test_the_coverage_of_the_user_is_the_same_and_so_is_the_record(repo, tmp_path):
    """What `--cov` does: coverage.py's own tracer over the whole session."""
    coverage = pytest.importorskip("coverage")
    conftest = (
        "import coverage\nCOV = coverage.Coverage(data_file='cov.db', include='app.py')\n"
        "COV.start()\ndef pytest_sessionfinish():\n    COV.stop()\n    COV.save()\n"
    )
    tests = "def test_a(): f()\ndef test_b(): pass\n"
    app = "def f():\n    return g()\ndef g():\n    return 1\ndef h():\n    return 2\n"
    found = repo(sys.executable, app, conftest, tests)
    assert found == {"test_a": ({"f", "g"}, ""), "test_b": (set(), "")}
    data = coverage.CoverageData(str(tmp_path / "repo" / "cov.db"))
    data.read()
    [file] = data.measured_files()
    assert sorted(data.lines(file)) == [1, 2, 3, 4, 5]


def test_what_trio_runs_belongs_to_its_test(repo):
    """Where pytest-testmon loses tests: each test has a loop of its own."""
    pytest.importorskip("trio")
    app = (
        "import trio\nasync def one(): await trio.sleep(0); deep()\ndef deep(): pass\n"
        "async def two(): await trio.to_thread.run_sync(threaded)\ndef threaded(): pass\n"
        "async def both():\n    async with trio.open_nursery() as n:\n"
        "        n.start_soon(one); n.start_soon(two)\n"
    )
    tests = (
        "import trio\ndef test_one(): trio.run(one)\ndef test_both(): trio.run(both)\n"
        "def test_again(): trio.run(one)\n"
    )
    found = repo(sys.executable, app, "", tests)
    assert {name: ran for name, (ran, _) in found.items()} == {
        "test_one": {"one", "deep"},
        "test_both": {"both", "one", "deep", "two", "threaded"},
        "test_again": {"one", "deep"},
    }
