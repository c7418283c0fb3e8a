"""Pytest words a failure at its own pace below 3.12, and no record is the poorer for it."""

import json
import subprocess

import pytest
from gardener.hooks.plugin import RECORDER, plugin_files, write_files

from tests.hooks.recording_python import INTERPRETERS, PROFILING, lend_pytest

APP = """
import sys

class Point:
    def __init__(self, x): self.x = x
    def __eq__(self, other): return self.x == other.x
    def __repr__(self): return said(self.x)

def said(x): return "<%s>" % x
def other(): return 1

class Watchful(Point):
    def __repr__(self):
        frame = sys._getframe()
        while frame:
            if frame.f_code.co_filename.endswith("pprint.py"): return in_detail(self.x)
            frame = frame.f_back
        return "brief"

def in_detail(x): return "<%s>" % x
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Symbols of `app.py` that each test executed, and why its record does not count."""

    def recorded(python, tests, conftest=""):
        root = tmp_path / "project"
        root.mkdir()
        for name, text in {"app.py": APP, "conftest.py": conftest, "test_it.py": tests}.items():
            (root / name).write_text(text)
        lend_pytest(python, tmp_path, monkeypatch)
        write_files(plugin_files(), tmp_path / "plugin")
        stream = tmp_path / "stream"
        monkeypatch.setenv("PYTHONPATH", f"{tmp_path / 'plugin'}:{tmp_path / 'packages'}")
        monkeypatch.setenv("GARDENER_STREAM", str(stream))
        monkeypatch.setenv("GARDENER_ROOT", str(root))
        monkeypatch.setenv("GARDENER_TRACE", "1")
        command = [python, "-m", "pytest", "-q", "-vv", "-p", RECORDER, "-p", "no:cacheprovider"]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True)
        events = [json.loads(line) for f in stream.iterdir() for line in f.read_text().splitlines()]
        assert not [event for event in events if event["k"] == "trouble"], done.stdout
        names = {e["n"]: e["s"] for e in events if e["k"] == "symbol" and e["f"] == "app.py"}
        return {
            event["id"].rpartition("::")[2]: (
                {names[n] for n in event["c"] if n in names},
                event.get("p", ""),
            )
            for event in events
            if event["k"] == "deps"
        }

    return recorded


START = "import pytest\nfrom app import Point, Watchful, other\n"
FAILS = "def test_fails(): assert [Point(1), 2] == [Point(2), 2]\n"
COMPARED = {"Point.__init__", "Point.__eq__"}
SAID = {"Point.__repr__", "said"}


@pytest.mark.parametrize("python", INTERPRETERS)
def test_what_comes_after_a_failure_is_recorded(run, python):
    tests = START + FAILS + "def test_next(): assert other() == 1\n"
    found = run(python, tests)
    assert found["test_fails"][0] >= COMPARED
    assert found["test_fails"][1] == ""
    assert found["test_next"] == ({"other"}, "")


@pytest.mark.parametrize("python", PROFILING)
def test_pytest_is_not_counted_while_it_words_a_failure(run, python):
    tests = FAILS.replace("Point", "Watchful")
    ran, opaque = run(python, START + tests)["test_fails"]
    assert ran == {*COMPARED, "Watchful.__repr__"}
    assert opaque == ""


CAUGHT = {
    "by pytest.raises": "    with pytest.raises(AssertionError): assert Point(1) == Point(2)\n",
    "by an except": "    try: assert Point(1) == Point(2)\n    except AssertionError: pass\n",
    "and another is not": "    try: assert Point(1) == Point(2)\n    except AssertionError: pass\n"
    "    assert Point(3) == Point(4)\n",
    "and a skip follows": "    try: assert Point(1) == Point(2)\n"
    "    except AssertionError as e: pytest.skip(str(e))\n",
}


@pytest.mark.parametrize("python", PROFILING)
@pytest.mark.parametrize("case", CAUGHT)
def test_a_test_that_may_read_the_message_is_not_judged_by_its_record(run, python, case):
    tests = START + "def test_it():\n" + CAUGHT[case] + "def test_next(): assert other() == 1\n"
    found = run(python, tests)
    assert "caught" in found["test_it"][1]
    assert found["test_next"] == ({"other"}, "")


HOOKS = {
    "its own words": "def pytest_assertrepr_compare(op, left, right): return [repr(left)]\n",
    "it listens to reports": "def pytest_runtest_logreport(report):\n"
    "    import app\n    app.said(1)\n",
    "a report of its own": "import pytest\n@pytest.hookimpl(hookwrapper=True)\n"
    "def pytest_runtest_makereport(item, call):\n    import app\n    app.said(1)\n    yield\n",
}


@pytest.mark.parametrize("python", INTERPRETERS)
@pytest.mark.parametrize("case", HOOKS)
def test_what_the_project_does_about_a_failure_is_recorded(run, python, case):
    found = run(python, START + FAILS, HOOKS[case])
    assert "said" in found["test_fails"][0]


@pytest.mark.parametrize("python", INTERPRETERS)
def test_what_others_may_skip_is_recorded_though_an_assertion_fails_in_it(run, python):
    tests = START + (
        "MADE = None\n"
        "def made():\n    global MADE\n    if MADE is None:\n"
        "        try: assert Point(1) == Point(2)\n        except AssertionError as e: pass\n"
        "        MADE = other()\n    return MADE\n"
        "def test_it(): assert made() == 1\n"
    )
    ran, opaque = run(python, tests)["test_it"]
    assert ran >= COMPARED | SAID | {"other"}
    assert opaque == ""
