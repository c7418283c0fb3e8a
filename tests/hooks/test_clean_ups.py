"""What comes up in a clean-up is the consequence of the exception that was on its way."""

import json
import subprocess
import sys

import pytest

from gardener.cli import main

pytestmark = pytest.mark.slow

APP = '''
import contextlib

class Server:
    def start(self): raise RuntimeError("cannot bind the relay")
    def stop(self): self.sockets.clear()
    def __enter__(self): return self
    def __exit__(self, *error): self.stop()

@contextlib.contextmanager
def running():
    server = Server()
    try:
        yield server
    finally:
        server.stop()

def guarded():
    try:
        Server().start()
    except Exception:
        Server().stop()
        raise

def handled():
    """Here the handler is what is wrong: the error is not on its way any more."""
    try:
        Server().start()
    except RuntimeError:
        spare = Server()
        try:
            pass
        finally:
            spare.spare_sockets
'''
TESTS = """
import pytest, app

def test_generator():
    with app.running() as server: server.start()
def test_exit():
    with app.Server() as server: server.start()
def test_guarded(): app.guarded()
def test_finally():
    server = app.Server()
    try: server.start()
    finally: server.stop()
@pytest.fixture
def server():
    yield app.Server()
    app.Server().closed_by_fixture
def test_finalizer(server): server.start()
def test_handled(): app.handled()

@pytest.fixture
def leaking():
    yield
    raise OSError("left open")
def test_leaks(leaking): pass
def test_leaks_and_fails(leaking): assert [1] == [2]
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    root = tmp_path_factory.mktemp("clean") / "repo"
    root.mkdir()
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    (root / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    (root / "app.py").write_text(APP)
    (root / "test_app.py").write_text(TESTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        main(["run", "--all", "--python", sys.executable, "--report", "r.json"])
        assert main(["report", "r.json", "--format", "json", "-o", "found.json"]) == 0
    findings = json.loads((root / "found.json").read_text())["findings"]
    return {
        frozenset(test.partition("::")[2] for test in finding["tests"]): finding
        for finding in findings
    }


def test_the_error_on_its_way_is_the_cause(found):
    tests = {"test_generator", "test_exit", "test_guarded", "test_finally", "test_finalizer"}
    assert found[frozenset(tests)]["title"] == "RuntimeError: cannot bind the relay"


def test_an_error_of_a_handler_is_its_own_cause(found):
    assert "spare_sockets" in found[frozenset({"test_handled"})]["title"]


def test_a_teardown_that_fails_after_passing_tests_too_is_its_own_cause(found):
    assert "left open" in found[frozenset({"test_leaks", "test_leaks_and_fails"})]["title"]
    assert frozenset({"test_leaks_and_fails"}) in found
