"""Causes that hide behind what tests and libraries make of them, in suites that really run."""

import json
import subprocess
import sys

import pytest

from gardener.cli import main

APP = """
import asyncio

def load(name):
    return {"a": 1}[name]

def start():
    try:
        load("port")
    except KeyError as error:
        raise RuntimeError("cannot start") from error

def stop():
    try:
        load("port")
    except KeyError:
        raise ValueError("cannot stop")

async def gather():
    async with asyncio.TaskGroup() as group:
        group.create_task(one())

async def one():
    load("port")

def wait():
    import time
    time.sleep(30)
"""
FILES = {
    "app/__init__.py": "",
    "app/core.py": APP,
    "app/gone.py": "from app.nowhere import thing\n",
    "app/user.py": "import app.gone\n",
    # A circle that each test file enters at another place.
    "app/circle_one.py": "from app.circle_two import two\none = 1\n",
    "app/circle_two.py": "from app.circle_one import one\ntwo = 2\n",
    "tests/circle/test_circle_1.py": "from app.circle_one import one\n\ndef test_1(): pass\n",
    "tests/circle/test_circle_2.py": "import app.circle_two\n\ndef test_2(): pass\n",
    "tests/circle/test_circle_3.py": "def test_late():\n    from app import circle_two\n",
    "app/ring_one.py": "import app.ring_two\none = app.ring_two.two\n",
    "app/ring_two.py": "import app.ring_one\ntwo = app.ring_one.one\n",
    "tests/ring/test_ring_1.py": "import app.ring_one\n\ndef test_1(): pass\n",
    "tests/ring/test_ring_2.py": "import app.ring_two\n\ndef test_2(): pass\n",
    # One missing key, told in seven ways.
    "tests/key/test_key_told.py": """
import asyncio
import pytest
from app import core

def test_as_it_is():
    core.load("port")

def test_in_words_of_the_test():
    try:
        core.load("port")
    except Exception as error:
        pytest.fail(f"the server must start: {error!r}")

def test_in_no_words_of_its_own():
    try:
        core.load("port")
    except KeyError as error:
        pytest.fail(str(error))

def test_in_an_assertion():
    try:
        core.load("port")
    except KeyError as error:
        raise AssertionError(str(error))

def test_raised_from():
    core.start()

def test_as_one_of_a_group():
    asyncio.run(core.gather())

def test_without_a_word():
    try:
        core.load("port")
    except KeyError:
        assert False, "no port"
""",
    # Handled on the way, and then something else went wrong.
    "tests/context/test_context_only.py": """
from app import core

def test_another_error_while_one_was_handled():
    core.stop()
""",
    "tests/fixture/conftest.py": """
import pytest

@pytest.fixture(scope="module")
def server():
    raise OSError("no room")

@pytest.fixture
def client(server):
    return server
""",
    "tests/fixture/test_fixture_1.py": "def test_1(server): pass\ndef test_2(client): pass\n",
    "tests/fixture/test_fixture_2.py": "class TestIt:\n    def test_3(self, client): pass\n",
    "tests/base/shared_base.py": """
class Base:
    def setup_method(self):
        self.prepare()

    def prepare(self):
        raise LookupError(f"nothing for {type(self).__name__}")
""",
    "tests/base/test_base_1.py": """
from shared_base import Base

class TestOne(Base):
    def test_1(self): pass

class TestTwo(Base):
    def test_2(self): pass
""",
    "tests/base/test_base_2.py": """
from shared_base import Base

class TestThree(Base):
    def test_3(self): pass
""",
    "tests/unset/test_unset_base.py": """
class Base:
    def setUp(self):
        self.name, self.room = "a", "b"

class TestOne(Base):
    def test_name(self): assert self.name == "a"
    def test_room(self): assert self.room == "b"
""",
    "tests/imports/test_import_1.py": "import app.user\n\ndef test_1(): pass\n",
    "tests/imports/test_import_2.py": "from app import gone\n\ndef test_2(): pass\n",
    "tests/imports/test_import_3.py": "def test_late():\n    import app.gone\n",
    "tests/slow/test_slow_calls.py": """
import signal
from app import core

class Timeout(BaseException):
    pass

def stop(*_):
    raise TimeoutError("Timeout (>0.2s) from the watch")

def limited(call):
    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    call()

def test_slow_1(): limited(core.wait)
def test_slow_2(): limited(lambda: core.wait())
""",
}
GROUPS = {
    "circle": [3],
    "ring": [2],
    "key": [7],
    "context": [1],
    "fixture": [3],
    "base": [3],
    "unset": [2],
    "imports": [3],
    "slow": [2],
}
"""How many failures each cause has, by folder."""


def written(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip("\n"), encoding="utf-8")
    subprocess.run(["git", "init", "-q", str(root)], check=True)


def findings(root, *args):
    """What `gardener run` finds, as `gardener report --format json` has it."""
    main(["run", "--all", "--python", sys.executable, "--report", str(root / "r.json"), *args])
    out = root / "found.json"
    assert main(["report", str(root / "r.json"), "--format", "json", "-o", str(out)]) == 0
    return json.loads(out.read_text())["findings"]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    root = tmp_path_factory.mktemp("hidden")
    written(root, {"pytest.ini": "[pytest]\npythonpath = .\n", **FILES})
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        return findings(root)


