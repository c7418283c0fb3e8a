"""Focus and level, on real repositories."""

import pytest

PLAIN = "def test_plain(): pass\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"tests/test_websocket_x.py": PLAIN}, ["tests/test_websocket_x.py"]),
        ({"tests/test_ws.py": PLAIN}, ["tests/test_ws.py"]),
        ({"tests/websockets/test_x.py": PLAIN}, ["tests/websockets/test_x.py"]),
        ({"tests/test_news.py": PLAIN}, []),
        (
            {
                "app/websocket_core/limits.py": "MOST = 3\ndef reset(): pass\n",
                "tests/test_x.py": "from app.websocket_core.limits import MOST\n"
                "def test_m(): assert MOST\n"
                "def test_l():\n    from app.websocket_core import limits as l\n    l.reset()\n"
                + PLAIN,
            },
            ["tests/test_x.py::test_l", "tests/test_x.py::test_m"],
        ),
        (
            {"tests/test_x.py": "import pytest\npytestmark = pytest.mark.websocket\n" + PLAIN},
            ["tests/test_x.py"],
        ),
        (
            {"tests/test_x.py": "import pytest\n@pytest.mark.ws\ndef test_m(): pass\n" + PLAIN},
            ["tests/test_x.py::test_m"],
        ),
        (
            {
                "tests/test_x.py": "class TestO:\n    def test_s(self): self.open_websocket()\n"
                "    def test_p(self): self.open()\n"
            },
            ["tests/test_x.py::TestO::test_s"],
        ),
        ({"tests/test_x.py": "import websockets\n" + PLAIN}, []),
        (
            {
                "tests/test_x.py": "import websockets\ndef test_u(): websockets.connect('')\n"
                + PLAIN
            },
            ["tests/test_x.py::test_u"],
        ),
        (
            {
                "tests/test_x.py": "from fastapi import WebSocket as W\ndef test_u(): W({})\n"
                + PLAIN
            },
            ["tests/test_x.py::test_u"],
        ),
        ({"tests/test_x.py": "from fastapi import FastAPI\n" + PLAIN}, []),
        (
            {
                "app/__init__.py": "",
                "app/deep.py": "from starlette.websockets import WebSocket\n",
                "app/mid.py": "from .deep import WebSocket\n",
                "app/plain.py": "",
                "tests/test_x.py": "from app.mid import WebSocket as W\ndef test_u(): W\n" + PLAIN,
                "tests/test_y.py": "from app import plain\n" + PLAIN,
            },
            ["tests/test_x.py::test_u"],
        ),
        (
            {"tests/test_x.py": PLAIN + "def test_ws_close(): pass\n"},
            ["tests/test_x.py::test_ws_close"],
        ),
        (
            {
                "tests/test_x.py": "class TestWebSocketManager:\n    def test_a(self): pass\n"
                "class TestOther:\n    def test_b(self): pass\n    def test_websocket_c(self): pass\n"
            },
            [
                "tests/test_x.py::TestOther::test_websocket_c",
                "tests/test_x.py::TestWebSocketManager",
            ],
        ),
    ],
)
def test_websocket(repository, files, expected):
    repository.commit({**files, "tests/test_unrelated.py": PLAIN})
    assert repository.tests("all", focus="websocket") == expected


USING = """
import unittest
import pytest
from app import make

@pytest.fixture
def local(client): return client
@pytest.fixture
def wrapped(wrapped): return wrapped
@pytest.fixture
def hidden(): return 1

def test_connects(client):
    with client.websocket_connect("/"): pass
def test_by_name(ws_client): pass
def test_through_a_fixture(chat): pass
def test_through_two(wrapped): pass
@pytest.mark.usefixtures("chat")
def test_marked(): pass
def test_not(client, local, hidden): assert "websocket"
def test_by_import(paid): pass
class TestSetup(unittest.TestCase):
    def setUp(self): self.one = make.WSServer()
    def test_in_it(self): pass
class TestPlain:
    def setup_method(self): self.one = make.Server()
    def test_p(self): pass
    def test_q(self, chat): pass
"""
LENDING = """
import pytest
import websocket as socket
from stripe import Invoice as Bill

@pytest.fixture
def client(): return 1
@pytest.fixture(name="chat")
def _made(): return socket.create()
@pytest.fixture
def wrapped(chat): return chat
@pytest.fixture
def hidden(): return socket.create()
@pytest.fixture
def paid(): return Bill()
"""


