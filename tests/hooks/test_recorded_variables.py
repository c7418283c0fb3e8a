"""A variable of the environment belongs to who reads it: real runs, then another value."""

import pytest
from recording_python import INTERPRETERS
from test_recorded_reads import selected

from gardener.cli import main

pytestmark = pytest.mark.slow
FILES = {
    "named.py": "import os\ndef new(): return 1\ndef old(): return 1\n"
    "def go(): return new() if os.environ.get('FEATURE') else old()\n",
    "early.py": "import os\nMODE = os.getenv('MODE', '')\ndef mode(): return MODE\n",
    "lazy.py": "import functools, os\n@functools.lru_cache(None)\n"
    "def level(): return os.environ.get('LEVEL')\n",
    "every.py": "import os\n"
    "def settings(): return {k: v for k, v in os.environ.items() if k[:4] == 'APP_'}\n",
    "clock.py": "import time\ndef hour(): return time.localtime(0).tm_hour\n",
    "test_named.py": "from named import go\ndef test_go(): assert go()\n",
    "test_early.py": "from early import mode\ndef test_mode(): assert mode() is not None\n",
    "test_lazy_1.py": "from lazy import level\ndef test_level(): assert not level()\n",
    "test_lazy_2.py": "from lazy import level\ndef test_level(): assert not level()\n",
    "test_every.py": "from every import settings\ndef test_settings(): assert settings() == {}\n",
    "test_clock.py": "from clock import hour\ndef test_hour(): assert hour() >= 0\n",
    "test_process.py": "import subprocess, sys\n"
    "def test_process(): subprocess.run([sys.executable, '-c', '1'], check=True)\n",
    "test_none.py": "def test_none(): pass\n",
}
CHANGED = {
    "FEATURE": {"test_named.py", "test_every.py", "test_process.py"},
    "MODE": {"test_early.py", "test_every.py", "test_process.py"},
    "LEVEL": {"test_lazy_1.py", "test_lazy_2.py", "test_every.py", "test_process.py"},
    "APP_NAME": {"test_every.py", "test_process.py"},
    "TZ": {"test_clock.py", "test_every.py", "test_process.py"},
    "TERM": set(),
    "PATH": set(),
}


@pytest.mark.parametrize("python", INTERPRETERS)
def test_another_value(tmp_path, monkeypatch, capsys, python):
    for name in CHANGED:
        if name != "PATH":
            monkeypatch.delenv(name, raising=False)
    assert selected(tmp_path, monkeypatch, capsys, python, FILES, {}) == set()
    for name, expected in CHANGED.items():
        with monkeypatch.context() as patch:
            patch.setenv(name, "Asia/Tokyo", prepend=":" if name == "PATH" else None)
            assert impacted(capsys) == expected, name
    assert impacted(capsys) == set()


def impacted(capsys):
    main(["impacted", "--staged", "--format", "nodeids"])
    return {test.partition("::")[0] for test in capsys.readouterr().out.split()}
