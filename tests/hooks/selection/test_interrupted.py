"""What an interrupted run has read is kept, and the store lets the longest unused go."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from gardener.hooks.selection.parse import summary_store
from gardener.hooks.selection.parse.extraction import summarize
from gardener.hooks.selection.parse.progress import Progress
from gardener.hooks.selection.parse.summary_store import SummaryStore

TEST_M = "from m import f\n\n\ndef test_f():\n    assert f()\n"


def stored(database):
    """How many summaries are stored; none while there is no table yet."""
    if not database.exists():
        return 0
    with closing(sqlite3.connect(database, timeout=30)) as base:
        try:
            return base.execute("select count(*) from summary").fetchone()[0]
        except sqlite3.OperationalError:
            return 0


def group(process_group):
    """The processes of a group that still run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
        except (OSError, ValueError):
            continue
        if int(its_group) == process_group and state != "Z":
            found.append(stat.parent.name)
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_what_an_interrupted_run_has_read_is_kept(repository, end):
    pick = random.Random(5)
    body = "\n".join(f"    x{n} = call_{n}(a.b{n}, 'text {n}')" for n in range(60))
    files = {
        f"pkg/m{i}.py": f"def f{i}(a):\n{body}\n    return {pick.random()}\n" for i in range(1500)
    }
    repository.commit({**files, "test_m.py": "from pkg.m1 import f1\n\ndef test_f():\n    f1(0)\n"})
    repository.stage({"pkg/m1.py": "def f1(a):\n    return 1\n"})
    database = repository.root / ".git/gardener/summaries.sqlite"
    command = [sys.executable, "-m", "gardener", "impacted", "--staged"]
    process = subprocess.Popen(
        command, cwd=repository.root, stdout=-1, stderr=-1, start_new_session=True
    )
    until = time.monotonic() + 60
    while not stored(database) and time.monotonic() < until:
        time.sleep(0.02)
    if end is signal.SIGINT:
        os.killpg(process.pid, end)  # as a terminal does on Ctrl-C
    else:
        process.send_signal(end)
    _, error = process.communicate(timeout=60)
    assert process.returncode
    assert b"Traceback" not in error
    kept = stored(database)
    assert 0 < kept < len(files)
    until = time.monotonic() + 20
    while group(process.pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not group(process.pid)
    again = subprocess.run(command, cwd=repository.root, capture_output=True, text=True, check=True)
    assert again.stdout.split() == ["test_m.py"]
    assert stored(database) > len(files)


def test_what_was_not_read_for_longest_goes_first(repository, monkeypatch):
    summary = summarize(b"x = 1\n")
    store = SummaryStore.open(repository.root)
    for number in range(8):
        store.write({f"key{number}": summary})
    database = repository.root / ".git/gardener/summaries.sqlite"
    with closing(sqlite3.connect(database)) as base, base:
        base.execute("update used set time = cast(substr(sha, 4) as integer) + 1")
    store.note_read(["key0"])
    monkeypatch.setattr(summary_store, "_MOST_BYTES", 1)
    store.write({"new": summary})
    keys = {f"key{number}" for number in range(8)} | {"new"}
    assert set(store.read(keys)) == keys - {"key1", "key2", "key3"}


def test_what_is_in_use_stays_however_much_there_is(repository, monkeypatch):
    monkeypatch.setattr(summary_store, "_MOST_BYTES", 1)
    store = SummaryStore.open(repository.root)
    for number in range(5):
        store.write({f"key{number}": summarize(b"x = 1\n")})
    assert len(store.read({f"key{number}" for number in range(5)})) == 5


def test_progress_is_said_seldom(capsys, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(Progress, "quiet", False)  # a test before may have run with `-q`
    progress = Progress("read", 100)
    for count in range(100):
        now[0] = count
        progress.at(count)
    progress.end()
    assert capsys.readouterr().err.splitlines() == [
        "gardener: read 3 of 100 Python files",
        "gardener: read 33 of 100 Python files",
        "gardener: read 63 of 100 Python files",
        "gardener: read 93 of 100 Python files",
    ]


def test_progress_obeys_quiet(repository):
    # Without patience every run has something to say.
    script = (
        "import sys; from gardener.hooks.selection.parse import progress;"
        " progress._PATIENCE = 0; from gardener.cli import main; main()"
    )
    repository.commit({"m.py": "def f():\n    return 1\n", "test_m.py": TEST_M})
    repository.stage({"m.py": "def f():\n    return 2\n"})
    said = {}
    for words in ((), ("--quiet",)):
        shutil.rmtree(repository.root / ".git/gardener", ignore_errors=True)
        command = [sys.executable, "-c", script, "run", "--staged", "--python", sys.executable]
        done = subprocess.run(
            [*command, *words], cwd=repository.root, capture_output=True, text=True, check=False
        )
        said[words] = done.stderr
    assert "gardener: linked" in said[()]
    assert "gardener: " not in said["--quiet",]