def test_what_a_test_uses_counts_and_what_its_fixtures_do(repository):
    repository.commit(
        {
            "pyproject.toml": "[tool.gardener.focus.pay]\nimports = ['stripe']\n",
            "tests/conftest.py": LENDING,
            "tests/unit/test_x.py": USING,
            "app/make.py": "",
        }
    )
    file = "tests/unit/test_x.py"
    assert repository.tests("all", focus="pay") == [f"{file}::test_by_import"]
    assert repository.tests("all", focus="websocket") == [
        f"{file}::{name}"
        for name in (
            "TestPlain::test_q",
            "TestSetup",
            "test_by_name",
            "test_connects",
            "test_marked",
            "test_through_a_fixture",
            "test_through_two",
        )
    ]


def test_a_fixture_that_every_test_uses_counts(repository):
    fixture = "import pytest, websockets\n@pytest.fixture(autouse=True)\ndef always(): websockets.connect('')\n"
    repository.commit(
        {"tests/a/conftest.py": fixture, "tests/a/test_x.py": PLAIN, "tests/b/test_x.py": PLAIN}
    )
    assert repository.tests("all", focus="websocket") == ["tests/a/test_x.py::test_plain"]


def test_an_app_with_a_handler_is_not_the_client_that_connects(repository):
    app = """
from fastapi import FastAPI, WebSocket
app = FastAPI()
@app.websocket("/ws")
async def handler(connection: WebSocket): await connection.accept()
@app.get("/")
def page(): return 1
"""
    tests = """
from fastapi.testclient import TestClient
from app import app, handler
client = TestClient(app)
def connect(): return client.websocket_connect("/ws")
def test_page(): assert client.get("/")
def test_through_a_helper(): connect()
async def test_called_itself(): await handler(None)
"""
    repository.commit({"app.py": app, "tests/test_x.py": tests})
    assert repository.tests("all", focus="websocket") == [
        "tests/test_x.py::test_called_itself",
        "tests/test_x.py::test_through_a_helper",
    ]


def test_an_app_that_a_test_file_makes_with_a_handler(repository):
    tests = """
from fastapi import FastAPI
from fastapi.testclient import TestClient
app, other = FastAPI(), FastAPI()
client = TestClient(app)
plain = TestClient(other)
@app.websocket("/ws")
async def handler(connection): ...
@other.get("/")
def page(): ...
def test_a(): client.get("/")
def test_b(): plain.get("/")
def test_c(): app
"""
    repository.commit({"tests/test_x.py": tests})
    assert repository.tests("all", focus="websocket") == [
        "tests/test_x.py::test_a",
        "tests/test_x.py::test_c",
    ]


def test_an_object_that_holds_a_connection(repository):
    app = """
from dataclasses import dataclass
from starlette.websockets import WebSocket
@dataclass
class Info:
    connection: WebSocket
@dataclass
class Other:
    number: int
"""
    tests = "from app import Info, Other\ndef test_a(): Info(None)\ndef test_b(): Other(1)\n"
    repository.commit({"app.py": app, "tests/test_x.py": tests})
    assert repository.tests("all", focus="websocket") == ["tests/test_x.py::test_a"]


@pytest.mark.parametrize(
    "shim",
    [
        "import importlib\n_MOVED = {'Manager': 'app.live'}\n"
        "def __getattr__(name): return getattr(importlib.import_module(_MOVED[name]), name)\n",
        "from . import live\ndef __getattr__(name): return getattr(live, name)\n",
        "import app.live as new\ndef __getattr__(name): return getattr(new, name)\n",
        "import importlib\n_LAZY = {'live': ['Manager', 'Plain']}\ndef __getattr__(name):\n"
        "    home = next(m for m, names in _LAZY.items() if name in names)\n"
        "    return getattr(importlib.import_module('.' + home, 'app'), name)\n",
        "def __getattr__(name):\n    from app import live\n    return getattr(live, name)\n",
    ],
    ids=["table", "module", "alias", "lazy", "inside"],
)
def test_what_moved_is_found_where_it_lives_now(repository, shim):
    live = (
        "from starlette.websockets import WebSocket\nclass Manager:\n"
        "    def connect(self, socket: WebSocket): self.socket = socket\n    def users(self): pass\n"
        "class Plain:\n    def connect(self, socket): pass\n"
    )
    tests = (
        "from app.old import Manager as M, Plain\ndef test_a(): M().connect(1)\n"
        "def test_b(): M().users()\ndef test_c(): Plain().connect(1)\n"
    )
    files = {"app/__init__.py": "", "app/live.py": live, "app/old.py": shim}
    repository.commit({**files, "tests/test_x.py": tests})
    assert repository.tests("all", focus="websocket") == ["tests/test_x.py::test_a"]


