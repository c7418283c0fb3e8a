"""An attribute that an object does not have yet: the method that sets it is told, not a name to restore."""

import json
import subprocess
import sys

import pytest

from gardener.cli import main

pytestmark = pytest.mark.slow

FILES = {
    "server.py": """
class Base:
    def open(self, sockets):
        self.count: int = len(sockets)

class Server(Base):
    async def startup(self):
        raise_if_asked()
        self.servers = []
        self.started = True
    def shutdown(self):
        for server in self.servers: server.close()
    def size(self):
        return self.count
    def other(self, peer):
        peer.gone = 1
    def lost(self):
        return self.gone

def raise_if_asked():
    raise OSError("no")
""",
    "test_server.py": """
from server import Server
def test_set_in_a_coroutine(): Server().shutdown()
def test_set_in_a_base(): Server().size()
def test_set_on_another_object_alone(): Server().lost()
def test_on_a_class(): Server.started
""",
}


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    top = tmp_path_factory.mktemp("unset")
    for path, text in FILES.items():
        (top / path).write_text(text)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], cwd=top, check=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(top)
        run = ["run", "--all", "--python", sys.executable, "--report", "../r.json", "--quiet"]
        assert main(run) == 1
        assert main(["report", "../r.json", "--format", "json", "-o", "../found.json"]) == 0
    found = json.loads((top.parent / "found.json").read_text())["findings"]
    return {test.partition("::")[2]: finding for finding in found for test in finding["tests"]}


@pytest.mark.parametrize(
    ("test", "cause"),
    [
        (
            "test_set_in_a_coroutine",
            "`Server.servers` is not set: `server.py:Server.startup` sets it, and did not get that far.",
        ),
        (
            "test_set_in_a_base",
            "`Server.count` is not set: `server.py:Base.open` sets it, and did not get that far.",
        ),
        ("test_set_on_another_object_alone", "`Server.gone` does not exist."),
    ],
)
def test_who_should_have_set_it_is_told(findings, test, cause):
    assert findings[test]["cause"] == cause


def test_a_class_itself_is_never_set_later(findings):
    assert "did not get that far" not in findings["test_on_a_class"]["cause"]
