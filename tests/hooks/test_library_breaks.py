"""A library that no longer has what the project asks for: the finding names it and what takes its place."""

import base64
import hashlib
import json
import subprocess
import sys

import pytest

from gardener.cli import main

pytestmark = pytest.mark.slow

RELAY = {
    "relay/__init__.py": """
import warnings
from .clients import Client, Transport, send

def __getattr__(name):
    if name == "Wire":
        raise AttributeError("`relay.Wire` was removed in relay 2.0. Use `relay.Transport` instead.")
    raise AttributeError(f"module 'relay' has no attribute {name!r}")

def old():
    warnings.warn("relay.old is deprecated; call send", DeprecationWarning)

def all_(): pass

class Bag:
    pass
""",
    "relay/clients.py": """
class Client:
    def __init__(self, base="", proxy=None): self.base = base
    def is_alive(self): return True

class Transport:
    def __init__(self, app): self.app = app

class _Sender: pass

def send(text, *, retries=1):
    if not isinstance(text, str):
        raise TypeError("text must be a str")
""",
    "relay/signals.py": "class Signal: pass\n",
    "relay/drivers/wire7.py": "def load(): import wire7\n",
    "relay/compiled.py": "import types\nclass Binding:\n    lib = types.ModuleType('lib')\n",
}
TOWER = {
    "tower/__init__.py": """
import relay, relay.signals

def dial(url, **options): return relay.send(url, **options)
def start(): return relay.Client(app=start)
def signal():
    from relay import Signal
"""
}
TESTS = """
import asyncio
import pytest, relay, tower
import relay.signals
import own

class Sub(relay.Client):
    pass

def test_keyword(): relay.Client(app=1)
def test_near_keyword(): relay.Client(proxies=1)
def test_inherited_keyword(): own.Own(app=1)
def test_arguments(): relay.send()
def test_through_another(): tower.start()
def test_private(): relay.clients.Sender
def test_dunder(): relay.__all__
def test_driver():
    import relay.drivers.wire7
    relay.drivers.wire7.load()
def test_compiled():
    import relay.compiled
    relay.compiled.Binding.lib.bytes_of
def test_handed_on(): tower.dial("x", extra=1)
def test_moved(): tower.signal()
def test_says(): relay.Wire
def test_method(): relay.Client().isAlive()
def test_nobody_set(): relay.Client().session
def test_refused(): relay.send(None)
def test_submodule(): import relay.wires
def test_python(): asyncio.coroutine
@pytest.mark.filterwarnings("error")
def test_deprecated(): relay.old()
def test_absent(): import no_such_package
def test_own_method(): Sub().gone
def test_own_keyword(): own.take(b=1)
def test_own_module(): own.gone
def test_bag(): relay.Bag().x
def test_value(): int("x")
"""
OWN = """
import relay
class Own(relay.Client):
    def __init__(self, app): super().__init__(app=app)
def take(a): pass
"""


def install(folder, name, version, files):
    """Unpack a distribution as an installer leaves it."""
    info = f"{name}-{version}.dist-info"
    texts = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
    }
    record = ""
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()
        record += f"{path},sha256={digest.rstrip('=')},{len(text)}\n"
    (folder / info / "RECORD").write_text(f"{record}{info}/RECORD,,\n")


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What is told of each test: the root cause and the next step."""
    tmp_path = tmp_path_factory.mktemp("breaks")
    site = tmp_path / "site-packages"
    install(site, "relay", "2.0.1", RELAY)
    install(site, "tower", "1.4", TOWER)
    root = tmp_path / "repo"
    root.mkdir()
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    (root / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    (root / "own.py").write_text(OWN)
    (root / "test_it.py").write_text(TESTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.setenv("PYTHONPATH", str(site))
        main(["run", "--all", "--python", sys.executable, "--report", "r.json"])
        assert main(["report", "r.json", "--format", "json", "-o", "found.json"]) == 0
    found = json.loads((root / "found.json").read_text())["findings"]
    return {
        test.partition("::")[2]: (finding["cause"], finding["next_step"])
        for finding in found
        for test in finding["tests"]
    }


RELAY_2 = "relay 2.0.1"
NAMED = {
    "test_keyword": (
        f"{RELAY_2} has no parameter `app` in `Client.__init__`",
        "`relay.Transport` takes `app`.",
    ),
    "test_arguments": (
        f"{RELAY_2} has no `send` that does without `text`",
        "It takes: text, retries.",
    ),
    "test_handed_on": ("tower 1.4 has no parameter `extra` in `tower.dial`", "Adapt `test_it.py:"),
    "test_private": (
        f"{RELAY_2} has no `relay.clients.Sender`",
        "It is private there now: `_Sender`.",
    ),
    "test_dunder": (
        f"{RELAY_2} has no `relay.__all__`",
        "see in its release notes what it has now",
    ),
    "test_driver": (
        f"`wire7` is not installed; {RELAY_2} asks for it.",
        "Install the package that brings",
    ),
    "test_compiled": (f"{RELAY_2} has no `lib.bytes_of`", "see in its release notes"),
    "test_moved": ("has no `relay.Signal`; tower 1.4 asks", "It is `relay.signals.Signal` now."),
    "test_says": (RELAY_2, "Use `relay.Transport` instead."),
    "test_method": (f"{RELAY_2} has no `Client.isAlive`", "`is_alive`"),
    "test_nobody_set": (f"{RELAY_2} has no `Client.session`", "See who should have set it"),
    "test_refused": (
        f"{RELAY_2} refuses what `test_it.py:test_refused` passes",
        "Adapt `test_it.py:test_",
    ),
    "test_submodule": (f"{RELAY_2} has no module `relay.wires`", f"to {RELAY_2}"),
    "test_deprecated": (
        f"{RELAY_2} deprecates `relay.old`, which `test_it.py:test_deprecated` uses",
        "",
    ),
    "test_absent": ("`no_such_package` is not installed.", "Install the package that brings"),
}


@pytest.mark.parametrize("test", NAMED)
def test_the_library_is_named(told, test):
    cause, next_step = told[test]
    assert NAMED[test][0] in cause
    assert NAMED[test][1] in next_step
    assert "Restore" not in next_step and "take it again" not in next_step


def test_python_is_named(told):
    if sys.version_info < (3, 11):
        pytest.skip("This Python still has it.")
    cause, next_step = told["test_python"]
    assert cause.startswith("Python 3.") and "has no `asyncio.coroutine`" in cause
    assert "Use `async def`." in next_step


@pytest.mark.parametrize(
    "test", ["test_own_method", "test_own_keyword", "test_own_module", "test_bag", "test_value"]
)
def test_what_the_project_owns_accuses_no_library(told, test):
    cause, _ = told[test]
    assert "relay 2" not in cause and "Python 3" not in cause
