"""What belongs to a focus by the record: what a test ran itself, and what its fixtures ran."""

import pytest

from gardener.cli import main

API = """
class WebSocket:
    def __init__(self, path): self.path = path
    def open(self): return self.path
"""
APP = """
import starlette.websockets as sockets
def page(path): return len(path)
def stream(path): return join(path)
def join(path): return sockets.WebSocket(path).open()
PLAIN = {"page": page, "stream": stream}
ROUTE = sockets.WebSocket("/")
def serve(kind, path): return PLAIN[kind](path)
"""
CONFTEST = """
import pytest
from app import serve
@pytest.fixture(scope="module")
def started(): return serve("stream", "/m")
"""
TESTS = """
from app import serve
KEPT = serve("stream", "/k")
def test_page(): assert serve("page", "/") == 1
def test_stream(): assert serve("stream", "/") == "/"
def test_fixture(started): assert started == "/m"
def test_same_fixture(started): assert started == "/m"
def test_kept(): assert KEPT == "/k"
"""


@pytest.mark.slow
def test_a_test_belongs_by_what_it_and_its_fixtures_ran(repository, monkeypatch):
    repository.commit(
        {
            "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\n",
            "starlette/__init__.py": "",
            "starlette/websockets.py": API,
            "app.py": APP,
            "tests/conftest.py": CONFTEST,
            "tests/test_x.py": TESTS,
        }
    )
    monkeypatch.chdir(repository.root)
    assert main(["run", "--all", "-q"]) == 0
    ran = [f"tests/test_x.py::test_{name}" for name in ("fixture", "same_fixture", "stream")]
    assert repository.tests("all", focus="websocket") == ran
    # When a file has changed since, what was executed before still counts.
    repository.write({"app.py": APP + "def new(): pass\n"})
    assert repository.tests("all", focus="websocket") == ran


FRAMEWORK = """
class Framework:
    def __init__(self): self.handlers = {}
    def websocket(self, path): return lambda f: self.handlers.setdefault(path, f)
    def get(self, path): return len(path)
"""
OF_FRAMEWORK = """
import pytest
from app import Framework
@pytest.fixture
def made():
    app = Framework()
    @app.websocket("/ws")
    def handle(): pass
    return app
def test_page(made): assert made.get("/") == 1
def test_registers(): assert Framework().websocket("/ws")(len)
"""


@pytest.mark.slow
def test_a_handler_that_a_fixture_registers_is_no_use_where_the_record_shows_none(
    repository, monkeypatch
):
    repository.commit(
        {
            "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\n",
            "app.py": FRAMEWORK,
            "tests/test_x.py": OF_FRAMEWORK,
        }
    )
    both = [f"tests/test_x.py::test_{name}" for name in ("page", "registers")]
    assert repository.tests("all", focus="websocket") == both
    monkeypatch.chdir(repository.root)
    assert main(["run", "--all", "-q"]) == 0
    assert repository.tests("all", focus="websocket") == both[1:]