def test_a_module_of_the_focus_given_by_its_name(repository):
    tests = (
        "def test_a(): run(ws='wsproto')\ndef test_b(): run(kind='websocket')\n"
        "def test_c(): assert run() == {'websocket': 1, 'websocket_url': 2}\n"
    )
    repository.commit({"tests/test_x.py": tests})
    assert repository.tests("all", focus="websocket") == ["tests/test_x.py::test_a"]


def test_a_focus_of_the_users_own(repository):
    repository.commit(
        {
            "pyproject.toml": "[tool.gardener.focus.pay]\nnames = ['invoice']\nimports = ['stripe']\n"
            "paths = ['tests/billing/']\nmarkers = ['money']\n",
            "tests/test_a.py": "def test_invoice(): pass\ndef test_x(): pass\n",
            "tests/test_b.py": "import stripe.error\ndef test_x(): stripe.error.E\n" + PLAIN,
            "tests/billing/deep/test_c.py": PLAIN,
            "tests/test_d.py": "import pytest\npytestmark = [pytest.mark.money]\n" + PLAIN,
            "tests/test_e.py": "import pytest\n@pytest.mark.money\ndef test_x(): pass\n" + PLAIN,
            "tests/test_f.py": PLAIN,
        }
    )
    assert repository.tests("all", focus="pay") == [
        "tests/billing/deep/test_c.py",
        "tests/test_a.py::test_invoice",
        "tests/test_b.py::test_x",
        "tests/test_d.py",
        "tests/test_e.py::test_x",
    ]


UNIT = [
    ("tests/unit/test_x.py", PLAIN, ["tests/unit/test_x.py"]),
    ("tests/integration/test_x.py", PLAIN, []),
    ("tests/e2e/test_x.py", PLAIN, []),
    ("tests/test_end_to_end.py", PLAIN, []),
    ("tests/test_x_integration.py", PLAIN, []),
    ("tests/test_download.py", PLAIN, ["tests/test_download.py"]),
    ("tests/test_x.py", "import pytest\npytestmark = pytest.mark.integration\n" + PLAIN, []),
    (
        "tests/test_x.py",
        "import pytest\n@pytest.mark.slow\ndef test_s(): pass\n" + PLAIN,
        ["tests/test_x.py::test_plain"],
    ),
    (
        "tests/test_x.py",
        "import pytest\n@pytest.mark.e2e\nclass TestE:\n    def test_s(self): pass\n"
        "class TestU:\n    def test_u(self): pass\n    @pytest.mark.slow\n    def test_v(self): pass\n"
        "class TestW:\n    def test_w(self): pass\n",
        ["tests/test_x.py::TestU::test_u", "tests/test_x.py::TestW"],
    ),
]


@pytest.mark.parametrize(("path", "code", "expected"), UNIT)
def test_unit(repository, path, code, expected):
    repository.commit({path: code})
    assert repository.tests("all", level="unit") == expected


def test_focus_narrows_a_change_and_what_was_asked_for(repository):
    repository.commit(
        {
            "m.py": "x = 1\n",
            "tests/test_ws.py": "import m\n" + PLAIN,
            "tests/test_other.py": "import m\n" + PLAIN + "def test_websocket(): pass\n",
        }
    )
    asked = ["tests/test_other.py", "tests/test_ws.py::test_plain"]
    assert repository.tests("given", focus="websocket", paths=asked) == [
        "tests/test_other.py::test_websocket",
        "tests/test_ws.py::test_plain",
    ]
    assert repository.tests("given", focus="websocket", paths=["tests"]) == [
        "tests/test_other.py::test_websocket",
        "tests/test_ws.py",
    ]
    repository.stage({"m.py": "x = 2\nprint(x)\n"})
    assert repository.tests(focus="websocket") == [
        "tests/test_other.py::test_websocket",
        "tests/test_ws.py",
    ]
    # With everything affected, a focus still narrows.
    repository.stage({"requirements.txt": "x"})
    assert repository.tests(focus="websocket", level="unit") == [
        "tests/test_other.py::test_websocket",
        "tests/test_ws.py",
    ]