@pytest.mark.parametrize("folder", GROUPS)
@pytest.mark.skipif(sys.version_info < (3, 11), reason="task groups came with Python 3.11")
def test_one_cause_is_one_finding(found, folder):
    sizes = [len(one["tests"]) for one in found if one["tests"][0].startswith(f"tests/{folder}/")]
    assert sorted(sizes) == GROUPS[folder], [
        (one["tests"], one["reason"]) for one in found if f"tests/{folder}/" in one["tests"][0]
    ]


CRASHES = {
    "pytest.ini": "[pytest]\npythonpath = .\n",
    "app.py": "import os\n\ndef leave():\n    os._exit(3)\n",
    "tests/test_crash_1.py": "import app\n\ndef test_1(): app.leave()\ndef test_fine(): pass\n",
    "tests/test_crash_2.py": "import app\n\ndef test_2(): app.leave()\n",
}


def test_a_crash_takes_no_other_failure_with_it(tmp_path, monkeypatch):
    """Nothing tells what killed a worker: two crashes may have two causes."""
    written(tmp_path, CRASHES)
    monkeypatch.chdir(tmp_path)
    found = findings(tmp_path, "--", "-n", "1")
    tests = sorted(one["tests"] for one in found)
    assert tests == [["tests/test_crash_1.py::test_1"], ["tests/test_crash_2.py::test_2"]]
    assert {one["category"] for one in found} == {"worker-crash"}


POISONED = {
    "pytest.ini": "[pytest]\npythonpath = .\n",
    "app.py": """
import socket

PORT = {}
KEPT = []

def serve():
    server = socket.socket()
    server.bind(("127.0.0.1", PORT.get("number", 0)))
    PORT["number"] = server.getsockname()[1]
    KEPT.append(server)
    server.listen()
    return server

def price():
    return 3
""",
    "tests/test_a_first.py": """
import app
from unittest import mock

def test_first():
    server = app.serve()
    mock.patch.object(app, "price", return_value=None).start()
    assert server.family == "no such family"
    server.close()
""",
    "tests/test_b_later.py": """
import app

def test_second(): app.serve().close()
def test_third(): assert app.serve()
def test_dear(): assert app.price() > 2
def test_cheap(): assert app.price() + 1 == 4
""",
}


def test_what_the_first_failure_poisons_is_told_apart(tmp_path, monkeypatch):
    written(tmp_path, POISONED)
    monkeypatch.chdir(tmp_path)
    found = {
        frozenset(t.rpartition("::")[2] for t in one["tests"]): one for one in findings(tmp_path)
    }
    first, port, mocked = {"test_first"}, {"test_second", "test_third"}, {"test_dear", "test_cheap"}
    assert set(found) == set(map(frozenset, (first, port, mocked)))
    assert "test_first" not in found[frozenset(port)]["reason"]  # no rerun proves that


SOCKET_CLIENT = """
import socket

class Client:
    def __init__(self, unix_socket):
        self.host, self.port, self.unix_socket = "localhost", 3306, unix_socket

    def connect(self):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(self.unix_socket)

def test_rooms():
    Client("/run/no-such-service/rooms.sock").connect()
"""


@pytest.mark.slow
def test_a_client_of_a_socket_that_has_a_host_and_a_port_as_well(tmp_path, monkeypatch):
    written(tmp_path, {"tests/test_rooms.py": SOCKET_CLIENT})
    monkeypatch.chdir(tmp_path)
    (one,) = findings(tmp_path)
    assert one["cause"] == "Nothing listens at `/run/no-such-service/rooms.sock`."


RAW_CLIENTS = """
import pathlib, socket

PORT = 1
PATH = "/run/no-such-service/rooms.sock"

class Settings:
    def __init__(self):
        self.host = "localhost"

settings = Settings()

def test_names():
    with socket.socket() as sock:
        sock.connect((settings.host, PORT))

def test_plain():
    with socket.socket() as sock:
        sock.settimeout(5)
        sock.connect(("127.0.0.1", 1))

def test_path():
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect("/var/run/no-such-service/rooms.sock")

def test_its_other_name():
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(PATH)

def test_a_file():
    pathlib.Path("rooms.txt").read_text()
"""


@pytest.mark.slow
def test_an_address_that_only_the_statement_names(tmp_path, monkeypatch):
    written(tmp_path, {"tests/test_raw.py": RAW_CLIENTS})
    monkeypatch.chdir(tmp_path)
    causes = {
        frozenset(test.rpartition("::")[2] for test in one["tests"]): one["cause"]
        for one in findings(tmp_path)
    }
    names, paths = {"test_names", "test_plain"}, {"test_path", "test_its_other_name"}
    assert set(causes) == {frozenset(names), frozenset(paths), frozenset({"test_a_file"})}
    assert causes[frozenset(names)].startswith("Nothing answers at `")
    assert causes[frozenset(names)].rstrip("`.").endswith(":1")
    assert causes[frozenset(paths)].startswith("Nothing listens at `/")
