"""A server that ends beside a test: its error is the cause of the silence that the test meets."""

import json
import subprocess
import sys

import pytest

from gardener.cli import main

pytestmark = pytest.mark.slow

SERVER = """
import asyncio

class Server:
    async def serve(self):
        self.load()
        self.listening = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
    def load(self):
        raise LookupError("no relay is configured")
    async def stop(self):
        self.listening.close()
"""
TESTS = """
import asyncio, contextlib, gc, socket, threading
import pytest
from server import Server

gc.disable()  # Python before 3.11.8 fails where a task is collected while it parses

def closed_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]

@contextlib.asynccontextmanager
async def running():
    server = Server()
    task = asyncio.ensure_future(server.serve())
    await asyncio.sleep(0)
    try:
        yield server
    finally:
        await server.stop()
        task.cancel()

async def connect():
    await asyncio.open_connection("127.0.0.1", closed_port())

def test_refused():
    async def main():
        async with running(): await connect()
    asyncio.run(main())

def test_stopped():
    async def main():
        async with running(): pass
    asyncio.run(main())

def test_waits():
    async def main():
        server = Server()
        tasks = [asyncio.ensure_future(server.serve())]
        await asyncio.wait_for(asyncio.Event().wait(), 0.05)
    asyncio.run(main())

def test_checks():
    async def main():
        self_made = asyncio.ensure_future(Server().serve())
        await asyncio.sleep(0)
        assert hasattr(self_made, "no_such")
    asyncio.run(main())

@pytest.mark.filterwarnings("error")
def test_thread():
    def run(): asyncio.run(Server().serve())
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    socket.create_connection(("127.0.0.1", closed_port()), timeout=2)

def test_retrieved():
    async def main():
        task = asyncio.ensure_future(Server().serve())
        await asyncio.wait([task])
        task.exception()
        await connect()
    asyncio.run(main())

def test_own_error():
    async def main():
        task = asyncio.ensure_future(Server().serve())
        await asyncio.sleep(0)
        {}["room"]
    asyncio.run(main())
"""


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    top = tmp_path_factory.mktemp("beside")
    (top / "server.py").write_text(SERVER)
    (top / "test_server.py").write_text(TESTS)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], cwd=top, check=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(top)
        run = ["run", "--all", "--python", sys.executable, "--report", "../r.json", "--quiet"]
        assert main(run) == 1
        assert main(["report", "../r.json", "--format", "json", "-o", "../told.json"]) == 0
    told = json.loads((top.parent / "told.json").read_text())["findings"]
    return {test.partition("::")[2]: finding for finding in told for test in finding["tests"]}


@pytest.mark.parametrize("test", ["refused", "stopped", "waits", "checks", "thread"])
def test_what_ended_beside_a_test_is_its_cause(findings, test):
    finding = findings[f"test_{test}"]
    assert finding["title"] == "LookupError: no relay is configured"
    assert finding["symbol"] == "server.py:Server.load"


def test_it_is_one_cause(findings):
    assert len({finding["fingerprint"] for finding in findings.values()}) == 3


def test_an_error_that_was_asked_for_is_no_cause(findings):
    assert "Nothing answers at `127.0.0.1:" in findings["test_retrieved"]["cause"]


def test_what_a_test_raises_itself_stays_its_cause(findings):
    assert findings["test_own_error"]["title"] == "KeyError: 'room'"
