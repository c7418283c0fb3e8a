"""Below 3.12 pytest's own machinery is not counted, and all that the project runs still is."""

import json
import subprocess

import pytest
from gardener.hooks.plugin import RECORDER, plugin_files, write_files

from tests.hooks.recording_python import INTERPRETERS, PROFILING, lend_pytest

PLUGIN = """
import sys, pytest

def seen(where):
    print("PROFILER", where, sys.getprofile() is not None, flush=True)

def pytest_runtest_logstart(): seen("between")
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """What each test executed of `app.py`, without why its record does not count, and the output."""

    def recorded(python, files, *options):
        root = tmp_path / "project"
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        lend_pytest(python, tmp_path, monkeypatch)
        write_files(plugin_files(), tmp_path / "plugin")
        (tmp_path / "plugin" / "looks.py").write_text(PLUGIN)
        stream = tmp_path / "stream"
        monkeypatch.setenv("PYTHONPATH", f"{tmp_path / 'plugin'}:{tmp_path / 'packages'}")
        monkeypatch.setenv("GARDENER_STREAM", str(stream))
        monkeypatch.setenv("GARDENER_ROOT", str(root))
        monkeypatch.setenv("GARDENER_TRACE", "1")
        command = [python, "-m", "pytest", "-q", "-s", "-p", RECORDER, "-p", "no:cacheprovider"]
        done = subprocess.run([*command, *options], cwd=root, capture_output=True, text=True)
        events = [json.loads(line) for f in stream.iterdir() for line in f.read_text().splitlines()]
        assert not [event for event in events if event["k"] == "trouble"], done.stdout
        names = {e["n"]: e["s"] for e in events if e["k"] == "symbol" and e["f"] == "app.py"}
        shared = {e["n"]: e["c"] for e in events if e["k"] == "fixture"}
        return done.stdout, {
            event["id"].rpartition("::")[2]: {
                names[n]
                for owner in (event["c"], *(shared.get(u, ()) for u in event.get("x", ())))
                for n in owner
                if n in names
            }
            for event in events
            if event["k"] == "deps" and not event.get("p")
        }

    return recorded


NAMES = ["mark", "setup", "teardown", "method", "end", "unit", "get", "module", "last", "plain"]
APP = "".join(f"def {name}(): return False\n" for name in NAMES)
TESTS = """
import unittest
import app, pytest

def setup_module(): app.module()
def teardown_module(): app.last()

@pytest.fixture
def ends():
    app.setup()
    yield
    app.teardown()

def test_ends(ends): pass
def test_plain(): app.plain()
def test_addfinalizer(request): request.addfinalizer(app.end)

@pytest.mark.skipif("__import__('app').mark()", reason="no")
def test_mark(): pass

class TestMethods:
    def setup_method(self): app.setup()
    def teardown_method(self): app.method()
    def test_methods(self): pass

class TestUnit(unittest.TestCase):
    def setUp(self): app.unit()
    def test_unit(self): pass

class Got:
    def __init__(self, function): self.function, self.__name__ = function, function.__name__
    def __get__(self, instance, owner):
        app.get()
        return self.function.__get__(instance, owner)

class TestGot:
    def test_before(self): pass
    def test_got(self): pass
TestGot.test_got = Got(TestGot.test_got)

def test_last(): pass
"""
RUNS = {
    "test_ends": {"module", "setup", "teardown"},
    "test_plain": {"module", "plain"},
    "test_addfinalizer": {"module", "end"},
    "test_mark": {"module", "mark"},
    "test_methods": {"module", "setup", "method"},
    "test_unit": {"module", "unit"},
    "test_last": {"module", "last"},
}


@pytest.mark.parametrize("python", INTERPRETERS)
def test_all_that_pytest_calls_of_the_project_is_recorded(run, python):
    _, found = run(python, {"app.py": APP, "test_it.py": TESTS})
    assert {test: RUNS[test] - found[test] for test in RUNS if RUNS[test] - found[test]} == {}
    assert "plain" not in found["test_ends"] and "method" not in found["test_plain"]


HOOK = "import app, pytest\n@pytest.hookimpl({})\ndef {}({}):\n    app.mark()\n{}"
THINGS = "import weakref\nimport app, pytest\nclass Thing: pass\n"
ELSEWHERE = {
    "a hook before it": HOOK.format("", "pytest_runtest_setup", "item", ""),
    "a hook between the phases": HOOK.format("", "pytest_runtest_logfinish", "nodeid", ""),
    "a hook around its function": HOOK.format(
        "hookwrapper=True, tryfirst=True", "pytest_pyfunc_call", "pyfuncitem", "    yield\n"
    ),
    "a hook around its fixtures": HOOK.format(
        "hookwrapper=True, tryfirst=True", "pytest_fixture_setup", "fixturedef", "    yield\n"
    ),
    "a finalizer": "import app, pytest\nclass Thing:\n    def __del__(self): app.mark()\n",
    "a weak reference": THINGS.replace(
        "pass", "\n    def __init__(self): self.end = weakref.finalize(self, app.mark)"
    ),
}
USES = """
import conftest, pytest

@pytest.fixture
def thing(): return getattr(conftest, "Thing", object)()

def test_before(): pass
def test_it(thing): pass
def test_after(): pass
"""


@pytest.mark.slow
@pytest.mark.parametrize("python", PROFILING)
@pytest.mark.parametrize("case", ELSEWHERE)
def test_what_runs_elsewhere_is_recorded(run, python, case):
    _, found = run(python, {"app.py": APP, "conftest.py": ELSEWHERE[case], "test_it.py": USES})
    # Without a record of its own it is judged by the graph.
    assert "mark" in found.get("test_it", {"mark"})
    assert "test_after" in found


@pytest.mark.parametrize("python", PROFILING)
def test_nothing_is_counted_between_tests(run, python):
    tests = "import sys, app\ndef test_it():\n    assert sys.getprofile()\n    app.plain()\n"
    tests += tests.replace("test_it", "test_next").partition("\n")[2]
    said, found = run(python, {"app.py": APP, "test_it.py": tests}, "-p", "looks")
    assert found == {"test_it": {"plain"}, "test_next": {"plain"}}, said
    assert said.count("PROFILER between False") == 2
    # A finalizer of the project may run there.
    tests += "class Thing:\n    def __del__(self): pass\n"
    said, _ = run(python, {"test_it.py": tests}, "-p", "looks")
    assert said.count("PROFILER between True") == 2
